"""Closed forms and mean-field maps: what a measurement is compared with.

Notation: n width, L depth, sigma_w² = fan_in Var W, δ_l the gradient of the loss with respect to the
pre-activation z_l. A factor is by how much ‖δ‖ (the norm, not its square) changes from a layer to the one
before it, unless the name says otherwise.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gradlab import activations, checks

_DERIVATIVE_MAXIMA = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0, "leaky_relu": 1.0, "linear": 1.0}
_SATURATING = ("sigmoid", "tanh")


def derivative_maximum(activation: str) -> float:
    """Return the largest φ'(z): 1/4 for the sigmoid and 1 for tanh, both at z = 0; 1 for the ReLU family."""
    return _DERIVATIVE_MAXIMA[checks.one_of("activation", activation, _DERIVATIVE_MAXIMA)]


def saturation_bound(activation: str, threshold: float) -> float:
    """Return the |z| beyond which φ'(z) is below ``threshold``.

    From σ' = σ(1 - σ) and tanh' = 1 - tanh²: logit((1 + √(1 - 4ε))/2) and artanh √(1 - ε).

    Raises:
        ValueError: the activation does not saturate, or the threshold is not between 0 and its maximum.

    """
    checks.one_of("activation", activation, _SATURATING)
    epsilon = checks.positive("threshold", threshold)
    if epsilon >= derivative_maximum(activation):
        raise ValueError(
            f"threshold: found {threshold!r}, allowed: above 0 and below {derivative_maximum(activation)}, "
            f"the largest derivative of {activation}"
        )
    if activation == "tanh":
        return math.atanh(math.sqrt(1 - epsilon))
    root = math.sqrt(1 - 4 * epsilon)
    # logit((1 + r)/2) = ln((1 + r)/(1 - r)), with 1 - r² = 4ε to avoid the cancellation in 1 - r.
    return math.log((1 + root) ** 2 / (4 * epsilon))


def chain_gradients(weights: Sequence[float]) -> tuple[float, ...]:
    """Return ∂y/∂z_l of a chain of width 1 that is never off: the product of the weights after layer l.

    Args:
        weights: w_1 ... w_L, so that the last entry of the result is 1.

    """
    products = itertools.accumulate(reversed(weights[1:]), lambda product, w: product * w, initial=1.0)
    return tuple(reversed(tuple(products)))


def death_probability(width: int, depth: int) -> float:
    """Return the probability 1 - (1 - 2^-n)^L that some layer of a ReLU network is switched off entirely.

    For one fixed input, weights symmetric about 0 and bias 0 (Lu et al. 2020, arXiv:1903.06733): every unit
    is off with probability 1/2, independently, and one layer that is off makes every gradient before it 0.
    """
    n = checks.positive_integer("width", width)
    L = checks.positive_integer("depth", depth)
    return -math.expm1(L * math.log1p(-(2.0**-n)))


def relu_factor(sigma_w: float) -> float:
    """Return √(sigma_w²/2), the root-mean-square factor of a ReLU layer of any width.

    He et al. 2015, arXiv:1502.01852, section 2.2: E‖δ_l‖² = (sigma_w²/2) E‖δ_{l+1}‖².
    """
    return checks.positive("sigma_w", sigma_w) / math.sqrt(2)


@dataclass(frozen=True)
class LogLaw:
    """First three cumulants of ln(‖δ_l‖²/‖δ_{l+1}‖²), one layer of a random network."""

    mean: float
    variance: float
    third_cumulant: float

    def typical_factor(self, layers: int) -> float:
        """Return the median over networks of (‖δ_1‖/‖δ_L‖)^(1/layers), with ``layers`` = L - 1 factors.

        The median of a sum of independent logarithms is its mean less a sixth of its third cumulant over its
        variance (Cornish & Fisher 1938, first term).
        """
        skew = 0.0 if self.variance == 0 else self.third_cumulant / (6 * self.variance)
        return math.exp((self.mean - skew / checks.positive_integer("layers", layers)) / 2)


def _cumulants(value: Tensor, probability: Tensor) -> tuple[float, Tensor]:
    """Return the mean and the deviations from it."""
    mean = float(probability @ value)
    return mean, value - mean


