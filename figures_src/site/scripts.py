"""The site's own scripts as they are sent: without comments and idle space."""

from pygments.lexers.javascript import JavascriptLexer  # type: ignore[import-untyped]
from pygments.token import Token  # type: ignore[import-untyped]

_LEXER = JavascriptLexer(stripnl=False, ensurenl=False)
# After these no statement ends, so no end of a line is needed.
_OPEN = frozenset("{[(,;")
# Side by side with these, space may tell two signs from one.
_MEETING = frozenset("+-/")


def smaller(script: str) -> str:
    """A script that says the same in fewer bytes; lines end where they may end a statement."""
    parts: list[str] = []
    space = ""
    for _, kind, text in _LEXER.get_tokens_unprocessed(script):
        if kind in Token.Comment or (kind in Token.Text and not text.strip()):
            space = "\n" if "\n" in text + space else space or " "
        elif text:
            if parts and _needed(parts[-1][-1], space, text[0]):
                parts.append(space)
            parts.append(text)
            space = ""
    return f"{''.join(parts)}\n"


def _needed(before: str, space: str, after: str) -> bool:
    if space == "\n":
        return before not in _OPEN
    return bool(space) and all(sign.isalnum() or sign in "_$" or sign in _MEETING for sign in (before, after))
