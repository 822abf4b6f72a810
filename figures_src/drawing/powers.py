"""Exponents and indices of drawings: behind `^` stands what is raised, behind a Greek letter and `_` what is lowered.

They are as large as the rest of a label. The small digits of a font, and those of mathtext, are half as high, and
cannot be read on a phone.
"""

import math
import re
from html import escape

SHIFTED = re.compile(r"\^(−?\w+)|(?<=[α-ω])_(\w)")
"""An exponent, or an index."""
RAISED, LOWERED = -4.0, 3.0


def decade(exponent: int) -> str:
    """A power of ten as axes have it: a number near 1, elsewhere an exponent behind `^`."""
    return f"{10.0**exponent:g}" if -2 <= exponent <= 2 else f"10^{exponent}".replace("-", "−")


def decade_tick(value: float) -> str:
    """The label of a power of ten."""
    return decade(round(math.log10(value)))


def raised(label: str) -> str:
    """A label with at most one exponent, at its end, as the inside of an SVG text."""
    words, _, exponent = label.partition("^")
    return escape(words) + (f'<tspan dy="{RAISED:g}">{escape(exponent)}</tspan>' if exponent else "")