def finite_width_law(width: int, sigma_w: float, excess_kurtosis: float = 0.0) -> LogLaw:
    """Return the law of ln‖δ‖² over one ReLU layer of finite width n, given that the layer is not dead.

    With Gaussian weights it is exact: the factor of ‖δ‖² is (sigma_w²/n) χ²_K with K ~ Binomial(n, 1/2),
    K > 0, so that the mean is E ψ(K/2) + ln(2 sigma_w²/n) and the variance E ψ'(K/2) + Var ψ(K/2). To
    leading order the mean is ln(sigma_w²/2) - 5/(2n) and the variance 5/n (Hanin & Nica 2020,
    arXiv:1812.05994).

    For other independent weights the fourth moment enters, because the n weighted sums in a layer are not
    Gaussian: the variance changes by κ s E[1/K], the mean by minus half of that. Here s = E Σδ⁴/(Σδ²)² is the
    concentration of δ, s = (3 + κ s) E[1/(K + 2)]. This correction is of first order in 1/n²; for uniform
    weights at n = 16 it leaves less than 0.003 in the mean and in the variance. The third cumulant is left
    as it is.

    Args:
        width: n, at least 1.
        sigma_w: √(n Var W).
        excess_kurtosis: κ of one weight, 0 for a normal and -6/5 for a uniform distribution.

    """
    n = checks.positive_integer("width", width)
    scale = checks.positive("sigma_w", sigma_w) ** 2
    kappa = checks.finite("excess_kurtosis", excess_kurtosis)
    K = torch.arange(1, n + 1, dtype=torch.float64)
    probability = torch.softmax(-torch.lgamma(K + 1) - torch.lgamma(n - K + 1), 0)
    mean, deviation = _cumulants(torch.special.digamma(K / 2), probability)
    variance, variance_deviation = _cumulants(torch.special.polygamma(1, K / 2), probability)
    third = torch.special.polygamma(2, K / 2) + 3 * deviation * variance_deviation + deviation**3
    inverse = float(probability @ (1 / (K + 2)))
    concentration = 3 * inverse / (1 - kappa * inverse)
    correction = kappa * concentration * float(probability @ (1 / K))
    return LogLaw(
        mean=mean + math.log(2 * scale / n) - correction / 2,
        variance=variance + float(probability @ deviation**2) + correction,
        third_cumulant=float(probability @ third),
    )


def positive_chain_log_law(mean: float, standard_deviation: float) -> LogLaw:
    """Return the cumulants of ln w² for a weight w ~ N(mean, standard_deviation²) that is positive.

    One layer of the article's chain multiplies the gradient by w; over independent layers the means and the
    variances of the logarithm add. Computed by quadrature.

    Raises:
        ValueError: the mean is not at least 6 standard deviations above 0, where a weight could be negative.

    """
    center = checks.positive("mean", mean)
    spread = checks.non_negative("standard_deviation", standard_deviation)
    if spread > center / 6:
        raise ValueError(
            f"standard_deviation: found {standard_deviation!r}, allowed: at most mean/6 = {center / 6:.4g}, "
            "so that every weight is positive"
        )

    def log_square(z: Tensor) -> Tensor:
        # Beyond 6 standard deviations the Gaussian density is below 1e-8; the clamp keeps the log finite.
        return 2 * torch.log((center + spread * z).clamp_min(center * 1e-3))

    first = gaussian_average(log_square)
    return LogLaw(
        mean=first,
        variance=gaussian_average(lambda z: (log_square(z) - first) ** 2),
        third_cumulant=gaussian_average(lambda z: (log_square(z) - first) ** 3),
    )


@functools.cache
def _gaussian_quadrature() -> tuple[Tensor, Tensor]:
    """Return nodes z and weights of ∫Dz.

    A midpoint rule on [-12, 12]: for smooth functions it converges as fast as Gauss-Hermite, and unlike that
    it stays accurate for steep ones (a sigmoid at large sigma_w) and for those with a kink or a step at 0,
    which lies between two nodes.
    """
    nodes = 8192
    step = 24 / nodes
    z = -12 + step * (torch.arange(nodes, dtype=torch.float64) + 0.5)
    return z, step * torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def gaussian_average(function: Callable[[Tensor], Tensor]) -> float:
    """Return the average of an elementwise ``function`` of z ~ N(0, 1), to about 1e-6 or better."""
    z, weight = _gaussian_quadrature()
    return float(weight @ function(z))


def next_q(activation: str, q: float, sigma_w: float, sigma_b: float = 0.0) -> float:
    """Return q_{l+1} = sigma_w² ∫Dz φ(√q_l z)² + sigma_b², the variance of a pre-activation one layer on.

    Mean field, infinite width: Schoenholz et al. 2017, arXiv:1611.01232.
    """
    phi = activations.get(activation)
    root = math.sqrt(checks.non_negative("q", q))
    sigma_w = checks.positive("sigma_w", sigma_w)
    return sigma_w**2 * gaussian_average(lambda z: phi(root * z) ** 2) + sigma_b**2


