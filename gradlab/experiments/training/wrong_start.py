"""A logistic unit that starts on the wrong side.

The steps that each loss needs until the unit is right.

One unit p = σ(z) with label 1 and gradient descent on z itself. The cross-entropy pushes with 1 - p,
the squared error with 2 (1 - p)² p: from z = -20 the first needs about 20/η steps, the second about e^20/(2η).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gradlab import theory
from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError


@dataclass(frozen=True)
class Config:
    """Starting points and the learning rate.

    Attributes:
        starts: the z at which the unit starts, all negative, each once.
        learning_rate: η, at most 1.
        far: one more start, from which the squared error is only followed for ``far_steps`` steps.
        far_steps: number of those steps.

    """

    starts: tuple[float, ...] = (-1.0, -2.0, -3.0, -4.0, -5.0, -6.0, -7.0, -8.0)
    learning_rate: float = 1.0
    far: float = -20.0
    far_steps: int = 1000

    def __post_init__(self) -> None:
        checks.distinct("starts", self.starts)
        for argument, values in (("starts", self.starts), ("far", (self.far,))):
            for value in values:
                if checks.finite(argument, value) >= 0:
                    raise RefusalError(argument, repr(value), "a number below 0")
        if checks.positive("learning_rate", self.learning_rate) > 1:
            raise RefusalError("learning_rate", repr(self.learning_rate), "above 0 and at most 1")
        checks.positive_integer("far_steps", self.far_steps)


@dataclass(frozen=True)
class Start:
    """One start. Predicted numbers of steps are those of gradient flow, its time divided by η.

    Attributes:
        z: where the unit starts.
        cross_entropy_steps: steps of gradient descent on the cross-entropy until p is above 1/2.
        squared_error_steps: the same on the squared error.
        predicted_cross_entropy_steps: (-z + 1 - e^z)/η.
        predicted_squared_error_steps: (e^-z - 3 z + 5/2 - 3 e^z - e^2z/2)/(2η).

    """

    z: float
    cross_entropy_steps: int
    squared_error_steps: int
    predicted_cross_entropy_steps: float
    predicted_squared_error_steps: float


@dataclass(frozen=True)
class Result:
    """Every start, and the far one.

    Attributes:
        config: what was run.
        starts: one for each start.
        far_cross_entropy_step: by how much the first step on the cross-entropy moves z from ``far``.
        far_squared_error_step: the same on the squared error.
        far_cross_entropy_steps: steps on the cross-entropy from ``far`` until p is above 1/2.
        far_squared_error_moved: by how much ``far_steps`` steps on the squared error move z.
        predicted_far_cross_entropy_steps: gradient flow, in units of η.
        predicted_far_squared_error_steps: the same; not run.

    """

    config: Config
    starts: tuple[Start, ...]
    far_cross_entropy_step: float
    far_squared_error_step: float
    far_cross_entropy_steps: int
    far_squared_error_moved: float
    predicted_far_cross_entropy_steps: float
    predicted_far_squared_error_steps: float


def _cross_entropy(z: Tensor) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(z, torch.ones_like(z), reduction="sum")


def _squared_error(z: Tensor) -> Tensor:
    return ((torch.sigmoid(z) - 1) ** 2).sum()


_LOSSES = {"cross_entropy": _cross_entropy, "squared_error": _squared_error}


def _step(loss: str, z: Tensor, learning_rate: float) -> Tensor:
    z = z.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(_LOSSES[loss](z), z)
    return z.detach() - learning_rate * gradient


def _steps(loss: str, starts: tuple[float, ...], learning_rate: float) -> tuple[int, ...]:
    """The steps that each start needs until z is above 0; every start moves on its own."""
    z = torch.tensor(starts, dtype=torch.float64)
    steps = torch.zeros(len(starts), dtype=torch.int64)
    while bool((wrong := z <= 0).any()):
        steps += wrong
        z = _step(loss, z, learning_rate)
    return tuple(steps.tolist())


def _moved(config: Config, loss: str, steps: int) -> float:
    z = torch.tensor([config.far], dtype=torch.float64)
    for _ in range(steps):
        z = _step(loss, z, config.learning_rate)
    return float(z) - config.far


def run(config: Config | None = None) -> Result:
    """Descend on both losses from every start."""
    config = Config() if config is None else config
    eta = config.learning_rate
    counted = {loss: _steps(loss, config.starts, eta) for loss in _LOSSES}
    starts = tuple(
        Start(
            z=z,
            cross_entropy_steps=entropy,
            squared_error_steps=square,
            predicted_cross_entropy_steps=theory.cross_entropy_time(z) / eta,
            predicted_squared_error_steps=theory.squared_error_time(z) / eta,
        )
        for z, entropy, square in zip(config.starts, counted["cross_entropy"], counted["squared_error"], strict=True)
    )
    return Result(
        config=config,
        starts=starts,
        far_cross_entropy_step=_moved(config, "cross_entropy", 1),
        far_squared_error_step=_moved(config, "squared_error", 1),
        far_cross_entropy_steps=_steps("cross_entropy", (config.far,), eta)[0],
        far_squared_error_moved=_moved(config, "squared_error", config.far_steps),
        predicted_far_cross_entropy_steps=theory.cross_entropy_time(config.far) / eta,
        predicted_far_squared_error_steps=theory.squared_error_time(config.far) / eta,
    )
