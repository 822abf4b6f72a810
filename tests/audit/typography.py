"""Typography and words of the Chinese and English texts: AutoCorrect, and the project's own list of words.

AutoCorrect judges spaces and punctuation where Chinese meets Latin. It knows no doubled words, no wrong characters and
not which of two translations the project chose; those are in words.toml.
"""

import ast
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import autocorrect_py

from figures_src.model.failures import ROOT, Failure, relative
from tests.audit.built import Piece, pieces
from tests.serving import Site

WORDS = Path(__file__).with_name("words.toml")
HAN = re.compile(r"[\u4e00-\u9fff]")
# Separators of the pieces of a label or a message: a value that is filled in, an end of a line, a column of a table.
PARTING = re.compile(r"\{[^{}]*\}|\s{2,}|\n")
# AutoCorrect takes a colon between two digits for a time of the day, whatever stands around it.
COLON = re.compile(r"(?<=\d)：(?=\d)")
# Markdown's attributes of an element, in braces, are no text.
ATTRIBUTES = re.compile(r"\{[:#.][^{}\n]*\}")
EXCERPT = 30


@dataclass(frozen=True)
class Rule:
    """A pattern that no text may hold, what to write instead, and why."""

    pattern: re.Pattern[str]
    instead: str
    because: str


def rules(language: str) -> list[Rule]:
    """The project's own rules for a language."""
    listed = tomllib.loads(WORDS.read_text(encoding="utf-8"))[language]
    return [Rule(re.compile(rule["pattern"]), rule["instead"], rule["because"]) for rule in listed]


def check(site: Site) -> list[Failure]:
    """Every fault in the sources of the texts, in the built pages and in the labels and messages of the code."""
    found = [failure for path in written(ROOT) for failure in spaced(path)]
    texts: list[tuple[str, Callable[[], Iterable[Piece]]]] = [
        ("zh", lambda: [*pieces(site.folder, "zh"), *literals(ROOT)]),
        ("en", lambda: pieces(site.folder, "en")),
    ]
    for language, read in texts:
        chosen = rules(language)
        found += [failure for piece in read() for failure in faults(piece, chosen)]
    return list(dict.fromkeys(found))


def written(root: Path) -> list[Path]:
    """The hand-written texts in Markdown."""
    return [*sorted((root / "docs").glob("*/*.md")), *sorted(root.glob("README*.md"))]


def spaced(path: Path) -> list[Failure]:
    """The changes that AutoCorrect would make in a file of Markdown."""
    text = ATTRIBUTES.sub("", path.read_text(encoding="utf-8"))
    lines = autocorrect_py.lint_for(text, "markdown").lines
    return [Failure(f"{relative(path)}:{line.line}", _changed(line.old, line.new)) for line in lines]


def faults(piece: Piece, chosen: Iterable[Rule]) -> Iterator[Failure]:
    """Yield what is wrong with one piece of text."""
    text = COLON.sub("，", piece.text)
    better = autocorrect_py.format(text) if HAN.search(text) else text
    if better != text:
        yield Failure(piece.page, _changed(text, better))
    for rule in chosen:
        if found := rule.pattern.search(piece.text):
            around = piece.text[max(0, found.start() - EXCERPT) : found.end() + EXCERPT]
            what = f"found {found[0]!r}, allowed: {rule.instead} ({rule.because}): {around}"
            yield Failure(piece.page, what)


def literals(root: Path) -> Iterator[Piece]:
    """Yield the Chinese labels and messages of the code, in pieces between the values that are filled in."""
    for path in sorted([*(root / "gradlab").rglob("*.py"), *(root / "figures_src").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                parts = (part.strip() for part in PARTING.split(node.value))
                yield from (Piece(f"{relative(path)}:{node.lineno}", part) for part in parts if HAN.search(part))


def _changed(old: str, new: str) -> str:
    """The first difference, with what stands around it."""
    start = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    first, last = max(0, start - EXCERPT), start + EXCERPT
    return f"found {old[first:last].strip()!r}, allowed: {new[first:last].strip()!r}"
