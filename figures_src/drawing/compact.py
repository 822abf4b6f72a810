"""A drawing's SVG in fewer elements and digits, with the same look.

Matplotlib writes an element for each grid line, tick, marker and letter. Here the lines of a grid and the ticks of an
axis become one path, the markers of a curve belong to one path, and letters of one size have a list of their places.
What paints nothing is left out, and so are points of a curve that lie on a line.
"""

import hashlib
import math
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

SVG = "http://www.w3.org/2000/svg"
PATH, TEXT, TSPAN = f"{{{SVG}}}path", f"{{{SVG}}}text", f"{{{SVG}}}tspan"
PLACES = frozenset({"x", "y", "width", "height", "transform"})
# A tenth of a unit is an eighth of a pixel where a drawing is largest; the shapes of markers have a digit more.
DIGITS, SHAPE_DIGITS = 1, 2
_COMMAND = re.compile(r"([MLQCz])([^MLQCz]*)")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")
# Between lines of a grid stand ticks and labels, which lie beside it.
_BESIDE = frozenset({"text", "use", "defs"})
_REFERENCE = re.compile(r"(?<=url\()#[^)]+|(?<!.)#.+")
_SIZE = re.compile(r"font-size:([\d.]+)px")
_START = "text-anchor:start"  # where a text begins anyway
Point = tuple[float, float]


@dataclass(frozen=True)
class Step:
    """A command of a path with its absolute points; one that closes has none."""

    command: str
    points: tuple[Point, ...]


def steps(path: str) -> list[Step]:
    """The steps of a path as matplotlib writes it: absolute, with every command's letter."""
    found = []
    for command, numbers in _COMMAND.findall(path):
        values = list(map(float, _NUMBER.findall(numbers)))
        found.append(Step(command, tuple(zip(values[::2], values[1::2], strict=True))))
    return found


def written(path: Iterable[Step], digits: int = DIGITS) -> str:
    """A path in relative steps between rounded places, so that nothing adds up."""
    said, last, at, start = "", "", (0, 0), (0, 0)
    scale = 10**digits
    for step in path:
        rounded = [(round(x * scale), round(y * scale)) for x, y in step.points]
        if step.command == "z":
            said, last, at = said + "z", "z", start
            continue
        moves = [(x - at[0], y - at[1]) for x, y in rounded]
        if step.command == "L" and 0 in moves[0]:
            if moves[0] == (0, 0):
                command, numbers = "h", [0]
            elif moves[0][1] == 0:
                command, numbers = "h", [moves[0][0]]
            else:
                command, numbers = "v", [moves[0][1]]
        else:
            command, numbers = step.command.lower(), [number for move in moves for number in move]
        # After a move, numbers alone are a line.
        again = command == last or (command, last) == ("l", "m")
        text = _joined(numbers, scale)
        said += (text if text.startswith("-") or not again else f" {text}") if again else f"{command}{text}"
        last = "m" if command == "m" else command
        at = rounded[-1]
        if command == "m":
            start = at
    return said


def _joined(numbers: Sequence[int], scale: int) -> str:
    text = ""
    for number in numbers:
        said = number_text(number / scale)
        text += said if not text or said.startswith("-") else f" {said}"
    return text


