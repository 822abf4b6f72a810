"""Gradient clipping on a network that explodes.

It bounds the step, and leaves the ratios between layers as they were.

Clipping by the global norm multiplies all gradients by one number, min(1, m/(‖g‖ + 1e-6)) in PyTorch
(Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063). The step is bounded; ratios between layers, the growth of
the forward pass and of δ stay. Clipping every entry by value changes the direction of the step as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gradlab import activations, estimates, theory
from gradlab._internal import checks, progress
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLP, MLPConfig


@dataclass(frozen=True)
class Config:
    """Networks with weights N(0, sigma_w²/width), bias 0, and a linear read-out of width 1.

    Attributes:
        activation: name of the activation function.
        sigma_w: √(width Var W) of every layer; above √2 a ReLU network explodes, above 1 a tanh network.
        width: units of every layer, and of the input.
        depth: number L of hidden layers, at least 2.
        batch: inputs N(0, 1), labeled by the sign of their first entry, at least 2.
        maximum_norm: m, the bound of the global norm.
        maximum_value: the bound of every entry when clipping by value.
        learning_rate: learning rate of the one clipped step.
        seeds: seeds 0, 1, ..., at least 2.

    """

    activation: str = "relu"
    sigma_w: float = math.sqrt(8)
    width: int = 64
    depth: int = 20
    batch: int = 64
    maximum_norm: float = 1.0
    maximum_value: float = 1.0
    learning_rate: float = 0.1
    seeds: int = 5

    def __post_init__(self) -> None:
        activations.get(self.activation)
        checks.positive("sigma_w", self.sigma_w)
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 2)
        checks.integer("batch", self.batch, 2)
        checks.positive("maximum_norm", self.maximum_norm)
        checks.positive("maximum_value", self.maximum_value)
        checks.positive("learning_rate", self.learning_rate)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Run:
    """One network. “After” means after clipping, or after the clipped step where it says so.

    Attributes:
        seed: seed of the network.
        norm_before: global norm ‖g‖ of all parameters' gradients.
        norm_after: the same after clipping.
        predicted_norm_after: ‖g‖ min(1, m/(‖g‖ + 1e-6)).
        weight_ratio_before: ‖∂W_1‖/‖∂W_L‖ (L the last hidden layer).
        weight_ratio_after: the same after clipping.
        cosine_norm: cosine between the gradient and the gradient clipped by its norm.
        cosine_value: cosine between the gradient and the gradient clipped by value.
        delta_ratio_before: ‖δ_1‖/‖δ_L‖.
        delta_ratio_after_step: the same in the pass after the clipped step.
        forward_growth_before: ‖a_L‖/‖a_0‖.
        forward_growth_after_step: the same in the pass after the clipped step.
        unclipped_step_growth: ‖a_L‖/‖a_0‖ after a step of the same learning rate without clipping; infinity
            where it overflows.
        layers_before: ‖∂W_l‖ of the hidden layers, first to last.
        layers_by_norm: the same after clipping by the global norm.
        layers_by_value: the same after clipping every entry by value.

    """

    seed: int
    norm_before: float
    norm_after: float
    predicted_norm_after: float
    weight_ratio_before: float
    weight_ratio_after: float
    cosine_norm: float
    cosine_value: float
    delta_ratio_before: float
    delta_ratio_after_step: float
    forward_growth_before: float
    forward_growth_after_step: float
    unclipped_step_growth: float
    layers_before: tuple[float, ...]
    layers_by_norm: tuple[float, ...]
    layers_by_value: tuple[float, ...]


@dataclass(frozen=True)
class Result:
    """Means over the seeds (geometric, of the cosine arithmetic) and every run.

    Attributes:
        config: what was run.
        norm_before: mean global norm.
        norm_after: mean global norm after clipping.
        weight_ratio_before: mean ‖∂W_1‖/‖∂W_L‖.
        weight_ratio_after: the same after clipping.
        largest_relative_ratio_change: largest relative change of ‖∂W_1‖/‖∂W_L‖ by clipping over the runs.
        delta_ratio_before: mean ‖δ_1‖/‖δ_L‖.
        delta_ratio_after_step: the same after the clipped step.
        predicted_delta_ratio: mean field, for infinite width (Schoenholz et al. 2017); for ReLU (sigma_w²/2)^((L-1)/2),
            the root mean square over networks (He et al. 2015).
        forward_growth_before: mean ‖a_L‖/‖a_0‖.
        forward_growth_after_step: the same after the clipped step.
        predicted_forward_growth: mean field; for ReLU (sigma_w²/2)^(L/2).
        cosine_norm: smallest cosine of the gradient and the one clipped by norm.
        cosine_value: mean cosine of the gradient and the one clipped by value.
        cosine_value_standard_error: its standard error over the seeds.
        runs: one for each seed.

    """

    config: Config
    norm_before: float
    norm_after: float
    weight_ratio_before: float
    weight_ratio_after: float
    largest_relative_ratio_change: float
    delta_ratio_before: float
    delta_ratio_after_step: float
    predicted_delta_ratio: float
    forward_growth_before: float
    forward_growth_after_step: float
    predicted_forward_growth: float
    cosine_norm: float
    cosine_value: float
    cosine_value_standard_error: float
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class _Observation:
    """Observation of one pass: the growth forward and backward, and the gradients of the parameters."""

    forward_growth: float
    delta_ratio: float
    gradients: tuple[Tensor, ...]


def _norm(tensor: Tensor) -> float:
    return float(torch.linalg.vector_norm(tensor))


def _observe(network: MLP, x: Tensor, labels: Tensor) -> _Observation:
    steps = network.trace(x)
    loss = nn.functional.binary_cross_entropy_with_logits(steps[-1].a[:, 0], labels)
    first, last, *gradients = torch.autograd.grad(loss, [steps[0].z, steps[-2].z, *network.parameters()])
    return _Observation(
        forward_growth=_norm(steps[-2].a.detach()) / _norm(x),
        delta_ratio=_norm(first) / _norm(last),
        gradients=tuple(gradients),
    )


def _give_gradients(parameters: list[nn.Parameter], gradients: tuple[Tensor, ...]) -> None:
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient.clone()


def _flat_gradient(parameters: list[nn.Parameter]) -> Tensor:
    return torch.cat([parameter.grad.flatten() for parameter in parameters if parameter.grad is not None])


def _layer_norms(network: MLP) -> tuple[float, ...]:
    """‖∂W_l‖ of the hidden layers."""
    gradients = [layer.weight.grad for layer in network.linear_layers[:-1]]
    return tuple(_norm(gradient) for gradient in gradients if gradient is not None)


def _cosine(left: Tensor, right: Tensor) -> float:
    return float(left @ right) / (_norm(left) * _norm(right))


def _step(parameters: list[nn.Parameter], learning_rate: float) -> None:
    with torch.no_grad():
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.sub_(parameter.grad, alpha=learning_rate)


def _growth_after_unclipped_step(config: Config, network: MLP, x: Tensor, gradients: tuple[Tensor, ...]) -> float:
    parameters = list(network.parameters())
    _give_gradients(parameters, gradients)
    _step(parameters, config.learning_rate)
    with torch.no_grad():
        growth = _norm(network.trace(x)[-2].a) / _norm(x)
    return growth if math.isfinite(growth) else math.inf


def _run_seed(config: Config, seed: int) -> Run:
    generator = torch.Generator().manual_seed(seed)
    x = gaussian.inputs(config.batch, config.width, generator)
    labels = (x[:, 0] > 0).to(x.dtype)
    shape = MLPConfig(
        width=config.width,
        depth=config.depth,
        activation=config.activation,
        initialization="normal",
        sigma_w=config.sigma_w,
        output_width=1,
    )
    network = MLP(shape, generator)
    parameters = list(network.parameters())
    start = [parameter.detach().clone() for parameter in parameters]
    before = _observe(network, x, labels)

    _give_gradients(parameters, before.gradients)
    gradient = _flat_gradient(parameters)
    layers_before = _layer_norms(network)
    nn.utils.clip_grad_value_(parameters, config.maximum_value)
    cosine_value = _cosine(gradient, _flat_gradient(parameters))
    layers_by_value = _layer_norms(network)

    _give_gradients(parameters, before.gradients)
    nn.utils.clip_grad_norm_(parameters, config.maximum_norm)
    clipped = _flat_gradient(parameters)
    layers_by_norm = _layer_norms(network)
    _step(parameters, config.learning_rate)
    after = _observe(network, x, labels)

    with torch.no_grad():
        for parameter, value in zip(parameters, start, strict=True):
            parameter.copy_(value)
    return Run(
        seed=seed,
        norm_before=_norm(gradient),
        norm_after=_norm(clipped),
        predicted_norm_after=_norm(gradient) * theory.clipping_coefficient(_norm(gradient), config.maximum_norm),
        weight_ratio_before=layers_before[0] / layers_before[-1],
        weight_ratio_after=layers_by_norm[0] / layers_by_norm[-1],
        cosine_norm=_cosine(gradient, clipped),
        cosine_value=cosine_value,
        delta_ratio_before=before.delta_ratio,
        delta_ratio_after_step=after.delta_ratio,
        forward_growth_before=before.forward_growth,
        forward_growth_after_step=after.forward_growth,
        unclipped_step_growth=_growth_after_unclipped_step(config, network, x, before.gradients),
        layers_before=layers_before,
        layers_by_norm=layers_by_norm,
        layers_by_value=layers_by_value,
    )


def run(config: Config | None = None) -> Result:
    """Clip the gradients of an exploding network in both ways, take one step, and look again."""
    config = Config() if config is None else config
    runs = tuple(_run_seed(config, seed) for seed in progress.track(range(config.seeds), "clipping"))

    def typical(name: str) -> float:
        return estimates.geometric_mean([getattr(run, name) for run in runs]).value

    cosine_value = estimates.mean([run.cosine_value for run in runs])
    predicted = theory.mean_field(config.activation, config.sigma_w, config.depth)
    return Result(
        config=config,
        norm_before=typical("norm_before"),
        norm_after=typical("norm_after"),
        weight_ratio_before=typical("weight_ratio_before"),
        weight_ratio_after=typical("weight_ratio_after"),
        largest_relative_ratio_change=max(abs(run.weight_ratio_after / run.weight_ratio_before - 1) for run in runs),
        delta_ratio_before=typical("delta_ratio_before"),
        delta_ratio_after_step=typical("delta_ratio_after_step"),
        predicted_delta_ratio=predicted.profile[-1],
        forward_growth_before=typical("forward_growth_before"),
        forward_growth_after_step=typical("forward_growth_after_step"),
        predicted_forward_growth=math.sqrt(theory.next_q(config.activation, predicted.q[-1], 1.0)),
        cosine_norm=min(run.cosine_norm for run in runs),
        cosine_value=cosine_value.value,
        cosine_value_standard_error=cosine_value.standard_error,
        runs=runs,
    )
