"""The gradient that vanishes: with respect to the pre-activation, not to the weights."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import ACTIVATION_STYLES, PREDICTION, layer_ticks
from figures_src.exhibits._shared import agreement
from figures_src.exhibits._shared.agreement import errors_and_width, errors_of_seeds
from figures_src.exhibits._shared.labels import (
    ACTIVATION_COLUMN,
    ACTIVATIONS,
    LAYER,
    decades,
    factor,
    magnitude,
    rounding,
)
from figures_src.model.exhibit import Answer, Check, Number, Question, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.scale import weight_gradients

VARIANCES = {"third": 1 / 3, "one": 1.0, "two": 2.0, "four": 4.0}
CONFIG = weight_gradients.Config(variances=tuple(VARIANCES.values()), seeds=16)

TITLE = Text(
    zh="对预激活值的梯度与对权重的梯度",
    en="Gradients with respect to pre-activations and to weights",
)
VARIANCE = Text(zh="尺度的平方 $\\sigma_w^2$", en="Scale squared $\\sigma_w^2$")
DELTA = Text(zh=f"第 1 层与第 {CONFIG.depth} 层的 ‖δ‖ 之比", en=f"‖δ‖ of layer 1 to layer {CONFIG.depth}")
PREDICTED_DELTA = Text(zh="预测值", en="predicted")
WEIGHT = Text(zh=f"第 1 层与第 {CONFIG.depth} 层的 ‖∂W‖ 之比", en=f"‖∂W‖ of layer 1 to layer {CONFIG.depth}")
BIASED = Text(zh="ReLU，PyTorch 默认初始化，有偏置", en="ReLU, PyTorch default, with bias")
DELTA_AXIS = Text(zh="‖δ‖", en="‖δ‖")
WEIGHT_AXIS = Text(zh="‖∂W‖", en="‖∂W‖")
# 30 layers of sums over 128 units: rounding stays far below a billionth.
ROUNDING = 1e-10
THIRD = Text(zh="ReLU，σ_w²\xa0=\xa01/3", en="ReLU, σ_w²\xa0=\xa01/3")
_FOUR = f"σ_w²\xa0=\xa0{VARIANCES['four']:g}"
FOUR = Text(zh=f"ReLU，{_FOUR}", en=f"ReLU, {_FOUR}")
THIRD_BIASED = Text(zh="ReLU，有偏置", en="ReLU, with bias")
SIGMOID = Text(zh="Sigmoid", en="Sigmoid")
# A range in which every series of the figure is seen: from the sigmoid's first layer to the explosion's.
LIMITS = 1e-21, 1e8
TICKS = (1e-20, 1e-10, 1.0)
SEEDS = errors_of_seeds(CONFIG.seeds)
SEEDS_AND_WIDTH = errors_and_width(CONFIG.seeds, CONFIG.width)


def compute() -> weight_gradients.Result:
    """Record both gradients at four weight scales of ReLU, and for a sigmoid."""
    return measured(weight_gradients, CONFIG)


def _drawn(result: weight_gradients.Result) -> tuple[tuple[weight_gradients.Series, Text, str], ...]:
    """The series of the figure, with label and marker."""
    third, *_, four, sigmoid = result.series
    marker = ACTIVATION_STYLES["sigmoid"][1]
    return (third, THIRD, "v"), (four, FOUR, "D"), (result.biased, THIRD_BIASED, "o"), (sigmoid, SIGMOID, marker)


def _panel(axes: Axes, result: weight_gradients.Result, kind: str, text: Localize) -> None:
    layers = range(1, result.config.depth + 1)
    drawn = _drawn(result)
    for place, (series, label, marker) in enumerate(drawn):
        axes.plot(layers, getattr(series, f"predicted_{kind}_profile"), color=PREDICTION, linewidth=1.1, zorder=1.9)
        # Every few layers, and not the same ones for every series: those that coincide are all seen.
        axes.plot(
            layers,
            getattr(series, f"{kind}_profile"),
            color=ACTIVATION_STYLES[series.activation][0],
            marker=marker,
            markerfacecolor="none" if series is result.biased else None,
            markevery=(place, len(drawn)),
            linestyle="none",
            label=text(label),
        )
    axes.set_yscale("log")
    axes.set_ylim(*LIMITS)
    axes.set_yticks(TICKS)
    axes.yaxis.set_minor_locator(NullLocator())
    layer_ticks(axes, result.config.depth)


def draw(figure: Figure, result: weight_gradients.Result, text: Localize) -> None:
    """Draw ‖δ‖ above ‖∂W‖, relative to the last layer, on the same log axis."""
    upper, lower = figure.subplots(2, 1, sharex=True)
    for axes, kind, label in ((upper, "delta", DELTA_AXIS), (lower, "weight", WEIGHT_AXIS)):
        _panel(axes, result, kind, text)
        axes.set_ylabel(text(label))
    lower.set_xlabel(text(LAYER))
    label_curves(upper, "left")
    label_curves(lower, "left")


def table(result: weight_gradients.Result, text: Localize) -> Table:
    """List every weight scale, then the networks with biases."""
    names = [text(ACTIVATIONS[series.activation]) for series in result.series]
    rows = tuple(
        (
            name,
            f"{series.variance:.3g}",
            str(magnitude(series.delta_ratio)),
            str(magnitude(series.predicted_delta_ratio)),
            str(magnitude(series.weight_ratio)),
            str(magnitude(series.predicted_weight_ratio)),
        )
        for name, series in zip((*names, text(BIASED)), (*result.series, result.biased), strict=True)
    )
    header = (ACTIVATION_COLUMN, VARIANCE, DELTA, PREDICTED_DELTA, WEIGHT, PREDICTED_DELTA)
    return Table(tuple(map(text, header)), rows)


def data(result: weight_gradients.Result) -> Table:
    """Every layer of every series, measured and predicted."""
    header = (
        "activation",
        "sigma_w_squared",
        "bias",
        "layer",
        "delta",
        "predicted_delta",
        "weight_gradient",
        "predicted_weight_gradient",
    )
    rows = tuple(
        (series.activation, series.variance, bias, layer, *values)
        for series, bias in (*((series, "without") for series in result.series), (result.biased, "uniform"))
        for layer, values in enumerate(
            zip(
                series.delta_profile,
                series.predicted_delta_profile,
                series.weight_profile,
                series.predicted_weight_profile,
                strict=True,
            ),
            1,
        )
    )
    return Table(header, rows)


def _euler_error(result: weight_gradients.Result) -> float:
    return max(series.euler_error for series in result.series if series.euler_error is not None)


def numbers(result: weight_gradients.Result) -> dict[str, Number]:
    *relu, sigmoid = result.series
    third, *_, four = relu
    steps = result.config.depth - 1
    size = four.weight_norm / third.weight_norm
    offered = {
        "layers": Number(result.config.depth, "d"),
        "steps": Number(steps, "d"),
        "width": Number(result.config.width, "d"),
        "seeds": Number(result.config.seeds, "d"),
        "w_ratio": factor(relu[0].weight_ratio),
        "w_ratio_low": Number(min(third.seed_weight_ratios), ".2f"),
        "w_ratio_high": Number(max(third.seed_weight_ratios), ".2f"),
        "rounding": decades(ROUNDING),
        "w_size_ratio": decades(size),
        "predicted_w_size_ratio": decades((four.variance / third.variance) ** (steps / 2)),
        "w_size_third": decades(third.weight_norm),
        "w_size_four": decades(four.weight_norm),
        "sigmoid_z_ratio": decades(sigmoid.delta_ratio),
        "sigmoid_w_ratio": decades(sigmoid.weight_ratio),
        "sigmoid_w_over_z": Number(sigmoid.weight_ratio / sigmoid.delta_ratio, ".2f"),
        "predicted_sigmoid_w_over_z": Number(sigmoid.predicted_weight_ratio / sigmoid.predicted_delta_ratio, ".2f"),
        "sigmoid_derivative": factor(sigmoid.derivative_ratio),
        "predicted_sigmoid_derivative": factor(sigmoid.predicted_derivative_ratio),
        "relu_derivative": factor(third.derivative_ratio),
        "predicted_relu_derivative": factor(third.predicted_derivative_ratio),
        "bias_z_ratio": decades(result.biased.delta_ratio),
        "bias_w_ratio": decades(result.biased.weight_ratio),
        "predicted_bias_w_ratio": decades(result.biased.predicted_weight_ratio),
        "third_factor": factor(third.delta_ratio ** (1 / steps)),
        "predicted_third_factor": factor(third.predicted_delta_ratio ** (1 / steps)),
        "infinite_third_factor": factor(math.sqrt(third.variance / 2)),
    }
    offered |= {f"z_ratio_{name}": magnitude(series.delta_ratio) for name, series in zip(VARIANCES, relu, strict=True)}
    offered |= {
        f"predicted_z_ratio_{name}": magnitude(series.predicted_delta_ratio)
        for name, series in zip(VARIANCES, relu, strict=True)
    }
    return offered


def checks(result: weight_gradients.Result) -> dict[str, Check]:
    *relu, sigmoid = result.series
    bias = 5 / (4 * result.config.width)
    derivative = agreement.worst(
        agreement.standard_errors(
            series.derivative_ratio, series.predicted_derivative_ratio, series.derivative_ratio_standard_error, bias
        )
        for series in (*result.series, result.biased)
    )
    delta = agreement.worst(
        agreement.standard_errors(series.delta_ratio, series.predicted_delta_ratio, series.delta_ratio_standard_error)
        for series in relu
    )
    typical = agreement.standard_errors(
        relu[0].weight_ratio, relu[0].predicted_weight_ratio, relu[0].weight_ratio_standard_error
    )
    return {
        "flat": Check(
            sentence=Text(
                zh="各层权重梯度之比在每个权重尺度下都一样：它看不出梯度在何处消失或爆炸",
                en="The ratio of weight gradients is the same at every weight scale: it does not show "
                "where gradients vanish or explode",
            ),
            measured=rounding(result.largest_ratio_difference),
            relation="<",
            predicted=decades(ROUNDING),
            because=Text(
                zh="尺度恰好约去，各尺度之间的最大相对差只剩舍入",
                en="the scale cancels exactly; the largest relative difference between scales is rounding",
            ),
            source="‖∂W_1‖/‖∂W_L‖, Glorot & Bengio 2010",
        ),
        "euler": Check(
            sentence=Text(
                zh="每一层的权重与其梯度的内积都等于网络的输出",
                en="At every layer the inner product of the weights and their gradient is the network's output",
            ),
            measured=rounding(_euler_error(result)),
            relation="<",
            predicted=decades(ROUNDING),
            because=Text(zh="最大的相对误差只是舍入", en="the largest relative error is rounding"),
            source="⟨W, ∂W⟩ = f, Euler",
        ),
        "delta": delta.check(
            sentence=Text(
                zh="ReLU 网络里 ‖δ‖ 逐层变化：第一层与最后一层之比符合有限宽度的公式，每个权重尺度都如此"
                "（这里是最接近容差的一个）",
                en="In a ReLU network ‖δ‖ changes from layer to layer: at every weight scale the ratio of the first "
                "to the last layer is that of the law of finite width (here the one closest to its tolerance)",
            ),
            shown=magnitude,
            because=SEEDS,
            source="E ln ‖δ‖², Hanin & Nica 2020, arXiv:1812.05994",
        ),
        "typical": Check(
            sentence=Text(
                zh="ReLU 网络里，第一层与最后一层权重梯度之比的典型值（几何平均）是 1",
                en="In a ReLU network the ratio of the weight gradients of the first and the last layer is "
                "typically 1 (geometric mean)",
            ),
            measured=factor(typical.measured),
            relation="≈",
            predicted=Number(typical.predicted, "g"),
            tolerance=typical.tolerance,
            because=SEEDS,
            source="‖∂W_l‖ = ‖δ_l‖ ‖a_(l−1)‖, Glorot & Bengio 2010",
        ),
        "sigmoid": _vanishing(
            sigmoid,
            Text(
                zh="Sigmoid 网络里权重的梯度也逐层消失",
                en="In a sigmoid network the weight gradients vanish from layer to layer as well",
            ),
        ),
        "bias": _vanishing(
            result.biased,
            Text(
                zh="PyTorch 默认初始化带偏置，ReLU 网络的权重梯度也逐层消失",
                en="With the biases of PyTorch's default initialization the weight gradients of a ReLU network "
                "vanish from layer to layer as well",
            ),
        ),
        "activation": derivative.check(
            sentence=Text(
                zh="对 z 的梯度与对 a 的梯度，范数之比是导数的均方根，每一层都如此（这里是最接近容差的一个网络）",
                en="The norm of the gradient with respect to z is that with respect to a times the root mean square "
                "of the derivative, at every layer (here the network closest to its tolerance)",
            ),
            shown=factor,
            because=SEEDS_AND_WIDTH,
            source="δ = φ′(z) ⊙ ∂a",
        ),
    }


def _vanishing(series: weight_gradients.Series, sentence: Text) -> Check:
    compared = agreement.standard_errors(
        series.weight_ratio, series.predicted_weight_ratio, series.weight_ratio_standard_error
    )
    return compared.check(
        sentence=sentence,
        shown=decades,
        because=SEEDS,
        source="‖∂W_l‖ = ‖δ_l‖ ‖a_(l−1)‖, Schoenholz et al. 2017, arXiv:1611.01232",
    )


def questions(result: weight_gradients.Result) -> dict[str, Question]:
    *_, four, _ = result.series
    grown = four.delta_ratio
    guesses = (magnitude(grown), magnitude(math.sqrt(grown)), Number(1, "g"), decades(1 / grown))
    answer = Answer(factor(four.weight_ratio), guesses)
    known = Text(zh="‖δ‖，实测", en="‖δ‖, measured")
    return {"first_layer": Question((answer,), curve=four.weight_profile, known=four.delta_profile, known_name=known)}
