"""The laboratory's activation functions, each as its own entry and theory have it."""

from dataclasses import dataclass

import torch

from figures_src.exhibits._shared.labels import ACTIVATION_COLUMN, ACTIVATIONS
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import activations, theory

TITLE = Text(zh="实验室的激活函数", en="The laboratory's activation functions")
NAME = Text(zh="名字", en="Name")
LARGEST = Text(zh="φ′ 的最大值", en="Largest φ′")
FAR = Text(zh="远离 0 的单元", en="A unit far from 0")
SATURATED = Text(zh="饱和", en="is saturated")
SILENT = Text(zh="负侧静默", en="is silent on the negative side")
NEITHER = Text(zh="照常传递", en="passes on as before")
# On this grid a smooth maximum is missed by at most its curvature times a quarter of the step, squared, over 2.
GRID = torch.arange(-40_000, 40_001, dtype=torch.float64) / 1000
MISSED = 2e-7


@dataclass(frozen=True)
class Entry:
    """One activation function.

    Attributes:
        name: in the laboratory.
        maximum: its largest derivative, as theory has it.
        closed: whether that is a closed form.
        on_grid: the largest that autograd finds on a grid.
        far: what becomes of a unit far from 0.

    """

    name: str
    maximum: float
    closed: bool
    on_grid: float
    far: Text


@dataclass(frozen=True)
class Result:
    """All activation functions, in the laboratory's order."""

    entries: tuple[Entry, ...]

    @property
    def furthest(self) -> Entry:
        """The one with a closed form whose two maxima differ most."""
        return max(
            (entry for entry in self.entries if entry.closed), key=lambda entry: abs(entry.on_grid / entry.maximum - 1)
        )


def _far(phi: activations.Activation) -> Text:
    if phi.saturates:
        return SATURATED
    return SILENT if phi.falls_silent else NEITHER


def compute() -> Result:
    """Look at every activation function."""
    return Result(tuple(map(_entry, activations.ACTIVATIONS.values())))


def _entry(phi: activations.Activation) -> Entry:
    return Entry(
        name=phi.name,
        maximum=theory.derivative_maximum(phi.name),
        closed=phi.derivative_maximum is not None,
        on_grid=float(activations.derivative(phi, GRID).max()),
        far=_far(phi),
    )


def table(result: Result, text: Localize) -> Table:
    """List the activation functions."""
    rows = tuple(
        (f"`{entry.name}`", text(ACTIVATIONS[entry.name]), str(Number(entry.maximum, ".5g")), text(entry.far))
        for entry in result.entries
    )
    return Table(tuple(map(text, (NAME, ACTIVATION_COLUMN, LARGEST, FAR))), rows)


def numbers(result: Result) -> dict[str, Number]:
    return {"functions": Number(len(result.entries), "d")}


def checks(result: Result) -> dict[str, Check]:
    furthest = result.furthest
    return {
        "maximum": Check(
            sentence=Text(
                zh="φ′ 的最大值凡有闭式的，都是自动微分在 −40 到 40 的网格上求得的最大值（取相差最大的一个）",
                en="Where the largest φ′ has a closed form, it is what autograd finds on a grid from −40 to 40 (the "
                "activation function that differs most)",
            ),
            measured=Number(furthest.on_grid, ".6f"),
            relation="≈",
            predicted=Number(furthest.maximum, ".6f"),
            tolerance=MISSED,
            because=Text(
                zh="网格间距为 0.001，错过光滑的最大值至多这么多",
                en="a grid of 0.001 misses a smooth maximum by no more",
            ),
            source="max φ′",
        ),
    }
