"""The correlation between two inputs, layer by layer, in ReLU and in chaotic tanh networks."""

from collections.abc import Iterator
from dataclasses import dataclass

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import ACTIVATION_STYLES, FOURTH, layer_ticks
from figures_src.exhibits._shared.agreement import errors_of_seeds, standard_errors, worst
from figures_src.exhibits._shared.labels import LAYER, factor
from figures_src.exhibits._shared.results import Results
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.scale import correlation
from gradlab.experiments.scale.correlation import Series

TITLE = Text(zh="两个输入的相关系数逐层的变化", en="The correlation of two inputs along the layers")
RELU = correlation.Config()
TANH = correlation.Config(activation="tanh", sigma_w=1.5, starts=(0.9,))
CORRELATION = Text(zh="两个输入的相关系数 c", en="correlation c of two inputs")
RELU_FROM = Text(zh="ReLU，He，从\xa0{start:g}\xa0起", en="ReLU, He, from\xa0{start:g}")
TANH_FROM = Text(
    zh="Tanh，σ_w\xa0=\xa0{sigma_w:g}，从\xa0{start:g}\xa0起", en="Tanh, σ_w\xa0=\xa0{sigma_w:g}, from\xa0{start:g}"
)


@dataclass(frozen=True)
class Result(Results):
    """Both kinds of network."""

    relu: correlation.Result
    tanh: correlation.Result

    @property
    def series(self) -> Iterator[tuple[correlation.Config, Series]]:
        """Every pair of inputs with the networks that it was sent through."""
        return ((kind.config, series) for kind in (self.relu, self.tanh) for series in kind.series)


def compute() -> Result:
    """Send pairs of inputs through both kinds of network."""
    return Result(measured(correlation, RELU), measured(correlation, TANH))


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw the correlation against the layer: points measured, lines predicted."""
    axes = figure.subplots()
    layers = range(1, RELU.depth + 1)
    relu_colors = iter((ACTIVATION_STYLES["relu"][0], FOURTH))
    for config, series in result.series:
        color, marker, dashes = ACTIVATION_STYLES[config.activation]
        if config.activation == "relu":
            color = next(relu_colors)
        label = text(RELU_FROM if config.activation == "relu" else TANH_FROM)
        axes.plot(layers, series.predicted, color=color, linestyle=dashes, linewidth=1.2)
        axes.errorbar(
            layers,
            series.correlation,
            yerr=[2 * error for error in series.standard_error],
            color=color,
            marker=marker,
            linestyle="none",
            elinewidth=1,
            label=label.format(start=series.start, sigma_w=config.sigma_w),
        )
    axes.set(xlabel=text(LAYER), ylabel=text(CORRELATION), ylim=(-0.05, 1.0))
    layer_ticks(axes, RELU.depth)
    label_curves(axes)


def data(result: Result) -> Table:
    rows = tuple(
        (config.activation, config.sigma_w, series.start, layer, *values)
        for config, series in result.series
        for layer, values in enumerate(
            zip(series.correlation, series.standard_error, series.predicted, strict=True), start=1
        )
    )
    header = ("activation", "sigma_w", "start", "layer", "correlation", "standard_error", "predicted")
    return Table(header, rows)


def numbers(result: Result) -> dict[str, Number]:
    unlike, _ = result.relu.series
    (alike,) = result.tanh.series
    return {
        "layers": Number(RELU.depth, "d"),
        "width": Number(RELU.width, "d"),
        "seeds": Number(RELU.seeds, "d"),
        "sigma_w": Number(TANH.sigma_w, "g"),
        "tanh_start": Number(alike.start, "g"),
        "relu": factor(unlike.correlation[-1]),
        "tanh": factor(alike.correlation[-1]),
    }


def checks(result: Result) -> dict[str, Check]:
    # The distance from 1, which is never 0 here; the correlation itself is, in the first layer of unlike inputs.
    distances = worst(
        standard_errors(1 - value, 1 - predicted, error)
        for _, series in result.series
        for value, error, predicted in zip(series.correlation, series.standard_error, series.predicted, strict=True)
    )
    return {
        "law": distances.check(
            sentence=Text(
                zh="ReLU 与 Tanh 网络的每一层，两个输入的相关系数都如公式所说（这里是 1 − c，取偏离最大的一层）",
                en="In every layer of ReLU and tanh networks the correlation of two inputs is what the formula says "
                "(here 1 − c, of the layer that deviates most)",
            ),
            shown=factor,
            because=errors_of_seeds(RELU.seeds),
            source="Poole et al. 2016, arXiv:1606.05340",
        )
    }
