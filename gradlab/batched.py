"""Many small networks of one shape in a single batched computation.

Everything has a leading dimension for the network, so that 4,000 networks cost little more than one. The
networks are plain: no normalization, no residual connection, no read-out.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from gradlab import activations, checks, initialization
from gradlab.networks import MLPConfig


@dataclass(frozen=True, eq=False)
class Networks:
    """S networks of the same shape.

    Attributes:
        weights: one tensor per layer, shape (S, fan_out, fan_in).
        biases: one tensor per layer, shape (S, fan_out); empty for networks without bias.
        activation: name of φ, applied after every layer, the last included.

    """

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    activation: str

    def __post_init__(self) -> None:
        activations.get(self.activation)
        if not self.weights:
            raise ValueError("weights: found no layer, allowed: at least one")
        fan_in: int | str = "fan_in"
        for weight in self.weights:
            checks.shape("weights", weight, self.count, "fan_out", fan_in)
            fan_in = weight.shape[1]
        if self.biases and len(self.biases) != len(self.weights):
            raise ValueError(f"biases: found {len(self.biases)}, allowed: 0 or {len(self.weights)}")

    @property
    def count(self) -> int:
        """Number S of networks."""
        return self.weights[0].shape[0]


@dataclass(frozen=True, eq=False)
class Pass:
    """One forward and backward pass of S networks, all tensors detached.

    Attributes:
        z: pre-activations, one tensor per layer, shape (S, batch, width).
        a: activations, likewise.
        dz: gradients of the loss with respect to z, likewise.
        dx: gradient of the loss with respect to the input, shape (S, batch, input width).

    """

    z: tuple[Tensor, ...]
    a: tuple[Tensor, ...]
    dz: tuple[Tensor, ...]
    dx: Tensor

    @property
    def dz_norms(self) -> Tensor:
        """‖δ_l‖ over batch and units, shape (layers, S), first layer to last."""
        return torch.stack([torch.linalg.vector_norm(dz, dim=(1, 2)) for dz in self.dz])


def _reject_unsupported(config: MLPConfig) -> None:
    for argument in ("normalization", "residual_scale", "output_width"):
        value = getattr(config, argument)
        if value is not None:
            raise ValueError(f"{argument}: found {value!r}, allowed in a batch of networks: None")


def draw(config: MLPConfig, networks: int, generator: Generator, *, dtype: torch.dtype = torch.float64) -> Networks:
    """Draw S networks of one shape.

    Args:
        config: the shape; normalization, residual connection and read-out are not available here.
        networks: S.
        generator: source of all random numbers.
        dtype: floating-point type.

    """
    _reject_unsupported(config)
    S = checks.positive_integer("networks", networks)
    distribution = initialization.get(config.initialization)
    weights: list[Tensor] = []
    biases: list[Tensor] = []
    for fan_in, fan_out in itertools.pairwise(config.widths):
        weight = torch.empty(S, fan_out, fan_in, dtype=dtype)
        weights.append(distribution.fill_(weight, generator, config.sigma_w))
        if config.bias not in ("none", "zero"):
            bias = torch.empty(S, fan_out, dtype=dtype)
            biases.append(initialization.fill_bias_(bias, config.bias, fan_in, generator))
    return Networks(tuple(weights), tuple(biases), config.activation)


def chains(weights: Sequence[Sequence[float]] | Tensor, activation: str) -> Networks:
    """Return S chains of width 1 without bias from their weights, shape (S, layers)."""
    table = torch.as_tensor(weights, dtype=torch.float64)
    checks.shape("weights", checks.finite_tensor("weights", table), "networks", "layers")
    return Networks(tuple(column.reshape(-1, 1, 1) for column in table.T), (), activation)


def run(networks: Networks, x: Tensor, v: Tensor | None = None) -> Pass:
    """Run all networks forward and backward with the loss Σ v·a_L.

    Args:
        networks: S networks.
        x: input, shape (S, batch, input width), or (1, batch, input width) for one that all share.
        v: gradient of the loss with respect to a_L, shape (S, batch, width); None means 1 everywhere.

    Raises:
        ValueError: an input that is not finite or of the wrong shape.

    """
    checks.finite_tensor("x", x)
    S = networks.count
    if x.ndim == 3 and x.shape[0] == 1:
        x = x.expand(S, -1, -1)
    checks.shape("x", x, S, "batch", networks.weights[0].shape[2])
    phi = activations.get(networks.activation)
    biases: Sequence[Tensor | None] = networks.biases or (None,) * len(networks.weights)
    with torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        z: list[Tensor] = []
        a: list[Tensor] = [x]
        for W, b in zip(networks.weights, biases, strict=True):
            update = torch.bmm(a[-1], W.mT)
            z.append(update if b is None else update + b.unsqueeze(1))
            a.append(phi(z[-1]))
        v = torch.ones_like(a[-1]) if v is None else checks.shape("v", v, *a[-1].shape)
        # The sum, for with v as an argument PyTorch first imports its symbolic shapes, a third of a second.
        *dz, dx = torch.autograd.grad((v * a[-1]).sum(), [*z, x])
    return Pass(
        z=tuple(tensor.detach() for tensor in z),
        a=tuple(tensor.detach() for tensor in a[1:]),
        dz=tuple(dz),
        dx=dx,
    )