def number_text(number: float) -> str:
    """A number without needless digits: -.5 for -0.5."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else re.sub(r"^(-?)0\.", r"\1.", text)


def thinned(path: Sequence[Step]) -> list[Step]:
    """The steps without the ends of lines that lie on the line between their neighbours, to a twentieth of a unit."""
    kept: list[Step] = []
    run: list[Step] = []
    for step in [*path, None]:
        if step and step.command == "L":
            run.append(step)
            continue
        if kept and kept[-1].points:
            run = _straightened(kept[-1].points[-1], run)
        kept += run
        run = []
        kept += [step] if step else []
    return kept


def _straightened(start: Point, lines: Sequence[Step]) -> list[Step]:
    """Lines from a start on, as few as reach every left out end within the tolerance (Ramer, Douglas and Peucker)."""
    places = [start, *(line.points[0] for line in lines)]
    keep = {0, len(places) - 1}
    spans = [(0, len(places) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        far = [_distance(places[index], places[first], places[last]) for index in range(first + 1, last)]
        if max(far) > 0.5 * 10**-DIGITS:
            middle = first + 1 + far.index(max(far))
            keep.add(middle)
            spans += [(first, middle), (middle, last)]
    return [lines[index - 1] for index in sorted(keep) if index]


def _distance(place: Point, first: Point, last: Point) -> float:
    """From a place to the line between two others."""
    (x, y), (x1, y1), (x2, y2) = place, first, last
    length = math.hypot(x2 - x1, y2 - y1)
    along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length**2 if length else 0.0
    along = min(1.0, max(0.0, along))
    return math.hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1))


def compact(root: ET.Element, prefix: str, grid: str) -> None:
    """Make a drawing smaller in place, with ids that begin with a prefix; `grid` is the colour of grids' lines."""
    shapes = {name: shape for shape in root.iter(f"{{{SVG}}}path") if (name := shape.get("id"))}
    for parent in list(root.iter()):
        parent[:] = [child for child in parent if not _paints_nothing(child)]
        parent[:] = [_without_group(child) for child in parent]
        parent[:] = _with_lines_joined(parent, shapes, grid)
        parent[:] = _with_markers_joined(parent, shapes)
    _drop_repeated_markers(root)
    for text in root.iter(f"{{{SVG}}}text"):
        text[:] = _with_letters_joined(text)
    _drop_unused(root)
    _rename(root, prefix)
    _share_size(root)
    exact = {id(shape) for shape in (*shapes.values(), *root.iterfind(f".//{{{SVG}}}marker/{PATH}"))}
    for element in root.iter():
        _round(element, SHAPE_DIGITS if id(element) in exact or element.tag in (TEXT, TSPAN) else DIGITS)


def _is(element: ET.Element, name: str) -> bool:
    return element.tag == f"{{{SVG}}}{name}"


def _paints_nothing(element: ET.Element) -> bool:
    return _is(element, "path") and element.get("style") == "fill:none" and "id" not in element.attrib


def _without_group(element: ET.Element) -> ET.Element:
    """A text itself in place of a group that only moves it."""
    moves_text = _is(element, "g") and element.attrib.keys() == {"transform"} and [c.tag for c in element] == [TEXT]
    if not moves_text or "transform" in element[0].attrib:
        return element
    element[0].set("transform", element.attrib["transform"])
    return element[0]


def _with_lines_joined(children: Iterable[ET.Element], shapes: Mapping[str, ET.Element], grid: str) -> list[ET.Element]:
    """The children with the lines of a grid, and ticks of one shape, as one path each.

    Ticks and labels lie beside the grid; anything else may lie on it, and what comes later is joined anew.
    """
    kept: list[ET.Element] = []
    joined: dict[tuple[str, ...], ET.Element] = {}
    for child in children:
        line = _line(shapes.get(child.get("href", "").removeprefix("#"))) if _is(child, "use") else None
        if line is not None:
            path = _placed(line, child)
            look = (line.get("style", ""), child.get("style", ""))
        elif _is(child, "path") and f"stroke:{grid}" in child.get("style", "") and "id" not in child.attrib:
            path, look = child, (child.get("style", ""), child.get("clip-path", ""))
        else:
            kept.append(child)
            if child.tag.rpartition("}")[2] not in _BESIDE:
                joined = {}
            continue
        if look in joined:
            joined[look].set("d", f"{joined[look].get('d')} {path.get('d')}")
        else:
            joined[look] = path
            kept.append(path)
    return kept


def _line(shape: ET.Element | None) -> ET.Element | None:
    """The shape if it is one line."""
    if shape is None or [step.command for step in steps(shape.get("d", ""))] != ["M", "L"]:
        return None
    return shape


def _placed(line: ET.Element, use: ET.Element) -> ET.Element:
    """A line where it is used."""
    right, down = float(use.get("x", "0")), float(use.get("y", "0"))
    places = [(x + right, y + down) for step in steps(line.get("d", "")) for x, y in step.points]
    (x1, y1), (x2, y2) = places
    style = ";".join(part for part in (use.get("style"), line.get("style")) if part)
    return ET.Element(PATH, {"d": f"M {x1} {y1} L {x2} {y2}", "style": _last_said(style)})


def _last_said(style: str) -> str:
    """A style with each property once, as it is said last."""
    return ";".join(f"{name}:{value}" for name, value in dict(part.split(":", 1) for part in style.split(";")).items())


