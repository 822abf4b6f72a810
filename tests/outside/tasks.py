"""Small tasks that a network can only learn by telling its examples apart: it memorizes one batch.

Labels are balanced and drawn independently of the inputs, so that whoever ignores the input stays at chance for ever.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, mse_loss

CLASSES = 8
EXAMPLES = 16
WORDS = 16
"""Words of the vocabulary, and the length of a sentence: each word once, in an order of its own."""
SENTENCES = 4

Loss = Callable[[nn.Module], Tensor]


@dataclass(frozen=True)
class Task:
    """A task that a network is given to learn.

    Attributes:
        loss: of a network on all examples.
        chance: the lowest loss of a prediction that ignores the input.
        factor: on the loss whose gradient is taken.
        grad_scale: the factor that a gradient scaler of mixed precision begins with; 1 where there is none.

    """

    loss: Loss
    chance: float
    factor: float = 1.0
    grad_scale: float = 1.0


def _labels(count: int, classes: int, generator: Generator) -> Tensor:
    return (torch.arange(count) % classes)[torch.randperm(count, generator=generator)]


def _normal(generator: Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator)


def logits(output: Any) -> Tensor:
    """The scores in what a classifier puts out."""
    if isinstance(output, Mapping):
        output = output["out"] if "out" in output else output["logits"]
    elif hasattr(output, "logits"):
        output = output.logits
    elif isinstance(output, tuple):
        output = output[0]
    return output if isinstance(output, Tensor) else torch.as_tensor(output)


def classified(generator: Generator, *shape: int, classes: int = CLASSES) -> Task:
    """As many inputs as the first number of the shape says, each with a class."""
    x, y = _normal(generator, *shape), _labels(shape[0], classes, generator)
    return Task(lambda model: cross_entropy(logits(model(x)), y), math.log(classes))


def images(generator: Generator, size: int, count: int = EXAMPLES, channels: int = 3) -> Task:
    """Square images of noise, to be classified."""
    return classified(generator, count, channels, size, size)


def with_auxiliary(generator: Generator, size: int, weight: float, heads: int) -> Task:
    """Images, for a network whose auxiliary read-outs take part in the loss."""
    x, y = _normal(generator, EXAMPLES, 3, size, size), _labels(EXAMPLES, CLASSES, generator)

    def loss(model: nn.Module) -> Tensor:
        main, *others = model(x)
        losses = [cross_entropy(one, y) for one in others if one is not None]
        return cross_entropy(main, y) + weight * torch.stack(losses).sum()

    return Task(loss, math.log(CLASSES) * (1 + weight * heads))


def pixels(generator: Generator, size: int, count: int = 4, channels: int = 3, classes: int = 4) -> Task:
    """Images each of whose blocks of 8 x 8 pixels has a class."""
    x = _normal(generator, count, channels, size, size)
    blocks = _labels(count * (size // 8) ** 2, classes, generator).view(count, size // 8, size // 8)
    y = blocks.repeat_interleave(8, 1).repeat_interleave(8, 2)
    return Task(lambda model: cross_entropy(logits(model(x)), y), math.log(classes))


def vectors(generator: Generator, width: int = 32, count: int = EXAMPLES) -> Task:
    """Vectors, to be classified."""
    return classified(generator, count, width)


def vectors_in_mixed_precision(generator: Generator, grad_scale: float) -> Task:
    """The same in float16 where autocast puts it, with a gradient scaler that begins with a scale."""
    plain = vectors(generator)

    def loss(model: nn.Module) -> Tensor:
        with torch.autocast("cpu", torch.float16):
            return plain.loss(model)

    return replace(plain, loss=loss, grad_scale=grad_scale)


def sequences(generator: Generator, length: int = 12, width: int = 16) -> Task:
    """Sequences of vectors, each to be classified as a whole."""
    return classified(generator, EXAMPLES, length, width)


def _words(generator: Generator, count: int) -> Tensor:
    return torch.stack([torch.randperm(WORDS, generator=generator) for _ in range(count)])


def _entropy(targets: Tensor) -> float:
    shares = torch.bincount(targets.flatten(), minlength=2).double() / targets.numel()
    return float(-(shares * shares.clamp_min(1e-300).log()).sum())


def words(generator: Generator) -> Task:
    """Sentences whose every next word is to be told by a model of plain words."""
    x = _words(generator, SENTENCES)
    y = x[:, 1:]
    return Task(lambda model: cross_entropy(logits(model(x))[:, :-1].flatten(0, 1), y.flatten()), _entropy(y))


def next_words(generator: Generator) -> Task:
    """The same for a language model that takes labels."""
    x = _words(generator, SENTENCES)
    return Task(lambda model: model(input_ids=x, labels=x).loss, _entropy(x[:, 1:]))


def masked_words(generator: Generator) -> Task:
    """Sentences with every third word replaced by word 0, to be told."""
    x = _words(generator, SENTENCES)
    hidden = (torch.arange(WORDS) % 3 == 0).expand_as(x)
    y = x.masked_fill(~hidden, -100)
    return Task(lambda model: model(input_ids=x.masked_fill(hidden, 0), labels=y).loss, _entropy(x[hidden]))


def sentences(generator: Generator) -> Task:
    """Sentences, each with a class."""
    x, y = _words(generator, EXAMPLES), _labels(EXAMPLES, CLASSES, generator)
    return Task(lambda model: model(input_ids=x, labels=y).loss, math.log(CLASSES))


def translations(generator: Generator) -> Task:
    """Pairs of sentences."""
    x, y = _words(generator, SENTENCES), _words(generator, SENTENCES)
    return Task(lambda model: model(input_ids=x, labels=y).loss, _entropy(y))


def labelled_images(generator: Generator, size: int) -> Task:
    """Images with a class, for a model that takes labels."""
    x, y = _normal(generator, EXAMPLES, 3, size, size), _labels(EXAMPLES, CLASSES, generator)
    return Task(lambda model: model(pixel_values=x, labels=y).loss, math.log(CLASSES))


def pairs(generator: Generator, size: int) -> Task:
    """Images and the sentences that belong to them."""
    x, y = _normal(generator, EXAMPLES, 3, size, size), _words(generator, EXAMPLES)
    return Task(
        lambda model: model(pixel_values=x, input_ids=y, return_loss=True).loss,
        math.log(EXAMPLES),
    )


def speech(generator: Generator, bins: int, length: int) -> Task:
    """Spectrograms and what is said in them."""
    x, y = _normal(generator, SENTENCES, bins, length), _words(generator, SENTENCES)
    return Task(lambda model: model(input_features=x, labels=y).loss, _entropy(y))


def sounds(generator: Generator, length: int) -> Task:
    """Waves with a class."""
    x, y = _normal(generator, EXAMPLES, length), _labels(EXAMPLES, CLASSES, generator)
    return Task(lambda model: model(input_values=x, labels=y).loss, math.log(CLASSES))


def spelled(generator: Generator) -> Task:
    """Sentences that are to be said again."""
    x = _words(generator, SENTENCES)
    return Task(lambda model: cross_entropy(model(x).flatten(0, 1), x.flatten()), _entropy(x))


def clicks(generator: Generator, numbers: int = 8, categories: int = 6, values: int = 10) -> Task:
    """Rows of numbers and categories, half of which were clicked on."""
    x = _normal(generator, EXAMPLES, numbers)
    chosen = torch.randint(values, (EXAMPLES, categories), generator=generator)
    y = _labels(EXAMPLES, 2, generator).float()
    return Task(lambda model: binary_cross_entropy_with_logits(model(x, chosen).flatten(), y), math.log(2))


def likelihoods(generator: Generator, width: int = 8) -> Task:
    """Vectors whose negative log-likelihood a model puts out; chance is that of independent normal numbers."""
    x = _normal(generator, EXAMPLES, width)
    chance = float(0.5 * (2 * math.pi * math.e * x.var(0, correction=0)).log().sum())
    return Task(lambda model: model(x).mean(), chance)


def quantized(generator: Generator, *shape: int) -> Task:
    """Inputs that are to be put out again, by a model that also tells how far its codes are from those of its book."""
    x = _normal(generator, *shape)

    def loss(model: nn.Module) -> Tensor:
        output, apart = model(x)
        return mse_loss(output, x) + apart  # type: ignore[no-any-return]

    return Task(loss, float((x - x.mean(0)).square().mean()))


def _fitted(x: Any, y: Tensor, read: Callable[[Any], Tensor], call: Callable[[nn.Module, Any], Any]) -> Task:
    floor = float((y - y.mean(0)).square().mean())
    return Task(lambda model: mse_loss(read(call(model, x)), y), floor)


def _plain(model: nn.Module, x: Any) -> Any:
    return model(x)


def values(generator: Generator, *shape: int) -> Task:
    """Inputs, each with a value of its own."""
    x = _normal(generator, *shape)
    return _fitted(x, _normal(generator, shape[0], 1), lambda output: output.view(-1, 1), _plain)


def waves(generator: Generator, points: int = 64) -> Task:
    """A picture as a function of the coordinates of its pixels, as a network of sines is given."""
    axis = torch.linspace(-1, 1, int(points**0.5))
    x = torch.cartesian_prod(axis, axis)
    return _fitted(x, _normal(generator, len(x), 1), lambda output: output, _plain)


def reconstructions(generator: Generator, *shape: int) -> Task:
    """Inputs that are to be put out again."""
    x = _normal(generator, *shape)
    return _fitted(x, x, lambda output: output.sample if hasattr(output, "sample") else output, _plain)


def generated(generator: Generator, latent: tuple[int, ...], image: tuple[int, ...]) -> Task:
    """Latent vectors, each with the image that is to be made of it."""
    return _fitted(_normal(generator, *latent), _normal(generator, *image).tanh(), lambda output: output, _plain)


def discriminated(generator: Generator, *shape: int) -> Task:
    """Images, half of them real."""
    x = _normal(generator, *shape)
    y = _labels(shape[0], 2, generator).float()
    return Task(lambda model: binary_cross_entropy_with_logits(model(x).flatten(), y), math.log(2))


def denoised(generator: Generator, size: int, *, context: int = 0, classes: bool = False) -> Task:
    """Noisy images at several times, and the noise in them."""
    count = 8
    noise, time = _normal(generator, count, 3, size, size), torch.linspace(0, 999, count).long()
    share = torch.linspace(0.1, 0.9, count).view(-1, 1, 1, 1)
    noisy = (1 - share).sqrt() * _normal(generator, count, 3, size, size) + share.sqrt() * noise
    more: dict[str, Any] = {}
    if context:
        more["encoder_hidden_states"] = _normal(generator, count, 4, context)
    if classes:
        more["class_labels"] = torch.arange(count)

    def call(model: nn.Module, x: Tensor) -> Any:
        return model(x, time, **more)

    return _fitted(noisy, noise, lambda output: output.sample if hasattr(output, "sample") else output, call)


def nodes(generator: Generator, width: int = 16, count: int = 32) -> Task:
    """The nodes of a random graph, each with a class."""
    x, y = _normal(generator, count, width), _labels(count, 4, generator)
    edges = torch.randint(count, (2, 3 * count), generator=generator)
    both = torch.cat([edges, edges.flip(0)], 1)
    return Task(lambda model: cross_entropy(logits(model(x, both)), y), math.log(4))


def rewards(generator: Generator, *shape: int, actions: int = 4) -> Task:
    """Observations with the action that pays and the value that it has, for a policy with a critic."""
    x, y = _normal(generator, *shape), _labels(shape[0], actions, generator)
    worth = _normal(generator, shape[0])

    def loss(model: nn.Module) -> Tensor:
        scores, value = model(x)
        return cross_entropy(scores, y) + 0.5 * mse_loss(value.flatten(), worth)

    return Task(loss, math.log(actions) + 0.5 * float((worth - worth.mean()).square().mean()))


def clusters(generator: Generator, count: int = 96) -> Task:
    """Points of the plane in three clusters around 5, each with a class of its own."""
    y = _labels(count, 3, generator)
    centres = 5 + 4 * torch.tensor([[1.0, 0.0], [-0.5, 0.9], [-0.5, -0.9]])
    x = centres[y] + _normal(generator, count, 2)

    def loss(model: nn.Module) -> Tensor:
        # Sigmoids as the last layer, normalized to shares, as these networks were published.
        output = model(x)
        shares = output / output.sum(1, keepdim=True).clamp_min(1e-7)
        return -shares[torch.arange(count), y].clamp_min(1e-7).log().mean()  # type: ignore[no-any-return]

    return Task(loss, math.log(3))
