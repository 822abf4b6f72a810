"""Floating-point numbers of few bits: where they end, how far apart they lie, and where a sum stands still.

A number of a format with m bits after the point is a multiple of 2^(e-m), with e its exponent, from -14 to 15 in
float16 and from -126 to 127 in bfloat16 and float32 (IEEE 754-2019; Kalamkar et al. 2019, arXiv:1905.12322). Below the
smallest exponent the distance stays what it is there: these are the subnormal numbers, and 0 is among them. Every
result is rounded to the nearest number, of two that are equally near to the even one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError


@dataclass(frozen=True)
class FloatFormat:
    """A binary format of floating-point numbers.

    Attributes:
        name: that of PyTorch's type.
        bits: m, bits after the point.
        smallest_exponent: of a normal number.
        largest_exponent: of a number.

    Examples:
        >>> from gradlab import theory
        >>> theory.float_format("float16").largest
        65504.0

    """

    name: str
    bits: int
    smallest_exponent: int
    largest_exponent: int

    @property
    def smallest(self) -> float:
        """The smallest number above 0, which is subnormal: 2^(e_min - m)."""
        return 2.0 ** (self.smallest_exponent - self.bits)

    @property
    def smallest_normal(self) -> float:
        """The smallest number that still has all m bits: 2^e_min."""
        return 2.0**self.smallest_exponent

    @property
    def largest(self) -> float:
        """The largest number that is not infinity: (2 - 2^-m) 2^e_max."""
        return (2 - 2.0**-self.bits) * 2.0**self.largest_exponent

    def spacing(self, value: float) -> float:
        """The distance from one number to the next around a value: 2^(e-m), and never less than the smallest."""
        size = abs(checks.finite("value", value))
        exponent = math.frexp(size)[1] - 1 if size else self.smallest_exponent
        return 2.0 ** (max(exponent, self.smallest_exponent) - self.bits)

    def rounded(self, value: float) -> float:
        """The nearest number to a value, of two the even one; infinity from half a step beyond the largest on."""
        step = self.spacing(value)
        # Python rounds halves to even as well, and a quotient by a power of two is exact.
        nearest = round(value / step) * step
        return nearest if abs(nearest) <= self.largest else math.copysign(math.inf, value)

    def underflow_depth(self, factor: float) -> int:
        """The number L of layers from which on factor^L rounds to 0, if each multiplies by the same factor below 1.

        The product is rounded once, at the end; where each layer rounds, it may be a few layers more or less.
        """
        if not 0 < checks.finite("factor", factor) < 1:
            raise RefusalError("factor", repr(factor), "above 0 and below 1")
        # Half of the smallest number is rounded to 0, which is even.
        return math.ceil(math.log(self.smallest / 2) / math.log(factor) - 1e-12)

    def overflow_depth(self, factor: float) -> int:
        """The number L of layers from which on factor^L is infinity, if each multiplies by the same factor above 1."""
        if checks.finite("factor", factor) <= 1:
            raise RefusalError("factor", repr(factor), "above 1")
        beyond = self.largest + self.spacing(self.largest) / 2
        return math.ceil(math.log(beyond) / math.log(factor) - 1e-12)

    def standstill(self, term: float) -> float:
        """The value at which a sum of equal terms stands still: the first 2^k of which half a spacing is the term.

        A term of no more than half the spacing at the sum is lost in the rounding (Higham 1993, The accuracy of
        floating point summation). A term of 1 counts to 2^(m+1): 2048 in float16, 256 in bfloat16.

        Args:
            term: a number of the format, above 0.

        Raises:
            ValueError: the sum overflows before it stands still.

        """
        if self.rounded(checks.positive("term", term)) != term:
            raise RefusalError("term", repr(term), f"a number of {self.name}")
        exponent = math.ceil(math.log2(term)) + self.bits + 1
        if exponent > self.largest_exponent:
            raise RefusalError("term", repr(term), f"one whose sum stays below {self.largest:g}")
        return 2.0**exponent


FLOAT_FORMATS: Mapping[str, FloatFormat] = MappingProxyType(
    {
        one.name: one
        for one in (
            FloatFormat("float16", 10, -14, 15),
            FloatFormat("bfloat16", 7, -126, 127),
            FloatFormat("float32", 23, -126, 127),
        )
    }
)
"""Formats by name: ``float16``, ``bfloat16``, ``float32``; read-only."""


def float_format(name: str) -> FloatFormat:
    """The format of that name.

    Raises:
        ValueError: the name is unknown; the message lists the names and the nearest one.

    Examples:
        >>> from gradlab import theory
        >>> half = theory.float_format("float16")
        >>> half.smallest
        5.960464477539063e-08
        >>> half.rounded(1e-8)
        0.0
        >>> half.standstill(1.0)
        2048.0

    """
    return FLOAT_FORMATS[checks.one_of("name", name, FLOAT_FORMATS)]
