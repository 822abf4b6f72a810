"""The scale of the inputs of a deep sigmoid or tanh network: what it does to the first layer and to the others."""

import math
from dataclasses import dataclass, replace

from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import ACTIVATION_STYLES, MUTED_LINE
from figures_src.exhibits._shared.agreement import Comparison, errors_and_width, standard_errors, worst
from figures_src.exhibits._shared.labels import ACTIVATION_COLUMN, ACTIVATIONS, decades, factor, with_error
from figures_src.exhibits._shared.results import Results
from figures_src.exhibits._shared.scales import MEAN_FIELD_SOURCE
from figures_src.model.exhibit import Answer, Check, Number, Question, Table
from figures_src.model.language import Localize, Text
from gradlab import initialization, theory
from gradlab.experiments.scale import input_scale

BATCH, SEEDS = 64, 20
"""At the largest scale about one pre-activation of a thousand is not saturated: so many inputs leave a few in every
network, and so many seeds bring the standard error of the first factor there to some 5 %."""
CONFIG = input_scale.Config(activation="sigmoid", batch=BATCH, seeds=SEEDS)

TITLE = Text(zh="输入的尺度与各层的梯度", en="The input's scale and the gradient of each layer")
SCALE = Text(zh="输入", en="Input")
FIRST = Text(zh="第\xa01\xa0层，实测", en="Layer 1, measured")
PREDICTED_FIRST = Text(zh="第\xa01\xa0层，预测", en="Layer 1, predicted")
LATER = Text(zh=f"第\xa02–{CONFIG.depth - 1}\xa0层，实测", en=f"Layers 2–{CONFIG.depth - 1}, measured")
PREDICTED_LATER = Text(zh=f"第\xa02–{CONFIG.depth - 1}\xa0层，预测", en=f"Layers 2–{CONFIG.depth - 1}, predicted")
SCALE_AXIS = Text(zh="输入的标准差（对数坐标）", en="standard deviation of the input (log scale)")
FACTOR_AXIS = Text(zh="梯度的逐层因子（对数坐标）", en="per-layer factor of the gradient (log scale)")
LAYER_ONE = Text(zh="第 1 层", en="layer 1")
LATER_LAYERS = Text(zh="后面各层", en="later layers")
SUBTRACTED = Text(zh="实测值已减去 4 倍标准误差", en="4 standard errors are already subtracted from the measurement")
CURVE_STEPS = 48
FARTHEST = CONFIG.scales[-1]
FINITE = errors_and_width(SEEDS, CONFIG.width)


@dataclass(frozen=True)
class Result(Results):
    """The same scales for both saturating activation functions.

    Attributes:
        sigmoid: measured.
        tanh: measured.
        curves: for each, scales between the measured ones, with the predicted factors of layer 1
            and of the later layers.

    """

    sigmoid: input_scale.Result
    tanh: input_scale.Result
    curves: tuple[tuple[tuple[float, float, float], ...], ...]

    @property
    def series(self) -> tuple[input_scale.Result, ...]:
        """Both."""
        return self.sigmoid, self.tanh


def compute() -> Result:
    """Run the same networks on the same inputs at five scales."""
    configs = CONFIG, replace(CONFIG, activation="tanh")
    sigmoid, tanh = (measured(input_scale, config) for config in configs)
    return Result(sigmoid, tanh, curves=tuple(map(_curve, configs)))


def _curve(config: input_scale.Config) -> tuple[tuple[float, float, float], ...]:
    """The predicted factors on an even grid of the logarithm of the scale."""
    low, high = config.scales[0], config.scales[-1]
    scales = [low * (high / low) ** (step / CURVE_STEPS) for step in range(CURVE_STEPS + 1)]
    return tuple((scale, *_predicted(config, scale)) for scale in scales)


