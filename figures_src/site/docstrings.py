"""The docstrings on the reference's pages in the reader's language: an extension of what reads them."""

from typing import Any

import griffe

from figures_src import reference
from figures_src.language import LANGUAGES, known_language
from figures_src.pages import read_pages


class Docstrings(griffe.Extension):
    """Puts every docstring that the pages show into one language, as HTML that the site's templates take as it is."""

    def __init__(self, language: str) -> None:
        found = known_language(language)
        if found is None:
            raise ValueError(f"language: found {language!r}, allowed: {', '.join(LANGUAGES)}")
        self._language = found

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Translate, once the whole package is read."""
        catalog = reference.read_catalog()
        for owner in reference.shown(pkg, reference.named(read_pages())).values():
            reference.localize(owner, self._language, catalog)
