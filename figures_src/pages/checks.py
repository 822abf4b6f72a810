"""The pages as they are written: read, held against the catalog, and held against their other language.

docs/<language>/*.md    one page a file, same names in every language
docs/notebook.py        one notebook for both: shared code cells, Markdown cells marked lang="zh" or lang="en"
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from markdown import Markdown
from markdown.extensions import Extension

from figures_src.cache.catalog import Catalog
from figures_src.cache.sources import digest, loaded
from figures_src.cache.store import PAGES, Store
from figures_src.markdown.experiments import expanded
from figures_src.markdown.formulas import FormulasExtension
from figures_src.markdown.mathematics import MathematicsError
from figures_src.markdown.references import Kind, Reference, blank, references, without_code
from figures_src.model import claim, exhibit
from figures_src.model.failures import ROOT, BuildFailedError, Failure, decoded, relative, unknown
from figures_src.model.language import LANGUAGES, Language
from figures_src.pages.notebook import Cell, cells

DOCS = ROOT / "docs"
NOTEBOOK = "notebook.py"

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*?)[ \t]*(?:\{[ \t:]*#([\w-]+)[^}]*\})?[ \t]*$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_CODE_BLOCK = re.compile(r"^([ \t]*)(`{3,}|~{3,})([^\n]*)\n(.*?)^\1\2[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
_DISPLAY = re.compile(r"^\$\$(.+?)\$\$[ \t]*$", re.MULTILINE | re.DOTALL)
# A docstring of the reference, by the name of its object; mkdocstrings' own syntax.
OBJECT_LINE = re.compile(r"^::: ([\w.]+)[ \t]*$", re.MULTILINE)
_NAVIGATION = re.compile(r"^nav:\n((?:[ ].*\n)+)", re.MULTILINE)
_IN_NAVIGATION = re.compile(r"([\w-]+)\.(?:md|ipynb)\b")
_ASCII_ANCHOR = re.compile(r"[a-z][a-z0-9-]*")
# A decimal, a percentage, a grouped number or one in scientific notation: what only a measurement can know.
_TYPED = re.compile(r"(?<![\w.#/-])(?:\d+\.\d+|\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?\s?[%％]|\d+[eE][+-]?\d+)(?![\w.]*\d)")
_BRACED = re.compile(r"\{\{[^{}\n]*\}\}|\]\([^)\s]*|<[^>\n]*>")


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
        heading = _HEADING.search(without_code(_FRONT_MATTER.sub(blank, self.text)))
        return heading[2] if heading else ""

    @cached_property
    def prose(self) -> str:
        """The text with code and comments blanked."""
        return without_code(self.text)

    @cached_property
    def references(self) -> list[Reference]:
        """The page's references to exhibits and claims."""
        return references(self.text)

    @cached_property
    def objects(self) -> list[str]:
        """The objects whose docstrings the page shows."""
        return [shown for name in OBJECT_LINE.findall(self.prose) for shown in expanded(name)]

    def where(self, line: int) -> str:
        """A place on the page, as a path with the line in the file."""
        start, shift = max(pair for pair in self.first_lines if pair[0] <= max(line, 1))
        return f"{relative(self.path)}:{shift + line - start}"


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
            pages.append(Page(path, path.relative_to(folder).as_posix(), language, text))
        pages.append(_notebook_page(docs / NOTEBOOK, language))
    return pages


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
    for cell in _notebook_cells(path):
        if cell.language == language:
            first_lines.append((line, cell.line))
            blocks.append(cell.source + "\n")
            line += blocks[-1].count("\n") + 1
    return Page(path, path.name, language, "\n".join(blocks), tuple(first_lines) or ((1, 1),))


def first_uses(pages: Iterable[Page], configuration: str) -> list[str]:
    """The exhibits in the order in which a reader meets them who follows the navigation of `mkdocs.yml`."""
    listed = _NAVIGATION.search(configuration)
    stems = _IN_NAVIGATION.findall(listed[1]) if listed else []
    shown = [page for page in pages if page.language == LANGUAGES[0] and page.stem in stems]
    named = (
        reference.name.partition(".")[0]
        for page in sorted(shown, key=lambda page: stems.index(page.stem))
        for reference in sorted(page.references, key=lambda reference: reference.line)
    )
    return list(dict.fromkeys(named))


def _offered(kind: Kind, catalog: Catalog) -> Collection[str]:
    if kind == "figure":
        return catalog.figures
    if kind == "table":
        return catalog.tables
    if kind == "verdict":
        return catalog.claims
    if kind == "listing":
        return catalog.listings
    return catalog.numbers if kind == "number" else catalog.checks


def check_references(pages: Iterable[Page], catalog: Catalog) -> Iterator[Failure]:
    """Figures, tables, numbers, checks and claims that a page names and no exhibit offers."""
    for page in pages:
        for reference in page.references:
            if reference.kind == "unreadable":
                yield Failure(page.where(reference.line), f"cannot read {{{{ {reference.name} }}}}")
            elif reference.kind != "constant" and reference.name not in (offered := _offered(reference.kind, catalog)):
                yield Failure(page.where(reference.line), unknown(reference.kind, reference.name, offered))


def check_exhibits_used(pages: Iterable[Page], catalog: Catalog) -> Iterator[Failure]:
    """Exhibits, and checks of exhibits, that neither stand on a page nor bear on a claim."""
    named = [reference for page in pages for reference in page.references]
    judged = {name for entry in catalog.claims.values() for name in (*entry["supports"], *entry["limits"])}
    used = {name.partition(".")[0] for name in (*(reference.name for reference in named), *judged)}
    for name in sorted(set(catalog.exhibits) - used):
        yield Failure(exhibit.where(name), "stands on no page")
    checked = judged | {reference.name for reference in named if reference.kind == "check"}
    for name in sorted(set(catalog.checks) - checked):
        yield Failure(f"check {name}", "stands on no page")


