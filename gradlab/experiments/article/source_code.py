"""Two lines of the article's code, run.

A loop over ``model.layers`` in a constructor, and hooks that insert.

The constructor of the article's network reads a global ``model`` that does not exist yet. Its hooks put every
gradient at the front of one list, which is right for one backward pass, and which nothing ever empties.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import torch
from torch import Tensor

from gradlab._internal import checks
from gradlab.networks import ArticleNetwork
from gradlab.passes import record

CONSTRUCTOR = """
class Network:
    def __init__(self):
        self.layers = ["own"]
        self.seen = [layer for layer in model.layers]
"""
"""A class whose constructor has the article's slip, and nothing else of the article's."""


@dataclass(frozen=True)
class Config:
    """The article's exploding network, recorded with hooks.

    Attributes:
        num_layers: number of Linear + ReLU layers.
        passes: backward passes, one after the other, that share the list.

    """

    num_layers: int = 20
    passes: int = 2

    def __post_init__(self) -> None:
        checks.positive_integer("num_layers", self.num_layers)
        checks.positive_integer("passes", self.passes)


@dataclass(frozen=True)
class Result:
    """Outcome of both lines.

    Attributes:
        config: what was run.
        error: name of the exception that the constructor raises where there is no ``model``; empty if none.
        seen: the layers that it walks over where an older ``model`` is left from before.
        entries: length of the list of gradients after each pass.
        agreeing: entries at the place of their layer that equal the layer's gradient, after each pass.

    """

    config: Config
    error: str
    seen: tuple[str, ...]
    entries: tuple[int, ...]
    agreeing: tuple[int, ...]


def _construct(**names: object) -> tuple[str, ...]:
    namespace: dict[str, object] = dict(names)
    exec(CONSTRUCTOR, namespace)  # noqa: S102 - the text above: a name without a value is no code that a linter lets through
    network = namespace["Network"]
    assert isinstance(network, type)  # noqa: S101 - for the type checker
    return tuple(network().seen)


def _error() -> str:
    try:
        _construct()
    except NameError as error:
        return type(error).__name__
    return ""


def _inserted(network: ArticleNetwork, x: Tensor, gradients: list[float]) -> None:
    """Run forward and backward once, with a hook on every z that puts its gradient at the front of the list."""
    steps = network.trace(x)
    for step in steps:
        step.z.register_hook(lambda gradient: gradients.insert(0, gradient.item()))  # type: ignore[no-untyped-call]
    torch.autograd.grad(steps[-1].a.sum(), [layer.weight for layer in network.linear_layers])


def run(config: Config | None = None) -> Result:
    """Construct, and record with hooks as often as asked."""
    config = Config() if config is None else config
    network = ArticleNetwork(config.num_layers)
    x = torch.ones(1, 1, dtype=torch.float64)
    expected = [layer.dz.item() for layer in record(network, x)]
    gradients: list[float] = []
    entries: list[int] = []
    agreeing: list[int] = []
    for _ in range(config.passes):
        _inserted(network, x, gradients)
        entries.append(len(gradients))
        # By layer, as the article reads its list: what lies behind the last layer belongs to none.
        agreeing.append(sum(ours == right for ours, right in zip(gradients, expected, strict=False)))
    return Result(config, _error(), _construct(model=SimpleNamespace(layers=("old",))), tuple(entries), tuple(agreeing))
