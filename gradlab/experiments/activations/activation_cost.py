"""Time cost of an activation function.

The function alone, beside the matrix product of its layer, and in a whole network.

Times belong to a machine and a moment, so this is the one experiment whose result differs from run to run. What it
compares is timed in turn, in an order drawn anew for every round, and every ratio is taken within a round: what slows
the machine for a while slows both sides of it. Times are processor time of one thread, without the waiting for others.

Elementwise work grows as the width n, a matrix product as n²: the price of an activation falls as 1/n. What it is in a
network of L layers is predicted from single evaluations, 1 + L (t_φ - t_ReLU)/T_ReLU. The backward pass adds nothing
where the derivative follows from the activation without another evaluation, as σ' = a (1 - a) and tanh' = 1 - a² do.
"""

from __future__ import annotations

import itertools
import math
import statistics
import time
import timeit
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from gradlab import activations, initialization
from gradlab._internal import checks, progress
from gradlab._internal.refusals import RefusalError

NONE = "linear"
"""The activation of the network that the others are held against: none."""

STANDARD_ERRORS = 4
LEAST_ROUNDS = 5

Job = Callable[[], object]


@dataclass(frozen=True)
class Config:
    """Settings of the timing, in float32, the type that networks are trained in.

    Attributes:
        activations: names of the activation functions; the others are compared with the first.
        widths: widths n of the layers.
        batch: samples in the input.
        depth: number L of layers of the whole network.
        rounds: how often everything is timed.
        block: seconds for which a call is repeated to be timed once, in so many calls as that takes.
        seed: seed of the weights, inputs, and of the order within each round.

    """

    activations: tuple[str, ...] = ("relu", "sigmoid", "tanh", "gelu")
    widths: tuple[int, ...] = (16, 32, 64, 128, 256, 512, 1024)
    batch: int = 128
    depth: int = 10
    rounds: int = 400
    block: float = 5e-4
    seed: int = 0

    def __post_init__(self) -> None:
        checks.distinct("activations", self.activations)
        for name in self.activations:
            checks.one_of("activations", name, (other for other in activations.ACTIVATIONS if other != NONE))
        checks.distinct("widths", self.widths)
        for width in self.widths:
            checks.positive_integer("widths", width)
        checks.positive_integer("batch", self.batch)
        checks.positive_integer("depth", self.depth)
        checks.integer("rounds", self.rounds, LEAST_ROUNDS)
        checks.positive("block", self.block)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Spread:
    """Times, or ratios of times, over all rounds.

    Attributes:
        median: their median.
        low: their first quartile.
        high: their third quartile.
        least: smallest value that the median is compatible with, four standard errors of its rank below it.
        most: largest such value. No distribution is assumed for either.

    """

    median: float
    low: float
    high: float
    least: float
    most: float

    def __post_init__(self) -> None:
        values = (self.least, self.low, self.median, self.high, self.most)
        for value in values:
            checks.finite("spread", value)
        if not (self.low <= self.median <= self.high and self.least <= self.median <= self.most):
            raise RefusalError("spread", str(values), "a median between its quartiles and its bounds")


@dataclass(frozen=True)
class Layer:
    """One width, without an activation function; times in seconds.

    Attributes:
        width: the width n.
        product: the product of a batch with the layer's n × n weights.
        layer: the same, and the gradients with respect to the weights and the input.
        network: forward and backward pass of L such layers.

    """

    width: int
    product: Spread
    layer: Spread
    network: Spread


@dataclass(frozen=True)
class Point:
    """One activation function at one width; times in seconds for a batch.

    Attributes:
        activation: its name.
        width: the width n.
        forward: φ(z) alone.
        both: φ(z), and the gradient with respect to z.
        network: forward and backward pass of L layers with φ.
        forward_ratio: ``forward`` divided by that of the first activation function in the same round.
        both_ratio: ``both``, likewise.
        product_ratio: ``forward`` divided by the product of the same layer.
        network_ratio: ``network`` divided by that of the first activation function.
        predicted_ratio: what ``network_ratio`` is if only the evaluations differ: 1 plus L times the difference of
            ``forward`` from that of the first activation function, divided by ``network`` of the first.
        share: the part of ``network`` that the same network without φ does not take.

    """

    activation: str
    width: int
    forward: Spread
    both: Spread
    network: Spread
    forward_ratio: Spread
    both_ratio: Spread
    product_ratio: Spread
    network_ratio: Spread
    predicted_ratio: Spread
    share: Spread


@dataclass(frozen=True)
class Result:
    """One layer for each width, and one point for each width and activation, in the order of the configuration.

    Attributes:
        config: what was run.
        layers: one for each width.
        points: one for each width and activation function.

    """

    config: Config
    layers: tuple[Layer, ...]
    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        found = [layer.width for layer in self.layers]
        if found != [*self.config.widths]:
            raise RefusalError("layers", f"the widths {found}", "those of the configuration")
        pairs = [(point.width, point.activation) for point in self.points]
        if pairs != [*itertools.product(self.config.widths, self.config.activations)]:
            raise RefusalError("points", str(pairs), "every width and activation of the configuration")

    def at(self, width: int, activation: str) -> Point:
        """The point of one width and activation."""
        return next(point for point in self.points if (point.width, point.activation) == (width, activation))


