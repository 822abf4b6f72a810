"""References of a page to exhibits: the one place that knows the syntax.

![alt](figures/sigmoid.svg "caption")       a figure
--8<-- "explosion.md"                       a table
--8<-- "fan.figure.md"                      a block: a piece of a page in Markdown or HTML
{{ explosion.max_gradient }}                a number
{{ listing mended.before }}                 what a program prints, on a line of its own
{{ check explosion.product }}               the mark of a check
{{ verdict scale-inputs }}                  the mark of a claim
{{ answer explosion.max_gradient }}         a place to type a number and have it compared
??? guess "explosion.gradient"              a question, its choices and what is said after the answer
{{ constant 2.13 }}  {{ quotation 0.1448 }} a number that no code can measure: a constant, or another's words
"""

import re
from dataclasses import dataclass
from typing import Literal

from gradlab._internal.refusals import nearest

Kind = Literal[
    "figure", "table", "number", "listing", "check", "verdict", "answer", "question", "constant", "unreadable"
]

BRACES = r"\{\{[ \t]*([^{}\n]*?)[ \t]*\}\}"
FIGURE_TARGET = r"(?:\.\./)*figures/([\w-]+)\.svg"
TABLE_LINE = r'^[ \t]*--8<--[ \t]+"([\w.-]+)\.md"[ \t]*$'
FORMS = (
    "{{ exhibit.number }}, {{ check exhibit.check }}, {{ verdict claim }}, {{ listing exhibit.listing }}, "
    "{{ answer exhibit.number }}, {{ constant 1.5 }}, {{ quotation 0.1448 }}"
)

WORDS = ("answer", "check", "constant", "listing", "quotation", "verdict")
GUESS = "guess"
GUESS_LINE = rf'^[ \t]*\?\?\?\+?[ \t]+{GUESS}[ \t]+"([^"\n]*)"[ \t]*$'
_FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,})[^\n]*\n.*?^\1\2[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BRACES = re.compile(BRACES)
_GUESS = re.compile(GUESS_LINE, re.MULTILINE)
_FIGURE = re.compile(rf"!\[[^\]]*\]\({FIGURE_TARGET}")
_TABLE = re.compile(TABLE_LINE, re.MULTILINE)
_NAME = re.compile(r"\w+\.\w+")
_CLAIM = re.compile(r"[\w-]+")
_MARKED = re.compile(r"(constant|quotation)\s+(.+)")


@dataclass(frozen=True)
class Reference:
    """One reference on a page; `name` is an exhibit's, `exhibit.number`, `exhibit.check`, a claim, or as typed."""

    kind: Kind
    name: str
    line: int = 0


def parse_braces(content: str, line: int = 0) -> Reference:
    """The reference between double braces."""
    marked = _MARKED.fullmatch(content)
    if marked:
        return Reference("constant", marked[2], line)
    word, _, name = content.partition(" ")
    if word == "check" and _NAME.fullmatch(name.strip()):
        return Reference("check", name.strip(), line)
    if word == "listing" and _NAME.fullmatch(name.strip()):
        return Reference("listing", name.strip(), line)
    if word == "answer" and _NAME.fullmatch(name.strip()):
        return Reference("answer", name.strip(), line)
    if word == "verdict" and _CLAIM.fullmatch(name.strip()):
        return Reference("verdict", name.strip(), line)
    if _NAME.fullmatch(content):
        return Reference("number", content, line)
    return Reference("unreadable", content, line)


def unreadable(content: str) -> str:
    """The message for double braces that say nothing: with the word that was probably meant, or all forms."""
    word = content.partition(" ")[0]
    near = None if word in WORDS else nearest(word, WORDS)
    hint = f"the nearest is {near!r}" if near and " " in content else f"allowed: {FORMS}"
    return f"cannot read {{{{ {content} }}}}; {hint}"


def blank(match: re.Match[str]) -> str:
    """As many spaces and lines as the match has, so that positions and line numbers stay what they were."""
    return re.sub(r"[^\n]", " ", match[0])


def without_code(page: str) -> str:
    """A page with code blocks, code spans and comments blanked, lines and columns kept."""
    for pattern in (_COMMENT, _FENCE, _CODE_SPAN):
        page = pattern.sub(blank, page)
    return page


def references(page: str) -> list[Reference]:
    """Every reference of a page in order of appearance, with line numbers from 1."""
    text = without_code(page)

    def line(position: int) -> int:
        return text.count("\n", 0, position) + 1

    found = [
        *((match.start(1), Reference("figure", match[1], line(match.start(1)))) for match in _FIGURE.finditer(text)),
        *((match.start(1), Reference("table", match[1], line(match.start(1)))) for match in _TABLE.finditer(text)),
        *((match.start(1), Reference("question", match[1], line(match.start(1)))) for match in _GUESS.finditer(text)),
        *((match.start(1), parse_braces(match[1], line(match.start(1)))) for match in _BRACES.finditer(text)),
    ]
    return [reference for _, reference in sorted(found, key=lambda pair: pair[0])]
