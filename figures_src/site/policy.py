"""The policy for pages: nothing of another host, and no script or style but the site's own files.

A page says it by itself, in a meta element; a host that reads `_headers` says it too, with what a meta element cannot.
The rest of this module refuses a page that the policy would break.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from figures_src.drawing.svg import STANDALONE_STYLE
from figures_src.model.failures import DOCS, Failure, relative
from figures_src.model.language import LANGUAGES

_OWN, _WITH_DATA, _NONE = "'self'", "'self' data:", "'none'"
# Small pictures and a small font lie in the style sheets themselves. Firefox fetches the next page, which a page names,
# in advance, and asks what holds where nothing is said.
_ALLOWED = {
    "default-src": _OWN,
    "script-src": _OWN,
    "style-src": _OWN,
    "img-src": _WITH_DATA,
    "font-src": _WITH_DATA,
    "connect-src": _OWN,
    "manifest-src": _OWN,
    "worker-src": _OWN,
    "form-action": _OWN,
    "base-uri": _NONE,
    "frame-src": _NONE,
    "media-src": _NONE,
    "object-src": _NONE,
}
# A longer quotation would fill the line.
_LONGEST = 60
_TAG = re.compile(r"""<(?P<name>[a-zA-Z][\w:-]*)(?P<attributes>(?:[^>"']|"[^"]*"|'[^']*')*)>""")
_ATTRIBUTE = re.compile(
    r"""(?P<name>[^\s"'>/=]+)(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'>]+)))?"""
)
# A page without any of these needs no closer look.
_SUSPECT = re.compile(
    r"""\sstyle\s*=|\son[a-z]+\s*=|\ssrcdoc|<style\b|javascript:|<script(?![^>]*\s(?:src=|type="application/json"))""",
    re.IGNORECASE,
)
# Data that a script reads is no script.
_DATA = "application/json"
_SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>(?P<content>.*?)</script>", re.DOTALL | re.IGNORECASE)
_LINKS = frozenset({"href", "src", "action", "formaction", "xlink:href"})


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
    if not _SUSPECT.search(page):
        return
    for script in _SCRIPT.finditer(page):
        attributes = _attributes(script["attributes"])
        if "src" not in attributes and attributes.get("type") != _DATA:
            yield f"a script within the page, {_quoted(script['content'])}", "a file"
    for tag in _TAG.finditer(_SCRIPT.sub(r"<script\g<attributes>>", page)):
        if tag["name"].lower() == "style":
            yield "a style within the page", "a file"
        for name, value in _attributes(tag["attributes"]).items():
            if name == "style":
                yield f"the attribute {name}={_quoted(value)} of <{tag['name']}>", "a class"
            elif name.startswith("on") or name == "srcdoc" or (name in _LINKS and _is_script(value)):
                yield f"the attribute {name}={_quoted(value)} of <{tag['name']}>", "a script in a file"


def _attributes(written: str) -> dict[str, str]:
    found = _ATTRIBUTE.finditer(written)
    return {one["name"].lower(): one["double"] or one["single"] or one["bare"] or "" for one in found}


def _is_script(address: str) -> bool:
    return re.sub(r"\s", "", unescape(address)).lower().startswith("javascript:")


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…")