def check_claims_used(pages: Iterable[Page], catalog: Catalog) -> Iterator[Failure]:
    """Claims without a badge on their page; what one language has and the other lacks is found elsewhere."""
    badges = {
        (page.name, reference.name) for page in pages for reference in page.references if reference.kind == "verdict"
    }
    for name, entry in catalog.claims.items():
        if (entry["page"], name) not in badges:
            yield Failure(claim.where(entry), f"has no badge on {entry['page']}; write {{{{ verdict {name} }}}}")


def check_languages(pages: Iterable[Page]) -> Iterator[Failure]:
    """Pages in one language only, and pages whose languages differ in shape."""
    by_name: dict[str, dict[Language, Page]] = {}
    for page in pages:
        by_name.setdefault(page.name, {})[page.language] = page
    first, second = LANGUAGES
    for versions in by_name.values():
        if len(versions) == len(LANGUAGES):
            yield from _compare(versions[first], versions[second])
        else:
            (page,) = versions.values()
            missing = second if page.language == first else first
            yield Failure(relative(page.path), f"has no counterpart docs/{missing}/{page.name}")


def sections(page: Page) -> list[Section]:
    """A page's headings, and under each what must be equal in both languages."""
    text = without_code(_FRONT_MATTER.sub(blank, page.text))
    marks = list(_HEADING.finditer(text))
    bounds = [mark.start() for mark in marks] + [len(text)]
    found = []
    for mark, end in zip(marks, bounds[1:], strict=True):
        raw = page.text[mark.start() : end]
        anchor = mark[3] or ""
        found.append(Section(anchor, len(mark[1]), text.count("\n", 0, mark.start()) + 1, _contents(raw)))
    return found


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
    return contents


def _named(reference: Reference) -> str:
    return f"{reference.kind} {reference.name}"


def _compare(one: Page, other: Page) -> Iterator[Failure]:
    ours, theirs = sections(one), sections(other)
    for page, found in ((one, ours), (other, theirs)):
        for section in found:
            if not _ASCII_ANCHOR.fullmatch(section.anchor):
                yield Failure(page.where(section.line), "the heading has no explicit ASCII anchor, such as {#sigmoid}")
    if [(section.level, section.anchor) for section in ours] != [(section.level, section.anchor) for section in theirs]:
        yield Failure(one.where(1), f"headings differ from {relative(other.path)}: {_headings(ours, theirs)}")
        return
    for section, counterpart in zip(ours, theirs, strict=True):
        yield from _compare_contents(one, section, other, counterpart)


def _headings(ours: list[Section], theirs: list[Section]) -> str:
    for section, counterpart in zip(ours, theirs, strict=False):
        if (section.level, section.anchor) != (counterpart.level, counterpart.anchor):
            return f"#{section.anchor} (level {section.level}) beside #{counterpart.anchor} (level {counterpart.level})"
    return f"{len(ours)} beside {len(theirs)}"


def _compare_contents(one: Page, section: Section, other: Page, counterpart: Section) -> Iterator[Failure]:
    for page, mine, beside in ((one, section, counterpart), (other, counterpart, section)):
        for item, count in sorted((mine.contents - beside.contents).items()):
            yield Failure(
                page.where(mine.line),
                f"section #{mine.anchor}: {item} stands here {mine.contents[item]} times and "
                f"{mine.contents[item] - count} times in the other language",
            )


def check_formulas(pages: Iterable[Page]) -> Iterator[Failure]:
    """Formulas that cannot be typeset, and dollar signs that belong to none."""
    code, store = loaded(__name__), Store()
    for page in pages:
        key = digest(code, page.text)
        name = f"formulas-{page.language}-{page.stem}"
        for tex, message in store.answer(PAGES, name, key, partial(_formula_errors, page.text)):
            first_line = tex.strip().partition("\n")[0]
            line = page.text.count("\n", 0, max(page.text.find(first_line), 0)) + 1 if first_line else 1
            yield Failure(page.where(line), message)


def _formula_errors(text: str) -> list[tuple[str, str]]:
    """The TeX and the message of every formula of a page that cannot be typeset."""
    errors: list[MathematicsError] = []
    extensions: list[str | Extension] = [
        FormulasExtension(report=errors.append),
        # What tells code from prose: a block that is folded is indented as code is.
        "pymdownx.superfences",
        "pymdownx.details",
        "tables",
    ]
    Markdown(extensions=extensions).convert(_FRONT_MATTER.sub(blank, text))
    return [(error.tex, str(error)) for error in errors]


def check_typed_numbers(pages: Iterable[Page]) -> Iterator[Failure]:
    """Measured-looking numbers typed into prose; a measurement is injected, anything else is marked."""
    for page in pages:
        prose = _BRACED.sub(blank, page.prose)
        for match in _TYPED.finditer(prose):
            line = prose.count("\n", 0, match.start()) + 1
            message = "is typed; write {{ exhibit.number }}, or mark it {{ constant ... }} or {{ quotation ... }}"
            yield Failure(page.where(line), f"the number {match[0]} {message}")


def check(pages: list[Page], catalog: Catalog) -> list[Failure]:
    """Everything that can be wrong with the pages as written, in the order of their places."""
    return sorted(
        [
            *check_references(pages, catalog),
            *check_exhibits_used(pages, catalog),
            *check_claims_used(pages, catalog),
            *check_languages(pages),
            *check_formulas(pages),
            *check_typed_numbers(pages),
            *catalog.failing_checks(),
            *catalog.failing_claims(),
        ]
    )
