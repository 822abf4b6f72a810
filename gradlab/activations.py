"""Activation functions by name, and their derivatives by automatic differentiation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn import functional

from gradlab._internal import checks

LEAKY_RELU_SLOPE = 0.01
"""Slope of leaky ReLU below zero: PyTorch's default, and the one of the source article."""


@dataclass(frozen=True)
class Activation:
    """An activation function φ, a = φ(z), and all that is known of it: experiments, theory and probe ask here.

    Attributes:
        name: the name under which :func:`get` finds it. Where PyTorch has the function under this name, the probe knows
            it by its node in autograd's graph, too.
        function: φ, elementwise on a tensor of any shape.
        lower_limit: limit of φ at minus infinity where it is finite and φ saturates there, else None.
        upper_limit: limit of φ at plus infinity where it is finite and φ saturates there, else None.
        label: what figures and tables call it, in any language.
        module: PyTorch's module that applies it, by which the probe knows it; None where there is none.
        derivative_maximum: the largest φ', in closed form; None where there is none, and theory searches for it.
        saturation_bound: the |z| beyond which φ' is below a threshold, in closed form; None where there is none, and
            theory searches for it.

    """

    name: str
    function: Callable[[Tensor], Tensor]
    lower_limit: float | None = None
    upper_limit: float | None = None
    label: str = ""
    module: type[nn.Module] | None = None
    derivative_maximum: float | None = None
    saturation_bound: Callable[[float], float] | None = None

    def __call__(self, z: Tensor) -> Tensor:
        """φ(z) elementwise."""
        return self.function(z)

    @property
    def saturates(self) -> bool:
        """Whether φ saturates on both sides; it then is symmetric about the middle of its limits."""
        return self.lower_limit is not None and self.upper_limit is not None

    @property
    def falls_silent(self) -> bool:
        """Whether φ is 0, if only in rounding, for every z far below 0 but not far above: a unit can fall silent."""
        return not self.saturates and self(torch.tensor(-1e3, device="cpu")).item() == 0


def _leaky_relu(z: Tensor) -> Tensor:
    return functional.leaky_relu(z, LEAKY_RELU_SLOPE)


def _linear(z: Tensor) -> Tensor:
    return z


def _tanh_bound(threshold: float) -> float:
    # From tanh' = 1 - tanh².
    return math.atanh(math.sqrt(1 - threshold))


def _sigmoid_bound(threshold: float) -> float:
    # From σ' = σ (1 - σ): logit((1 + r)/2) with r = √(1 - 4 threshold). It is ln((1 + r)/(1 - r)), and
    # 1 - r² = 4 threshold avoids the cancellation in 1 - r.
    root = math.sqrt(1 - 4 * threshold)
    return math.log((1 + root) ** 2 / (4 * threshold))


# At z = √2, where the derivative (2 - z²) of φ'(z) = Φ(z) + z Φ'(z), but for a positive factor, is 0.
_GELU_MAXIMUM = (1 + math.erf(1)) / 2 + math.exp(-1) / math.sqrt(math.pi)

ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        activation.name: activation
        for activation in (
            Activation("relu", torch.relu, label="ReLU", module=nn.ReLU, derivative_maximum=1.0),
            Activation("leaky_relu", _leaky_relu, label="Leaky ReLU", module=nn.LeakyReLU, derivative_maximum=1.0),
            Activation(
                "tanh",
                torch.tanh,
                lower_limit=-1.0,
                upper_limit=1.0,
                label="Tanh",
                module=nn.Tanh,
                derivative_maximum=1.0,
                saturation_bound=_tanh_bound,
            ),
            Activation(
                "sigmoid",
                torch.sigmoid,
                lower_limit=0.0,
                upper_limit=1.0,
                label="Sigmoid",
                module=nn.Sigmoid,
                derivative_maximum=0.25,
                saturation_bound=_sigmoid_bound,
            ),
            Activation("gelu", functional.gelu, label="GELU", module=nn.GELU, derivative_maximum=_GELU_MAXIMUM),
            Activation("silu", functional.silu, label="SiLU", module=nn.SiLU),
            Activation("elu", functional.elu, label="ELU", module=nn.ELU, derivative_maximum=1.0),
            Activation("softplus", functional.softplus, label="Softplus", module=nn.Softplus, derivative_maximum=1.0),
            Activation("mish", functional.mish, label="Mish", module=nn.Mish),
            Activation("linear", _linear, label="Linear", derivative_maximum=1.0),
        )
    }
)
"""Activation functions by name; read-only."""

SATURATING = tuple(name for name, activation in ACTIVATIONS.items() if activation.saturates)
"""Names of those that saturate on both sides."""


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
