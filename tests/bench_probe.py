"""Cost of the probe, as ratios to a plain training step; `make bench` runs it."""

from __future__ import annotations

import math
import statistics
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

import gradlab

ROUNDS = 41
LEAST_ROUNDS = 9
Step = Callable[[], None]
_Block = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True)
class Training:
    """A network and one training step of it."""

    model: nn.Module
    x: Tensor
    optimizer: torch.optim.Optimizer

    def step(self, look: Callable[[], object] = lambda: None) -> None:
        """Zero, forward, backward, a look at the gradients where one is wanted, and update, as in any training loop."""
        self.optimizer.zero_grad()
        self.model(self.x).square().mean().backward()
        look()
        self.optimizer.step()


Instrument = Callable[[Training], AbstractContextManager[Step]]
"""Begins to watch a training, and yields one step of it."""


def plain(train: Training) -> AbstractContextManager[Step]:
    """Watch nothing."""
    return nullcontext(train.step)


@contextmanager
def probed(train: Training, **options: Any) -> Iterator[Step]:
    """Watch with gradlab's probe."""
    with gradlab.probe(train.model, **options):
        yield train.step


def training(model: nn.Module, *shape: int) -> Training:
    """The training of a network by plain gradient descent on one batch."""
    generator = torch.Generator().manual_seed(0)
    return Training(model, torch.randn(*shape, generator=generator), torch.optim.SGD(model.parameters(), lr=1e-3))


def mlp() -> Training:
    """Twenty layers of width 256, batch 128."""
    torch.manual_seed(0)
    layers = [module for _ in range(20) for module in (nn.Linear(256, 256), nn.ReLU())]
    return training(nn.Sequential(*layers), 128, 256)


