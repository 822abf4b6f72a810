"""The reference of the programming interface: which docstrings its pages show, and what they say in Chinese.

A page shows an object by a line such as `::: gradlab.probe`, and with a module or class its public members; of an
experiment its settings, its function `run`, and of its result what it is, whose fields the source tells. The texts
of these docstrings are English; gradlab/locale/zh.po has the Chinese of each, keyed by the English, so that one that
is repeated is translated once. The command line shows some of them as well, and reads the
compiled catalogue, zh.mo. Other languages have these texts, and all others, in catalogues of their own, which
`figures_src.pages.translations` keeps.

`python -m figures_src.pages.reference` adds to the catalogue what lacks Chinese, to be filled in, drops what is
shown no more, and compiles it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from io import SEEK_END, BytesIO
from pathlib import Path
from textwrap import dedent
from typing import Any

import griffe
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

from figures_src.cache.sources import EXPERIMENTS, current, digest, loaded
from figures_src.cache.store import PAGES, Store
from figures_src.markdown import source_pages
from figures_src.markdown.experiments import experiments
from figures_src.markdown.plain_formulas import set_docstring
from figures_src.model.failures import ROOT, BuildFailedError, Failure, decoded, relative
from figures_src.model.language import Language, locale
from figures_src.pages.page import Page, read_pages

PACKAGE = "gradlab"
# As it is run, under whichever name it was imported.
MODULE = "figures_src.pages.reference"
SHOWN_OF_EXPERIMENTS = ("Config", "Result", "run")
CATALOG = ROOT / PACKAGE / "locale" / "zh.po"
# Texts are read as Google-style docstrings; what a function returns has a type in its signature, and no name.
PARSER = griffe.Parser.google
PARSER_OPTIONS = griffe.GoogleOptions(returns_named_value=False, returns_multiple_items=False)

# The library that reads a catalogue takes a text without one of its quotes, and drops a character.
_ENTRY_LINE = re.compile(r'\s*(?:#.*|(?:(?:msgid|msgstr)\s+)?"(?:[^"\\]|\\["\\abfnrtv])*")?\s*')
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_CODE = re.compile(r"``(?P<code>.+?)``|:\w+:`~?(?P<role>[\w.]+)`|`(?P<plain>[^`]+)`")
_ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})\b")
_LINE_WIDTH = 120
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
_HEADER = """# {title}; `python -m {module}` updates it.
msgid ""
msgstr ""
"Language: {locale}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


@dataclass(frozen=True)
class Passage:
    """A text of a docstring: a paragraph, or what an argument, an attribute, an error or a return value is.

    Attributes:
        text: in English, on one line.
        owner: the object that the docstring describes.

    """

    text: str
    owner: griffe.Object

    @property
    def where(self) -> str:
        """The place of the docstring."""
        docstring = self.owner.docstring
        return f"{relative(Path(str(self.owner.filepath)))}:{(docstring and docstring.lineno) or 1}"


def load() -> griffe.Module:
    """The package with everything in it, read from its source and not imported."""
    loader = griffe.GriffeLoader(search_paths=[ROOT], docstring_parser=PARSER, docstring_options=PARSER_OPTIONS)
    package = loader.load(PACKAGE)
    assert isinstance(package, griffe.Module)  # noqa: S101 - what a package is
    flatten(package)
    return package


def flatten(package: griffe.Module) -> None:
    """Offer every experiment without the folder of its subject too, as the package does where it runs."""
    experiments = package["experiments"]
    for subject in list(experiments.modules.values()):
        for name, module in subject.modules.items():
            if not name.startswith("_"):
                experiments.set_member(name, griffe.Alias(name, module, parent=experiments))


def named(pages: Iterable[Page]) -> list[str]:
    """The objects that pages show, by the names under which they show them, in order."""
    return list(dict.fromkeys(name for page in pages for name in page.objects))


def shown(package: griffe.Module, names: Iterable[str]) -> dict[str, griffe.Object]:
    """Every object that has its place on a page: those named, and their public members with a docstring."""
    found: dict[str, griffe.Object] = {}

    def add(name: str, obj: griffe.Object) -> None:
        found[name] = obj
        for member in _members(obj):
            add(f"{name}.{member.name}", member)

    for name in names:
        add(name, find(package, name))
    return found


def _members(obj: griffe.Object) -> Iterator[griffe.Object]:
    """The public members that are shown with a module or a class."""
    if not (obj.is_module or obj.is_class) or is_result(obj):
        return
    for member in obj.members.values():
        if member.name.startswith("_") or member.is_alias or member.is_module or not member.docstring:
            continue
        if not (obj.is_module and is_of_experiment(obj)) or member.name in SHOWN_OF_EXPERIMENTS:
            yield member  # type: ignore[misc]


def is_of_experiment(obj: griffe.Object) -> bool:
    """Whether an object is an experiment or belongs to one."""
    return obj.path.startswith(f"{EXPERIMENTS}.")


def is_result(obj: griffe.Object) -> bool:
    """Whether an object is the result of an experiment."""
    return is_of_experiment(obj) and obj.is_class and obj.name == "Result"


