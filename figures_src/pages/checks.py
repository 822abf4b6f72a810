"""The pages as they are written, held against the catalog and against the same page in the first language."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import accumulate, zip_longest

from figures_src.cache.catalog import Catalog
from figures_src.cache.sources import digest, loaded
from figures_src.cache.store import PAGES, Store
from figures_src.markdown.references import Kind, blank, unreadable
from figures_src.model import exhibit
from figures_src.model.failures import DOCS, Failure, unknown
from figures_src.model.language import LANGUAGES, Language
from figures_src.pages import leftovers, markup
from figures_src.pages.links import check_links, targets
from figures_src.pages.markup import Slip
from figures_src.pages.page import KEPT, Page, Section
from figures_src.pages.told import NOTHING, Told

_ASCII_ANCHOR = re.compile(r"[a-z][a-z0-9-]*")
# A decimal, a percentage, a grouped number or one in scientific notation: what only a measurement can know.
_TYPED = re.compile(r"(?<![\w.#/-])(?:\d+\.\d+|\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?\s?[%％]|\d+[eE][+-]?\d+)(?![\w.]*\d)")
STYLES = DOCS / "theme" / "assets" / "css"
_STYLED = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
_ATTRIBUTES = re.compile(r"\bclass=\"(?P<html>[^\"\n]*)\"|(?<!\{)\{:?(?P<short>[^{}\n]*)\}")
_CLASS = re.compile(r"(?<!\S)\.([\w-]+)")
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
                yield Failure(page.where(reference.line), unreadable(reference.name))
            elif reference.kind != "constant" and reference.name not in (offered := _offered(reference.kind, catalog)):
                about = None if reference.kind == "verdict" else exhibit.exhibit_of(reference.name)
                yield Failure(page.where(reference.line), unknown(reference.kind, reference.name, offered), about)


def check_exhibits_used(pages: Iterable[Page], catalog: Catalog, told: Told = NOTHING) -> Iterator[Failure]:
    """Exhibits, and their checks and questions, that neither stand on a page nor bear on a claim."""
    yield from (failure for name, failure in _unused(pages, catalog) if not told.explains(name))


def _unused(pages: Iterable[Page], catalog: Catalog) -> Iterator[tuple[str, Failure]]:
    named = [reference for page in pages for reference in page.references]
    judged = {name for one in catalog.claims.values() for name in (*one.claim.supports, *one.claim.limits)}
    used = {exhibit.exhibit_of(name) for name in (*(reference.name for reference in named), *judged)}
    for name in sorted(set(catalog.exhibits) - used):
        yield name, Failure(exhibit.where(name), "stands on no page")
    checked = judged | {reference.name for reference in named if reference.kind == "check"}
    for name in sorted(set(catalog.checks) - checked):
        yield name, Failure(f"check {name}", "stands on no page")
    asked = {reference.name for reference in named if reference.kind == "question"}
    for name in sorted(set(catalog.questions) - asked):
        yield name, Failure(f"question {name}", "stands on no page")


def check_claims_used(pages: Iterable[Page], catalog: Catalog, told: Told = NOTHING) -> Iterator[Failure]:
    """Claims without a badge on their page; what one language has and another lacks is found elsewhere."""
    badges = {
        (page.name, reference.name) for page in pages for reference in page.references if reference.kind == "verdict"
    }
    for name, assessed in catalog.claims.items():
        page = assessed.claim.page
        if (page, name) not in badges and not told.explains(name):
            yield Failure(assessed.where, f"has no badge on {page}; write {{{{ verdict {name} }}}}")


def check_languages(pages: Iterable[Page], told: Told = NOTHING) -> Iterator[Failure]:
    """Pages that a language lacks, and sections that differ between languages, but for what is told of them already.

    Nothing is compared where the headings differ.
    """
    for versions in _by_name(pages):
        one = next(iter(versions.values()))
        for language in LANGUAGES:
            if language not in versions:
                yield Failure(one.place, f"has no counterpart docs/{language}/{one.name}")
        for other in list(versions.values())[1:]:
            yield from _compare(one, other, told)


def check_headings(pages: Collection[Page], told: Told = NOTHING) -> Iterator[Failure]:
    """Pages whose headings differ from another language's, but for pages of which something is told already.

    It is said of the page that lacks an anchor to which its own language links, where only one does.
    """
    linked = {(page.language, written.partition("#")[2]) for page in pages for written, _ in targets(page)}

    def misses(page: Page, beside: Page) -> bool:
        lacking = {section.anchor for section in beside.sections} - {section.anchor for section in page.sections}
        return any((page.language, anchor) in linked for anchor in lacking)

    for versions in _by_name(pages):
        one, *others = versions.values()
        for other in others:
            if _shape(one) != _shape(other) and not (told.on(one) or told.on(other)):
                yield _differ(other, one) if misses(other, one) and not misses(one, other) else _differ(one, other)


def _by_name(pages: Iterable[Page]) -> Iterator[dict[Language, Page]]:
    """Every page in its languages, in the order of the languages."""
    by_name: dict[str, dict[Language, Page]] = {}
    for page in pages:
        by_name.setdefault(page.name, {})[page.language] = page
    for versions in by_name.values():
        yield {language: versions[language] for language in LANGUAGES if language in versions}


def check_anchors(pages: Iterable[Page]) -> Iterator[Failure]:
    """Headings without an anchor that all languages can have."""
    for page in pages:
        for section in page.sections:
            if not _ASCII_ANCHOR.fullmatch(section.anchor):
                yield Failure(page.where(section.line), "the heading has no explicit ASCII anchor, such as {#sigmoid}")


def _shape(page: Page) -> list[tuple[int, str]]:
    return [(section.level, section.anchor) for section in page.sections]


def _differ(one: Page, other: Page) -> Failure:
    """The failure of a page whose headings are not another language's."""
    ours, theirs = one.sections, other.sections
    where = one.where(_differing(ours, theirs))
    return Failure(where, f"headings differ from {_named(other)}: {_headings(ours, theirs)}")


