"""Recurrence: bounds, a power, gates and a unit that holds a bit, against matrices and iterations."""

import math

import pytest
import torch

from gradlab import theory


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_no_product_of_jacobians_exceeds_the_bound(activation: str) -> None:
    generator = torch.Generator().manual_seed(0)
    gamma = theory.derivative_maximum(activation)
    W = torch.randn(6, 6, generator=generator, dtype=torch.float64)
    s = float(torch.linalg.matrix_norm(W, 2))
    phi = getattr(torch, activation)
    start = h = torch.randn(6, generator=generator, dtype=torch.float64).requires_grad_()
    for k in range(1, 6):
        h = phi(W @ h)
        rows = [torch.autograd.grad(one, start, retain_graph=True)[0] for one in h]
        assert float(torch.linalg.matrix_norm(torch.stack(rows), 2)) < theory.recurrent_bound(s, gamma, k)
    assert theory.recurrent_bound(s, gamma, 0) == 1
    assert theory.recurrent_bound(3.0, 0.5, 2) == 2.25


@pytest.mark.parametrize(("value", "shear"), [(0.5, 100.0), (1.1, -2.0), (0.9, 0.0), (-0.7, 3.0)])
def test_the_norm_of_a_power_is_that_of_the_matrix(value: float, shear: float) -> None:
    W = torch.tensor([[value, shear], [0.0, value]], dtype=torch.float64)
    for k in (1, 2, 7):
        norm = float(torch.linalg.matrix_norm(torch.linalg.matrix_power(W, k), 2))
        assert theory.shear_power_norm(value, shear, k) == pytest.approx(norm, rel=1e-12)


def test_what_the_gates_let_through() -> None:
    for bias, steps in ((-2.0, 3), (0.0, 5), (4.0, 60)):
        gate = float(torch.sigmoid(torch.tensor(bias, dtype=torch.float64)))
        assert theory.forget_gate_ratio(bias, steps) == pytest.approx(gate ** (steps - 1), rel=1e-12)
    assert theory.forget_gate_ratio(-1e6, 2) == 0
    assert theory.forget_gate_ratio(1e6, 2) == 1
    # (1 + 1/T)^-(T-1) tends to 1/e.
    assert theory.forget_gate_ratio(math.log(1e6), 10**6) == pytest.approx(1 / math.e, rel=2e-6)


@pytest.mark.parametrize("weight", [1.01, 1.5, 2.0, 5.0])
def test_a_unit_is_stable_where_it_holds_its_bit(weight: float) -> None:
    a = weight
    for _ in range(5000):
        a = weight * math.tanh(a)
    assert theory.latch_factor(weight) == pytest.approx(weight * (1 - math.tanh(a) ** 2), rel=1e-9)
    assert 0 < theory.latch_factor(weight) < 1


@pytest.mark.parametrize("weight", [1.5, 2.0, 5.0])
def test_a_push_beyond_the_margin_turns_the_bit_over_and_one_below_does_not(weight: float) -> None:
    def held(push: float) -> bool:
        a = weight
        for _ in range(2000):
            a = weight * math.tanh(a) - push
        return a > 0

    margin = theory.latch_margin(weight)
    assert held(0.999 * margin)
    assert not held(1.001 * margin)


def test_a_unit_that_cannot_hold_a_bit_is_refused() -> None:
    for law in (theory.latch_factor, theory.latch_margin):
        with pytest.raises(ValueError, match=r"^weight: found 1\.0, allowed: above 1, where a unit can hold a bit$"):
            law(1.0)
