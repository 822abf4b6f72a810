"""The probe's verdict on networks that ran side by side, from the numbers that it would have taken of each.

The probe watches one model at a time. Here its calls and parameters are made from the tensors of a batched pass, as far
as its rules look at them, and its own rules judge them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gradlab.probing import diagnosis, measures, silence
from gradlab.probing.finding import ORDER, Verdict
from gradlab.probing.step import LayerCall, ParameterReading, Step


@dataclass(frozen=True, eq=False)
class Measured:
    """Measurements of one pass of S networks, first layer to last: tensors of shape (layers, S).

    Attributes:
        z: ‖z_l‖.
        dz: ‖δ_l‖.
        W: ‖W_l‖.
        W_mean: mean of the elements of W_l.
        dW: ‖∂W_l‖.
        a: ‖a_l‖.
        saturated: share of saturated elements; None where the activation function cannot saturate.
        silent: share of units that put out 0 for the whole batch; None where it cannot fall silent.
        rare: share of units that may be silent for this batch only; 0 where too few are silent for the probe to ask.

    """

    z: Tensor
    dz: Tensor
    W: Tensor
    W_mean: Tensor
    dW: Tensor  # noqa: N815  the letter of the formula
    a: Tensor
    saturated: Tensor | None
    silent: Tensor | None
    rare: Tensor | None


@dataclass(frozen=True)
class Kind:
    """Structure of the networks as the probe knows it.

    Attributes:
        activation: name of φ.
        normalization: ``"none"``, ``"batch"`` or ``"layer"``.
        residual: whether the layers after the first are blocks with a residual connection.
        shape: of a layer's output: batch, width.

    """

    activation: str
    normalization: str
    residual: bool
    shape: tuple[int, int]


def rare_share(a: Tensor, silent: Tensor) -> Tensor:
    """`Measured.rare` from all activations, shape (layers, S, batch, width), and the share of silent units."""
    rare = torch.zeros_like(silent)
    # Where all are silent nothing can be rare.
    for layer, network in ((silent >= silence.DEAD_SHARE) & (silent < 1)).nonzero().tolist():
        rare[layer, network] = measures.overlap_and_rare_share(a[layer, network], -1)[1]
    return rare


def _column(values: Tensor | None, network: int, depth: int) -> Sequence[float | None]:
    return (None,) * depth if values is None else values[:, network].tolist()


def _calls(kind: Kind, measured: Measured, network: int) -> Iterator[LayerCall]:
    """Every layer before its activation function, a linear layer or a block, and after it."""
    operations = {"batch": ("batch_norm",), "layer": ("layer_norm",)}.get(kind.normalization, ())
    z, dz, a = measured.z[:, network].tolist(), measured.dz[:, network].tolist(), measured.a[:, network].tolist()
    shares = (measured.saturated, measured.silent, measured.rare)
    rows = zip(*(_column(share, network, len(z)) for share in shares), strict=True)
    for layer, (saturated, silent, rare) in enumerate(rows):
        is_block = kind.residual and layer > 0
        before: tuple[int, ...] = (2 * layer - 1,) if layer else ()
        yield LayerCall(
            index=2 * layer,
            name=f"layers.{layer}",
            kind="Residual" if is_block else "Linear",
            role="block" if is_block else "linear",
            number=1,
            shape=kind.shape,
            training=True,
            operations=("add",) if is_block else (),
            parents=(*before, before[0] - 1) if is_block else before,
            norm=z[layer],
            mean=0.0,
            nonfinite=0,
            delta_norm=dz[layer],
            delta_nonfinite=0,
            backward_passes=1,
            weight=None if is_block else f"layers.{layer}.weight",
        )
        yield LayerCall(
            index=2 * layer + 1,
            name=f"activations.{layer}",
            kind=kind.activation,
            role="activation",
            number=1,
            shape=kind.shape,
            training=True,
            # From the output back, as the graph is walked.
            operations=(kind.activation, *operations),
            parents=(2 * layer,),
            norm=a[layer],
            mean=0.0,
            nonfinite=0,
            delta_norm=None,
            delta_nonfinite=0,
            backward_passes=1,
            saturated=saturated,
            silent=silent,
            rare=rare,
            units=None if silent is None else kind.shape[1],
            activation=kind.activation,
        )


def _parameters(kind: Kind, measured: Measured, network: int) -> Iterator[ParameterReading]:
    width = kind.shape[1]
    columns = (values[:, network].tolist() for values in (measured.W, measured.W_mean, measured.dW))
    for layer, (norm, mean, gradient_norm) in enumerate(zip(*columns, strict=True)):
        yield ParameterReading(
            name=f"layers.{layer}.weight",
            module=f"layers.{layer}",
            shape=(width, width),
            trainable=True,
            norm=norm,
            mean=mean,
            gradient_norm=gradient_norm,
            update_ratio=None,
        )


def verdicts(kind: Kind, measured: Measured) -> list[Verdict]:
    """The probe's verdict on every network."""
    found: list[Verdict] = []
    for network in range(measured.dz.shape[1]):
        calls, parameters = _calls(kind, measured, network), _parameters(kind, measured, network)
        step = Step(number=0, calls=tuple(calls), parameters=tuple(parameters))
        found.append(diagnosis.verdict(step, diagnosis.findings(step)))
    return found


def most_frequent(found: Sequence[Verdict]) -> tuple[Verdict, int]:
    """The most frequent verdict, of equally frequent ones the worst, and how often it stands."""
    counted = Counter(found)
    badness = {verdict: -rank for rank, verdict in enumerate(ORDER)}
    chosen = max(counted, key=lambda verdict: (counted[verdict], badness.get(verdict, -math.inf)))
    return chosen, counted[chosen]
