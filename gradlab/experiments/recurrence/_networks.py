"""Recurrent networks, and a task for them.

Most are plain ones of one shape, many at a time: one for each seed, along the first dimension of every tensor.

Nothing passes from one network to another: the loss is summed over them, and every gradient and step is a network's
own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from gradlab._internal.descent import clipping_factors

FLOAT = torch.float64


@dataclass(frozen=True)
class Recurrent:
    """h_t = φ(x_t U + h_{t-1} W + b), and z = h_T V + c from the last state, for row vectors x and h.

    Attributes:
        U: weights from the input, of shape (networks, inputs, width).
        W: recurrent weights, of shape (networks, width, width): the matrix that all time steps share.
        b: bias, of shape (networks, 1, width).
        V: weights to the output, of shape (networks, width, outputs).
        c: its bias, of shape (networks, 1, outputs).
        phi: the activation function.

    """

    U: Tensor
    W: Tensor
    b: Tensor
    V: Tensor
    c: Tensor
    phi: Callable[[Tensor], Tensor] = torch.tanh

    @property
    def parameters(self) -> list[Tensor]:
        """All weights and biases, which from here on have gradients."""
        return [one.requires_grad_() for one in (self.U, self.W, self.b, self.V, self.c)]

    def states(self, x: Tensor, window: int | None = None) -> list[Tensor]:
        """The states after every time step, of inputs of shape (networks, batch, time steps, inputs).

        Args:
            x: the inputs.
            window: number of last time steps that the gradient goes back through; all of them if not given.

        """
        networks, batch, steps, inputs = x.shape
        entering = torch.baddbmm(self.b, x.reshape(networks, batch * steps, inputs), self.U)
        h = torch.zeros(networks, batch, self.W.shape[-1], dtype=FLOAT)
        states = []
        for t, z in enumerate(entering.reshape(networks, batch, steps, -1).unbind(2)):
            h = self.phi(torch.baddbmm(z, h.detach() if steps - t == window else h, self.W))
            states.append(h)
        return states

    def __call__(self, x: Tensor, window: int | None = None) -> Tensor:
        """The outputs z, of shape (networks, batch, outputs)."""
        return torch.baddbmm(self.c, self.states(x, window)[-1], self.V)


def losses(z: Tensor, y: Tensor) -> Tensor:
    """The cross-entropy of every network, over its batch."""
    each = nn.functional.cross_entropy(z.flatten(0, 1), y.flatten(), reduction="none")
    return each.reshape(y.shape).mean(1)


def clip(gradients: Sequence[Tensor], bounds: Tensor | float) -> None:
    """Shorten every network's gradients to a norm of at most so much."""
    factors = clipping_factors(gradients, bounds)
    for one in gradients:
        one.mul_(factors[:, None, None])


def orthogonal(networks: int, width: int, generator: Generator) -> Tensor:
    """Orthogonal matrices, drawn as ``torch.nn.init.orthogonal_`` draws them."""
    drawn = torch.empty(networks, width, width, dtype=FLOAT)
    for one in drawn:
        nn.init.orthogonal_(one, generator=generator)
    return drawn


def layer_and_read_out(kind: str, width: int, seed: int) -> tuple[nn.RNNBase, nn.Linear]:
    """One of PyTorch's recurrent layers that reads two numbers a step, and a read-out for two classes, in float64."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layer: nn.RNNBase = getattr(nn, kind)(2, width, batch_first=True).double()
        return layer, nn.Linear(width, 2).double()


def set_forget_gate(layer: nn.RNNBase, bias: float) -> None:
    """PyTorch keeps the biases of four gates in a row, of which the forget gate's is the second, and adds two such."""
    gate = slice(layer.hidden_size, 2 * layer.hidden_size)
    with torch.no_grad():
        layer.get_parameter("bias_ih_l0")[gate] = bias
        layer.get_parameter("bias_hh_l0")[gate] = 0.0


def first_says(batch: int, time_steps: int, noise: float, generator: Generator) -> tuple[Tensor, Tensor]:
    """Sequences of which the first input says the class and the others are noise, and the classes."""
    x = noise * torch.randn((batch, time_steps, 2), dtype=FLOAT, generator=generator)
    y = torch.randint(0, 2, (batch,), generator=generator)
    x[:, 0, 0] = 2.0 * y - 1
    return x.requires_grad_(), y


def deltas_over_time(layer: nn.RNNBase, read_out: nn.Linear, x: Tensor, y: Tensor) -> tuple[float, ...]:
    """‖∂loss/∂x_t‖ of every time step, where the loss reads the last one."""
    loss: Tensor = nn.functional.cross_entropy(read_out(layer(x)[0][:, -1]), y)
    (gradient,) = torch.autograd.grad(loss, x)
    return tuple(gradient.square().sum((0, 2)).sqrt().tolist())