def _predicted(config: input_scale.Config, scale: float) -> tuple[float, float]:
    """The predicted factors of layer 1 and of layers 2 to L - 1."""
    sigma_w = initialization.get(config.initialization).sigma_w(config.width)
    chi = theory.mean_field(config.activation, sigma_w, config.depth, q_0=scale**2).chi
    return math.sqrt(chi[0]), math.prod(chi[1:-2]) ** (1 / (2 * (config.depth - 3)))


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw both factors of both activations against the scale of the input, on log axes."""
    axes = figure.subplots()
    axes.axhline(1, color=MUTED_LINE, linewidth=0.8, linestyle=":")
    for series, curve in zip(result.series, result.curves, strict=True):
        name = series.config.activation
        color, marker, dashes = ACTIVATION_STYLES[name]
        scales, first, later = zip(*curve, strict=True)
        for predicted in (first, later):
            axes.plot(scales, predicted, color=color, linestyle=dashes, linewidth=1.3)
        parts = (
            ("full", LAYER_ONE, [(point.first_factor, point.first_factor_standard_error) for point in series.points]),
            ("none", LATER_LAYERS, [(point.factor, point.factor_standard_error) for point in series.points]),
        )
        for fill, label, points in parts:
            values, errors = zip(*points, strict=True)
            axes.errorbar(
                [point.scale for point in series.points],
                values,
                yerr=[2 * error for error in errors],
                color=color,
                marker=marker,
                markersize=5.5,
                fillstyle=fill,
                linestyle="none",
                label=f"{text(ACTIVATIONS[name])}\n{text(label)}",
            )
    axes.set(xscale="log", yscale="log", xlabel=text(SCALE_AXIS), ylabel=text(FACTOR_AXIS))
    scale_ticks = [point.scale for point in result.sigmoid.points]
    axes.set_xticks(scale_ticks, [f"{scale:g}" for scale in scale_ticks])
    factors = (0.01, 0.03, 0.1, 0.3, 1.0)
    axes.set_yticks(factors, [f"{value:g}" for value in factors])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
    label_curves(axes)


def data(result: Result) -> Table:
    """Every measured scale, then the predictions between them."""
    rows: list[tuple[str | float, ...]] = [
        (
            series.config.activation,
            point.scale,
            point.first_factor,
            point.first_factor_standard_error,
            point.predicted_first_factor,
            point.factor,
            point.factor_standard_error,
            point.predicted_factor,
        )
        for series in result.series
        for point in series.points
    ]
    rows += [
        (series.config.activation, scale, "", "", first, "", "", later)
        for series, curve in zip(result.series, result.curves, strict=True)
        for scale, first, later in curve
    ]
    parts = ("", "_standard_error", "_predicted")
    names = (f"{factor}_factor{part}" for factor in ("first", "later") for part in parts)
    return Table(("activation", "input_standard_deviation", *names), tuple(rows))


def table(result: Result, text: Localize) -> Table:
    """List every scale."""
    rows = tuple(
        (
            text(ACTIVATIONS[series.config.activation]),
            f"{point.scale:g}",
            with_error(point.first_factor, point.first_factor_standard_error),
            f"{point.predicted_first_factor:.4f}",
            with_error(point.factor, point.factor_standard_error),
            f"{point.predicted_factor:.4f}",
        )
        for series in result.series
        for point in series.points
    )
    columns = (ACTIVATION_COLUMN, SCALE, FIRST, PREDICTED_FIRST, LATER, PREDICTED_LATER)
    return Table(tuple(map(text, columns)), rows)


def _at(series: input_scale.Result, scale: float) -> input_scale.Point:
    return next(point for point in series.points if point.scale == scale)


def _unit(series: input_scale.Result) -> input_scale.Point:
    return _at(series, 1)


def numbers(result: Result) -> dict[str, Number]:
    unit, unit_tanh = map(_unit, result.series)
    smallest, largest = result.sigmoid.points[0], result.sigmoid.points[-1]
    largest_tanh = result.tanh.points[-1]
    # Between 20 layers lie 19 factors, of which the first is that of layer 1.
    later_factors = result.sigmoid.config.depth - 2
    return {
        "layers": Number(result.sigmoid.config.depth, "d"),
        "smallest_scale": Number(smallest.scale, "g"),
        "largest_scale": Number(largest.scale, "g"),
        "first_smallest": factor(smallest.first_factor),
        "first_1": factor(unit.first_factor),
        "first_1000": Number(largest.first_factor, ".4f"),
        "later_smallest": factor(smallest.factor),
        "later_1": factor(unit.factor),
        "later_1000": factor(largest.factor),
        "tanh_first_1": factor(unit_tanh.first_factor),
        "tanh_first_1000": factor(largest_tanh.first_factor),
        "tanh_later_1": factor(unit_tanh.factor),
        "tanh_later_1000": factor(largest_tanh.factor),
        "width": Number(result.sigmoid.config.width, "d"),
        "seeds": Number(result.sigmoid.config.seeds, "d"),
        "batch": Number(result.sigmoid.config.batch, "d"),
        "later_factors": Number(later_factors, "d"),
        "predicted_first_1": factor(unit.predicted_first_factor),
        "predicted_first_1000": Number(largest.predicted_first_factor, ".4f"),
        "predicted_later_1000": factor(largest.predicted_factor),
        "total_1": decades(unit.total),
        "total_1000": decades(largest.total),
        "gain": Number(unit.total / largest.total, ".0f"),
        "first_gain": Number(unit.first_factor / largest.first_factor, ".0f"),
        "later_gain": Number(unit.factor / largest.factor, ".4f"),
        "later_gain_together": Number((unit.factor / largest.factor) ** later_factors, ".2f"),
        "predicted_gain": Number(
            unit.predicted_first_factor
            / largest.predicted_first_factor
            * (unit.predicted_factor / largest.predicted_factor) ** later_factors,
            ".0f",
        ),
        "predicted_fall": Number(
            _at(result.sigmoid, 10).predicted_first_factor / largest.predicted_first_factor, ".2f"
        ),
        "measured_fall": Number(_at(result.sigmoid, 10).first_factor / largest.first_factor, ".1f"),
        "tanh_later_smallest": factor(result.tanh.points[0].factor),
        "tanh_total_smallest": factor(result.tanh.points[0].total),
        "tanh_total_1": factor(unit_tanh.total),
        "tanh_total_1000": Number(largest_tanh.total, ".4f"),
    }


def _first(series: input_scale.Result, sentence: Text) -> Check:
    """Check what is left of the factor of layer 1; both factors have the same bias, which leaves their ratio."""
    unit, largest = _unit(series), series.points[-1]
    left = largest.first_factor / unit.first_factor
    errors = [point.first_factor_standard_error / point.first_factor for point in (unit, largest)]
    return standard_errors(
        left, largest.predicted_first_factor / unit.predicted_first_factor, left * math.hypot(*errors)
    ).check(
        sentence=sentence,
        shown=".4f",
        because=Text(
            zh=f"{SEEDS} 个随机种子的 4 倍标准误差：输入放大 {FARTHEST:g} 倍时，一千个预激活值里大约只有一个没有饱和",
            en=f"4 standard errors of {SEEDS} seeds; of a thousand pre-activations only about one is not saturated at "
            f"{FARTHEST:g} times the input",
        ),
        source=MEAN_FIELD_SOURCE,
    )


def _later(series: input_scale.Result, sentence: Text) -> Check:
    largest = series.points[-1]
    bias = 5 / (4 * series.config.width)
    compared = standard_errors(largest.factor, largest.predicted_factor, largest.factor_standard_error, bias)
    return Check(
        sentence=sentence,
        measured=Number(largest.factor, ".4f"),
        relation="≈",
        predicted=Number(largest.predicted_factor, ".4f"),
        tolerance=compared.tolerance,
        because=FINITE,
        source=MEAN_FIELD_SOURCE,
    )


def _law(series: input_scale.Result, point: input_scale.Point) -> Comparison:
    bias = 5 / (4 * series.config.width)
    return standard_errors(point.first_factor, point.predicted_first_factor, point.first_factor_standard_error, bias)


def checks(result: Result) -> dict[str, Check]:
    law = worst(_law(series, point) for series in result.series for point in series.points)
    small = result.tanh.points[0]
    return {
        "first_law": law.check(
            sentence=Text(
                zh="第 1 层的因子在每个输入尺度上都是平均场预测的值，Sigmoid 与 Tanh 都如此（这里是偏离最大的一处）",
                en="The factor of layer 1 is the mean-field one at every input scale, for sigmoid and tanh "
                "(here the one that deviates most)",
            ),
            shown=".4f",
            because=FINITE,
            source=MEAN_FIELD_SOURCE,
        ),
        "tanh_small": Check(
            sentence=Text(
                zh="Xavier 初始化的 Tanh 网络，输入很小时后面各层的因子更接近 1：它慢慢才忘掉输入的尺度",
                en="In a tanh network with Xavier initialization small inputs bring the factor of the later layers "
                "nearer to 1: it forgets the scale of its input only slowly",
            ),
            measured=Number(small.factor - 4 * small.factor_standard_error, ".4f"),
            relation=">",
            predicted=Number(_unit(result.tanh).factor, ".4f"),
            because=SUBTRACTED,
            source=MEAN_FIELD_SOURCE,
        ),
        "first": _first(
            result.sigmoid,
            Text(
                zh=f"输入放大 {FARTHEST:g} 倍，第 1 层的因子按平均场的预测缩小（数字是放大后与放大前之比）",
                en=f"An input {FARTHEST:g} times as large shrinks the factor of the first layer as mean field predicts "
                "(the number is the factor with it over that without)",
            ),
        ),
        "later": _later(
            result.sigmoid,
            Text(
                zh=f"从第 2 层起，即使输入放大 {FARTHEST:g} 倍，逐层因子也仍是平均场预测的值",
                en=f"From layer 2 on the per-layer factor is the mean-field one even for an input {FARTHEST:g} times "
                "as large",
            ),
        ),
        "tanh_first": _first(
            result.tanh,
            Text(
                zh=f"Tanh 网络也是这样：输入放大 {FARTHEST:g} 倍，第 1 层的因子按平均场的预测缩小"
                "（数字是放大后与放大前之比）",
                en=f"In a tanh network, too, an input {FARTHEST:g} times as large shrinks the factor of the first "
                "layer as mean field predicts (the number is the factor with it over that without)",
            ),
        ),
        "tanh_later": _later(
            result.tanh,
            Text(
                zh=f"Tanh 网络从第 2 层起的逐层因子，即使输入放大 {FARTHEST:g} 倍也仍是平均场预测的值，离 1 不远",
                en="From layer 2 on a tanh network has the mean-field factor, not far from 1, even for an input "
                f"{FARTHEST:g} times as large",
            ),
        ),
    }


def questions(result: Result) -> dict[str, Question]:
    gain = _unit(result.sigmoid).total / result.sigmoid.points[-1].total
    guesses = (Number(1, "d"), Number(30, "d"), Number(1000, "d"), Number(1e12, ".0e"))
    axis = Text(zh="第 1 层的梯度变成的倍数", en="factor of the first layer's gradient")
    return {"gain": Question((Answer(Number(gain, ".0f"), guesses),), axis=axis)}
