"""The texts in languages that the authors do not write: the catalogue of each, kept, counted and checked.

Labels and sentences stand in the code as `Text(zh=..., en=...)`, docstrings of the reference in English. Any further
language has them in gradlab/locale/<language>.po, keyed by the English; one that is not there is shown in English. The
compiled catalogue beside it, <language>.mo, is what programs read.

`python -m figures_src.pages.translations` adds to the catalogues of all such languages what lacks a translation, to be
filled in, and compiles them. What is translated there and found nowhere is kept at the end: code may compose it.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog as Entries

from figures_src.cache import catalog as made
from figures_src.cache.catalog import Catalog
from figures_src.cache.sources import PACKAGES, SourceTree, digest, loaded
from figures_src.cache.store import PAGES, Store
from figures_src.model.failures import ROOT, BuildFailedError, Failure, decoded, relative
from figures_src.model.language import LANGUAGES, WRITTEN, Text, locale
from figures_src.pages import reference
from figures_src.pages.page import Page, read_pages

MODULE = "figures_src.pages.translations"
FURTHER = LANGUAGES[len(WRITTEN) :]
_NAME = re.compile("[a-z]+")
_PLACE = re.compile(r"\{[^{}\n]*\}")


def check_locales() -> Iterator[Failure]:
    """Failures of the files that say which languages there are."""
    for language in LANGUAGES:
        if not _NAME.fullmatch(language):
            yield Failure(f"gradlab/locale/{language}.toml", f"found the name {language!r}, allowed: small letters")
            continue
        try:
            locale(language)
        except ValueError as error:
            where, _, what = str(error).partition(": ")
            yield Failure(where, what)


def texts(offered: Catalog | None, pages: Iterable[Page]) -> dict[str, str]:
    """Every text that a further language may have, with a place where it stands.

    What Chinese and English write alike is a name or a sign, and no such text. What code composes while it runs is
    among them only as far as exhibits offer it.
    """
    pages = list(pages)
    named = [*offered.exhibits.items(), *offered.claims.items()] if offered else []
    composed = {text.en: name for name, one in named for text in _within(one) if text.zh != text.en}
    sources = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    key = digest(loaded(__name__), SourceTree().fingerprint(sources), reference.named(pages))

    def read() -> tuple[dict[str, str], dict[str, str]]:
        written = {text: where for path in sources for text, where in _in_code(decoded(path.read_bytes(), path), path)}
        objects = reference.shown(reference.load(), reference.named(pages))
        described = {passage.text: name for name, owner in objects.items() for passage in reference.passages(owner)}
        return described, written

    described, written = Store().answer(PAGES, "texts", key, read)
    return {**described, **composed, **written}


def _within(value: Any) -> Iterator[Text]:
    """The texts in a nest of dataclasses."""
    if isinstance(value, Text):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _within(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _within(item)


def _in_code(source: str, path: Path) -> Iterator[tuple[str, str]]:
    """The English of every `Text` that a module writes out, with its place."""
    # Most modules have none, and to read a module's statements takes long.
    for node in ast.walk(ast.parse(source)) if Text.__name__ in source else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == Text.__name__:
            said = {word.arg: word.value.value for word in node.keywords if isinstance(word.value, ast.Constant)}
            english = said.get("en")
            if isinstance(english, str) and said.get("zh") != english:
                yield english, f"{relative(path)}:{node.lineno}"


def untranslated(offered: Catalog, pages: Iterable[Page]) -> Iterator[str]:
    """A line for each further language: how many of its texts are shown in English."""
    pages = list(pages)
    for language in FURTHER:
        known, wanted = reference.read_catalog(language), texts(offered, pages)
        missing = len(wanted.keys() - known.keys())
        yield f"{language}: {missing} of {len(wanted)} texts are not translated and are shown in English"


def check() -> Iterator[Failure]:
    """Everything wrong with the languages: their files, and where these are right, what is translated.

    A translation is wrong whose code or braces are not the text's, and a catalogue that is not compiled.
    """
    if wrong := list(check_locales()):
        yield from wrong
        return
    for language in FURTHER:
        path, known = reference.catalog_file(language), reference.read_catalog(language)
        if path.is_file():
            yield from reference.check_compiled(path, known, MODULE)
        for text, said in known.items():
            for what, found in (("code differs from that", reference.code_in), ("braces differ from those", _braces)):
                if found(said) != found(text):
                    yield Failure(relative(path), f"the {what} of {text!r}")


def _braces(text: str) -> list[str]:
    return sorted(_PLACE.findall(text))


def update() -> None:
    """Bring every further language's catalogue up to date, and compile it.

    Raises `BuildFailedError` where a language's file is wrong, or what the exhibits offer cannot be read.
    """
    if wrong := list(check_locales()):
        raise BuildFailedError(wrong)
    offered = made.read() if made.is_published() else None
    for language in FURTHER:
        path, known = reference.catalog_file(language), reference.read_catalog(language)
        entries = Entries()
        for text, where in texts(offered, read_pages()).items():
            entries.add(text, known.pop(text, ""), auto_comments=[where])
        for text, said in known.items():
            entries.add(text, said)
        path.write_bytes(reference.po_file(entries, language, f"Texts in the language {language}", MODULE))
        path.with_suffix(".mo").write_bytes(reference.compiled(reference.read_catalog(language)))


if __name__ == "__main__":
    try:
        update()
    except BuildFailedError as failed:
        sys.exit(str(failed))
