"""The docstrings on the reference's pages in the reader's language: an extension of what reads them."""

import re
from typing import Any

import griffe

from figures_src.model.language import LANGUAGES, known_language
from figures_src.pages import reference
from figures_src.pages.page import read_pages


class Docstrings(griffe.Extension):
    """Puts every docstring that the pages show into one language, as HTML that the site's templates take as it is."""

    def __init__(self, language: str) -> None:
        found = known_language(language)
        if found is None:
            raise ValueError(f"language: found {language!r}, allowed: {', '.join(LANGUAGES)}")
        self._language = found

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Name the experiments, and translate, once the whole package is read."""
        reference.flatten(pkg)
        catalog = reference.read_catalog(self._language)
        objects = reference.shown(pkg, reference.named(read_pages()))
        reference.hide_unshown(pkg, objects.values())
        for owner in objects.values():
            reference.localize(owner, catalog)
            _quote(owner)


def _quote(owner: griffe.Object) -> None:
    """Put the texts among the values of an object into double quotes, as the sources have them."""
    if isinstance(owner, griffe.Function):
        for parameter in owner.parameters:
            parameter.default = double_quoted(parameter.default)
    elif isinstance(owner, griffe.Attribute):
        owner.value = double_quoted(owner.value)
    elif isinstance(owner, griffe.Class):
        for attribute in owner.attributes.values():
            if not attribute.is_alias:
                attribute.value = double_quoted(attribute.value)


def double_quoted(value: Any) -> Any:
    """An expression with its texts in double quotes where they have none within."""
    if isinstance(value, griffe.ExprTuple | griffe.ExprList):
        value.elements = [double_quoted(element) for element in value.elements]
    elif isinstance(value, griffe.ExprSubscript):
        value.slice = double_quoted(value.slice)
    elif isinstance(value, str) and re.fullmatch(r"'[^'\"\\]*'", value):
        return f'"{value[1:-1]}"'
    return value
