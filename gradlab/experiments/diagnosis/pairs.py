"""Faults of outputs, losses, inputs and targets, each beside the same training without it: what each learns.

The first step of either is kept, from which the probe tells the cause.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from gradlab._internal import checks
from gradlab.probing import probe
from gradlab.probing.finding import Cause
from gradlab.probing.step import Step

Family = Literal["outputs", "inputs"]
Loss = Callable[[Tensor], Tensor]
SAMPLES, FEATURES, CLASSES, WIDTH = 128, 10, 4, 32
_ADAM = 0.003
_WORDS, _EMBEDDED = 300, 96


@dataclass(frozen=True)
class Config:
    """The trainings, and how large the faults are.

    Attributes:
        steps: of each training.
        rate: of gradient descent, with which the faults of inputs and targets are trained; the others have Adam.
        scale: factor on inputs that are not scaled.
        centre: of them, in units of their spread.
        price: mean of targets that are not scaled.
        spread: their standard deviation.

    """

    steps: int = 300
    rate: float = 0.1
    scale: float = 200.0
    centre: float = 3.0
    price: float = 20_000.0
    spread: float = 5_000.0

    def __post_init__(self) -> None:
        checks.positive_integer("steps", self.steps)
        for name in ("rate", "scale", "centre", "price", "spread"):
            checks.positive(name, getattr(self, name))


@dataclass(frozen=True)
class Data:
    """Samples, and what is to be learned of them.

    Attributes:
        x: of shape (samples, features).
        classes: the class of each sample.
        value: a number for each.

    """

    x: Tensor
    classes: Tensor
    value: Tensor


@dataclass(frozen=True)
class Setting:
    """A network with its loss and its inputs.

    Attributes:
        model: the network.
        loss: of its outputs.
        x: its inputs, of shape (samples, features).
        rate: of gradient descent; with None it is trained with Adam.

    """

    model: nn.Module
    loss: Loss
    x: Tensor
    rate: float | None = None


@dataclass(frozen=True)
class Pair:
    """A fault and its mending.

    Attributes:
        family: the part of the causes that it belongs to.
        cause: what the probe has to name.
        made: the setting with the fault, or without it.
        score: the share of what there is to learn that an output has; None where nothing is trained.

    """

    family: Family
    cause: Cause
    made: Callable[[Config, Data, bool], Setting]
    score: Callable[[Config, Data, Tensor], float] | None = None


@dataclass(frozen=True)
class Outcome:
    """First step and score of a setting.

    Attributes:
        step: its first one.
        score: after training, or None where nothing is trained.

    """

    step: Step
    score: float | None


@dataclass(frozen=True)
class Result:
    """Both settings of every pair, by name.

    Attributes:
        config: what was run.
        faulty: with the fault.
        mended: without it.

    """

    config: Config
    faulty: dict[str, Outcome]
    mended: dict[str, Outcome]

    def of(self, family: Family) -> Result:
        """The pairs of one family."""
        kept = [name for name, pair in PAIRS.items() if pair.family == family]
        return Result(self.config, *({name: part[name] for name in kept} for part in (self.faulty, self.mended)))


def _network(outputs: int, *last: nn.Module) -> nn.Sequential:
    """Three hidden layers of ReLU with He initialization, always the same."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for inputs in (FEATURES, WIDTH, WIDTH):
        linear = nn.Linear(inputs, WIDTH)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(WIDTH, outputs), *last)


def _accuracy(_: Config, known: Data, output: Tensor) -> float:
    """Accuracy above that of guessing: 0 for a guess, 1 where every class is right."""
    right = (output.argmax(1) == known.classes).float().mean().item()
    return (right - 1 / CLASSES) / (1 - 1 / CLASSES)


def _explained(_: Config, known: Data, output: Tensor) -> float:
    """The share of the variance of the value that an output explains."""
    return 1 - functional.mse_loss(output.reshape(-1, 1), known.value).item() / known.value.var(correction=0).item()


def _explained_of_price(config: Config, known: Data, output: Tensor) -> float:
    """The better of both readings of an output: as a price, and as a value."""
    value = (output - config.price) / config.spread
    return max(_explained(config, known, output), _explained(config, known, value))


def _twice(_: Config, known: Data, faulty: bool) -> Setting:
    model = _network(CLASSES, *([nn.Softmax(1)] if faulty else []))
    return Setting(model, lambda output: functional.cross_entropy(output, known.classes), known.x)


def _logits(_: Config, known: Data, faulty: bool) -> Setting:
    loss = functional.nll_loss if faulty else functional.cross_entropy
    return Setting(_network(CLASSES), lambda output: loss(output, known.classes), known.x)


def _shapes(_: Config, known: Data, faulty: bool) -> Setting:
    targets = known.value if faulty else known.value[:, 0]

    def loss(output: Tensor) -> Tensor:
        return (output - targets).square().mean()

    return Setting(_network(1, nn.Flatten(0)), loss, known.x)


def _cut(_: Config, known: Data, faulty: bool) -> Setting:
    model = _network(CLASSES, *([nn.Tanh()] if faulty else []))
    return Setting(model, lambda output: functional.cross_entropy(output, known.classes), known.x)


