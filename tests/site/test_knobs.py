"""The knobs of the lessons, as a reader turns them: without a script, each choice shows its own curve and answer."""

import csv
import itertools
from typing import Any

import pytest

from tests.serving import Site
from tests.site.test_article import number, shown
from tests.site.views import in_one_language

DRAWN = "all => all.filter((curve) => getComputedStyle(curve).display !== 'none').length"
KNOBS = {"through-time": "time_profiles", "transformers": "stream_gradients", "low-precision": "loss_scales"}


@pytest.mark.parametrize("language", in_one_language("en"))
@pytest.mark.parametrize("lesson", KNOBS)
def test_every_choice_shows_one_answer_and_one_curve(site: Site, tab: Any, lesson: str, language: str) -> None:
    page = tab(java_script_enabled=False)
    page.goto(f"{site.address}{language}/{lesson}/")
    figure = page.locator(f"#figure-{KNOBS[lesson]}")
    groups = [fieldset.locator("input").all() for fieldset in figure.locator("fieldset").all()]
    answers: list[float] = []
    tops: set[float] = set()
    for choice in itertools.product(*groups):
        for button in choice:
            button.check()
        answer = figure.locator(".fan-answers p >> visible=true")
        assert answer.count() == 1
        assert figure.locator(".fan-chosen g").evaluate_all(DRAWN) == 1
        answers.append(number(answer.locator("b").inner_text()))
        tops.add(figure.locator(".fan-plot").evaluate("plot => plot.offsetTop - plot.parentElement.offsetTop"))
    assert len(tops) == 1, "what is below the answer moves"
    with (site.folder / language / "data" / f"{KNOBS[lesson]}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert answers == pytest.approx(measured(KNOBS[lesson], rows), rel=0.05)
    assert shown(page, ".fan-which").count() == 0


def measured(name: str, rows: list[dict[str, str]]) -> list[float]:
    """The numbers that the answers give, from the data behind the curves."""
    if name == "time_profiles":
        return [float(row["delta"]) for row in rows if row["time_step"] == "1"]
    if name == "stream_gradients":
        return [float(row["gradient"]) for row in rows if row["after_block"] == row["blocks"]]
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        key = row["type"], row["loss_scale"]
        counts[key] = counts.get(key, 0) + (float(row["share_of_zeros"]) > 0.5)
    return [*map(float, counts.values())]
