"""A drawing in fewer elements and digits: every place is kept."""

import re
import xml.etree.ElementTree as ET

import pytest

from figures_src.drawing.compact import SVG, Step, compact, number_text, steps, thinned, written

GRID = "#abcdef"
TICK = '<defs><path id="t" d="M 0 0 L 0 3.5" style="stroke:#000"/></defs>'
MARK = '<defs><path id="m" d="M -2 0 L 2 0 L 0 2.25 z" style="stroke:#00f"/></defs>'
GRID_LINE = f'<path d="M {{0}} 9 L {{0}} 1" style="fill:none;stroke:{GRID}"/>'


def _made(inside: str) -> ET.Element:
    root = ET.fromstring(f'<svg xmlns="{SVG}">{inside}</svg>')
    compact(root, "name", GRID)
    return root


def _tags(root: ET.Element) -> list[str]:
    return [element.tag.rpartition("}")[2] for element in root]


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("M 1 2 L 3 4.5 L 3 8 L 9.25 8", "m1 2 2 2.5v3.5h6.2"),
        ("M 0.04 0 L 0.08 1 L 0.12 2", "m0 0 .1 1v1"),
        ("M 0 0 L -0.5 -0.5 z M 1 1 L 2 3", "m0 0-.5-.5zm1 1 1 2"),
        ("M 0 0 C 1 1 2 2 3 1 Q 4 4 5 0", "m0 0c1 1 2 2 3 1q1 3 2-1"),
        ("M 5 5 L 5 5", "m5 5h0"),
    ],
)
def test_a_path_is_written_in_steps(path: str, short: str) -> None:
    assert written(steps(path)) == short


def test_the_steps_of_a_long_curve_do_not_drift() -> None:
    places = [(index * 0.333, (index * 0.777) % 7) for index in range(500)]
    path = [Step("M", (places[0],)), *(Step("L", (place,)) for place in places[1:])]
    x = y = 0.0
    numbers = list(map(float, re.findall(r"-?(?:\d+\.?\d*|\.\d+)", written(path).replace("h", " ").replace("v", " "))))
    assert "h" not in written(path)
    assert "v" not in written(path)
    for right, down, place in zip(numbers[::2], numbers[1::2], places, strict=True):
        x, y = x + right, y + down
        assert (x, y) == pytest.approx(place, abs=0.0501)


def test_points_on_a_line_are_left_out_and_no_others() -> None:
    path = "M 0 0 L 1 1.01 L 2 2 L 3 2.2 L 4 4 L 4 8 L 4 9 z M 7 7 L 8 8"
    assert written(thinned(steps(path)), 2) == written(steps("M 0 0 L 2 2 L 3 2.2 L 4 4 L 4 9 z M 7 7 L 8 8"), 2)
    back = "M 0 0 L 5 0 L 1 0"  # farther than its end
    assert written(thinned(steps(back))) == "m0 0h5-4"


def test_a_grid_and_its_ticks_are_a_path_each_and_what_is_drawn_over_them_stays_over_them() -> None:
    one, two = (
        f'{GRID_LINE.format(x)}<use href="#t" x="{x}" y="9" style="fill:#000"/><text>{x}</text>' for x in (1, 4)
    )
    root = _made(f'{one}{TICK}{two}<path d="M 0 0 L 1 5" style="stroke:#f00"/>{GRID_LINE.format(7)}')
    assert _tags(root) == ["path", "path", "text", "text", "path", "path"]
    assert root[0].get("d") == "m1 9v-8m3 8v-8"
    assert root[1].get("d") == "m1 9v3.5m3-3.5v3.5"
    assert root[1].get("style") == "fill:#000;stroke:#000"


def test_markers_of_one_look_are_the_points_of_one_path() -> None:
    uses = "".join(f'<use href="#m" x="{x}" y="{x}" style="fill:#00f;stroke:#f00"/>' for x in (1, 2, 3))
    root = _made(f'{MARK}<clipPath id="c"/><g clip-path="url(#c)">{uses}</g><use href="#m" x="8" y="8"/>')
    group = next(element for element in root if element.tag.endswith("}g"))
    marker, path = group
    assert path.get("d") == "m1 1 1 1 1 1"  # on a line, and all there
    assert path.get("style") == f"fill:none;marker:url(#{marker.get('id')})"
    assert marker[0].attrib == {"d": "m-2 0h4l-2 2.25z", "style": "fill:#00f;stroke:#00f"}
    assert root[-1].get("href") == f"#{root[0][0].get('id')}"


def test_curves_of_one_look_in_several_panels_share_their_marker() -> None:
    uses = "".join(f'<use href="#m" x="{x}" y="{x}"/>' for x in (1, 2))
    root = _made(
        f'{MARK}<g clip-path="url(#a)">{uses}</g><g clip-path="url(#b)">{uses}</g><clipPath id="a"/><clipPath id="b"/>'
    )
    (marker,) = root.iter(f"{{{SVG}}}marker")
    named = [path.get("style") for path in root.iter(f"{{{SVG}}}path") if "marker" in path.get("style", "")]
    assert named == [f"fill:none;marker:url(#{marker.get('id')})"] * 2
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_letters_of_one_height_are_together() -> None:
    letters = "".join(
        f'<tspan x="{x}" y="{y}" style="font-size:{size}px">{letter}</tspan>'
        for x, y, size, letter in ((0, -1, 11, "1"), (6.1, -1, 11, "0"), (12, -5, 7.7, "−"), (16, -5, 7.7, "7"))
    )
    root = _made(f'<g transform="translate(18 235.36)"><text>{letters}</text></g><text style="font-size:11px">a</text>')
    assert root.get("font-size") == "11"
    first, second = root
    assert first.get("transform") == "translate(18 235.36)"
    assert [(part.get("x"), part.get("style"), part.text) for part in first] == [
        ("0 6.1", None, "10"),
        ("12 16", "font-size:7.7px", "−7"),
    ]
    assert second.attrib == {}


def test_an_exponent_of_one_digit_keeps_its_place_behind_its_base() -> None:
    (text,) = _made('<text x="40" y="9">10<tspan dy="-4">3</tspan></text>')
    assert [(part.text, part.attrib) for part in text] == [("3", {"dy": "-4"})]


def test_a_letter_that_is_only_raised_is_not_moved() -> None:
    text = '<text x="3" y="4">σ<tspan dy="3">w</tspan><tspan dy="-3">a</tspan></text>'
    assert [part.attrib for part in _made(text)[0]] == [{"dy": "3"}, {"dy": "-3"}]


def test_what_paints_nothing_is_left_out_and_ids_are_numbered() -> None:
    root = _made(f'<path d="M 0 0 L 9 9 z" style="fill:none"/>{TICK}{MARK}<use href="#m" x="1.04" y="2"/>')
    assert _tags(root) == ["defs", "use"]
    assert root[0][0].get("id") == "name-0"
    assert root[1].attrib == {"href": "#name-0", "x": "1", "y": "2"}


@pytest.mark.parametrize(("number", "text"), [(0.5, ".5"), (-0.25, "-.25"), (-0.001, "0"), (10, "10"), (100.0, "100")])
def test_a_number_has_no_needless_digits(number: float, text: str) -> None:
    assert number_text(number) == text
