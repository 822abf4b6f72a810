"""Theory's prediction for a stretch, from the network's own weights, with the spread that chance adds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from gradlab import theory
from gradlab.activations import ACTIVATIONS
from gradlab.probing.step import LayerCall, ParameterReading
from gradlab.probing.structure import Link, Stretch

_SMALLEST_BATCH = 5
"""From so many samples on theory knows batch normalization over a finite batch."""
# Weights with a mean of more standard errors than this are no sample of a distribution around 0.
_MEAN_STANDARD_ERRORS = 6.0
# δ of a layer with fewer units than this varies too much for the laws of wide layers.
_NARROWEST, _WIDEST = 2, 4096


@dataclass(frozen=True)
class Expectation:
    """Expected range of ln(‖δ_first‖/‖δ_last‖) over a stretch.

    Attributes:
        predicted: from the weights, by mean field; None where something between the layers has no theory here.
        drift: by how much a network of these widths at the critical scale lies below 0, typically.
        standard_deviation: of that logarithm over random networks of these widths.

    """

    predicted: float | None
    drift: float
    standard_deviation: float


def is_transposed(call: LayerCall) -> bool:
    """Whether the first dimension of the weight is that of the input."""
    return call.kind == "Conv1D" or call.kind.startswith("ConvTranspose")


def fan_in(call: LayerCall, weight: ParameterReading) -> int:
    """Number of inputs that a unit of a linear layer adds up."""
    outputs = weight.shape[1] if is_transposed(call) else weight.shape[0]
    return max(weight.elements // max(outputs, 1), 1)


def sigma_w_squared(call: LayerCall, weight: ParameterReading) -> float | None:
    """σ_w² = fan_in Var W of a linear layer; None where its weights have a mean that is not 0."""
    size, mean = weight.elements, weight.mean
    if mean is None or not math.isfinite(weight.norm) or size < 2:
        return None
    # A product becomes infinite where a power raises.
    variance = weight.norm * weight.norm / size - mean * mean
    if not 0 < variance < math.inf or abs(mean) > _MEAN_STANDARD_ERRORS * math.sqrt(variance / size):
        return None
    return fan_in(call, weight) * variance


@lru_cache(maxsize=4096)
def _chi(activation: str, q: float, sigma_w: float) -> float:
    return theory.chi(activation, q, sigma_w)


@lru_cache(maxsize=256)
def _normalized(activation: str, kind: str, batch: int | None) -> float:
    """The factor of ‖δ‖ over a normalization that has statistics of its own, then φ, then weights of any scale."""
    if kind == "batch_norm":
        if batch is not None and batch >= _SMALLEST_BATCH:
            return theory.batch_norm_finite_batch_factor(activation, batch)
        return theory.batch_norm_factor(activation)
    return theory.layer_norm_factor(activation)


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def log_factor(link: Link, weights: dict[str, ParameterReading]) -> float | None:
    """Ln of the predicted factor of ‖δ‖ from the upper layer to the lower; None without a theory."""
    if link.operations is None or link.upper.weight not in weights or link.upper.kind.startswith("ConvTranspose"):
        return None  # how many inputs a unit of a transposed convolution adds up, its stride decides
    scale = sigma_w_squared(link.upper, weights[link.upper.weight])
    if scale is None:
        return None
    if not link.operations:
        return math.log(scale) / 2
    *normalization, activation = link.operations
    if activation not in ACTIVATIONS:
        return None
    if not normalization:
        q = _rounded(link.lower.rms * link.lower.rms)
        return math.log(_chi(activation, q, 1.0) * scale) / 2 if 0 < q < math.inf else None
    if normalization == ["layer_norm"]:
        return math.log(_normalized(activation, "layer_norm", None))
    if normalization == ["batch_norm"] and link.lower.training:
        batch = link.lower.shape[0] if len(link.lower.shape) == 2 else None
        return math.log(_normalized(activation, "batch_norm", batch))
    return None


@lru_cache(maxsize=256)
def _law(width: int) -> tuple[float, float]:
    law = theory.finite_width_law(width, math.sqrt(2))
    return law.mean, law.variance


def expectation(stretch: Stretch, weights: dict[str, ParameterReading]) -> Expectation:
    """The expectation for a stretch, from everything but its gradients."""
    mean, variance = 0.0, 0.0
    for call in stretch.calls[1:]:
        width = fan_in(call, weights[call.weight]) if call.weight in weights else call.shape[-1]
        drift, spread = _law(min(max(width, _NARROWEST), _WIDEST))
        mean, variance = mean + drift / 2, variance + spread / 4
    factors = [log_factor(link, weights) for link in stretch.links]
    known = [factor for factor in factors if factor is not None]
    predicted = sum(known) if factors and len(known) == len(factors) else None
    return Expectation(predicted, mean, math.sqrt(variance))
