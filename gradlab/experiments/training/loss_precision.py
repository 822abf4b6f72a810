"""The cross-entropy in float32, behind a sigmoid and on z.

The formula is the same, the gradient is another.

``BCELoss`` sees only p = σ(z). In float32 p is exactly 1 once e^-z is below 2^-24, and the derivative of the
sigmoid, p (1 - p), exactly 0; and PyTorch divides by max(p (1 - p), 1e-12), so that small p are cut as well.
``BCEWithLogitsLoss`` sees z and gives p - y.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gradlab._internal import checks


@dataclass(frozen=True)
class Config:
    """Distances of the outputs on the wrong side.

    Attributes:
        largest: the largest d; z is d for label 0 and -d for label 1.
        points: number of equally spaced d from 0 on, both ends included, at least 2.
        at: the d at which the numbers are also given alone.

    """

    largest: float = 40.0
    points: int = 81
    at: float = 30.0

    def __post_init__(self) -> None:
        checks.positive("largest", self.largest)
        checks.integer("points", self.points, 2)
        checks.positive("at", self.at)


@dataclass(frozen=True)
class Label:
    """One label, with outputs on its wrong side; gradients are |∂L/∂z|.

    Attributes:
        label: the label y.
        behind: gradient of ``BCELoss`` behind a sigmoid, over the grid.
        on_z: gradient of ``BCEWithLogitsLoss``, over the grid.
        behind_at: the first at ``config.at``.
        loss_behind_at: ``BCELoss`` there.
        loss_on_z_at: ``BCEWithLogitsLoss`` there.

    """

    label: float
    behind: tuple[float, ...]
    on_z: tuple[float, ...]
    behind_at: float
    loss_behind_at: float
    loss_on_z_at: float


@dataclass(frozen=True)
class Result:
    """Both labels.

    Attributes:
        config: what was run.
        distance: the grid of d.
        one: label 1, z = -d.
        zero: label 0, z = d.
        predicted: the gradient in exact arithmetic, 1/(1 + e^-d), over the grid.
        predicted_one: (1 - p) p (1 - p)/max(p (1 - p), 1e-12) at label 1, over the grid.
        predicted_zero: 1/(1 + e^-d) up to 24 ln 2 and 0 beyond, over the grid.
        cut: the smallest d at which the gradient behind a sigmoid is exactly 0 at label 0, by bisection.
        predicted_cut: 24 ln 2, where e^-d is half the distance from 1 to the next number of float32.

    """

    config: Config
    distance: tuple[float, ...]
    one: Label
    zero: Label
    predicted: tuple[float, ...]
    predicted_one: tuple[float, ...]
    predicted_zero: tuple[float, ...]
    cut: float
    predicted_cut: float


Loss = Callable[[Tensor, Tensor], Tensor]
CUT = 24 * math.log(2)
CLAMP = 1e-12
"""PyTorch's, in the backward pass of ``binary_cross_entropy``."""


def _behind(z: Tensor, y: Tensor) -> Tensor:
    return nn.functional.binary_cross_entropy(torch.sigmoid(z), y, reduction="none")


def _on_z(z: Tensor, y: Tensor) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")


def _loss_and_gradient(loss: Loss, distance: Tensor, label: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    z = (-distance if label == 1 else distance).clone().requires_grad_()
    losses = loss(z, torch.full_like(z, label))
    (gradient,) = torch.autograd.grad(losses.sum(), z)
    return tuple(losses.tolist()), tuple(gradient.abs().tolist())


def _label(config: Config, distance: Tensor, label: float) -> Label:
    at = torch.tensor([config.at], dtype=torch.float32)
    loss_behind_at, behind_at = _loss_and_gradient(_behind, at, label)
    loss_on_z_at, _ = _loss_and_gradient(_on_z, at, label)
    return Label(
        label=label,
        behind=_loss_and_gradient(_behind, distance, label)[1],
        on_z=_loss_and_gradient(_on_z, distance, label)[1],
        behind_at=behind_at[0],
        loss_behind_at=loss_behind_at[0],
        loss_on_z_at=loss_on_z_at[0],
    )


def _cut() -> float:
    """The d at which the gradient behind a sigmoid becomes 0, to the resolution of float32."""
    low, high = 10.0, 30.0
    while high - low > 2.0**-19:
        middle = (low + high) / 2
        (gradient,) = _loss_and_gradient(_behind, torch.tensor([middle], dtype=torch.float32), 0.0)[1]
        low, high = (low, middle) if gradient == 0 else (middle, high)
    return high


def run(config: Config | None = None) -> Result:
    """Differentiate both forms of the cross-entropy in float32, on the wrong side of both labels."""
    config = Config() if config is None else config
    distance = torch.linspace(0, config.largest, config.points, dtype=torch.float32)
    exact = distance.double()
    right, wrong = torch.sigmoid(exact), torch.sigmoid(-exact)
    slope = right * wrong
    return Result(
        config=config,
        distance=tuple(distance.tolist()),
        one=_label(config, distance, 1.0),
        zero=_label(config, distance, 0.0),
        predicted=tuple(right.tolist()),
        predicted_one=tuple((right * slope / slope.clamp_min(CLAMP)).tolist()),
        predicted_zero=tuple((right * (exact < CUT)).tolist()),
        cut=_cut(),
        predicted_cut=CUT,
    )
