"""Pages that are not made again: what was converted, indexed and rendered once is kept under all that it depends on.

MkDocs makes every page of a site anew at every build. Here the three expensive steps of a page look into the store
first. A key names everything that the step reads, and nothing that only other pages read:

    conversion  the page's Markdown with the tables that it includes; what it names of the catalog; the terms of the
                glossary that it uses; which files it can link to; where it shows docstrings, the laboratory
    index       the converted page
    rendering   the converted page, the navigation, the theme's templates, the settings

and each of them the code that takes the step, the locked libraries, and mkdocs.yml. A step that warned of something is
not kept: the warning is due again.
"""

import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache, cached_property, lru_cache, partial
from html import unescape
from importlib.metadata import version
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, Template
from material.plugins.search.plugin import SearchIndex, SearchPlugin
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, TableOfContents

from figures_src.cache import catalog
from figures_src.cache.sources import current, digest, loaded
from figures_src.cache.store import FOLDER_VARIABLE, PAGES, Store
from figures_src.make.limits import CELL_VARIABLE, EXHIBIT_VARIABLE
from figures_src.markdown import experiments, source_pages, terms
from figures_src.markdown.mathematics import TEMML
from figures_src.markdown.references import BRACES, FIGURE_TARGET, GUESS_LINE, TABLE_LINE, parse_braces
from figures_src.model.failures import ROOT
from figures_src.model.language import Language
from figures_src.pages import reference
from figures_src.pages.page import KEPT, read_pages
from figures_src.site.searching import add_words, searchable

COMPILED = ROOT / ".cache" / "templates"
CONFIGURATION = ROOT / "mkdocs.yml"
THEME, ASSETS = ROOT / "docs" / "theme", "assets"
TEMPLATES = ROOT / "figures_src" / "site" / "templates"
# Modules that make a page, besides the extensions of Markdown that mkdocs.yml names.
MAKERS = ("figures_src.site.hooks", "figures_src.site.docstrings")
# The places of the site and of the store, and the time limits, are no part of any page.
_NOT_SHOWN = {"GRADIENT_LAB_SITE", FOLDER_VARIABLE, CELL_VARIABLE, EXHIBIT_VARIABLE}
_TABLE = re.compile(TABLE_LINE, re.MULTILINE)
_DOCSTRING = ":::"
# Any other inclusion than that of a table, and a line that shows how one is written.
_INCLUSION = "-8<-"
_SHOWN_INCLUSION = re.compile(r"^[ \t]*;+-+8<-", re.MULTILINE)
_BRACES = re.compile(BRACES)
_GUESS = re.compile(GUESS_LINE, re.MULTILINE)
_FIGURE = re.compile(FIGURE_TARGET)
# Answers of steps by step and page, with their keys: those of the last build, in a process that builds again.
_answers: dict[str, tuple[str, Any]] = {}
_log = logging.getLogger("mkdocs")


@dataclass(frozen=True)
class Converted:
    """A page as its conversion leaves it.

    Attributes:
        content: its HTML.
        title: its first heading, or None.
        headings: the table of contents: title, anchor, level, and the headings below.
        anchors: ids on the page.
        links: links to anchors, as they are written: of each page by its path, by anchor.
        docstrings: objects that the page describes, as `AutorefsPlugin.register_anchor` takes them.

    """

    content: str
    title: str | None
    headings: list[Any]
    anchors: list[str]
    links: dict[str, dict[str, str]]
    docstrings: list[tuple[list[Any], dict[str, Any]]]


