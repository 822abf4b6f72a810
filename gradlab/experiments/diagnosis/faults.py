"""Faults around a network, each beside the same program with the fault mended: what the probe names, and what trains.

Every fault leaves an exact trace in one step or a few; the mended program must not be blamed for anything. Programs are
as small as they can be: the network is a perceptron of a few layers, or as little else as the fault needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import binary_cross_entropy, cross_entropy, mse_loss

from gradlab._internal import checks
from gradlab._internal.descent import last_quarter, loss_at_the_end
from gradlab.probing import Step, probe
from gradlab.probing.report import report

Family = Literal["wiring", "undefined", "passage"]


@dataclass(frozen=True)
class Config:
    """The programs' sizes.

    Attributes:
        width: units of a hidden layer.
        batch: examples in a step.
        recorded: steps under the probe.
        steps: of training, those included.
        seeds: programs of each kind.

    """

    width: int = 32
    batch: int = 64
    recorded: int = 4
    steps: int = 150
    seeds: int = 3

    def __post_init__(self) -> None:
        for name in ("width", "batch", "seeds"):
            checks.positive_integer(name, getattr(self, name))
        checks.integer("recorded", self.recorded, 4)
        checks.integer("steps", self.steps, self.recorded)


@dataclass(frozen=True)
class Outcome:
    """One program.

    Attributes:
        causes: those that the probe names and that hinder training, in its order.
        first_loss: before the first step.
        final_loss: the median over the last quarter of the steps; NaN where one of them is not finite.
        largest_loss: the largest of these: a loss that swings falls and comes back.

    """

    causes: tuple[str, ...]
    first_loss: float
    final_loss: float
    largest_loss: float


@dataclass(frozen=True)
class Fault:
    """A fault, by seed.

    Attributes:
        name: its name here.
        family: the part of the causes that it belongs to.
        faulty: the programs with it.
        mended: the same ones without it.
        steps: what was recorded of the first faulty one.

    """

    name: str
    family: Family
    faulty: tuple[Outcome, ...]
    mended: tuple[Outcome, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Result:
    """All faults.

    Attributes:
        config: what was run.
        faults: in the order of ``FAULTS``.

    """

    config: Config
    faults: tuple[Fault, ...]

    def of(self, name: str) -> Fault:
        """The fault of this name."""
        return next(fault for fault in self.faults if fault.name == name)


@dataclass
class _Program:
    """A model, its loss, and what is done around them."""

    model: nn.Module
    loss: Callable[[nn.Module], Tensor]
    optimizer: Callable[[nn.Module], torch.optim.Optimizer] = field(
        default=lambda model: torch.optim.Adam(model.parameters(), 0.01)
    )
    clears: bool = True


@dataclass(frozen=True)
class _Data:
    """Two classes, which no linear layer tells apart."""

    x: Tensor
    y: Tensor
    config: Config

    def loss(self, model: nn.Module) -> Tensor:
        return cross_entropy(model(self.x), self.y)

    def network(self, outputs: int = 2, inputs: int | None = None) -> nn.Sequential:
        width, layers = self.config.width, list[nn.Module]()
        for size in (inputs or self.x.shape[1], width):
            linear = nn.Linear(size, width)
            nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
            layers += [linear, nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(width, outputs))


class _Between(nn.Module):
    """A body, something between, and a head."""

    def __init__(self, body: nn.Module, head: nn.Module, between: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.body, self.head, self.between = body, head, between

    def forward(self, x: Tensor) -> Any:
        return self.head(self.between(self.body(x)))


# Nothing moves


def _unchanged(data: _Data, *, mended: bool) -> _Program:
    old = data.network()
    return _Program(
        data.network(), data.loss, lambda model: torch.optim.Adam((model if mended else old).parameters(), 0.01)
    )


def _uncleared(data: _Data, *, mended: bool) -> _Program:
    return _Program(data.network(), data.loss, lambda model: torch.optim.SGD(model.parameters(), 0.1), clears=mended)


class _Listed(nn.Module):
    """Hidden layers in a list."""

    def __init__(self, data: _Data, *, registered: bool) -> None:
        super().__init__()
        width = data.config.width
        self.first, self.last = nn.Linear(data.x.shape[1], width), nn.Linear(width, 2)
        hidden = [nn.Linear(width, width) for _ in range(2)]
        self.hidden: Any = nn.ModuleList(hidden) if registered else tuple(hidden)

    def forward(self, x: Tensor) -> Any:
        x = self.first(x).relu()
        for layer in self.hidden:
            x = layer(x).relu()
        return self.last(x)


def _unregistered(data: _Data, *, mended: bool) -> _Program:
    return _Program(_Listed(data, registered=mended), data.loss)


def _unheld(data: _Data, *, mended: bool) -> _Program:
    """The head is replaced after the optimizer was made."""
    model = data.network()
    early = torch.optim.Adam(model.parameters(), 0.01)
    model[4] = nn.Linear(data.config.width, 2)
    return _Program(model, data.loss, lambda model: torch.optim.Adam(model.parameters(), 0.01) if mended else early)


def _detached(data: _Data, *, mended: bool) -> _Program:
    """A penalty on the weights hides that the rest of the loss has no graph."""

    def loss(model: nn.Module) -> Tensor:
        fit = data.loss(model)
        penalty = torch.stack([parameter.square().sum() for parameter in model.parameters()]).sum()
        return (fit if mended else torch.tensor(fit.item())) + 1e-4 * penalty

    return _Program(data.network(), loss)


def _cut(data: _Data, *, mended: bool) -> _Program:
    def between(h: Tensor) -> Tensor:
        soft = h.softmax(1)
        hard = torch.eye(h.shape[1])[h.argmax(1)]
        return hard + soft - soft.detach() if mended else hard

    return _Program(_Between(data.network(8), data.network(inputs=8), between), data.loss)


class _Still(nn.Module):
    """A body that runs without a graph."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.layers = body

    @torch.no_grad()
    def forward(self, x: Tensor) -> Any:
        return self.layers(x)


