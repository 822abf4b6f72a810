"""The record of the outside bank: networks that nobody here designed, what the probe saw, and how training them went.

`tests.outside` builds the networks with the libraries they come from, and writes the record; whoever reads it needs
none of them. What the probe saw of a network is kept whole, so that any rule can be tried on it.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from figures_src.cache import records
from figures_src.cache.sources import data_file
from gradlab.probing.report import Report, report
from gradlab.probing.step import LayerCall, ParameterReading, Step

FILE = data_file(Path(__file__))
OPTIMIZERS = ("adam", "sgd")
TRAINED = 0.5
"""A network has learned its task when its loss is at most this share of chance, which ignoring the input gives."""
LOST = 1e6
"""The share that stands for a loss that never was finite."""
# More digits change no rule, and are noise when the record is made on another processor.
_DIGITS = 6


@dataclass(frozen=True)
class Config:
    """The training that decides a network's outcome.

    Attributes:
        steps: at most, with each rate.
        least: steps before which no training is stopped; a layer behind weights of 0 begins to move in the second.
        adam: learning rates of Adam, in the order in which they are tried until one is enough.
        sgd: the same of gradient descent with momentum.
        momentum: of it.
        enough: share of chance at which a training is stopped.
        patience: steps after which a training is given up that has not come below ``hopeless`` of chance.
        hopeless: that share.

    """

    steps: int = 80
    least: int = 10
    adam: tuple[float, ...] = (1e-3, 1e-2, 1e-4)
    sgd: tuple[float, ...] = (1e-2, 1e-1, 1e-3, 1.0, 1e-4)
    momentum: float = 0.9
    enough: float = 0.25
    patience: int = 40
    hopeless: float = 0.98


@dataclass(frozen=True)
class Member:
    """A network of the bank.

    Attributes:
        name: says what it is.
        family: the kind of networks that it belongs to.
        made_by: who made it: the distribution that was asked for it, or ``"own"`` where it is written here the way
            users write it.
        built: the call that builds it.
        task: what it is given to learn, and so the size of its input.
        seed: of its weights and data.
        fault: what was broken on purpose; empty in a sound one.
        places: names of the modules in which that lies; empty where it is everywhere.

    """

    name: str
    family: str
    made_by: str
    built: str
    task: str
    seed: int = 0
    fault: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """Outcome of a network's trainings; losses are shares of chance, the best loss that ignoring the input gives.

    Attributes:
        initial: loss before training.
        adam: lowest loss with each rate of :class:`Config`.
        sgd: the same.
        still: modules with weights that no training moved, although they ran.

    """

    initial: float
    adam: tuple[float, ...]
    sgd: tuple[float, ...]
    still: tuple[str, ...] = ()

    def best(self, optimizer: str | None = None) -> float:
        """The lowest loss that an optimizer came to, or either."""
        lowest: dict[str, tuple[float, ...]] = {"adam": self.adam, "sgd": self.sgd}
        return min(value for name in OPTIMIZERS if optimizer in (None, name) for value in lowest[name])

    def trains(self, optimizer: str | None = None) -> bool:
        """Whether any rate of an optimizer, or of either, had the network learn its task."""
        return self.best(optimizer) <= TRAINED


@dataclass(frozen=True)
class Recorded:
    """A member with what the probe saw of it before training, and with its outcome; none where nothing was trained."""

    member: Member
    outcome: Outcome | None
    seen: str

    @cached_property
    def step(self) -> Step:
        """The first step, as the probe recorded it."""
        return unpacked(self.seen)

    def report(self) -> Report:
        """The report that today's rules make of it."""
        return report((self.step,), "en")


@dataclass(frozen=True)
class Outside:
    """The whole record."""

    config: Config
    versions: dict[str, str]
    recorded: tuple[Recorded, ...] = field(repr=False)


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    return sorted(value) if isinstance(value, frozenset) else value


def _columns(kind: type, items: Iterable[object]) -> dict[str, list[Any]]:
    found = list(items)
    return {one.name: [_short(getattr(item, one.name)) for item in found] for one in fields(kind)}


def packed(step: Step) -> str:
    """A step as one line of text."""
    content = {one.name: _short(getattr(step, one.name)) for one in fields(Step) if one.name != "readings"}
    content |= {"calls": _columns(LayerCall, step.calls), "parameters": _columns(ParameterReading, step.parameters)}
    return base64.b85encode(zlib.compress(json.dumps(content).encode(), 9)).decode()


def _items(kind: type, columns: dict[str, list[Any]]) -> tuple[Any, ...]:
    unknown = sorted(set(columns) - {one.name for one in fields(kind)})
    if unknown:
        raise ValueError(f"seen: found {unknown}, allowed: fields of {kind.__name__}; run `make record-models`")
    rows = zip(*columns.values(), strict=True)
    values = ((tuple(value) if isinstance(value, list) else value for value in row) for row in rows)
    return tuple(kind(**dict(zip(columns, row, strict=True))) for row in values)


def unpacked(text: str) -> Step:
    """The step of such a text; a field that came later has its default.

    Raises `ValueError` where the text has a field that steps no longer have.
    """
    content = json.loads(zlib.decompress(base64.b85decode(text)))
    rest: dict[str, Any] = {
        name: frozenset(value) if isinstance(value, list) else value
        for name, value in content.items()
        if name not in ("calls", "parameters")
    }
    calls, parameters = _items(LayerCall, content["calls"]), _items(ParameterReading, content["parameters"])
    return Step(calls=calls, parameters=parameters, **rest)


def read(path: Path = FILE) -> tuple[records.Machine, Outside]:
    """The committed record.

    Raises `ValueError` of one line where it is missing, damaged or of other trainings than today's.
    """
    return records.read(path, Outside, Config(), "make record-models")
