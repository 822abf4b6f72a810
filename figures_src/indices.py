"""Formulas in plain sentences as pages show them: `σ_w` and `2^L` with the index below and the power above the line.

Checks and statements are plain text, because tooltips and messages show them too; their tables need the typography.
"""

import re

_GROUP = r"(?:\(([^()]*)\)|\{([^{}]*)\}|([A-Za-z\u0370-\u03ff0-9]+))"
# One letter, with a prime or a square at most, carries an index; a name such as normal_ or practise_9 does not.
_BELOW = re.compile(rf"(?<![\w.])([^\W\d_][′²³]?)_{_GROUP}")
_ABOVE = re.compile(rf"(?<=[\w>)])\^{_GROUP}")
_SIGNS = re.compile(r"[=≈≠∝→∏Σ∫√‖∂′²⊙÷·±+>−]|&lt;|</su[bp]>")
_PIECE = re.compile(r".+?(?:[,;](?= )|[，；]|$)\s*")


def set_indices(text: str) -> str:
    """Plain text as HTML with every index and power in an element of its own."""
    for pattern, before, tag in ((_BELOW, r"\1", "sub"), (_ABOVE, "", "sup")):
        inner = "".join(rf"\{group}" for group in range(2 if before else 1, 5 if before else 4))
        text = pattern.sub(rf"{before}<{tag}>{inner}</{tag}>", text)
    return text


def set_source(source: str) -> str:
    """The source of a prediction as HTML; a formula in it stays whole, with the punctuation after it."""
    return "".join(_set_piece(piece) for piece in _PIECE.findall(source))


def _set_piece(piece: str) -> str:
    shown = set_indices(piece.rstrip().replace("<", "&lt;"))
    space = " " * (len(piece) - len(piece.rstrip()))
    return f'<span class="piece">{shown}</span>{space}' if _SIGNS.search(shown) else f"{shown}{space}"
