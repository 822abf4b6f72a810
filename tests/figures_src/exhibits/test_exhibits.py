"""Every exhibit: it loads, draws and tabulates in both languages, its numbers are finite, its checks hold.

A result is computed once for all tests and comes from the store where a build has been before, as a drawing does. A
figure is laid out once for all tests that look at it.
"""

import ast
import functools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text as Label

from figures_src.drawing.end_labels import EndLabel
from figures_src.drawing.palette import MUTED, ROLES
from figures_src.drawing.style import drawing_style, finish, new_figure
from figures_src.exhibits.residual_connections.residual_depth import normalized_log_total
from figures_src.exhibits.tools._vocabulary import TOOLS
from figures_src.make import files, workers
from figures_src.model import exhibit as model
from figures_src.model.exhibit import Check, Exhibit, Number, Table, discover, paths
from figures_src.model.language import LANGUAGES, Language, Text, localizer
from gradlab.experiments.architecture import residual_depth
from gradlab.probing import wording

# To find a module among all of them takes longer than most tests here.
load = functools.cache(model.load)
NAMES = discover()
DRAWN = [name for name in NAMES if load(name).draw]
TABULATED = [name for name in NAMES if load(name).table]
# The source's numbers, and those of its second network to three digits.
GRADIENTS = [
    "2602.2952", "1658.9581", "1130.6781", "715.8470", "468.4397", "311.1282", "200.4341", "135.7804", "90.8224",
    "58.4957", "39.0192", "24.8071", "16.3926", "10.3332", "7.3891", "5.2363", "3.4564", "2.3368", "1.5991", "1.0000",
]  # fmt: skip
KAIMING = [
    "0.461", "0.458", "0.507", "1.14", "0.988", "0.824", "0.905", "1.45", "1.81", "1.95", "1.62", "2.15", "1.58",
    "1.28", "1.37", "1.07", "1.16", "1.39", "1",
]  # fmt: skip
# Words of other tools, and the name of a verdict, which may be of numbers that are none.
QUOTED = {
    *(word.says for tool in TOOLS.values() for word in tool.words),
    *(verdict(language) for verdict in wording.NAMES.values() for language in LANGUAGES),
}
# As Python prints them. "NaN" is a word: the name of a verdict, or an `Overflow` that is meant.
NOT_A_NUMBER = re.compile(r"\b(?:nan|inf|[Nn]one)\b")
NEGATIVE_ZERO = re.compile(r"[-−]0(?:\.0*)?%?")


@functools.cache
def computed(name: str) -> Any:
    return load(name).compute()


@functools.cache
def numbers(name: str) -> dict[str, Number]:
    offered = load(name).numbers
    return dict(offered(computed(name))) if offered else {}


@functools.cache
def checks(name: str) -> dict[str, Check]:
    offered = load(name).checks
    return dict(offered(computed(name))) if offered else {}


@functools.cache
def table(name: str, language: Language) -> Table:
    offered = load(name).table
    assert offered
    return offered(computed(name), localizer(language))


@functools.cache
def stored() -> dict[str, Path]:
    """The folders of the exhibits that a build has made as they are now."""
    return workers.find(DRAWN)


@functools.cache
def svg(name: str, language: Language) -> str:
    """The drawing of a page, as a build has made it by `files.draw`, or else as that makes it now."""
    if name in stored():
        return (stored()[name] / f"figure.{language}.svg").read_text(encoding="utf-8")
    return files.draw(load(name), computed(name), language)


# Words that a Chinese source may hold beside names: those of formulas and of code.
SHARED_WORDS = {"tanh", "artanh", "arccos", "model", "self"}


def in_chinese(source: str | Text) -> str:
    return source.zh if isinstance(source, Text) else source


def texts(exhibit: Exhibit) -> Iterator[Text]:
    yield exhibit.title
    for check in checks(exhibit.name).values():
        yield check.sentence
        yield check.because


@pytest.mark.parametrize("name", NAMES)
def test_offers_numbers_and_checks(name: str) -> None:
    assert numbers(name) or load(name).listings, "it has nothing to show"
    assert checks(name)
    # Pages name both as exhibit.name.
    assert all(re.fullmatch(r"\w+", key) for key in (*numbers(name), *checks(name)))


