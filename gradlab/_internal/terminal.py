"""Width of a text in a terminal. Does not import PyTorch."""

from __future__ import annotations

import unicodedata


def columns(text: str) -> int:
    """Number of a terminal's columns that a text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
