"""Mean field: how variance, correlation and gradient pass through the layers of an infinitely wide network.

The equations are those of Poole et al. 2016 (arXiv:1606.05340) and Schoenholz et al. 2017 (arXiv:1611.01232).
Weights are independent, of mean 0 and variance sigma_w²/fan_in, biases N(0, sigma_b²); the width tends to
infinity at a fixed depth, so that pre-activations are Gaussian, and the weights of the backward pass are taken
as independent of those of the forward pass.

    q          variance of a pre-activation; q' = sigma_w² ∫Dz φ(√q z)² + sigma_b² one layer on
    χ (chi)    factor of ‖δ‖² (squared) over one layer, sigma_w² ∫Dz φ'(√q z)²
    c          correlation of a pre-activation between two inputs
    ξ          number of layers over which something falls to 1/e

Wherever an activation is asked for, its name or an ``activations.Activation`` of one's own will do.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from gradlab import activations
from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError
from gradlab.activations import Activation
from gradlab.theory.quadrature import gaussian_average, gaussian_pair_average

# φ' at a variance of 0 is that on both sides of 0, not the convention of autograd for a kink exactly at 0.
_SMALLEST_ROOT = 1e-150
# Rounding errors of a map are smaller, relative to its value; where it moves q by less, it leaves q unchanged.
_ROUNDING = 1e-13
# Variances beyond it, or below its inverse, count as infinite or as 0.
_SEARCH = 1e30


def _phi(activation: str | Activation) -> Activation:
    return activation if isinstance(activation, Activation) else activations.get(activation)


def _root(q: float) -> float:
    return max(math.sqrt(checks.non_negative("q", q)), _SMALLEST_ROOT)


def _moments(phi: Activation, q: float) -> tuple[float, float]:
    """∫Dz φ(√q z)² and ∫Dz φ'(√q z)²."""
    root = _root(q)
    return (
        gaussian_average(lambda z: phi(root * z) ** 2),
        gaussian_average(lambda z: activations.derivative(phi, root * z) ** 2),
    )


def next_q(activation: str | Activation, q: float, sigma_w: float, sigma_b: float = 0.0) -> float:
    """The map q_{l+1} = sigma_w² ∫Dz φ(√q_l z)² + sigma_b², the variance of a pre-activation one layer on.

    Schoenholz et al. 2017, arXiv:1611.01232.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.next_q("relu", q=1.0, sigma_w=2**0.5), 4)
        1.0

    """
    phi, root = _phi(activation), _root(q)
    average = gaussian_average(lambda z: phi(root * z) ** 2)
    return checks.positive("sigma_w", sigma_w) ** 2 * average + checks.non_negative("sigma_b", sigma_b) ** 2


def chi(activation: str | Activation, q: float, sigma_w: float) -> float:
    """χ = sigma_w² ∫Dz φ'(√q z)², the factor of ‖δ‖² (squared) over one layer.

    Accurate for a q as large as 1e20 as well, where φ' is a narrow peak in z.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.chi("relu", q=1.0, sigma_w=1.0), 4)
        0.5

    """
    phi, root = _phi(activation), _root(q)
    average = gaussian_average(lambda z: activations.derivative(phi, root * z) ** 2)
    return checks.positive("sigma_w", sigma_w) ** 2 * average


def _bisect(function: Callable[[float], float], low: float, high: float) -> float:
    """The place between two positive numbers where a function changes its sign, to rounding."""
    sign = math.copysign(1, function(low))
    while high / low > 1 + 1e-15:
        middle = math.sqrt(low) * math.sqrt(high)
        if not low < middle < high:
            break
        if function(middle) * sign > 0:
            low = middle
        else:
            high = middle
    return math.sqrt(low) * math.sqrt(high)