def _with_markers_joined(children: Iterable[ET.Element], shapes: Mapping[str, ET.Element]) -> list[ET.Element]:
    """The children with each run of markers of one look as the points of one path."""
    kept: list[ET.Element] = []
    for _, run in groupby(children, key=lambda child: (child.tag, child.get("href"), child.get("style"), len(child))):
        same = list(run)
        name = same[0].get("href", "").removeprefix("#")
        if not _is(same[0], "use") or len(same) == 1 or name not in shapes:
            kept += same
            continue
        kept += _marked(same, name, shapes[name])
    return kept


def _marked(uses: Sequence[ET.Element], name: str, shape: ET.Element) -> list[ET.Element]:
    """A marker, and a path that has it at the places where a shape is used."""
    style = _last_said(";".join(part for part in (uses[0].get("style"), shape.get("style")) if part))
    digest = hashlib.sha256(style.encode()).hexdigest()[:4]
    marker = ET.Element(
        f"{{{SVG}}}marker", {"id": f"{name}-{digest}", "overflow": "visible", "markerUnits": "userSpaceOnUse"}
    )
    ET.SubElement(marker, PATH, {"d": shape.get("d", ""), "style": style})
    places = " L ".join(f"{use.get('x', '0')} {use.get('y', '0')}" for use in uses)
    return [marker, ET.Element(PATH, {"d": f"M {places}", "style": f"fill:none;marker:url(#{marker.get('id')})"})]


def _drop_repeated_markers(root: ET.Element) -> None:
    """Leave one of the markers of one name: curves of several panels may share their look."""
    seen: set[str] = set()
    for parent in list(root.iter()):
        for marker in parent.findall(f"{{{SVG}}}marker"):
            name = marker.get("id", "")
            if name in seen:
                parent.remove(marker)
            seen.add(name)


def _with_letters_joined(text: ET.Element) -> list[ET.Element]:
    """The parts of a text with letters of one height and style as one, which lists their places."""
    kept: list[ET.Element] = []
    for _, run in groupby(text, key=lambda part: (part.get("y"), part.get("style"))):
        same = list(run)
        if all(_is_a_letter_at_a_place(part) for part in same):
            same[0].set("x", " ".join(part.get("x", "0") for part in same))
            same[0].text = "".join(part.text or "" for part in same)
            same = same[:1]
        kept += same
    return kept


def _is_a_letter_at_a_place(part: ET.Element) -> bool:
    letter = part.text or ""
    placed = {"x", "y"} <= part.attrib.keys() <= {"x", "y", "style"}
    return placed and len(letter) == 1 and not letter.isspace() and not part.tail


def _drop_unused(root: ET.Element) -> None:
    """Leave out shapes that nothing uses any more, and definitions of nothing."""
    said = "\n".join(value for element in root.iter() for value in element.attrib.values())
    for defs in list(root.iter(f"{{{SVG}}}defs")):
        defs[:] = [child for child in defs if not (name := child.get("id")) or f"#{name}" in said]
    for parent in list(root.iter()):
        parent[:] = [child for child in parent if not _is(child, "defs") or len(child)]


def _round(element: ET.Element, digits: int) -> None:
    if "d" in element.attrib:
        path = steps(element.attrib["d"])
        whole = digits == SHAPE_DIGITS or "marker:" in element.get("style", "")
        element.set("d", written(path if whole else thinned(path), digits))
    for name in PLACES & element.attrib.keys():
        element.set(name, _NUMBER.sub(lambda match: number_text(round(float(match[0]), digits)), element.attrib[name]))


def _rename(root: ET.Element, prefix: str) -> None:
    """Number the ids."""
    named = [element for element in root.iter() if "id" in element.attrib]
    numbers = {element.attrib["id"]: f"{prefix}-{number}" for number, element in enumerate(named)}
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id":
                element.set(name, numbers[value])
            else:
                element.set(name, _REFERENCE.sub(lambda match: f"#{numbers[match[0][1:]]}", value))


def _share_size(root: ET.Element) -> None:
    """Say the size of most texts once, for the whole drawing."""
    sizes = Counter(
        _SIZE.findall(style)[0] for element in root.iter() if _SIZE.search(style := element.get("style", ""))
    )
    if not sizes:
        return
    ((most, _),) = sizes.most_common(1)
    root.set("font-size", most)
    for element in root.iter():
        parts = [part for part in element.get("style", "").split(";") if part not in (f"font-size:{most}px", _START)]
        if any(parts):
            element.set("style", ";".join(parts))
        else:
            element.attrib.pop("style", None)
