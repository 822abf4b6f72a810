"""The pages as they are written, read.

docs/<language>/*.md    one page a file, same names in every language
docs/notebook.py        one notebook for all: shared code cells, Markdown cells marked with their language
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from figures_src.markdown.experiments import expanded
from figures_src.markdown.references import Reference, blank, references, without_code
from figures_src.model.exhibit import exhibit_of
from figures_src.model.failures import DOCS, BuildFailedError, Failure, decoded, relative
from figures_src.model.language import LANGUAGES, Language
from figures_src.pages.notebook import Cell, cells, shown

NOTEBOOK = "notebook.py"
# Pages that a long process keeps with what it has found on them: those of several languages, and some before an edit.
KEPT = 512

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*?)[ \t]*(?:\{[ \t:]*#([\w-]+)[^}]*\})?[ \t]*$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)")
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_CODE_BLOCK = re.compile(r"^([ \t]*)(`{3,}|~{3,})([^\n]*)\n(.*?)^\1\2[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?<=\n)[ \t]*\n {4,}\S")
_DISPLAY = re.compile(r"^\$\$(.+?)\$\$[ \t]*$", re.MULTILINE | re.DOTALL)
# A docstring of the reference, by the name of its object; mkdocstrings' own syntax.
OBJECT_LINE = re.compile(r"^::: ([\w.]+)[ \t]*$", re.MULTILINE)
_NAVIGATION = re.compile(r"^nav:\n((?:[ ].*\n)+)", re.MULTILINE)
_IN_NAVIGATION = re.compile(r"([\w-]+)\.(?:md|ipynb)\b")


@dataclass(frozen=True)
class Page:
    """One page in one language; `name` is equal in all languages, `lines` maps its lines to the file's."""

    path: Path
    name: str
    language: Language
    text: str
    first_lines: tuple[tuple[int, int], ...] = ((1, 1),)

    @property
    def stem(self) -> str:
        """The name without its ending, equal in all languages."""
        return self.name.rpartition(".")[0]

    @cached_property
    def title(self) -> str:
        """The first heading without its anchor; empty where there is none."""
        heading = _HEADING.search(without_code(FRONT_MATTER.sub(blank, self.text)))
        return heading[2] if heading else ""

    @cached_property
    def prose(self) -> str:
        """The text with code and comments blanked."""
        return without_code(self.text)

    @cached_property
    def references(self) -> list[Reference]:
        """The page's references to exhibits and claims."""
        return references(self.text)

    @property
    def objects(self) -> list[str]:
        """The objects whose docstrings the page shows; of a subject, those that there are now."""
        return [shown for name in self._named_objects for shown in expanded(name)]

    @cached_property
    def _named_objects(self) -> list[str]:
        return OBJECT_LINE.findall(self.prose)

    @cached_property
    def sections(self) -> "tuple[Section, ...]":
        """The headings, and under each what must be equal in all languages."""
        return tuple(_sections(self.text))

    @cached_property
    def place(self) -> str:
        """The page's file as messages name it."""
        return relative(self.path)

    def where(self, line: int) -> str:
        """A place on the page, as a path with the line in the file."""
        return f"{self.place}:{self.file_line(line)}"

    def file_line(self, line: int) -> int:
        """A line of the page as the file counts it."""
        start, shift = max(pair for pair in self.first_lines if pair[0] <= max(line, 1))
        return shift + line - start


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it, compared between languages as counts."""

    anchor: str
    level: int
    line: int
    contents: Counter[str]


def read_pages(docs: Path = DOCS) -> list[Page]:
    """All pages in all languages, the notebook included.

    Raises `BuildFailedError` where a file is not UTF-8, or the notebook is missing or says no language in a cell.
    """
    pages = []
    for language in LANGUAGES:
        folder = docs / language
        for path in sorted(folder.rglob("*.md")):
            text = decoded(path.read_bytes(), path)
            pages.append(_kept(Page(path, path.relative_to(folder).as_posix(), language, text)))
        pages.append(_notebook_page(docs / NOTEBOOK, language))
    return pages


@lru_cache(KEPT)
def _kept(page: Page) -> Page:
    """The equal page that was read before, if there is one, with all that has been found on it."""
    return page


def _notebook_cells(path: Path) -> tuple[Cell, ...]:
    if not path.is_file():
        raise BuildFailedError([Failure(relative(path), "is missing; the notebook's page is made from it")])
    try:
        return cells(decoded(path.read_bytes(), path))
    except ValueError as error:
        raise BuildFailedError([Failure(relative(path), str(error))]) from None


def _notebook_page(path: Path, language: Language) -> Page:
    """The Markdown cells of a notebook in one language, as one page; shared code cells need no comparison."""
    blocks: list[str] = []
    first_lines: list[tuple[int, int]] = []
    line = 1
    for cell in shown(_notebook_cells(path), language):
        if cell.language:
            first_lines.append((line, cell.line))
            blocks.append(cell.source + "\n")
            line += blocks[-1].count("\n") + 1
    return _kept(Page(path, path.name, language, "\n".join(blocks), tuple(first_lines) or ((1, 1),)))


def first_uses(pages: Iterable[Page], configuration: str) -> list[str]:
    """The exhibits in the order in which a reader meets them who follows the navigation of `mkdocs.yml`."""
    listed = _NAVIGATION.search(configuration)
    stems = _IN_NAVIGATION.findall(listed[1]) if listed else []
    shown = [page for page in pages if page.language == LANGUAGES[0] and page.stem in stems]
    named = (
        exhibit_of(reference.name)
        for page in sorted(shown, key=lambda page: stems.index(page.stem))
        for reference in sorted(page.references, key=lambda reference: reference.line)
    )
    return list(dict.fromkeys(named))


def _sections(page: str) -> Iterator[Section]:
    text = without_code(FRONT_MATTER.sub(blank, page))
    marks = list(_HEADING.finditer(text))
    bounds = [mark.start() for mark in marks] + [len(text)]
    for mark, end in zip(marks, bounds[1:], strict=True):
        raw = page[mark.start() : end]
        yield Section(mark[3] or "", len(mark[1]), text.count("\n", 0, mark.start()) + 1, _contents(raw))


def _contents(text: str) -> Counter[str]:
    contents = Counter(_named(reference) for reference in references(text))
    prose = without_code(text)
    contents.update(f"link to {target}" for target in _LINK.findall(prose))
    contents.update(
        f"formula {' '.join(tex.split())}" for tex in _DISPLAY.findall(prose) if not re.search(r"\\text", tex)
    )
    contents.update(f"{code[2].strip() or 'plain'} code block" for code in _CODE_BLOCK.findall(text))
    contents.update(f"docstring of {name}" for name in OBJECT_LINE.findall(prose))
    contents["list items"] = len(re.findall(r"^[ \t]*(?:[-*]|\d+\.)[ \t]", prose, re.MULTILINE))
    # Paragraphs of a fold, or of an item of a list.
    contents["indented paragraphs"] = len(_INDENTED.findall(_CODE_BLOCK.sub(blank, text)))
    return contents


def _named(reference: Reference) -> str:
    return f"{reference.kind} {reference.name}"
