"""Fully connected networks whose every layer can be read: pre-activation z and activation a.

Notation: layers count from 1; z_l = W_l a_{l-1} + b_l with a_0 = x, and a_l = φ(N(z_l)), where N is the
normalization (the identity unless one is chosen). With a residual scale s the layers after the first add to
the stream instead of replacing it, z_l = z_{l-1} + s (W_l a_{l-1} + b_l): the pre-activation residual block
of He et al. 2016 (arXiv:1603.05027). A read-out W a_L + b, where one is asked for, counts as one more layer.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from gradlab import activations, initialization
from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError

NORMALIZATIONS = ("batch", "layer")


class Step(NamedTuple):
    """One layer of a forward pass, both of shape (batch, width), both part of autograd's graph.

    Attributes:
        z: pre-activation.
        a: activation.

    """

    z: Tensor
    a: Tensor


@dataclass(frozen=True)
class MLPConfig:
    """Shape and initialization of a fully connected network.

    Attributes:
        width: units of every hidden layer.
        depth: number L of hidden layers.
        activation: name in :data:`gradlab.activations.ACTIVATIONS`.
        initialization: name in :data:`gradlab.initialization.INITIALIZATIONS`.
        sigma_w: √(fan_in Var W) to which the initialization is rescaled; None keeps its own.
        normalization: None, ``"batch"`` or ``"layer"``, applied to z before the activation.
        residual_scale: s of the residual connection; None for a plain network.
        input_width: width of x; None means ``width``.
        output_width: width of a linear read-out; None means that the network returns a_L.
        bias: ``"none"``, ``"zero"`` or ``"uniform"`` (PyTorch's default U(±1/√fan_in)).
        epsilon: what the normalization adds to the variance.

    Examples:
        >>> from gradlab.networks import MLPConfig
        >>> config = MLPConfig(width=64, depth=3, output_width=1)
        >>> config.widths
        (64, 64, 64, 64, 1)

    """

    width: int
    depth: int
    activation: str = "relu"
    initialization: str = "he"
    sigma_w: float | None = None
    normalization: str | None = None
    residual_scale: float | None = None
    input_width: int | None = None
    output_width: int | None = None
    bias: str = "zero"
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        checks.positive_integer("width", self.width)
        checks.positive_integer("depth", self.depth)
        activations.get(self.activation)
        initialization.get(self.initialization)
        checks.one_of("bias", self.bias, initialization.BIASES)
        checks.positive("epsilon", self.epsilon)
        if self.sigma_w is not None:
            checks.positive("sigma_w", self.sigma_w)
        if self.normalization is not None:
            checks.one_of("normalization", self.normalization, NORMALIZATIONS)
        if self.residual_scale is not None:
            checks.finite("residual_scale", self.residual_scale)
        if self.input_width is not None:
            checks.positive_integer("input_width", self.input_width)
        if self.output_width is not None:
            checks.positive_integer("output_width", self.output_width)

    @property
    def widths(self) -> tuple[int, ...]:
        """Width of x, of every hidden layer, and of the read-out where there is one."""
        first = self.width if self.input_width is None else self.input_width
        last = () if self.output_width is None else (self.output_width,)
        return (first, *(self.width,) * self.depth, *last)


def _linear(fan_in: int, fan_out: int, bias: bool, dtype: torch.dtype) -> nn.Linear:
    # By way of the meta device: the usual constructor would draw from PyTorch's global random state.
    return nn.Linear(fan_in, fan_out, bias=bias, device="meta", dtype=dtype).to_empty(device="cpu")


def _normalization(config: MLPConfig, dtype: torch.dtype) -> nn.Module:
    if config.normalization == "batch":
        return nn.BatchNorm1d(config.width, eps=config.epsilon, dtype=dtype)
    if config.normalization == "layer":
        return nn.LayerNorm(config.width, eps=config.epsilon, dtype=dtype)
    return nn.Identity()


class MLP(nn.Module):
    """A fully connected network, in float64 unless a dtype is given.

    Layer by layer, from the first, the weight and then the bias are drawn from ``generator``; PyTorch's
    global random state is neither read nor changed.

    Args:
        config: shape and initialization.
        generator: source of all random numbers; the same state gives the same network.
        dtype: floating-point type of parameters and computation.

    Examples:
        >>> import torch
        >>> from gradlab.networks import MLP, MLPConfig
        >>> generator = torch.Generator().manual_seed(0)
        >>> network = MLP(MLPConfig(width=64, depth=20), generator)
        >>> x = torch.ones(8, 64, dtype=torch.float64)
        >>> network(x).shape
        torch.Size([8, 64])

    """

    def __init__(self, config: MLPConfig, generator: Generator, *, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        self.config = config
        self.activation = activations.get(config.activation)
        widths = config.widths
        self.layers = nn.ModuleList(
            _linear(fan_in, fan_out, config.bias != "none", dtype) for fan_in, fan_out in itertools.pairwise(widths)
        )
        self.normalizations = nn.ModuleList(_normalization(config, dtype) for _ in range(config.depth))
        self._draw(generator)

    def _draw(self, generator: Generator) -> None:
        distribution = initialization.get(self.config.initialization)
        for layer in self.linear_layers:
            distribution.fill_(layer.weight, generator, self.config.sigma_w)
            if self.config.bias != "none":
                initialization.fill_bias_(layer.bias, self.config.bias, layer.in_features, generator)

    @property
    def linear_layers(self) -> tuple[nn.Linear, ...]:
        """The linear layers from first to last, the read-out included."""
        return tuple(layer for layer in self.layers if isinstance(layer, nn.Linear))

    def load(self, weights: Sequence[Tensor], biases: Sequence[Tensor] | None = None) -> MLP:
        """Copy the given weights, and biases where given, into the network, and return it.

        Raises:
            ValueError: a wrong number of tensors, a wrong shape, or a value that is not finite.

        """
        self._copy("weights", [layer.weight for layer in self.linear_layers], weights)
        if biases is not None:
            self._copy("biases", [layer.bias for layer in self.linear_layers], biases)
        return self

    @staticmethod
    def _copy(argument: str, parameters: Sequence[Tensor], values: Sequence[Tensor]) -> None:
        if len(values) != len(parameters):
            raise RefusalError(argument, f"{len(values)} tensors", str(len(parameters)))
        with torch.no_grad():
            for parameter, value in zip(parameters, values, strict=True):
                checks.finite_tensor(argument, value)
                parameter.copy_(checks.shape(argument, value, *parameter.shape))

    def trace(self, x: Tensor) -> tuple[Step, ...]:
        """Run the network on ``x`` of shape (batch, input width) and return z and a of every layer.

        The read-out, where there is one, is the last step, with a = z. Nothing is stored in the network.

        Raises:
            ValueError: ``x`` is not a finite floating-point tensor of that shape, or holds a single sample
                where batch normalization is in training mode.

        Examples:
            >>> import torch
            >>> from gradlab.networks import MLP, MLPConfig
            >>> generator = torch.Generator().manual_seed(0)
            >>> network = MLP(MLPConfig(width=64, depth=20), generator)
            >>> x = torch.ones(8, 64, dtype=torch.float64)
            >>> steps = network.trace(x)
            >>> len(steps), steps[0].z.shape
            (20, torch.Size([8, 64]))

        """
        self._check_input(x)
        steps: list[Step] = []
        a = x
        for index, layer in enumerate(self.layers):
            update = layer(a)
            if index == self.config.depth:
                steps.append(Step(update, update))
                break
            if self.config.residual_scale is None or index == 0:
                z = update
            else:
                z = steps[-1].z + self.config.residual_scale * update
            a = self.activation(self.normalizations[index](z))
            steps.append(Step(z, a))
        return tuple(steps)

    def _check_input(self, x: Tensor) -> None:
        checks.shape("x", checks.finite_tensor("x", x), "batch", self.config.widths[0])
        checks.same_dtype("x", x, self.linear_layers[0].weight)
        if self.config.normalization == "batch" and self.training and x.shape[0] < 2:
            raise RefusalError("x", f"a batch of {x.shape[0]}", "at least 2 samples with batch normalization")

    def forward(self, x: Tensor) -> Tensor:
        """The output for ``x`` of shape (batch, input width): the read-out, else a_L."""
        return self.trace(x)[-1].a


class Draws(NamedTuple):
    """Parameters of a replayed network, first layer to last, in float32 as they were drawn.

    Attributes:
        weights: of shape (fan_out, fan_in).
        biases: of shape (fan_out,).

    """

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]


def replay_default_linear(widths: Sequence[int], generator: Generator) -> Draws:
    """Draw what ``nn.Linear(widths[0], widths[1]), ...`` would draw: per layer the weight, then the bias.

    Examples:
        >>> import torch
        >>> from gradlab import networks
        >>> generator = torch.Generator().manual_seed(0)
        >>> draws = networks.replay_default_linear([2, 16, 1], generator)
        >>> [tuple(weight.shape) for weight in draws.weights]
        [(16, 2), (1, 16)]

    """
    distribution = initialization.get("pytorch_default")
    weights, biases = [], []
    for fan_in, fan_out in itertools.pairwise(widths):
        weights.append(distribution.fill_(torch.empty(fan_out, fan_in, dtype=torch.float32), generator))
        bias = torch.empty(fan_out, dtype=torch.float32)
        biases.append(initialization.fill_bias_(bias, "uniform", fan_in, generator))
    return Draws(tuple(weights), tuple(biases))


def replay_article_weights(
    num_layers: int, mean: float = 1.5, standard_deviation: float = 0.1, seed: int = 42
) -> tuple[Tensor, ...]:
    """Draw the weights of the article's network, in float32 and in the order of its notebook.

    After ``torch.manual_seed(seed)`` the notebook first makes all layers, which draws a default weight and
    bias for each, and only then draws every weight from N(mean, standard_deviation²). A generator with that
    seed yields the same numbers and leaves the global random state alone.

    Returns:
        ``num_layers`` tensors of shape (1, 1).

    Examples:
        >>> from gradlab import networks
        >>> weights = networks.replay_article_weights(20)
        >>> [round(weight.item(), 4) for weight in weights[:3]]
        [1.6353, 1.5686, 1.4672]

    """
    num_layers = checks.positive_integer("num_layers", num_layers)
    mean = checks.finite("mean", mean)
    standard_deviation = checks.non_negative("standard_deviation", standard_deviation)
    generator = torch.Generator().manual_seed(checks.seed("seed", seed))
    # Making the layers draws one uniform number for each weight and bias; only their count matters here.
    torch.empty(2 * num_layers, dtype=torch.float32).uniform_(generator=generator)
    return tuple(
        torch.empty(1, 1, dtype=torch.float32).normal_(mean, standard_deviation, generator=generator)
        for _ in range(num_layers)
    )


class ArticleNetwork(MLP):
    """The article's exploding network: a chain of width 1, Linear then ReLU, ``num_layers`` times.

    The weights are those of the source (seed 42), drawn in float32 in its order; the biases are 0. In float32
    the network reproduces the source's printed digits, in float64 (the default) the true values of the same
    weights, which differ from them by about 1e-7.

    Args:
        num_layers: number of layers.
        mean: mean of the weights.
        standard_deviation: standard deviation of the weights.
        seed: seed of the weights.
        activation: name in :data:`gradlab.activations.ACTIVATIONS`.
        dtype: floating-point type of parameters and computation.

    Examples:
        >>> import torch
        >>> from gradlab.networks import ArticleNetwork
        >>> network = ArticleNetwork(20, dtype=torch.float32)
        >>> f"{network(torch.ones(1, 1)).item():.4f}"
        '4255.4160'

    """

    def __init__(
        self,
        num_layers: int,
        *,
        mean: float = 1.5,
        standard_deviation: float = 0.1,
        seed: int = 42,
        activation: str = "relu",
        dtype: torch.dtype = torch.float64,
    ) -> None:
        weights = replay_article_weights(num_layers, mean, standard_deviation, seed)
        config = MLPConfig(width=1, depth=num_layers, activation=activation)
        super().__init__(config, torch.Generator().manual_seed(seed), dtype=dtype)
        self.load(weights)
