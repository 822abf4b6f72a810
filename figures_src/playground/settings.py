"""What can be set in the playground, and the points of its grid in the order in which they are packed.

The grid holds the places that theory and practice name: the critical weight scales (ReLU's √2 is He initialization,
tanh's 1 is Xavier initialization, the sigmoid's about 10), PyTorch's default for `nn.Linear` with its distribution and
biases, orthogonal weights, the gain that PyTorch suggests for tanh, and the article's own network, a chain of width 1.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from figures_src.language import Text

ACTIVATIONS = {
    "sigmoid": Text(zh="Sigmoid", en="Sigmoid"),
    "tanh": Text(zh="Tanh", en="Tanh"),
    "relu": Text(zh="ReLU", en="ReLU"),
    "leaky_relu": Text(zh="Leaky ReLU", en="Leaky ReLU"),
    "gelu": Text(zh="GELU", en="GELU"),
}


@dataclass(frozen=True)
class Weights:
    """One choice of weights.

    Attributes:
        name: in addresses.
        label: as the page shows it.
        initialization: name in the laboratory.
        sigma_w: √(fan_in Var W) to which it is scaled; None keeps its own.
        bias: of the linear layers.

    """

    name: str
    label: Text
    initialization: str = "normal"
    sigma_w: float | None = None
    bias: str = "zero"


def _scaled(name: str, sigma_w: float, shown: str = "") -> Weights:
    label = f"σ_w = {shown or name}"
    return Weights(name, Text(zh=label, en=label), sigma_w=sigma_w)


ARTICLE = "article"
# The sigmoid's critical scale, as gradlab.theory.critical_sigma_w gives it; a test compares them.
SIGMOID_CRITICAL = 10.149263710019527
# By weight scale: the slider runs over them in this order.
WEIGHTS = (
    _scaled("0.25", 0.25),
    _scaled("0.5", 0.5),
    Weights(
        "default",
        Text(zh="0.577：PyTorch 默认（均匀分布，有偏置）", en="0.577: PyTorch's default (uniform, with biases)"),
        "pytorch_default",
        bias="uniform",
    ),
    _scaled("0.8", 0.8),
    Weights("xavier", Text(zh="1：Xavier（Tanh 的临界值）", en="1: Xavier (critical for tanh)"), "xavier"),
    Weights("orthogonal", Text(zh="1：正交", en="1: orthogonal"), "orthogonal"),
    _scaled("1.2", 1.2),
    Weights("he", Text(zh="1.414：He（ReLU 的临界值）", en="1.414: He (critical for ReLU)"), "he"),
    Weights(
        "5/3",
        Text(zh="1.667：PyTorch 建议 Tanh 用的增益", en="1.667: the gain PyTorch suggests for tanh"),
        sigma_w=5 / 3,
    ),
    _scaled("2", 2.0),
    _scaled("3", 3.0),
    _scaled("5", 5.0),
    Weights(
        "critical",
        Text(zh="10.15：Sigmoid 的临界值", en="10.15: critical for the sigmoid"),
        sigma_w=SIGMOID_CRITICAL,
    ),
    Weights(
        ARTICLE,
        Text(zh="原文的网络：宽度 1，N(1.5, 0.1²)", en="the article's network: width 1, N(1.5, 0.1²)"),
        ARTICLE,
    ),
)
DEPTHS = (5, 10, 20, 50)
WIDTHS = (4, 16, 128)
NORMALIZATIONS = {
    "none": Text(zh="无", en="none"),
    "batch": Text(zh="批量归一化", en="batch"),
    "layer": Text(zh="层归一化", en="layer"),
}
RESIDUALS = {
    "none": Text(zh="无", en="none"),
    "one": Text(zh="s = 1", en="s = 1"),
    "inverse_sqrt_depth": Text(zh="s = 1/√L", en="s = 1/√L"),
}
BATCH = 32
SEEDS = 5


@dataclass(frozen=True)
class Point:
    """One network of the grid; the fields are the parameters of its address."""

    activation: str = "relu"
    weights: str = "he"
    depth: int = 20
    width: int = 128
    normalization: str = "none"
    residual: str = "none"

    @property
    def seeds(self) -> int:
        """How many seeds were measured: the article's network is one network."""
        return 1 if self.weights == ARTICLE else SEEDS

    @property
    def address(self) -> str:
        """The query that leads to it: what differs from the first network that a reader sees."""
        own = Point()
        pairs = ((field.name, getattr(self, field.name), getattr(own, field.name)) for field in fields(self))
        return "?" + "&".join(f"{name}={value}" for name, value, default in pairs if value != default)


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
    """What one process measures at a time: all points of an activation function, a width and a depth."""

    activation: str
    width: int
    depth: int

    @property
    def name(self) -> str:
        """Its name in the store."""
        return f"{self.activation}-{self.width}-{self.depth}"

    def points(self) -> tuple[Point, ...]:
        """Its points, in the order of all."""
        return tuple(point for point in points(self.activation) if (point.width, point.depth) == (self.width, self.depth))


def parts() -> tuple[Part, ...]:
    """All parts, the longest first, so that no process waits for one that began late."""
    every = [Part(*key) for key in itertools.product(ACTIVATIONS, (1, *WIDTHS), DEPTHS)]
    return tuple(sorted(every, key=lambda part: (-part.width * part.depth, part.name)))


def weights(name: str) -> Weights:
    """The choice of weights of that name."""
    return next(choice for choice in WEIGHTS if choice.name == name)


def critical_scales() -> dict[str, float]:
    """The critical weight scales that are in the grid, by activation function."""
    return {"relu": math.sqrt(2), "tanh": 1.0, "sigmoid": SIGMOID_CRITICAL}
