"""A text in a terminal: its width, and without what would steer the terminal. Does not import PyTorch."""

from __future__ import annotations

import unicodedata


def columns(text: str) -> int:
    """Number of a terminal's columns that a text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


_KEPT = "\n\t"


def printable(text: str) -> str:
    """A text whose control characters are written out: a layer's name must not steer a terminal."""
    return "".join(
        character if character in _KEPT or unicodedata.category(character) != "Cc" else f"\\x{ord(character):02x}"
        for character in text
    )