def fixed_point_q(activation: str | Activation, sigma_w: float, sigma_b: float = 0.0) -> float:
    """The variance q* to which that of a deep network tends from q = 1.

    :func:`next_q` leaves it unchanged. It is 0 where the signal dies out (tanh with sigma_w at most 1 and no
    bias) and infinity where it grows without bound (ReLU with sigma_w² above 2). For an activation whose
    :func:`next_q` grows with q, which all named ones are.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.fixed_point_q("tanh", sigma_w=1.5), 4)
        0.7934

    """

    def excess(q: float) -> float:
        return next_q(activation, q, sigma_w, sigma_b) / q - 1

    first = excess(1.0)
    if abs(first) < _ROUNDING:
        return 1.0
    direction = math.copysign(1, first)
    step = 2.0 if direction > 0 else 0.5
    q = 1.0
    while excess(q) * direction > _ROUNDING:
        if not 1 / _SEARCH < q < _SEARCH:
            break
        q *= step
    if excess(q) * direction > -_ROUNDING:
        # No change of sign: the variance grows or falls for ever, at last by less than the rounding of the map.
        return math.inf if direction > 0 else 0.0
    return _bisect(excess, min(q, q / step), max(q, q / step))


def _marginal_sigma_w(phi: Activation, sigma_b: float) -> float:
    """1/√∫Dz φ'² for the smallest q that is a fixed point at this sigma_w."""

    def excess(q: float) -> float:
        square, slope = _moments(phi, q)
        return (square / slope + sigma_b**2) / q - 1

    square, slope = _moments(phi, 0.0)
    if sigma_b == 0 and square < _SMALLEST_ROOT:
        return 1 / math.sqrt(slope)
    q = 1e-12
    while excess(q) > _ROUNDING:
        q *= 2
        if q > _SEARCH:
            # φ is proportional to its argument on either side of 0: the ratio of the averages is q, for every q.
            return 1 / math.sqrt(slope)
    return 1 / math.sqrt(_moments(phi, _bisect(excess, q / 2, q))[1])


def critical_sigma_w(activation: str | Activation, sigma_b: float = 0.0) -> float:
    """The sigma_w at which χ = 1 at the fixed point q*: gradients vanish below it and explode above.

    With sigma_w² = 1/∫Dz φ'² the condition that q is a fixed point reads ∫Dz φ²/∫Dz φ'² + sigma_b² = q, one
    equation for q, of which the smallest solution is taken. Without bias that is q = 0 for an activation with
    φ(0) = 0, hence sigma_w = 1/|φ'(0)| (tanh: 1; ReLU, with the mean of φ'² on both sides: √2). For activations
    that are proportional to their argument on either side of 0 (ReLU) χ does not depend on q, and the answer does
    not depend on sigma_b.

    Raises:
        ValueError: a deep network does not come to that fixed point, but to another or to none, as with GELU
            and a small bias: there the variance grows without bound before χ reaches 1.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.critical_sigma_w("tanh", sigma_b=0.3), 4)
        1.3956

    """
    phi = _phi(activation)
    sigma_w = _marginal_sigma_w(phi, checks.non_negative("sigma_b", sigma_b))
    # χ at q* is continuous in sigma_w, so just below the critical scale it is just below 1.
    below = 0.999 * sigma_w
    q = fixed_point_q(phi, below, sigma_b)
    if math.isinf(q) or not 0.9 < chi(phi, q, below) < 1:
        allowed = f"one with which a deep network of {phi.name} has a critical sigma_w"
        raise RefusalError("sigma_b", repr(sigma_b), allowed)
    return sigma_w


def next_correlation(
    activation: str | Activation, correlation: float, q: float, sigma_w: float, sigma_b: float = 0.0
) -> float:
    """The correlation c_{l+1} of a pre-activation between two inputs, one layer on.

    c' = (sigma_w² ∫∫ φ(u_1) φ(u_2) + sigma_b²)/q', where u_1 and u_2 have variance q and correlation c, and q' is
    :func:`next_q` (Schoenholz et al. 2017). Both inputs have the same q.
    """
    c = checks.correlation("correlation", correlation)
    product = gaussian_pair_average(_phi(activation), c, _root(checks.positive("q", q)))
    covariance = sigma_w**2 * product + sigma_b**2
    # Rounding may lead beyond 1.
    return max(-1.0, min(1.0, covariance / next_q(activation, q, sigma_w, sigma_b)))


