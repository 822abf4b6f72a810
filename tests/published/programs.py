"""A program of the published benchmark: what it is, what is wrong with it, and how it runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import one_hot

from gradlab._internal import checks
from tests.outside.built import Built
from tests.published.data import PIXELS, Data
from tests.published.keras import LOSSES, Setting, sequential

FAULTS = (
    "activation",
    "loss",
    "rate",
    "optimizer",
    "epochs",
    "preprocessing",
    "initialization",
    "layers",
    "batch size",
    "data",
)
"""The kinds of faults that the table names."""
SETTINGS = ("faulty", "patched")


@dataclass(frozen=True)
class Running:
    """A program that has been set up.

    Attributes:
        model: with fresh weights.
        data: what it is given.
        optimizer: of the model.
        step: one step of the program's own loop; gives the loss.
        steps: how many of them the program takes.
        predicted: what the model says of all inputs.

    """

    model: nn.Module
    data: Data
    optimizer: torch.optim.Optimizer
    step: Callable[[], Tensor]
    steps: int
    predicted: Callable[[], Tensor]


@dataclass(frozen=True)
class Batch:
    """A program with one batch of its data, the same in all steps.

    Attributes:
        model: with fresh weights.
        loss: of a model like it on the batch.
        optimizer: makes the program's own for parameters.
        scored: the score of a model like it on the batch.

    """

    model: nn.Module
    loss: Callable[[nn.Module], Tensor]
    optimizer: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]
    scored: Callable[[nn.Module], float]


@dataclass(frozen=True)
class Program:
    """One program.

    Attributes:
        name: number of its question, or the repository's name.
        what: what it is, in a line.
        faults: the kinds that the table names; none where the table says that the patch does not help.
        data: the call that makes data like its own, given a generator.
        sound: its setting with the patch, or as it was where it has no fault.
        faulty: as it was; None in one without a fault.
        causes: what the probe may name for it to be right: what the table's kinds are called in this program.
        verdicts: verdicts that say the same as a kind of the table, as vanishing does of the initialization.

    """

    name: str
    what: str
    faults: tuple[str, ...]
    data: Built
    sound: Setting
    faulty: Setting | None = None
    causes: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for fault in self.faults:
            checks.one_of("faults", fault, FAULTS)
        if not bool(self.faults) == bool(self.faulty) == bool(self.causes or self.verdicts):
            raise ValueError(f"{self.name}: found {self.faults}, allowed: a faulty setting and causes where faults are")

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that it has."""
        return SETTINGS if self.faulty else SETTINGS[1:]

    def setting(self, name: str) -> Setting:
        """A setting by its name in :data:`SETTINGS`."""
        checks.one_of("setting", name, self.settings)
        return self.faulty if name == "faulty" and self.faulty else self.sound

    def make(self, name: str, seed: int = 0) -> Running:
        """Set up the program with a setting."""
        setting = self.setting(name)
        generator = Generator().manual_seed(seed + 1)
        data: Data = self.data(generator)
        x, y = _inputs(data.x, setting.inputs), _targets(data, setting.targets)
        torch.manual_seed(seed)
        model = sequential(setting.layers, x)
        optimizer = setting.optimizer.of(model)
        loss_of = LOSSES[setting.loss]
        batches = _batches(len(x), setting.batch, generator)

        def step() -> Tensor:
            rows = next(batches)
            optimizer.zero_grad()
            loss = loss_of(model(x[rows]), y[rows])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            return loss.detach()

        def predicted() -> Tensor:
            return _predicted(model, x, data, setting)

        steps = setting.epochs * math.ceil(len(x) / setting.batch)
        return Running(model, data, optimizer, step, steps, predicted)

    def batch(self, name: str, seed: int, most: int) -> Batch:
        """The program with a setting, and at most so many of its examples in one batch."""
        setting = self.setting(name)
        data: Data = self.data(Generator().manual_seed(seed + 1))
        x, y = _inputs(data.x, setting.inputs)[:most], _targets(data, setting.targets)[:most]
        few = replace(data, x=data.x[:most], y=data.y[:most])
        torch.manual_seed(seed)

        def scored(model: nn.Module) -> float:
            return scored_outputs(_predicted(model, x, few, setting), few)

        return Batch(
            sequential(setting.layers, x),
            lambda model: LOSSES[setting.loss](model(x), y),
            setting.optimizer.made,
            scored,
        )


def _predicted(model: nn.Module, x: Tensor, data: Data, setting: Setting) -> Tensor:
    with torch.no_grad():
        output: Tensor = model.eval()(x)
    model.train()
    return output * data.y.std(0) + data.y.mean(0) if setting.targets == "standard" else output


def _batches(count: int, size: int, generator: Generator) -> Iterator[Tensor]:
    """Yield the rows of every step: each epoch all, in a new order, as ``fit`` does."""
    while True:
        yield from torch.randperm(count, generator=generator).split(size)  # type: ignore[no-untyped-call]


def _standard(values: Tensor) -> Tensor:
    dims = tuple(range(values.ndim - 1))
    return (values - values.mean(dims)) / values.std(dims).clamp_min(1e-12)


def _inputs(x: Tensor, how: str) -> Tensor:
    match how:
        case "standard":
            return _standard(x)
        case "pixels":
            return x / PIXELS
        case "pixels twice":
            return x / PIXELS / PIXELS
        case "largest":
            return x / x.abs().max()
    return x


def _targets(data: Data, how: str) -> Tensor:
    match how:
        case "one-hot":
            return one_hot(data.y, data.classes).float()
        case "label":
            return data.y.float().unsqueeze(1)
        case "standard":
            return _standard(data.y)
    return data.y


def score(running: Running) -> float:
    """Score of a program on its data."""
    return scored_outputs(running.predicted(), running.data)


def scored_outputs(outputs: Tensor, data: Data) -> float:
    """Score of outputs: 0 is guessing, 1 is all right, and below 0 is worse than guessing.

    Of classes and labels, the share of what the commonest answer gets wrong that the program gets right, less what it
    gets wrong besides; of values, the share of the variance that it explains.
    """
    if not bool(outputs.isfinite().all()):
        return -math.inf
    if data.kind == "values":
        return 1 - float((outputs - data.y).square().mean() / (data.y - data.y.mean(0)).square().mean())
    if data.kind == "labels":
        right = float(((outputs > 0.5).float() == data.y).float().mean())
        guessed = float(torch.maximum(data.y.mean(0), 1 - data.y.mean(0)).mean())
    else:
        told = outputs.argmax(1) if outputs.shape[1] > 1 else outputs[:, 0].round().long()
        right = float((told == data.y).float().mean())
        guessed = float(torch.bincount(data.y).max() / len(data.y))
    return (right - guessed) / (1 - guessed)
