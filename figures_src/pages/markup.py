"""Markup of a page that does not say what its author meant, found in the text as it is written.

A converter of Markdown refuses nothing: what it does not understand it shows, or takes for something else. Here each
construction is held against its own form; `figures_src.pages.leftovers` finds what is left in a converted page's text.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import yaml

from figures_src.markdown.formulas import DISPLAY
from figures_src.markdown.references import GUESS, GUESS_LINE, TABLE_LINE, blank, without_code
from gradlab._internal.refusals import nearest

# Of what a slip quotes, so many characters.
QUOTED = 60
DEEPEST = 6
FRONT_MATTER_KEYS = ("description", "hide", "search", "title")
FOLDS = (
    *("abstract", "bug", "danger", "example", "failure", "info", "note", "question", "quote", "success", "tip"),
    *("warning", GUESS, "teacher"),
)
_VOID = frozenset({"br", "hr", "img", "input", "wbr"})
_ELEMENTS = _VOID | {
    *("a", "abbr", "b", "blockquote", "button", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em"),
    *("fieldset", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "i", "ins", "kbd", "label", "legend"),
    *("li", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small", "span", "strong", "sub", "summary"),
    *("sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul", "var"),
}
_ATTRIBUTES = frozenset(
    {
        *("alt", "autocomplete", "checked", "class", "colspan", "disabled", "download", "for", "hidden", "href"),
        *("id", "lang", "markdown", "max", "min", "name", "open", "role", "rowspan", "scope", "src", "step", "style"),
        *("tabindex", "target", "title", "type", "value"),
    }
)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<content>.*?)^---[ \t]*$", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)")
_SHORT_FENCE = re.compile(r"[ \t]*(?:``|~~)[a-z]*[ \t]*")
_DISPLAY = re.compile(DISPLAY.pattern.replace("^ {0,3}", r"^[ \t]*"), re.MULTILINE | re.DOTALL)
_DISPLAY_OPENED = re.compile(r"^[ \t]*\$\$", re.MULTILINE)
_PARAGRAPH = re.compile(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*")
_DOLLAR = re.compile(r"(?<!\\)\$+")
_INLINE = re.compile(r"(?<![\\$])\$(?![\s$])(?:\\.|\n(?![ \t]*\n)|[^\\$\n])+?(?<!\s)\$(?![$\d])")
_TAG = re.compile(
    r"<(?P<closing>/?)(?P<name>[a-zA-Z][\w-]*)(?P<attributes>(?:\s+[\w:-]+(?:=(?:\"[^\"<]*\"|'[^'<]*'|[^\s\"'<>]+))?)*)"
    r"\s*/?>"
)
_ATTRIBUTE = re.compile(r"\s([\w:-]+)(?:=(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")
_TAG_BEGUN = re.compile(r"<(?=[a-zA-Z/!])(?!https?://[^\s<>]+>|[\w.+-]+@[\w.-]+>)[^>\n]*")
_HEADING = re.compile(r"^(?P<marks>#+)(?P<space>[ \t]*)(?P<title>[^\n]*?)[ \t]*$", re.MULTILINE)
_ANCHOR = re.compile(r"\{[^{}\n]*#([\w-]+)[^{}\n]*\}")
_UNDERLINE = re.compile(r"^[^\S\n]*[^\s|#][^\n]*\n(?:=+|-{2,})[ \t]*$", re.MULTILINE)
_BRACES = re.compile(r"(?P<opening>\{+)(?P<content>[^{}\n]*)(?P<closing>\}*)|\}+")
_DASHES = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_BAR = re.compile(r"(?<!\\)\|")
_FOOTNOTE = re.compile(r"(?P<start>^[ \t]*)?\[\^(?P<name>[^\]\n]+)\](?P<defines>:)?", re.MULTILINE)
_FOLD_BEGUN = re.compile(r"^(?P<indent>[ \t]*)(?P<marks>\?{2,}\+?|!{2,})(?P<rest>[ \t]+[^\n]*|\w[^\n]*)$", re.MULTILINE)
_FOLD = re.compile(r'[ \t]+(?P<kind>[\w-]+)(?: [\w-]+)*(?:[ \t]+"[^"\n]*")?[ \t]*')
_INCLUSION = re.compile(r"^[^\n]*8<[^\n]*$", re.MULTILINE)
_TABLE_LINE, _GUESS_LINE = re.compile(TABLE_LINE), re.compile(GUESS_LINE)
_IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<target>[^)\s]*)(?P<title>[ \t]+\"[^\"\n]+\"\))?")
_LINKED_FIGURE = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>(?:\.\./)*figures/[\w-]+\.svg)")
_DOCSTRING = re.compile(r"^[ \t]*:{2,}[ \t]*(?P<rest>[^\n]*)$", re.MULTILINE)
_OBJECT = re.compile(r"::: [\w.]+[ \t]*")
_ELSEWHERE = re.compile(r"(?:!\[[^\]]*\]\(|<[a-zA-Z][^<>]*\ssrc\s*=\s*[\"']?)(?P<target>(?:[a-zA-Z]+:)?//[^)\s\"'>]*)")
_STYLE = re.compile(r"(?:<[a-zA-Z][^<>]*\s|\{[^{}\n]*)\bstyle\s*=")


@dataclass(frozen=True, order=True)
class Slip:
    """One thing that is wrong with a page's markup.

    Attributes:
        line: of the page, from 1.
        what: what is found there, and what is allowed.
        whole: whether nothing that follows it can be read, so that only it is worth telling.
        mark: what is left of markup, if it is that.

    """

    line: int
    what: str
    whole: bool = False
    mark: str = ""


def slips(text: str) -> list[Slip]:
    """All that is wrong with a page as it is written; where it cannot be read on, what stops it."""
    for find in (_front_matter, _comments, _fences):
        if found := list(find(text)):
            return found
    with_formulas = prose_of(text)
    if found := list(_displays(with_formulas)):
        return found
    prose = without_formulas(with_formulas)
    if found := [*_tags_begun(prose)] or [*_tags_paired(prose)]:
        return found
    finders: tuple[Callable[[str], Iterator[Slip]], ...] = (
        _headings,
        _dollars,
        _braces,
        _tables,
        _footnotes,
        _folds,
        _inclusions,
        _docstrings,
        _images,
        _styles,
        _elsewhere,
    )
    return sorted(slip for find in finders for slip in find(prose))


def prose_of(text: str) -> str:
    """A page with front matter, code and comments blanked, lines and columns kept."""
    return without_code(_FRONT_MATTER.sub(blank, text))


def without_formulas(prose: str) -> str:
    """Prose with its formulas blanked, lines and columns kept."""
    return _INLINE.sub(blank, _DISPLAY.sub(blank, prose))


def quoted(text: str) -> str:
    """The beginning of a text as a message quotes it."""
    line = " ".join(text.split())
    return repr(line if len(line) <= QUOTED else f"{line[: QUOTED - 1]}…")


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _front_matter(text: str) -> Iterator[Slip]:
    if not re.match(r"-{2,}[ \t]*\n", text):
        if re.match(rf"(?:{'|'.join(FRONT_MATTER_KEYS)}):", text):
            yield Slip(1, "front matter without its --- above", whole=True)
        return
    matter = _FRONT_MATTER.match(text)
    if matter is None:
        yield Slip(1, "front matter: found one line of dashes, allowed: a line --- above it and one below", whole=True)
        return
    try:
        settings = yaml.safe_load(matter["content"])
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        yield Slip(line, f"front matter: {error.problem}", whole=True)
        return
    except (yaml.YAMLError, ValueError) as error:  # a sign that is none of a text's, or a date that there is not
        yield Slip(2, f"front matter: {str(error).partition(chr(10))[0]}", whole=True)
        return
    if not isinstance(settings, dict):
        yield Slip(
            2, f"front matter: found {quoted(matter['content'])}, allowed: lines such as 'description: ...'", whole=True
        )
        return
    for key, value in settings.items():
        line = next((i for i, one in enumerate(text.splitlines(), 1) if one.startswith(f"{key}:")), 1)
        if key not in FRONT_MATTER_KEYS:
            yield Slip(line, f"front matter: {_unknown(str(key), FRONT_MATTER_KEYS)}", whole=True)
        elif key in ("description", "title") and not (isinstance(value, str) and value.strip()):
            yield Slip(line, f"front matter: {key}: found {value!r}, allowed: a text", whole=True)


def _unknown(name: str, allowed: tuple[str, ...] | frozenset[str]) -> str:
    near = nearest(name, allowed)
    return f"found {name!r}, " + (f"the nearest is {near!r}" if near else f"allowed: {', '.join(sorted(allowed))}")


def _comments(text: str) -> Iterator[Slip]:
    prose = re.sub(r"<!--.*?-->", blank, _without_fences(text), flags=re.DOTALL)
    for mark, what in (("<!--", "a comment without its -->"), ("-->", "--> closes no comment")):
        if (position := prose.find(mark)) >= 0:
            yield Slip(_line(prose, position), what, whole=True)
            return


def _without_fences(text: str) -> str:
    """A page with its code blanked, its comments as they are."""
    held = text.replace("<!--", "\0" * 4)
    return without_code(held).replace("\0" * 4, "<!--")


def _fences(text: str) -> Iterator[Slip]:
    opened: tuple[int, re.Match[str]] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        found = _FENCE.fullmatch(line)
        if opened is None and _SHORT_FENCE.fullmatch(line):
            yield Slip(number, f"{quoted(line)}: a block of code begins and ends with three backticks", whole=True)
            return
        if found is None:
            continue
        if opened is None:
            opened = (number, found)
        elif found["fence"] == opened[1]["fence"]:
            if found["info"].strip() or found["indent"] != opened[1]["indent"]:
                break
            opened = None
    if opened:
        yield Slip(opened[0], f"the block of code {quoted(opened[1][0])} is not closed", whole=True)


def _displays(prose: str) -> Iterator[Slip]:
    for paragraph in _PARAGRAPH.finditer(prose):
        opening = _DISPLAY_OPENED.search(paragraph[0])
        if opening and _DISPLAY.search(paragraph[0]) is None:
            line = _line(prose, paragraph.start() + opening.end())
            yield Slip(line, "a formula with no closing $$ before the next empty line", whole=True)
            return


def _dollars(prose: str) -> Iterator[Slip]:
    for paragraph in _PARAGRAPH.finditer(prose):
        if left := _DOLLAR.search(paragraph[0]):
            around = quoted(paragraph[0][max(left.start() - 20, 0) : left.end() + 20])
            what = f"a $ in {around} closes no formula; write \\$ for a dollar sign, and \\vert for | in a table"
            yield Slip(_line(prose, paragraph.start() + left.start()), what)


def _tags_begun(prose: str) -> Iterator[Slip]:
    told: set[str] = set()
    for match in _TAG_BEGUN.finditer(prose):
        line = _line(prose, match.start())
        tag = _TAG.match(prose, match.start())
        if tag is None:
            yield Slip(line, f"{quoted(match[0])} is no whole tag", whole=True)
            continue
        if tag["name"] not in _ELEMENTS | told:
            told.add(tag["name"])
            yield Slip(line, f"element: {_unknown(tag['name'], _ELEMENTS)}", whole=True)
        for attribute in _ATTRIBUTE.findall(tag["attributes"]):
            if attribute not in _ATTRIBUTES and not attribute.startswith(("aria-", "data-")):
                yield Slip(line, f"attribute of <{tag['name']}>: {_unknown(attribute, _ATTRIBUTES)}", whole=True)


def _tags_paired(prose: str) -> Iterator[Slip]:
    opened: list[tuple[str, int]] = []
    for match in _TAG.finditer(prose):
        name, line = match["name"], _line(prose, match.start())
        if name in _VOID or match[0].endswith("/>"):
            continue
        if not match["closing"]:
            opened.append((name, line))
        elif opened and opened[-1][0] == name:
            opened.pop()
        elif name in [one for one, _ in opened]:
            break
        else:
            yield Slip(line, f"</{name}> closes nothing", whole=True)
            return
    if opened:
        name, line = opened[-1]
        yield Slip(line, f"<{name}> is not closed", whole=True)


def _headings(prose: str) -> Iterator[Slip]:
    last, anchors = 0, dict[str, int]()
    for match in _HEADING.finditer(prose):
        line, level = _line(prose, match.start()), len(match["marks"])
        if level > DEEPEST:
            yield Slip(line, f"a heading of level {level}, allowed: up to {DEEPEST}")
        elif not match["space"] or not match["title"]:
            yield Slip(line, f"{quoted(match[0])}: a heading has a space after its #, and a title")
        elif last and level > last + 1:
            yield Slip(line, f"a heading of level {level} below one of level {last}, allowed: up to {last + 1}")
        last = level
        for anchor in _ANCHOR.findall(match["title"]):
            if anchor in anchors:
                yield Slip(line, f"the anchor #{anchor} is taken, in line {anchors[anchor]}")
            anchors.setdefault(anchor, line)
    for match in _UNDERLINE.finditer(prose):
        yield Slip(_line(prose, match.end()), "makes a heading of the line above it; write ## before a heading")


def _braces(prose: str) -> Iterator[Slip]:
    for match in _BRACES.finditer(prose):
        opening, closing = match["opening"] or "", match["closing"] or ""
        if match["opening"] is None:
            closing = match[0]
        if (len(opening), len(closing)) in ((1, 1), (2, 2)):
            continue
        line = _line(prose, match.start())
        counted = f"{len(opening)} opening and {len(closing)} closing braces"
        yield Slip(
            line,
            f"{quoted(match[0])}: found {counted}, allowed: {{{{ ... }}}} for what is quoted, {{ ... }} for attributes",
        )


def _tables(prose: str) -> Iterator[Slip]:
    lines = prose.split("\n")
    at = 0
    while at < len(lines):
        if not lines[at].lstrip().startswith("|"):
            at += 1
            continue
        first = at
        while at < len(lines) and lines[at].strip():
            at += 1
        yield from _table(lines, first, at)


def _table(lines: list[str], first: int, end: int) -> Iterator[Slip]:
    before = lines[first - 1].strip() if first else ""
    if _BAR.search(before):
        yield Slip(first, "a row of a table begins and ends with |")
        return
    if before and not before.startswith(("!!!", "???", "<")):
        yield Slip(first + 1, "a table has an empty line above it")
        return
    if first + 1 >= end or not _DASHES.fullmatch(lines[first + 1]):
        yield Slip(first + 1, "a table has a row of dashes, such as | --- | --- |, below its first row")
        return
    rows = [(number + 1, lines[number].strip()) for number in range(first, end)]
    counts = Counter(len(_BAR.findall(row)) - 1 for _, row in rows)
    columns = max(counts, key=counts.__getitem__)
    for line, row in rows:
        if not row.startswith("|") or not row.endswith("|") or row.endswith("\\|"):
            yield Slip(line, "a row of a table begins and ends with |")
        elif (found := len(_BAR.findall(row)) - 1) != columns:
            yield Slip(line, f"a row of a table: found {found} cells, allowed: {columns}, as in the other rows")


def _footnotes(prose: str) -> Iterator[Slip]:
    used: dict[str, int] = {}
    defined: dict[str, int] = {}
    for match in _FOOTNOTE.finditer(prose):
        places = defined if match["defines"] and match["start"] is not None else used
        places.setdefault(match["name"], _line(prose, match.start("name")))
    for name, line in used.items():
        if name not in defined:
            near = nearest(name, defined)
            yield Slip(
                line, f"the footnote [^{name}] has no definition" + (f"; the nearest is [^{near}]" if near else "")
            )
    for name, line in defined.items():
        if name not in used:
            yield Slip(line, f"the footnote [^{name}] is used nowhere")


def _folds(prose: str) -> Iterator[Slip]:
    for match in _FOLD_BEGUN.finditer(prose):
        line = _line(prose, match.start())
        fold = _FOLD.fullmatch(match["rest"])
        allowed = '???, ???+ or !!!, a kind, and a title in quotes: ??? note "Title"'
        if match["marks"] not in ("???", "???+", "!!!") or fold is None:
            yield Slip(line, f"found {quoted(match[0])}, allowed: {allowed}")
        elif fold["kind"] not in FOLDS:
            yield Slip(line, f"kind of a fold: {_unknown(fold['kind'], FOLDS)}")
        elif fold["kind"] == GUESS and not _GUESS_LINE.fullmatch(match[0]):
            yield Slip(line, f'found {quoted(match[0])}, allowed: ??? guess "exhibit.question"')
        elif not _holds_something(prose, match):
            yield Slip(line, f"found nothing in {quoted(match[0])}, allowed: lines that are indented by 4 more spaces")


def _holds_something(prose: str, fold: re.Match[str]) -> bool:
    """Whether the next line with something on it belongs to a fold; a block of code, which is blanked, does."""
    following = prose[fold.end() + 1 :]
    indent = " " * (len(fold["indent"]) + 4)
    first = next((line for line in following.split("\n") if line), "")
    return first.startswith(indent)


def _inclusions(prose: str) -> Iterator[Slip]:
    for match in _INCLUSION.finditer(prose):
        if not _TABLE_LINE.fullmatch(match[0]):
            yield Slip(_line(prose, match.start()), f'found {quoted(match[0])}, allowed: --8<-- "name.md"')


def _docstrings(prose: str) -> Iterator[Slip]:
    for match in _DOCSTRING.finditer(prose):
        if not _OBJECT.fullmatch(match[0]):
            yield Slip(_line(prose, match.start()), f"found {quoted(match[0])}, allowed: ::: package.object")


def _images(prose: str) -> Iterator[Slip]:
    for match in _LINKED_FIGURE.finditer(prose):
        yield Slip(_line(prose, match.start()), f"a link to the figure {match['target']}; a figure begins with ![")
    for match in _IMAGE.finditer(prose):
        line = _line(prose, match.start())
        if not match["alt"].strip():
            yield Slip(line, f"the image {match['target']} has no text for those who cannot see it: ![text](...)")
        elif "figures/" in match["target"] and not match["title"]:
            yield Slip(line, f'the figure {match["target"]} has no caption: ![text]({match["target"]} "caption")')


def _styles(prose: str) -> Iterator[Slip]:
    for match in _STYLE.finditer(prose):
        what = f"found a style in {quoted(match[0])}, allowed: a class; the site's policy refuses styles within pages"
        yield Slip(_line(prose, match.end()), what)


def _elsewhere(prose: str) -> Iterator[Slip]:
    for match in _ELSEWHERE.finditer(prose):
        what = f"found {quoted(match['target'])}, allowed: a file of the site; its policy refuses what other hosts have"
        yield Slip(_line(prose, match.start("target")), what)
