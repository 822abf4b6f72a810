"""Shared by the exhibits of the symptom gallery: one result, one kind of figure, and the probe's verdicts in words."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, median_low
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from figures_src.cache.results import measured
from figures_src.drawing.style import FIRST, PREDICTION, SECOND, THIRD, layer_ticks
from figures_src.exhibits._shared.labels import LAYER, magnitude
from figures_src.exhibits._shared.spirals import DIVERGED, GUESSING, GUESSING_LINE, LEARNED
from figures_src.model.exhibit import Check, Number, Table, superscript
from figures_src.model.language import Localize, Text
from figures_src.model.tables import extent
from gradlab.experiments._shared.layers import Look
from gradlab.experiments.diagnosis import symptoms
from gradlab.experiments.diagnosis.symptoms import Case
from gradlab.probing import wording
from gradlab.probing.diagnosis import Verdict

STEP = Text(zh="训练步数", en="step of training")
LOSS_AXIS = Text(zh="损失（对数坐标）", en="loss (log scale)")
NETWORK = Text(zh="网络", en="Network")
FINAL_LOSS = Text(zh="最终损失", en="Final loss")
_RATIO = "‖δ<sub>1</sub>‖/‖δ<sub><i>L</i></sub>‖"
DELTA_RATIO = Text(zh=f"{_RATIO}，训练前", en=f"{_RATIO} before training")
DELTA_AXIS = Text(zh="训练前的 ‖δ‖（对数坐标）", en="‖δ‖ before training (log scale)")
LARGEST_UPDATE = Text(zh="第一步的最大 ‖ΔW‖/‖W‖", en="Largest ‖ΔW‖/‖W‖ of the first step")
BEFORE_VERDICT = Text(zh="探针：训练前", en="Probe, before training")
AFTER_VERDICT = Text(zh="探针：训练后", en="Probe, after training")
EVERY_SEED = Text(zh="各随机种子中最差的一个", en="the worst of the seeds")
MEDIAN_SEED = Text(zh="各随机种子的中位数", en="the median of the seeds")

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


def compute() -> symptoms.Result:
    """Train every row of the gallery: one result, which its exhibits share."""
    return measured(symptoms, symptoms.Config())


@dataclass(frozen=True)
class Curve:
    """One network in a figure: what it is there, its case, its label, and its layers."""

    role: Role
    case: Case
    label: Text
    profile: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Panel:
    """The lower panel: its axis and scale."""

    label: Text
    scale: Literal["log", "linear"] = "log"
    lowest: float | None = None


def _typical(case: Case) -> int:
    """The seed with the median final loss."""
    losses = case.trained.final_losses
    return losses.index(median_low(losses))


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
    ticks = {10.0**power: _power(power) for power in powers} | {chance: text(GUESSING_LINE)}
    if not overflow and max(loss for curve in curves for losses in curve.case.trained.losses for loss in losses) > 100:
        ticks |= {1e2: _power(2)}
    if overflow:
        ticks |= {1e3: _power(3), 1e6: _power(6), OVERFLOW_AT: text(DIVERGED)}
    axes.set_ylim(lowest, OVERFLOW_AT if overflow else None)
    axes.yaxis.set_major_locator(FixedLocator(list(ticks)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: ticks[value]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(text(STEP))
    axes.set_ylabel(text(LOSS_AXIS))
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.01), ncols=len(curves), borderaxespad=0.0, handlelength=2.6)


def _power(power: int) -> str:
    return f"{10.0**power:g}" if abs(power) <= 2 else f"10{superscript(power)}"


def _draw_layers(axes: Axes, curves: Sequence[Curve], panel: Panel, text: Localize) -> None:
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
        )
    axes.set_yscale(panel.scale)
    if panel.lowest is not None:
        axes.set_ylim(bottom=panel.lowest)
    axes.set_xlabel(text(LAYER))
    axes.set_ylabel(text(panel.label))
    layer_ticks(axes, layers)
    if layers <= 10:
        axes.set_xticks(range(1, layers + 1))
    if layers > 20:
        axes.set_xticks([1, *range(10, layers + 1, 10)])


def draw(
    figure: Figure, curves: Sequence[Curve], panel: Panel, chance: float, text: Localize, *, lowest: float = 1e-5
) -> None:
    """Draw the losses above, every seed thin and a median one thick, and below a number for every layer."""
    figure.set_figheight(HEIGHT)
    upper, lower = figure.subplots(2, 1)
    _draw_losses(upper, curves, chance, lowest, text)
    _draw_layers(lower, curves, panel, text)


def data(curves: Sequence[Curve]) -> Table:
    """Both panels, with a column for every seed; a network that overflowed has no more values."""

    def rows() -> Iterator[tuple[str | int | float, ...]]:
        for curve in curves:
            for panel, by_seed in (("loss", curve.case.trained.losses), ("layers", curve.profile)):
                first = 0 if panel == "loss" else 1
                for index in range(max(map(len, by_seed))):
                    values = (values[index] if index < len(values) else "" for values in by_seed)
                    yield (panel, curve.case.trained.row.name, first + index, *values)

    seeds = len(curves[0].case.trained.losses)
    return Table(("panel", "network", "step_or_layer", *(f"seed_{seed}" for seed in range(seeds))), tuple(rows()))


def looks(result: symptoms.Result, name: str, *, end: bool = False) -> tuple[Look, ...]:
    """The probe's view of every seed, without those that overflowed."""
    case = result.case(name)
    return tuple(look for look in (case.end if end else case.start) if look is not None)


