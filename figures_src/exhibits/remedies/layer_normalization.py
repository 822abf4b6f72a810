"""Layer normalization beside batch normalization: the per-layer factor of three activation functions."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import ACTIVATION_STYLES
from figures_src.exhibits._shared.agreement import errors_of_seeds, standard_errors
from figures_src.exhibits._shared.labels import (
    ACTIVATION_COLUMN,
    ACTIVATIONS,
    LAYERS_BACK,
    MEASURED_FACTOR,
    PREDICTED_COLUMN,
    RELATIVE_GRADIENT,
    factor,
    with_error,
)
from figures_src.exhibits._shared.results import Results
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.architecture import layer_normalization

TITLE = Text(zh="层归一化与逐层因子", en="Layer normalization and the per-layer factor")
BATCH_NORM = Text(zh="BN，预测", en="BN, predicted")
SOURCE = "√(E φ′²/E φ²), arXiv:1607.06450"


@dataclass(frozen=True)
class Result(Results):
    """The three activations."""

    relu: layer_normalization.Result
    tanh: layer_normalization.Result
    sigmoid: layer_normalization.Result

    @property
    def series(self) -> tuple[layer_normalization.Result, ...]:
        """The three activations."""
        return self.relu, self.tanh, self.sigmoid


def compute() -> Result:
    """Run the three activations."""
    configs = (layer_normalization.Config(activation=name) for name in ("relu", "tanh", "sigmoid"))
    return Result(*(measured(layer_normalization, config) for config in configs))


def _back(series: layer_normalization.Result) -> tuple[tuple[float, float], ...]:
    """Measured and predicted gradients relative to the last layer, from there back to layer 2; layer 1 has its own."""
    norms = reversed(series.profile[1:])
    return tuple((norm, series.predicted_factor**back) for back, norm in enumerate(norms))


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw the gradient norm against the distance from the last layer, on a log axis."""
    axes = figure.subplots()
    for series in result.series:
        name = series.config.activation
        color, marker, dashes = ACTIVATION_STYLES[name]
        norms, predicted = zip(*_back(series), strict=True)
        axes.plot(range(len(norms)), predicted, color=color, linestyle=dashes, linewidth=1.2)
        axes.plot(range(len(norms)), norms, color=color, marker=marker, linestyle="none", label=text(ACTIVATIONS[name]))
    axes.set(yscale="log", xlabel=text(LAYERS_BACK), ylabel=text(RELATIVE_GRADIENT))
    axes.set_xlim(-0.5, result.relu.config.depth - 1.5)
    axes.set_xticks(range(0, result.relu.config.depth - 1, 5))
    label_curves(axes)


def data(result: Result) -> Table:
    rows = tuple(
        (series.config.activation, back, norm, predicted)
        for series in result.series
        for back, (norm, predicted) in enumerate(_back(series))
    )
    return Table(("activation", "layers_back", "gradient", "predicted"), rows)


def table(result: Result, text: Localize) -> Table:
    """List the three activations."""
    rows = tuple(
        (
            text(ACTIVATIONS[series.config.activation]),
            with_error(series.factor, series.factor_standard_error),
            f"{series.predicted_factor:.4f}",
            f"{theory.batch_norm_factor(series.config.activation):.4f}",
        )
        for series in result.series
    )
    return Table(tuple(map(text, (ACTIVATION_COLUMN, MEASURED_FACTOR, PREDICTED_COLUMN, BATCH_NORM))), rows)


def numbers(result: Result) -> dict[str, Number]:
    config = result.relu.config
    offered = {
        "width": Number(config.width, "d"),
        "layers": Number(config.depth, "d"),
        "seeds": Number(config.seeds, "d"),
    }
    for series in result.series:
        name = series.config.activation
        offered |= {
            f"{name}_factor": factor(series.factor),
            f"{name}_predicted": factor(series.predicted_factor),
            f"{name}_batch_norm": factor(theory.batch_norm_factor(name)),
        }
    return offered


def _agreement(series: layer_normalization.Result, sentence: Text) -> Check:
    errors = errors_of_seeds(series.config.seeds)
    return Check(
        sentence=sentence,
        measured=Number(series.factor, ".4f"),
        relation="≈",
        predicted=Number(series.predicted_factor, ".4f"),
        tolerance=standard_errors(
            series.factor, series.predicted_factor, series.factor_standard_error, 1 / series.config.width
        ).tolerance,
        because=Text(
            zh=f"{errors.zh}，再加有限宽度的偏差 1/{series.config.width}",
            en=f"{errors.en}, and 1/{series.config.width} for the finite width",
        ),
        source=SOURCE,
    )


def checks(result: Result) -> dict[str, Check]:
    return {
        "relu": _agreement(
            result.relu,
            Text(
                zh="在普通 ReLU 网络里，层归一化保持梯度的大小",
                en="In a plain ReLU network layer normalization keeps the size of the gradient",
            ),
        ),
        "sigmoid": _agreement(
            result.sigmoid,
            Text(
                zh="在 Sigmoid 网络里，层归一化止不住梯度消失",
                en="In a sigmoid network layer normalization does not stop the gradient from vanishing",
            ),
        ),
        "tanh": _agreement(
            result.tanh,
            Text(
                zh="在 Tanh 网络里，层归一化使梯度逐层增大，和批量归一化一样",
                en="In a tanh network layer normalization makes the gradient grow, just as batch normalization does",
            ),
        ),
    }