def _switched_off(data: _Data, *, mended: bool) -> _Program:
    body: nn.Module = data.network(8)
    return _Program(_Between(body if mended else _Still(body), data.network(inputs=8), torch.relu), data.loss)


# Values that are not finite


def _root(data: _Data, *, mended: bool) -> _Program:
    """A distance between two outputs, which are the same for one pair."""
    other = data.x.flip(0).index_copy(0, torch.tensor([5]), data.x[5:6])

    def loss(model: nn.Module) -> Tensor:
        squares = (model(data.x) - model(other)).square().sum(1)
        return mse_loss((squares + 1e-8 if mended else squares).sqrt(), data.y.float())

    return _Program(data.network(), loss)


def _logarithm(data: _Data, *, mended: bool) -> _Program:
    outliers = len(data.x) // 4
    x = torch.cat([data.x[:outliers] * 100, data.x[outliers:]])

    def loss(model: nn.Module) -> Tensor:
        p = model(x)[:, 0] * (1 - 1e-6) + 5e-7 if mended else model(x)[:, 0]
        entropy: Tensor = data.y * p.log() + (1 - data.y) * (1 - p).log()
        return -entropy.mean()

    return _Program(nn.Sequential(*data.network(1), nn.Sigmoid()), loss)


def _masked(data: _Data, *, mended: bool) -> _Program:
    """A mean over so many of the features, of which there may be none."""
    count = (torch.arange(len(data.x)) % 4)[:, None].float()

    def between(h: Tensor) -> Tensor:
        mean = h / (count.clamp_min(1) if mended else count)
        return torch.where(count == 0, torch.zeros_like(mean), mean)

    return _Program(_Between(data.network(8), data.network(inputs=8), between), data.loss)


