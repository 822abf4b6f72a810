"""Activation functions and their derivatives."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gradlab import activations
from gradlab.activations import Activation
from gradlab.probing import classification

Z = torch.linspace(-4, 4, 81, dtype=torch.float64)


def _normal_density(z: Tensor) -> Tensor:
    return torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def _softplus(z: Tensor) -> Tensor:
    return torch.log1p(torch.exp(z))


CLOSED_FORMS: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": lambda z: torch.exp(-z) / (1 + torch.exp(-z)) ** 2,
    "tanh": lambda z: 1 / torch.cosh(z) ** 2,
    "relu": lambda z: (z > 0).to(z.dtype),
    "leaky_relu": lambda z: 0.01 + 0.99 * (z > 0).to(z.dtype),
    "gelu": lambda z: torch.special.ndtr(z) + z * _normal_density(z),
    "silu": lambda z: torch.sigmoid(z) * (1 + z * torch.sigmoid(-z)),
    "elu": lambda z: torch.exp(z.clamp_max(0)),
    "softplus": torch.sigmoid,
    # z tanh ln(1 + e^z), whose inner derivative is the sigmoid's.
    "mish": lambda z: torch.tanh(_softplus(z)) + z * torch.sigmoid(z) / torch.cosh(_softplus(z)) ** 2,
    "linear": torch.ones_like,
}


def test_every_activation_has_a_closed_form_here() -> None:
    assert set(activations.ACTIVATIONS) == set(CLOSED_FORMS)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_the_derivative_is_the_closed_form(name: str) -> None:
    torch.testing.assert_close(activations.derivative(name, Z), CLOSED_FORMS[name](Z), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_the_limits_are_reached_far_out(name: str) -> None:
    phi = activations.get(name)
    for limit, end in ((phi.lower_limit, -1000.0), (phi.upper_limit, 1000.0)):
        if limit is not None:
            assert phi(torch.tensor(end, dtype=torch.float64)).item() == limit


@pytest.mark.parametrize("name", activations.SATURATING)
def test_what_saturates_is_symmetric_about_the_middle_of_its_limits(name: str) -> None:
    phi = activations.get(name)
    assert phi.lower_limit is not None
    assert phi.upper_limit is not None
    limits = torch.full_like(Z, phi.lower_limit + phi.upper_limit)
    torch.testing.assert_close(phi(Z) + phi(-Z), limits, rtol=0, atol=1e-15)


def test_what_falls_silent_is_what_is_0_far_below_0_and_does_not_saturate() -> None:
    silent = {name for name, phi in activations.ACTIVATIONS.items() if phi.falls_silent}
    assert silent == {"relu", "gelu", "silu", "softplus", "mish"}


@pytest.mark.parametrize("phi", activations.ACTIVATIONS.values(), ids=activations.ACTIVATIONS)
def test_the_module_is_the_function_and_both_are_known_to_the_probe(phi: Activation) -> None:
    assert phi.label
    if phi.module is not None:
        torch.testing.assert_close(phi.module()(Z), phi(Z), rtol=0, atol=0)
        node = phi(torch.ones(1, requires_grad=True)).grad_fn
        assert node is not None
        assert classification.applied(node.name()) == classification.MODULES[phi.module.__name__] == phi.name


def test_the_derivative_needs_no_gradient_mode_and_leaves_no_gradient() -> None:
    with torch.no_grad():
        slope = activations.derivative("tanh", Z)
    assert not slope.requires_grad
    assert not Z.requires_grad


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^activation: found 'sigmod', .*nearest: 'sigmoid'$"):
        activations.get("sigmod")


def test_the_mapping_is_read_only() -> None:
    with pytest.raises(TypeError):
        activations.ACTIVATIONS["new"] = activations.get("relu")  # type: ignore[index]
