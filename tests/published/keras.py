"""Keras's defaults in PyTorch: layers as a list, initialization, losses, optimizers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor, nn

EPSILON = 1e-7
"""``keras.backend.epsilon()``: of every clipped probability, and of the optimizers."""

ACTIVATIONS: Mapping[str, Callable[[], nn.Module]] = MappingProxyType(
    {
        "relu": nn.ReLU,
        "elu": nn.ELU,
        "selu": nn.SELU,
        "tanh": nn.Tanh,
        "sigmoid": nn.Sigmoid,
        "softmax": lambda: nn.Softmax(-1),
    }
)
"""The activations that a layer can end in; ``"linear"`` is none."""

# The initializations of Keras 1 and 2 by their names there; Glorot's is what a layer has that names none.
_INITIALIZATIONS: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {
        "glorot_uniform": nn.init.xavier_uniform_,
        "uniform": lambda weight: nn.init.uniform_(weight, -0.05, 0.05),
        "unit_normal": nn.init.normal_,
    }
)


@dataclass(frozen=True)
class Layer:
    """A layer of ``Sequential``: its kind, how many units or channels, and what it ends in.

    Attributes:
        kind: a name of :data:`KINDS`.
        units: units, channels, the size of a pool, or words of an embedding.
        activation: a name of :data:`ACTIVATIONS`, or ``"linear"``.
        initialization: of the weights; biases are 0, except where all is drawn from the unit normal distribution.
        rate: share of dropout.

    """

    kind: str
    units: int = 0
    activation: str = "linear"
    initialization: str = "glorot_uniform"
    rate: float = 0.0


def dense(units: int, activation: str = "linear", initialization: str = "glorot_uniform") -> Layer:
    """``Dense``."""
    return Layer("dense", units, activation, initialization)


def conv(channels: int, activation: str = "relu") -> Layer:
    """``Conv2D`` with kernels of 3 x 3."""
    return Layer("conv", channels, activation)


POOL, FLATTEN, NORMALIZED = Layer("pool", 2), Layer("flatten"), Layer("normalization")


def dropout(rate: float) -> Layer:
    """``Dropout``."""
    return Layer("dropout", rate=rate)


def lstm(units: int) -> Layer:
    """``LSTM``, of which the output after the last step is handed on."""
    return Layer("lstm", units)


def embedding(words: int) -> Layer:
    """``Embedding`` into 16 dimensions, and the mean over the words (``GlobalAveragePooling1D``)."""
    return Layer("embedding", words)


class LSTM(nn.Module):
    """An LSTM as Keras begins with it, and its output after the last step.

    The forget gate's bias is 1. Keras 2.2 has a piecewise linear sigmoid in its gates and one bias; PyTorch has the
    sigmoid and two biases, the second of which begins at 0.
    """

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, units, batch_first=True)
        nn.init.xavier_uniform_(self.lstm.weight_ih_l0)  # type: ignore[arg-type]
        nn.init.orthogonal_(self.lstm.weight_hh_l0)  # type: ignore[arg-type]
        nn.init.zeros_(self.lstm.bias_ih_l0)  # type: ignore[arg-type]
        nn.init.zeros_(self.lstm.bias_hh_l0)  # type: ignore[arg-type]
        with torch.no_grad():
            self.lstm.bias_ih_l0[units : 2 * units] = 1.0  # type: ignore[operator]

    def forward(self, x: Tensor) -> Tensor:
        """The last of the outputs."""
        output: Tensor = self.lstm(x)[0]
        return output[:, -1]


class MeanEmbedding(nn.Module):
    """Words as vectors, and their mean; Keras draws vectors between -0.05 and 0.05."""

    def __init__(self, words: int, width: int = 16) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        nn.init.uniform_(self.embedding.weight, -0.05, 0.05)

    def forward(self, x: Tensor) -> Tensor:
        """The mean vector of each row of words."""
        output: Tensor = self.embedding(x)
        return output.mean(1)


def _weighted(module: nn.Linear | nn.Conv2d, initialization: str) -> nn.Module:
    _INITIALIZATIONS[initialization](module.weight)
    assert module.bias is not None
    if initialization == "unit_normal":
        nn.init.normal_(module.bias)
    else:
        nn.init.zeros_(module.bias)
    return module


def _module(layer: Layer, shape: tuple[int, ...]) -> nn.Module:
    """The module of a layer for inputs of a shape."""
    match layer.kind:
        case "dense":
            return _weighted(nn.Linear(shape[-1], layer.units), layer.initialization)
        case "conv":
            # padding="same", for the images here are smaller than the programs'.
            return _weighted(nn.Conv2d(shape[0], layer.units, 3, padding=1), layer.initialization)
        case "pool":
            return nn.MaxPool2d(layer.units)
        case "flatten":
            return nn.Flatten()
        case "dropout":
            return nn.Dropout(layer.rate)
        case "normalization":
            # Keras keeps 0.99 of a running mean; PyTorch's momentum is what is taken of the new one.
            return nn.BatchNorm1d(shape[-1], eps=1e-3, momentum=0.01)
        case "lstm":
            return LSTM(shape[-1], layer.units)
        case "embedding":
            return MeanEmbedding(layer.units)
    raise ValueError(f"kind: found {layer.kind!r}, allowed: dense, conv, pool, flatten, dropout, normalization, lstm")


def _modules(layers: tuple[Layer, ...], example: Tensor) -> Iterator[nn.Module]:
    value = example
    for layer in layers:
        module = _module(layer, tuple(value.shape[1:]))
        yield module
        with torch.no_grad():
            value = module.eval()(value)
        module.train()
        if layer.activation != "linear":
            yield ACTIVATIONS[layer.activation]()


def sequential(layers: tuple[Layer, ...], example: Tensor) -> nn.Sequential:
    """``Sequential``, for inputs like an example."""
    return nn.Sequential(*_modules(layers, example[:2]))


def _clipped(probabilities: Tensor) -> Tensor:
    return probabilities.clamp(EPSILON, 1 - EPSILON)


def categorical_crossentropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Keras divides by the sum of a row, whatever the outputs are, clips, and takes the logarithm."""
    outputs = outputs / outputs.sum(-1, keepdim=True)
    return -(targets * _clipped(outputs).log()).sum(-1).mean()


