"""Slips about the scale of weights.

Each stands beside the number that it is taken for.

``normal_(w, 0.1)`` sets the mean, not the standard deviation. He's 2/n is the variance of a weight, not of what a
unit receives. And π/(π - 1), by which batch normalization multiplies the squared gradient of a ReLU network
(Yang et al. 2019, arXiv:1902.08129), is above 1; what is near 0.8 is the standard deviation √(1 - 1/π) of a layer's
activations. The default of ``nn.Linear`` calls a function with “kaiming” in its name, and yet its variance is 1/(3 n).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gradlab import estimates
from gradlab._internal import checks, progress
from gradlab.estimates import Estimate
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLPConfig


@dataclass(frozen=True)
class Config:
    """Weights of n units with n inputs, and the first layer of a ReLU network with He initialization.

    Attributes:
        width: n, at least 2.
        batch: B, inputs N(0, 1) of the layer.
        argument: the number given to ``normal_`` as its only one.
        seeds: seeds 0, 1, ..., at least 2.

    """

    width: int = 256
    batch: int = 256
    argument: float = 0.1
    seeds: int = 5

    def __post_init__(self) -> None:
        checks.integer("width", self.width, 2)
        checks.positive_integer("batch", self.batch)
        checks.finite("argument", self.argument)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Result:
    """Means over the seeds.

    Attributes:
        config: what was run.
        normal_mean: mean of the weights after ``normal_(w, argument)``.
        normal_deviation: their standard deviation.
        linear_variance: n times the variance of the weights of a new ``nn.Linear(n, n)``.
        weight_variance: n times the variance of He's weights.
        unit_variance: mean square of the pre-activations.
        activation_deviation: standard deviation of the activations.
        batch_norm_ratio: mean square of the activations over their variance, by which batch normalization
            multiplies the squared gradient.

    """

    config: Config
    normal_mean: Estimate
    normal_deviation: Estimate
    linear_variance: Estimate
    weight_variance: Estimate
    unit_variance: Estimate
    activation_deviation: Estimate
    batch_norm_ratio: Estimate

    @property
    def predicted_deviation(self) -> float:
        """√(1 - 1/π): He's pre-activations are N(0, 2) for inputs N(0, 1)."""
        return math.sqrt(1 - 1 / math.pi)

    @property
    def predicted_ratio(self) -> float:
        """π/(π - 1)."""
        return math.pi / (math.pi - 1)


def _new_linear(width: int, seed: int) -> Tensor:
    """The weight that PyTorch itself draws; its global random state is put back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Linear(width, width, bias=False, dtype=torch.float64).weight.detach()


def _measure(config: Config, seed: int) -> tuple[float, ...]:
    n = config.width
    generator = torch.Generator().manual_seed(seed)
    w = torch.empty(n, n, dtype=torch.float64)
    nn.init.normal_(w, config.argument, generator=generator)
    layer = MLPConfig(width=n, depth=1, initialization="he", bias="none")
    x, network, _ = gaussian.draw(layer, config.batch, seed)
    with torch.no_grad():
        (step,) = network.trace(x)
    return (
        float(w.mean()),
        float(w.std()),
        n * float(_new_linear(n, seed).var()),
        n * float(network.linear_layers[0].weight.detach().var()),
        float(step.z.square().mean()),
        float(step.a.std()),
        float(step.a.square().mean() / step.a.var()),
    )


def run(config: Config | None = None) -> Result:
    """Draw the weights of every seed and feed the layer."""
    config = Config() if config is None else config
    by_seed = [_measure(config, seed) for seed in progress.track(range(config.seeds), "weight_slips")]
    return Result(config, *(estimates.mean(column) for column in zip(*by_seed, strict=True)))