def hide_unshown(package: griffe.Module, objects: Iterable[griffe.Object]) -> None:
    """Take the docstrings from everything in the experiments that has no place on a page, so that none is made."""
    kept = {obj.path for obj in objects}

    def hide(obj: griffe.Object) -> None:
        if obj.path not in kept:
            obj.docstring = None
        for member in obj.members.values():
            if not member.is_alias:
                hide(member)  # type: ignore[arg-type]

    hide(find(package, EXPERIMENTS))


def find(package: griffe.Module, name: str) -> griffe.Object:
    """The object of a name, wherever it is defined."""
    obj = package[name.removeprefix(f"{PACKAGE}.")]
    found = obj.final_target if obj.is_alias else obj
    assert isinstance(found, griffe.Object)  # noqa: S101 - what an alias leads to in the end
    return found


def _sections(owner: griffe.Object) -> list[griffe.DocstringSection]:
    """The sections of a docstring that are shown."""
    sections = owner.docstring.parsed if owner.docstring else []
    if is_result(owner):
        return [section for section in sections if section.kind is griffe.DocstringSectionKind.text]
    return sections


def _slots(section: griffe.DocstringSection) -> Iterator[Any]:
    """The holders of a section's texts, each in its attribute `value` or `description`."""
    if section.kind is griffe.DocstringSectionKind.text:
        yield section
    elif section.kind is griffe.DocstringSectionKind.admonition:
        yield section.value
    elif section.kind is not griffe.DocstringSectionKind.examples:
        yield from section.value


def _attribute(slot: Any) -> str:
    return "value" if isinstance(slot, griffe.DocstringSectionText) else "description"


def _is_code(paragraph: str) -> bool:
    return all(line.startswith("    ") or not line.strip() for line in paragraph.splitlines())


def _split(text: str) -> Iterator[tuple[str, bool]]:
    """The paragraphs of a text, each on one line, or as it is with True where it is code."""
    for paragraph in _PARAGRAPHS.split(text.strip("\n")):
        if paragraph.strip():
            yield (paragraph, True) if _is_code(paragraph) else (" ".join(paragraph.split()), False)


def passages(owner: griffe.Object) -> Iterator[Passage]:
    """The texts of one object's docstring that have to be in the reader's language."""
    for section in _sections(owner):
        for slot in _slots(section):
            for text, is_code in _split(getattr(slot, _attribute(slot))):
                if not is_code:
                    yield Passage(text, owner)


def catalog_file(language: Language) -> Path:
    """The catalogue of a language."""
    return CATALOG.with_name(f"{language}.po")


def read_catalog(language: Language = "zh") -> dict[str, str]:
    """Every text with what a language says for it; nothing for the language that the texts are in.

    Raises `BuildFailedError` where the catalogue cannot be read.
    """
    path = catalog_file(language)
    if not path.is_file():
        return {}
    lines = decoded(path.read_bytes(), path).splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        if not _ENTRY_LINE.fullmatch(line):
            raise BuildFailedError([_misread(path, number, line)])
    try:
        entries = read_po(lines, abort_invalid=True)
    except PoFileError as error:
        raise BuildFailedError([_misread(path, error.lineno + 1, error.line)]) from None
    return {str(entry.id): str(entry.string) for entry in entries if entry.id and entry.string}


def _misread(path: Path, number: int, line: str) -> Failure:
    return Failure(f"{relative(path)}:{number}", f"found {line.strip()!r:.60}, allowed: msgid, then msgstr, in quotes")


def html(text: str, resolve: Callable[[str], str]) -> str:
    """A docstring's text as HTML: code, references to other objects and papers, formulas, no other markup."""
    parts, end = [], 0
    for match in _CODE.finditer(text):
        parts.append(_plain(text[end : match.start()]))
        role = match["role"]
        shown = role.rpartition(".")[2] if role else match["code"] or match["plain"]
        code = f"<code>{escape(shown, quote=False)}</code>"
        parts.append(f'<autoref identifier="{resolve(role)}">{code}</autoref>' if role else code)
        end = match.end()
    return "".join([*parts, _plain(text[end:])])


def _plain(text: str) -> str:
    return _ARXIV.sub(r'<a href="https://arxiv.org/abs/\1">arXiv:\1</a>', set_docstring(text))


def _resolver(owner: griffe.Object) -> Callable[[str], str]:
    def resolve(name: str) -> str:
        return name if name.startswith(f"{PACKAGE}.") else owner.resolve(name)

    return resolve


def localize(owner: griffe.Object, catalog: dict[str, str]) -> None:
    """Put the texts of one object's docstring into a catalogue's language, as HTML; what it lacks stays English."""
    resolve = _resolver(owner)
    if owner.docstring:
        owner.docstring.parsed[:] = _sections(owner)
    for section in _sections(owner):
        for slot in _slots(section):
            blocks = []
            for text, is_code in _split(getattr(slot, _attribute(slot))):
                blocks.append(_code_block(text) if is_code else f"<p>{html(catalog.get(text, text), resolve)}</p>")
            setattr(slot, _attribute(slot), "".join(blocks))