def spread(values: list[float]) -> Spread:
    """The median of at least five values, their quartiles, and the median's bounds.

    Of R values, as many lie below the true median as a fair coin falls heads in R throws: R/2 ± √R/2.
    """
    ordered = sorted(values)
    low, median, high = statistics.quantiles(ordered, n=4, method="inclusive")
    half = STANDARD_ERRORS * math.sqrt(len(ordered)) / 2
    first = max(math.floor((len(ordered) - 1) / 2 - half), 0)
    return Spread(median, low, high, ordered[first], ordered[-1 - first])


def _gradient(output: Tensor, inputs: list[Tensor], v: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(output, inputs, v)


def _jobs(config: Config, width: int) -> dict[tuple[str, str], Job]:
    """Everything that is timed at one width, by what it is and the name of the activation."""
    generator = Generator().manual_seed(config.seed)
    x, z, v = torch.empty(3, config.batch, width).normal_(generator=generator)
    weights = [torch.empty(width, width) for _ in range(config.depth)]
    for weight in weights:
        # He's scale for all: no number comes near the smallest that a processor is fast with.
        initialization.get("he").fill_(weight, generator)
    W = [weight.requires_grad_() for weight in weights]
    constant = W[0].detach()
    x_wanted, z_wanted = (tensor.clone().requires_grad_() for tensor in (x, z))

    def network(name: str) -> Job:
        phi = activations.get(name).function

        def run() -> object:
            a = x
            for weight in W:
                a = phi(torch.nn.functional.linear(a, weight))
            return _gradient(a, W, v)

        return run

    def forward(name: str) -> Job:
        phi = activations.get(name).function
        return lambda: phi(z)

    def both(name: str) -> Job:
        phi = activations.get(name).function
        return lambda: _gradient(phi(z_wanted), [z_wanted], v)

    linear = torch.nn.functional.linear
    jobs: dict[tuple[str, str], Job] = {
        ("product", NONE): lambda: linear(x, constant),
        ("layer", NONE): lambda: _gradient(linear(x_wanted, W[0]), [x_wanted, W[0]], v),
        ("network", NONE): network(NONE),
    }
    for name in config.activations:
        jobs |= {("forward", name): forward(name), ("both", name): both(name), ("network", name): network(name)}
    return jobs


def _seconds(job: Job, calls: int) -> float:
    """The processor time of one call, from several in a row."""
    return timeit.Timer(job, timer=time.process_time).timeit(calls) / calls


def _calls(config: Config, job: Job) -> int:
    """Number of calls that fill a block; the first call, which sets things up, does not count."""
    job()
    return max(1, math.ceil(config.block / min(_seconds(job, 1) for _ in range(3))))


def _times(config: Config, width: int) -> dict[tuple[str, str], list[float]]:
    """The times of everything at one width, one entry for each round."""
    jobs = _jobs(config, width)
    calls = {what: _calls(config, job) for what, job in jobs.items()}
    names = list(jobs)
    order = Generator().manual_seed(config.seed)
    times: dict[tuple[str, str], list[float]] = {what: [] for what in names}
    for _ in progress.track(range(config.rounds), f"activation_cost: width {width}"):
        for index in torch.randperm(len(names), generator=order).tolist():
            what = names[index]
            times[what].append(_seconds(jobs[what], calls[what]))
    return times


def _ratio(numerator: list[float], denominator: list[float]) -> Spread:
    return spread([one / other for one, other in zip(numerator, denominator, strict=True)])


def _point(config: Config, width: int, name: str, times: Mapping[tuple[str, str], list[float]]) -> Point:
    first = config.activations[0]
    forward, both, network = (times[what, name] for what in ("forward", "both", "network"))
    parts = zip(forward, times["forward", first], times["network", first], strict=True)
    return Point(
        activation=name,
        width=width,
        forward=spread(forward),
        both=spread(both),
        network=spread(network),
        forward_ratio=_ratio(forward, times["forward", first]),
        both_ratio=_ratio(both, times["both", first]),
        product_ratio=_ratio(forward, times["product", NONE]),
        network_ratio=_ratio(network, times["network", first]),
        predicted_ratio=spread([1 + config.depth * (one - other) / whole for one, other, whole in parts]),
        share=spread([1 - without / whole for without, whole in zip(times["network", NONE], network, strict=True)]),
    )


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def run(config: Config | None = None) -> Result:
    """Time everything on one thread of this machine, now."""
    config = Config() if config is None else config
    layers: list[Layer] = []
    points: list[Point] = []
    with _one_thread():
        for width in config.widths:
            times = _times(config, width)
            layers.append(Layer(width, *(spread(times[what, NONE]) for what in ("product", "layer", "network"))))
            points += [_point(config, width, name, times) for name in config.activations]
    return Result(config, tuple(layers), tuple(points))
