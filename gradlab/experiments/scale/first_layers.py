"""The sigmoid networks of Nielsen's book: by how much a layer's gradient is smaller than the next one's.

Nielsen 2015, Neural Networks and Deep Learning, chapter 5: networks 784-30-...-30-10 with two, three and four hidden
layers, weights N(0, 1/fan_in), biases N(0, 1), cross-entropy of ten sigmoids. The speed of a layer is the norm of the
gradient with respect to its biases, the mean of δ_l over the training samples, before the first step. The book's
images are digits; here they are ten masks filled at random, of the same mean square.

At infinite width neighboring layers differ by √χ_l, with σ_w = σ_b = 1 (``theory.mean_field``).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from gradlab import theory
from gradlab._internal import checks, progress
from gradlab._internal.refusals import RefusalError

STORED_NORMS = (
    (0.06574134326503182, 0.3092184942703712),
    (0.011838212272121293, 0.05996519457449515, 0.28314239285488185),
    (0.0029752663545292526, 0.017076665445425132, 0.06953924167660484, 0.28513893545173896),
)
"""Quotations of the norms before the first epoch, first hidden layer to last, that the book's figures are drawn from:
github.com/mnielsen/neural-networks-and-deep-learning, fig/norms_during_training_{2,3,4}_layers.json."""

_CLASSES = 10


@dataclass(frozen=True)
class Config:
    """The networks to draw.

    Attributes:
        width: units of every hidden layer.
        inputs: pixels of an image.
        depths: numbers of hidden layers, each at least 2.
        networks: number of networks for each depth, at least 20.
        samples: number of images.
        filled: share of the pixels that a mask leaves to be filled, with brightnesses between 0 and 1.
        seed: seed of images and networks.

    """

    width: int = 30
    inputs: int = 784
    depths: tuple[int, ...] = (2, 3, 4)
    networks: int = 200
    samples: int = 100
    filled: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        checks.positive_integer("width", self.width)
        checks.positive_integer("inputs", self.inputs)
        checks.distinct("depths", self.depths)
        for depth in self.depths:
            checks.integer("depths", depth, 2)
        checks.integer("networks", self.networks, 20)
        checks.positive_integer("samples", self.samples)
        if not 0 < checks.finite("filled", self.filled) <= 1:
            raise RefusalError("filled", repr(self.filled), "above 0 and at most 1")
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Pair:
    """Two neighboring hidden layers of the networks of one depth.

    Attributes:
        depth: number of hidden layers.
        layer: the lower of the two, from 1.
        ratios: its norm divided by the next one's, of every network, in ascending order.
        root_mean_square: of the ratios.
        standard_error: its standard error.
        predicted: √χ, at infinite width.

    """

    depth: int
    layer: int
    ratios: tuple[float, ...]
    root_mean_square: float
    standard_error: float
    predicted: float


@dataclass(frozen=True)
class Result:
    """All pairs of neighboring hidden layers.

    Attributes:
        config: what was run.
        pairs: depth by depth, first layer to last.
        norms: median over the networks of the norm of every hidden layer, for each depth.

    """

    config: Config
    pairs: tuple[Pair, ...]
    norms: tuple[tuple[float, ...], ...]


def _images(config: Config, generator: Generator) -> tuple[Tensor, Tensor]:
    """Images of shape (samples, inputs), and their labels, one-hot."""
    masks = torch.rand(_CLASSES, config.inputs, generator=generator, dtype=torch.float64) < config.filled
    labels = torch.arange(config.samples) % _CLASSES
    brightness = torch.rand(config.samples, config.inputs, generator=generator, dtype=torch.float64)
    return masks[labels] * brightness, nn.functional.one_hot(labels, _CLASSES).double()


def _norms(config: Config, depth: int, x: Tensor, y: Tensor, generator: Generator) -> Tensor:
    """The norms of all hidden layers, shape (depth, networks)."""
    widths = (config.inputs, *(config.width,) * depth, _CLASSES)
    S = config.networks
    biases: list[Tensor] = []
    a = x.expand(S, -1, -1)
    for fan_in, fan_out in itertools.pairwise(widths):
        W = torch.empty(S, fan_out, fan_in, dtype=torch.float64).normal_(0.0, fan_in**-0.5, generator=generator)
        b = torch.empty(S, 1, fan_out, dtype=torch.float64).normal_(generator=generator).requires_grad_()
        biases.append(b)
        z = torch.baddbmm(b, a, W.mT)
        a = torch.sigmoid(z)
    loss = nn.functional.binary_cross_entropy_with_logits(z, y.expand_as(z), reduction="sum") / len(x)
    gradients = torch.autograd.grad(loss, biases[:-1])
    return torch.stack([gradient.square().sum(dim=(1, 2)).sqrt() for gradient in gradients])


def _pairs(depth: int, norms: Tensor, chi: Sequence[float]) -> tuple[Pair, ...]:
    pairs: list[Pair] = []
    for index, ratios in enumerate(norms[:-1] / norms[1:]):
        squares = ratios.square()
        root = float(squares.mean().sqrt())
        # Of a root: half the relative error.
        error = float(squares.std()) / math.sqrt(len(squares)) / (2 * root)
        ordered = tuple(ratios.sort().values.tolist())
        pairs.append(Pair(depth, index + 1, ordered, root, error, math.sqrt(chi[index])))
    return tuple(pairs)


def run(config: Config | None = None) -> Result:
    """Draw networks of every depth and compare the gradients of neighboring hidden layers."""
    config = Config() if config is None else config
    generator = torch.Generator().manual_seed(config.seed)
    x, y = _images(config, generator)
    q_0 = float(x.square().mean())
    pairs: list[Pair] = []
    medians: list[tuple[float, ...]] = []
    for depth in progress.track(config.depths, "first_layers"):
        norms = _norms(config, depth, x, y, generator)
        pairs += _pairs(depth, norms, theory.mean_field("sigmoid", 1.0, depth, q_0, sigma_b=1.0).chi)
        medians.append(tuple(norms.median(dim=1).values.tolist()))
    return Result(config, tuple(pairs), tuple(medians))
