"""The scaffold of one symptom: a figure of its networks' losses and layers, the data of both, and a table of rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, median_low
from typing import Any, Literal, Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.powers import decade_tick
from figures_src.drawing.style import FIRST, PREDICTION, SECOND, THIRD, layer_ticks
from figures_src.exhibits._shared.labels import LAYER
from figures_src.exhibits._shared.spirals import DIVERGED, GUESSING_LINE, shown_loss
from figures_src.exhibits.symptoms._gallery import delta_ratios, largest_updates, looks, middle, verdicts
from figures_src.model.exhibit import Table
from figures_src.model.language import Localize, Text
from gradlab.experiments._shared.layers import Look
from gradlab.experiments.diagnosis import symptoms
from gradlab.experiments.diagnosis.symptoms import Case

STEP = Text(zh="训练步数", en="step of training")
LOSS_AXIS = Text(zh="损失（对数坐标）", en="loss (log scale)")
DELTA_AXIS = Text(zh="训练前的 ‖δ‖（对数坐标）", en="‖δ‖ before training (log scale)")
NETWORK = Text(zh="网络", en="Network")
FINAL_LOSS = Text(zh="最终损失", en="Final loss")
MEDIAN_LOSS = Text(zh="最终损失，中位数", en="Final loss, median")
_RATIO = "‖δ<sub>1</sub>‖/‖δ<sub><i>L</i></sub>‖"
DELTA_RATIO = Text(zh=f"{_RATIO}，训练前", en=f"{_RATIO} before training")
LARGEST_UPDATE = Text(zh="第一步的最大 ‖ΔW‖/‖W‖", en="Largest ‖ΔW‖/‖W‖ of the first step")
BEFORE_VERDICT = Text(zh="探针：训练前", en="Probe, before training")
AFTER_VERDICT = Text(zh="探针：训练后", en="Probe, after training")

Role = Literal["fault", "fix", "beside"]
"""Part of a network in a figure: the fault, the fix, or a third one beside them."""

# Colour, marker and line.
STYLES: dict[Role, tuple[str, str, str]] = {
    "fault": (SECOND, "s", "--"),
    "fix": (FIRST, "o", "-"),
    "beside": (THIRD, "^", "-."),
}
HEIGHT = 5.6
OVERFLOW_AT = 1e9

Profile = Callable[[Look], Sequence[float]]
"""Quantity of the lower panel: a number for every layer of a network."""


@dataclass(frozen=True)
class Curve:
    """One network in a figure: what it is there, its case, its label, and its layers."""

    role: Role
    case: Case
    label: Text
    profile: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Panels:
    """The panels of a figure.

    Attributes:
        label: axis of the lower panel.
        profile: a number for every layer, which it shows.
        lowest_loss: where the axis of the losses begins.
        scale: of the lower panel.
        lowest: where its axis begins.
        end: whether it shows the networks after the last step, and not before the first.

    """

    label: Text
    profile: Profile
    lowest_loss: float
    scale: Literal["log", "linear"] = "log"
    lowest: float | None = None
    end: bool = False


def _typical(case: Case) -> int:
    """The seed with the median final loss."""
    losses = case.trained.final_losses
    return losses.index(median_low(losses))


def _overflows(case: Case) -> bool:
    return any(step is not None for step in case.trained.diverged_at)


def _draw_losses(axes: Axes, curves: Sequence[Curve], chance: float, lowest: float, text: Localize) -> None:
    axes.axhline(chance, color=PREDICTION, linewidth=0.9, linestyle=":")
    steps = max(len(losses) for curve in curves for losses in curve.case.trained.losses) - 1
    overflow = False
    for curve in curves:
        color, marker, line = STYLES[curve.role]
        trained = curve.case.trained
        for seed, losses in enumerate(trained.losses):
            typical = seed == _typical(curve.case)
            axes.plot(
                range(len(losses)),
                losses,
                color=color,
                linestyle=line,
                linewidth=1.8 if typical else 0.6,
                marker=marker if typical else None,
                markevery=max(1, steps // 8),
                label=text(curve.label) if typical else "_",
            )
        stopped = [step for step in trained.diverged_at if step is not None]
        if stopped:
            overflow = True
            at = [OVERFLOW_AT] * len(stopped)
            axes.plot(stopped, at, color=color, marker="x", markersize=7, linestyle="none", clip_on=False)
    axes.set_yscale("log")
    axes.set_xlim(-0.015 * steps, 1.015 * steps)  # room for half a marker
    # The line of guessing is close to 1 and takes its place.
    powers = range(-6, 0, 2) if overflow or lowest < 1e-4 else range(-6, 0)
    ticks = {10.0**power: decade_tick(10.0**power) for power in powers} | {chance: text(GUESSING_LINE)}
    if not overflow and max(loss for curve in curves for losses in curve.case.trained.losses for loss in losses) > 100:
        ticks |= {1e2: decade_tick(1e2)}
    if overflow:
        ticks |= {1e3: decade_tick(1e3), 1e6: decade_tick(1e6), OVERFLOW_AT: text(DIVERGED)}
    axes.set_ylim(lowest, OVERFLOW_AT if overflow else None)
    axes.yaxis.set_major_locator(FixedLocator(list(ticks)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: ticks[value]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(text(STEP))
    axes.set_ylabel(text(LOSS_AXIS))


def _draw_layers(axes: Axes, curves: Sequence[Curve], panels: Panels, text: Localize) -> None:
    layers = max(len(profile) for curve in curves for profile in curve.profile)
    for curve in curves:
        color, marker, line = STYLES[curve.role]
        columns = list(zip(*curve.profile, strict=True))
        middle = [median(column) for column in columns]
        below = [value - min(column) for value, column in zip(middle, columns, strict=True)]
        above = [max(column) - value for value, column in zip(middle, columns, strict=True)]
        every = 1 if len(columns) <= 20 else 4
        at = range(1, len(columns) + 1)
        axes.errorbar(
            at,
            middle,
            (below, above),
            color=color,
            linestyle=line,
            marker=marker,
            markevery=every,
            errorevery=every,
            elinewidth=0.8,
            capsize=2,
            label=text(curve.label),
        )
    axes.set_yscale(panels.scale)
    if panels.lowest is not None:
        axes.set_ylim(bottom=panels.lowest)
    axes.set_xlabel(text(LAYER))
    axes.set_ylabel(text(panels.label))
    layer_ticks(axes, layers)
    if layers <= 10:
        axes.set_xticks(range(1, layers + 1))
    if layers > 20:
        axes.set_xticks([1, *range(10, layers + 1, 10)])


@dataclass(frozen=True)
class Column:
    """A column of a symptom's table: its header, and the cell of a row by the row's name."""

    header: Text
    cell: Callable[[symptoms.Result, str, Localize], str]


FINAL_LOSS_COLUMN = Column(
    MEDIAN_LOSS, lambda result, name, text: shown_loss(result.case(name).trained.median_final_loss, text)
)
DELTA_COLUMN = Column(DELTA_RATIO, lambda result, name, _: middle(delta_ratios(result, name)))
UPDATE_COLUMN = Column(LARGEST_UPDATE, lambda result, name, _: middle(largest_updates(result, name)))
BEFORE_COLUMN = Column(
    BEFORE_VERDICT, lambda result, name, text: verdicts([look.verdict for look in looks(result, name)], text)
)
AFTER_COLUMN = Column(
    AFTER_VERDICT, lambda result, name, text: verdicts([look.verdict for look in looks(result, name, end=True)], text)
)


class WithGallery(Protocol):
    """The result of an exhibit that measures more than the gallery."""

    @property
    def gallery(self) -> symptoms.Result:
        """The gallery's trained networks."""


