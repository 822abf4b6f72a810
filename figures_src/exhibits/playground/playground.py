"""The six networks of the playground's guided tour: their gradients layer by layer, and what the probe says of them."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, FOURTH, MUTED_LINE, PREDICTION, SECOND, THIRD, layer_ticks
from figures_src.exhibits._shared.labels import LAYER, PREDICTED_COLUMN, magnitude
from figures_src.exhibits._shared.results import Results
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from figures_src.model.tables import extent
from figures_src.playground.grid import config
from figures_src.playground.settings import (
    ACTIVATIONS,
    ARTICLE_POINT,
    BATCH,
    DEPTHS,
    SEEDS,
    WEIGHTS,
    WIDTHS,
    Point,
    points,
)
from gradlab.experiments.article import layer_profiles
from gradlab.probing.wording import NAMES

TITLE = Text(zh="六个网络的梯度", en="The gradients of six networks")
NETWORK = Text(zh="网络", en="Network")
RATIO = Text(zh="‖δ‖，第一层÷最后一层", en="‖δ‖, first layer ÷\xa0last")
RANGE = Text(zh="最小 – 最大", en="Smallest – largest")
VERDICT = Text(zh="诊断", en="Verdict")
RELATIVE = Text(zh="‖δ‖，相对于最后一层（对数坐标）", en="‖δ‖ relative to the last layer (log scale)")
STOPS: dict[str, tuple[Text, Point, str]] = {
    "article": (Text(zh="原文", en="The article's network"), ARTICLE_POINT, "exploding"),
    "default": (Text(zh="ReLU，PyTorch 默认", en="ReLU, default"), Point(weights="default"), "vanishing"),
    "he": (Text(zh="ReLU，He", en="ReLU, He"), Point(), "healthy"),
    "sigmoid": (
        Text(zh="Sigmoid，Xavier", en="Sigmoid, Xavier"),
        Point(activation="sigmoid", weights="xavier"),
        "vanishing",
    ),
    "batch": (Text(zh="ReLU，He，BN", en="ReLU, He, BN"), Point(normalization="batch"), "healthy"),
    "residual": (Text(zh="ReLU，He，残差", en="ReLU, He, residual"), Point(residual="one"), "exploding"),
}
STYLES = {
    "article": (SECOND, "s"),
    "default": (FIRST, "o"),
    "he": (PREDICTION, "D"),
    "sigmoid": (THIRD, "^"),
    "batch": (FOURTH, "v"),
    "residual": (MUTED_LINE, "P"),
}


@dataclass(frozen=True)
class Result(Results):
    """The networks by name."""

    networks: dict[str, layer_profiles.Result]


def compute() -> Result:
    """Measure the six networks."""
    return Result({name: measured(layer_profiles, config(point)) for name, (_, point, _) in STOPS.items()})


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw ‖δ‖ against the layer, relative to the last: points measured, lines predicted."""
    axes = figure.subplots()
    for name, network in result.networks.items():
        color, marker = STYLES[name]
        layers = [layer.layer for layer in network.layers]
        predicted = [layer.predicted_gradient_z or 0.0 for layer in network.layers]
        axes.plot(layers, predicted, color=color, linewidth=1.2)
        gradients = [layer.gradient_z for layer in network.layers]
        label = text(STOPS[name][0])
        axes.plot(layers, gradients, color=color, marker=marker, linestyle="none", label=label)
    axes.set(yscale="log", xlabel=text(LAYER), ylabel=text(RELATIVE))
    layer_ticks(axes, Point().depth)
    label_curves(axes, "left")


def data(result: Result) -> Table:
    """Every layer of every network."""
    header = ("network", "layer", "gradient_z", "gradient_z_low", "gradient_z_high", "predicted_gradient_z")
    rows = tuple(
        (
            name,
            layer.layer,
            layer.gradient_z,
            layer.gradient_z_low,
            layer.gradient_z_high,
            layer.predicted_gradient_z or 0.0,
        )
        for name, network in result.networks.items()
        for layer in network.layers
    )
    return Table(header, rows)


def table(result: Result, text: Localize) -> Table:
    """List the networks with the ratio of the first layer to the last."""
    rows = []
    for name, network in result.networks.items():
        first = network.layers[0]
        spread = extent(magnitude(first.gradient_z_low), magnitude(first.gradient_z_high))
        predicted = str(magnitude(first.predicted_gradient_z or 0.0))
        verdict = text(NAMES[network.verdict])
        rows.append((text(STOPS[name][0]), verdict, str(magnitude(first.gradient_z)), predicted, spread))
    return Table(tuple(map(text, (NETWORK, VERDICT, RATIO, PREDICTED_COLUMN, RANGE))), tuple(rows))


def numbers(result: Result) -> dict[str, Number]:
    own = Point()
    offered = {
        "networks": Number(sum(point.seeds for name in ACTIVATIONS for point in points(name)), "d"),
        "points": Number(sum(1 for name in ACTIVATIONS for _ in points(name)), "d"),
        "weights": Number(len(WEIGHTS), "d"),
        "seeds": Number(SEEDS, "d"),
        "batch": Number(BATCH, "d"),
        "depth": Number(own.depth, "d"),
        "blocks": Number(own.depth - 1, "d"),
        "width": Number(own.width, "d"),
        "narrow": Number(min(WIDTHS), "d"),
        "shallowest": Number(min(DEPTHS), "d"),
        "deepest": Number(max(DEPTHS), "d"),
    }
    for name, network in result.networks.items():
        first = network.layers[0]
        offered[f"{name}_ratio"] = magnitude(first.gradient_z)
        offered[f"{name}_predicted"] = magnitude(first.predicted_gradient_z or 0.0)
        offered[f"{name}_weight_ratio"] = magnitude(first.gradient_w)
    return offered


def checks(result: Result) -> dict[str, Check]:
    told = sum(network.verdict == STOPS[name][2] for name, network in result.networks.items())
    return {
        "told": Check(
            sentence=Text(
                zh="导览中的六个网络，探针的诊断与文中所说一致",
                en="Of the six networks of the guided tour the probe says what the tour says",
            ),
            measured=Number(told, "d"),
            relation="=",
            predicted=Number(len(STOPS), "d"),
            because=Text(zh="六个诊断，每个都必须一致", en="six verdicts, each of which has to agree"),
            source=Text(
                zh="每层 √χ，Schoenholz et al. 2017, arXiv:1611.01232；Yang et al. 2019, arXiv:1902.08129，定理 8；"
                "(1 + s²)^(L/2)",
                en="√χ per layer, Schoenholz et al. 2017, arXiv:1611.01232; Yang et al. 2019, arXiv:1902.08129, "
                "Theorem 8; (1 + s²)^(L/2)",
            ),
        )
    }
