"""The policy for pages: nothing of another host, and no script or style but the site's own files.

A page says it by itself, in a meta element; a host that reads `_headers` says it too, with what a meta element cannot.
The rest of this module refuses a page that the policy would break.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from html import unescape
from pathlib import Path

from figures_src.drawing.svg import STANDALONE_STYLE
from figures_src.model.failures import DOCS, Failure, relative
from figures_src.model.language import LANGUAGES

_OWN, _WITH_DATA, _NONE = "'self'", "'self' data:", "'none'"
# Scripts, styles, workers and data have the rule that holds where nothing is said, and so has the next page, which a
# page names and Firefox fetches in advance. Small pictures and a small font lie in the style sheets themselves.
_ALLOWED = {
    "default-src": _OWN,
    "img-src": _WITH_DATA,
    "font-src": _WITH_DATA,
    "form-action": _OWN,
    "base-uri": _NONE,
    "frame-src": _NONE,
    "media-src": _NONE,
    "object-src": _NONE,
}
# A longer quotation would fill the line.
_LONGEST = 60
# As browsers take a tag apart: a name ends at a space or a slash, and a value without quotes only at a space.
_ATTRIBUTE = r"""(?P<name>[^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?P<value>"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?)?"""
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_TAG = re.compile(rf"<(?P<tag>[a-zA-Z][^\s/>]*+)(?P<attributes>(?:[\s/]++|{_ATTRIBUTE})*+)>")
# Data that a script reads is no script.
_DATA = "application/json"
_SCRIPT = re.compile(
    r"<script\b(?P<attributes>[^>]*)>(?P<content>.*?)(?:</script\b[^>]*>|\Z)", re.DOTALL | re.IGNORECASE
)
_FRAMES = frozenset({"applet", "audio", "base", "embed", "frame", "iframe", "object", "video"})
_LINKS = frozenset({"action", "background", "data", "formaction", "href", "poster", "src", "xlink:href"})
# An animation may set a link.
_ANIMATED = frozenset({"by", "from", "to", "values"})
_SCHEMES = frozenset({"", "http", "https", "mailto"})
_PICTURES = frozenset({"image", "img", "link"})
# What browsers cut off at the ends of an address, and what they take out of it.
_ENDS, _WITHIN = "".join(map(chr, range(0x21))), re.compile(r"[\t\n\r]")
_SCHEME = re.compile(r"([a-z][a-z\d+.-]*):", re.IGNORECASE)


def hash_source(text: str) -> str:
    """The source that allows one text of a script or a style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def meta() -> str:
    """The policy that a page says by itself."""
    return _written(_ALLOWED)


def header() -> str:
    """The policy as a header, for pages and for every other file.

    No other site shows this one in a frame, and a drawing that is a file of its own brings its style.
    """
    drawings = {"style-src": f"{_OWN} {hash_source(STANDALONE_STYLE)}", "frame-ancestors": _NONE}
    return _written(_ALLOWED | drawings)


def _written(allowed: dict[str, str]) -> str:
    return "; ".join(f"{directive} {sources}" for directive, sources in allowed.items())


def failures(site: Path) -> list[Failure]:
    """Failures of the pages of a finished site against the policy, a line for each page and kind.

    The printable page holds the others once more: it is looked at where they are right.
    """
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    printed = {path for path in pages if path.parent.name == "print"}
    return _of(site, pages.keys() - printed, pages) or _of(site, printed, pages)


def _of(site: Path, chosen: set[Path], pages: dict[Path, str]) -> list[Failure]:
    return [
        Failure(_source(path.relative_to(site)), f"found {what}, allowed: {instead}")
        for path in sorted(chosen)
        for what, instead in dict(refused(pages[path])).items()
    ]


def _source(page: Path) -> str:
    """The file that a page is written in, or the page itself where a program writes it."""
    language, *folders, _ = page.parts if len(page.parts) > 1 else ("", "")
    written = DOCS / language / f"{'/'.join(folders) or 'index'}.md"
    return relative(written) if language in LANGUAGES and written.is_file() else f"site/{page.as_posix()}"


def refused(page: str) -> Iterator[tuple[str, str]]:
    """Parts of a page that the policy would refuse, each with what may stand there instead."""
    for script in _SCRIPT.finditer(page):
        attributes = _attributes(script["attributes"])
        if "src" not in attributes and attributes.get("type") != _DATA:
            yield f"a script within the page, {_quoted(script['content'])}", "a file"
    tags = _TAG.finditer(_SCRIPT.sub(r"<script\g<attributes>>", page))
    for tag, written in dict.fromkeys(found.group("tag", "attributes") for found in tags):
        yield from _of_tag(tag, written)


@cache
def _of_tag(written: str, attributes: str) -> tuple[tuple[str, str], ...]:
    """The refused parts of one tag; most tags of a site stand on it more than once."""
    return tuple(_in_tag(written, _attributes(attributes)))


def _in_tag(written: str, attributes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    tag = written.lower()
    if tag == "style":
        yield "a style within the page", "a file"
    elif tag in _FRAMES:
        yield f"the element <{tag}>", "a picture or a link"
    for name, value in attributes.items():
        said = f"the attribute {name}={_quoted(value)} of <{written}>"
        if name == "style":
            yield said, "a class"
        elif name.startswith("on") or name == "srcdoc":
            yield said, "a script in a file"
        elif any(_scheme(one) not in _allowed(tag, one) for one in _addresses(tag, name, value, attributes)):
            yield said, "an address of a page or a file"


def _attributes(written: str) -> dict[str, str]:
    """The attributes of a tag; of two with one name the first counts."""
    found: dict[str, str] = {}
    for one in _ATTRIBUTES.finditer(written):
        found.setdefault(one["name"].lower(), _unquoted(one["value"] or ""))
    return found


def _unquoted(value: str) -> str:
    return value[1:-1] if value[:1] in {'"', "'"} else value


def _addresses(tag: str, name: str, value: str, attributes: Mapping[str, str]) -> list[str]:
    """The addresses in an attribute."""
    if name in _LINKS:
        return [value]
    is_animated = name in _ANIMATED and "attributename" in attributes
    is_next = tag == "meta" and name == "content" and attributes.get("http-equiv", "").strip().lower() == "refresh"
    return re.split(r"""[;,='"]""", unescape(value)) if is_animated or is_next else []


def _scheme(address: str) -> str:
    """The scheme of an address as a browser reads it, in small letters; empty where it has none."""
    match = _SCHEME.match(_WITHIN.sub("", unescape(address).strip(_ENDS)))
    return match[1].lower() if match else ""


def _allowed(tag: str, address: str) -> frozenset[str]:
    is_picture = tag in _PICTURES and unescape(address).strip(_ENDS).lower().startswith("data:image/")
    return _SCHEMES | {"data"} if is_picture else _SCHEMES


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…")