def _correlation_slope(phi: Activation, c: float, q: float, sigma_w: float) -> float:
    """χ_c = sigma_w² ∫∫ φ'(u_1) φ'(u_2), the derivative of :func:`next_correlation` at a fixed point q."""

    def derivative(z: Tensor) -> Tensor:
        return activations.derivative(phi, z)

    return sigma_w**2 * gaussian_pair_average(derivative, c, _root(q))


def _finite_fixed_point(activation: str | Activation, sigma_w: float, sigma_b: float) -> float:
    q = fixed_point_q(activation, sigma_w, sigma_b)
    if math.isinf(q):
        allowed = f"one at which the variance of {_phi(activation).name} stays finite"
        raise RefusalError("sigma_w", repr(sigma_w), allowed)
    return q


def fixed_point_correlation(activation: str | Activation, sigma_w: float, sigma_b: float = 0.0) -> float:
    """The correlation c* to which that of any two inputs tends in a deep network.

    It is 1 (all inputs become alike) where χ at q* is at most 1, and below 1 where it is above: the map of the
    correlation is convex on [0, 1], with value 1 and slope χ at c = 1.

    Raises:
        ValueError: q* is infinite.

    """
    q = _finite_fixed_point(activation, sigma_w, sigma_b)
    if chi(activation, q, sigma_w) <= 1 + _ROUNDING:
        return 1.0
    if next_correlation(activation, 0.0, q, sigma_w, sigma_b) < _ROUNDING:
        return 0.0

    def excess(c: float) -> float:
        return next_correlation(activation, c, q, sigma_w, sigma_b) - c

    low, high = 0.0, 1.0
    # 1 itself is a fixed point; the middle never reaches it.
    while high - low > 1e-13:
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def correlation_length(activation: str | Activation, sigma_w: float, sigma_b: float = 0.0) -> float:
    """ξ_c = -1/ln χ_c in layers, over which the correlation of two inputs nears its fixed point c*.

    χ_c = sigma_w² ∫∫ φ'(u_1) φ'(u_2) at c*, which is χ where c* = 1. Infinite at the critical sigma_w; networks
    deeper than a few ξ_c cannot tell their inputs apart (Schoenholz et al. 2017).

    Raises:
        ValueError: q* is infinite.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.correlation_length("tanh", sigma_w=1.5), 2)
        17.05

    """
    q = _finite_fixed_point(activation, sigma_w, sigma_b)
    c = fixed_point_correlation(activation, sigma_w, sigma_b)
    slope = chi(activation, q, sigma_w) if c == 1 else _correlation_slope(_phi(activation), c, q, sigma_w)
    return math.inf if slope >= 1 - _ROUNDING else -1 / math.log(slope)


def gradient_length(activation: str | Activation, sigma_w: float, sigma_b: float = 0.0) -> float:
    """ξ_∇ = 1/|ln χ| at q*, in layers: over as many ‖δ‖² changes by the factor e, up or down.

    Schoenholz et al. 2017; infinite at the critical sigma_w.

    Raises:
        ValueError: q* is infinite.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.gradient_length("tanh", sigma_w=1.5), 2)
        7.67

    """
    logarithm = math.log(chi(activation, _finite_fixed_point(activation, sigma_w, sigma_b), sigma_w))
    return math.inf if abs(logarithm) < _ROUNDING else 1 / abs(logarithm)


