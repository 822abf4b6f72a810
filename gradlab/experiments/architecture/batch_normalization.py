"""Batch normalization before every activation: a deep plain ReLU network explodes.

The gradient does not vanish, but it grows at every layer.

The growth cannot be removed by the initialization: the weights' scale cancels. The prediction at infinite
width is that of Yang et al. 2019 (arXiv:1902.08129, Theorems 7 and 8): √(π/(π - 1)) = 1.2112 a layer for ReLU
and a large batch, more for a small one. It is exact as long as all samples have the same share of a layer's
activity. In a network of finite width these shares drift apart from layer to layer (for a large batch nothing
pulls them back), which takes about 0.5% off the growth per layer at 50 layers; the first layers agree with
the prediction. For tanh and the sigmoid the drift goes the other way: at 40 layers of width 256 it adds 0.5%,
and it is of the order of one over the width.

A few steps of gradient descent reduce the growth, so that it hurts at initialization and at great depth, not in
every network. The loss does not depend on the scale of a normalized layer's weights, so their gradient is
perpendicular to them and a step can only lengthen them, ‖W - η ∂W‖² = ‖W‖² + η² ‖∂W‖²; and ‖δ‖ is inversely
proportional to their length (Arora, Li & Lyu 2019, arXiv:1812.03981). The first layers, with the largest gradients,
are lengthened most. These steps amplify differences by orders of magnitude, so that on another machine, whose rounding
differs, the later ratios are others of the same size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gradlab import activations, estimates, theory
from gradlab._internal import checks, progress
from gradlab.datasets import two_spirals
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLP, MLPConfig

# Small enough that the normalization divides by the true spread however small the weights are.
_EPSILON = 1e-12


@dataclass(frozen=True)
class Config:
    """The networks to draw: weights N(0, sigma_w²/width), no bias, inputs N(0, 1).

    Attributes:
        activation: name of the activation function.
        sigma_w: √(width Var W).
        width: units of every layer, and of the input.
        batch: samples B over which the normalization averages, at least 5.
        depth: number L of layers, at least 3.
        seeds: seeds 0, 1, ..., at least 2.
        training_width: width of the networks that are trained for a few steps, on two spirals.
        training_seeds: seeds 0, 1, ... of these; more than of the others, as their spread is larger.
        training_steps: steps of gradient descent.
        training_learning_rate: learning rate of these steps.

    """

    activation: str = "relu"
    sigma_w: float = math.sqrt(2)
    width: int = 256
    batch: int = 128
    depth: int = 50
    seeds: int = 5
    training_width: int = 64
    training_seeds: int = 20
    training_steps: int = 10
    training_learning_rate: float = 0.1

    def __post_init__(self) -> None:
        activations.get(self.activation)
        checks.positive("sigma_w", self.sigma_w)
        checks.positive_integer("width", self.width)
        checks.integer("batch", self.batch, 5)
        checks.integer("depth", self.depth, 3)
        checks.integer("seeds", self.seeds, 2)
        checks.positive_integer("training_width", self.training_width)
        checks.integer("training_seeds", self.training_seeds, 2)
        checks.integer("training_steps", self.training_steps, 0)
        checks.positive("training_learning_rate", self.training_learning_rate)


@dataclass(frozen=True)
class Result:
    """Gradients with respect to the pre-activations z_l, before the normalization. Means are geometric.

    Attributes:
        config: what was run.
        factor: mean over the seeds of (‖δ_2‖/‖δ_L‖)^(1/(L-2)). Layer 1 is left out: it divides by the spread
            of the inputs, every other layer by that of the activations.
        factor_standard_error: its standard error over the seeds.
        early_factor: the same over the first layers, (‖δ_2‖/‖δ_k‖)^(1/(k-2)) with k = 10 or L if that is less.
        early_factor_standard_error: its standard error over the seeds.
        predicted_factor: infinite width, this batch (Yang et al. 2019, Theorem 7).
        predicted_factor_infinite_batch: √(E φ'²/Var φ); for ReLU √(π/(π - 1)).
        profile: mean of ‖δ_l‖/‖δ_L‖, first layer to last.
        profile_without: the same without normalization, with the same weights and inputs.
        ratio_with: mean of ‖δ_1‖/‖δ_L‖.
        ratio_with_standard_error: its standard error.
        predicted_ratio_with: √E φ'² for layer 1, times the predicted factor to the power L-2.
        ratio_without: mean of ‖δ_1‖/‖δ_L‖ without normalization.
        predicted_ratio_without: mean field (Schoenholz et al. 2017).
        training_ratios: mean of ‖δ_1‖/‖δ_L‖ of the trained networks before step 1, 2, ... and after the last.
        training_ratios_by_seed: the same of every seed, one row for each.
        training_lengthening: by how much the first step lengthens W_l, ‖W_l - η ∂W_l‖/‖W_l‖, for l = 1, ..., L; the
            mean over the seeds, and empty where no step is taken.
        training_perpendicular: the same by Pythagoras, √(1 + η² ‖∂W_l‖²/‖W_l‖²).

    """

    config: Config
    factor: float
    factor_standard_error: float
    early_factor: float
    early_factor_standard_error: float
    predicted_factor: float
    predicted_factor_infinite_batch: float
    profile: tuple[float, ...]
    profile_without: tuple[float, ...]
    ratio_with: float
    ratio_with_standard_error: float
    predicted_ratio_with: float
    ratio_without: float
    predicted_ratio_without: float
    training_ratios: tuple[float, ...]
    training_ratios_by_seed: tuple[tuple[float, ...], ...]
    training_lengthening: tuple[float, ...]
    training_perpendicular: tuple[float, ...]


class _Training(NamedTuple):
    ratios: tuple[float, ...]
    lengthening: tuple[float, ...]
    perpendicular: tuple[float, ...]


def _shape(config: Config, normalization: str | None) -> MLPConfig:
    return MLPConfig(
        width=config.width,
        depth=config.depth,
        activation=config.activation,
        initialization="normal",
        sigma_w=config.sigma_w,
        normalization=normalization,
        bias="none",
        epsilon=_EPSILON,
    )


def _profiles(config: Config, normalization: str | None) -> list[tuple[float, ...]]:
    shape = _shape(config, normalization)
    seeds = progress.track(range(config.seeds), "batch_normalization")
    return [gaussian.pass_norms(gaussian.draw(shape, config.batch, seed)).profile for seed in seeds]


def _norms(tensors: Sequence[Tensor]) -> Tensor:
    return torch.stack([torch.linalg.vector_norm(tensor.detach()) for tensor in tensors])


def _train(config: Config, seed: int) -> _Training:
    """‖δ_1‖/‖δ_L‖ of the hidden layers before every step and after the last, and what step 1 does to W_l."""
    generator = torch.Generator().manual_seed(seed)
    samples = two_spirals(2 * ((config.batch + 1) // 2), generator)
    shape = MLPConfig(
        width=config.training_width,
        depth=config.depth,
        activation=config.activation,
        initialization="normal",
        sigma_w=config.sigma_w,
        normalization="batch",
        bias="none",
        input_width=2,
        output_width=1,
    )
    network = MLP(shape, generator)
    # The weights come first, and the last of them is the read-out.
    parameters = list(network.parameters())
    L, rate = config.depth, config.training_learning_rate
    before = _norms(parameters[:L])
    ratios: list[float] = []
    lengthening: tuple[float, ...] = ()
    perpendicular: tuple[float, ...] = ()
    for step in range(config.training_steps + 1):
        steps = network.trace(samples.x)
        loss = nn.functional.binary_cross_entropy_with_logits(steps[-1].a[:, 0], samples.y)
        first, last, *gradients = torch.autograd.grad(loss, [steps[0].z, steps[-2].z, *parameters])
        ratios.append(float(torch.linalg.vector_norm(first) / torch.linalg.vector_norm(last)))
        if step == config.training_steps:
            break
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.sub_(gradient, alpha=rate)
        if step == 0:
            lengthening = tuple((_norms(parameters[:L]) / before).tolist())
            perpendicular = tuple((1 + (rate * _norms(gradients[:L]) / before) ** 2).sqrt().tolist())
    return _Training(tuple(ratios), lengthening, perpendicular)


def run(config: Config | None = None) -> Result:
    """Measure the gradient with and without batch normalization, and over the first steps of training."""
    config = Config() if config is None else config
    L = config.depth
    normalized = _profiles(config, "batch")
    plain = _profiles(config, None)
    factor = estimates.geometric_mean([profile[1] ** (1 / (L - 2)) for profile in normalized])
    k = min(10, L)
    early = estimates.geometric_mean([(profile[1] / profile[k - 1]) ** (1 / (k - 2)) for profile in normalized])
    ratio = estimates.geometric_mean([profile[0] for profile in normalized])
    predicted_factor = (
        theory.batch_norm_relu_factor(config.batch)
        if config.activation == "relu"
        else theory.batch_norm_finite_batch_factor(config.activation, config.batch)
    )
    trained = [_train(config, seed) for seed in progress.track(range(config.training_seeds), "first training steps")]
    return Result(
        config=config,
        factor=factor.value,
        factor_standard_error=factor.standard_error,
        early_factor=early.value,
        early_factor_standard_error=early.standard_error,
        predicted_factor=predicted_factor,
        predicted_factor_infinite_batch=theory.batch_norm_factor(config.activation),
        profile=estimates.geometric_means(normalized),
        profile_without=estimates.geometric_means(plain),
        ratio_with=ratio.value,
        ratio_with_standard_error=ratio.standard_error,
        predicted_ratio_with=theory.batch_norm_first_factor(config.activation) * predicted_factor ** (L - 2),
        ratio_without=estimates.geometric_mean([profile[0] for profile in plain]).value,
        predicted_ratio_without=theory.mean_field(config.activation, config.sigma_w, L).factor ** (L - 1),
        training_ratios=estimates.geometric_means([training.ratios for training in trained]),
        training_ratios_by_seed=tuple(training.ratios for training in trained),
        training_lengthening=estimates.geometric_means([training.lengthening for training in trained]),
        training_perpendicular=estimates.geometric_means([training.perpendicular for training in trained]),
    )
