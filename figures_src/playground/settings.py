"""Settings of the playground, and the points of its grid in the order in which they are packed.

The grid holds the places that theory and practice name: the critical weight scales (ReLU's √2 is He initialization,
tanh's 1 is Xavier initialization, the sigmoid's about 10), PyTorch's default for `nn.Linear` with its distribution and
biases, orthogonal weights, the gain that PyTorch suggests for tanh, and the article's own network, a chain of width 1.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "gelu")


@dataclass(frozen=True)
class Weights:
    """One choice of weights.

    Attributes:
        name: in addresses.
        initialization: name in the laboratory.
        sigma_w: √(fan_in Var W) to which it is scaled; None keeps its own.
        bias: of the linear layers.

    """

    name: str
    initialization: str = "normal"
    sigma_w: float | None = None
    bias: str = "zero"


ARTICLE = "article"
# The sigmoid's critical scale, as gradlab.theory.critical_sigma_w gives it; a test compares them.
SIGMOID_CRITICAL = 10.149263710019527
# By weight scale: the slider runs over them in this order.
WEIGHTS = (
    Weights("0.25", sigma_w=0.25),
    Weights("0.5", sigma_w=0.5),
    Weights("default", "pytorch_default", bias="uniform"),
    Weights("0.8", sigma_w=0.8),
    Weights("xavier", "xavier"),
    Weights("orthogonal", "orthogonal"),
    Weights("1.2", sigma_w=1.2),
    Weights("he", "he"),
    Weights("5/3", sigma_w=5 / 3),
    Weights("2", sigma_w=2.0),
    Weights("3", sigma_w=3.0),
    Weights("5", sigma_w=5.0),
    Weights("critical", sigma_w=SIGMOID_CRITICAL),
    Weights(ARTICLE, ARTICLE),
)
DEPTHS = (5, 10, 20, 50)
WIDTHS = (4, 16, 128)
NORMALIZATIONS = ("none", "batch", "layer")
RESIDUALS = ("none", "one", "inverse_sqrt_depth")
BATCH = 32
SEEDS = 5


@dataclass(frozen=True)
class Point:
    """One network of the grid; the fields are the parameters of its address, with the values that it leaves out."""

    activation: str = "relu"
    weights: str = "he"
    depth: int = 20
    width: int = 128
    normalization: str = "none"
    residual: str = "none"

    @property
    def seeds(self) -> int:
        """Number of seeds; the article's network is one network."""
        return 1 if self.weights == ARTICLE else SEEDS


ARTICLE_POINT = Point(weights=ARTICLE, width=1)


def points(activation: str) -> Iterator[Point]:
    """All points of one activation function, in the order in which they are packed."""
    scaled = [weights.name for weights in WEIGHTS if weights.name != ARTICLE]
    for weights, normalization, residual, depth, width in itertools.product(
        scaled, NORMALIZATIONS, RESIDUALS, DEPTHS, WIDTHS
    ):
        yield Point(activation, weights, depth, width, normalization, residual)
    for depth in DEPTHS:
        yield replace(ARTICLE_POINT, activation=activation, depth=depth)


@dataclass(frozen=True)
class Part:
    """Unit of work of one process: all points of an activation function, a width and a depth."""

    activation: str
    width: int
    depth: int

    @property
    def name(self) -> str:
        """The part's name in the store."""
        return f"{self.activation}-{self.width}-{self.depth}"

    def points(self) -> tuple[Point, ...]:
        """The part's points, in the order of the grid."""
        return tuple(
            point for point in points(self.activation) if (point.width, point.depth) == (self.width, self.depth)
        )


def parts() -> tuple[Part, ...]:
    """All parts, the longest first, so that no process waits for one that began late."""
    every = [Part(*key) for key in itertools.product(ACTIVATIONS, (1, *WIDTHS), DEPTHS)]
    return tuple(sorted(every, key=lambda part: (-part.width * part.depth, part.name)))


def weights(name: str) -> Weights:
    """The choice of weights of that name."""
    return next(choice for choice in WEIGHTS if choice.name == name)
