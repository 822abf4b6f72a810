"""The pass that several experiments share: Gaussian inputs, a random network, a random output gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from gradlab import passes
from gradlab.networks import MLP, MLPConfig
from gradlab.passes import LayerRecord


def inputs(batch: int, width: int, generator: Generator) -> Tensor:
    """Inputs x ~ N(0, 1) of shape (batch, width), float64."""
    return torch.empty(batch, width, dtype=torch.float64).normal_(generator=generator)


class Draw(NamedTuple):
    """Draw of one seed: x, shape (batch, input width), the network, and v, shape (batch, output width)."""

    x: Tensor
    network: MLP
    v: Tensor


def draw(config: MLPConfig, batch: int, seed: int) -> Draw:
    """Draw x ~ N(0, 1), the network, and the gradient v ~ N(0, 1) of the loss Σ v·output, in this order.

    Networks of one shape that differ in the scale of their weights, in normalization or in the residual
    connection thus share all random numbers.
    """
    generator = torch.Generator().manual_seed(seed)
    x = inputs(batch, config.widths[0], generator)
    network = MLP(config, generator)
    return Draw(x, network, inputs(batch, config.widths[-1], generator))


def record_draw(draw: Draw) -> tuple[LayerRecord, ...]:
    """Record everything of one pass."""
    x, network, v = draw
    return passes.record(network, x, lambda output: (v * output).sum())


def record_pass(config: MLPConfig, batch: int, seed: int) -> tuple[LayerRecord, ...]:
    """Record everything of the one pass that ``seed`` gives."""
    return record_draw(draw(config, batch, seed))


@dataclass(frozen=True)
class Norms:
    """Norms over batch and units of one pass, first layer to last.

    Attributes:
        z: ‖z_l‖.
        dz: ‖δ_l‖.

    """

    z: tuple[float, ...]
    dz: tuple[float, ...]

    @property
    def profile(self) -> tuple[float, ...]:
        """‖δ_l‖/‖δ_L‖, first layer to last."""
        return tuple(norm / self.dz[-1] for norm in self.dz)


def _norms(tensors: Sequence[Tensor]) -> tuple[float, ...]:
    return tuple(float(torch.linalg.vector_norm(tensor)) for tensor in tensors)


def pass_norms(draw: Draw) -> Norms:
    """The norms of that pass, without the cost of the weights' gradients."""
    x, network, v = draw
    network.requires_grad_(False)
    steps = network.trace(x.detach().requires_grad_())
    z = [step.z for step in steps]
    # The sum, for with v as an argument PyTorch first imports its symbolic shapes, a third of a second.
    gradients = torch.autograd.grad((v * steps[-1].a).sum(), z)
    return Norms(_norms([tensor.detach() for tensor in z]), _norms(gradients))
