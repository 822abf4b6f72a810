"""The learning rate: no influence on the gradient, decisive for the stability of descent.

A gradient that vanishes over the layers has vanished before any step is taken, and no learning rate enters
it. Divergence over time is another matter: gradient descent on a quadratic with largest curvature λ is
stable below 2/λ and multiplies its error by |1 - η λ| at every step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from gradlab import activations, initialization, theory
from gradlab._internal import checks, progress
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLP, MLPConfig


@dataclass(frozen=True)
class Config:
    """A network for the first part, a quadratic for the second.

    Attributes:
        learning_rates: learning rates η of one step of gradient descent on the network.
        activation: name of its activation function.
        initialization: name of its initialization.
        width: units of every layer, and of the input.
        depth: number L of hidden layers, at least 2; a linear read-out of width 1 follows.
        batch: inputs N(0, 1), labeled by the sign of their first entry, at least 2.
        seed: seed of inputs and weights.
        quadratic_learning_rates: learning rates η of descent on Σ λ_i x_i²/2.
        curvatures: the λ_i.
        steps: steps of descent on the quadratic, from x = (1, 1, ...).

    """

    learning_rates: tuple[float, ...] = (1e-3, 0.1, 10.0)
    activation: str = "sigmoid"
    initialization: str = "xavier"
    width: int = 64
    depth: int = 20
    batch: int = 64
    seed: int = 42
    quadratic_learning_rates: tuple[float, ...] = (0.19, 0.2, 0.201, 0.21)
    curvatures: tuple[float, ...] = (1.0, 10.0)
    steps: int = 200

    def __post_init__(self) -> None:
        activations.get(self.activation)
        initialization.get(self.initialization)
        for argument in ("learning_rates", "quadratic_learning_rates", "curvatures"):
            values = getattr(self, argument)
            checks.distinct(argument, values)
            for value in values:
                checks.positive(argument, value)
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 2)
        checks.integer("batch", self.batch, 2)
        checks.seed("seed", self.seed)
        checks.positive_integer("steps", self.steps)


@dataclass(frozen=True)
class FirstStep:
    """The first step of gradient descent at one learning rate.

    Attributes:
        learning_rate: the learning rate η.
        first_gradient: ‖∂W_1‖ before the step.
        last_gradient: ‖∂W_L‖ of the last hidden layer before the step.
        ratio: ‖∂W_1‖/‖∂W_L‖.
        delta_ratio: ‖δ_1‖/‖δ_L‖.
        same_gradient: whether the gradient of every parameter is bit for bit that of the first learning rate.
        relative_change_first: ‖ΔW_1‖/‖W_1‖ by the step.
        relative_change_last: ‖ΔW_L‖/‖W_L‖ by the step.
        loss_before: binary cross-entropy before the step.
        loss_after: after the step.

    """

    learning_rate: float
    first_gradient: float
    last_gradient: float
    ratio: float
    delta_ratio: float
    same_gradient: bool
    relative_change_first: float
    relative_change_last: float
    loss_before: float
    loss_after: float


@dataclass(frozen=True)
class Descent:
    """Gradient descent on the quadratic at one learning rate.

    Attributes:
        learning_rate: the learning rate η.
        path: largest |x_i| after 0, 1, ... steps; it starts at 1.
        predicted_path: largest |1 - η λ_i|^t after t = 0, 1, ... steps.
        distance: the last of ``path``.
        predicted: the last of ``predicted_path``.
        stable: whether η is at most 2/λ_max.

    """

    learning_rate: float
    path: tuple[float, ...]
    predicted_path: tuple[float, ...]
    distance: float
    predicted: float
    stable: bool


@dataclass(frozen=True)
class Result:
    """Both parts.

    Attributes:
        config: what was run.
        first_steps: one for each learning rate.
        predicted_delta_ratio: mean field, for infinite width (Schoenholz et al. 2017).
        descents: one for each learning rate of the quadratic.
        stable_limit: 2/λ_max.

    """

    config: Config
    first_steps: tuple[FirstStep, ...]
    predicted_delta_ratio: float
    descents: tuple[Descent, ...]
    stable_limit: float


def _norm(tensor: Tensor) -> float:
    return float(torch.linalg.vector_norm(tensor))


def _first_step(config: Config, eta: float) -> tuple[FirstStep, list[Tensor]]:
    generator = torch.Generator().manual_seed(config.seed)
    x = gaussian.inputs(config.batch, config.width, generator)
    labels = (x[:, 0] > 0).to(x.dtype)
    shape = MLPConfig(
        width=config.width,
        depth=config.depth,
        activation=config.activation,
        initialization=config.initialization,
        output_width=1,
    )
    network = MLP(shape, generator)
    parameters = list(network.parameters())

    def loss(output: Tensor) -> Tensor:
        return nn.functional.binary_cross_entropy_with_logits(output[:, 0], labels)

    steps = network.trace(x)
    before = loss(steps[-1].a)
    first_delta, last_delta, *gradients = torch.autograd.grad(before, [steps[0].z, steps[-2].z, *parameters])
    layers = network.linear_layers
    of_weight = {id(parameter): gradient for parameter, gradient in zip(parameters, gradients, strict=True)}
    first, last = (of_weight[id(layer.weight)] for layer in (layers[0], layers[-2]))
    old_first, old_last = (layer.weight.detach().clone() for layer in (layers[0], layers[-2]))
    with torch.no_grad():
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.sub_(gradient, alpha=eta)
        after = loss(network(x))
    step = FirstStep(
        learning_rate=eta,
        first_gradient=_norm(first),
        last_gradient=_norm(last),
        ratio=_norm(first) / _norm(last),
        delta_ratio=_norm(first_delta) / _norm(last_delta),
        same_gradient=True,
        relative_change_first=_norm(layers[0].weight.detach() - old_first) / _norm(old_first),
        relative_change_last=_norm(layers[-2].weight.detach() - old_last) / _norm(old_last),
        loss_before=float(before.detach()),
        loss_after=float(after),
    )
    return step, gradients


def _first_steps(config: Config) -> tuple[FirstStep, ...]:
    taken = [_first_step(config, eta) for eta in progress.track(config.learning_rates, "learning_rate")]
    reference = taken[0][1]
    return tuple(replace(step, same_gradient=all(map(torch.equal, gradients, reference))) for step, gradients in taken)


def _descent(config: Config, eta: float) -> Descent:
    curvatures = torch.tensor(config.curvatures, dtype=torch.float64)
    x = torch.ones_like(curvatures, requires_grad=True)
    path = [1.0]
    for _ in range(config.steps):
        (gradient,) = torch.autograd.grad((curvatures * x**2).sum() / 2, x)
        with torch.no_grad():
            x -= eta * gradient
        path.append(float(x.detach().abs().max()))
    predicted = [max(abs(1 - eta * value) ** step for value in config.curvatures) for step in range(config.steps + 1)]
    return Descent(
        learning_rate=eta,
        path=tuple(path),
        predicted_path=tuple(predicted),
        distance=path[-1],
        predicted=predicted[-1],
        stable=eta <= theory.largest_stable_learning_rate(max(config.curvatures)),
    )


def run(config: Config | None = None) -> Result:
    """Take one step on the network and many on the quadratic, at every learning rate."""
    config = Config() if config is None else config
    sigma_w = initialization.get(config.initialization).sigma_w(config.width)
    return Result(
        config=config,
        first_steps=_first_steps(config),
        predicted_delta_ratio=theory.mean_field(config.activation, sigma_w, config.depth).factor ** (config.depth - 1),
        descents=tuple(_descent(config, eta) for eta in config.quadratic_learning_rates),
        stable_limit=theory.largest_stable_learning_rate(max(config.curvatures)),
    )
