"""The report as a user reads it: sentences, Markdown, links, and the reason where there is nothing to say."""

import math

import pytest
import torch
from torch import nn

import gradlab
from gradlab.probing import advice, wording
from gradlab.probing.bank import HE, PYTORCH_DEFAULT, Member
from gradlab.probing.report import Report

SITE = "https://host/path/"


def report(member: Member, language: str = "en", **options: str) -> Report:
    model, x = member.make()
    with gradlab.probe(model) as record:
        member.loss(model(x)).backward()  # type: ignore[no-untyped-call]
    return record.report(language, **options)  # type: ignore[arg-type]


VANISHING = Member("", "vanishing", sigma_w=PYTORCH_DEFAULT, depth=8)


def test_markdown_has_one_item_for_what_helps_what_does_not_and_where_it_is_measured() -> None:
    lines = report(VANISHING, site=SITE).to_markdown().split("\n")
    items = [line for line in lines if line.startswith("- ")]
    assert [item.partition(":**")[0] for item in items] == [
        "- **What helps",
        "- **What does not help",
        "- **Measured here",
    ]
    assert items[2] == f"- **Measured here:** [The map of the weight scale]({SITE}en/sigma-w-map/)"
    assert lines.count("    ```python") == lines.count("    ```") == 1


def test_markdown_names_the_page_once_where_the_site_is_unknown() -> None:
    english, chinese = (report(VANISHING, language, site="").to_markdown() for language in ("en", "zh"))
    assert "- **Measured on the page “The map of the weight scale”:** en/sigma-w-map/" in english
    assert "- **实测见《权重尺度的地图》：** zh/sigma-w-map/" in chinese


def test_words_of_the_table_begin_below_each_other() -> None:
    header, first, second, *_ = str(report(VANISHING)).splitlines()
    assert header.index("kind") == first.index("Linear") == second.index("ReLU")


@pytest.mark.parametrize(("language", "title"), [("en", "The map of the weight scale"), ("zh", "权重尺度的地图")])
def test_the_address_is_complete_where_the_site_is_known(language: str, title: str) -> None:
    known, unknown = report(VANISHING, language, site=SITE), report(VANISHING, language, site="")
    assert f"{SITE}{language}/sigma-w-map/" in str(known)
    assert f"{language}/sigma-w-map/" in str(unknown)
    assert "http" not in str(unknown) + unknown.to_markdown()
    assert known.page(known.findings[0]) == (title, f"{SITE}{language}/sigma-w-map/")
    assert known.to_dict()["findings"][0]["address"] == f"{SITE}{language}/sigma-w-map/"


def test_a_notebook_shows_the_markdown() -> None:
    shown = report(VANISHING)
    assert shown._repr_markdown_() == shown.to_markdown()


@pytest.mark.parametrize("cause", ["vanishing-relu", "vanishing-tanh", "exploding-weights", "saturated"])
def test_the_code_for_weights_heals_when_it_is_run(cause: str) -> None:
    ill = {
        "vanishing-relu": VANISHING,
        "vanishing-tanh": Member("", "", activation="tanh", sigma_w=PYTORCH_DEFAULT, depth=12),
        "exploding-weights": Member("", "", sigma_w=2 * HE, depth=10),
        "saturated": Member("", "", activation="tanh", sigma_w=1.0, depth=6, fault="saturated"),
    }[cause]
    model, x = ill.make()
    torch.manual_seed(0)
    with gradlab.probe(model) as record:
        ill.loss(model(x)).backward()  # type: ignore[no-untyped-call]
    before = record.report()
    assert advice.cause(before.findings[0], before.step) == cause
    exec(before.findings[0].advice.code, {"model": model, "torch": torch})  # noqa: S102
    with gradlab.probe(model) as record:
        ill.loss(model(x)).backward()  # type: ignore[no-untyped-call]
    assert record.report().verdict == "healthy"


def test_with_nothing_to_compare_the_reason_is_told() -> None:
    model = nn.LSTM(4, 4)
    with gradlab.probe(model) as record:
        model(torch.randn(3, 2, 4))[0].sum().backward()
    shown = record.report()
    assert shown.verdict == "inconclusive"
    assert not shown.findings
    assert "at least 2 in one chain, or along at least 3" in shown.notes[0]
    assert "linear layers with a gradient there are 0" in shown.notes[0]
    assert "线性层有 0 个" in record.report("zh").notes[0]


def test_where_something_was_compared_no_reason_is_told() -> None:
    assert not report(Member("", "healthy", depth=6)).notes


def test_a_layer_that_is_a_number_is_called_a_layer() -> None:
    assert wording.called("4", "en") == "layer 4"
    assert wording.called("4 call 2", "en") == "layer 4 call 2"
    assert wording.called("blocks.4", "en") == "blocks.4"
    assert "from layer 14 back to layer 0" in str(report(VANISHING))
    assert "从层 14 回到层 0" in str(report(VANISHING, "zh"))


def test_certainty_is_shown_as_a_bound() -> None:
    assert wording.confident(1.0) == "> 99.9%"
    assert wording.confident(0.9571) == "95.7%"


@pytest.mark.parametrize("scale", [1e160, 1e-160])
def test_weights_whose_square_leaves_the_numbers_are_diagnosed_all_the_same(scale: float) -> None:
    model = nn.Sequential(*(nn.Linear(8, 8) for _ in range(3)), nn.Linear(8, 1)).double()
    with torch.no_grad():
        next(model[1].parameters()).mul_(scale)
    with gradlab.probe(model) as record:
        model(torch.ones(4, 8, dtype=torch.float64)).sum().backward()
    shown = record.report()
    assert shown.verdict == ("exploding" if scale > 1 else "vanishing")
    assert math.isfinite(shown.findings[0].measured)
    assert str(shown)
