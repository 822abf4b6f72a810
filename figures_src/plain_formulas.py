"""The formulas of docstrings, which are plain text in a terminal, as HTML.

`q_{l+1}`, `a_bj`, `e^-z` and `(a/b)^(1/L)` get subscripts and superscripts, and short sums and equations stay on one
line. Only what can be nothing else is taken for a formula: a subscript stands after a single letter, Latin or Greek,
and is a number, one or two letters, or in braces, so that names such as `sigma_w` and `fan_in` stay as they are.
"""

import re
from html import escape

_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_WORD_JOINER = "\N{WORD JOINER}"

# A base may follow a number or a sign such as ∂, and carry an exponent: 2θ_0, ∂W_l, χ²_K.
_SUBSCRIPT = re.compile(
    r"(?<![A-Za-z_.])(?P<base>[A-Za-zΑ-Ωα-ω]²?)_(?:\{(?P<braced>[^{}]+)\}|(?P<plain>\d|∇|φ|max|ReLU|[A-Za-z]{1,2}))"
    r"(?![A-Za-z_\d])"
)
_SUPERSCRIPT = re.compile(
    r"(?<=[\w)}‖|])\^(?:\((?P<bracketed>(?:[^()]|\([^()]*\))+)\)|(?P<plain>\|\w+\||-?[A-Za-z\d]+))"
)
# A short term is no word of Chinese and holds none of its punctuation.
_CHINESE = r"\u3000-\u9fff\uff00-\uffef"
_TERM = rf"[^\s{_CHINESE}]{{1,8}}"
_RELATION = re.compile(rf"(?<![^\s{_CHINESE}])({_TERM}) ([=~≤≥+-]) (?={_TERM}(?![^\s{_CHINESE}]))")


def html(text: str) -> str:
    """Return plain text as HTML, with its formulas set."""
    together = _RELATION.sub(_together, text)
    raised = _SUPERSCRIPT.sub(_superscript, escape(together, quote=False))
    return _SUBSCRIPT.sub(_subscript, raised)


def _together(match: re.Match[str]) -> str:
    # After a hyphen a line may end in spite of the space that follows.
    sign = match[2].replace("-", f"-{_WORD_JOINER}")
    return f"{match[1]}{_NO_BREAK_SPACE}{sign}{_NO_BREAK_SPACE}"


def _superscript(match: re.Match[str]) -> str:
    return f"<sup>{match['bracketed'] or match['plain']}</sup>"


def _subscript(match: re.Match[str]) -> str:
    return f"{match['base']}<sub>{match['braced'] or match['plain']}</sub>"
