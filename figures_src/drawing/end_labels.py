"""Labels at the ends of curves, in place of a legend: each in its curve's colour, and in the order of the curves.

A legend sends the eye back and forth, and its order is that of the code. A label stands where its curve ends; labels
that would overlap are moved apart, as little as possible, and a thin line leads from the end of a curve to its label.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation

from figures_src.drawing.palette import MUTED
from figures_src.drawing.powers import SHIFTED

Side = Literal["left", "right"]
Place = Literal["right", "left", "above", "below left", "below right", "above left", "above right"]

# All in points, which are pixels on a phone.
GAP = 5.0
"""Between the end of a curve and its label."""
LEADER_GAP = 11.0
"""The same where labels were moved, and lines lead to them."""
BETWEEN = 1.0
"""Between two labels."""
MOVED = 5.0
"""A label that lies farther from its curve's end than this has a line that leads to it."""
WIDEST = 84.0
"""A longer label is broken into lines."""
EDGE = 0.06
"""A curve that ends farther than this share of the axes' width from the edge has its label inside, where it ends."""
LOW = 8.0
"""A curve that leaves the axes this close to their foot has its label above its end."""
LINE_HEIGHT = 1.45
"""Of a label in lines, in heights of a letter: an index does not touch what stands below it."""
POINTS_PER_INCH = 72
PIECE = re.compile(r"[^ ，]+[ ，]*")


class EndLabel(Annotation):
    """A label at the end of a curve.

    Attributes:
        end: The end of the curve in the coordinates of the data.
        side: The side of the axes along which the label stands; `None` for one that stands inside the axes.

    """

    def __init__(self, text: str, end: tuple[float, float], side: Side | None, **options: Any) -> None:
        fixed: dict[str, Any] = {"annotation_clip": False, "textcoords": "offset points", "linespacing": LINE_HEIGHT}
        super().__init__(text, xy=end, **fixed, **options)
        self.end = end
        self.side = side


@dataclass(frozen=True)
class _Curve:
    """A labelled curve: its label, its colour, and its end in data and in pixels."""

    label: str
    color: Any
    end: tuple[float, float]
    at: tuple[float, float]


def label_at(axes: Axes, end: tuple[float, float], label: str, color: str, place: Place = "right") -> None:
    """Write a label inside the axes beside a point of a curve, where the ends of several curves coincide.

    Args:
        axes: The axes.
        end: The point, in the coordinates of the data.
        label: The label.
        color: The curve's colour.
        place: Where the label stands, seen from the point.

    """
    places: dict[Place, tuple[tuple[float, float], str, str]] = {
        "right": ((GAP + 2, 0), "left", "center"),
        "left": ((-GAP - 2, 0), "right", "center"),
        "above": ((0, GAP), "center", "bottom"),
        "below left": ((GAP, -GAP), "right", "top"),
        "below right": ((GAP, -GAP), "left", "top"),
        "above left": ((-GAP, GAP), "right", "bottom"),
        "above right": ((GAP, GAP), "left", "bottom"),
    }
    offset, ha, va = places[place]
    _add(axes, EndLabel(_wrapped(axes, label), end, None, xytext=offset, color=color, ha=ha, va=va))


def _add(axes: Axes, label: EndLabel) -> None:
    axes.add_artist(label)
    label.set_clip_on(False)  # a layout makes no room for what is clipped


def label_curves(axes: Axes, side: Side = "right") -> None:
    """Write the label of every curve at its end, to the last after all has been drawn and limits are set.

    Args:
        axes: The axes.
        side: Where the curves end: `left` where they come together on the right; the scale then stands on the right.

    """
    if side == "left":
        _scale_on_the_right(axes)
    assert isinstance(axes.figure, Figure)  # noqa: S101 - an exhibit draws on a figure, not on a part of one
    axes.figure.draw_without_rendering()
    curves = [
        _curve(axes, handle, label, side) for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    ]
    box = axes.get_window_extent()
    beside = [
        curve for curve in curves if abs(curve.at[0] - (box.x1 if side == "right" else box.x0)) <= EDGE * box.width
    ]
    for curve in curves:
        if curve not in beside:
            low = curve.at[1] - box.y0 < LOW * axes.figure.dpi / POINTS_PER_INCH
            above: dict[Side, Place] = {"left": "above left", "right": "above right"}
            label_at(axes, curve.end, curve.label, curve.color, above[side] if low else side)
    _column(axes, sorted(beside, key=lambda curve: curve.at[1]), side)
    axes.figure.draw_without_rendering()  # the layout learns the room of a label only after it has been drawn once


def _scale_on_the_right(axes: Axes) -> None:
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.spines.left.set_visible(False)
    axes.spines.right.set_visible(True)


