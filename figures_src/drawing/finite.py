"""Refusal of drawings that are not finite: matplotlib leaves such a point out, and nobody sees that it is missing.

A gap that is meant is a masked array.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.colorizer import ColorizingArtist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon, Rectangle
from matplotlib.text import Text

from figures_src.model.finite import not_finite_in


def check_drawn(figure: Figure) -> None:
    """Refuse a figure with a line, mark, bar, area, color, label or place of one that is not finite.

    Raises `ValueError`, which names it.
    """
    for axes in figure.axes:
        for artist in (*axes.lines, *axes.collections, *axes.patches, *axes.images):
            if (found := next(_not_finite(artist), None)) is not None:
                raise ValueError(
                    f"{_name(artist)}: found {found}, allowed: finite numbers, and masked ones where a gap is meant"
                )
        for label in axes.texts:
            if (place := next(_not_finite(label), None)) is not None:
                raise ValueError(f"the place of {label.get_text()!r}: found {place}, allowed: finite numbers")
    for label in figure.findobj(Text):
        if isinstance(label, Text) and label.get_visible() and (sign := not_finite_in(label.get_text())):
            raise ValueError(f"the label {label.get_text()!r}: found {sign}, allowed: finite numbers, or a word")


def _not_finite(artist: Artist) -> Iterator[float]:
    for values in _values(artist):
        plain: Any = np.ma.asarray(values, dtype=float).compressed()
        yield from plain[~np.isfinite(plain)].tolist()


def _values(artist: Artist) -> Iterator[Any]:
    """The numbers that an artist is drawn from, in which masked ones are gaps."""
    if isinstance(artist, Line2D):
        given, drawn = (artist.get_xdata(), artist.get_ydata()), (artist.get_xdata(False), artist.get_ydata(False))
        for own, used in zip(given, drawn, strict=True):
            yield (
                np.ma.array(used, mask=np.ma.getmaskarray(np.ma.asarray(own)))
                if np.shape(own) == np.shape(used)
                else used
            )
    elif isinstance(artist, Collection):
        # Matplotlib itself masks marks that are not finite.
        yield np.ma.getdata(artist.get_offsets())
        yield from (path.vertices for path in artist.get_paths())
    elif isinstance(artist, Rectangle):
        yield (artist.get_x(), artist.get_y(), artist.get_width(), artist.get_height())
    elif isinstance(artist, Polygon):
        yield artist.get_xy()
    elif isinstance(artist, Patch):
        yield artist.get_path().vertices
    elif isinstance(artist, Text):
        yield artist.get_unitless_position()
    if isinstance(artist, ColorizingArtist) and (colored := artist.get_array()) is not None:
        # Matplotlib masks colors, too.
        yield np.ma.getdata(colored)


def _name(artist: Artist) -> str:
    label = str(artist.get_label())
    kind = type(artist).__name__
    article = "an" if kind[0] in "AEIO" else "a"
    return f"{kind} {label!r}" if label and not label.startswith("_") else f"{article} {kind} without a label"
