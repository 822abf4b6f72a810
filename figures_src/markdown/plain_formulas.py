"""Formulas in plain text as pages show them: `σ_w` and `2^L` with the index below and the power above the line.

Docstrings, checks and claims are plain text, because terminals, tooltips and messages show them too; pages need the
typography. Only what can be nothing else is taken for a formula: an index stands after a single letter, Latin or Greek,
and is a number, one or two letters, or in brackets, so that names such as `sigma_w` and `normal_` stay as they are.
"""

import re
from html import escape

_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_WORD_JOINER = "\N{WORD JOINER}"

# A base may follow a number or a sign such as ∂, and carry a prime or an exponent: 2θ_0, ∂W_l, χ²_K.
_BELOW = re.compile(
    r"(?<![A-Za-z_.])(?P<base>[A-Za-zΑ-Ωα-ω][′²³]?)_"
    r"(?:\{(?P<braced>[^{}]+)\}|\((?P<bracketed>[^()]+)\)|(?P<plain>\d|∇|φ|max|ReLU|[A-Za-z]{1,2})(?![A-Za-z_\d]))"
)
_ABOVE = re.compile(
    r"(?<=[\w)}‖|])\^"
    r"(?:\((?P<bracketed>(?:[^()]|\([^()]*\))+)\)|\{(?P<braced>[^{}]+)\}|(?P<plain>\|\w+\||[-−]?[A-Za-zα-ω\d]+))"
)
# A short term is no word of Chinese and holds none of its punctuation.
_CHINESE = r"\u3000-\u9fff\uff00-\uffef"
_TERM = rf"[^\s{_CHINESE}]{{1,8}}"
_RELATION = re.compile(rf"(?<![^\s{_CHINESE}])({_TERM}) ([=~≤≥+-]) (?={_TERM}(?![^\s{_CHINESE}]))")
_SIGNS = re.compile(r"[=≈≠∝→∏Σ∫√‖∂′²⊙÷·±+>−]|&lt;|</su[bp]>")
_PIECE = re.compile(r".+?(?:[,;](?= )|[，；]|$)\s*")


def set_indices(text: str) -> str:
    """Text in which every index and power is an element of its own; all else stays as it is."""
    raised = _ABOVE.sub(lambda match: f"<sup>{_inner(match)}</sup>", text)
    return _BELOW.sub(lambda match: f"{match['base']}<sub>{_inner(match)}</sub>", raised)


def _inner(match: re.Match[str]) -> str:
    inner: str = match["bracketed"] or match["braced"] or match["plain"]
    return inner


def set_docstring(text: str) -> str:
    """Plain text as HTML; short sums and equations stay on one line."""
    return set_indices(escape(_RELATION.sub(_together, text), quote=False))


def _together(match: re.Match[str]) -> str:
    # After a hyphen a line may end in spite of the space that follows.
    sign = match[2].replace("-", f"-{_WORD_JOINER}")
    return f"{match[1]}{_NO_BREAK_SPACE}{sign}{_NO_BREAK_SPACE}"


def set_source(source: str) -> str:
    """The source of a prediction as HTML; a formula in it stays whole, with the punctuation after it."""
    return "".join(_set_piece(piece) for piece in _PIECE.findall(source))


def _set_piece(piece: str) -> str:
    shown = set_indices(piece.rstrip().replace("<", "&lt;"))
    space = " " * (len(piece) - len(piece.rstrip()))
    return f'<span class="piece">{shown}</span>{space}' if _SIGNS.search(shown) else f"{shown}{space}"
