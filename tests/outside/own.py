"""Networks as users write them, for which no library is asked; each with the initialization that such code has."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.outside.tasks import CLASSES


def on_small_images(network: Any, width: int, classes: int) -> nn.Sequential:
    """The convolutions of a network, averaged, with one linear layer on top."""
    return nn.Sequential(network.features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes))


def he(model: nn.Module) -> nn.Module:
    """A network with He's initialization of all linear layers."""
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return model


def xavier(model: nn.Module) -> nn.Module:
    """A network with Xavier's initialization of all linear layers."""
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_normal_(module.weight)
            nn.init.zeros_(module.bias)
    return model


def normal(model: nn.Module, std: float) -> nn.Module:
    """A network whose weights are normal with one standard deviation, as DCGAN's and GPT's are."""
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Embedding | nn.modules.conv._ConvNd):
            nn.init.normal_(module.weight, 0.0, std)
    return model


def mlp(
    hidden: int,
    activation: str = "ReLU",
    *,
    width: int = 64,
    inputs: int = 32,
    outputs: int = CLASSES,
    normalization: str = "",
    dropout: float = 0.0,
) -> nn.Sequential:
    """A fully connected network."""
    layers: list[nn.Module] = []
    for index in range(hidden):
        layers.append(nn.Linear(width if index else inputs, width))
        layers += [getattr(nn, normalization)(width)] if normalization else []
        layers.append(getattr(nn, activation)())
        layers += [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(*layers, nn.Linear(width, outputs))


def flat_mlp(hidden: int, pixels: int) -> nn.Sequential:
    """The same for images, flattened."""
    return nn.Sequential(nn.Flatten(), *mlp(hidden, inputs=pixels))


class Add(nn.Module):
    """The sum of its input and a branch."""

    def __init__(self, *branch: nn.Module) -> None:
        super().__init__()
        self.branch = nn.Sequential(*branch)

    def forward(self, x: Tensor) -> Tensor:
        """Add."""
        return x + self.branch(x)  # type: ignore[no-any-return]


def residual_mlp(blocks: int, width: int = 64, *, zero: bool = True) -> nn.Sequential:
    """A residual network of linear layers, whose branches begin at 0 or not."""
    parts: list[nn.Module] = []
    for _ in range(blocks):
        last = nn.Linear(width, width)
        if zero:
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        parts.append(Add(nn.Linear(width, width), nn.ReLU(), last))
    return nn.Sequential(nn.Linear(32, width), *parts, nn.Linear(width, CLASSES))


def cnn(
    widths: Sequence[int], *, normalization: bool = False, pool: bool = True, average: bool = True
) -> nn.Sequential:
    """Convolutions with ReLU, and average or all positions for one linear layer."""
    layers: list[nn.Module] = []
    channels = 3
    for index, width in enumerate(widths):
        layers.append(nn.Conv2d(channels, width, 3, padding=1))
        layers += [nn.BatchNorm2d(width)] if normalization else []
        layers.append(nn.ReLU())
        layers += [nn.MaxPool2d(2)] if index % 2 else []
        channels = width
    head = [
        nn.AdaptiveAvgPool2d(1 if average else 4),
        nn.Flatten(),
        nn.Linear(channels * (1 if average else 16), CLASSES),
    ]
    return nn.Sequential(*layers, *head)


class LeNet(nn.Module):
    """The network of PyTorch's tutorial on CIFAR-10."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        x = self.pool(functional.relu(self.conv1(x)))
        x = self.pool(functional.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = functional.relu(self.fc1(x))
        x = functional.relu(self.fc2(x))
        return self.fc3(x)  # type: ignore[no-any-return]


def _twice(inputs: int, outputs: int, normalization: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers.append(nn.Conv2d(channels, outputs, 3, padding=1))
        layers += [nn.BatchNorm2d(outputs)] if normalization else []
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """A U-Net as it is written by hand."""

    def __init__(self, width: int = 8, depth: int = 3, *, normalization: bool = True) -> None:
        super().__init__()
        sizes = [width * 2**level for level in range(depth + 1)]
        self.inc = _twice(3, width, normalization)
        self.downs = nn.ModuleList(_twice(a, b, normalization) for a, b in pairwise(sizes))
        self.ups = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, 2) for a, b in pairwise(sizes))
        self.upc = nn.ModuleList(_twice(2 * a, a, normalization) for a in sizes[:-1])
        self.outc = nn.Conv2d(width, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every pixel."""
        skips = [self.inc(x)]
        for down in self.downs:
            skips.append(down(functional.max_pool2d(skips[-1], 2)))
        x = skips.pop()
        for up, convolutions in zip(reversed(self.ups), reversed(self.upc), strict=True):
            x = convolutions(torch.cat([skips.pop(), up(x)], 1))
        return self.outc(x)  # type: ignore[no-any-return]


class Recurrent(nn.Module):
    """A recurrent network over a sequence, read out at its last position."""

    def __init__(self, cell: str, layers: int = 1, *, width: int = 32, bidirectional: bool = False) -> None:
        super().__init__()
        self.rnn = getattr(nn, cell)(16, width, layers, batch_first=True, bidirectional=bidirectional)
        self.fc = nn.Linear(width * (2 if bidirectional else 1), CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        return self.fc(self.rnn(x)[0][:, -1])  # type: ignore[no-any-return]


class SeparateRecurrent(nn.Module):
    """Recurrent layers, each a module of its own."""

    def __init__(self, cell: str, layers: int, width: int = 32) -> None:
        super().__init__()
        self.cells = nn.ModuleList(
            getattr(nn, cell)(width if index else 16, width, batch_first=True) for index in range(layers)
        )
        self.fc = nn.Linear(width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        for cell in self.cells:
            x = cell(x)[0]
        return self.fc(x[:, -1])  # type: ignore[no-any-return]


class WordModel(nn.Module):
    """A language model of an embedding, a recurrent network and a linear layer."""

    def __init__(self, cell: str = "LSTM", layers: int = 2, width: int = 32, words: int = 16) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.rnn = getattr(nn, cell)(width, width, layers, batch_first=True)
        self.decoder = nn.Linear(width, words)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every next word."""
        return self.decoder(self.rnn(self.embedding(x))[0])  # type: ignore[no-any-return]


class Block(nn.Module):
    """A block of a small GPT, with queries, keys and values from layers of their own."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.q, self.k, self.v, self.proj = (nn.Linear(width, width) for _ in range(4))
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Attention, then two linear layers, each added."""
        h = self.ln1(x)
        q, k, v = (layer(h).unflatten(2, (self.heads, -1)).transpose(1, 2) for layer in (self.q, self.k, self.v))
        h = functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
        x = x + self.proj(h)
        return x + self.fc2(functional.gelu(self.fc1(self.ln2(x))))  # type: ignore[no-any-return]


class GPT(nn.Module):
    """A small GPT as tutorials write it, with weights of standard deviation 0.02."""

    def __init__(self, blocks: int = 8, width: int = 64, heads: int = 4, words: int = 16) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(words, width), nn.Embedding(words, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(blocks))
        self.ln = nn.LayerNorm(width)
        self.head = nn.Linear(width, words, bias=False)
        normal(self, 0.02)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every next word."""
        x = self.wte(x) + self.wpe(torch.arange(x.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.ln(x))  # type: ignore[no-any-return]


class Encoder(nn.Module):
    """PyTorch's transformer encoder over a sequence of vectors."""

    def __init__(self, blocks: int, *, norm_first: bool = False, width: int = 32) -> None:
        super().__init__()
        self.project = nn.Linear(16, width)
        layer = nn.TransformerEncoderLayer(width, 4, 2 * width, batch_first=True, norm_first=norm_first)
        self.encoder = nn.TransformerEncoder(layer, blocks, enable_nested_tensor=False)
        self.fc = nn.Linear(width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        return self.fc(self.encoder(self.project(x)).mean(1))  # type: ignore[no-any-return]


def autoencoder(inputs: int = 64, widths: Sequence[int] = (48, 32, 16)) -> nn.Sequential:
    """A fully connected autoencoder."""
    sizes = [inputs, *widths, *reversed(widths[:-1]), inputs]
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def convolutional_autoencoder() -> nn.Sequential:
    """A convolutional autoencoder."""
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 2, 1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, 2, 1),
        nn.ReLU(),
        nn.ConvTranspose2d(32, 16, 4, 2, 1),
        nn.ReLU(),
        nn.ConvTranspose2d(16, 3, 4, 2, 1),
    )


class VAE(nn.Module):
    """The variational autoencoder of PyTorch's examples, smaller."""

    def __init__(self, inputs: int = 64, hidden: int = 64, latent: int = 16) -> None:
        super().__init__()
        self.fc1 = nn.Linear(inputs, hidden)
        self.fc21, self.fc22 = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.fc3, self.fc4 = nn.Linear(latent, hidden), nn.Linear(hidden, inputs)

    def forward(self, x: Tensor) -> Tensor:
        """The input, put together again from a noisy code."""
        h = functional.relu(self.fc1(x))
        mean, log_variance = self.fc21(h), self.fc22(h)
        code = mean + torch.randn_like(mean) * (0.5 * log_variance - 2).exp()
        return self.fc4(functional.relu(self.fc3(code)))  # type: ignore[no-any-return]


def dcgan_generator(latent: int = 32, width: int = 16) -> nn.Module:
    """DCGAN's generator of images of 32 x 32 pixels, with its initialization."""
    layers: list[nn.Module] = []
    sizes = [latent, 4 * width, 2 * width, width]
    for index, (before, after) in enumerate(pairwise(sizes)):
        stride, padding = (2, 1) if index else (1, 0)
        layers += [
            nn.ConvTranspose2d(before, after, 4, stride, padding, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(True),
        ]
    return normal(nn.Sequential(*layers, nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False), nn.Tanh()), 0.02)


def dcgan_discriminator(width: int = 16) -> nn.Module:
    """DCGAN's discriminator of such images."""
    layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
    for before in (width, 2 * width):
        layers += [nn.Conv2d(before, 2 * before, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * before)]
        layers.append(nn.LeakyReLU(0.2, inplace=True))
    return normal(nn.Sequential(*layers, nn.Conv2d(4 * width, 1, 4, 1, 0, bias=False)), 0.02)


def _orthogonal(layer: nn.Linear | nn.Conv2d, gain: float = math.sqrt(2)) -> nn.Linear | nn.Conv2d:
    nn.init.orthogonal_(layer.weight, gain)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


class ActorCritic(nn.Module):
    """The agent of CleanRL's PPO: orthogonal weights, and a small last layer of the policy."""

    def __init__(self, observations: int = 8, actions: int = 4, width: int = 64) -> None:
        super().__init__()

        def net(outputs: int, gain: float) -> nn.Sequential:
            return nn.Sequential(
                _orthogonal(nn.Linear(observations, width)),
                nn.Tanh(),
                _orthogonal(nn.Linear(width, width)),
                nn.Tanh(),
                _orthogonal(nn.Linear(width, outputs), gain),
            )

        self.critic, self.actor = net(1, 1.0), net(actions, 0.01)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of the actions, and the value."""
        return self.actor(x), self.critic(x)


class AtariAgent(nn.Module):
    """The agent of CleanRL's PPO for Atari."""

    def __init__(self, actions: int = 4) -> None:
        super().__init__()
        self.network = nn.Sequential(
            _orthogonal(nn.Conv2d(4, 32, 8, stride=4)),
            nn.ReLU(),
            _orthogonal(nn.Conv2d(32, 64, 4, stride=2)),
            nn.ReLU(),
            _orthogonal(nn.Conv2d(64, 64, 3, stride=1)),
            nn.ReLU(),
            nn.Flatten(),
            _orthogonal(nn.Linear(64, 128)),
            nn.ReLU(),
        )
        self.actor, self.critic = _orthogonal(nn.Linear(128, actions), 0.01), _orthogonal(nn.Linear(128, 1), 1.0)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of the actions, and the value."""
        hidden = self.network(x)
        return self.actor(hidden), self.critic(hidden)


class Policy(nn.Module):
    """A policy of stable-baselines3, as something that is called with observations."""

    def __init__(self, policy: Any) -> None:
        super().__init__()
        self.policy = policy

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of the actions, and the value."""
        return self.policy.get_distribution(x).distribution.logits, self.policy.predict_values(x)


def box(*shape: int) -> Any:
    """A space of observations."""
    import numpy
    from gymnasium.spaces import Box

    if len(shape) > 1:
        return Box(0, 255, shape, numpy.uint8)
    return Box(-numpy.inf, numpy.inf, shape, numpy.float32)


def constant_rate() -> Callable[[float], float]:
    """A schedule of the learning rate, which a policy asks for and nobody uses here."""
    return lambda _: 1e-3


class Sine(nn.Module):
    """A layer of SIREN, with its initialization."""

    def __init__(self, inputs: int, outputs: int, *, first: bool = False, omega: float = 30.0) -> None:
        super().__init__()
        self.omega = omega
        self.linear = nn.Linear(inputs, outputs)
        bound = 1 / inputs if first else math.sqrt(6 / inputs) / omega
        nn.init.uniform_(self.linear.weight, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        """The sine."""
        return torch.sin(self.omega * self.linear(x))


def siren(hidden: int = 3, width: int = 64) -> nn.Sequential:
    """SIREN as its authors write it."""
    last = nn.Linear(width, 1)
    nn.init.uniform_(last.weight, -math.sqrt(6 / width) / 30, math.sqrt(6 / width) / 30)
    return nn.Sequential(Sine(2, width, first=True), *(Sine(width, width) for _ in range(hidden)), last)


class Coordinates(nn.Module):
    """A network of coordinates with a skip in its middle, as NeRF has it."""

    def __init__(self, width: int = 64, bands: int = 6) -> None:
        super().__init__()
        self.bands = bands
        size = 2 + 4 * bands
        self.first = nn.ModuleList([nn.Linear(size, width), *(nn.Linear(width, width) for _ in range(3))])
        self.second = nn.ModuleList([nn.Linear(width + size, width), *(nn.Linear(width, width) for _ in range(2))])
        self.head = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """The value at the coordinates."""
        angles = [x * 2**band * math.pi for band in range(self.bands)]
        encoded = torch.cat([x, *map(torch.sin, angles), *map(torch.cos, angles)], 1)
        h = encoded
        for layer in self.first:
            h = functional.relu(layer(h))
        h = torch.cat([h, encoded], 1)
        for layer in self.second:
            h = functional.relu(layer(h))
        return self.head(h)  # type: ignore[no-any-return]


class MeanGraph(nn.Module):
    """Graph convolutions by the mean over neighbours, as users write them."""

    def __init__(self, layers: int, width: int = 32, inputs: int = 16, outputs: int = 4) -> None:
        super().__init__()
        sizes = [inputs, *[width] * (layers - 1), outputs]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        """Scores of every node."""
        adjacency = torch.eye(len(x)).index_put((edges[0], edges[1]), torch.ones(()))
        adjacency = adjacency / adjacency.sum(1, keepdim=True)
        for index, layer in enumerate(self.layers):
            x = adjacency @ layer(x)
            x = functional.relu(x) if index < len(self.layers) - 1 else x
        return x


class Dilated(nn.Module):
    """Dilated causal convolutions over a sequence, each added to its input, as in a temporal convolutional network."""

    def __init__(self, layers: int = 4, width: int = 32) -> None:
        super().__init__()
        self.project = nn.Conv1d(16, width, 1)
        self.layers = nn.ModuleList(
            nn.Conv1d(width, width, 3, padding=2 * 2**index, dilation=2**index) for index in range(layers)
        )
        self.fc = nn.Linear(width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        x = self.project(x.transpose(1, 2))
        for layer in self.layers:
            x = x + functional.relu(layer(x)[..., : x.shape[-1]])
        return self.fc(x[..., -1])  # type: ignore[no-any-return]


class Experts(nn.Module):
    """A mixture of experts, weighted by a gate."""

    def __init__(self, experts: int = 4, width: int = 32) -> None:
        super().__init__()
        self.gate = nn.Linear(32, experts)
        self.experts = nn.ModuleList(mlp(1, width=width) for _ in range(experts))

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        shares = self.gate(x).softmax(-1)
        return torch.stack([expert(x) for expert in self.experts], -1).mul(shares.unsqueeze(1)).sum(-1)


_KERAS = {"exponential": torch.exp, "sigmoid": torch.sigmoid, "relu": torch.relu, "tanh": torch.tanh}


class Published(nn.Module):
    """A published architecture: units, activation function and initializer of every layer."""

    def __init__(self, layers: Sequence[tuple[int, int, str, str]]) -> None:
        super().__init__()
        self.activations: list[str] = []
        self.layers = nn.ModuleList()
        inputs = 2
        for count, units, activation, initializer in layers:
            for _ in range(count):
                layer = nn.Linear(inputs, units)
                _initialize(layer, initializer)
                self.layers.append(layer)
                self.activations.append(activation)
                inputs = units

    def forward(self, x: Tensor) -> Tensor:
        """Shares of the classes, not normalized."""
        for layer, activation in zip(self.layers, self.activations, strict=True):
            x = _KERAS[activation](layer(x))
        return x


def _initialize(layer: nn.Linear, initializer: str) -> None:
    """Draw a layer's weights as Keras does; biases are 0."""
    nn.init.zeros_(layer.bias)
    fan_in, fan_out = layer.in_features, layer.out_features
    kind, *settings = initializer.split()
    if kind == "constant":
        nn.init.constant_(layer.weight, float(settings[0]))
    elif kind == "uniform":
        nn.init.uniform_(layer.weight, -float(settings[0]), float(settings[0]))
    else:
        scale, mode, distribution = float(settings[0]), settings[1], settings[2]
        variance = scale / (fan_in if mode == "fan_in" else (fan_in + fan_out) / 2)
        if distribution == "uniform":
            nn.init.uniform_(layer.weight, -math.sqrt(3 * variance), math.sqrt(3 * variance))
        else:
            std = math.sqrt(variance) / 0.87962566103423978
            nn.init.trunc_normal_(layer.weight, 0.0, std, -2 * std, 2 * std)
