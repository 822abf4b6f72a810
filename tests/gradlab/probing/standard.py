"""Networks as people write them, small and at their usual initialization: known to train, whatever their gradients are.

Each is written out here in plain PyTorch, as its authors published it: nothing was chosen with the probe in mind.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import (
    avg_pool2d,
    cross_entropy,
    gelu,
    max_pool2d,
    mse_loss,
    relu,
    scaled_dot_product_attention,
)

Loss = Callable[[nn.Module], Tensor]


class Bottleneck(nn.Module):
    """The block of ResNet-50."""

    def __init__(self, inputs: int, width: int, stride: int, *, zero: bool) -> None:
        super().__init__()
        outputs = 4 * width
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(outputs))
        if zero:
            nn.init.zeros_(self.bn3.weight)

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        x = self.bn3(self.conv3(x))
        x += shortcut
        return self.relu(x)  # type: ignore[no-any-return]


class ResNet50(nn.Module):
    """ResNet-50, an eighth as wide; with ``zero`` every branch starts at 0."""

    def __init__(self, *, zero: bool = False) -> None:
        super().__init__()
        width = inputs = 8
        self.conv1, self.bn1 = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        for stage, count in enumerate((3, 4, 6, 3)):
            blocks = []
            for index in range(count):
                stride = 2 if stage and not index else 1
                blocks.append(Bottleneck(inputs, width << stage, stride, zero=zero))
                inputs = 4 * (width << stage)
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(inputs, 10)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = max_pool2d(self.relu(self.bn1(self.conv1(x))), 2)
        for stage in range(1, 5):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(x.mean((2, 3)))  # type: ignore[no-any-return]


def _double(inputs: int, outputs: int, *, normalized: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers.append(nn.Conv2d(channels, outputs, 3, padding=1))
        layers += [nn.BatchNorm2d(outputs)] if normalized else []
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """A U-Net: every level is joined to what comes back from below."""

    def __init__(self, *, normalized: bool) -> None:
        super().__init__()
        widths = (8, 16, 32, 64)
        self.downs = nn.ModuleList(_double(*pair, normalized=normalized) for pair in pairwise((3, *widths)))
        self.ups = nn.ModuleList(nn.ConvTranspose2d(upper, lower, 2, 2) for lower, upper in pairwise(widths))
        self.joins = nn.ModuleList(_double(2 * width, width, normalized=normalized) for width in widths[:-1])
        self.out = nn.Conv2d(widths[0], 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for down in list(self.downs)[:-1]:
            skips.append(x := down(x))
            x = max_pool2d(x, 2)
        x = self.downs[-1](x)
        for level in reversed(range(len(self.ups))):
            x = self.joins[level](torch.cat([skips[level], self.ups[level](x)], 1))
        return self.out(x)  # type: ignore[no-any-return]


class GPTBlock(nn.Module):
    """A pre-norm block with queries, keys and values as layers of their own."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.heads = heads

    def forward(self, x: Tensor) -> Tensor:
        h = self.ln1(x)
        q, k, v = (layer(h).unflatten(-1, (self.heads, -1)).transpose(1, 2) for layer in (self.q, self.k, self.v))
        mixed = scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(mixed.transpose(1, 2).flatten(2))
        return x + self.down(gelu(self.up(self.ln2(x))))  # type: ignore[no-any-return]


class GPT(nn.Module):
    """A language model with GPT-2's initialization: N(0, 0.02), and less at the end of every branch."""

    def __init__(self, blocks: int = 8, width: int = 64) -> None:
        super().__init__()
        self.words, self.positions = nn.Embedding(100, width), nn.Embedding(64, width)
        self.blocks = nn.ModuleList(GPTBlock(width, 4) for _ in range(blocks))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 100, bias=False)
        for name, parameter in self.named_parameters():
            if parameter.ndim > 1:
                last = name.endswith(("o.weight", "down.weight"))
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * blocks) if last else 0.02)

    def forward(self, words: Tensor) -> Tensor:
        x = self.words(words) + self.positions(torch.arange(words.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))  # type: ignore[no-any-return]


