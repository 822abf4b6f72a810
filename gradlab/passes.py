"""Gradients of every layer, recorded in one pass and returned: nothing is kept between passes.

The gradients come from ``torch.autograd.grad``, so no hook is installed, no list grows, and the ``.grad`` of
the parameters is left as it was.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Generator, Tensor, nn

from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError
from gradlab.networks import Step

Loss = Callable[[Tensor], Tensor]
"""A function from the network's output, shape (batch, width), to a tensor with one element."""


class Traceable(Protocol):
    """A network that can be recorded: it returns z and a of every layer, as ``networks.MLP`` does."""

    @property
    def linear_layers(self) -> tuple[nn.Linear, ...]:
        """The linear layers, one for each step of the trace."""

    def trace(self, x: Tensor) -> tuple[Step, ...]:
        """The pre-activation z and the activation a of every layer for x of shape (batch, input width)."""


def summed(output: Tensor) -> Tensor:
    """The sum of all outputs: the loss of a plain backward pass from a single output."""
    return output.sum()


def random_projection(generator: Generator) -> Loss:
    """A loss Σ v·output with v ~ N(0, 1) drawn anew from ``generator`` each time it is called.

    Its gradient with respect to the output is v, in no direction favored by the network.
    """

    def loss(output: Tensor) -> Tensor:
        v = torch.empty_like(output).normal_(generator=generator)
        return (v * output).sum()

    return loss


def _norm(tensor: Tensor) -> float:
    return float(torch.linalg.vector_norm(tensor))


@dataclass(frozen=True, eq=False)
class LayerRecord:
    """One layer of one pass; all tensors are detached and belong to that pass alone.

    Attributes:
        layer: index from 1.
        W: weight, shape (fan_out, fan_in).
        z: pre-activation, shape (batch, fan_out).
        a: activation, shape (batch, fan_out).
        dz: gradient of the loss with respect to z, called δ in formulas.
        dW: gradient of the loss with respect to W.

    """

    layer: int
    W: Tensor
    z: Tensor
    a: Tensor
    dz: Tensor
    dW: Tensor  # noqa: N815  the letter of the formula

    @property
    def z_norm(self) -> float:
        """‖z‖ over the whole batch."""
        return _norm(self.z)

    @property
    def a_norm(self) -> float:
        """‖a‖ over the whole batch."""
        return _norm(self.a)

    @property
    def dz_norm(self) -> float:
        """‖δ‖ over the whole batch."""
        return _norm(self.dz)

    @property
    def dW_norm(self) -> float:  # noqa: N802  the letter of the formula
        """Frobenius norm of the gradient with respect to W."""
        return _norm(self.dW)


def _loss_value(steps: Sequence[Step], loss: Loss) -> Tensor:
    if not steps:
        raise RefusalError("network", "no layer", "a network with at least one layer")
    output = steps[-1].a
    if not output.requires_grad:
        raise RefusalError("network", "an output without gradient", "a network whose parameters require it")
    value = loss(output)
    if value.numel() != 1 or not value.requires_grad:
        gradient = "with" if value.requires_grad else "without"
        raise RefusalError(
            "loss",
            f"a value of shape {tuple(value.shape)} {gradient} gradient",
            "one number that depends on the output",
        )
    return value


def record(network: Traceable, x: Tensor, loss: Loss = summed) -> tuple[LayerRecord, ...]:
    """Run ``network`` forward and backward once on ``x`` and return every layer's values and gradients.

    Args:
        network: an ``MLP`` or any network with ``trace`` and ``linear_layers``.
        x: input of shape (batch, input width).
        loss: from output to one number; by default the sum of the outputs.

    Returns:
        One record per layer, first to last; a read-out counts as the last layer.

    Raises:
        ValueError: the input is not finite or of the wrong shape, or the network has no layer, or a weight
            that requires no gradient, or the loss does not depend on the output.

    Examples:
        >>> import torch
        >>> from gradlab import passes
        >>> from gradlab.networks import ArticleNetwork
        >>> network = ArticleNetwork(20, dtype=torch.float32)
        >>> layers = passes.record(network, torch.ones(1, 1))
        >>> [f"{layer.dz_norm:.4f}" for layer in layers[:3]]
        ['2602.2952', '1658.9581', '1130.6781']

    """
    if not (hasattr(network, "linear_layers") and hasattr(network, "trace")):
        raise RefusalError("network", type(network).__name__, "a network with linear_layers and trace")
    weights = tuple(layer.weight for layer in network.linear_layers)
    for layer, weight in enumerate(weights, start=1):
        if not weight.requires_grad:
            raise RefusalError("network", f"a weight without gradient in layer {layer}", "requires_grad=True")
    with torch.enable_grad():
        steps = network.trace(x)
        value = _loss_value(steps, loss)
        wanted = [step.z for step in steps] + list(weights)
        gradients = torch.autograd.grad(value, wanted, allow_unused=True, materialize_grads=True)
    depth = len(steps)
    return tuple(
        LayerRecord(
            layer=index + 1,
            W=weights[index].detach().clone(),
            z=steps[index].z.detach(),
            a=steps[index].a.detach(),
            dz=gradients[index],
            dW=gradients[depth + index],
        )
        for index in range(depth)
    )


def input_gradient(network: Traceable, x: Tensor, loss: Loss = summed) -> Tensor:
    """The gradient of the loss with respect to ``x``, of the shape of ``x``.

    Examples:
        >>> import torch
        >>> from gradlab import passes
        >>> from gradlab.networks import ArticleNetwork
        >>> network = ArticleNetwork(20, dtype=torch.float32)
        >>> x = torch.ones(1, 1)
        >>> f"{passes.input_gradient(network, x).item():.3f}"
        '4255.416'

    """
    checks.finite_tensor("x", x)
    with torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        value = _loss_value(network.trace(x), loss)
        return torch.autograd.grad(value, x, allow_unused=True, materialize_grads=True)[0]


def per_layer_factor(first: float, last: float, layers: int) -> float:
    """(first/last)^(1/(layers-1)): by how much a norm changes from one layer to the one before it.

    Args:
        first: ‖δ_1‖.
        last: ‖δ_L‖.
        layers: L, at least 2.

    Examples:
        >>> from gradlab import passes
        >>> passes.per_layer_factor(first=8.0, last=1.0, layers=4)
        2.0

    """
    checks.integer("layers", layers, 2)
    checks.non_negative("first", first)
    checks.positive("last", last)
    return math.pow(first / last, 1 / (layers - 1))
