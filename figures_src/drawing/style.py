"""Style of every figure: one size, one font to measure with, and colours by role.

A figure is drawn once and serves both palettes: it is drawn in marker colours, one for each role, and
`figures_src.drawing.svg` replaces each marker by the CSS variable of its role. Text stays text and takes the page's
font in the browser; the committed font subset only lets matplotlib measure labels, Chinese ones too, on a machine
without fonts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterSciNotation, LogLocator, NullFormatter, NullLocator

from figures_src.drawing.fonts import FIGURE_FAMILY, FIGURE_FONT
from figures_src.drawing.palette import BAND, GRID, INK, MUTED, SERIES
from figures_src.drawing.powers import decade_tick

# Colours by what is shown, so that the same thing has the same colour on every page.
PREDICTION = INK.marker
SPREAD = BAND.marker
MUTED_LINE = MUTED.marker
FIRST, SECOND, THIRD, FOURTH = (role.marker for role in SERIES)
# Colour, marker and line by activation function.
ACTIVATION_STYLES = {"relu": (FIRST, "o", "-"), "tanh": (SECOND, "s", "--"), "sigmoid": (THIRD, "^", "-.")}

# One drawing serves a phone and a desktop: as wide as a phone of 390 pixels, its labels are 11 pixels high there, and
# on a desktop, where the style lets it be 500 pixels wide, 14.
WIDTH, HEIGHT = 5.4, 3.7
FONT_SIZE = 11
# On a log axis: labelled ticks, and the range, as a factor, over which ticks between the powers of ten are too many.
MOST_TICKS, MINOR_TICKS = 7, 1e4
# The share of a figure's width that lies right of the axis's labels.
LEGEND_SHARE = 0.83


@contextmanager
def drawing_style() -> Iterator[None]:
    """Matplotlib's settings while an exhibit is drawn; what was set before is restored."""
    font_manager.fontManager.addfont(FIGURE_FONT)
    settings: dict[Any, object] = {  # the stubs know every key by name, and a plain dictionary knows none
        "axes.axisbelow": True,
        "axes.edgecolor": MUTED.marker,
        "axes.grid": True,
        "axes.labelcolor": INK.marker,
        "axes.labelsize": FONT_SIZE,
        "axes.prop_cycle": cycler(color=[role.marker for role in SERIES]),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlecolor": INK.marker,
        "axes.titlelocation": "left",
        "axes.titlesize": FONT_SIZE,
        "axes.unicode_minus": True,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        # The second font ships with matplotlib and has the superscript digits that the first lacks.
        "font.family": [FIGURE_FAMILY, "DejaVu Sans"],
        "font.size": FONT_SIZE,
        "grid.color": GRID.marker,
        "grid.linewidth": 0.7,
        "legend.edgecolor": "none",
        "legend.facecolor": "none",
        "legend.framealpha": 1.0,
        "legend.fontsize": FONT_SIZE,
        "legend.labelcolor": INK.marker,
        "lines.linewidth": 1.8,
        "lines.markersize": 4.5,
        "mathtext.fontset": "dejavusans",
        "svg.fonttype": "none",
        "svg.hashsalt": "gradient-lab",
        "text.color": INK.marker,
        "xtick.color": MUTED.marker,
        "xtick.labelcolor": INK.marker,
        "xtick.labelsize": FONT_SIZE,
        "ytick.color": MUTED.marker,
        "ytick.labelcolor": INK.marker,
        "ytick.labelsize": FONT_SIZE,
    }
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield


def new_figure() -> Figure:
    """An empty figure of the site's size, without pyplot's global state.

    It is laid out several times before it is saved. On a canvas of its own all of these share what was measured of its
    texts, which is most of a layout's time.
    """
    return FigureCanvasAgg(Figure(figsize=(WIDTH, HEIGHT), layout="constrained")).figure


def legend_above(axes: Axes, columns: int = 2) -> None:
    """The legend above the axes, where it covers no curve, in as many of the columns as there is room for."""
    for fewer in range(columns, 0, -1):
        legend = axes.legend(
            loc="lower left",
            bbox_to_anchor=(0.0, 1.01),
            ncols=fewer,
            borderaxespad=0.0,
            columnspacing=1.0,
            handlelength=2.0,
            handletextpad=0.5,
        )
        if legend.get_window_extent().width <= LEGEND_SHARE * axes.figure.bbox.width:
            return


def layer_ticks(axes: Axes, layers: int) -> None:
    """Ticks at the first layer and every fifth; no space is wasted beside the first and the last."""
    axes.set_xticks([1, *range(5, layers + 1, 5)])
    axes.set_xlim(0.5, layers + 0.5)


class PlainPowers(LogFormatterSciNotation):
    """Labels of a log axis without mathtext: numbers near 1 as such, others as powers in the notation `10^−4`.

    `figures_src.drawing.powers` says what becomes of `^`.
    """

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label of a tick; empty where the axis has none."""
        return decade_tick(x) if super().__call__(x, pos) else ""


def finish(figure: Figure) -> None:
    """Tick and label the log axes of a figure that has been drawn, where it has no ticks of its own for them."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            locator = axis.get_major_locator()
            # matplotlib's types do not know its default, "auto".
            ticks: object = locator.numticks if isinstance(locator, LogLocator) else None
            if ticks == "auto":
                axis.set_major_locator(LogLocator(numticks=MOST_TICKS))
                low, high = sorted(axis.get_view_interval())
                if high > low * MINOR_TICKS:
                    axis.set_minor_locator(NullLocator())
            if isinstance(axis.get_major_formatter(), LogFormatterSciNotation):
                axis.set_major_formatter(PlainPowers())
            if isinstance(axis.get_minor_formatter(), LogFormatterSciNotation):
                axis.set_minor_formatter(NullFormatter())
