"""Gradient that goes back through one matrix again and again.

Its largest growth is the norm of a power of the matrix.

In h_t = W h_{t-1} the derivative of a state with respect to the one k time steps earlier is W^k. In the end its
eigenvalues decide whether that vanishes or explodes, and on the way there its singular values: a matrix whose
eigenvalues are both below 1 may multiply a gradient by a hundred first. In a tanh network each step has another
Jacobian, and the eigenvalues of W decide nothing at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from gradlab import theory
from gradlab._internal import checks
from gradlab.experiments.recurrence import _networks

# Both eigenvalues are 0, and a tanh network with this matrix has a state at which the gradient doubles at every step.
_NILPOTENT = ((8.0, 8.0), (-8.0, -8.0))
_STATE = (0.0, 0.5)


@dataclass(frozen=True)
class Config:
    """Matrices, and how often they are used.

    Attributes:
        radii: factors r of an orthogonal matrix, whose eigenvalues all have this size.
        width: its number of rows.
        eigenvalue: λ of the matrix [[λ, c], [0, λ]].
        shear: c of it.
        steps: number k of time steps, at most.
        tanh_steps: number of time steps of the tanh network.
        seed: seed of the orthogonal matrix.

    """

    radii: tuple[float, ...] = (0.9, 1.0, 1.1)
    width: int = 16
    eigenvalue: float = 0.5
    shear: float = 100.0
    steps: int = 40
    tanh_steps: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        checks.distinct("radii", self.radii)
        for radius in self.radii:
            checks.positive("radii", radius)
        for name in ("width", "steps", "tanh_steps"):
            checks.positive_integer(name, getattr(self, name))
        checks.positive("eigenvalue", self.eigenvalue)
        checks.finite("shear", self.shear)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Growth:
    """One matrix.

    Attributes:
        radius: size of its largest eigenvalue.
        norm: its largest singular value, which no factor of a single step can exceed.
        measured: largest singular value of ∂h_k/∂h_0 for k = 1, 2, ..., by automatic differentiation.
        predicted: the same of W^k, in closed form.

    """

    radius: float
    norm: float
    measured: tuple[float, ...]
    predicted: tuple[float, ...]


@dataclass(frozen=True)
class Result:
    """All matrices.

    Attributes:
        config: what was run.
        orthogonal: one for each radius, in the order of the configuration.
        sheared: [[λ, c], [0, λ]].
        tanh: the tanh network whose matrix has no eigenvalue but 0.

    """

    config: Config
    orthogonal: tuple[Growth, ...]
    sheared: Growth
    tanh: Growth


def _jacobian_norms(step: Callable[[Tensor], Tensor], start: Tensor, steps: int) -> tuple[float, ...]:
    """The largest singular value of ∂h_k/∂h_0 for every k."""
    copies = start.repeat(len(start), 1).requires_grad_()  # the i-th copy is asked for the i-th row of the Jacobian
    found, h = [], copies
    for _ in range(steps):
        h = step(h)
        (jacobian,) = torch.autograd.grad(h.diagonal().sum(), copies, retain_graph=True)
        found.append(float(torch.linalg.matrix_norm(jacobian, 2)))
    return tuple(found)


def _grown(W: Tensor, steps: int, predicted: Callable[[int], float]) -> Growth:
    zero = torch.zeros(len(W), dtype=W.dtype)
    return Growth(
        radius=float(torch.linalg.eigvals(W).abs().max()),
        norm=float(torch.linalg.matrix_norm(W, 2)),
        measured=_jacobian_norms(lambda h: h @ W.T, zero, steps),
        predicted=tuple(predicted(k) for k in range(1, steps + 1)),
    )


def _tanh(steps: int) -> Growth:
    """At the fixed point the Jacobian J has the trace 2 and the determinant 0, so that J^k = 2^(k-1) J."""
    W = torch.tensor(_NILPOTENT, dtype=torch.float64)
    state = torch.tensor(_STATE, dtype=torch.float64)
    b = torch.atanh(state) - W @ state
    once = float(torch.linalg.matrix_norm((1 - state**2)[:, None] * W, 2))
    return Growth(
        radius=0.0,
        norm=float(torch.linalg.matrix_norm(W, 2)),
        measured=_jacobian_norms(lambda h: torch.tanh(h @ W.T + b), state, steps),
        predicted=tuple(2.0 ** (k - 1) * once for k in range(1, steps + 1)),
    )


def run(config: Config | None = None) -> Result:
    """Differentiate the states of every network with respect to the first."""
    config = Config() if config is None else config
    (drawn,) = _networks.orthogonal(1, config.width, Generator().manual_seed(config.seed))
    value, shear = config.eigenvalue, config.shear
    sheared = torch.tensor(((value, shear), (0.0, value)), dtype=torch.float64)
    return Result(
        config=config,
        orthogonal=tuple(
            _grown(radius * drawn, config.steps, lambda k, r=radius: math.pow(r, k))  # type: ignore[misc]
            for radius in config.radii
        ),
        sheared=_grown(sheared, config.steps, lambda k: theory.shear_power_norm(value, shear, k)),
        tanh=_tanh(config.tanh_steps),
    )
