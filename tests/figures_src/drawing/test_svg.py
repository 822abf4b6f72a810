"""SVG for a page: small, themed, and quiet beside its neighbours."""

import io
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import pytest
from matplotlib.figure import Figure

from figures_src.drawing.compact import SVG
from figures_src.drawing.palette import PAINTS, ROLES
from figures_src.drawing.style import FIRST, drawing_style, finish, new_figure
from figures_src.drawing.svg import for_page, standalone
from figures_src.make.files import csv_table, settings_text
from figures_src.model import tables
from figures_src.model.exhibit import Number, Table
from figures_src.model.failures import ROOT
from figures_src.model.finite import Overflow
from figures_src.model.tables import extent


def _figure() -> Figure:
    figure = new_figure()
    axes = figure.subplots()
    axes.plot([1, 2, 3], [0.1, 10, 1000], color=FIRST, marker="o")
    axes.set_yscale("log")
    axes.set_xlabel("层 layer")
    return figure


def _drawn() -> str:
    with drawing_style():
        buffer = io.StringIO()
        _figure().savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


@pytest.fixture
def raw() -> str:
    return _drawn()


def test_nothing_in_it_reaches_the_rest_of_the_page(raw: str) -> None:
    drawing = for_page(raw, "name-zh")
    root = ET.fromstring(drawing)
    assert not [element for element in root.iter() if element.tag.endswith(("style", "metadata", "script"))]
    identifiers = [element.get("id") for element in root.iter() if element.get("id")]
    assert identifiers
    assert all(name and name.startswith("name-zh-") for name in identifiers)


def test_exponents_and_indices_are_raised_and_lowered_at_full_size() -> None:
    with drawing_style():
        figure = _figure()
        figure.axes[0].set(xlabel="e^−z of σ_w², kaiming_normal_", ylim=(1e-8, 1.0))
        finish(figure)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    texts = list(ET.fromstring(for_page(buffer.getvalue(), "name")).iter(f"{{{SVG}}}text"))
    shown = {
        "".join(text.itertext()): [(part.text, part.get("dy"), part.get("style")) for part in text] for text in texts
    }
    assert shown["10−4"] == [("−4", "-4", None)]
    assert shown["1"] == []
    assert shown["e−z of σw², kaiming_normal_"] == [
        ("−z", "-4", None),
        (" of σ", "4", None),
        ("w", "3", None),
        ("², kaiming_normal_", "-3", None),
    ]


def test_every_reference_has_its_target(raw: str) -> None:
    root = ET.fromstring(for_page(raw, "name-zh"))
    identifiers = {element.get("id") for element in root.iter()}
    values = [value for element in root.iter() for value in element.attrib.values()]
    targets = {target for value in values for target in re.findall(r"(?:^|url\()#([^)]+)", value)}
    assert len(targets) > 1
    assert targets <= identifiers


def test_colours_follow_the_page(raw: str) -> None:
    drawing = for_page(raw, "name")
    classes = {one for element in ET.fromstring(drawing).iter() for one in element.get("class", "").split()}
    assert {"stroke-1", "fill-ink"} < classes
    assert "style=" not in drawing, "the site's policy refuses it"
    assert not [role.marker for role in ROLES if role.marker in drawing]


def test_text_stays_text(raw: str) -> None:
    root = ET.fromstring(for_page(raw, "name"))
    texts = ["".join(element.itertext()) for element in root.iter() if element.tag.endswith("text")]
    assert "层 layer" in texts
    assert "font-family" not in for_page(raw, "name")


def test_it_is_smaller_than_what_matplotlib_wrote_and_the_same_every_time(raw: str) -> None:
    # Names of variables are longer than colours; dropping ids, digits and empty groups must more than pay for them.
    assert len(for_page(raw, "name")) < 0.65 * len(raw)
    assert _drawn() == raw


def test_a_file_of_its_own_brings_both_palettes(raw: str) -> None:
    alone = standalone(for_page(raw, "name"), "Title & more", "Described", "en")
    root = ET.fromstring(alone)
    assert [child.tag.rpartition("}")[2] for child in root][:3] == ["title", "desc", "style"]
    assert root[0].text == "Title & more"
    assert "prefers-color-scheme:dark" in alone


def test_the_style_sheet_has_the_same_colours() -> None:
    sheet = (ROOT / "docs/theme/assets/css/gradient-lab.css").read_text(encoding="utf-8")
    for role in ROLES:
        assert f"{role.variable}: {role.light};" in sheet
        assert f"{role.variable}: {role.dark};" in sheet
        for paint in PAINTS:
            assert f".{role.class_of(paint)} {{\n  {paint}: var({role.variable});\n}}" in sheet


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("role", [role for role in ROLES if role.variable not in {"--figure-grid", "--figure-band"}])
def test_what_carries_meaning_stands_out_in_both_palettes(role: object) -> None:
    for colour, ground in ((role.light, "#ffffff"), (role.dark, "#1e2129")):  # type: ignore[attr-defined]
        light, dark = sorted((_luminance(colour), _luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3


def test_numbers_and_tables_as_pages_show_them() -> None:
    assert str(Number(-0.5, ".2f")) == "−0.50"
    assert str(Number(1.9e-13, ".1e")) == "1.9\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10⁻¹³"
    assert [str(Number(value, "d")) for value in (7040, 35120, -10000)] == ["7040", "35,120", "−10,000"]
    assert str(Number(12345.6, ".1f")) == "12,345.6"
    table = Table(("Name", "Value"), (("a|b", "−1.5"), ("c", "2 × 10⁻³")))
    assert tables.aligned(table).splitlines()[1:3] == ["| :-- | --: |", "| a&#124;b | −1.5 |"]
    bounds = Table(
        ("Bounds",),
        ((f"1.04<br>({extent(1.01, 1.06)})",), (extent("−2\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10⁻³", 1),), ("–",)),
    )
    assert tables.aligned(bounds).splitlines()[1] == "| --: |"
    assert tables.aligned(Table(("Bounds",), (("1 – infinity",),))).splitlines()[1] == "| :-- |"
    shares = Table(("Right", "Loss"), (("79/103", Overflow("NaN")), ("3", "0.5")))
    assert tables.aligned(shares).splitlines()[1] == "| --: | --: |"
    below = "<\N{NO-BREAK SPACE}0.7"
    losses = Table(("Loss", "Text"), ((below, "1"), ("0.8", f"a {below}")))
    assert tables.aligned(losses).splitlines()[1] == "| --: | :-- |"
    assert csv_table(Table(("x",), ((1 / 3,), (4,)))) == "x\n0.333333\n4\n"
    with pytest.raises(ValueError, match="a column has no name"):
        Table(("x", " "), ())
    with pytest.raises(ValueError, match="2 cells, the header has 1"):
        Table(("x",), ((1, 2),))


def test_settings_are_shown_without_what_is_default() -> None:
    @dataclass(frozen=True)
    class Row:
        name: str
        rate: float = 0.1

    @dataclass(frozen=True)
    class Config:
        rows: tuple[Row, ...]
        sigma_w: float = 2**0.5

    shown = settings_text((Config((Row("a"), Row("b", 1.0))), Config(())))
    assert shown == "rows=((name='a'), (name='b', rate=1)), sigma_w=1.41421; rows=(), sigma_w=1.41421"
    assert settings_text(()) == ""
