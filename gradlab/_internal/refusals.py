"""Refused values and near names, as data. Does not import PyTorch."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from gradlab.language import Text

# Below this likeness a name is another one, not a misspelt one.
CUTOFF = 0.5


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The allowed name that is most like another; None where none is like it."""
    return next(iter(difflib.get_close_matches(name, sorted(names), n=1, cutoff=CUTOFF)), None)


class RefusalError(ValueError):
    """A value that is not allowed; its message is one line.

    Args:
        argument: the name of what has the value.
        found: the value, as shown.
        allowed: what may stand there; plain words are the same in both languages.
        nearest: of allowed names the one that was probably meant.

    """

    def __init__(self, argument: str, found: str, allowed: str | Text, nearest: str | None = None) -> None:
        super().__init__(argument, found, allowed, nearest)
        self.argument = argument
        self.found = found
        self.allowed = allowed if isinstance(allowed, Text) else Text(zh=allowed, en=allowed)
        self.nearest = nearest

    def __str__(self) -> str:
        hint = f"; nearest: {self.nearest!r}" if self.nearest else ""
        return f"{self.argument}: found {self.found}, allowed: {self.allowed.en}{hint}"
