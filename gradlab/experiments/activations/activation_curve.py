"""An activation function and its derivative: maximum, saturation, rounding.

The maximum of the derivative, the bounds of saturation, and the bound beyond which rounding flattens the function.

The derivative is autograd's everywhere, also in the search for the bounds, and the closed form is beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from gradlab import activations, theory
from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError
from gradlab.activations import Activation

DTYPES = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True)
class Config:
    """The curve to measure.

    Attributes:
        activation: name of the function.
        lower: left end of the grid.
        upper: right end of the grid, above ``lower``.
        points: number of grid points, both ends included.
        thresholds: derivatives below which the function counts as saturated.

    """

    activation: str = "sigmoid"
    lower: float = -10.0
    upper: float = 10.0
    points: int = 401
    thresholds: tuple[float, ...] = (1e-2, 1e-3)

    def __post_init__(self) -> None:
        activations.get(self.activation)
        checks.finite("lower", self.lower)
        checks.finite("upper", self.upper)
        if self.upper <= self.lower:
            raise RefusalError("upper", repr(self.upper), f"above lower = {self.lower!r}")
        checks.integer("points", self.points, 3)
        for threshold in self.thresholds:
            checks.positive("thresholds", threshold)
            if self.saturates:
                theory.saturation_bound(self.activation, threshold)

    @property
    def saturates(self) -> bool:
        """Whether the function has a finite limit on both sides."""
        return activations.get(self.activation).saturates


@dataclass(frozen=True)
class SaturationBound:
    """The |x| beyond which the derivative is below ``threshold``: closed form, and bisection on autograd.

    Attributes:
        threshold: bound of the derivative.
        predicted: by the closed form.
        measured: by bisection.

    """

    threshold: float
    predicted: float
    measured: float


@dataclass(frozen=True)
class Rounding:
    """Bounds beyond which floating-point numbers of one precision flatten the function.

    Attributes:
        dtype: ``"float32"`` or ``"float64"``.
        upper_value_at: smallest x > 0 at which the function is rounded to its upper limit.
        lower_value_at: x < 0 nearest to 0 at which the function equals its lower limit.
        upper_derivative_zero_at: smallest x > 0 at which autograd's derivative is exactly 0.
        lower_derivative_zero_at: x < 0 nearest to 0 at which autograd's derivative is exactly 0.

    """

    dtype: str
    upper_value_at: float
    lower_value_at: float
    upper_derivative_zero_at: float
    lower_derivative_zero_at: float


@dataclass(frozen=True)
class Result:
    """The curve and its bounds; ``saturation`` and ``rounding`` are empty for an unbounded function.

    Attributes:
        config: what was run.
        x: the grid.
        value: φ(x) over the grid.
        derivative: φ'(x) over the grid.
        maximum_at: the x of the grid at which the derivative is largest.
        maximum: the derivative there.
        saturation: one for each threshold.
        rounding: one for each precision.

    """

    config: Config
    x: tuple[float, ...]
    value: tuple[float, ...]
    derivative: tuple[float, ...]
    maximum_at: float
    maximum: float
    saturation: tuple[SaturationBound, ...]
    rounding: tuple[Rounding, ...]


def _grid(config: Config) -> torch.Tensor:
    # Unlike linspace this meets 0 exactly in the middle of a symmetric interval.
    index = torch.arange(config.points, dtype=torch.float64)
    last = config.points - 1
    return (config.lower * (last - index) + config.upper * index) / last


def _bisect(reached: Callable[[float], bool], near: float, far: float, dtype: torch.dtype) -> float:
    """The number nearest to ``near`` at which ``reached`` holds, given that it holds at ``far``.

    Bisection down to neighbouring floating-point numbers of ``dtype``.
    """
    while True:
        middle = torch.tensor((near + far) / 2, dtype=dtype).item()
        if middle in (near, far):
            return far
        if reached(middle):
            far = middle
        else:
            near = middle


def _value(phi: Activation, x: float, dtype: torch.dtype) -> float:
    return phi(torch.tensor([x], dtype=dtype)).item()


def _derivative(phi: Activation, x: float, dtype: torch.dtype) -> float:
    return activations.derivative(phi, torch.tensor([x], dtype=dtype)).item()


def _saturation(config: Config, phi: Activation) -> tuple[SaturationBound, ...]:
    return tuple(
        SaturationBound(
            threshold=threshold,
            predicted=theory.saturation_bound(config.activation, threshold),
            measured=_bisect(
                lambda x, bound=threshold: _derivative(phi, x, torch.float64) < bound,  # type: ignore[misc]
                0.0,
                1000.0,
                torch.float64,
            ),
        )
        for threshold in config.thresholds
    )


def _rounding(phi: Activation, name: str) -> Rounding:
    dtype = DTYPES[name]

    def value_is(limit: float | None, far: float) -> float:
        return _bisect(lambda x: _value(phi, x, dtype) == limit, 0.0, far, dtype)

    def derivative_is_zero(far: float) -> float:
        return _bisect(lambda x: _derivative(phi, x, dtype) == 0, 0.0, far, dtype)

    # exp(±1000) overflows or vanishes in both precisions, so the limits are reached there.
    return Rounding(
        dtype=name,
        upper_value_at=value_is(phi.upper_limit, 1000.0),
        lower_value_at=value_is(phi.lower_limit, -1000.0),
        upper_derivative_zero_at=derivative_is_zero(1000.0),
        lower_derivative_zero_at=derivative_is_zero(-1000.0),
    )


def run(config: Config | None = None) -> Result:
    """Measure one activation function in float64, and its rounding in float32 and float64."""
    config = Config() if config is None else config
    phi = activations.get(config.activation)
    x = _grid(config)
    derivative = activations.derivative(phi, x)
    # Of several equal maxima (ReLU) the first is named, on every machine.
    index = int((derivative == derivative.max()).nonzero()[0])
    return Result(
        config=config,
        x=tuple(x.tolist()),
        value=tuple(phi(x).tolist()),
        derivative=tuple(derivative.tolist()),
        maximum_at=x[index].item(),
        maximum=derivative[index].item(),
        saturation=_saturation(config, phi) if config.saturates else (),
        rounding=tuple(_rounding(phi, name) for name in DTYPES) if config.saturates else (),
    )
