"""Make matplotlib's SVG fit to stand inside a page: small, themed by classes, and quiet beside its neighbours.

Inlined as it is, matplotlib's output would style the whole page (its `<style>` holds `*`), repeat ids between figures,
and fix its colours. It would also be refused by the site's policy, which allows no `style` attribute: a colour becomes
the class of its role, and everything else an attribute of SVG.
"""

import re
import xml.etree.ElementTree as ET

from figures_src.drawing.compact import SVG, compact
from figures_src.drawing.palette import GRID, INK, PAINTS, ROLES
from figures_src.drawing.powers import LOWERED, RAISED, SHIFTED

XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
DROPPED = {f"{{{SVG}}}{name}" for name in ("metadata", "style", "title")}
NUMBERED = {"d", "x", "y", "cx", "cy", "r", "width", "height", "transform", "points", "viewBox"}
DECIMAL = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
REFERENCE = re.compile(r"url\(#([^)]+)\)")
NO_TURN = re.compile(r"rotate\(-?0 [^)]*\)")
# The page gives font and joins; these would repeat on every element.
INHERITED = re.compile(r"(?:font-family|font-stretch|font-style: ?normal|font-weight|-?\w*-?opacity: ?1\b)[^;]*;?")

_ROLES = {role.marker: role for role in ROLES}


def _palettes() -> str:
    light = ";".join(f"{role.variable}:{role.light}" for role in ROLES)
    dark = ";".join(f"{role.variable}:{role.dark}" for role in ROLES)
    painted = "".join(f".{role.class_of(paint)}{{{paint}:var({role.variable})}}" for role in ROLES for paint in PAINTS)
    return (
        f"svg{{{light};background:#fff;font-family:sans-serif}}"
        f"@media(prefers-color-scheme:dark){{svg{{{dark};background:#1e2129}}}}{painted}"
    )


# The style of a drawing that is a file of its own: one text for all, which the site's policy names by its hash.
STANDALONE_STYLE = _palettes()


def _shorten(match: re.Match[str]) -> str:
    # A hundredth of a point is far below a pixel on any screen.
    text = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _clean_style(style: str) -> str:
    font = re.sub(r"font: (?:(?:normal|italic|oblique|bold|\d+) )*([\d.]+px)[^;]*", r"font-size: \1", style)
    parts = [part.strip() for part in font.split(";")]
    kept = [part for part in parts if part and not INHERITED.fullmatch(part)]
    return ";".join(re.sub(r":\s+", ":", part) for part in kept)


def _referenced(root: ET.Element) -> set[str]:
    names: set[str] = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == XLINK_HREF:
                names.add(value.removeprefix("#"))
            names.update(REFERENCE.findall(value))
    return names


def _rename(element: ET.Element, prefix: str, referenced: set[str]) -> None:
    identifier = element.attrib.pop("id", None)
    if identifier in referenced:
        element.set("id", f"{prefix}-{identifier}")
    target = element.attrib.pop(XLINK_HREF, None)
    if target:
        element.set("href", f"#{prefix}-{target.removeprefix('#')}")
    for name, value in element.attrib.items():
        element.set(name, REFERENCE.sub(rf"url(#{prefix}-\1)", value))


def _tidy(element: ET.Element) -> None:
    for name in NUMBERED & element.attrib.keys():
        element.set(name, " ".join(DECIMAL.sub(_shorten, element.get(name, "")).split()))
    if NO_TURN.fullmatch(element.get("transform", "")):
        del element.attrib["transform"]
    style = _clean_style(element.get("style", ""))
    if style.endswith(f"fill:{INK.marker}") and not element.tag.endswith("use"):
        style = style.removesuffix(f"fill:{INK.marker}").rstrip(";")  # the whole drawing's own fill
    if style:
        element.set("style", style)
    else:
        element.attrib.pop("style", None)
    if element.text and not element.text.strip():
        element.text = None
    if element.tail and not element.tail.strip():
        element.tail = None


def _shift(text: ET.Element) -> None:
    """Write exponents and indices of a text as parts that are raised and lowered."""
    words = text.text or ""
    shifted = list(SHIFTED.finditer(words))
    if not shifted:
        return
    text.text, level = words[: shifted[0].start()], 0.0
    for match, following in zip(shifted, [*shifted[1:], None], strict=True):
        height = LOWERED if match[1] is None else RAISED
        part = ET.SubElement(text, f"{{{SVG}}}tspan", {"dy": f"{height - level:g}"})
        part.text, level = match[1] or match[2], height
        rest = words[match.end() : following.start() if following else None]
        if rest:
            ET.SubElement(text, f"{{{SVG}}}tspan", {"dy": f"{-level:g}"}).text = rest
            level = 0.0


def _drop(root: ET.Element) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in DROPPED:
                parent.remove(child)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{{{SVG}}}defs" and len(child) == 0:
                parent.remove(child)


def _unwrap(root: ET.Element) -> None:
    """Replace every group without attributes by its children: after the ids are gone most groups say nothing."""
    for parent in reversed(list(root.iter())):
        children: list[ET.Element] = []
        for child in list(parent):
            bare_group = child.tag == f"{{{SVG}}}g" and not child.attrib and not child.text
            children += list(child) if bare_group else [child]
        parent[:] = children


def _without_style(element: ET.Element) -> None:
    """Say what a style says by the classes of the roles' colours, and by attributes of SVG.

    Raises `ValueError` for a role's colour in a property that no class has.
    """
    classes = element.get("class", "").split()
    for part in filter(None, element.attrib.pop("style", "").split(";")):
        name, value = part.split(":", 1)
        if role := _ROLES.get(value):
            if name not in PAINTS:
                raise ValueError(f"found {name} in a colour of the site, allowed: {' and '.join(PAINTS)}")
            classes.append(role.class_of(name))
        elif name == "marker":  # the three that it stands for: it is no attribute
            element.attrib.update(dict.fromkeys(("marker-start", "marker-mid", "marker-end"), value))
        else:
            element.set(name, value.removesuffix("px"))
    if classes:
        element.set("class", " ".join(classes))


def for_page(drawing: str, prefix: str) -> str:
    """Matplotlib's SVG as the inner SVG of a page: no XML head, ids prefixed, marker colours as classes."""
    ET.register_namespace("", SVG)
    root = ET.fromstring(drawing)  # noqa: S314 - matplotlib's own output of this build
    _drop(root)
    referenced = _referenced(root)
    for element in root.iter():
        _rename(element, prefix, referenced)
        _tidy(element)
    for text in list(root.iter(f"{{{SVG}}}text")):
        _shift(text)
    _unwrap(root)
    compact(root, prefix, GRID.marker)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    for element in root.iter():
        _without_style(element)
    root.set("class", f"exhibit-svg {INK.class_of('fill')}")
    root.set("stroke-linejoin", "round")
    return ET.tostring(root, encoding="unicode").replace(" />", "/>")


def standalone(inner: str, title: str, description: str, language: str) -> str:
    """A page's SVG as a file of its own, with both palettes by the viewer's preference and a page-coloured ground."""
    ET.register_namespace("", SVG)
    root = ET.fromstring(inner)  # noqa: S314 - made by `for_page`
    root.set("lang", language)
    style = ET.Element(f"{{{SVG}}}style")
    style.text = STANDALONE_STYLE
    for position, (tag, content) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(f"{{{SVG}}}{tag}")
        element.text = content
        root.insert(position, element)
    root.insert(2, style)
    return ET.tostring(root, encoding="unicode")
