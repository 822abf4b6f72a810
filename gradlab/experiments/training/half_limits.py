"""The ends of 16 bits: Adam's ε is rounded to 0, and a signal that grows becomes infinite and then NaN.

Adam divides by √v + ε, where v begins as (1 - β_2) g². In float16 that is 0 for a gradient below √(2^-25/(1 - β_2)),
and so is an ε of 10^-8: the first step is a division by 0. A ReLU network whose signal doubles at every layer passes
65,504 at a layer that can be said beforehand; a layer or two on, infinities of both signs meet in a sum,
which is NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn

from gradlab import theory
from gradlab._internal import checks
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLP, MLPConfig

_SQUARE_DECAY = 0.999


@dataclass(frozen=True)
class Config:
    """Gradients for Adam, and networks that explode.

    Attributes:
        gradients: gradients g, each the only one of a parameter.
        epsilons: values of ε.
        learning_rate: of Adam.
        sigma_w: √(width Var W) of the ReLU networks, above √2.
        width: units of every layer, and of the input.
        depth: number of layers.
        batch: inputs N(0, 1).
        seeds: seeds 0, 1, ....

    """

    gradients: tuple[float, ...] = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
    epsilons: tuple[float, ...] = (1e-8, 1e-4)
    learning_rate: float = 1e-3
    sigma_w: float = math.sqrt(8)
    width: int = 128
    depth: int = 20
    batch: int = 16
    seeds: int = 5

    def __post_init__(self) -> None:
        for argument in ("gradients", "epsilons"):
            checks.distinct(argument, getattr(self, argument))
            for value in getattr(self, argument):
                checks.positive(argument, value)
        checks.positive("learning_rate", self.learning_rate)
        checks.positive("sigma_w", self.sigma_w)
        for argument in ("width", "depth", "batch", "seeds"):
            checks.positive_integer(argument, getattr(self, argument))


@dataclass(frozen=True)
class Adam:
    """The first step of Adam in float16.

    Attributes:
        gradient: the gradient g.
        epsilon: the ε.
        step: length of the step in learning rates; infinity or NaN where it is not finite.
        exact: the same in float64.

    """

    gradient: float
    epsilon: float
    step: float
    exact: float


@dataclass(frozen=True)
class Result:
    """Adam's steps, and layers at which numbers end.

    Attributes:
        config: what was run.
        adam: gradient by gradient, for every ε.
        predicted_bound: √(2^-25/(1 - β_2)), below which v is 0.
        infinite: layer of the first infinity in float16, for every seed; 0 where there is none.
        nan: layer of the first NaN in float16, likewise.
        predicted_infinite: layer at which the largest number of the same pass in float64 is beyond 65,504.
        bfloat_infinite: number of seeds with an infinity in bfloat16.

    """

    config: Config
    adam: tuple[Adam, ...]
    predicted_bound: float
    infinite: tuple[int, ...]
    nan: tuple[int, ...]
    predicted_infinite: tuple[int, ...]
    bfloat_infinite: int


def _step(config: Config, gradient: float, epsilon: float, dtype: torch.dtype) -> float:
    parameter = nn.Parameter(torch.zeros(1, dtype=dtype))
    optimizer = torch.optim.Adam([parameter], lr=config.learning_rate, eps=epsilon, betas=(0.9, _SQUARE_DECAY))
    parameter.grad = torch.full((1,), gradient, dtype=dtype)
    optimizer.step()
    return -parameter.detach().double().item() / config.learning_rate


@torch.no_grad()
def _layers(config: Config, seed: int, dtype: torch.dtype) -> tuple[int, int]:
    """The layers of the first infinity and of the first NaN, from 1; 0 for none."""
    generator = torch.Generator().manual_seed(seed)
    x = gaussian.inputs(config.batch, config.width, generator).to(dtype)
    shape = MLPConfig(config.width, config.depth, sigma_w=config.sigma_w, bias="none")
    infinite = nan = 0
    a = x
    bound = theory.float_format("float16").largest if dtype == torch.float64 else math.inf
    for layer, linear in enumerate(MLP(shape, generator).to(dtype).linear_layers, 1):
        z = linear(a)
        if not infinite and bool((z.isinf() | (z.abs() > bound)).any()):
            infinite = layer
        if not nan and bool(z.isnan().any()):
            nan = layer
        a = torch.relu(z)
    return infinite, nan


def run(config: Config | None = None) -> Result:
    """Take Adam's first step in float16, and run networks that explode in float16 and bfloat16."""
    config = Config() if config is None else config
    seeds = range(config.seeds)
    half = [_layers(config, seed, torch.float16) for seed in seeds]
    return Result(
        config=config,
        adam=tuple(
            Adam(
                gradient,
                epsilon,
                _step(config, gradient, epsilon, torch.float16),
                _step(config, gradient, epsilon, torch.float64),
            )
            for epsilon in config.epsilons
            for gradient in config.gradients
        ),
        predicted_bound=math.sqrt(theory.float_format("float16").smallest / 2 / (1 - _SQUARE_DECAY)),
        infinite=tuple(infinite for infinite, _ in half),
        nan=tuple(nan for _, nan in half),
        predicted_infinite=tuple(_layers(config, seed, torch.float64)[0] for seed in seeds),
        bfloat_infinite=sum(_layers(config, seed, torch.bfloat16)[0] > 0 for seed in seeds),
    )