def curves(
    result: symptoms.Result, labels: Mapping[str, tuple[Role, Text]], profile: Profile, *, end: bool = False
) -> tuple[Curve, ...]:
    """The networks of a figure by the names of their rows, in the order of its legend."""
    return tuple(
        Curve(role, result.case(name), label, [profile(look) for look in looks(result, name, end=end)])
        for name, (role, label) in labels.items()
    )


def delta_ratios(result: symptoms.Result, name: str) -> tuple[float, ...]:
    """‖δ_1‖/‖δ_L‖ before the first step, for every seed."""
    return tuple(look.delta[0] / look.delta[-1] for look in looks(result, name))


def largest_updates(result: symptoms.Result, name: str) -> tuple[float, ...]:
    """For every seed ‖ΔW‖/‖W‖ of the first step, in the layer where it is largest."""
    return tuple(max(look.update) for look in looks(result, name))


def silent_shares(result: symptoms.Result, name: str, *, end: bool = True) -> tuple[float, ...]:
    """For every seed the share of silent units in the layer that has most of them."""
    return tuple(max(look.silent) for look in looks(result, name, end=end))


def jumps(case: Case) -> tuple[float, ...]:
    """The largest factor by which the loss grew in one step, for every seed."""
    return tuple(max(after / before for before, after in pairwise(losses)) for losses in case.trained.losses)


def median_learns(result: symptoms.Result, name: str, sentence: Text) -> Check:
    """Check that the median seed of a row learns."""
    return Check(
        sentence=sentence,
        measured=magnitude(result.case(name).trained.median_final_loss),
        relation="<",
        predicted=Number(LEARNED * result.chance_loss, ".4f"),
        because=MEDIAN_SEED,
        source=GUESSING,
    )


def span(values: Sequence[float], text: Localize, shown: Callable[[float], Number] = magnitude) -> str:
    """The smallest and the largest value as tables show them."""
    low, high = (str(shown(value)) if math.isfinite(value) else text(DIVERGED) for value in (min(values), max(values)))
    return extent(low, high)


def middle(values: Sequence[float], shown: Callable[[float], Number] = magnitude) -> str:
    """The median of the seeds as tables show it."""
    return str(shown(median(values)))


def verdicts(found: Sequence[Verdict], text: Localize) -> str:
    """The probe's verdicts in words, the most frequent first, with their counts where they differ."""
    counts = Counter(found)
    words = {verdict: text(Text(zh=name("zh"), en=name("en"))) for verdict, name in wording.NAMES.items()}
    if len(counts) == 1:
        return _whole(words[found[0]])
    return text(SEPARATOR).join(_whole(f"{words[verdict]} ({count})") for verdict, count in counts.most_common())


def _whole(word: str) -> str:
    """A verdict for a table's cell, on a line of its own where it shares the cell."""
    return f'<span class="whole">{word}</span>'


SEPARATOR = Text(zh="、", en=", ")
