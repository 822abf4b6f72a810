"""Made data of the kinds that the programs have: something to learn is in each, and the columns have people's units."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

PIXELS = 255.0


@dataclass(frozen=True)
class Data:
    """The data of a program.

    Attributes:
        x: the inputs, as a file would have them.
        y: class numbers, rows of zeros and ones where an example has several labels, or values.
        kind: ``"classes"``, ``"labels"`` or ``"values"``.

    """

    x: Tensor
    y: Tensor
    kind: str

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.y.max()) + 1


def _balanced(count: int, classes: int, generator: Generator) -> Tensor:
    return (torch.arange(count) % classes)[torch.randperm(count, generator=generator)]


def _between(low: float, high: float, shape: tuple[int, ...], generator: Generator) -> Tensor:
    return low + (high - low) * torch.rand(*shape, generator=generator)


def _blurred(images: Tensor) -> Tensor:
    """Images whose neighbouring pixels are alike."""
    return nn.functional.avg_pool2d(images, 3, 1, 1, count_include_pad=False)


def pictures(
    generator: Generator, classes: int, count: int = 640, size: int = 14, channels: int = 1, noise: float = 60.0
) -> Data:
    """Pictures of as many things: of each a blurred pattern, moved by a pixel at most, bright on dark, with noise."""
    patterns = _blurred(torch.rand(classes, channels, size, size, generator=generator))
    low, high = patterns.amin((1, 2, 3), keepdim=True), patterns.amax((1, 2, 3), keepdim=True)
    patterns = PIXELS * ((patterns - low) / (high - low)).square()
    y = _balanced(count, classes, generator)
    moves = torch.randint(-1, 2, (count, 2), generator=generator).tolist()
    x = torch.stack([patterns[label].roll(move, (1, 2)) for label, move in zip(y.tolist(), moves, strict=True)])
    x = x + noise * torch.randn(x.shape, generator=generator)
    return Data(x.clamp(0, PIXELS).round(), y, "classes")


def flat_pictures(generator: Generator, classes: int = 10, count: int = 1280) -> Data:
    """Pictures as rows of pixels."""
    pictured = pictures(generator, classes, count)
    return Data(pictured.x.flatten(1), pictured.y, "classes")


def plain_pictures(generator: Generator, count: int = 172, size: int = 20) -> Data:
    """Pictures that are all 1, and others that are all 0."""
    y = _balanced(count, 2, generator)
    return Data((1 - y).float().view(-1, 1, 1, 1).expand(-1, 1, size, size).contiguous(), y, "classes")


def tagged_pictures(generator: Generator, labels: int = 10, count: int = 640) -> Data:
    """Pictures on each of which there are several of as many things."""
    single = pictures(generator, labels, labels, noise=0.0)
    patterns = single.x[single.y.argsort()]
    y = (torch.rand(count, labels, generator=generator) < 0.3).float()
    x = torch.einsum("nl,lchw->nchw", y, patterns) + 20 * torch.randn(count, 1, 14, 14, generator=generator)
    return Data((x / 2).clamp(0, PIXELS).round(), y, "labels")


def faces(generator: Generator, points: int = 15, count: int = 640, size: int = 20) -> Data:
    """Pictures of a pattern, moved, and where its points lie: between -1 and 1."""
    template = _blurred(torch.rand(1, 1, size, size, generator=generator))[0, 0] * PIXELS
    at = _between(-0.6, 0.6, (points, 2), generator)
    moves = torch.randint(-4, 5, (count, 2), generator=generator)
    x = torch.stack([template.roll(move, (0, 1)) for move in moves.tolist()])
    y = (at + moves.unsqueeze(1) * 2 / size).flatten(1)
    return Data((x + 10 * torch.randn(x.shape, generator=generator)).clamp(0, PIXELS).flatten(1), y, "values")


def columns(
    generator: Generator,
    classes: int = 2,
    units: tuple[float, ...] = (1.0,) * 8,
    count: int = 640,
    centre: float = 0.0,
    apart: float = 2.0,
) -> Data:
    """Rows of numbers whose class is told by where they lie; each column has a unit and a centre, in units, of its own.

    Of each class there are two clusters, so that no straight line tells them.
    """
    middles = apart * torch.randn(classes, 2, len(units), generator=generator)
    y = _balanced(count, classes, generator)
    cluster = torch.randint(2, (count,), generator=generator)
    x = middles[y, cluster] + torch.randn(count, len(units), generator=generator)
    return Data((x + centre) * torch.tensor(units), y, "classes")


def halves(generator: Generator, count: int = 640, width: int = 8, unit: float = 1.0) -> Data:
    """Rows of numbers between 0 and a unit, and whether their weighted sum is above its median."""
    x = torch.rand(count, width, generator=generator)
    score = x @ torch.randn(width, generator=generator)
    return Data(unit * x, (score > score.median()).long(), "classes")


def squares(generator: Generator, count: int = 2000) -> Data:
    """Points of two squares, 0.2 to 0.4 and 0.5 to 0.7."""
    y = _balanced(count, 2, generator)
    return Data(torch.rand(count, 2, generator=generator) * 0.2 + 0.2 + 0.3 * y.unsqueeze(1), y, "classes")


def xor(generator: Generator) -> Data:
    """The four rows of exclusive or."""
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return Data(x, torch.tensor([0, 1, 1, 0]), "classes")


def quadrants(generator: Generator, count: int = 1000) -> Data:
    """Points of a square, and whether the product of their coordinates is positive."""
    x = _between(-1.0, 1.0, (count, 2), generator)
    return Data(x, (x[:, 0] * x[:, 1] > 0).long(), "classes")


def bags(generator: Generator, labels: int = 10, words: int = 200, count: int = 960) -> Data:
    """Texts as which words they have, and several tags; each tag makes some words likely."""
    y = (torch.rand(count, labels, generator=generator) < 0.25).float()
    typical = (torch.rand(labels, words, generator=generator) < 0.08).float()
    likely = 1 - (1 - 0.03) * (1 - 0.5 * y @ typical).clamp(0.02, 1)
    return Data((torch.rand(count, words, generator=generator) < likely).float(), y, "labels")


def texts(
    generator: Generator,
    classes: int = 2,
    words: int = 400,
    length: int = 40,
    count: int = 960,
    likely: float = 4.0,
) -> Data:
    """Texts as numbers of words, and their topic, which makes a tenth of the words more likely by a factor."""
    y = _balanced(count, classes, generator)
    weights = torch.ones(classes, words)
    for topic, part in zip(weights, torch.randperm(words, generator=generator).split(words // 10), strict=False):  # type: ignore[no-untyped-call]
        topic[part] = likely
    return Data(torch.multinomial(weights[y], length, replacement=True, generator=generator), y, "classes")


def following(generator: Generator, length: int = 10, letters: int = 12, count: int = 960) -> Data:
    """Stretches of a text whose letters are one-hot vectors, and the letter that comes next: one of few after each."""
    chances = torch.full((letters, letters), 0.05) + torch.eye(letters)[torch.randperm(letters, generator=generator)]
    text = [0]
    for _ in range(count + length):
        text.append(int(torch.multinomial(chances[text[-1]], 1, generator=generator)))
    windows = torch.tensor(text[: count + length]).unfold(0, length + 1, 1)[:count]
    return Data(nn.functional.one_hot(windows[:, :-1], letters).float(), windows[:, -1], "classes")


def padded(generator: Generator, length: int = 12, count: int = 640) -> Data:
    """Sequences of numbers of two kinds, rising or falling, padded with zeros to one length."""
    y = _balanced(count, 2, generator)
    slope = (2.0 * y - 1).unsqueeze(1)
    values = slope * torch.linspace(-1, 1, length) + 0.5 * torch.randn(count, length, generator=generator)
    first = torch.randint(0, length // 2, (count, 1), generator=generator)
    return Data((values * (torch.arange(length) >= first)).unsqueeze(-1), y, "classes")


def series(generator: Generator, units: tuple[float, ...] = (1.0,), length: int = 12, count: int = 640) -> Data:
    """Windows of as many waves, each in a unit of its own, and the next value of their sum."""
    time = torch.arange(count + length).float()
    waves = [(time * 2 * math.pi / period).sin() for period in (17.0, 29.0, 41.0, 61.0)[: len(units)]]
    noisy = torch.stack(waves, 1) + 0.1 * torch.randn(count + length, len(units), generator=generator)
    x = (noisy * torch.tensor(units)).unfold(0, length, 1)[:count].transpose(1, 2).contiguous()
    return Data(x, noisy[length:].sum(1, keepdim=True), "values")


def curve(
    generator: Generator, low: float, high: float, power: int, factor: float = 1.0, noise: float = 0.0, count: int = 400
) -> Data:
    """Points of a power of x, with noise of a share of its spread."""
    x = torch.linspace(low, high, count).unsqueeze(1)[torch.randperm(count, generator=generator)]
    y = factor * x**power
    return Data(x, y + noise * y.std() * torch.randn(y.shape, generator=generator), "values")


def wave(generator: Generator, count: int = 640) -> Data:
    """Points of a sine."""
    x = _between(-math.pi, math.pi, (count, 1), generator)
    return Data(x, x.sin(), "values")


def line(
    generator: Generator,
    width: int = 1,
    units: tuple[float, ...] = (),
    offset: float = 1.0,
    scale: float = 1.0,
    count: int = 640,
) -> Data:
    """Rows of numbers, and a weighted sum of them, of a scale, with an offset and a little noise."""
    x = torch.randn(count, width, generator=generator)
    weights = torch.randn(width, 1, generator=generator)
    y = x @ (weights / weights.norm()) + 0.05 * torch.randn(count, 1, generator=generator)
    return Data(x * torch.tensor(units or (1.0,) * width), scale * (y + offset), "values")


def returns(generator: Generator, width: int = 6, count: int = 640) -> Data:
    """Rows of numbers, and a value between -1 and 1 that is no straight function of them."""
    x = torch.randn(count, width, generator=generator)
    return Data(x, (x @ torch.randn(width, 1, generator=generator)).tanh(), "values")
