"""Warm-up: small models of characters, trained with and without it, with both places of the normalization.

The text is made by rule: sentences of three kinds of words. All models of a placement are trained at once, each with
its own seed, weights and optimizer.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from gradlab._internal import checks, progress
from gradlab.experiments._shared.transformer import Shape, Transformer

PLACEMENTS = ("pre", "post")
ADJECTIVES = ("red", "old", "big", "shy")
NOUNS = ("cat", "dog", "bird", "fish", "cow", "fox")
VERBS = ("sees", "eats", "likes", "hears")
_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8
_AVERAGED = 10
"""Steps at the end whose losses are averaged."""


@dataclass(frozen=True)
class Config:
    """The models of characters and their training with Adam.

    Attributes:
        placements: ``"pre"`` and ``"post"``, each once.
        blocks: number of blocks.
        width: units of the stream, a multiple of 2.
        positions: characters that a model reads.
        batch: pieces of text in a step.
        steps: steps of training, at least 10.
        warm_up: steps in which the learning rate rises to its full size.
        learning_rate: its full size.
        sentences: sentences of the text.
        seeds: seeds 0, 1, ...

    """

    placements: tuple[str, ...] = PLACEMENTS
    blocks: int = 6
    width: int = 32
    positions: int = 16
    batch: int = 8
    steps: int = 100
    warm_up: int = 50
    learning_rate: float = 5e-3
    sentences: int = 400
    seeds: int = 5

    def __post_init__(self) -> None:
        checks.distinct("placements", self.placements)
        for placement in self.placements:
            checks.one_of("placements", placement, PLACEMENTS)
        for name in ("blocks", "width", "positions", "batch", "warm_up", "sentences", "seeds"):
            checks.positive_integer(name, getattr(self, name))
        checks.integer("steps", self.steps, _AVERAGED)
        checks.positive("learning_rate", self.learning_rate)


@dataclass(frozen=True)
class Training:
    """The trainings of one placement, with warm-up or without.

    Attributes:
        placement: ``"pre"`` or ``"post"``.
        is_warmed: whether the learning rate rose.
        losses: loss of every step, seed by seed.

    """

    placement: str
    is_warmed: bool
    losses: tuple[tuple[float, ...], ...]

    @property
    def final(self) -> tuple[float, ...]:
        """The mean loss of the last ten steps, seed by seed."""
        return tuple(sum(row[-_AVERAGED:]) / _AVERAGED for row in self.losses)


@dataclass(frozen=True)
class Result:
    """All trainings.

    Attributes:
        config: what was run.
        frequencies: loss of a model that knows how frequent every character is, and nothing else.
        trainings: placement by placement, without warm-up and with it.

    """

    config: Config
    frequencies: float
    trainings: tuple[Training, ...]


def text(sentences: int, seed: int = 0) -> str:
    """A text of so many sentences, such as "the old cat sees a red fish. "."""
    generator = Generator().manual_seed(seed)

    def pick(words: Sequence[str]) -> str:
        return words[int(torch.randint(len(words), (), generator=generator))]

    def thing() -> str:
        return f"{pick(ADJECTIVES)} {pick(NOUNS)}"

    return "".join(f"the {thing()} {pick(VERBS)} a {thing()}. " for _ in range(sentences))


def entropy(characters: str) -> float:
    """The entropy of single characters, in nats."""
    shares = [count / len(characters) for count in Counter(characters).values()]
    return -sum(share * math.log(share) for share in shares)


class _Model(nn.Module):
    """A model of characters: a table of them and of places, blocks, and an output layer."""

    def __init__(self, config: Config, placement: str, characters: int, seed: int) -> None:
        super().__init__()
        generator = Generator().manual_seed(seed)
        shape = Shape(config.blocks, config.width, 2, placement, causal=True)
        sizes = ((characters, config.width), (config.positions, config.width), (characters, config.width))
        self.table, self.places, self.readout = (
            nn.Parameter(nn.init.xavier_normal_(torch.empty(size), generator=generator)) for size in sizes
        )
        self.stack = Transformer(shape, generator)

    def forward(self, characters: Tensor) -> Tensor:
        """The logits of the next characters."""
        logits: Tensor = self.stack(self.table[characters] + self.places) @ self.readout.T
        return logits


def _pieces(config: Config, encoded: Tensor, generators: Sequence[Generator]) -> Tensor:
    """Pieces of text, shape (seeds, batch, positions + 1)."""
    last = len(encoded) - config.positions - 1
    starts = torch.stack([torch.randint(last, (config.batch,), generator=one) for one in generators])
    return encoded[starts[..., None] + torch.arange(config.positions + 1)]


def _train(config: Config, placement: str, encoded: Tensor, characters: int) -> tuple[Training, Training]:
    models = [_Model(config, placement, characters, seed) for seed in range(config.seeds)] * 2
    parameters, _ = stack_module_state(models)
    weights = {name: parameter.detach() for name, parameter in parameters.items()}
    first, second = ({name: torch.zeros_like(weight) for name, weight in weights.items()} for _ in range(2))

    def loss(one: dict[str, Tensor], pieces: Tensor) -> Tensor:
        logits = functional_call(models[0], one, (pieces[:, :-1],))
        return nn.functional.cross_entropy(logits.flatten(0, 1), pieces[:, 1:].flatten())

    step = vmap(grad_and_value(loss))
    generators = [Generator().manual_seed(seed) for seed in range(config.seeds)]
    losses = []
    for index in range(1, config.steps + 1):
        pieces = _pieces(config, encoded, generators).repeat(2, 1, 1)
        gradients, values = step(weights, pieces)
        losses.append(values)
        warmed = config.learning_rate * min(1.0, index / config.warm_up)
        rates = torch.tensor([config.learning_rate] * config.seeds + [warmed] * config.seeds)
        for name, gradient in gradients.items():
            first[name].lerp_(gradient, 1 - _BETA1)
            second[name].lerp_(gradient * gradient, 1 - _BETA2)
            spread = (second[name] / (1 - _BETA2**index)).sqrt() + _EPSILON
            update = first[name] / (1 - _BETA1**index) / spread
            weights[name] = weights[name] - rates.view(-1, *[1] * (update.ndim - 1)) * update
    rows = tuple(tuple(row) for row in torch.stack(losses, dim=1).tolist())
    return (
        Training(placement, is_warmed=False, losses=rows[: config.seeds]),
        Training(placement, is_warmed=True, losses=rows[config.seeds :]),
    )


def run(config: Config | None = None) -> Result:
    """Train every placement with and without warm-up, from the same seeds on the same text."""
    config = Config() if config is None else config
    written = text(config.sentences)
    alphabet = sorted(set(written))
    encoded = torch.tensor([alphabet.index(character) for character in written])
    # The other kinds of attention have no rule for many models at once.
    with sdpa_kernel(SDPBackend.MATH):
        trainings = [
            training
            for placement in progress.track(config.placements, "warm_up")
            for training in _train(config, placement, encoded, len(alphabet))
        ]
    return Result(config, entropy(written), tuple(trainings))
