"""Refusal of published values that are not finite, unless they say so on purpose.

A measurement that overflows shows as a word in a sentence, or as an `Overflow` in a table. Anything else that is not a
finite number is a fault of the code that made it: `inf` and `nan` then stand where a reader expects a measurement.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

ALLOWED = "a finite number"
# As Python prints them.
_PRINTED = re.compile(r"(?<![a-z_])(?:nan|inf)(?![a-z_])")
_SIGNS = re.compile(r"NaN|∞|Inf(?:inity)?")


@dataclass(frozen=True)
class Overflow:
    """A cell that tells on purpose that no finite number came out.

    Attributes:
        shown: how the table shows it, such as "NaN" or "(1, 2, ∞)".

    """

    shown: str

    def __str__(self) -> str:
        return self.shown


class Valued(Protocol):
    """Something with a value, such as a number that prose quotes."""

    @property
    def value(self) -> float:
        """Its value."""


def not_finite_in(text: str) -> str | None:
    """The first number in a text that is not finite, printed by Python or a sign without a word; None without one."""
    if printed := _PRINTED.search(text):
        return printed[0]
    sign = _SIGNS.search(text)
    return sign[0] if sign and not re.search(r"[^\W\d_]", _SIGNS.sub("", text)) else None


def not_finite(cell: object) -> str | None:
    """The first number in a cell that is not finite; None without one, or where the cell tells so on purpose."""
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)
    return not_finite_in(cell) if isinstance(cell, str) else None


def check_numbers(kind: str, numbers: Mapping[str, Valued]) -> None:
    """Refuse numbers that are not finite.

    Raises `ValueError`, which names the number.
    """
    for name, number in numbers.items():
        if not math.isfinite(number.value):
            raise ValueError(f"{kind} {name}: found {number.value}, allowed: {ALLOWED}")


def check_text(place: str, text: str) -> None:
    """Refuse a text with a number in it that Python printed and that is not finite.

    Raises `ValueError`, which names the place.
    """
    if printed := _PRINTED.search(text):
        raise ValueError(f"{place}: found {printed[0]}, allowed: finite numbers; what overflows is told in words")