class _Warnings(logging.Handler):
    """Notes whether MkDocs or a plugin of it warns of something while it is entered."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        # Where nobody would hear a warning, one may have been given.
        self.given = not _log.isEnabledFor(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - the signature of logging
        self.given = True

    def __enter__(self) -> "_Warnings":
        _log.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        _log.removeHandler(self)


class KeptPages:
    """The steps of one build in one language, each of which looks into the store first.

    `finish` changes the HTML of a converted page, and is a part of the conversion.
    """

    def __init__(
        self, config: MkDocsConfig, files: Files, nav: Navigation, language: Language, finish: Callable[[str], str]
    ) -> None:
        self._config, self._files, self._nav, self._language, self._finish = config, files, nav, language, finish
        self._store = Store()
        # Only where an entry is made: reading the dictionary takes as long as a warm build of all pages' entries.
        self._add_words = cache(partial(add_words, language))
        self._catalog = catalog.read()
        self._terms = tuple(
            ((term.anchor, term.forms, term.definition), tuple(_plain(form) for form in term.forms))
            for term in terms.read(language)
        )

    @cached_property
    def _code(self) -> str:
        """All that makes a page and is no text of it: code, templates of docstrings, libraries, mkdocs.yml."""
        data = [TEMML, CONFIGURATION, *(path for path in TEMPLATES.rglob("*") if path.is_file())]
        extensions = [name for name in self._config.markdown_extensions if isinstance(name, str)]
        tree = current()
        return digest(loaded(*MAKERS, *extensions), tree.fingerprint(data), tree.language(self._language))

    @cached_property
    def _targets(self) -> str:
        """The files that links can lead to."""
        return digest(sorted((file.src_uri, file.url, file.inclusion.name) for file in self._files))

    @cached_property
    def _docstrings(self) -> str:
        sources = {path.name: link for path, link in source_pages.links(experiments.experiments()).items()}
        return digest(reference.fingerprint(read_pages()), sorted(sources.items()))

    @cached_property
    def _surroundings(self) -> str:
        """All that a rendered page shows around its own content; asked for when every page is converted."""
        theme = [path for path in THEME.rglob("*") if path.is_file() and path.relative_to(THEME).parts[0] != ASSETS]
        said = {
            name: value.replace(str(ROOT), "")
            for name, value in os.environ.items()
            if name.startswith("GRADIENT_LAB_") and name not in _NOT_SHOWN
        }
        shown = [self._config.extra["languages"], self._config.extra["words"]]
        settings = [said, shown, self._config.site_url, os.environ.get("SOURCE_DATE_EPOCH")]
        return digest(self._code, current().fingerprint(theme), settings, [_entry(item) for item in self._nav])

    def _step(self, step: str, page: Page, key: str, take: Callable[[], Any]) -> Any:
        """The answer of a step, in JSON's types; one that came with a warning is not kept: the warning is due again."""
        name = f"{step}-{self._language}-{page.file.src_uri.replace('/', '-')}"
        known, answer = _answers.get(name, ("", None))
        if known == key:
            return answer
        if self._store.find(PAGES, name, key) is None:
            with _Warnings() as warnings:
                answer = take()
            if warnings.given:
                return answer
            answer = self._store.answer(PAGES, name, key, lambda: answer)
        else:
            answer = self._store.answer(PAGES, name, key, take)
        _answers[name] = key, answer
        return answer

    def converting(self, page: Page, render: Callable[[MkDocsConfig, Files], None]) -> Callable[..., None]:
        """`Page.render` of a page, which converts its Markdown only where that was not done before."""

        def look_up_or_convert(config: MkDocsConfig, files: Files) -> None:
            convert = partial(self._convert, page, partial(render, config, files))
            key = self._conversion_key(page)
            if key is None:
                convert()
            else:
                self._restore(page, Converted(**self._step("converted", page, key, lambda: asdict(convert()))))

        return look_up_or_convert

    def _conversion_key(self, page: Page) -> str | None:
        """All that a conversion reads; None where the page includes what is not known here."""
        text = self._with_tables(page.markdown or "")
        if text is None:
            return None
        offered = self._catalog
        parts: dict[str, Mapping[str, object]] = {
            "number": offered.numbers,
            "answer": offered.numbers,
            "check": offered.checks,
            "question": offered.questions,
            "listing": offered.listings,
            "verdict": offered.claims,
        }
        named = {(kind, name) for kind, name in _named(text) if kind in parts}
        figures = sorted(_named_figures(text) & offered.figures)
        titled = {*figures, *(name.partition(".")[0] for kind, name in named if kind == "listing")}
        quoted = [
            [[kind, name, repr(parts[kind].get(name))] for kind, name in sorted(named)],
            [[name, offered.title(name, self._language)] for name in sorted(titled & offered.exhibits.keys())],
            [_digest_of(offered.figure(name, self._language)) for name in figures],
        ]
        described = self._docstrings if _DOCSTRING in text else ""
        # A term may stand in a docstring too.
        terms = [term for term, _ in self._terms] if described else _used_terms(text, self._terms)
        # A number's text is less than the number: what is quoted counts by all of its fields.
        return digest(self._code, page.file.src_uri, _digest_of(text), repr(quoted), terms, self._targets, described)

    def _with_tables(self, text: str) -> str | None:
        """A page's Markdown with the tables that it includes; None where it includes something else."""
        if (names := _included(text)) is not None:
            tables = [self._catalog.folder / self._language / f"{name}.md" for name in names]
            included = [self._with_tables(table.read_text("utf-8")) for table in tables if table.is_file()]
            if None not in included:
                return "\0".join([text, *filter(None, included)])
        return None

    def _convert(self, page: Page, render: Callable[[], None]) -> Converted:
        """Convert a page, and tell all that this leaves in MkDocs and its plugins."""
        autorefs: Any = self._config.plugins["autorefs"]
        register, docstrings = autorefs.register_anchor, []

        def note(on: Page, *arguments: Any, **options: Any) -> None:
            register(on, *arguments, **options)
            docstrings.append((list(arguments), options))

        autorefs.register_anchor = note
        try:
            render()
        finally:
            del autorefs.register_anchor
        page.content = self._finish(page.content or "")
        links = {file.src_uri: anchors for file, anchors in (page.links_to_anchors or {}).items()}
        return Converted(
            page.content,
            page._title_from_render,
            [_heading(heading) for heading in page.toc],
            sorted(page.present_anchor_ids or ()),
            links,
            docstrings,
        )

    def _restore(self, page: Page, kept: Converted) -> None:
        """Leave in MkDocs and its plugins what the conversion left there."""
        page.content, page._title_from_render = kept.content, kept.title
        page.toc = table_of_contents(kept.headings)
        page.present_anchor_ids = set(kept.anchors)
        page.links_to_anchors = {self._file(path): anchors for path, anchors in kept.links.items()}
        autorefs: Any = self._config.plugins["autorefs"]
        for arguments, options in kept.docstrings:
            autorefs.register_anchor(page, *arguments, **options)

    def _file(self, path: str) -> File:
        return self._files.src_uris[path]

    def keep_index(self) -> None:
        """Have the search's plugin look its entries up."""
        for plugin in self._config.plugins.values():
            if isinstance(plugin, SearchPlugin):
                plugin.search_index = _Index(self._entries, **plugin.search_index.config)

    def _entries(self, page: Page, config: dict[str, Any]) -> list[dict[str, Any]]:
        """The entries of a page in the search's index."""

        def read() -> list[dict[str, Any]]:
            self._add_words()
            index = SearchIndex(**config)
            index.add_entry_from_context(searchable(page))
            return list(index.entries)

        return list(self._step("indexed", page, digest(self._code, config, self._terms, _described(page)), read))

    def keep_renderings(self, env: Environment) -> None:
        """Have the theme's templates look up what they make of a page."""
        kept = self

        class KeptTemplate(Template):
            def render(self, *arguments: Any, **named: Any) -> str:
                page = dict(*arguments, **named).get("page")
                fill = partial(super().render, *arguments, **named)
                return fill() if page is None else kept._rendered(page, fill)

        env.template_class = KeptTemplate
        # Jinja compares the templates' content. What another version of it compiled would not be told apart.
        folder = COMPILED / version("jinja2")
        folder.mkdir(parents=True, exist_ok=True)
        env.bytecode_cache = FileSystemBytecodeCache(str(folder))

    def _rendered(self, page: Page, fill: Callable[[], str]) -> str:
        addresses = [page.file.src_uri, page.edit_url, page.canonical_url, page.abs_url, page.update_date]
        key = digest(self._surroundings, _described(page), addresses)
        return str(self._step("rendered", page, key, fill))


