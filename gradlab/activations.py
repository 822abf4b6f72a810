"""Activation functions by name, and their derivatives by automatic differentiation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from gradlab._internal import checks

LEAKY_RELU_SLOPE = 0.01
"""Slope of leaky ReLU below zero: PyTorch's default, and the one of the source article."""


@dataclass(frozen=True)
class Activation:
    """An activation function φ, a = φ(z).

    Attributes:
        name: the name under which :func:`get` finds it.
        function: φ, elementwise on a tensor of any shape.
        lower_limit: limit of φ at minus infinity where it is finite and φ saturates there, else None.
        upper_limit: limit of φ at plus infinity where it is finite and φ saturates there, else None.

    """

    name: str
    function: Callable[[Tensor], Tensor]
    lower_limit: float | None = None
    upper_limit: float | None = None

    def __call__(self, z: Tensor) -> Tensor:
        """φ(z) elementwise."""
        return self.function(z)


def _leaky_relu(z: Tensor) -> Tensor:
    return torch.nn.functional.leaky_relu(z, LEAKY_RELU_SLOPE)


def _linear(z: Tensor) -> Tensor:
    return z


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        activation.name: activation
        for activation in (
            Activation("sigmoid", torch.sigmoid, lower_limit=0.0, upper_limit=1.0),
            Activation("tanh", torch.tanh, lower_limit=-1.0, upper_limit=1.0),
            Activation("relu", torch.relu),
            Activation("leaky_relu", _leaky_relu),
            Activation("gelu", torch.nn.functional.gelu),
            Activation("linear", _linear),
        )
    }
)
"""Activation functions by name: ``sigmoid``, ``tanh``, ``relu``, ``leaky_relu``, ``gelu``, ``linear``; read-only."""


def get(name: str) -> Activation:
    """The activation function of that name.

    Raises:
        ValueError: the name is unknown; the message lists the names and the nearest one.

    Examples:
        >>> from gradlab import activations
        >>> activations.get("tanh").upper_limit
        1.0

    """
    return ACTIVATIONS[checks.one_of("activation", name, ACTIVATIONS)]


def derivative(activation: Activation | str, z: Tensor) -> Tensor:
    """φ'(z) elementwise, as PyTorch's autograd computes it in the precision of ``z``.

    At the kink of ReLU and leaky ReLU this is autograd's convention (0 and the slope below zero).

    Examples:
        >>> import torch
        >>> from gradlab import activations
        >>> z = torch.tensor([0.0, 4.0])
        >>> activations.derivative("sigmoid", z)
        tensor([0.2500, 0.0177])

    """
    phi = get(activation) if isinstance(activation, str) else activation
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        return torch.autograd.grad(phi(z).sum(), z)[0]
