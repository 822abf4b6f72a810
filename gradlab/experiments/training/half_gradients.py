"""A network computed in 16 bits: which of its gradients are 0, and what a loss scale does about it.

A float16 number below 2^-25, half of the smallest one, is rounded to 0, and one above 65,519 to infinity. The gradients
of a deep network with PyTorch's default initialization fall below the first bound. Multiplying the loss by a scale
multiplies all of them, so that the small ones are kept, until the largest overflow (Micikevicius et al. 2018,
arXiv:1710.03740, section 3.2). bfloat16 has the exponents of float32, and needs no scale.

Prediction: the gradients of the same network in float64, rounded once. In the network every layer rounds, so that some
zeros are others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gradlab import initialization, theory
from gradlab._internal import checks, progress
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLP, MLPConfig
from gradlab.passes import record


@dataclass(frozen=True)
class Config:
    """ReLU networks with biases U(±1/√width), inputs N(0, 1), and a gradient N(0, 1)/batch of the loss at the output.

    Attributes:
        initialization: name in :data:`gradlab.initialization.INITIALIZATIONS`.
        width: units of every layer, and of the input.
        depth: number L of layers, at least 2.
        batch: inputs.
        exponents: of the loss scales 2^k, from small to large.
        shown: the k at which the layers are shown one by one, besides 0.
        turned: the k at which both formats are shown layer by layer.
        seeds: seeds 0, 1, ....

    """

    initialization: str = "pytorch_default"
    width: int = 128
    depth: int = 20
    batch: int = 16
    exponents: tuple[int, ...] = tuple(range(0, 27, 2))
    shown: int = 6
    turned: tuple[int, ...] = tuple(range(0, 28, 3))
    seeds: int = 5

    def __post_init__(self) -> None:
        initialization.get(self.initialization)
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 2)
        checks.positive_integer("batch", self.batch)
        checks.distinct("exponents", self.exponents)
        checks.distinct("turned", self.turned)
        for exponent in (*self.exponents, *self.turned, self.shown):
            checks.integer("exponents", exponent, 0)
        checks.positive_integer("seeds", self.seeds)


@dataclass(frozen=True)
class Layers:
    """One format at one loss scale; tuples run over the layers, first to last.

    Attributes:
        format: name of PyTorch's type.
        scale: what the loss is multiplied by.
        zeros: share of the elements of δ, the gradient with respect to the pre-activation, that are 0 although they are
            not in float64; over all seeds.
        predicted_zeros: share of those that are rounded to 0 if nothing else is rounded.
        overflows: number of seeds with a gradient that is infinite or NaN.

    """

    format: str
    scale: float
    zeros: tuple[float, ...]
    predicted_zeros: tuple[float, ...]
    overflows: int


@dataclass(frozen=True)
class Scale:
    """One loss scale in float16, over all layers and seeds.

    Attributes:
        scale: what the loss is multiplied by.
        zeros: share of zeros in the first layer.
        predicted_zeros: its prediction.
        overflows: number of seeds with a gradient that is infinite or NaN.
        predicted_overflows: number of seeds whose largest gradient is beyond the largest number.

    """

    scale: float
    zeros: float
    predicted_zeros: float
    overflows: int
    predicted_overflows: int


@dataclass(frozen=True)
class Result:
    """Layers at two scales, and scales at the first layer.

    Attributes:
        config: what was run.
        layers: float16 without and with a loss scale, and bfloat16 without.
        turned: both formats at the loss scales between which a reader may choose, float16 first.
        scales: all loss scales.
        norms: median over the seeds of ‖δ_l‖/‖δ_L‖ in float64, first layer to last.

    """

    config: Config
    layers: tuple[Layers, ...]
    turned: tuple[Layers, ...]
    scales: tuple[Scale, ...]
    norms: tuple[float, ...]


def _gradients(config: Config, seed: int, dtype: torch.dtype, scale: float) -> tuple[Tensor, ...]:
    """δ of every layer in float64, for the network, input and output gradient of a seed computed in a type."""
    generator = torch.Generator().manual_seed(seed)
    shape = MLPConfig(config.width, config.depth, initialization=config.initialization, bias="uniform")
    x = gaussian.inputs(config.batch, config.width, generator).to(dtype)
    # Drawn in float64 and then rounded, so that all types have the same network.
    network = MLP(shape, generator).to(dtype)
    v = (scale / config.batch * gaussian.inputs(config.batch, config.width, generator)).to(dtype)
    return tuple(layer.dz.double() for layer in record(network, x, lambda output: (v * output).sum()))


def _share(masks: Sequence[Tensor], among: Sequence[Tensor]) -> float:
    return sum(int(mask.sum()) for mask in masks) / max(1, sum(int(one.sum()) for one in among))


def _layers(config: Config, name: str, scale: float, exact: Sequence[Sequence[Tensor]]) -> Layers:
    found = [_gradients(config, seed, getattr(torch, name), scale) for seed in range(config.seeds)]
    bound = theory.float_format(name).smallest / 2
    zeros, predicted = [], []
    for layer in range(config.depth):
        there = [one[layer] != 0 for one in exact]
        zeros.append(_share([(one[layer] == 0) & mask for one, mask in zip(found, there, strict=True)], there))
        predicted.append(
            _share([(scale * one[layer]).abs().le(bound) & mask for one, mask in zip(exact, there, strict=True)], there)
        )
    return Layers(name, scale, tuple(zeros), tuple(predicted), _overflows(found))


def _overflows(found: Sequence[Sequence[Tensor]]) -> int:
    return sum(not all(bool(layer.isfinite().all()) for layer in one) for one in found)


def _scale(config: Config, scale: float, exact: Sequence[Sequence[Tensor]]) -> Scale:
    half = theory.float_format("float16")
    found = [_gradients(config, seed, torch.float16, scale) for seed in range(config.seeds)]
    there = [one[0] != 0 for one in exact]
    largest = [max(float(layer.abs().max()) for layer in one) for one in exact]
    return Scale(
        scale=scale,
        zeros=_share([(one[0] == 0) & mask for one, mask in zip(found, there, strict=True)], there),
        predicted_zeros=_share(
            [(scale * one[0]).abs().le(half.smallest / 2) & mask for one, mask in zip(exact, there, strict=True)], there
        ),
        overflows=_overflows(found),
        predicted_overflows=sum(half.rounded(scale * one) > half.largest for one in largest),
    )


def run(config: Config | None = None) -> Result:
    """Compute the networks in float64 and in 16 bits, at every loss scale, and count the zeros."""
    config = Config() if config is None else config
    exact = [_gradients(config, seed, torch.float64, 1.0) for seed in range(config.seeds)]
    wanted = (("float16", 1.0), ("float16", 2.0**config.shown), ("bfloat16", 1.0))
    ratios = torch.tensor([[float(layer.norm() / one[-1].norm()) for layer in one] for one in exact])
    return Result(
        config=config,
        layers=tuple(_layers(config, name, scale, exact) for name, scale in wanted),
        turned=tuple(
            _layers(config, name, 2.0**exponent, exact)
            for name in ("float16", "bfloat16")
            for exponent in config.turned
        ),
        scales=tuple(
            _scale(config, 2.0**exponent, exact) for exponent in progress.track(config.exponents, "half_gradients")
        ),
        norms=tuple(ratios.median(dim=0).values.tolist()),
    )