def _gallery(result: symptoms.Result | WithGallery) -> symptoms.Result:
    return result if isinstance(result, symptoms.Result) else result.gallery


@dataclass(frozen=True)
class Shown:
    """A figure of networks of the gallery, and its data.

    Attributes:
        shown: the networks by the names of their rows, in the order in which they are drawn.
        panels: what its panels show.
        faulty: the looks at the network with the fault that the lower panel shows; None takes the gallery's.

    """

    shown: Mapping[str, tuple[Role, Text]]
    panels: Panels
    faulty: Callable[[Any], Sequence[Look]] | None = None

    def curves(self, result: symptoms.Result | WithGallery) -> tuple[Curve, ...]:
        """The networks as the figure shows them."""
        gallery = _gallery(result)

        def profiles(name: str, role: Role) -> list[Sequence[float]]:
            own = self.faulty if role == "fault" else None
            return list(map(self.panels.profile, own(result) if own else looks(gallery, name, end=self.panels.end)))

        return tuple(
            Curve(role, gallery.case(name), label, profiles(name, role)) for name, (role, label) in self.shown.items()
        )

    def draw(self, figure: Figure, result: symptoms.Result | WithGallery, text: Localize) -> None:
        """Draw the losses above, every seed thin and a median one thick, and below a number for every layer."""
        figure.set_figheight(HEIGHT)
        upper, lower = figure.subplots(2, 1)
        curves = self.curves(result)
        _draw_losses(upper, curves, _gallery(result).chance_loss, self.panels.lowest_loss, text)
        _draw_layers(lower, curves, self.panels, text)
        # One panel names the networks of both; a network that overflows at once has no end above.
        label_curves(lower if any(_overflows(curve.case) for curve in curves) else upper)

    def data(self, result: symptoms.Result | WithGallery) -> Table:
        """Both panels, with a column for every seed; a network that overflowed has no more values."""
        curves = self.curves(result)
        seeds = len(curves[0].case.trained.losses)
        header = ("panel", "network", "step_or_layer", *(f"seed_{seed}" for seed in range(seeds)))
        return Table(header, tuple(_rows(curves)))


def _rows(curves: Sequence[Curve]) -> Iterator[tuple[str | int | float, ...]]:
    for curve in curves:
        for panel, by_seed in (("loss", curve.case.trained.losses), ("layers", curve.profile)):
            first = 0 if panel == "loss" else 1
            for index in range(max(map(len, by_seed))):
                values = (values[index] if index < len(values) else "" for values in by_seed)
                yield (panel, curve.case.trained.row.name, first + index, *values)


@dataclass(frozen=True, kw_only=True)
class Symptom(Shown):
    """A symptom with a table of rows of the gallery.

    Attributes:
        rows: the rows of the table by name, with their labels.
        columns: the columns after the labels.
        first: header of the labels.

    """

    rows: Mapping[str, Text]
    columns: tuple[Column, ...]
    first: Text = NETWORK

    def table(self, result: symptoms.Result | WithGallery, text: Localize) -> Table:
        """List the rows by their labels."""
        gallery = _gallery(result)
        header = (self.first, *(column.header for column in self.columns))
        rows = (
            (text(label), *(one.cell(gallery, name, text) for one in self.columns)) for name, label in self.rows.items()
        )
        return Table(tuple(map(text, header)), tuple(rows))
