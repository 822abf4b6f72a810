"""Models as people have them, small and with random weights, each with a loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


class BasicBlock(nn.Module):
    """The block of ResNet-18, with its in-place activations and sum."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module | None = None
        if stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        x += shortcut
        return self.relu(x)  # type: ignore[no-any-return]


class ResNet(nn.Module):
    """ResNet-18, an eighth as wide."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        sizes = [width, width, 2 * width, 4 * width, 8 * width]
        for index, (inputs, outputs) in enumerate(pairwise(sizes), 1):
            blocks = BasicBlock(inputs, outputs, 1 if index == 1 else 2), BasicBlock(outputs, outputs, 1)
            setattr(self, f"layer{index}", nn.Sequential(*blocks))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8 * width, 10)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        for index in range(1, 5):
            x = getattr(self, f"layer{index}")(x)
        return self.fc(torch.flatten(self.pool(x), 1))  # type: ignore[no-any-return]


class Recurrent(nn.Module):
    """Recurrent layers on top of each other, each a module of its own."""

    def __init__(self, cell: Callable[..., nn.RNNBase], residual: bool, depth: int = 8) -> None:
        super().__init__()
        self.layers = nn.ModuleList(cell(32, 32, batch_first=True) for _ in range(depth))
        self.head = nn.Linear(32, 1)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)[0] + (x if self.residual else 0)
        return self.head(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Case:
    """A model and its loss, what is linear in it, and where its tests plant their faults.

    Attributes:
        make: the model.
        loss: of the model on data of its own.
        middle: name of a linear layer in the middle, before an activation function.
        silenced: name of the module whose bias silences it.
        block: name of the block that holds it.

    """

    make: Callable[[], nn.Module]
    loss: Callable[[nn.Module], Tensor]
    middle: str
    silenced: str
    block: str


def _convolutions() -> nn.Module:
    layers: list[nn.Module] = []
    channels = 3
    for outputs in (16, 32, 32, 64):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        channels = outputs
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels, 10))
    for module in model:
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    return model


def _images(model: nn.Module) -> Tensor:
    return cross_entropy(model(torch.randn(16, 3, 16, 16)), torch.randint(10, (16,)))


def _encoder() -> nn.Module:
    layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
    return nn.Sequential(nn.TransformerEncoder(layer, 4), nn.Linear(32, 1))


def _sequences(model: nn.Module) -> Tensor:
    return model(torch.randn(8, 10, 32)).square().mean()  # type: ignore[no-any-return]


def _transformers() -> Any:
    return pytest.importorskip("transformers")


def _gpt2() -> nn.Module:
    library = _transformers()
    config = library.GPT2Config(
        vocab_size=100, n_positions=32, n_embd=32, n_layer=4, n_head=4, bos_token_id=None, eos_token_id=None
    )
    model: nn.Module = library.GPT2LMHeadModel(config)
    return model


def _bert() -> nn.Module:
    library = _transformers()
    config = library.BertConfig(
        vocab_size=100, hidden_size=32, num_hidden_layers=4, num_attention_heads=4, intermediate_size=64
    )
    model: nn.Module = library.BertForSequenceClassification(config)
    return model


def _vit() -> nn.Module:
    library = _transformers()
    config = library.ViTConfig(
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=64,
        image_size=16,
        patch_size=4,
        num_labels=10,
    )
    model: nn.Module = library.ViTForImageClassification(config)
    return model


def _next_words(model: nn.Module) -> Tensor:
    words = torch.randint(100, (4, 16))
    return model(input_ids=words, labels=words).loss  # type: ignore[no-any-return]


def _sentences(model: nn.Module) -> Tensor:
    return model(input_ids=torch.randint(100, (8, 16)), labels=torch.randint(2, (8,))).loss  # type: ignore[no-any-return]


def _pixels(model: nn.Module) -> Tensor:
    return model(pixel_values=torch.randn(8, 3, 16, 16), labels=torch.randint(10, (8,))).loss  # type: ignore[no-any-return]


CASES: dict[str, Case] = {
    "ResNet": Case(ResNet, _images, "layer2.1.conv1", "layer2.1.bn1", "layer2.1"),
    "CNN": Case(_convolutions, _images, "6", "6", "7"),
    "TransformerEncoder": Case(_encoder, _sequences, "0.layers.2.linear1", "0.layers.2.linear1", "0.layers.2"),
    "GPT-2": Case(_gpt2, _next_words, "transformer.h.2.mlp.c_fc", "transformer.h.2.mlp.c_fc", "transformer.h.2"),
    "BERT": Case(
        _bert,
        _sentences,
        "bert.encoder.layer.2.intermediate.dense",
        "bert.encoder.layer.2.intermediate.dense",
        "bert.encoder.layer.2",
    ),
    "ViT": Case(_vit, _pixels, "vit.layers.2.mlp.fc1", "vit.layers.2.mlp.fc1", "vit.layers.2"),
}