def chi(activation: str, q: float, sigma_w: float) -> float:
    """Return χ = sigma_w² ∫Dz φ'(√q z)², the mean-field factor of ‖δ‖² (squared) over one layer."""
    phi = activations.get(activation)
    root = math.sqrt(checks.non_negative("q", q))
    sigma_w = checks.positive("sigma_w", sigma_w)
    return sigma_w**2 * gaussian_average(lambda z: activations.derivative(phi, root * z) ** 2)


def fixed_point_q(activation: str, sigma_w: float, sigma_b: float = 0.0, steps: int = 1000) -> float:
    """Return the q that :func:`next_q` leaves unchanged, reached from q = 1 in at most ``steps`` steps."""
    q = 1.0
    for _ in range(checks.positive_integer("steps", steps)):
        previous, q = q, next_q(activation, q, sigma_w, sigma_b)
        if abs(q - previous) <= 1e-12 * previous:
            break
    return q


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


def mean_field(activation: str, sigma_w: float, depth: int, q_0: float = 1.0, sigma_b: float = 0.0) -> MeanField:
    """Follow q and χ through a plain network, layer by layer.

    Args:
        activation: name of φ.
        sigma_w: √(fan_in Var W).
        depth: L, at least 2.
        q_0: mean square of the entries of the input x.
        sigma_b: standard deviation of the biases.

    """
    checks.integer("depth", depth, 2)
    q = checks.positive("sigma_w", sigma_w) ** 2 * checks.positive("q_0", q_0) + sigma_b**2
    variances = [q]
    for _ in range(depth - 1):
        variances.append(next_q(activation, variances[-1], sigma_w, sigma_b))
    return MeanField(tuple(variances), tuple(chi(activation, value, sigma_w) for value in variances))


def batch_norm_factor(activation: str) -> float:
    """Return √(E φ'² / Var φ), the factor of a layer with batch normalization, infinite width and batch.

    z ~ N(0, 1) after the normalization. For ReLU this is √(π/(π - 1)) = 1.2112: it explodes, whatever the
    weights (Yang et al. 2019, arXiv:1902.08129).
    """
    phi = activations.get(activation)
    mean = gaussian_average(phi)
    variance = gaussian_average(lambda z: (phi(z) - mean) ** 2)
    return math.sqrt(gaussian_average(lambda z: activations.derivative(phi, z) ** 2) / variance)


def batch_norm_relu_factor(batch: int) -> float:
    """Return the factor of a ReLU layer with batch normalization, infinite width and a batch of B samples.

    Yang et al. 2019, arXiv:1902.08129, Theorem 8: with ρ = -1/(B - 1), the factor of ‖δ‖² is
    [(B - 1 + J'(ρ))/(1 - J(ρ)) - 1]/(B - 3).

    Args:
        batch: B, at least 4 (the gradient's second moment is infinite for less).

    """
    B = checks.integer("batch", batch, 4)
    rho = -1 / (B - 1)
    angle = math.pi - math.acos(rho)
    J = (math.sqrt(1 - rho**2) + angle * rho) / math.pi
    return math.sqrt(((B - 1 + angle / math.pi) / (1 - J) - 1) / (B - 3))


def residual_growth(scale: float, sigma_w: float) -> float:
    """Return 1 + s² sigma_w²/2, the factor of the squared norm over one block x + s W relu(x).

    Forward and backward alike, for x symmetric about 0 (sigma_w² = fan_in Var W; He: 1 + s²).
    """
    return 1 + checks.finite("scale", scale) ** 2 * checks.positive("sigma_w", sigma_w) ** 2 / 2


def largest_stable_learning_rate(curvature: float) -> float:
    """Return 2/λ: gradient descent on a quadratic with largest curvature λ diverges above it."""
    return 2 / checks.positive("curvature", curvature)


# --- Predictions for the remedies: normalization, residual connections, steep inputs, signs, clipping -----


