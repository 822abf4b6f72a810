"""Equal weights: all units of a layer stay alike.

With all weights 0 no gradient reaches a hidden layer. That looks like a vanishing gradient, but any other constant
has the same defect with a gradient that is there: all units of a layer compute the same, receive the same gradient,
and so remain copies of one unit for as long as they are trained (Goodfellow, Bengio & Courville 2016, Deep
Learning, section 8.4). The gradient of a hidden weight matrix then has equal rows and equal columns, hence rank 1, and
a network of n units per layer can do no more than one of a single unit per layer: with tanh it is a monotone function
of one projection of its input, and its decision boundary a straight line. Random weights break the symmetry.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from gradlab._internal import checks, progress
from gradlab._internal.refusals import RefusalError
from gradlab.datasets import Samples, two_spirals
from gradlab.networks import MLP, MLPConfig

CASES = ("zero", "constant", "random")
"""All weights 0; all weights of a layer 1/fan_in, so that means keep their size; Xavier initialization."""


@dataclass(frozen=True)
class Config:
    """Tanh networks with a linear read-out and bias 0, trained on two spirals by full-batch gradient descent.

    Attributes:
        points: points of the two spirals together, even.
        width: n, units of every hidden layer, at least 2.
        depth: number L of hidden layers, at least 2.
        steps: steps of gradient descent.
        learning_rate: the learning rate η.
        seed: seed of the data's noise and of the random weights.

    """

    points: int = 128
    width: int = 16
    depth: int = 3
    steps: int = 400
    learning_rate: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        checks.integer("points", self.points, 4)
        if self.points % 2:
            raise RefusalError("points", repr(self.points), "an even number")
        checks.integer("width", self.width, 2)
        checks.integer("depth", self.depth, 2)
        checks.positive_integer("steps", self.steps)
        checks.positive("learning_rate", self.learning_rate)
        checks.seed("seed", self.seed)


@dataclass(frozen=True)
class Case:
    """One initialization.

    Attributes:
        name: one of ``CASES``.
        gradient: largest ‖∂W_l‖ over the hidden layers, before the first step.
        smallest_gradient: the smallest.
        rank: largest numerical rank of ∂W_l over the layers from one hidden layer to the next, before the first
            step: singular values above 1e-10 times the largest, and 0 where all are 0.
        distinct_units: units that differ in their activations by more than 1e-9 after training, the smallest
            number over the hidden layers.
        first_loss: binary cross-entropy before the first step.
        final_loss: after the last step.

    """

    name: str
    gradient: float
    smallest_gradient: float
    rank: int
    distinct_units: int
    first_loss: float
    final_loss: float


@dataclass(frozen=True)
class Result:
    """The cases in the order of ``CASES``.

    Attributes:
        config: what was run.
        cases: one for each initialization.

    """

    config: Config
    cases: tuple[Case, ...]

    def case(self, name: str) -> Case:
        """The case of that name."""
        return self.cases[CASES.index(checks.one_of("name", name, CASES))]


def network(config: Config, name: str, generator: Generator) -> MLP:
    """The network of a case; ``generator`` is used by random weights only."""
    shape = MLPConfig(config.width, config.depth, "tanh", "xavier", input_width=2, output_width=1)
    made = MLP(shape, generator)
    if checks.one_of("name", name, CASES) != "random":
        weights = [layer.weight for layer in made.linear_layers]
        constant = 1.0 if name == "constant" else 0.0
        made.load([torch.full_like(weight, constant / weight.shape[1]) for weight in weights])
    return made


def rank(matrix: Tensor) -> int:
    """The number of singular values above 1e-10 times the largest; 0 for a matrix of zeros."""
    values = torch.linalg.svdvals(matrix)
    return int((values > 1e-10 * values[0]).sum())


def distinct_columns(a: Tensor) -> int:
    """Number of columns of ``a``, shape (batch, units), that differ by more than 1e-9 somewhere."""
    distances = (a.unsqueeze(1) - a.unsqueeze(2)).abs().amax(dim=0)
    # A column counts unless an earlier one is the same.
    earlier = (distances <= 1e-9).tril(diagonal=-1).any(dim=1)
    return int((~earlier).sum())


def _loss(made: MLP, data: Samples) -> Tensor:
    return binary_cross_entropy_with_logits(made(data.x).squeeze(1), data.y)


def _case(config: Config, name: str, data: Samples) -> Case:
    made = network(config, name, torch.Generator().manual_seed(config.seed))
    parameters = list(made.parameters())
    hidden = [layer.weight for layer in made.linear_layers[:-1]]
    first = _loss(made, data)
    gradients = [gradient.detach() for gradient in torch.autograd.grad(first, hidden)]
    norms = [float(torch.linalg.vector_norm(gradient)) for gradient in gradients]
    for _ in range(config.steps):
        steps = torch.autograd.grad(_loss(made, data), parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, steps, strict=True):
                parameter.sub_(gradient, alpha=config.learning_rate)
    with torch.no_grad():
        trace = made.trace(data.x)
        final = float(_loss(made, data))
    return Case(
        name=name,
        gradient=max(norms),
        smallest_gradient=min(norms),
        rank=max(rank(gradient) for gradient in gradients[1:]),
        distinct_units=min(distinct_columns(step.a) for step in trace[:-1]),
        first_loss=float(first.detach()),
        final_loss=final,
    )


def run(config: Config | None = None) -> Result:
    """Differentiate and train a network of every case."""
    config = Config() if config is None else config
    data = two_spirals(config.points, torch.Generator().manual_seed(config.seed))
    return Result(config, tuple(_case(config, name, data) for name in progress.track(CASES, "symmetry")))
