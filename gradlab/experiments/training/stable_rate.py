"""The largest stable learning rate of a linear regression.

It comes from the Hessian that autograd gives.

The loss |X w - X w*|²/(2 n) is a quadratic with Hessian H = X^T X/n. Along the eigenvector of the largest
eigenvalue λ gradient descent multiplies the error by 1 - η λ at every step: it is stable below 2/λ. A feature
written down in a smaller unit, so that its numbers are larger, has a larger λ and needs a smaller rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gradlab import theory
from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError
from gradlab.experiments._shared import gaussian


@dataclass(frozen=True)
class Config:
    """A regression on features N(0, 1), and once more with the first feature in another unit.

    Attributes:
        points: n, at least 2.
        features: columns of X.
        scale: by what the first feature is multiplied the second time.
        margin: the learning rates are (1 - margin) and (1 + margin) times 2/λ.
        steps: steps of gradient descent from w = 0.
        seed: seed of X and w*.

    """

    points: int = 64
    features: int = 8
    scale: float = 10.0
    margin: float = 0.01
    steps: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        checks.integer("points", self.points, 2)
        checks.positive_integer("features", self.features)
        checks.positive("scale", self.scale)
        if checks.positive("margin", self.margin) >= 1:
            raise RefusalError("margin", repr(self.margin), "above 0 and below 1")
        checks.positive_integer("steps", self.steps)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Case:
    """One unit of the first feature. Errors are those along the steepest eigenvector, relative to the start.

    Attributes:
        scale: by what the first feature was multiplied.
        curvature: λ, the largest eigenvalue of the Hessian by autograd.
        predicted_curvature: the squared largest singular value of X, divided by n.
        stable_limit: 2/λ.
        below: error after all steps at (1 - margin) 2/λ.
        above: error after all steps at (1 + margin) 2/λ.
        predicted_below: |1 - η λ|^steps = |1 - 2 margin|^steps.
        predicted_above: (1 + 2 margin)^steps.

    """

    scale: float
    curvature: float
    predicted_curvature: float
    stable_limit: float
    below: float
    above: float
    predicted_below: float
    predicted_above: float


@dataclass(frozen=True)
class Result:
    """Both units.

    Attributes:
        config: what was run.
        plain: with the features as they are.
        scaled: with the first feature multiplied.

    """

    config: Config
    plain: Case
    scaled: Case


def _loss(X: Tensor, y: Tensor, w: Tensor) -> Tensor:
    return ((X @ w - y) ** 2).sum() / (2 * len(X))


def _error(X: Tensor, target: Tensor, direction: Tensor, eta: float, steps: int) -> float:
    y = X @ target
    w = torch.zeros_like(target, requires_grad=True)
    for _ in range(steps):
        (gradient,) = torch.autograd.grad(_loss(X, y, w), w)
        with torch.no_grad():
            w -= eta * gradient
    return abs(float(direction @ (w.detach() - target)) / float(direction @ target))


def _case(config: Config, X: Tensor, target: Tensor, scale: float) -> Case:
    X = X.clone()
    X[:, 0] *= scale
    y = X @ target
    hessian = torch.autograd.functional.hessian(lambda w: _loss(X, y, w), torch.zeros_like(target))  # type: ignore[no-untyped-call]
    eigenvalues, eigenvectors = torch.linalg.eigh(hessian)
    curvature, direction = float(eigenvalues[-1]), eigenvectors[:, -1]
    limit = theory.largest_stable_learning_rate(curvature)
    below, above = (1 - config.margin) * limit, (1 + config.margin) * limit
    return Case(
        scale=scale,
        curvature=curvature,
        predicted_curvature=float(torch.linalg.svdvals(X)[0]) ** 2 / config.points,
        stable_limit=limit,
        below=_error(X, target, direction, below, config.steps),
        above=_error(X, target, direction, above, config.steps),
        predicted_below=abs(1 - 2 * config.margin) ** config.steps,
        predicted_above=(1 + 2 * config.margin) ** config.steps,
    )


def run(config: Config | None = None) -> Result:
    """Measure the Hessian of both regressions and descend just below and just above the limit."""
    config = Config() if config is None else config
    generator = torch.Generator().manual_seed(config.seed)
    X = gaussian.inputs(config.points, config.features, generator)
    target = gaussian.inputs(1, config.features, generator)[0]
    return Result(
        config=config,
        plain=_case(config, X, target, 1.0),
        scaled=_case(config, X, target, config.scale),
    )
