"""Checks of arguments, used wherever a user's value enters the laboratory.

Every check returns the value it accepted, and otherwise raises a `RefusalError`: a ValueError of one line that names
the argument, the value found and what is allowed (for a name, also the nearest allowed one).
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from gradlab._internal.refusals import RefusalError, nearest
from gradlab.language import LANGUAGES, Language, Text


def integer(argument: str, value: object, minimum: int) -> int:
    """Accept an integer of at least ``minimum`` (a bool is not an integer here)."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < minimum:
        allowed = Text(zh=f"不小于 {minimum} 的整数", en=f"an integer of at least {minimum}")
        raise RefusalError(argument, repr(value), allowed)
    return int(value)


def positive_integer(argument: str, value: object) -> int:
    """Accept an integer of at least 1."""
    return integer(argument, value, 1)


def seed(argument: str, value: object) -> int:
    """Accept a seed: an integer of at least 0."""
    return integer(argument, value, 0)


def _real(argument: str, value: object, accept: Callable[[float], bool], allowed: Text) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise RefusalError(argument, repr(value), allowed)
    number = float(value)
    if not math.isfinite(number) or not accept(number):
        raise RefusalError(argument, repr(value), allowed)
    return number


def finite(argument: str, value: object) -> float:
    """Accept a real number that is neither infinite nor NaN."""
    return _real(argument, value, lambda _: True, Text(zh="有限数", en="a finite number"))


def positive(argument: str, value: object) -> float:
    """Accept a finite number above 0."""
    return _real(argument, value, lambda number: number > 0, Text(zh="大于 0 的有限数", en="a finite number above 0"))


def non_negative(argument: str, value: object) -> float:
    """Accept a finite number of at least 0."""
    allowed = Text(zh="不小于 0 的有限数", en="a finite number of at least 0")
    return _real(argument, value, lambda number: number >= 0, allowed)


def correlation(argument: str, value: object) -> float:
    """Accept a correlation: a number from -1 to 1."""
    return _real(argument, value, lambda number: abs(number) <= 1, Text(zh="-1 到 1 的数", en="a number from -1 to 1"))


def one_of(argument: str, value: object, allowed: Iterable[str]) -> str:
    """Accept one of the allowed names; the refusal offers the nearest."""
    names = tuple(allowed)
    if isinstance(value, str) and value in names:
        return value
    listed = ", ".join(names)
    near = nearest(value, names) if isinstance(value, str) else None
    raise RefusalError(argument, repr(value), Text(zh=f"以下之一：{listed}", en=f"one of {listed}"), near)


def language(argument: str, value: object) -> Language:
    """Accept one of the languages of reports and messages."""
    return one_of(argument, value, LANGUAGES)


def distinct(argument: str, values: Sequence[object]) -> None:
    """Accept a sequence with at least one entry and no entry twice."""
    if len(values) == 0 or len(set(values)) != len(values):
        allowed = Text(zh="至少一个值，且不重复", en="at least one value, none of them twice")
        raise RefusalError(argument, repr(values), allowed)


def finite_tensor(argument: str, value: object) -> Tensor:
    """Accept a floating-point tensor without infinity or NaN."""
    if not isinstance(value, Tensor) or not value.is_floating_point():
        found = f"a tensor of {value.dtype}" if isinstance(value, Tensor) else type(value).__name__
        raise RefusalError(argument, found, "a floating-point tensor")
    bad = int((~torch.isfinite(value)).sum())
    if bad:
        raise RefusalError(argument, f"{bad} entries that are NaN or infinite", "finite numbers")
    return value


def shape(argument: str, value: Tensor, *expected: int | str) -> Tensor:
    """Accept a tensor of the expected shape; a name such as ``"batch"`` stands for any size of at least 1."""
    fits = value.ndim == len(expected) and all(
        found > 0 if isinstance(size, str) else size == found for size, found in zip(expected, value.shape, strict=True)
    )
    if not fits:
        wanted = ", ".join(str(size) for size in expected)
        named = "".join(f", {size} at least 1" for size in expected if isinstance(size, str) and 0 in value.shape)
        raise RefusalError(argument, f"shape {tuple(value.shape)}", f"({wanted}){named}")
    return value


def same_dtype(argument: str, value: Tensor, weight: Tensor) -> Tensor:
    """Accept a tensor of the weights' number type."""
    if value.dtype != weight.dtype:
        raise RefusalError(argument, str(value.dtype), f"{weight.dtype}, the type of the network's weights")
    return value