class ConvNeXtBlock(nn.Module):
    """The block of ConvNeXt, without its layer scale."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm, self.up, self.down = nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        return x + self.down(gelu(self.up(h))).permute(0, 3, 1, 2)  # type: ignore[no-any-return]


class ConvNeXt(nn.Module):
    """Four stages of other widths and resolutions."""

    def __init__(self) -> None:
        super().__init__()
        widths = (16, 32, 64, 128)
        self.stem = nn.Conv2d(3, widths[0], 2, 2)
        self.stages = nn.ModuleList(nn.Sequential(*(ConvNeXtBlock(width) for _ in range(3))) for width in widths)
        self.norms = nn.ModuleList(nn.GroupNorm(1, width) for width in widths)
        self.downs = nn.ModuleList(nn.Conv2d(*pair, 2, 2) for pair in pairwise(widths))
        self.head = nn.Linear(widths[-1], 10)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for index, (stage, norm) in enumerate(zip(self.stages, self.norms, strict=True)):
            x = norm(stage(x))
            x = self.downs[index](x) if index < len(self.downs) else x
        return self.head(x.mean((2, 3)))  # type: ignore[no-any-return]


class DenseLayer(nn.Module):
    """A layer of DenseNet: what it makes stands beside what it took."""

    def __init__(self, inputs: int, growth: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.norm2, self.conv2 = nn.BatchNorm2d(4 * growth), nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.conv2(relu(self.norm2(self.conv1(relu(self.norm1(x))))))], 1)


class DenseNet(nn.Module):
    """Three dense blocks, with the width halved and the image averaged between them."""

    def __init__(self, growth: int = 8) -> None:
        super().__init__()
        channels = 16
        layers: list[nn.Module] = [nn.Conv2d(3, channels, 3, padding=1, bias=False)]
        for count in (6, 8, 8):
            if channels > 16:
                layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels // 2, 1), nn.AvgPool2d(2)]
                channels //= 2
            for _ in range(count):
                layers.append(DenseLayer(channels, growth))
                channels += growth
        self.features, self.fc = nn.Sequential(*layers, nn.BatchNorm2d(channels), nn.ReLU()), nn.Linear(channels, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.features(x).mean((2, 3)))  # type: ignore[no-any-return]


class Inverted(nn.Module):
    """The inverted residual block of MobileNetV2."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        hidden = 6 * inputs
        self.block = nn.Sequential(
            *(nn.Conv2d(inputs, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()),
            *(nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()),
            *(nn.Conv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs)),
        )
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.block(x)
        return x + y if self.adds else y


def _mobilenet() -> nn.Module:
    blocks: list[nn.Module] = []
    channels = 8
    for outputs, count, stride in ((8, 1, 1), (12, 2, 2), (16, 3, 2), (32, 4, 2), (48, 3, 1), (80, 3, 2)):
        for index in range(count):
            blocks.append(Inverted(channels, outputs, stride if not index else 1))
            channels = outputs
    stem = nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6()
    model = nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out")
    nn.init.normal_(model[-1].weight, std=0.01)  # type: ignore[arg-type]
    return model


class GCN(nn.Module):
    """A graph network that averages over neighbours."""

    def __init__(self, nodes: int = 60) -> None:
        super().__init__()
        near = (torch.rand(nodes, nodes) < 0.1).float()
        near = ((near + near.T + torch.eye(nodes)) > 0).float()
        self.register_buffer("mean", near / near.sum(1, keepdim=True))
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise((16, 32, 32, 5)))

    def forward(self, x: Tensor) -> Tensor:
        for layer in list(self.layers)[:-1]:
            x = relu(self.mean @ layer(x))
        return self.mean @ self.layers[-1](x)  # type: ignore[no-any-return]


class Recurrent(nn.Module):
    """Three LSTMs, each a module of its own, and a head on the last time step."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.LSTM(*pair, batch_first=True) for pair in pairwise((16, 32, 32, 32)))
        self.head = nn.Linear(32, 4)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)[0]
        return self.head(x[:, -1])  # type: ignore[no-any-return]


class ActorCritic(nn.Module):
    """The networks of CleanRL's PPO: orthogonal weights, a hundred times smaller in the actor's last layer."""

    def __init__(self) -> None:
        super().__init__()
        self.critic, self.actor = self._network(1, 1.0), self._network(4, 0.01)

    @staticmethod
    def _network(outputs: int, scale: float) -> nn.Sequential:
        layers = nn.Linear(8, 64), nn.Linear(64, 64), nn.Linear(64, outputs)
        for layer, gain in zip(layers, (math.sqrt(2), math.sqrt(2), scale), strict=True):
            nn.init.orthogonal_(layer.weight, gain)
            nn.init.zeros_(layer.bias)
        return nn.Sequential(layers[0], nn.Tanh(), layers[1], nn.Tanh(), layers[2])

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.actor(x), self.critic(x)


class Siren(nn.Module):
    """A SIREN: a sine, which has no theory here, between its layers."""

    def __init__(self, depth: int = 4, width: int = 64, frequency: float = 30.0) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise((2, *[width] * depth)))
        self.out, self.frequency = nn.Linear(width, 1), frequency
        bound = math.sqrt(6 / width) / frequency
        for index, layer in enumerate((*self.layers, self.out)):
            nn.init.uniform_(layer.weight, -0.5 if not index else -bound, 0.5 if not index else bound)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.sin(self.frequency * layer(x))
        return self.out(x)  # type: ignore[no-any-return]


class ResidualMLP(nn.Module):
    """Residual branches as ``nn.Sequential``, whose last layer starts at 0, or small as GPT-2's do."""

    def __init__(self, last: float, blocks: int = 8, width: int = 64) -> None:
        super().__init__()
        self.inputs, self.out = nn.Linear(32, width), nn.Linear(width, 10)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
            for _ in range(blocks)
        )
        for block in self.blocks:
            nn.init.normal_(block[-1].weight, std=last)  # type: ignore[index]
            nn.init.zeros_(block[-1].bias)  # type: ignore[index]

    def forward(self, x: Tensor) -> Tensor:
        x = self.inputs(x)
        for block in self.blocks:
            x = x + block(x)
        return self.out(x)  # type: ignore[no-any-return]


