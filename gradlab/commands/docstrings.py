"""Docstrings of the experiments in the reader's language: the titles and settings that the command line shows.

The English stands in the code, every other language in its catalogue, for the reference's pages and for the command
line alike.
"""

from __future__ import annotations

import ast
import inspect
import re

from gradlab._internal.lazy import source
from gradlab.language import Language, translated

_ATTRIBUTE = re.compile(r"^    (\w+): (.*)$")
# Names of values and settings are code in a docstring; in a terminal they stand as they are to be typed.
_CODE = re.compile(r"``\"?(.+?)\"?``")


def title(module: str, language: Language) -> str:
    """The first line of a module's docstring without its full stop; the module is not imported."""
    summary, _, _ = (ast.get_docstring(ast.parse(source(module))) or "").partition("\n")
    return translated(summary, language).rstrip(".。")


def attributes(described: type, language: Language) -> dict[str, str]:
    """The entries of a docstring's list of attributes, by name."""
    found: dict[str, str] = {}
    last = None
    _, _, listed = (inspect.getdoc(described) or "").partition("Attributes:\n")
    for line in listed.splitlines():
        match = _ATTRIBUTE.match(line)
        if match:
            last, found[match[1]] = match[1], match[2]
        elif last and line.strip():
            found[last] += f" {line.strip()}"
    return {name: _CODE.sub(r"\1", translated(text, language)) for name, text in found.items()}
