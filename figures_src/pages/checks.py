"""The pages as they are written, held against the catalog and against the same page in the first language."""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import partial

from markdown import Markdown
from markdown.extensions import Extension

from figures_src.cache.catalog import Catalog
from figures_src.cache.sources import digest, loaded
from figures_src.cache.store import PAGES, Store
from figures_src.markdown.formulas import FormulasExtension
from figures_src.markdown.mathematics import MathematicsError
from figures_src.markdown.references import Kind, blank
from figures_src.model import exhibit
from figures_src.model.failures import Failure, relative, unknown
from figures_src.model.language import LANGUAGES, Language
from figures_src.pages.page import FRONT_MATTER, Page, Section, sections

_ASCII_ANCHOR = re.compile(r"[a-z][a-z0-9-]*")
# A decimal, a percentage, a grouped number or one in scientific notation: what only a measurement can know.
_TYPED = re.compile(r"(?<![\w.#/-])(?:\d+\.\d+|\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?\s?[%％]|\d+[eE][+-]?\d+)(?![\w.]*\d)")
_BRACED = re.compile(r"\{\{[^{}\n]*\}\}|\]\([^)\s]*|<[^>\n]*>")


def _offered(kind: Kind, catalog: Catalog) -> Collection[str]:
    if kind == "figure":
        return catalog.figures
    if kind == "table":
        return catalog.tables
    if kind == "verdict":
        return catalog.claims
    if kind == "listing":
        return catalog.listings
    if kind == "question":
        return catalog.questions
    return catalog.numbers if kind in ("number", "answer") else catalog.checks


def check_references(pages: Iterable[Page], catalog: Catalog) -> Iterator[Failure]:
    """Figures, tables, numbers, checks, questions and claims that a page names and no exhibit offers."""
    for page in pages:
        for reference in page.references:
            if reference.kind == "unreadable":
                yield Failure(page.where(reference.line), f"cannot read {{{{ {reference.name} }}}}")
            elif reference.kind != "constant" and reference.name not in (offered := _offered(reference.kind, catalog)):
                about = None if reference.kind == "verdict" else exhibit.exhibit_of(reference.name)
                yield Failure(page.where(reference.line), unknown(reference.kind, reference.name, offered), about)


def check_exhibits_used(pages: Iterable[Page], catalog: Catalog) -> Iterator[Failure]:
    """Exhibits, and their checks and questions, that neither stand on a page nor bear on a claim."""
    named = [reference for page in pages for reference in page.references]
    judged = {name for one in catalog.claims.values() for name in (*one.claim.supports, *one.claim.limits)}
    used = {exhibit.exhibit_of(name) for name in (*(reference.name for reference in named), *judged)}
    for name in sorted(set(catalog.exhibits) - used):
        yield Failure(exhibit.where(name), "stands on no page")
    checked = judged | {reference.name for reference in named if reference.kind == "check"}
    for name in sorted(set(catalog.checks) - checked):
        yield Failure(f"check {name}", "stands on no page")
    asked = {reference.name for reference in named if reference.kind == "question"}
    for name in sorted(set(catalog.questions) - asked):
        yield Failure(f"question {name}", "stands on no page")


def check_claims_used(pages: Iterable[Page], catalog: Catalog) -> Iterator[Failure]:
    """Claims without a badge on their page; what one language has and another lacks is found elsewhere."""
    badges = {
        (page.name, reference.name) for page in pages for reference in page.references if reference.kind == "verdict"
    }
    for name, assessed in catalog.claims.items():
        page = assessed.claim.page
        if (page, name) not in badges:
            yield Failure(assessed.where, f"has no badge on {page}; write {{{{ verdict {name} }}}}")


def check_languages(pages: Iterable[Page]) -> Iterator[Failure]:
    """Pages that a language lacks, and pages whose languages differ in shape."""
    by_name: dict[str, dict[Language, Page]] = {}
    for page in pages:
        by_name.setdefault(page.name, {})[page.language] = page
    for versions in by_name.values():
        one, *others = (versions[language] for language in LANGUAGES if language in versions)
        for language in LANGUAGES:
            if language not in versions:
                yield Failure(relative(one.path), f"has no counterpart docs/{language}/{one.name}")
        yield from _anchors([one, *others])
        for other in others:
            yield from _compare(one, other)


def _anchors(versions: Iterable[Page]) -> Iterator[Failure]:
    for page in versions:
        for section in sections(page):
            if not _ASCII_ANCHOR.fullmatch(section.anchor):
                yield Failure(page.where(section.line), "the heading has no explicit ASCII anchor, such as {#sigmoid}")


def _compare(one: Page, other: Page) -> Iterator[Failure]:
    ours, theirs = sections(one), sections(other)
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
    for page, mine, against, beside in ((one, section, other, counterpart), (other, counterpart, one, section)):
        for item, count in sorted((mine.contents - beside.contents).items()):
            yield Failure(
                page.where(mine.line),
                f"section #{mine.anchor}: {item} stands here {mine.contents[item]} times and "
                f"{mine.contents[item] - count} times in {_named(against)}",
            )


def _named(page: Page) -> str:
    """A page as another one names it; the notebook's languages have one file."""
    return f'lang="{page.language}"' if page.path.suffix == ".py" else relative(page.path)


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
    Markdown(extensions=extensions).convert(FRONT_MATTER.sub(blank, text))
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
        {
            *check_references(pages, catalog),
            *check_exhibits_used(pages, catalog),
            *check_claims_used(pages, catalog),
            *check_languages(pages),
            *check_formulas(pages),
            *check_typed_numbers(pages),
            *catalog.failing_checks(),
            *catalog.failing_claims(),
        }
    )