def _compare(one: Page, other: Page, told: Told) -> Iterator[Failure]:
    if _shape(one) != _shape(other):
        return
    for section, counterpart in zip(one.sections, other.sections, strict=True):
        if not (_is_told(told, one, section) or _is_told(told, other, counterpart)):
            yield from _compare_contents(one, section, other, counterpart)


def _is_told(told: Told, page: Page, section: Section) -> bool:
    """Whether something is told of a section already, up to the next one."""
    following = next((other.line for other in page.sections if other.line > section.line), None)
    return told.within(page, page.file_line(section.line), following and page.file_line(following))


def _differing(ours: Sequence[Section], theirs: Sequence[Section]) -> int:
    """The line of the first heading that the other language does not have there."""
    for section, counterpart in zip_longest(ours, theirs):
        if section and (not counterpart or (section.level, section.anchor) != (counterpart.level, counterpart.anchor)):
            return int(section.line)
    return ours[-1].line if ours else 1


def _headings(ours: Sequence[Section], theirs: Sequence[Section]) -> str:
    for section, counterpart in zip(ours, theirs, strict=False):
        if (section.level, section.anchor) != (counterpart.level, counterpart.anchor):
            return f"#{section.anchor} (level {section.level}) beside #{counterpart.anchor} (level {counterpart.level})"
    return f"{len(ours)} beside {len(theirs)}"


def _compare_contents(one: Page, section: Section, other: Page, counterpart: Section) -> Iterator[Failure]:
    """Failures for contents of a section that its counterpart lacks, or has besides, on the page that has less."""
    if section.contents.total() > counterpart.contents.total():
        one, section, other, counterpart = other, counterpart, one, section
    items = sorted((section.contents - counterpart.contents) | (counterpart.contents - section.contents))
    differing = [
        f"{item} stands here {section.contents[item]} times and {counterpart.contents[item]} times" for item in items
    ]
    if differing:
        where = one.where(section.line)
        beside = f"{_named(other)}:{other.file_line(counterpart.line)}"
        yield Failure(where, f"section #{section.anchor}: {', '.join(differing)} in {beside}")


def _named(page: Page) -> str:
    """A page as another one names it; the notebook's languages have one file."""
    return f'lang="{page.language}"' if page.path.suffix == ".py" else page.place


def check_markup(pages: Iterable[Page]) -> Iterator[Failure]:
    """Markup that does not say what its author meant, and formulas that cannot be typeset."""
    for page in pages:
        yield from (Failure(page.where(slip.line), slip.what) for slip in _slips(page))


