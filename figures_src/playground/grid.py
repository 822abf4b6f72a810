"""One part of the grid, measured by the laboratory and rounded to what is shipped."""

import torch

from figures_src.playground.rounding import SERIES, Packed, percent, rounded
from figures_src.playground.settings import ARTICLE, BATCH, Part, Point, weights
from gradlab.experiments.article import layer_profiles
from gradlab.experiments.article.layer_profiles import Config, Layer, Result


def config(point: Point) -> Config:
    """The laboratory's settings of a point."""
    chosen = weights(point.weights)
    return Config(
        activation=point.activation,
        initialization=chosen.initialization,
        sigma_w=chosen.sigma_w,
        bias=chosen.bias,
        width=point.width,
        depth=point.depth,
        normalization=point.normalization,
        residual=point.residual,
        batch=1 if point.weights == ARTICLE else BATCH,
        seeds=point.seeds,
    )


def _integer(layer: Layer, name: str) -> int:
    try:
        if name == "share":
            return percent(layer.silent if layer.saturated is None else layer.saturated)
        return rounded(getattr(layer, name))
    except ValueError as error:
        raise ValueError(f"{name} of a layer: {error}") from None


def packed(result: Result) -> Packed:
    """A result as it is shipped."""
    series = tuple(tuple(_integer(layer, name) for layer in result.layers) for name in SERIES)
    return Packed(series, result.verdict, result.agreeing)


def measure(part: Part) -> tuple[Packed, ...]:
    """All points of a part; in whatever process, on one thread."""
    torch.set_num_threads(1)
    return tuple(packed(layer_profiles.run(config(point))) for point in part.points())