def _sphere_average(batch: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return pairs (u_1, u_2) and weights: two entries of a uniform unit vector u in R^B with Σ u = 0.

    The projection of u on the plane of two orthonormal directions of that (B-1)-dimensional space has radius
    r = √(1 - e^{-ρ²}) with ρ²(B-3)/2 exponentially distributed; a midpoint rule runs over ρ and the angle.
    """
    radii, angles = 256, 2048
    step = 8 / math.sqrt(batch - 3) / radii
    rho = step * (torch.arange(radii, dtype=torch.float64) + 0.5)
    weight = rho * torch.exp(-(batch - 3) * rho**2 / 2)
    r = torch.sqrt(-torch.expm1(-(rho**2)))
    angle = 2 * math.pi / angles * (torch.arange(angles, dtype=torch.float64) + 0.5)
    s, t = torch.outer(r, torch.cos(angle)), torch.outer(r, torch.sin(angle))
    sum_part, difference_part = math.sqrt(0.5 - 1 / batch) * s, math.sqrt(0.5) * t
    return (
        sum_part + difference_part,
        sum_part - difference_part,
        (weight / weight.sum() / angles).unsqueeze(1).expand(-1, angles),
    )


def batch_norm_finite_batch_factor(activation: str, batch: int) -> float:
    """Return the factor of a layer with batch normalization, infinite width and a batch of B samples.

    The setting of Theorem 7 of Yang et al. 2019 (arXiv:1902.08129), for any φ, derived here directly. In a
    deep network the normalized pre-activation of a unit is y = √B u, with u uniform on the unit sphere of
    R^B orthogonal to (1, ..., 1), and independent of the norm it was divided by, whose inverse square has
    mean 1/(λ(B-3)), λ = sigma_w² (E φ(y_1)² - E φ(y_1) φ(y_2)). With d = φ'(y) the factor of ‖δ‖² is
    sigma_w² B E tr[P diag(d) G diag(d) P] / (λ (B-1)(B-3)), where G removes the mean over the batch and P
    also the direction u. sigma_w cancels. For ReLU this is :func:`batch_norm_relu_factor`, for the linear
    network √((B-2)/(B-3)); the quadrature is good to about 1e-4.

    Args:
        activation: name of φ.
        batch: B, at least 5 (a smaller one leaves no two independent directions to average over).

    """
    B = checks.integer("batch", batch, 5)
    phi = activations.get(activation)
    u_1, u_2, weight = _sphere_average(B)
    y_1, y_2 = math.sqrt(B) * u_1, math.sqrt(B) * u_2
    a_1, a_2 = phi(y_1), phi(y_2)
    d_1, d_2 = activations.derivative(phi, y_1), activations.derivative(phi, y_2)

    def average(values: Tensor) -> float:
        return float((weight * values).sum())

    trace = (
        (B - 2 + 1 / B) * average(d_1**2)
        + (B - 1) / B * average(d_1 * d_2)
        - (B - 1) * average((u_1 * d_1) ** 2 - u_1 * d_1 * u_2 * d_2)
    )
    spread = average(a_1**2) - average(a_1 * a_2)
    return math.sqrt(B * trace / ((B - 1) * (B - 3) * spread))


def batch_norm_first_factor(activation: str) -> float:
    """Return √E φ'(z)², the factor ‖δ_1‖/‖δ_2‖ of batch normalization where the input has variance 1.

    Layer 1 divides by the spread of x, every later one by that of φ, hence another factor; infinite batch.
    """
    phi = activations.get(activation)
    return math.sqrt(gaussian_average(lambda z: activations.derivative(phi, z) ** 2))


def steep_chi(activation: str, q: float, sigma_w: float) -> float:
    """Return χ = sigma_w² ∫Dz φ'(√q z)² of a saturating activation, accurate for very large q as well.

    φ'(t) is below 1e-25 for |t| > 60, so the average is taken over t = √q z between those bounds, where the
    nodes resolve φ' however narrow it is as a function of z.
    """
    phi = activations.get(checks.one_of("activation", activation, _SATURATING))
    root = math.sqrt(checks.positive("q", q))
    bound, nodes = min(12 * root, 60.0), 8192
    t = bound * ((torch.arange(nodes, dtype=torch.float64) + 0.5) * 2 / nodes - 1)
    density = torch.exp(-((t / root) ** 2) / 2) / (root * math.sqrt(2 * math.pi))
    integral = float((density * activations.derivative(phi, t) ** 2).sum()) * 2 * bound / nodes
    return checks.positive("sigma_w", sigma_w) ** 2 * integral


def residual_mean_field(activation: str, sigma_w: float, scale: float, blocks: int, q: float) -> MeanField:
    """Follow q and the gradient through blocks z + s W φ(z), for z with independent entries N(0, q).

    q' = q + s² sigma_w² ∫Dz φ(√q z)², and ‖δ‖² changes by 1 + s² χ: W has mean 0 and is independent of the
    stream, so branch and stream add in squares. Infinite width.

    Args:
        activation: name of φ.
        sigma_w: √(fan_in Var W) of every branch.
        scale: s, the factor of the branch.
        blocks: number of blocks, at least 1.
        q: variance of the stream before the first block.

    Returns:
        q before the first, ..., after the last block (``blocks`` + 1 values), and as ``chi`` the factor of
        ‖δ‖² over each block, then one value more, that of the block which would follow.

    """
    checks.positive_integer("blocks", blocks)
    square = checks.finite("scale", scale) ** 2
    variances = [checks.positive("q", q)]
    for _ in range(blocks):
        variances.append(variances[-1] + square * next_q(activation, variances[-1], sigma_w))
    return MeanField(tuple(variances), tuple(1 + square * chi(activation, v, sigma_w) for v in variances))


def residual_batch_norm_mean_field(activation: str, sigma_w: float, scale: float, blocks: int, q: float) -> MeanField:
    """Follow q and the gradient through blocks z + s W φ(BN(z)), infinite width and batch.

    Every branch adds s² sigma_w² E φ(y)² to q and s² sigma_w² Var φ(y) to the variance v over the batch, with
    y ~ N(0, 1) whatever the stream, so both grow linearly; ‖δ‖² changes by 1 + s² sigma_w² E φ'(y)²/v, which
    gives a power of the depth instead of an exponential (De & Smith 2020, arXiv:2002.10444, for the forward
    pass). Arguments and result as in :func:`residual_mean_field`; before the first block v = q.
    """
    checks.positive_integer("blocks", blocks)
    phi = activations.get(activation)
    strength = (checks.finite("scale", scale) * checks.positive("sigma_w", sigma_w)) ** 2
    mean = gaussian_average(phi)
    second_moment = gaussian_average(lambda y: phi(y) ** 2)
    slope = gaussian_average(lambda y: activations.derivative(phi, y) ** 2)
    first = checks.positive("q", q)
    v = tuple(first + block * strength * (second_moment - mean**2) for block in range(blocks + 1))
    return MeanField(
        q=tuple(first + block * strength * second_moment for block in range(blocks + 1)),
        chi=tuple(1 + strength * slope / value for value in v),
    )


def majority_share(count: int, probability: float = 0.5) -> float:
    """Return E max(K, n - K)/n, K ~ Binomial(n, p): the share of the commoner sign among n independent ones.

    Args:
        count: n.
        probability: p, that a sign is positive.

    """
    n = checks.positive_integer("count", count)
    p = checks.non_negative("probability", probability)
    if p > 1:
        raise ValueError(f"probability: found {probability!r}, allowed: from 0 to 1")
    K = torch.arange(n + 1, dtype=torch.float64)
    log_binomial = math.lgamma(n + 1) - torch.lgamma(K + 1) - torch.lgamma(n - K + 1)
    head = torch.special.xlogy(K, torch.tensor(p, dtype=torch.float64))
    tail = torch.special.xlog1py(n - K, torch.tensor(-p, dtype=torch.float64))
    return float((torch.exp(log_binomial + head + tail) * torch.maximum(K, n - K)).sum()) / n


def same_sign_share(activation: str, q: float, count: int) -> float:
    """Return the expected share of the commoner sign among the gradients of a neuron's incoming weights.

    For a large batch whose samples are independent, with δ of either sign equally likely. The gradient of
    weight j is Σ_b δ_b a_bj = m Σ_b δ_b + s ‖δ‖ ξ_j with m, s² the mean and variance of φ(√q z) and ξ_j ~
    N(0, 1), and Σ_b δ_b = ‖δ‖ η with η ~ N(0, 1): given η the signs are independent with probability Φ(m
    |η|/s). For many weights this tends to 1/2 + arctan(m/s)/π.

    Args:
        activation: name of φ.
        q: variance of the pre-activations, above 0.
        count: number of incoming weights.

    """
    phi = activations.get(activation)
    root = math.sqrt(checks.positive("q", q))
    m = gaussian_average(lambda z: phi(root * z))
    s = math.sqrt(gaussian_average(lambda z: (phi(root * z) - m) ** 2))
    # 101 midpoints of a distribution's quantiles are enough for a bounded, smooth function of η.
    quantiles = (torch.arange(101, dtype=torch.float64) + 0.5) / 101
    probabilities = torch.special.ndtr(abs(m) / s * torch.special.ndtri((1 + quantiles) / 2))
    return sum(majority_share(count, p) for p in probabilities.tolist()) / 101


def clipping_coefficient(norm: float, maximum: float) -> float:
    """Return min(1, m/(‖g‖ + 1e-6)), by which PyTorch's ``clip_grad_norm_`` multiplies every gradient."""
    return min(1.0, checks.positive("maximum", maximum) / (checks.non_negative("norm", norm) + 1e-6))
