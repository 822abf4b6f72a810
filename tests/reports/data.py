"""Small data that can be learned."""

import math

import torch
from torch import Tensor


def images(count: int, classes: int, size: int = 12, channels: int = 1, noise: float = 0.3) -> tuple[Tensor, Tensor]:
    """Pictures in [0, 1], whose class is the pattern in them."""
    patterns = (torch.rand(classes, channels, size, size) > 0.5).float()
    labels = torch.randint(0, classes, (count,))
    return (patterns[labels] + noise * torch.randn(count, channels, size, size)).clamp(0, 1), labels


def masks(count: int, size: int = 16) -> tuple[Tensor, Tensor]:
    """Pictures with a bright rectangle, and where it is."""
    mask = torch.zeros(count, 1, size, size)
    rows, columns = torch.randint(0, size // 2, (count,)), torch.randint(0, size // 2, (count,))
    for one, row, column in zip(mask, rows, columns, strict=True):
        one[:, row : row + size // 2, column : column + size // 3] = 1
    return mask + 0.3 * torch.randn_like(mask), mask


def table(count: int, features: int = 8) -> tuple[Tensor, Tensor]:
    """Standardized features, and a target of variance 1 that depends on them."""
    x = torch.randn(count, features)
    y = x[:, 0] - x[:, 1] * x[:, 2] + 0.1 * torch.randn(count)
    return x, ((y - y.mean()) / y.std())[:, None]


def sentences(count: int, words: int = 50, length: int = 12, classes: int = 2) -> tuple[Tensor, Tensor]:
    """Rows of word numbers from 1 on, whose class is the remainder of the most frequent kind of word."""
    labels = torch.randint(0, classes, (count,))
    tokens = torch.randint(1, words, (count, length))
    typical = torch.rand(count, length) < 0.4
    return torch.where(typical, 1 + labels[:, None] + classes * torch.randint(0, 3, (count, length)), tokens), labels


def text(count: int, words: int = 20, length: int = 16) -> tuple[Tensor, Tensor]:
    """Rows of word numbers in which each follows from the one before, mostly, and the next word of each."""
    follow = torch.randperm(words)
    rows = [torch.randint(0, words, (count,))]
    for _ in range(length):
        rows.append(torch.where(torch.rand(count) < 0.8, follow[rows[-1]], torch.randint(0, words, (count,))))
    tokens = torch.stack(rows, 1)
    return tokens[:, :-1], tokens[:, 1:]


def waves(count: int, length: int = 24) -> tuple[Tensor, Tensor]:
    """Sine waves of several frequencies and phases, and the next value of each."""
    start, speed = 2 * math.pi * torch.rand(count, 1), 0.2 + 0.3 * torch.rand(count, 1)
    series = torch.sin(start + speed * torch.arange(length + 1))
    return series[:, :-1], series[:, 1:]


def graph(nodes: int = 60, classes: int = 3) -> tuple[Tensor, Tensor, Tensor]:
    """Features of nodes, a normalized adjacency that connects like with like, and the classes."""
    labels = torch.randint(0, classes, (nodes,))
    alike = labels[:, None] == labels[None]
    edges = (torch.rand(nodes, nodes) < torch.where(alike, 0.2, 0.02)).float()
    edges = ((edges + edges.T + torch.eye(nodes)) > 0).float()
    root = edges.sum(1).rsqrt()
    features = torch.eye(classes)[labels].repeat(1, 4) + torch.randn(nodes, 4 * classes)
    return features, root[:, None] * edges * root, labels