@lru_cache(KEPT)
def _digest_of(text: str) -> str:
    """The digest of a long text, which a process that builds again asks for again and again."""
    return digest(text)


@lru_cache(KEPT)
def _included(text: str) -> list[str] | None:
    """The tables that a page's Markdown includes by name; None where it includes something else."""
    return None if _INCLUSION in _SHOWN_INCLUSION.sub("", _TABLE.sub("", text)) else _TABLE.findall(text)


@lru_cache(KEPT)
def _named(text: str) -> frozenset[tuple[str, str]]:
    """All that a page's Markdown names of the catalog, by kind and name."""
    named = {(found.kind, found.name) for found in map(parse_braces, _BRACES.findall(text))}
    return frozenset(named | {("question", name) for name in _GUESS.findall(text)})


@lru_cache(KEPT)
def _named_figures(text: str) -> frozenset[str]:
    return frozenset(_FIGURE.findall(text))


@lru_cache(KEPT)
def _used_terms(text: str, terms: tuple[tuple[Any, tuple[str, ...]], ...]) -> list[Any]:
    """The terms of the glossary with a form in a text, whatever markup it has."""
    plain = _plain(unescape(text.replace("\\", "")))
    return [term for term, forms in terms if any(form in plain for form in forms)]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


class _Index(SearchIndex):  # type: ignore[misc]
    """The search's index, whose entries of a page are looked up."""

    def __init__(self, entries: Callable[[Page, dict[str, Any]], list[dict[str, Any]]], **config: Any) -> None:
        super().__init__(**config)
        self._look_up = entries

    def add_entry_from_context(self, page: Page) -> None:
        """Add the entries of a page."""
        self.entries += self._look_up(page, self.config)


def _heading(heading: AnchorLink) -> list[Any]:
    return [heading.title, heading.id, heading.level, [_heading(below) for below in heading.children]]


def table_of_contents(headings: list[Any]) -> TableOfContents:
    """MkDocs' table of contents from title, anchor, level and the headings below, of each heading."""

    def link(title: str, anchor: str, level: int, below: list[Any]) -> AnchorLink:
        made = AnchorLink(title, anchor, level)
        made.children += [link(*heading) for heading in below]
        return made

    links = [link(*heading) for heading in headings]
    for first in links[:1]:
        first.active = True  # type: ignore[attr-defined] # as MkDocs does it
    return TableOfContents(links)


def _described(page: Page) -> list[Any]:
    """All of a page that templates and the search's index read."""
    headings = [_heading(heading) for heading in page.toc]
    return [page.url, page.title, page.meta, _digest_of(page.content or ""), headings]


def _entry(item: Any) -> list[Any]:
    """An item of the navigation with all below it."""
    below = [_entry(child) for child in item.children or ()]
    return [type(item).__name__, item.title, getattr(item, "url", None), dict(getattr(item, "meta", {})), below]
