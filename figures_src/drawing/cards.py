"""The pictures that stand for a page or for the site elsewhere: preview cards and icons, drawn by matplotlib.

A card shows measured gradients, layer by layer on a logarithmic axis. The icon is the site's logo.
"""

import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text as Label
from PIL import Image

from figures_src.drawing.fonts import FIGURE_FAMILY, FIGURE_FONT, drawing_problem
from figures_src.drawing.palette import SERIES

# Pixels, as those who show cards ask for them.
WIDTH, HEIGHT = 1200, 630
MARGIN = 72
TITLE_SIZES = (76, 66, 56)
TITLE_LINES = 3
LINE_HEIGHT = 1.32
NAME_SIZE = 34
# The header's ground in the light palette; the curves have the dark palette's colours.
GROUND, TITLE_INK, NAME_INK = "#10344c", "#ffffff", "#c3d6e4"
COLOURS = 48
# The bars of docs/theme/assets/images/favicon.svg, in the units of its box: left, top, width, height, colour.
LOGO_BOX = 32
LOGO = (
    (6.0, 6.0, 5.0, 20.0, "#ffffff"),
    (13.0, 13.0, 4.5, 13.0, "#9fd4f5"),
    (19.5, 18.5, 3.5, 7.5, "#56b4e9"),
    (25.0, 22.5, 2.5, 3.5, "#e69f00"),
)
LOGO_PIXELS = 80
# A device may cut an icon's corners off; within this part of its width nothing is lost.
SAFE = 0.8

_DPI = 100
_POINTS_PER_PIXEL = 72 / _DPI
# A line breaks after a colon; it may break after a space and around a Chinese character, but before no punctuation.
_PART = re.compile(r".+?(?:：|: |$)")
_PIECE = re.compile(r"(?:[\u2e80-\u9fff]|[^\s\u2e80-\u9fff，。：；？！、）”]+)[，。：；？！、）”]*\s*")


@contextmanager
def _style() -> Iterator[None]:
    font_manager.fontManager.addfont(FIGURE_FONT)
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({"font.family": [FIGURE_FAMILY, "DejaVu Sans"]})
        yield


def card(title: str, name: str, gradients: Sequence[Sequence[float]]) -> bytes:
    """The card of a page as PNG: its title, the site's name, and the gradients of networks, first layer to last.

    Raises `ValueError` where the title has a character that no font has, or is too long.
    """
    with _style(), warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = _figure(WIDTH, HEIGHT)
        try:
            size, lines = _fitted(title, figure)
            for index, line in enumerate(lines):
                top = MARGIN + (index + 0.8) * size * LINE_HEIGHT
                _write(figure, line, MARGIN, HEIGHT - top, size, TITLE_INK)
            left = MARGIN - LOGO_PIXELS * LOGO[0][0] / LOGO_BOX
            foot = MARGIN - LOGO_PIXELS * LOGO[0][0] / LOGO_BOX
            _logo(figure.add_axes((left / WIDTH, foot / HEIGHT, LOGO_PIXELS / WIDTH, LOGO_PIXELS / HEIGHT)))
            _write(figure, name, left + LOGO_PIXELS + 4, MARGIN, NAME_SIZE, NAME_INK)
            _curves(figure.add_axes((0.5, 0.115, 0.44, 0.33)), gradients)
            return _saved(figure)
        except UserWarning as warning:
            raise ValueError(drawing_problem(warning)) from warning


def icon(size: int) -> bytes:
    """The site's icon as PNG, `size` pixels wide."""
    with _style():  # a build's settings for the notebook would leave the ground out
        figure = _figure(size, size)
        _logo(figure.add_axes(((1 - SAFE) / 2, (1 - SAFE) / 2, SAFE, SAFE)))
        return _saved(figure)


def _figure(width: int, height: int) -> Figure:
    return Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=GROUND)


def _fitted(title: str, figure: Figure) -> tuple[int, list[str]]:
    """The largest size in which the title fits into the card's lines, and these lines."""

    def measure(size: int) -> Callable[[str], float]:
        def width_of(text: str) -> float:
            label = _write(figure, text, 0, 0, size, TITLE_INK)
            width = label.get_window_extent().width
            label.remove()
            return width

        return width_of

    for size in TITLE_SIZES:
        parts = _PART.findall(title)
        lines = [line for part in parts for line in _broken(part, measure(size), WIDTH - 2 * MARGIN)]
        if len(lines) <= TITLE_LINES:
            return size, lines
    raise ValueError(f"the title {title!r} is too long for a preview card; {TITLE_LINES} lines are allowed")


def _broken(text: str, width_of: Callable[[str], float], width: float) -> list[str]:
    lines = [""]
    for piece in _PIECE.findall(text):
        if lines[-1] and width_of((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _write(figure: Figure, text: str, x: float, y: float, size: float, colour: str) -> Label:
    place = (x / WIDTH, y / HEIGHT)
    return figure.text(*place, text, size=size * _POINTS_PER_PIXEL, color=colour, va="baseline", parse_math=False)


def _logo(axes: Axes) -> None:
    for left, top, width, height, colour in LOGO:
        axes.add_patch(Rectangle((left, top), width, height, facecolor=colour, edgecolor="none"))
    axes.set(xlim=(0, LOGO_BOX), ylim=(LOGO_BOX, 0))
    axes.set_axis_off()


def _curves(axes: Axes, gradients: Sequence[Sequence[float]]) -> None:
    for norms, role in zip(gradients, SERIES, strict=False):
        axes.plot(
            range(len(norms)),
            norms,
            color=role.dark,
            linewidth=5 * _POINTS_PER_PIXEL,
            marker="o",
            markersize=11 * _POINTS_PER_PIXEL,
            clip_on=False,
        )
    axes.set_yscale("log")
    axes.set_axis_off()


def _saved(figure: Figure) -> bytes:
    """The figure as a small PNG: flat colours need no more than a palette."""
    drawn, buffer = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png")
    image = Image.open(drawn).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