def _curve(axes: Axes, handle: Artist | tuple[Any, ...], label: str, side: Side) -> _Curve:
    """A labelled curve, or the upper edge of a band, with the last of its points that are in sight."""
    drawn = handle.lines[0] if isinstance(handle, ErrorbarContainer) else handle
    if isinstance(drawn, Line2D):
        points, color = np.asarray(drawn.get_xydata(), dtype=float), drawn.get_color()
    elif isinstance(drawn, PolyCollection):
        points, color = np.asarray(drawn.get_paths()[0].vertices, dtype=float), MUTED.marker
    else:
        raise TypeError(f"{label!r} labels a {type(drawn).__name__}; only curves and bands have labels at their ends")
    (left, right), (low, high) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
    seen = [(x, y) for x, y in points if left <= x <= right and low <= y <= high]
    if not seen:
        raise ValueError(f"the curve {label!r} has no point in sight, so its label has no place")
    end = max(seen, key=lambda point: (point[0] if side == "right" else -point[0], point[1]))
    x, y = axes.transData.transform(end)
    return _Curve(label, color, end, (x, y))


def _column(axes: Axes, curves: Sequence[_Curve], side: Side) -> None:
    """Write labels above each other beside the axes, from the lowest end to the highest."""
    scale = axes.figure.dpi / POINTS_PER_INCH
    labels = [_wrapped(axes, curve.label) for curve in curves]
    heights = [(_extent(axes, label)[1] + BETWEEN) * scale for label in labels]
    box = axes.get_window_extent()
    ends = [curve.at[1] for curve in curves]
    moves = [place - end for place, end in zip(spread(ends, heights, (box.y0, box.y1)), ends, strict=True)]
    sign, ha = (1, "left") if side == "right" else (-1, "right")
    moved = [abs(move) / scale > MOVED for move in moves]
    edge = box.x1 if side == "right" else box.x0
    for curve, label, move, leads in zip(curves, labels, moves, moved, strict=True):
        gap = LEADER_GAP if any(moved) else GAP
        leader = {"arrowstyle": "-", "color": curve.color, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 3}
        _add(
            axes,
            EndLabel(
                label,
                curve.end,
                side,
                xytext=((edge - curve.at[0]) / scale + sign * gap, move / scale),
                color=curve.color,
                ha=ha,
                va="center",
                arrowprops={**leader, "relpos": (0.0 if side == "right" else 1.0, 0.5)} if leads else None,
            ),
        )


def spread(ends: Sequence[float], heights: Sequence[float], limits: tuple[float, float]) -> list[float]:
    """Places for labels of these heights, which do not overlap and lie as close to their ends as they can.

    Args:
        ends: Where the labels should be, ascending.
        heights: Their heights.
        limits: Between which all of them lie, if there is room.

    Returns:
        Their middles, in the same order. The sum of the squared moves is the smallest possible: places without the
        room that the labels take must not descend, and those that would are merged into their mean.

    """
    if not ends:
        return []
    room = np.cumsum([0.0, *((lower + upper) / 2 for lower, upper in pairwise(heights))])
    blocks: list[tuple[float, int]] = []
    for bare in np.asarray(ends) - room:
        blocks.append((float(bare), 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (first, few), (second, more) = blocks[-2:]
            blocks[-2:] = [((first * few + second * more) / (few + more), few + more)]
    bare_places = np.concatenate([np.full(count, mean) for mean, count in blocks])
    lowest = limits[0] + heights[0] / 2
    highest = limits[1] - heights[-1] / 2 - room[-1]
    if highest < lowest:
        lowest = highest = (lowest + highest) / 2
    return list(map(float, np.clip(bare_places, lowest, highest) + room))


def _extent(axes: Axes, label: str) -> tuple[float, float]:
    """Width and height of a label in points, without the signs that raise and lower parts of it."""
    text = axes.text(0, 0, SHIFTED.sub(r"\1\2", label), linespacing=LINE_HEIGHT)
    box = text.get_window_extent()
    text.remove()
    scale = axes.figure.dpi / POINTS_PER_INCH
    return box.width / scale, box.height / scale


def _wrapped(axes: Axes, label: str) -> str:
    """A label in lines that are not too long, broken at spaces and behind Chinese commas, and where it is broken."""
    lines: list[str] = []
    for part in label.split("\n"):
        lines.append("")
        for piece in PIECE.findall(part):
            if lines[-1] and _extent(axes, (lines[-1] + piece).rstrip(" "))[0] > WIDEST:
                lines.append("")
            lines[-1] += piece
    return "\n".join(line.rstrip(" ") for line in lines)
