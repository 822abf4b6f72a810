"""Batch normalization before every activation: it ends vanishing, and a deep plain ReLU network explodes."""

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import ACTIVATION_STYLES
from figures_src.exhibits._shared.agreement import standard_errors
from figures_src.exhibits._shared.labels import (
    ACTIVATION_COLUMN,
    ACTIVATIONS,
    LAYERS_BACK,
    MEASURED_FACTOR,
    PREDICTED_COLUMN,
    RELATIVE_GRADIENT,
    below,
    decades,
    factor,
    magnitude,
    percent,
    with_error,
)
from figures_src.exhibits._shared.results import Results
from figures_src.model.exhibit import Answer, Check, Number, Question, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.architecture import batch_normalization

CONFIG = batch_normalization.Config()
TITLE = Text(zh="批量归一化与逐层因子", en="Batch normalization and the per-layer factor")
WITH = Text(zh=f"{CONFIG.depth} 层，有 BN", en=f"{CONFIG.depth} layers, BN")
WITHOUT = Text(zh=f"{CONFIG.depth} 层，无 BN", en=f"{CONFIG.depth} layers, no BN")
UNLIKE = Text(
    zh=f"4 倍标准误差，再加公式对有限批量的修正本身：公式假设一批中的样本大小相近，{CONFIG.depth} 层之后已不再如此",
    en=f"4 standard errors, and the formula's own correction for a finite batch: it supposes samples that are alike in "
    f"size, which over {CONFIG.depth} layers they do not remain",
)
NARROW = 64
FINITE_WIDTH = Text(
    zh=f"4 倍标准误差，再加有限宽度的偏差：宽度 {NARROW} 时实测偏差的一半，因为宽度加到四倍，偏差至少减半",
    en=f"4 standard errors, and the bias of the finite width: half of what it is at width {NARROW}, for at four times "
    "the width it is at most half as large",
)
SOURCE = Text(
    zh="Yang et al. 2019, arXiv:1902.08129，定理 7、8", en="Yang et al. 2019, arXiv:1902.08129, Theorems 7 and 8"
)
LARGE_VARIANCE = 200.0
# Ends of the figure's axis; without normalization the sigmoid's gradient leaves it soon.
SMALLEST, LARGEST = 1e-7, 1e5


@dataclass(frozen=True)
class Result(Results):
    """The three activations at a usual weight scale, and ReLU with weights ten times as large.

    Attributes:
        relu: He initialization.
        tanh: Xavier initialization.
        sigmoid: Xavier initialization.
        large: ReLU with large weights.
        narrow: tanh and the sigmoid at a quarter of the width.
        predicted_without: for each activation the mean-field profile without normalization, from the last layer back.

    """

    relu: batch_normalization.Result
    tanh: batch_normalization.Result
    sigmoid: batch_normalization.Result
    large: batch_normalization.Result
    narrow: tuple[batch_normalization.Result, ...]
    predicted_without: tuple[tuple[float, ...], ...]

    @property
    def series(self) -> tuple[batch_normalization.Result, ...]:
        """The three activations."""
        return self.relu, self.tanh, self.sigmoid


def compute() -> Result:
    """Run He initialization for ReLU, Xavier for tanh and the sigmoid, and ReLU with large weights."""
    configs = (
        CONFIG,
        # Only the article's case, ReLU, is trained for some steps.
        batch_normalization.Config(activation="tanh", sigma_w=1.0, training_steps=0),
        batch_normalization.Config(activation="sigmoid", sigma_w=1.0, training_steps=0),
        batch_normalization.Config(sigma_w=math.sqrt(LARGE_VARIANCE), training_steps=0),
    )
    relu, tanh, sigmoid, large = (measured(batch_normalization, config) for config in configs)
    narrow = tuple(
        measured(batch_normalization, replace(config, width=NARROW, training_steps=0)) for config in configs[1:3]
    )
    plain = tuple(theory.mean_field(config.activation, config.sigma_w, config.depth).profile for config in configs[:3])
    return Result(relu, tanh, sigmoid, large, narrow, plain)


