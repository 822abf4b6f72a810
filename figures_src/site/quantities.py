"""One colour each for the three quantities that all is about: δ, W and σ_w.

They are found where they stand: in formulas, sentences, heads of tables and labels of figures. The letter remains what
tells them; the colour only leads the eye from one place to the next.
"""

import re
from functools import partial

_DRAWING = re.compile(r"(<svg\b.*?</svg>)", re.DOTALL)
# Elements for things typed, told or computed stay as they are; other tags are passed over, so that attributes do too.
_PLACE = re.compile(
    r"(?P<other><(?P<tag>title|desc|script|style|pre|code|samp|data|select|button)\b.*?</(?P=tag)>)"
    r"|<mi>(?:(?P<formula_delta>δ)|(?P<formula_w>W)|(?P<formula_sigma>σ)(?=</mi><mi>w</mi>))</mi>"
    r"|(?P<another><[^>]*>)"
    r"|(?P<delta>δ)"
    r"|(?P<sigma>σ(?:_w(?![A-Za-z\d_])|<sub>w</sub>))"
    r"|(?:(?<=[‖∂Δ])|(?<![\w.])(?=W<sub>))(?P<w>W)(?![A-Za-z\d])",
    re.DOTALL,
)
_CLASSES = {"delta": "is-delta", "w": "is-w", "sigma": "is-sigma-w"}


def with_quantities(html: str) -> str:
    """A page's content in which every δ, W and σ_w carries the class of its colour."""
    parts = _DRAWING.split(html)  # every second one is a drawing
    return "".join(
        _PLACE.sub(partial(_marked, inline="tspan" if place % 2 else "span"), part) for place, part in enumerate(parts)
    )


def _marked(match: re.Match[str], *, inline: str) -> str:
    group = match.lastgroup or ""
    if match["other"] or match["another"]:
        return match[0]
    if group.startswith("formula_"):
        # Of a letter with an index, the letter has the class; the style extends it to the w of σ_w.
        return f'<mi class="{_CLASSES[group.removeprefix("formula_")]}">{match[group]}</mi>'
    return f'<{inline} class="{_CLASSES[group]}">{match[group]}</{inline}>'