@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_finite_and_formatted(name: str) -> None:
    shown = {key: str(number) for key, number in numbers(name).items()}
    assert [key for key, number in numbers(name).items() if not math.isfinite(number.value)] == []
    assert {key: text for key, text in shown.items() if NOT_A_NUMBER.search(text)} == {}
    assert {key: text for key, text in shown.items() if NEGATIVE_ZERO.fullmatch(text)} == {}
    assert {key: text for key, text in shown.items() if "-" in text} == {}, "a hyphen in place of a minus"


@pytest.mark.parametrize("name", NAMES)
def test_checks_hold(name: str) -> None:
    failing = {
        key: f"{check.measured} {check.relation} {check.predicted}"
        for key, check in checks(name).items()
        if not check.holds
    }
    assert failing == {}


@pytest.mark.parametrize("name", NAMES)
def test_checks_say_why(name: str) -> None:
    for key, check in checks(name).items():
        assert in_chinese(check.source).strip(), key
        assert math.isfinite(check.measured.value), key
        assert math.isfinite(check.predicted.value), key
        # A badge's tooltip is plain text: no TeX and no Markdown there.
        assert not re.search(r"[$`*]", check.sentence.zh + check.sentence.en), key


@pytest.mark.parametrize("name", NAMES)
def test_sentences_are_in_their_language(name: str) -> None:
    for text in texts(load(name)):
        assert re.search(r"[\u4e00-\u9fff]", text.zh), text
        assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", text.en), text


@pytest.mark.parametrize("name", NAMES)
def test_no_source_is_english_prose_on_a_chinese_page(name: str) -> None:
    for key, check in checks(name).items():
        words = [word.strip(",;:") for word in re.split(r"[\s，；：]", in_chinese(check.source))]
        english = [word for word in words if re.fullmatch(r"[a-z]{4,}|Theorems?|Sections?|Equations?", word)]
        assert set(english) <= SHARED_WORDS, key


@pytest.mark.parametrize("name", TABULATED)
def test_tables_have_one_shape(name: str) -> None:
    chinese, english = (table(name, language) for language in LANGUAGES)
    assert len(chinese.header) == len(english.header)
    assert len(chinese.rows) == len(english.rows) > 0
    assert chinese.header != english.header
    cells = [str(cell) for row in (*chinese.rows, *english.rows) for cell in row]
    assert [cell for cell in cells if not cell.strip()] == []
    assert not [cell for cell in cells if cell not in QUOTED and NOT_A_NUMBER.search(cell)]