def _range(_: Config, known: Data, faulty: bool) -> Setting:
    model = _network(1, *([nn.Sigmoid()] if faulty else []))
    return Setting(model, lambda output: functional.mse_loss(output, known.value), known.x)


def _prices(config: Config, known: Data, faulty: bool) -> Setting:
    targets = config.price + config.spread * known.value if faulty else known.value
    return Setting(_network(1), lambda output: functional.mse_loss(output, targets), known.x)


class _Language(nn.Module):
    """A model of words whose last layer shares the weights of its embedding."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(_WORDS, _EMBEDDED)
        self.hidden = nn.Linear(_EMBEDDED, _EMBEDDED)
        self.norm = nn.LayerNorm(_EMBEDDED)
        self.out = nn.Linear(_EMBEDDED, _WORDS, bias=False)
        nn.init.normal_(self.embedding.weight, std=scale)
        self.out.weight = self.embedding.weight

    def forward(self, words: Tensor) -> Tensor:
        embedded = self.embedding(words)
        logits: Tensor = self.out(self.norm(embedded + self.hidden(embedded).relu()))
        return logits


def _first_loss(_: Config, __: Data, faulty: bool) -> Setting:
    torch.manual_seed(0)
    words = torch.randint(_WORDS, (8, 13))
    model = _Language(1.0 if faulty else 0.02)
    return Setting(
        model, lambda output: functional.cross_entropy(output.flatten(0, 1), words[:, 1:].flatten()), words[:, :-1]
    )


def _saturated(_: Config, known: Data, faulty: bool) -> Setting:
    generator, judge = _network(10), _network(1)
    with torch.no_grad():
        list(judge.parameters())[-1].fill_(-20.0)
    if faulty:
        both = nn.Sequential(generator, judge, nn.Sigmoid())
        return Setting(both, lambda output: (1 - output).clamp_min(1e-30).log().mean(), known.x)
    real = torch.ones(len(known.x), 1)
    both = nn.Sequential(generator, judge)
    return Setting(both, lambda output: functional.binary_cross_entropy_with_logits(output, real), known.x)


def _descent(config: Config, x: Tensor, classes: Tensor) -> Setting:
    return Setting(_network(CLASSES), lambda output: functional.cross_entropy(output, classes), x, config.rate)


def _scaled(config: Config, known: Data, faulty: bool) -> Setting:
    return _descent(config, config.scale * (known.x + config.centre) if faulty else known.x, known.classes)


def _alike(config: Config, known: Data, faulty: bool) -> Setting:
    return _descent(config, known.x[:1].expand_as(known.x) if faulty else known.x, known.classes)


def _one(config: Config, known: Data, faulty: bool) -> Setting:
    return _descent(config, known.x, torch.ones_like(known.classes) if faulty else known.classes)


PAIRS: Mapping[str, Pair] = MappingProxyType(
    {
        "normalized_twice": Pair("outputs", "normalized twice", _twice, _accuracy),
        "logits_as_probabilities": Pair("outputs", "logits as probabilities", _logits, _accuracy),
        "wrong_shapes": Pair("outputs", "wrong shapes", _shapes, _explained),
        "output_cut": Pair("outputs", "output cut", _cut, _accuracy),
        "targets_out_of_range": Pair("outputs", "targets out of range", _range, _explained),
        "targets_not_scaled": Pair("outputs", "targets not scaled", _prices, _explained_of_price),
        "first_loss_too_large": Pair("outputs", "first loss too large", _first_loss),
        "output_saturated": Pair("outputs", "output saturated", _saturated),
        "scale": Pair("inputs", "inputs not scaled", _scaled, _accuracy),
        "alike": Pair("inputs", "inputs alike", _alike, _accuracy),
        "one_target": Pair("inputs", "one target", _one, _accuracy),
    }
)
"""Every fault by its name."""


def _data() -> Data:
    """Samples around 0 with a scale of 1."""
    x = torch.randn(SAMPLES, FEATURES)
    value = (x[:, :1] * x[:, 1:2]).sin() + x[:, 2:3]
    return Data(x, (x @ torch.randn(FEATURES, CLASSES)).argmax(1), value)


def _outcome(pair: Pair, config: Config, known: Data, *, faulty: bool) -> Outcome:
    setting = pair.made(config, known, faulty)
    with probe(setting.model) as record:
        setting.loss(setting.model(setting.x)).backward()  # type: ignore[no-untyped-call]
    if pair.score is None:
        return Outcome(record.steps[-1], None)
    parameters = [*setting.model.parameters()]
    optimizer: torch.optim.Optimizer = torch.optim.Adam(parameters, _ADAM)
    if setting.rate is not None:
        optimizer = torch.optim.SGD(parameters, setting.rate)
    for _ in range(config.steps):
        optimizer.zero_grad()
        setting.loss(setting.model(setting.x)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.no_grad():
        return Outcome(record.steps[-1], pair.score(config, known, setting.model(setting.x)))


def run(config: Config | None = None) -> Result:
    """Look at both settings of every pair, and train them."""
    config = config or Config()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        known = _data()
        faulty, mended = (
            {name: _outcome(pair, config, known, faulty=whether) for name, pair in PAIRS.items()}
            for whether in (True, False)
        )
    return Result(config, faulty, mended)