def sparse_categorical_crossentropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Keras clips, takes the logarithm and gives it to a cross-entropy of logits, which divides by the sum."""
    return nn.functional.cross_entropy(_clipped(outputs).log(), targets)


def binary_crossentropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Keras clips, and means over the outputs; targets may lie anywhere, where PyTorch's function refuses them."""
    outputs = _clipped(outputs)
    return -(targets * outputs.log() + (1 - targets) * (1 - outputs).log()).mean()


def mean_squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Keras means over the outputs."""
    return nn.functional.mse_loss(outputs, targets)


def mean_absolute_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Keras means over the outputs."""
    return nn.functional.l1_loss(outputs, targets)


LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = MappingProxyType(
    {
        one.__name__: one
        for one in (
            categorical_crossentropy,
            sparse_categorical_crossentropy,
            binary_crossentropy,
            mean_squared_error,
            mean_absolute_error,
        )
    }
)


@dataclass(frozen=True)
class Optimizer:
    """An optimizer with the rate that Keras gives it, or another.

    Attributes:
        name: ``"sgd"``, ``"adam"``, ``"adamax"`` or ``"rmsprop"``.
        rate: None for that of Keras.
        momentum: Nesterov's, of ``"sgd"``.

    """

    name: str
    rate: float | None = None
    momentum: float = 0.0

    def of(self, model: nn.Module) -> torch.optim.Optimizer:
        """The optimizer of a model."""
        return self.made(model.parameters())

    def made(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The optimizer of parameters.

        Keras adds its epsilon to the root before the bias of Adam's means is taken out, PyTorch after it: that is
        another 1e-7. Decay of the rate by 1e-6 a step, which some of the programs have, is left out.
        """
        rate = _RATES[self.name] if self.rate is None else self.rate
        match self.name:
            case "sgd":
                return torch.optim.SGD(parameters, rate, momentum=self.momentum, nesterov=self.momentum > 0)
            case "adam":
                return torch.optim.Adam(parameters, rate, eps=EPSILON)
            case "adamax":
                return torch.optim.Adamax(parameters, rate, eps=EPSILON)
        return torch.optim.RMSprop(parameters, rate, alpha=0.9, eps=EPSILON)


_RATES: Mapping[str, float] = MappingProxyType({"sgd": 0.01, "adam": 0.001, "adamax": 0.002, "rmsprop": 0.001})


@dataclass(frozen=True)
class Setting:
    """Settings by which a program builds and trains its network.

    Attributes:
        layers: of ``Sequential``.
        loss: a name of :data:`LOSSES`.
        optimizer: with its rate.
        epochs: passes over the data.
        batch: examples in a step; Keras takes 32.
        inputs: what is done to the inputs: ``"raw"``, ``"standard"`` (mean 0 and scale 1, each column), ``"pixels"``
            (divided by 255), ``"pixels twice"``, or ``"largest"`` (all columns divided by the largest number of any).
        targets: what the loss is given: ``"given"``, ``"one-hot"``, ``"label"`` (one column of class numbers),
            ``"index"``, or ``"standard"``.

    """

    layers: tuple[Layer, ...]
    loss: str
    optimizer: Optimizer
    epochs: int
    batch: int = 32
    inputs: str = "raw"
    targets: str = "given"