@pytest.mark.parametrize("name", TABULATED)
def test_tables_have_the_same_numbers(name: str) -> None:
    def digits(language: Language) -> list[list[str]]:
        return [re.findall(r"\d[\d.]*", " ".join(map(str, row))) for row in table(name, language).rows]

    assert digits("zh") == digits("en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DRAWN)
def test_drawing(name: str, language: Language) -> None:
    drawing = svg(name, language)
    assert "<text" in drawing
    assert [role.marker for role in ROLES if role.marker in drawing] == []
    assert not NOT_A_NUMBER.search(re.sub(r'fill="none"|:none', "", drawing))


@pytest.mark.parametrize("name", DRAWN)
def test_drawings_differ_by_language(name: str) -> None:
    assert re.search(r"[\u4e00-\u9fff]", svg(name, "zh"))
    assert not re.search(r"[\u4e00-\u9fff]", svg(name, "en"))


@dataclass(frozen=True)
class Drawn:
    """An exhibit's figure as it is saved, laid out, in one language."""

    name: str
    figure: Figure


@pytest.fixture(
    scope="module",
    params=[pytest.param((name, language), id=f"{name}-{language}") for name in DRAWN for language in LANGUAGES],
)
def drawn(request: pytest.FixtureRequest) -> Iterator[Drawn]:
    """Every figure in every language, each drawn once: pytest runs all tests of one before it goes on to the next."""
    name, language = request.param
    exhibit = load(name)
    assert exhibit.draw
    with drawing_style():
        figure: Figure = new_figure()
        exhibit.draw(figure, computed(name), localizer(language))
        finish(figure)
        figure.draw_without_rendering()
        yield Drawn(name, figure)


def end_labels(axes: Axes) -> list[EndLabel]:
    return [text for text in axes.texts if isinstance(text, EndLabel)]


def test_nothing_stands_out_of_the_figure(drawn: Drawn) -> None:
    for axes in drawn.figure.axes:
        # A legend that is too wide squeezes the axes, and is cut off all the same. Labels take the room they need.
        assert axes.get_position().width > (0.52 if any(map(end_labels, drawn.figure.axes)) else 0.78)
        legend = axes.get_legend()
        assert legend is None or drawn.figure.bbox.x1 >= legend.get_window_extent().x1
        labels = [label for label in (axes.xaxis.label, axes.yaxis.label) if label.get_text()]
        assert all(drawn.figure.bbox.y0 <= label.get_window_extent().y0 for label in labels)
        assert all(drawn.figure.bbox.y1 >= label.get_window_extent().y1 for label in labels)
        assert all(drawn.figure.bbox.x0 <= label.get_window_extent().x0 for label in labels)
        assert all(drawn.figure.bbox.x1 >= label.get_window_extent().x1 for label in labels)


# Figures without a label for their curves, each with what makes them clear.
UNLABELLED = {
    "dead_networks": "a single curve",
    "finite_width": "a legend: histograms, whose points lie on one curve",
    "first_layers": "a legend: points of six pairs, and no curve",
    "matrix_products": "a legend: a histogram, whose points lie on the curve",
    "remedies": "a legend: clouds of points",
    "verdict_outcomes": "a legend: clouds of points",
}


def test_curves_have_labels_at_their_ends(drawn: Drawn) -> None:
    # One drawing serves a phone and a desktop, so what is true of it is true in both widths.
    labels = [label for axes in drawn.figure.axes for label in end_labels(axes)]
    boxes = [Label.get_window_extent(label) for label in labels]
    assert bool(labels) != (drawn.name in UNLABELLED)
    assert any(axes.get_legend() for axes in drawn.figure.axes) == UNLABELLED.get(drawn.name, "").startswith("a legend")
    for label, box in zip(labels, boxes, strict=True):
        assert drawn.figure.bbox.x0 <= box.x0, label
        assert drawn.figure.bbox.x1 >= box.x1, label
        assert drawn.figure.bbox.y0 <= box.y0, label
        assert drawn.figure.bbox.y1 >= box.y1, label
    for (one, first), (other, second) in combinations(zip(labels, boxes, strict=True), 2):
        assert not first.overlaps(second), (one, other)


def test_labels_stand_in_the_order_of_the_ends_and_in_the_colours_of_the_curves(drawn: Drawn) -> None:
    for axes in drawn.figure.axes:
        for side in ("left", "right"):
            column = [label for label in end_labels(axes) if label.side == side]
            column.sort(key=lambda label: axes.transData.transform(label.end)[1])
            middles = [Label.get_window_extent(label).y0 for label in column]
            assert middles == sorted(middles)
        lines = axes.get_lines()
        for label in end_labels(axes):
            bands = [MUTED.marker for _ in axes.collections]
            assert label.get_color() in {*(line.get_color() for line in lines), *bands}, label


@pytest.mark.parametrize("name", DRAWN)
def test_data(name: str) -> None:
    offered = load(name).data
    assert offered
    data = offered(computed(name))
    assert len(set(data.header)) == len(data.header)
    assert data.rows
    assert all(math.isfinite(cell) for row in data.rows for cell in row if isinstance(cell, int | float))
    assert not NOT_A_NUMBER.search(files.csv_table(data))


def test_explosion_gives_the_digits_of_the_source() -> None:
    offered = numbers("explosion")
    assert str(offered["output"]) == "4255.4160"
    gradients = [row[3] for row in table("explosion", "en").rows]
    assert gradients == GRADIENTS
    assert offered["output_without_relu"] == offered["output"]


def test_stored_output_gives_both_outputs() -> None:
    offered = {key: str(number) for key, number in numbers("stored_output").items()}
    assert offered["kaiming_output"] == "−1.5865"
    assert offered["kaiming_ratio"] == "4.685"
    assert offered["default_output"] == offered["stored_output"] == "0.1448"
    assert offered["default_ratio"] == offered["stored_ratio"] == "8.16\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10⁷"
    assert offered["agreeing"] == offered["points"] == "19"
    rows = table("stored_output", "en").rows
    stored, rounded = ([row[column] for row in rows[2:]] for column in (2, 3))
    assert rounded == stored
    assert stored[:9] == ["0.0000"] * 8 + ["0.0001"]
    kaiming = computed("stored_output").kaiming.gradient_norms
    assert [f"{norm:.3g}" for norm in kaiming] == KAIMING
    # A float32 product is the same on every kind of processor to three decimals, and not to four.
    assert [row[1] for row in rows[2:]] == [f"{norm:.3f}" for norm in kaiming]


@pytest.mark.parametrize("blocks", [4, 64, 300])
def test_the_closed_form_of_the_normalized_blocks_is_their_product(blocks: int) -> None:
    product = math.prod(residual_depth.block_factors("batch_norm", blocks))
    assert normalized_log_total(blocks) == pytest.approx(math.log(product), rel=1e-12)


# A number as texts have it; what is part of a power, a fraction, a name or a theorem's number is none.
TYPED = re.compile(r"(?<![A-Za-z\d_./:])(?<!Theorem )(?<!定理 )−?\d+(?:\.\d+)?(?![A-Za-z\d_/⁰¹²³⁴-⁹⁻]|\.\d)")
# Up to this size a number may be any count, such as that of the standard errors allowed.
SMALL = 4
# "A factor of 10" in the text, and ten layers in the settings.
COINCIDENCES = {"finite_width": {10.0}, "reports": {10.0}}


def settings(value: object) -> Iterator[float]:
    """The numbers in a configuration."""
    if is_dataclass(value):
        value = tuple(getattr(value, field.name) for field in fields(value))
    if isinstance(value, tuple):
        for item in value:
            yield from settings(item)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield float(value)


def typed_numbers(source: str) -> Iterator[tuple[float, str]]:
    """Every number that is typed into a `Text`, with what it stands in; a number from braces is none of them."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    texts = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Text")
    for keyword in (keyword for text in texts for keyword in text.keywords):
        for node in ast.walk(keyword.value):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for number in TYPED.findall(node.value):
                    yield float(number.replace("−", "-")), node.value


def test_a_typed_number_is_found_and_one_from_the_settings_is_not() -> None:
    source = """
A = Text(zh=f"{CONFIG.seeds} 个随机种子，宽度 64", en=f"{CONFIG.seeds} seeds of float32, from z = −20 at 0.5")
B = Text(zh=f"10⁻⁹ 和 5/3", en="Theorem 8, arXiv:1902.08129"), "48"
"""
    assert [number for number, _ in typed_numbers(source)] == [64.0, -20.0, 0.5]


@pytest.mark.parametrize("name", NAMES)
def test_labels_take_the_settings_from_the_config(name: str) -> None:
    known = {one for one in settings(getattr(computed(name), "config", ())) if one > SMALL or one % 1 or one < 0}
    known -= COINCIDENCES.get(name, set())
    sources = (paths()[name], *paths()[name].parent.glob("_[a-z]*.py"))
    typed = {path.name: list(typed_numbers(path.read_text("utf-8"))) for path in sources}
    assert {
        path: tuple(text for number, text in found if number in known) for path, found in typed.items()
    } == dict.fromkeys(typed, ())


def test_words_name_the_settings() -> None:
    # These settings stand in sentences as words; whoever changes one has to change the other.
    assert computed("stable_rate").config.margin == 0.01, "one percent below and above the limit"
    rows = {row.name: row for row in computed("symptom_stuck").config.rows}
    assert rows["spikes"].learning_rate == pytest.approx(10 * rows["spikes_slower"].learning_rate), "a tenth"
    assert {row.row.learning_rate for row in computed("clipped_training").fast.rows} == {1.0}, "a learning rate of 1"
    widths = computed("finite_width").config
    assert {config.networks for config in widths[:-1]} == {widths[0].networks}, "the others have as many"
