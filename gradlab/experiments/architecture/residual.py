"""Residual connections, forward and backward.

Blocks z + s W φ(z), also with batch normalization.

At scale 1 every block of a He-initialized ReLU network doubles the squared norm, in both directions, so that
a deep network explodes as 2^L; scaled by 1/√L it grows to at most e (Hanin & Rolnick 2018, arXiv:1803.01719,
recommend to scale). With batch normalization at the head of the branch the stream grows linearly (De & Smith
2020, arXiv:2002.10444). For sigmoid the same connection turns a vanishing gradient into one that arrives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gradlab import estimates, theory
from gradlab._internal import checks, progress
from gradlab.estimates import Estimate
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLPConfig
from gradlab.theory import MeanField

SCALES = ("one", "inverse_sqrt_depth")
"""Scales s of the branch by name: 1, and 1/√blocks."""


@dataclass(frozen=True)
class Config:
    """The networks to draw: a linear layer W_1 x, then ``blocks`` residual blocks; no bias, inputs N(0, 1).

    Attributes:
        blocks: number of residual blocks.
        width: units of every layer, and of the input.
        batch: inputs per network, at least 2.
        seeds: seeds 0, 1, ..., at least 2.
        scale: ``"one"`` or ``"inverse_sqrt_depth"``.

    """

    blocks: int = 32
    width: int = 256
    batch: int = 32
    seeds: int = 5
    scale: str = "one"

    def __post_init__(self) -> None:
        checks.integer("blocks", self.blocks, 2)
        checks.positive_integer("width", self.width)
        checks.integer("batch", self.batch, 2)
        checks.integer("seeds", self.seeds, 2)
        checks.one_of("scale", self.scale, SCALES)

    @property
    def scale_value(self) -> float:
        """The factor s of the branch."""
        return 1.0 if self.scale == "one" else 1 / math.sqrt(self.blocks)


@dataclass(frozen=True)
class Series:
    """One kind of network. Profiles have ``blocks`` + 1 entries: before the first block ... after the last.

    Means over the seeds are geometric; predictions are for infinite width.

    Attributes:
        name: ``"relu"``, ``"relu_batch_norm"`` (at the head of every branch), ``"sigmoid"``, ``"tanh"``, or
            one of these but the second followed by ``"_plain"``: the same layers without the residual connection.
        forward_factor: mean factor of ‖z‖² over one block.
        forward_factor_standard_error: its standard error over the seeds.
        predicted_forward_factor: geometric mean over the blocks.
        backward_factor: mean factor of ‖δ‖² over one block, from its output to its input.
        backward_factor_standard_error: its standard error over the seeds.
        predicted_backward_factor: geometric mean over the blocks.
        total_forward: ‖z‖² after the last block divided by that before the first.
        total_backward: ‖δ‖² before the first block divided by that after the last.
        gradient_ratio: ‖δ‖ before the first block divided by that after the last, the root of total_backward.
        predicted_gradient_ratio: its prediction.
        forward_profile: ‖z‖² divided by that before the first block.
        predicted_forward_profile: its prediction.
        backward_profile: ‖δ‖² divided by that after the last block.
        predicted_backward_profile: its prediction.

    """

    name: str
    forward_factor: float
    forward_factor_standard_error: float
    predicted_forward_factor: float
    backward_factor: float
    backward_factor_standard_error: float
    predicted_backward_factor: float
    total_forward: float
    total_backward: float
    gradient_ratio: float
    predicted_gradient_ratio: float
    forward_profile: tuple[float, ...]
    predicted_forward_profile: tuple[float, ...]
    backward_profile: tuple[float, ...]
    predicted_backward_profile: tuple[float, ...]


@dataclass(frozen=True)
class Result:
    """The residual networks, and the plain ones of the same depth and weights.

    Attributes:
        config: what was run.
        predicted_factor: 1 + s², the factor of ‖z‖² and of ‖δ‖² over one block of ``relu``.
        predicted_total: that factor to the power of the number of blocks.
        relu: He initialization, residual.
        relu_plain: He initialization, without the residual connection.
        relu_batch_norm: He initialization, residual, batch normalization at the head of every branch.
        sigmoid: Xavier initialization, residual.
        sigmoid_plain: Xavier initialization, without the residual connection.
        tanh: Xavier initialization, residual.
        tanh_plain: Xavier initialization, without the residual connection.

    """

    config: Config
    predicted_factor: float
    predicted_total: float
    relu: Series
    relu_plain: Series
    relu_batch_norm: Series
    sigmoid: Series
    sigmoid_plain: Series
    tanh: Series
    tanh_plain: Series


@dataclass(frozen=True)
class _Kind:
    activation: str
    sigma_w: float
    normalization: str | None
    scale: float | None


def _shape(config: Config, kind: _Kind) -> MLPConfig:
    return MLPConfig(
        width=config.width,
        depth=config.blocks + 1,
        activation=kind.activation,
        initialization="normal",
        sigma_w=kind.sigma_w,
        normalization=kind.normalization,
        residual_scale=kind.scale,
        bias="none",
    )


def _prediction(config: Config, kind: _Kind) -> MeanField:
    q = kind.sigma_w**2
    if kind.normalization is not None:
        return theory.residual_batch_norm_mean_field(kind.activation, kind.sigma_w, kind.scale or 0.0, config.blocks, q)
    if kind.scale is None:
        return theory.mean_field(kind.activation, kind.sigma_w, config.blocks + 1)
    return theory.residual_mean_field(kind.activation, kind.sigma_w, kind.scale, config.blocks, q)


def _series(config: Config, name: str, kind: _Kind) -> Series:
    forward: list[tuple[float, ...]] = []
    backward: list[tuple[float, ...]] = []
    for seed in progress.track(range(config.seeds), f"residual: {name}"):
        norms = gaussian.pass_norms(gaussian.draw(_shape(config, kind), config.batch, seed))
        forward.append(tuple((norm / norms.z[0]) ** 2 for norm in norms.z))
        backward.append(tuple(value**2 for value in norms.profile))
    forward_factor = _per_block(config, [profile[-1] for profile in forward])
    backward_factor = _per_block(config, [profile[0] for profile in backward])
    prediction = _prediction(config, kind)
    total_backward = estimates.geometric_mean([profile[0] for profile in backward]).value
    return Series(
        name=name,
        forward_factor=forward_factor.value,
        forward_factor_standard_error=forward_factor.standard_error,
        predicted_forward_factor=(prediction.q[-1] / prediction.q[0]) ** (1 / config.blocks),
        backward_factor=backward_factor.value,
        backward_factor_standard_error=backward_factor.standard_error,
        predicted_backward_factor=prediction.factor**2,
        total_forward=estimates.geometric_mean([profile[-1] for profile in forward]).value,
        total_backward=total_backward,
        gradient_ratio=math.sqrt(total_backward),
        predicted_gradient_ratio=prediction.factor**config.blocks,
        forward_profile=estimates.geometric_means(forward),
        predicted_forward_profile=tuple(q / prediction.q[0] for q in prediction.q),
        backward_profile=estimates.geometric_means(backward),
        predicted_backward_profile=tuple(value**2 for value in reversed(prediction.profile)),
    )


def _per_block(config: Config, totals: list[float]) -> Estimate:
    return estimates.geometric_mean([total ** (1 / config.blocks) for total in totals])


def run(config: Config | None = None) -> Result:
    """Measure the growth over the blocks, forward and backward, with and without the connection."""
    config = Config() if config is None else config
    s = config.scale_value
    he, xavier = math.sqrt(2), 1.0
    growth = theory.residual_growth(s, he)
    return Result(
        config=config,
        predicted_factor=growth,
        predicted_total=growth**config.blocks,
        relu=_series(config, "relu", _Kind("relu", he, None, s)),
        relu_plain=_series(config, "relu_plain", _Kind("relu", he, None, None)),
        relu_batch_norm=_series(config, "relu_batch_norm", _Kind("relu", he, "batch", s)),
        sigmoid=_series(config, "sigmoid", _Kind("sigmoid", xavier, None, s)),
        sigmoid_plain=_series(config, "sigmoid_plain", _Kind("sigmoid", xavier, None, None)),
        tanh=_series(config, "tanh", _Kind("tanh", xavier, None, s)),
        tanh_plain=_series(config, "tanh_plain", _Kind("tanh", xavier, None, None)),
    )