def _code_block(text: str) -> str:
    return f"<pre><code>{escape(dedent(text), quote=False)}</code></pre>"


def fingerprint(pages: Iterable[Page]) -> str:
    """All that docstrings on pages depend on: the package's sources, their translations, and which are shown."""
    catalogs = CATALOG.parent.glob("*.[pm]o")
    sources = current().fingerprint([*(ROOT / PACKAGE).rglob("*.py"), *catalogs])
    return digest(loaded(__name__), sources, named(pages), sorted(source_pages.links(experiments()).values()))


def check(pages: Iterable[Page]) -> Iterator[Failure]:
    """Objects on the pages that there are not, and what is wrong with the Chinese of their texts.

    Where nothing was wrong, the same is not read again.
    """
    pages = list(pages)
    key, store = fingerprint(pages), Store()
    if store.find(PAGES, PACKAGE, key):
        return
    failures = list(_check([(name, page) for page in pages for name in page.objects]))
    yield from failures
    if not failures:
        # An entry without a file is not whole, and would not be found.
        store.keep(PAGES, PACKAGE, key, lambda folder: (folder / "right").touch())


def _check(by_name: Sequence[tuple[str, Page]]) -> Iterator[Failure]:
    if not by_name:
        return
    package = load()
    missing = [(name, page) for name, page in by_name if not _is_there(package, name)]
    for name, page in missing:
        line = page.text.count("\n", 0, page.text.index(f"::: {name}")) + 1  # as it stands: it is no subject's
        yield Failure(page.where(line), f"there is no {name!r} in the package")
    if not missing:
        catalog = read_catalog()
        yield from check_chinese(shown(package, [name for name, _ in by_name]).values(), catalog)
        yield from check_compiled(CATALOG, catalog, MODULE)


def _is_there(package: griffe.Module, name: str) -> bool:
    try:
        find(package, name)
    except (KeyError, griffe.AliasResolutionError):
        return False
    return name.startswith(f"{PACKAGE}.")


def check_chinese(objects: Iterable[griffe.Object], catalog: dict[str, str]) -> Iterator[Failure]:
    """Texts without Chinese, Chinese whose code is not the text's, and Chinese of no text."""
    used = set()
    for passage in dict.fromkeys(passage for owner in objects for passage in passages(owner)):
        said = catalog.get(passage.text)
        if said is None and passage.text not in used:
            yield Failure(passage.where, f"{passage.text!r} has no Chinese in {relative(CATALOG)}")
        elif said is not None and code_in(said) != code_in(passage.text):
            yield Failure(relative(CATALOG), f"the code in the Chinese differs from that of {passage.text!r}")
        used.add(passage.text)
    for text in sorted(catalog.keys() - used):
        yield Failure(relative(CATALOG), f"Chinese of a text that no page shows: {text!r}")


def check_compiled(path: Path, catalog: dict[str, str], module: str) -> Iterator[Failure]:
    """A compiled catalogue that is not that of the texts; `module` is the one to run."""
    target = path.with_suffix(".mo")
    if not target.is_file() or target.read_bytes() != compiled(catalog):
        yield Failure(relative(target), f"not compiled from {path.name}; run `python -m {module}`")


def code_in(text: str) -> list[str]:
    """The code in a text, which is the same in every language."""
    return sorted(match[0] for match in _CODE.finditer(text))


def written(known: dict[str, str]) -> bytes:
    """The catalogue for what the pages show, in their order; what has no Chinese is left empty."""
    entries = Catalog()
    for name, owner in shown(load(), named(read_pages())).items():
        for passage in passages(owner):
            entries.add(passage.text, known.get(passage.text, ""), auto_comments=[name])
    return po_file(entries, "zh", "The docstrings of the reference in Chinese", MODULE)


def po_file(entries: Catalog, language: Language, title: str, module: str) -> bytes:
    """A catalogue as it is kept; `module` is the one that updates it."""
    header = _HEADER.format(title=title, module=module, locale=locale(language).locale)
    buffer = BytesIO(header.encode())
    buffer.seek(0, SEEK_END)
    write_po(buffer, entries, width=_LINE_WIDTH, no_location=True, omit_header=True)
    return buffer.getvalue()


def compiled(known: dict[str, str]) -> bytes:
    """The catalogue as `gettext` reads it, the same bytes on every day."""
    entries = Catalog(creation_date=_NO_DATE, revision_date=_NO_DATE)
    for text, said in known.items():
        entries.add(text, said)
    buffer = BytesIO()
    write_mo(buffer, entries)
    return buffer.getvalue()


def update(more: Mapping[str, str] | None = None) -> None:
    """Bring the catalogue up to date with what the pages show, and compile it; `more` is Chinese by its text."""
    CATALOG.write_bytes(written({**read_catalog(), **(more or {})}))
    CATALOG.with_suffix(".mo").write_bytes(compiled(read_catalog()))


if __name__ == "__main__":
    update()
