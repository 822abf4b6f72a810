"""Recurrent networks: products of one matrix with itself, gates, and a unit that holds a bit."""

from __future__ import annotations

import math

from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError


def recurrent_bound(singular_value: float, derivative: float, steps: int) -> float:
    """(γ s)^k, above which a gradient cannot grow over k time steps of h_t = φ(W h_{t-1} + ...).

    With s the largest singular value of W and γ the largest φ'. Every Jacobian is diag(φ') W, whose norm is at most
    γ s, and the norm of a product is at most the product of the norms (Pascanu, Mikolov & Bengio 2013,
    arXiv:1211.5063, section 2.1). Below 1/γ the gradient therefore vanishes.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.recurrent_bound(singular_value=0.9, derivative=1.0, steps=20), 4)
        0.1216

    """
    s = checks.positive("singular_value", singular_value)
    gamma = checks.positive("derivative", derivative)
    return (gamma * s) ** checks.integer("steps", steps, 0)


def shear_power_norm(eigenvalue: float, shear: float, steps: int) -> float:
    """The largest singular value of the k-th power of [[λ, c], [0, λ]].

    The power is [[λ^k, k λ^(k-1) c], [0, λ^k]]; the two singular values of [[a, b], [0, a]] differ by abs(b) and have
    the product a². The factor k beside λ^k lets the power grow at first where the eigenvalue λ is below 1.

    Examples:
        >>> from gradlab import theory
        >>> [round(theory.shear_power_norm(eigenvalue=0.5, shear=100.0, steps=k), 2) for k in (1, 2, 20)]
        [100.0, 100.0, 0.0]

    """
    value = checks.finite("eigenvalue", eigenvalue)
    k = checks.positive_integer("steps", steps)
    beside = abs(k * value ** (k - 1) * checks.finite("shear", shear))
    return (beside + math.sqrt(beside**2 + 4 * value ** (2 * k))) / 2


def forget_gate_ratio(bias: float, time_steps: int) -> float:
    """σ(b)^(T-1): what the forget gates let through from the last of T time steps to the first.

    What an LSTM has stored is multiplied by the forget gate at every step, and so is the gradient on its way back
    (Gers, Schmidhuber & Cummins 2000). As long as the weights that lead to the gate contribute little, the gate is
    the sigmoid of its bias. With b = ln T about 1/e is left (Tallec & Ollivier 2018, arXiv:1804.11188, equation 17).

    Examples:
        >>> import math
        >>> from gradlab import theory
        >>> round(theory.forget_gate_ratio(bias=math.log(60), time_steps=60), 3)
        0.377

    """
    b = checks.finite("bias", bias)
    steps = checks.positive_integer("time_steps", time_steps) - 1
    return math.exp(-steps * (math.log1p(math.exp(-abs(b))) + max(-b, 0.0)))


def _latching(weight: float) -> float:
    w = checks.positive("weight", weight)
    if w <= 1:
        raise RefusalError("weight", repr(weight), "above 1, where a unit can hold a bit")
    return w


def latch_factor(weight: float) -> float:
    """The factor w(1 - tanh²a) of the gradient over one time step of a_t = w tanh(a_{t-1}) that holds a bit.

    For w above 1 there are two stable states ±a, where a = w tanh(a) > 0 (Bengio, Simard & Frasconi 1994, IEEE
    Transactions on Neural Networks 5, 157-166). The factor is below 1, or they would not be stable.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.latch_factor(weight=2.0), 4)
        0.1664

    """
    w = _latching(weight)
    # w tanh(a) > a on (0, a*), and a* < w.
    low, high = 0.0, w
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if w * math.tanh(middle) > middle else (low, middle)
    return w * (1 - math.tanh(high) ** 2)


def latch_margin(weight: float) -> float:
    """√(w(w - 1)) - artanh √(1 - 1/w): the constant input against which a_t = w tanh(a_{t-1}) + h just holds its bit.

    With a larger h there is only one fixed point left. At the margin two of them meet where the slope
    w(1 - tanh²a) is 1, hence tanh²a = 1 - 1/w, and h is the distance of w tanh(a) from a.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.latch_margin(weight=2.0), 4)
        0.5328

    """
    w = _latching(weight)
    return math.sqrt(w * (w - 1)) - math.atanh(math.sqrt(1 - 1 / w))