def _predicted(series: batch_normalization.Result) -> list[float]:
    """The predicted profile with normalization, from the last layer back; the first layer has its own factor."""
    depth = series.config.depth
    return [*(series.predicted_factor**k for k in range(depth - 1)), series.predicted_ratio_with]


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw the gradient norm against the distance from the last layer, with and without normalization."""
    axes = figure.subplots()
    for series, plain in zip(result.series, result.predicted_without, strict=True):
        name = series.config.activation
        color, marker, dashes = ACTIVATION_STYLES[name]
        layers = range(series.config.depth)
        for prediction in (_predicted(series), plain):
            axes.plot(layers, prediction, color=color, linestyle=dashes, linewidth=1.2)
        back = slice(0, None, 4)
        dots: dict[str, Any] = {"color": color, "marker": marker, "linestyle": "none"}
        label = text(ACTIVATIONS[name])
        axes.plot(layers[back], series.profile[::-1][back], label=f"{label} + BN", **dots)
        axes.plot(layers[back], series.profile_without[::-1][back], markerfacecolor="none", label=label, **dots)
    axes.set(yscale="log", ylim=(SMALLEST, LARGEST), xlabel=text(LAYERS_BACK), ylabel=text(RELATIVE_GRADIENT))
    axes.set_xlim(-0.5, result.relu.config.depth - 0.5)
    label_curves(axes)


def data(result: Result) -> Table:
    """The profiles, measured and predicted, from the last layer back."""
    header = ["layers_back"]
    columns: list[tuple[float, ...]] = []
    for series, plain in zip(result.series, result.predicted_without, strict=True):
        name = series.config.activation
        header += [f"{name}_{part}" for part in ("with", "predicted_with", "without", "predicted_without")]
        columns += [series.profile[::-1], tuple(_predicted(series)), series.profile_without[::-1], plain]
    return Table(tuple(header), tuple(zip(range(result.relu.config.depth), *columns, strict=True)))


def table(result: Result, text: Localize) -> Table:
    """List the three activations."""
    rows = tuple(
        (
            text(ACTIVATIONS[series.config.activation]),
            with_error(series.factor, series.factor_standard_error),
            f"{series.predicted_factor:.4f}",
            str(magnitude(series.ratio_with)),
            str(magnitude(series.ratio_without)),
        )
        for series in result.series
    )
    columns = (ACTIVATION_COLUMN, MEASURED_FACTOR, PREDICTED_COLUMN, WITH, WITHOUT)
    return Table(tuple(map(text, columns)), rows)


def numbers(result: Result) -> dict[str, Number]:
    config = result.relu.config
    before, after_one, *_, after = result.relu.training_ratios
    infinite = result.relu.predicted_factor_infinite_batch
    errors = (series.ratio_with_standard_error / series.ratio_with for series in result.series)
    offered = {
        "width": Number(config.width, "d"),
        "batch": Number(config.batch, "d"),
        "layers": Number(config.depth, "d"),
        "seeds": Number(config.seeds, "d"),
        "large_variance": Number(LARGE_VARIANCE, "g"),
        "relu_large_weights_factor": factor(result.large.factor),
        "relu_large_weights_ratio_without": decades(result.large.ratio_without),
        "training_steps": Number(config.training_steps, "d"),
        "training_before": Number(before, ".1e"),
        "training_after_one": Number(after_one, ".1e"),
        "training_after": below(after),
        "largest_error": percent(max(errors), 0),
        "predicted_ratio_with": decades(result.relu.predicted_ratio_with),
        "squared_limit": factor(infinite**2),
        "overflow_layers": Number(math.ceil(math.log(torch.finfo(torch.float32).max) / math.log(infinite)), "d"),
        "float32_maximum": decades(torch.finfo(torch.float32).max),
    }
    for series in result.series:
        name = series.config.activation
        offered |= {
            f"{name}_factor": factor(series.factor),
            f"{name}_predicted": factor(series.predicted_factor),
            f"{name}_predicted_infinite": factor(series.predicted_factor_infinite_batch),
            f"{name}_first_factor": factor(series.profile[0] / series.profile[1]),
            f"{name}_ratio_with": magnitude(series.ratio_with),
            f"{name}_ratio_without": magnitude(series.ratio_without),
        }
    return offered


def _bias(series: batch_normalization.Result) -> float:
    """The deviation of the factor from the prediction for infinite width, relative to it."""
    return abs(series.factor / series.predicted_factor - 1)


def _agreement(series: batch_normalization.Result, bias: float, because: Text, sentence: Text) -> Check:
    agreement = standard_errors(series.factor, series.predicted_factor, series.factor_standard_error, bias)
    return agreement.check(sentence=sentence, shown=".4f", because=because, source=SOURCE)


def checks(result: Result) -> dict[str, Check]:
    relu, (tanh, sigmoid) = result.relu, result.narrow
    pairs = [(_bias(series), _bias(narrow)) for series, narrow in zip(result.series[1:], result.narrow, strict=True)]
    wide_bias, narrow_bias = max(pairs, key=lambda pair: pair[0] / pair[1])
    return {
        "width": Check(
            sentence=Text(
                zh=f"实测与无穷宽度的预测之差随宽度缩小：宽度从 {NARROW} 加到 {CONFIG.width}，差至少减半"
                "（Tanh 与 Sigmoid 中减得较少的一个）",
                en=f"The difference from the prediction for infinite width falls with the width: from {NARROW} to "
                f"{CONFIG.width} it is at least halved (tanh or the sigmoid, where it falls less)",
            ),
            measured=percent(wide_bias, 2),
            relation="<",
            predicted=percent(narrow_bias / 2, 2),
            because=Text(
                zh=f"右边是宽度 {NARROW} 时的差的一半", en=f"on the right half the difference at width {NARROW}"
            ),
            source="1/n",
        ),
        "relu": _agreement(
            relu,
            relu.predicted_factor / relu.predicted_factor_infinite_batch - 1,
            UNLIKE,
            Text(
                zh="在普通 ReLU 网络里，批量归一化使梯度逐层增大，与 Yang 等人 2019 年的预测一致",
                en="In a plain ReLU network batch normalization makes the gradient grow per layer as "
                "Yang et al. 2019 predict",
            ),
        ),
        "tanh": _agreement(
            result.tanh,
            _bias(tanh) / 2,
            FINITE_WIDTH,
            Text(
                zh="在 Tanh 网络里，批量归一化也使梯度逐层增大，与预测一致",
                en="In a tanh network, too, batch normalization makes the gradient grow",
            ),
        ),
        "sigmoid": _agreement(
            result.sigmoid,
            _bias(sigmoid) / 2,
            FINITE_WIDTH,
            Text(
                zh="在 Sigmoid 网络里，批量归一化几乎保持梯度的大小",
                en="In a sigmoid network batch normalization nearly keeps the gradient",
            ),
        ),
        "tanh_keeps": Check(
            sentence=Text(
                zh="有批量归一化时，Tanh 网络的梯度不再逐层变小",
                en="With batch normalization a tanh network's gradient no longer shrinks from layer to layer",
            ),
            measured=Number(result.tanh.factor - 4 * result.tanh.factor_standard_error, ".4f"),
            relation=">",
            predicted=Number(1, "g"),
            because=Text(
                zh="实测值已减去 4 倍标准误差", en="4 standard errors are already subtracted from the measurement"
            ),
            source=SOURCE,
        ),
        "scale": Check(
            sentence=Text(
                zh=f"有批量归一化时，权重放大到 {math.sqrt(LARGE_VARIANCE / 2):g} 倍不改变逐层因子",
                en="With batch normalization, weights ten times as large do not change the factor",
            ),
            measured=Number(result.large.factor, ".6f"),
            relation="≈",
            predicted=Number(result.relu.factor, ".6f"),
            tolerance=1e-9,
            because=Text(
                zh="尺度在归一化中约去，只剩舍入与分母里的 ε = 10⁻¹²",
                en="the scale cancels in the normalization; rounding and its ε of 10⁻¹² remain",
            ),
            source=SOURCE,
        ),
    }


THOUSANDS = 5000


def questions(result: Result) -> dict[str, Question]:
    guesses = tuple(Number(ratio, "g") for ratio in (1e-3, 1, 10, THOUSANDS))
    answer = Answer(magnitude(result.relu.ratio_with), guesses)
    return {"first_layer": Question((answer,), curve=result.relu.profile)}
