"""A sigmoid in the output layer: squared error and cross-entropy.

Its gradient vanishes with a squared error, not with the cross-entropy.

With p = σ(z), the gradient of the binary cross-entropy with respect to z is p - y, and that of the squared
error (p - y)² is 2 (p - y) p (1 - p): the second contains σ'(z), the first does not. What protects a sigmoid
output is the loss; normalization or residual connections in the hidden layers have nothing to do with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gradlab import theory
from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError
from gradlab.experiments._shared import gaussian


@dataclass(frozen=True)
class Config:
    """A grid of outputs before the sigmoid, and the label.

    Attributes:
        label: y, 0 or 1.
        lower: smallest z.
        upper: largest z.
        points: number of equally spaced z, both ends included.
        at: the z at which the gradients are also given alone, confidently wrong for y = 1.
        batch: outputs z ~ N(at, 1), all with this label, of the comparison with batch normalization, at least 2.
        seed: their seed.

    """

    label: float = 1.0
    lower: float = -20.0
    upper: float = 20.0
    points: int = 201
    at: float = -20.0
    batch: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        if checks.finite("label", self.label) not in (0.0, 1.0):
            raise RefusalError("label", repr(self.label), "0 or 1")
        lower, upper = checks.finite("lower", self.lower), checks.finite("upper", self.upper)
        if lower >= upper:
            raise RefusalError("lower", repr(lower), f"below upper = {upper!r}")
        checks.integer("points", self.points, 2)
        checks.finite("at", self.at)
        checks.integer("batch", self.batch, 2)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Result:
    """Gradients with respect to z, by autograd.

    Attributes:
        config: what was run.
        z: the grid.
        probability: p = σ(z).
        cross_entropy: gradient of the binary cross-entropy on z (``binary_cross_entropy_with_logits``).
        squared_error: gradient of (σ(z) - y)².
        cross_entropy_at: the first at ``config.at``.
        squared_error_at: the second at ``config.at``.
        predicted_cross_entropy_at: p - y.
        predicted_squared_error_at: 2 (p - y) p (1 - p).
        predicted_cross_entropy: p - y over the grid.
        predicted_squared_error: 2 (p - y) p (1 - p) over the grid.
        largest_squared_error: largest |gradient| of the squared error over the grid; at most 8/27.
        batch_mean: mean over the batch of the cross-entropy's gradient with respect to z.
        normalized_batch_mean: the same with batch normalization between z and the sigmoid.

    """

    config: Config
    z: tuple[float, ...]
    probability: tuple[float, ...]
    cross_entropy: tuple[float, ...]
    squared_error: tuple[float, ...]
    cross_entropy_at: float
    squared_error_at: float
    predicted_cross_entropy_at: float
    predicted_squared_error_at: float
    predicted_cross_entropy: tuple[float, ...]
    predicted_squared_error: tuple[float, ...]
    largest_squared_error: float
    batch_mean: float
    normalized_batch_mean: float


Loss = Callable[[Tensor, Tensor], Tensor]


def _cross_entropy(z: Tensor, y: Tensor) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(z, y, reduction="sum")


def _squared_error(z: Tensor, y: Tensor) -> Tensor:
    return ((torch.sigmoid(z) - y) ** 2).sum()


def _gradient(loss: Loss, z: Tensor, label: float) -> tuple[float, ...]:
    z = z.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(z, torch.full_like(z, label)), z)
    return tuple(gradient.tolist())


def _normalized_cross_entropy(z: Tensor, y: Tensor) -> Tensor:
    normalized = nn.functional.batch_norm(z.unsqueeze(1), None, None, training=True)
    return _cross_entropy(normalized[:, 0], y)


def run(config: Config | None = None) -> Result:
    """Differentiate both losses with respect to the output before the sigmoid."""
    config = Config() if config is None else config
    z = torch.linspace(config.lower, config.upper, config.points, dtype=torch.float64)
    at = torch.tensor([config.at], dtype=torch.float64)
    squared_error = _gradient(_squared_error, z, config.label)
    generator = torch.Generator().manual_seed(config.seed)
    batch = config.at + gaussian.inputs(config.batch, 1, generator)[:, 0]
    return Result(
        config=config,
        z=tuple(z.tolist()),
        probability=tuple(torch.sigmoid(z).tolist()),
        cross_entropy=_gradient(_cross_entropy, z, config.label),
        squared_error=squared_error,
        cross_entropy_at=_gradient(_cross_entropy, at, config.label)[0],
        squared_error_at=_gradient(_squared_error, at, config.label)[0],
        predicted_cross_entropy_at=theory.cross_entropy_gradient(config.at, config.label),
        predicted_squared_error_at=theory.squared_error_gradient(config.at, config.label),
        predicted_cross_entropy=tuple(theory.cross_entropy_gradient(value, config.label) for value in z.tolist()),
        predicted_squared_error=tuple(theory.squared_error_gradient(value, config.label) for value in z.tolist()),
        largest_squared_error=max(abs(value) for value in squared_error),
        batch_mean=sum(_gradient(_cross_entropy, batch, config.label)) / config.batch,
        normalized_batch_mean=sum(_gradient(_normalized_cross_entropy, batch, config.label)) / config.batch,
    )