@lru_cache(KEPT)
def _slips(page: Page) -> list[Slip]:
    """The slips of a page, from the store where it was read before."""
    key = digest(loaded(__name__), page.text)
    found = Store().answer(PAGES, f"markup-{page.language}-{page.stem}", key, partial(_read, page.text))
    return [Slip(line, what, whole) for line, what, whole in found]


def _read(text: str) -> list[tuple[int, str, bool]]:
    """Line and message of each slip of a page, and whether nothing after it can be read."""
    written = markup.slips(text)
    if not any(slip.whole for slip in written):
        written = [*written, *_left(text, written)]
    return [(slip.line, slip.what, slip.whole) for slip in written]


def _left(text: str, written: list[Slip]) -> Iterator[Slip]:
    """Slips on the converted page that the source does not tell of already."""
    lines = text.split("\n")
    blocks = [0, *accumulate(not line.strip() for line in lines)]
    told = {blocks[slip.line] for slip in written}
    found = leftovers.found(text)
    # The source tells the place of a dollar sign better.
    for slip in (*found.formulas, *(() if written else found.dollars), *found.left):
        # Where the head of a fold is wrong, the next block is code.
        near = {blocks[slip.line], blocks[slip.line] - 1}
        # A mark that is short is found in more than one place.
        alike = slip.mark and any(slip.mark in lines[other.line - 1] for other in written)
        if told.isdisjoint(near) and not alike:
            yield slip
            told.add(blocks[slip.line])


def check_classes(pages: Iterable[Page]) -> Iterator[Failure]:
    """Classes on pages that the site's style does not know, and that therefore do nothing."""
    styled = {name for file in STYLES.glob("*.css") for name in _STYLED.findall(file.read_text(encoding="utf-8"))}
    for page in pages:
        for name, line in _classes(page):
            if name not in styled:
                yield Failure(page.where(line), unknown("class", name, styled))


@lru_cache(KEPT)
def _classes(page: Page) -> list[tuple[str, int]]:
    """The classes on a page, with their lines."""
    found = []
    for match in _ATTRIBUTES.finditer(page.prose):
        names = match["html"].split() if match["html"] is not None else _CLASS.findall(match["short"])
        line = page.prose.count("\n", 0, match.start()) + 1
        found += [(name, line) for name in names]
    return found


def check_typed_numbers(pages: Iterable[Page]) -> Iterator[Failure]:
    """Measured-looking numbers typed into prose; a measurement is injected, anything else is marked."""
    for page in pages:
        for number, line in _typed(page):
            message = "is typed; write {{ exhibit.number }}, or mark it {{ constant ... }} or {{ quotation ... }}"
            yield Failure(page.where(line), f"the number {number} {message}")


@lru_cache(KEPT)
def _typed(page: Page) -> list[tuple[str, int]]:
    """The measured-looking numbers on a page, with their lines."""
    prose = _BRACED.sub(blank, page.prose)
    return [(match[0], prose.count("\n", 0, match.start()) + 1) for match in _TYPED.finditer(prose)]


def unread(pages: Iterable[Page]) -> frozenset[Page]:
    """The pages of which nothing can be said but what their markup lacks, such as the end of a block of code."""
    return frozenset(page for page in pages if any(slip.whole for slip in _slips(page)))


def check_own(pages: Collection[Page], catalog: Catalog) -> list[Failure]:
    """Failures of lines of single pages; where a line's markup is wrong, nothing else is said of it."""
    own: list[Failure] = []
    broken = unread(pages)
    readable = [page for page in pages if page not in broken]
    steps = (
        check_markup(pages),
        check_references(readable, catalog),
        check_anchors(readable),
        check_classes(readable),
        check_typed_numbers(readable),
    )
    for step in steps:
        told = {failure.where for failure in own}
        own += [failure for failure in step if failure.where not in told]
    return own


def check(pages: list[Page], catalog: Catalog) -> list[Failure]:
    """Everything that can be wrong with the pages as written, in the order of their places.

    One slip is told once: what other pages and exhibits miss because of it is not said.
    """
    told = Told.of(pages, check_own(pages, catalog))
    told = Told.of(pages, [*told.failures, *check_headings(pages, told)])
    told = Told.of(pages, [*told.failures, *check_links(pages, catalog, told, unread(pages))])
    return sorted(
        {
            *told.failures,
            *check_exhibits_used(pages, catalog, told),
            *check_claims_used(pages, catalog, told),
            *check_languages(pages, told),
            *catalog.failing_checks(),
            *catalog.failing_claims(),
        }
    )