def cnn() -> Training:
    """Four convolutions with batch normalization, images of 16x16, batch 32."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    channels = 3
    for outputs in (32, 64, 64, 128):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
        channels = outputs
    return training(
        nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10)), 32, 3, 16, 16
    )


def small_mlp() -> Training:
    """Eight layers of width 64, batch 32: what torch itself spends on a call is most of a step."""
    torch.manual_seed(0)
    layers: list[nn.Module] = [module for _ in range(8) for module in (nn.Linear(64, 64), nn.ReLU())]
    return training(nn.Sequential(*layers[:-1]), 32, 64)


class ActorCritic(nn.Module):
    """A policy and a value on one trunk, as in reinforcement learning by PPO."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(8, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh())
        self.policy, self.value = nn.Linear(64, 4), nn.Linear(64, 1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.trunk(x)
        return torch.cat([self.policy(hidden), self.value(hidden)], dim=1)


def actor_critic() -> Training:
    """Two hidden layers of width 64 and two heads, batch 64."""
    torch.manual_seed(0)
    return training(ActorCritic(), 64, 8)


def transformer() -> Training:
    """Two layers of width 64 with four heads, 8 sequences of 16."""
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(64, 4, 128, dropout=0.0, batch_first=True)
    return training(nn.TransformerEncoder(layer, 2), 8, 16, 64)


def _seconds(train: Training, instrument: Instrument, steps: int) -> float:
    """The processor time of some steps, without the beginning and the end of what watches them."""
    with instrument(train) as step:
        step()  # the first step is not timed: memory is allocated, and the means of the weights are taken
        start = time.process_time()
        for _ in range(steps):
            step()
        return time.process_time() - start


def ratios(
    train: Training, instrument: Instrument, steps: int = 1, rounds: int = ROUNDS, limit: float = math.inf
) -> list[float]:
    """The ratios, pair by pair, of watched steps to plain ones; after ``limit`` seconds no further pair is begun.

    Processor time is what watching costs where nothing else runs; on a machine that is shared, the clock on the wall
    measures the others too. The two of a pair follow each other, in alternating order.
    """
    found: list[float] = []
    end = time.monotonic() + limit
    while len(found) < rounds and (len(found) < LEAST_ROUNDS or time.monotonic() < end):
        pair = (plain, instrument) if len(found) % 2 else (instrument, plain)
        taken = {one: _seconds(train, one, steps) for one in pair}
        found.append(taken[instrument] / taken[plain])
    return found


def overhead(train: Training, steps: int = 1, rounds: int = ROUNDS, **options: Any) -> float:
    """Median of the ratios of probed steps to plain ones."""
    return statistics.median(ratios(train, lambda one: probed(one, **options), steps, rounds))


class Alive(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of all storages that are alive, each once, and remembers the most there ever were.

    Every operation that makes a tensor passes through here, and what dies is told by its storage; unlike the memory of
    the process it is the same in every run, and counts what autograd saves and what hooks make for a moment.
    """

    def __init__(self, *known: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bytes = self.most = 0
        self._sizes: dict[int, int] = {}
        for tensor in known:
            self._add(tensor)

    def _add(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self._sizes:
            self._sizes[key] = storage.nbytes()
            self.bytes += storage.nbytes()
            self.most = max(self.most, self.bytes)
            weakref.finalize(storage, self._forget, key)

    def _forget(self, key: int) -> None:
        self.bytes -= self._sizes.pop(key, 0)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for value in tree_iter(made):
            if isinstance(value, Tensor):
                self._add(value)
        return made


def peak(train: Training, block: _Block, steps: int = 3) -> int:
    """The most bytes of tensors alive at once in some training steps."""
    train.optimizer.zero_grad()
    with block(), Alive(*train.model.parameters(), *train.model.buffers(), train.x) as alive:
        for _ in range(steps):
            train.step()
    most: int = alive.most
    return most


def memory(train: Training, **options: Any) -> float:
    """The ratio of the peaks with the probe and without."""
    return peak(train, lambda: gradlab.probe(train.model, **options)) / peak(train, nullcontext)


@dataclass(frozen=True)
class Setting:
    """A training, and the goal for a probed step."""

    name: str
    make: Callable[[], Training]
    goal: float


SETTINGS = {
    "mlp": Setting("MLP 20 x 256, batch 128", mlp, 1.5),
    "cnn": Setting("CNN, 4 convolutions, batch 32", cnn, 1.3),
}

SMALL = {
    "small mlp": Setting("MLP 8 x 64, batch 32", small_mlp, 1.5),
    "actor-critic": Setting("MLP 2 x 64 with two heads, batch 64", actor_critic, 1.5),
    "transformer": Setting("transformer, 2 layers of width 64, 8 x 16", transformer, 1.5),
}
"""Networks of which a step takes less than two thousandths of a second, so that many are timed at once."""
_MANY = 50


def small() -> None:
    """Print the ratios of small networks, with plain gradient descent and with Adam."""
    for setting in SMALL.values():
        train = setting.make()
        adam = Training(train.model, train.x, torch.optim.Adam(train.model.parameters(), 1e-4))
        ratio = overhead(train, steps=_MANY)
        print(f"{ratio:8.3g}  a probed training step / a plain one, {setting.name}; goal: {setting.goal}")
        print(f"{overhead(adam, steps=_MANY):8.3g}  the same with Adam; goal: {setting.goal}")
        tenth = overhead(train, steps=_MANY, every=10)
        print(f"{tenth:8.3g}  the same with plain gradient descent and every=10; goal: 1.1")


def main() -> None:
    """Print every ratio with its goal."""
    torch.set_num_threads(1)
    for setting in SETTINGS.values():
        train = setting.make()
        print(f"{overhead(train):8.3g}  a probed training step / a plain one, {setting.name}; goal: {setting.goal}")
        tenth = overhead(train, steps=10, rounds=ROUNDS // 4, every=10)
        print(f"{tenth:8.3g}  the same with every=10; goal: 1.1")
        updates = overhead(train, optimizer=train.optimizer)
        print(f"{updates:8.3g}  the same with optimizer=; goal: {setting.goal}")
        print(f"{memory(train):8.3g}  most memory of tensors alive in a probed step / in a plain one; goal: 1.05")
        print(f"{memory(train, optimizer=train.optimizer):8.3g}  the same with optimizer=; goal: 1.05")
    small()


if __name__ == "__main__":
    main()