class _Autoencoder(nn.Module):
    """A variational autoencoder."""

    def __init__(self, data: _Data, *, clamp: bool) -> None:
        super().__init__()
        inputs, width = data.x.shape[1], data.config.width
        self.encoder = nn.Linear(inputs, width)
        self.mean, self.log_variance, self.decoder = nn.Linear(width, 4), nn.Linear(width, 4), nn.Linear(4, inputs)
        self.clamp = clamp

    def forward(self, x: Tensor) -> Any:
        h = self.encoder(x).relu()
        mean, log_variance = self.mean(h), self.log_variance(h)
        log_variance = log_variance.clamp(-30, 10) if self.clamp else log_variance
        noise = torch.randn(mean.shape, generator=Generator().manual_seed(0))
        return self.decoder(mean + noise * (log_variance / 2).exp())


def _exponential(data: _Data, *, mended: bool) -> _Program:
    x = data.x * (1 if mended else 2000)
    return _Program(_Autoencoder(data, clamp=mended), lambda model: mse_loss(model(x), x))


class _Attention(nn.Module):
    """One head of attention over sentences that end early."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.embedding, self.attention = nn.Linear(2, width), nn.MultiheadAttention(width, 2, batch_first=True)
        self.head = nn.Linear(width, 2)

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        h = self.embedding(x)
        return self.head(self.attention(h, h, h, key_padding_mask=mask)[0].mean(1))


def _all_masked(data: _Data, *, mended: bool) -> _Program:
    x = data.x.reshape(len(data.x), -1, 2)
    lengths = (torch.arange(len(x)) % x.shape[1]).clamp_min(1 if mended else 0)
    mask = torch.arange(x.shape[1]) >= lengths[:, None]
    return _Program(_Attention(data.config.width), lambda model: cross_entropy(model(x, mask), data.y))


def _inputs(data: _Data, *, mended: bool) -> _Program:
    x = data.x.clone()
    x[3, 1] = 0.0 if mended else float("nan")
    return _Program(data.network(), lambda model: cross_entropy(model(x), data.y))


def _update(data: _Data, *, mended: bool) -> _Program:
    rate = 0.1 if mended else 1e4
    return _Program(data.network(), data.loss, lambda model: torch.optim.SGD(model.parameters(), rate))


def _eps(data: _Data, *, mended: bool) -> _Program:
    """Adam in half precision, with a unit that is silent for every input."""
    model = data.network()
    with torch.no_grad():
        for name in ("0.bias", "2.bias"):
            model.get_parameter(name)[0] = -100.0
    model = model.half()
    eps = 1e-4 if mended else 1e-8
    return _Program(
        model,
        lambda model: cross_entropy(model(data.x.half()).float(), data.y),
        lambda model: torch.optim.Adam(model.parameters(), 0.002, eps=eps),
    )


def _before(data: _Data, *, mended: bool) -> _Program:
    """The root of a distance, whose gradient goes into the weights: the last step shows only these."""
    return _root(data, mended=mended)


# One call blocks


def _softmax(data: _Data, *, mended: bool) -> _Program:
    last: nn.Module = nn.Sigmoid() if mended else nn.Softmax(1)
    model = nn.Sequential(*data.network(1), last)
    return _Program(model, lambda model: binary_cross_entropy(model(data.x)[:, 0], data.y.float()))


def _normalization(data: _Data, *, mended: bool) -> _Program:
    width = 8 if mended else 1
    return _Program(
        nn.Sequential(*data.network(width), nn.LayerNorm(width), nn.Linear(width, 8), nn.ReLU(), nn.Linear(8, 2)),
        data.loss,
    )


def _step_function(data: _Data, *, mended: bool) -> _Program:
    def between(h: Tensor) -> Tensor:
        return h + (h.round() - h).detach() if mended else h.round()

    return _Program(_Between(data.network(8), data.network(inputs=8), between), data.loss)


class _Gated(nn.Module):
    """Residual blocks whose last layer starts at 0, or both of whose layers do."""

    def __init__(self, data: _Data, *, last_alone: bool) -> None:
        super().__init__()
        inputs, width = data.x.shape[1], data.config.width
        self.blocks = nn.ModuleList()
        for _ in range(2):
            first, last = nn.Linear(inputs, width, bias=False), nn.Linear(width, inputs, bias=False)
            nn.init.zeros_(last.weight)
            if not last_alone:
                nn.init.zeros_(first.weight)
            self.blocks.append(nn.Sequential(first, nn.ReLU(), last))
        self.head = nn.Linear(inputs, 2)

    def forward(self, x: Tensor) -> Any:
        for block in self.blocks:
            x = x + block(x)
        return self.head(x)


def _zeros(data: _Data, *, mended: bool) -> _Program:
    return _Program(_Gated(data, last_alone=mended), data.loss)


_Build = Callable[..., _Program]
FAULTS: dict[str, tuple[Family, _Build, str]] = {
    "unchanged": ("wiring", _unchanged, "weights unchanged"),
    "uncleared": ("wiring", _uncleared, "gradients not cleared"),
    "unheld": ("wiring", _unheld, "not in the optimizer"),
    "unregistered": ("wiring", _unregistered, "weights not registered"),
    "cut": ("wiring", _cut, "graph cut"),
    "switched_off": ("wiring", _switched_off, "graph switched off"),
    "detached": ("wiring", _detached, "loss detached"),
    "root": ("undefined", _root, "root of 0"),
    "logarithm": ("undefined", _logarithm, "logarithm of 0"),
    "masked": ("undefined", _masked, "masked value not finite"),
    "exponential": ("undefined", _exponential, "exponential too large"),
    "all_masked": ("undefined", _all_masked, "all masked"),
    "inputs": ("undefined", _inputs, "inputs not finite"),
    "update": ("undefined", _update, "update not finite"),
    "eps": ("undefined", _eps, "update not finite"),
    "before": ("undefined", _before, "gradient not finite before"),
    "softmax": ("passage", _softmax, "softmax of one"),
    "normalization": ("passage", _normalization, "normalization of one"),
    "step": ("passage", _step_function, "step function"),
    "zeros": ("passage", _zeros, "zeros in a row"),
}
"""By name: the family, what builds the program, and the cause that the probe should name."""
_ONCE = frozenset({"root", "logarithm", "masked", "exponential", "all_masked", "inputs", "normalization"})
"""Faults that the first step shows by itself; of the others the last recorded one is diagnosed."""


def _data(config: Config, seed: int) -> _Data:
    x = torch.randn(config.batch, 10, generator=Generator().manual_seed(seed))
    return _Data(x, (x[:, 0] * x[:, 1] > 0).long(), config)


def _at_the_end(losses: list[float]) -> tuple[float, float]:
    """The median and the largest loss of the last quarter of the steps."""
    last = last_quarter(losses)
    return (loss_at_the_end(losses), max(last)) if all(map(math.isfinite, last)) else (math.nan, math.nan)


def _outcome(config: Config, name: str, seed: int, *, mended: bool) -> tuple[Outcome, tuple[Step, ...]]:
    """Train a program, its first steps under the probe."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        program = FAULTS[name][1](_data(config, seed), mended=mended)
    optimizer = program.optimizer(program.model)
    losses: list[float] = []

    def step() -> None:
        if program.clears:
            optimizer.zero_grad()
        loss: Any = program.loss(program.model)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    with probe(program.model) as record:
        for _ in range(config.recorded):
            step()
    steps = tuple(record.steps)
    # Where two outputs are compared, there are two steps of the probe in each.
    told = steps[: len(steps) // config.recorded] if name in _ONCE else steps
    for _ in range(config.steps - config.recorded):
        step()
    found = report(told, "en").findings
    causes = tuple(finding.cause for finding in found if finding.severity == "hinders" and finding.cause)
    return Outcome(causes, losses[0], *_at_the_end(losses)), told


def _fault(config: Config, name: str) -> Fault:
    runs = {
        mended: [_outcome(config, name, seed, mended=mended) for seed in range(config.seeds)]
        for mended in (False, True)
    }
    outcomes = {mended: tuple(outcome for outcome, _ in of_kind) for mended, of_kind in runs.items()}
    return Fault(name, FAULTS[name][0], outcomes[False], outcomes[True], runs[False][0][1])


def run(config: Config | None = None) -> Result:
    """Train every program, with its fault and without."""
    config = Config() if config is None else config
    return Result(config, tuple(_fault(config, name) for name in FAULTS))