def _he(model: nn.Module) -> nn.Module:
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    return model


def _convolutions(*, averaging: bool) -> nn.Module:
    """Convolutions with He initialization and a mean over all positions before the head, or several on the way."""
    layers: list[nn.Module] = []
    channels = 3
    for index in range(8):
        layers += [nn.Conv2d(channels, 32, 3, padding=1), nn.ReLU()]
        layers += [nn.AvgPool2d(2)] if averaging and index in (1, 3, 5) else []
        channels = 32
    head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10)
    return _he(nn.Sequential(*layers, *head))


class Averaged(nn.Module):
    """The same mean, written as a function."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv2d(*pair, 3, padding=1) for pair in pairwise((3, 32, 32, 32)))
        self.first, self.second, self.out = nn.Linear(32, 32), nn.Linear(32, 32), nn.Linear(32, 10)
        _he(self)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.convolutions:
            x = relu(layer(x))
        x = avg_pool2d(x, 4).mean((2, 3))
        return self.out(relu(self.second(relu(self.first(x)))))  # type: ignore[no-any-return]


def plain(depth: int, activation: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    """Fully connected layers with PyTorch's default initialization."""
    pairs = pairwise((32, *[64] * depth))
    return nn.Sequential(*(part for pair in pairs for part in (nn.Linear(*pair), activation())), nn.Linear(64, 10))


def _images(model: nn.Module) -> Tensor:
    return cross_entropy(model(torch.randn(16, 3, 32, 32)), torch.randint(10, (16,)))


def _segments(model: nn.Module) -> Tensor:
    return cross_entropy(model(torch.randn(4, 3, 32, 32)), torch.randint(2, (4, 32, 32)))


def _vectors(model: nn.Module) -> Tensor:
    return cross_entropy(model(torch.randn(64, 32)), torch.randint(10, (64,)))


def _words(model: nn.Module) -> Tensor:
    words = torch.randint(100, (8, 33))
    return cross_entropy(model(words[:, :-1]).flatten(0, 1), words[:, 1:].flatten())


def _nodes(model: nn.Module) -> Tensor:
    return cross_entropy(model(torch.randn(60, 16)), torch.randint(5, (60,)))


def _sequences(model: nn.Module) -> Tensor:
    return cross_entropy(model(torch.randn(16, 20, 16)), torch.randint(4, (16,)))


def _actions(model: nn.Module) -> Tensor:
    logits, value = model(torch.randn(128, 8))
    return cross_entropy(logits, torch.randint(4, (128,))) + value.square().mean()  # type: ignore[no-any-return]


def _field(model: nn.Module) -> Tensor:
    x = torch.rand(256, 2) * 2 - 1
    return mse_loss(model(x), torch.sin(9 * x[:, :1]))


@dataclass(frozen=True)
class Standard:
    """A network, and its loss on data of its own."""

    make: Callable[[], nn.Module]
    loss: Loss


STANDARD: dict[str, Standard] = {
    "ResNet-50": Standard(ResNet50, _images),
    "ResNet-50, branches from 0": Standard(lambda: ResNet50(zero=True), _images),
    "U-Net": Standard(lambda: UNet(normalized=False), _segments),
    "U-Net, normalized": Standard(lambda: UNet(normalized=True), _segments),
    "GPT": Standard(GPT, _words),
    "ConvNeXt": Standard(ConvNeXt, _images),
    "DenseNet": Standard(DenseNet, _images),
    "MobileNet": Standard(_mobilenet, _images),
    "MLP of 5": Standard(lambda: plain(5), _vectors),
    "MLP of 4, GELU": Standard(lambda: plain(4, nn.GELU), _vectors),
    "MLP of 3, sigmoid": Standard(lambda: plain(3, nn.Sigmoid), _vectors),
    "GCN": Standard(GCN, _nodes),
    "LSTMs": Standard(Recurrent, _sequences),
    "PPO": Standard(ActorCritic, _actions),
    "SIREN": Standard(Siren, _field),
    "residual MLP from 0": Standard(lambda: ResidualMLP(0.0), _vectors),
    "residual MLP, small": Standard(lambda: ResidualMLP(0.02 / 4), _vectors),
    "He convolutions": Standard(lambda: _convolutions(averaging=False), _images),
    "He convolutions, averaging": Standard(lambda: _convolutions(averaging=True), _images),
    "He convolutions, functions": Standard(Averaged, _images),
}