@dataclass(frozen=True)
class MeanField:
    """Mean-field prediction for a network of L layers, first to last.

    Attributes:
        q: variance of the pre-activation of every layer, q_1 ... q_L.
        chi: χ of every layer; ‖δ_l‖² = χ_l ‖δ_{l+1}‖².

    """

    q: tuple[float, ...]
    chi: tuple[float, ...]

    @property
    def profile(self) -> tuple[float, ...]:
        """‖δ_{L-k}‖/‖δ_L‖ for k = 0 ... L-1."""
        roots = (math.sqrt(chi) for chi in reversed(self.chi[:-1]))
        return tuple(itertools.accumulate(roots, lambda product, root: product * root, initial=1.0))

    @property
    def factor(self) -> float:
        """(‖δ_1‖/‖δ_L‖)^(1/(L-1)), the geometric mean of √χ over the layers."""
        return math.exp(sum(math.log(chi) for chi in self.chi[:-1]) / (2 * (len(self.chi) - 1)))


def mean_field(
    activation: str | Activation, sigma_w: float, depth: int, q_0: float = 1.0, sigma_b: float = 0.0
) -> MeanField:
    """Follow q and χ through a plain network, layer by layer.

    Args:
        activation: the activation function φ.
        sigma_w: √(fan_in Var W).
        depth: L, at least 2.
        q_0: mean square of the entries of the input x.
        sigma_b: standard deviation of the biases.

    Examples:
        >>> from gradlab import theory
        >>> predicted = theory.mean_field("sigmoid", sigma_w=1.0, depth=20)
        >>> round(predicted.factor, 4)
        0.2346

    """
    checks.integer("depth", depth, 2)
    bias = checks.non_negative("sigma_b", sigma_b)
    q = checks.positive("sigma_w", sigma_w) ** 2 * checks.positive("q_0", q_0) + bias**2
    variances = [q]
    for _ in range(depth - 1):
        variances.append(next_q(activation, variances[-1], sigma_w, sigma_b))
    return MeanField(tuple(variances), tuple(chi(activation, value, sigma_w) for value in variances))


def mean_field_correlations(
    activation: str | Activation, sigma_w: float, depth: int, q_0: float, correlation_0: float, sigma_b: float = 0.0
) -> tuple[float, ...]:
    """Follow the correlation of a pre-activation between two inputs through a plain network, c_1 ... c_L.

    Args:
        activation: the activation function φ.
        sigma_w: √(fan_in Var W).
        depth: L, at least 2.
        q_0: mean square of the entries of either input.
        correlation_0: mean product of their entries divided by ``q_0``.
        sigma_b: standard deviation of the biases.

    """
    variances = mean_field(activation, sigma_w, depth, q_0, sigma_b).q
    c_0 = checks.correlation("correlation_0", correlation_0)
    correlations = [(sigma_w**2 * q_0 * c_0 + sigma_b**2) / variances[0]]
    for q in variances[:-1]:
        correlations.append(next_correlation(activation, correlations[-1], q, sigma_w, sigma_b))
    return tuple(correlations)


def tanh_critical_q(layer: int, width: int | None = None) -> float:
    """1/(2 l), the variance of the pre-activations of layer l of a tanh network at its critical sigma_w = 1.

    Without bias; l well above 1. From q' = q - 2 q² + O(q³) (Schoenholz et al. 2017; Roberts, Yaida & Hanin 2022,
    arXiv:2106.10165, section 5.3.3): the variance neither stays nor dies exponentially. There χ = 1 - 2 q + O(q²) as
    well, so ‖δ_l‖² falls as l over the layers: a power, not an exponential.

    At a finite width n the mean over networks is smaller, 1/(2 l (1 + l/(3 n))): a layer multiplies q by a random
    factor of variance 2/n while the decay pulls networks together, so that ln q has variance v = 2 l/(3 n), and q' =
    q - 2 (1 + v) q² on average. To first order in l/n.

    Examples:
        >>> from gradlab import theory
        >>> theory.tanh_critical_q(layer=100)
        0.005

    """
    l = checks.positive_integer("layer", layer)  # noqa: E741  the letter of the formula
    correction = 0.0 if width is None else l / (3 * checks.positive_integer("width", width))
    return 1 / (2 * l * (1 + correction))
