"""Many small networks of one shape in a single batched computation.

Everything has a leading dimension for the network, so that 4,000 networks cost little more than one. The
networks are those of ``networks.MLP``, but for a read-out, which they do not have.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from gradlab import activations, initialization
from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError
from gradlab.networks import NORMALIZATIONS, MLPConfig


@dataclass(frozen=True, eq=False)
class Networks:
    """S networks of the same shape.

    Attributes:
        weights: one tensor per layer, shape (S, fan_out, fan_in).
        biases: one tensor per layer, shape (S, fan_out); empty for networks without bias.
        activation: name of φ, applied after every layer, the last included.
        normalization: None, ``"batch"`` or ``"layer"``, applied to z before the activation, as it is in training
            mode before the first step (scale 1, shift 0).
        residual_scale: s of the residual connection; None for plain networks.
        epsilon: what the normalization adds to the variance.

    """

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    activation: str
    normalization: str | None = None
    residual_scale: float | None = None
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        activations.get(self.activation)
        checks.positive("epsilon", self.epsilon)
        if self.normalization is not None:
            checks.one_of("normalization", self.normalization, NORMALIZATIONS)
        if self.residual_scale is not None:
            checks.finite("residual_scale", self.residual_scale)
        if not self.weights:
            raise RefusalError("weights", "no layer", "at least one")
        fan_in: int | str = "fan_in"
        for weight in self.weights:
            checks.shape("weights", weight, self.count, "fan_out", fan_in)
            fan_in = weight.shape[1]
        if self.biases and len(self.biases) != len(self.weights):
            raise RefusalError("biases", str(len(self.biases)), f"0 or {len(self.weights)}")

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
        dW: gradients with respect to the weights, shape (S, fan_out, fan_in) per layer; empty unless asked for.

    """

    z: tuple[Tensor, ...]
    a: tuple[Tensor, ...]
    dz: tuple[Tensor, ...]
    dx: Tensor
    dW: tuple[Tensor, ...] = ()  # noqa: N815  the letter of the formula

    @property
    def dz_norms(self) -> Tensor:
        """‖δ_l‖ over batch and units, shape (layers, S), first layer to last."""
        return norms(self.dz)

    @property
    def dW_norms(self) -> Tensor:  # noqa: N802  the letter of the formula
        """Frobenius norms of the gradients with respect to the weights, likewise."""
        return norms(self.dW)


def norms(tensors: Sequence[Tensor]) -> Tensor:
    """Frobenius norms of tensors (S, ·, ·), one for each layer, as a tensor of shape (layers, S)."""
    return torch.stack([torch.linalg.vector_norm(tensor, dim=(1, 2)) for tensor in tensors])


def draw(config: MLPConfig, networks: int, generator: Generator, *, dtype: torch.dtype = torch.float64) -> Networks:
    """Draw S networks of one shape.

    Args:
        config: the shape; a read-out is not available here.
        networks: S.
        generator: source of all random numbers.
        dtype: floating-point type.

    Examples:
        >>> import torch
        >>> from gradlab import batched
        >>> from gradlab.networks import MLPConfig
        >>> generator = torch.Generator().manual_seed(0)
        >>> config = MLPConfig(width=16, depth=20)
        >>> networks = batched.draw(config, 1000, generator)
        >>> len(networks.weights), networks.weights[0].shape
        (20, torch.Size([1000, 16, 16]))

    """
    if config.output_width is not None:
        raise ValueError(f"output_width: found {config.output_width!r}, allowed in a batch of networks: None")
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
    return Networks(
        tuple(weights), tuple(biases), config.activation, config.normalization, config.residual_scale, config.epsilon
    )


def chains(weights: Sequence[Sequence[float]] | Tensor, activation: str) -> Networks:
    """S chains of width 1 without bias from their weights, shape (S, layers).

    Examples:
        >>> from gradlab import batched
        >>> batched.chains([[1.5, 1.4], [0.5, 0.6]], "relu").count
        2

    """
    table = torch.as_tensor(weights, dtype=torch.float64)
    checks.shape("weights", checks.finite_tensor("weights", table), "networks", "layers")
    return Networks(tuple(column.reshape(-1, 1, 1) for column in table.T), (), activation)


def _normalized(networks: Networks, z: Tensor) -> Tensor:
    if networks.normalization == "layer":
        return torch.nn.functional.layer_norm(z, z.shape[2:], eps=networks.epsilon)
    if networks.normalization == "batch":
        # Over the batch instead of the units: the same with the two exchanged.
        return torch.nn.functional.layer_norm(z.mT, z.shape[1:2], eps=networks.epsilon).mT
    return z


def run(networks: Networks, x: Tensor, v: Tensor | None = None, *, weight_gradients: bool = False) -> Pass:
    """Run all networks forward and backward with the loss Σ v·a_L.

    Args:
        networks: S networks.
        x: input, shape (S, batch, input width), or (1, batch, input width) for one that all share.
        v: gradient of the loss with respect to a_L, shape (S, batch, width); None means 1 everywhere.
        weight_gradients: whether to compute ``dW`` as well.

    Raises:
        ValueError: an input that is not finite or of the wrong shape, or that is single where batch normalization
            needs several.

    Examples:
        >>> import torch
        >>> from gradlab import batched
        >>> networks = batched.chains([[1.5, 1.4], [0.5, 0.6]], "relu")
        >>> x = torch.ones(1, 1, 1, dtype=torch.float64)
        >>> batched.run(networks, x).dz_norms
        tensor([[1.4000, 0.6000],
                [1.0000, 1.0000]], dtype=torch.float64)

    """
    checks.finite_tensor("x", x)
    S = networks.count
    if x.ndim == 3 and x.shape[0] == 1:
        x = x.expand(S, -1, -1)
    checks.shape("x", x, S, "batch", networks.weights[0].shape[2])
    if networks.normalization == "batch" and x.shape[1] < 2:
        raise RefusalError("x", "a batch of 1", "at least 2 samples with batch normalization")
    phi = activations.get(networks.activation)
    biases: Sequence[Tensor | None] = networks.biases or (None,) * len(networks.weights)
    with torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        weights = [W.detach().requires_grad_() for W in networks.weights] if weight_gradients else networks.weights
        z: list[Tensor] = []
        a: list[Tensor] = [x]
        for W, b in zip(weights, biases, strict=True):
            update = torch.bmm(a[-1], W.mT)
            if b is not None:
                update = update + b.unsqueeze(1)
            if z and networks.residual_scale is not None:
                update = z[-1] + networks.residual_scale * update
            z.append(update)
            a.append(phi(_normalized(networks, update)))
        v = torch.ones_like(a[-1]) if v is None else checks.shape("v", v, *a[-1].shape)
        # The sum, for with v as an argument PyTorch first imports its symbolic shapes, a third of a second.
        wanted = [*z, x, *(weights if weight_gradients else ())]
        gradients = torch.autograd.grad((v * a[-1]).sum(), wanted)
    depth = len(z)
    return Pass(
        z=tuple(tensor.detach() for tensor in z),
        a=tuple(tensor.detach() for tensor in a[1:]),
        dz=gradients[:depth],
        dx=gradients[depth],
        dW=gradients[depth + 1 :],
    )
