"""Losses of trainings from several seeds: every seed and the median, as figures and downloads have them."""

from collections.abc import Iterator
from typing import Protocol

from matplotlib.axes import Axes

from figures_src.model.exhibit import Cell

THIN = 0.5
"""Width of the line of a single seed."""


class Trainings(Protocol):
    """Trainings of one kind of network from several seeds."""

    @property
    def losses(self) -> tuple[tuple[float, ...], ...]:
        """For each seed the loss before every step and after the last."""

    @property
    def median_losses(self) -> tuple[float, ...]:
        """Their median."""


def draw_losses(axes: Axes, trainings: Trainings, every: int, color: str, dashes: str, label: str) -> None:
    """Draw every seed as a thin line and their median as a thick one, at every so many steps."""
    steps = range(0, len(trainings.median_losses), every)
    for losses in trainings.losses:
        axes.plot(steps, losses[::every], color=color, linestyle=dashes, linewidth=THIN, label="_")
    axes.plot(steps, trainings.median_losses[::every], color=color, linestyle=dashes, label=label)


def columns(seeds: int) -> tuple[str, ...]:
    """Names of the columns of `rows`."""
    return ("step", "median_loss", *(f"loss_{seed}" for seed in range(seeds)))


def rows(trainings: Trainings, every: int) -> Iterator[tuple[Cell, ...]]:
    """The step, the median and the loss of each seed, at every so many steps."""
    shown = zip(trainings.median_losses, *trainings.losses, strict=True)
    for step, losses in enumerate(shown):
        if step % every == 0:
            yield (step, *losses)
