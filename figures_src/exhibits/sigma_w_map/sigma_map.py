"""The map of sigma_w: the per-layer factor of the gradient, for three activations and many weight scales."""

from dataclasses import dataclass

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import ACTIVATION_STYLES, MUTED_LINE
from figures_src.exhibits._shared import agreement, scales
from figures_src.exhibits._shared.labels import (
    ACTIVATION_COLUMN,
    ACTIVATIONS,
    MEASURED_COLUMN,
    PREDICTED_COLUMN,
    decades,
    factor,
    magnitude,
    with_error,
)
from figures_src.exhibits._shared.results import Results
from figures_src.model.exhibit import Answer, Check, Number, Question, Table
from figures_src.model.language import Localize, Text
from gradlab import activations, theory
from gradlab.experiments.scale import sigma_map

DEPTH, SEEDS = scales.TANH.depth, scales.TANH.seeds
LARGE, SIGMOID_LARGE = scales.LARGEST["tanh"], scales.LARGEST["sigmoid"]
TITLE = Text(zh="权重尺度与逐层因子", en="Weight scale and per-layer factor")
SCALE = Text(zh="权重尺度 √(扇入 × Var W)（对数坐标）", en="weight scale √(fan-in × Var W) (log scale)")
FACTOR = Text(zh="梯度的逐层因子（对数坐标）", en="per-layer factor (log scale)")
MARKS = {
    "default": Text(zh="PyTorch\n默认", en="PyTorch\ndefault"),
    "xavier": Text(zh="Xavier", en="Xavier"),
    "he": Text(zh="He", en="He"),
}
SIGMA_W = Text(zh="尺度 $\\sigma_w$", en="Scale $\\sigma_w$")
RATIO = Text(zh=f"{DEPTH - 1} 层之后的梯度", en=f"Gradient after {DEPTH - 1} layers")
SUBTRACTED = Text(zh="实测值已减去 4 倍标准误差", en="4 standard errors are already subtracted from the measurement")
ADDED = Text(zh="实测值已加上 4 倍标准误差", en="4 standard errors are already added to the measurement")
VANISHED = 1e-3
"""Ratio below which a gradient counts as vanished."""

FLOAT32_SMALLEST = 2.0**-149
"""The smallest positive number of float32, a subnormal one."""
DEEP = 250
"""Layers within which every activation's gradient is below it."""

GRID_POINTS = 40
SMALLEST, LARGEST = 0.5, 22.0


@dataclass(frozen=True)
class Result(Results):
    """The measured maps, and the mean-field prediction between their points.

    Attributes:
        relu: map of ReLU.
        tanh: map of tanh.
        sigmoid: map of the sigmoid.
        curves: for each activation, weight scales and predicted factors.
        sigmoid_critical: weight scale above which mean field predicts that a deep sigmoid network explodes.
        sigmoid_xavier_z: root mean square of the last pre-activation of a sigmoid network with Xavier
            initialization, in mean field.
        sigmoid_xavier_derivative: derivative of the sigmoid there.

    """

    relu: sigma_map.Result
    tanh: sigma_map.Result
    sigmoid: sigma_map.Result
    curves: tuple[tuple[tuple[float, float], ...], ...]
    sigmoid_critical: float
    sigmoid_xavier_z: float
    sigmoid_xavier_derivative: float

    @property
    def maps(self) -> tuple[sigma_map.Result, ...]:
        """The three measured maps."""
        return self.relu, self.tanh, self.sigmoid


def compute() -> Result:
    """Measure the three maps, and draw the prediction between their points."""
    relu, tanh, sigmoid = (measured(sigma_map, config) for config in (scales.RELU, scales.TANH, scales.SIGMOID))
    last_q = theory.mean_field("sigmoid", scales.XAVIER, sigmoid.config.depth).q[-1]
    z = torch.tensor(last_q, dtype=torch.float64).sqrt()
    return Result(
        relu=relu,
        tanh=tanh,
        sigmoid=sigmoid,
        curves=tuple(_curve(result.config) for result in (relu, tanh, sigmoid)),
        sigmoid_critical=theory.critical_sigma_w("sigmoid"),
        sigmoid_xavier_z=float(z),
        sigmoid_xavier_derivative=float(activations.derivative("sigmoid", z)),
    )


def _curve(config: sigma_map.Config) -> tuple[tuple[float, float], ...]:
    """The predicted factor on an even grid of ln sigma_w, up to the largest measured scale."""
    span = config.sigma_w[-1] / SMALLEST
    scales = [SMALLEST * span ** (step / GRID_POINTS) for step in range(GRID_POINTS + 1)]
    return tuple((scale, theory.mean_field(config.activation, scale, config.depth).factor) for scale in scales)


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw the factor against the weight scale, both on log axes."""
    axes = figure.subplots()
    axes.axhline(1, color=MUTED_LINE, linewidth=1, linestyle=":")
    for scale in scales.NAMED.values():
        axes.axvline(scale, color=MUTED_LINE, linewidth=0.8, linestyle=":")
    for measurement, curve in zip(result.maps, result.curves, strict=True):
        name = measurement.config.activation
        color, marker, dashes = ACTIVATION_STYLES[name]
        axes.plot(*zip(*curve, strict=True), color=color, linestyle=dashes, linewidth=1.3)
        axes.errorbar(
            [point.sigma_w for point in measurement.points],
            [point.factor for point in measurement.points],
            yerr=[2 * point.factor_standard_error for point in measurement.points],
            color=color,
            marker=marker,
            linestyle="none",
            label=text(ACTIVATIONS[name]),
        )
    axes.set(xscale="log", yscale="log", xlim=(SMALLEST, LARGEST), xlabel=text(SCALE), ylabel=text(FACTOR))
    named = {scale: f"{scale:.2g}\n{text(MARKS[name])}" for name, scale in scales.NAMED.items()}
    ticks = named | {scale: f"{scale:g}" for scale in (2.5, 5.0, 10.0, 20.0)}
    axes.set_xticks(list(ticks), list(ticks.values()))
    factors = (0.1, 0.2, 0.5, 1.0, 2.0)
    axes.set_yticks(factors, [f"{value:g}" for value in factors])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
    label_curves(axes)


def table(result: Result, text: Localize) -> Table:
    """List every measured point."""
    rows = tuple(
        (
            text(ACTIVATIONS[measurement.config.activation]),
            str(Number(point.sigma_w, ".3g")),
            with_error(point.factor, point.factor_standard_error),
            f"{point.predicted_factor:.4f}",
            str(magnitude(point.profile[-1])),
        )
        for measurement in result.maps
        for point in measurement.points
    )
    return Table(tuple(map(text, (ACTIVATION_COLUMN, SIGMA_W, MEASURED_COLUMN, PREDICTED_COLUMN, RATIO))), rows)


def data(result: Result) -> Table:
    """Every measured point, then the prediction between them."""
    measured_rows = [
        (
            measurement.config.activation,
            point.sigma_w,
            point.factor,
            point.factor_standard_error,
            point.predicted_factor,
            point.profile[-1],
        )
        for measurement in result.maps
        for point in measurement.points
    ]
    predicted_rows = [
        (measurement.config.activation, sigma_w, "", "", predicted, "")
        for measurement, curve in zip(result.maps, result.curves, strict=True)
        for sigma_w, predicted in curve
    ]
    header = (
        "activation",
        "sigma_w",
        "factor",
        "standard_error",
        "predicted_factor",
        "gradient_after_19_layers",
    )
    return Table(header, (*measured_rows, *predicted_rows))


def _comparisons(result: Result) -> list[agreement.Comparison]:
    return [scales.comparison(measurement, point) for measurement in result.maps for point in measurement.points]


def _layers_to_zero(activation: str) -> int:
    """Number of layers back at which δ, from 1 at PyTorch's default scale, is below float32's smallest number."""
    profile = theory.mean_field(activation, scales.PYTORCH_DEFAULT, DEEP).profile
    return next(k for k, ratio in enumerate(profile) if ratio < FLOAT32_SMALLEST)


def predicted(activation: str, sigma_w: float) -> theory.MeanField:
    """The prediction for inputs of variance 1; that of a measured point has the inputs drawn for it."""
    return theory.mean_field(activation, sigma_w, DEPTH)


def _crossing(activation: str) -> float:
    """The weight scale at which the drawn curve, of networks of this depth, is 1."""
    low, high = 1.0, scales.LARGEST[activation]
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if predicted(activation, middle).factor < 1 else (low, middle)
    return low


def numbers(result: Result) -> dict[str, Number]:
    config = result.relu.config
    compared = _comparisons(result)
    five_thirds = scales.at(result.tanh, 5 / 3)
    offered = {
        "width": Number(config.width, "d"),
        "layers": Number(config.depth, "d"),
        "seeds": Number(config.seeds, "d"),
        "points": Number(len(compared), "d"),
        "worst_error": Number(max(comparison.error for comparison in compared), ".1%"),
        "relu_critical": factor(scales.HE),
        "tanh_critical": Number(scales.XAVIER, "g"),
        "sigmoid_critical": Number(result.sigmoid_critical, ".1f"),
        "tanh_five_thirds": factor(five_thirds.factor),
        "tanh_five_thirds_predicted": factor(predicted("tanh", 5 / 3).factor),
        "tanh_five_thirds_ratio": Number(five_thirds.profile[-1], ".1f"),
        "tanh_five_thirds_ratio_error": Number(
            five_thirds.profile[-1] * (DEPTH - 1) * five_thirds.factor_standard_error / five_thirds.factor, ".1f"
        ),
        "tanh_five_thirds_ratio_predicted": Number(predicted("tanh", 5 / 3).profile[-1], ".1f"),
        "tanh_crossing": Number(_crossing("tanh"), ".2f"),
        "sigmoid_crossing": Number(_crossing("sigmoid"), ".1f"),
        "tanh_above_sigma_w": Number(scales.ABOVE, "g"),
        "tanh_above": factor(scales.at(result.tanh, scales.ABOVE).factor),
        "five_thirds_sigma_w": Number(5 / 3, ".3g"),
        "float32_smallest": decades(FLOAT32_SMALLEST),
        "sigmoid_xavier_z": Number(result.sigmoid_xavier_z, ".2f"),
        "sigmoid_xavier_derivative": factor(result.sigmoid_xavier_derivative),
    }
    offered |= {f"{name}_sigma_w": Number(scale, ".3g") for name, scale in scales.NAMED.items()}
    for measurement in result.maps:
        activation = measurement.config.activation
        largest = scales.LARGEST[activation]
        offered[f"{activation}_large_sigma_w"] = Number(largest, "g")
        for name, scale in (scales.NAMED | {"large": largest}).items():
            point = scales.at(measurement, scale)
            offered[f"{activation}_{name}"] = factor(point.factor)
            offered[f"{activation}_{name}_predicted"] = factor(predicted(activation, scale).factor)
            offered[f"{activation}_{name}_ratio"] = magnitude(point.profile[-1])
        offered[f"{activation}_layers_to_zero"] = Number(_layers_to_zero(activation), "d")
    return offered


def checks(result: Result) -> dict[str, Check]:
    farthest = agreement.worst(_comparisons(result))
    relu_default, tanh_default, _ = _defaults(result)
    above = scales.at(result.tanh, scales.ABOVE)
    return {
        "prediction": farthest.check(
            sentence=Text(
                zh="每一个实测的逐层因子都符合平均场预测（这里是最接近容差的一个）",
                en="Every measured per-layer factor agrees with mean-field theory "
                "(here the one closest to its tolerance)",
            ),
            shown=".4f",
            because=scales.FINITE,
            source=scales.MEAN_FIELD_SOURCE,
        ),
        "default_vanishes": Check(
            sentence=Text(
                zh="用 PyTorch 默认初始化时，ReLU 每层损失的梯度比 Tanh 还多",
                en="With PyTorch's default initialization ReLU loses even more of the gradient per layer than tanh",
            ),
            measured=factor(relu_default.factor + 4 * relu_default.factor_standard_error),
            relation="<",
            predicted=factor(tanh_default.factor),
            because=Text(
                zh="ReLU 的实测值已加上 4 倍标准误差",
                en="4 standard errors are already added to the value of ReLU",
            ),
            source="√(1/6) < √(1/3)",
        ),
        "tanh_explodes": _explosion(
            result.tanh,
            Text(
                zh=f"σ_w 大于 1 时（这里是 {LARGE:g}），Tanh 网络的梯度会爆炸",
                en=f"A tanh network explodes when σ_w is above 1 (here {LARGE:g})",
            ),
        ),
        "sigmoid_explodes": _explosion(
            result.sigmoid,
            Text(
                zh=f"σ_w 够大时（这里是 {SIGMOID_LARGE:g}），Sigmoid 网络的梯度会爆炸",
                en=f"A sigmoid network explodes when σ_w is large (here {SIGMOID_LARGE:g})",
            ),
        ),
        "tanh_suggested_gain": _explosion(
            result.tanh,
            Text(
                zh="PyTorch 为 Tanh 建议的增益 5/3 已经使梯度逐层变大",
                en="The gain of 5/3 that PyTorch suggests for tanh already makes the gradient grow at every layer",
            ),
            5 / 3,
        ),
        "above_the_boundary": Check(
            sentence=Text(
                zh=f"分界线之上不远处（σ_w = {scales.ABOVE:g}），{DEPTH} 层的 Tanh 网络还没有爆炸：逐层因子小于 1",
                en=f"A little above the boundary (σ_w = {scales.ABOVE:g}) a tanh network of {DEPTH} layers does not "
                "explode yet: its factor is below 1",
            ),
            measured=factor(above.factor + 4 * above.factor_standard_error),
            relation="<",
            predicted=Number(1, "g"),
            because=ADDED,
            source=scales.MEAN_FIELD_SOURCE,
        ),
        "relu_explodes": _relu_explodes(result.relu),
        **_vanishing(result),
        **_initialization(result),
        **_forward(result.relu),
    }


def _defaults(result: Result) -> tuple[sigma_map.Point, ...]:
    """ReLU, tanh and sigmoid with PyTorch's default initialization."""
    return tuple(scales.at(measurement, scales.PYTORCH_DEFAULT) for measurement in result.maps)


def _vanishing(result: Result) -> dict[str, Check]:
    _, tanh_default, _ = _defaults(result)
    xavier = scales.at(result.sigmoid, scales.XAVIER)
    z = torch.tensor(xavier.last_pre_activation, dtype=torch.float64)
    return {
        "all_vanish": Check(
            sentence=Text(
                zh=f"用 PyTorch 默认初始化，三种激活函数的 {DEPTH} 层网络，第一层的梯度都不到最后一层的千分之一",
                en=f"With PyTorch's default initialization networks of {DEPTH} layers of all three activation "
                "functions have less than a thousandth of the last layer's gradient in the first",
            ),
            measured=magnitude(max(point.profile_high[-1] for point in _defaults(result))),
            relation="<",
            predicted=Number(VANISHED, "g"),
            because=Text(
                zh=f"取三种激活函数、{SEEDS} 个随机种子中最大的比值",
                en=f"the largest ratio of three activation functions and {SEEDS} seeds",
            ),
            source=scales.MEAN_FIELD_SOURCE,
        ),
        "tanh_vanishes": Check(
            sentence=Text(
                zh="σ_w 小于 1 时（这里是 PyTorch 默认初始化），Tanh 网络的梯度逐层变小",
                en="A tanh network's gradient shrinks at every layer when σ_w is below 1 (here PyTorch's default)",
            ),
            measured=factor(tanh_default.factor + 4 * tanh_default.factor_standard_error),
            relation="<",
            predicted=Number(1, "g"),
            because=ADDED,
            source=scales.MEAN_FIELD_SOURCE,
        ),
        "unsaturated": Check(
            sentence=Text(
                zh="用 Xavier 初始化的 Sigmoid 网络离饱和很远：在最后一层预激活值的均方根处，"
                "导数仍超过最大值的十分之九",
                en="A sigmoid network with Xavier initialization is far from saturation: at the root mean square "
                "of the last pre-activations the derivative is still above nine tenths of its maximum",
            ),
            measured=factor(float(activations.derivative("sigmoid", z))),
            relation=">",
            predicted=factor(0.9 * theory.derivative_maximum("sigmoid")),
            because=Text(
                zh=f"均方根在 {SEEDS} 个随机种子上测得", en=f"the root mean square is measured over {SEEDS} seeds"
            ),
            source="σ′(0) = 1/4",
        ),
    }


def _initialization(result: Result) -> dict[str, Check]:
    _, tanh_default, sigmoid_default = _defaults(result)
    tanh_xavier, sigmoid_xavier = (scales.at(one, scales.XAVIER) for one in (result.tanh, result.sigmoid))
    return {
        "sigmoid_xavier_helps": Check(
            sentence=Text(
                zh="Xavier 初始化的 Sigmoid 网络，逐层因子比 PyTorch 默认初始化的大",
                en="A sigmoid network has a larger per-layer factor with Xavier initialization than with PyTorch's "
                "default",
            ),
            measured=factor(sigmoid_xavier.factor - 4 * sigmoid_xavier.factor_standard_error),
            relation=">",
            predicted=factor(sigmoid_default.factor),
            because=SUBTRACTED,
            source=scales.MEAN_FIELD_SOURCE,
        ),
        "tanh_xavier_helps": Check(
            sentence=Text(
                zh=f"Xavier 初始化（σ_w = 1）的 Tanh 网络，{DEPTH - 1} 层之后留下的梯度是 PyTorch "
                "默认初始化的一千倍以上",
                en=f"After {DEPTH - 1} layers a tanh network with Xavier initialization (σ_w = 1) has over a thousand "
                "times the gradient left that it has with PyTorch's default",
            ),
            measured=magnitude(tanh_xavier.profile_low[-1]),
            relation=">",
            predicted=magnitude(tanh_default.profile_high[-1] / VANISHED),
            because=Text(
                zh=f"Xavier 取 {SEEDS} 个随机种子中最小的，默认初始化取最大的",
                en=f"the smallest of {SEEDS} seeds with Xavier against the largest with the default",
            ),
            source=scales.MEAN_FIELD_SOURCE,
        ),
    }


def _forward(measurement: sigma_map.Result) -> dict[str, Check]:
    he, large = (scales.at(measurement, scale) for scale in (scales.HE, LARGE))

    def grows(point: sigma_map.Point, sentence: Text) -> Check:
        bias = 5 / (4 * measurement.config.width)
        predicted, error = theory.relu_factor(point.sigma_w), point.forward_factor_standard_error
        return agreement.standard_errors(point.forward_factor, predicted, error, bias).check(
            sentence=sentence,
            shown=factor,
            because=scales.FINITE,
            source="√(σ_w²/2), He et al. 2015, arXiv:1502.01852",
        )

    return {
        "forward_grows": grows(
            large,
            Text(
                zh="σ_w² 大于 2 时，ReLU 网络的前向传播也逐层放大：预激活值的范数每层乘以 √(σ_w²/2)（这里 σ_w = "
                f"{LARGE:g}）",
                en="When σ_w² is above 2 the forward pass of a ReLU network grows too: the norm of the pre-activations "
                f"is multiplied by √(σ_w²/2) per layer (here σ_w = {LARGE:g})",
            ),
        ),
        "forward_kept": grows(
            he,
            Text(
                zh="He 初始化时，前向传播经过多层也不放大：逐层因子是 1",
                en="With He initialization many layers do not amplify the forward pass: the factor per layer is 1",
            ),
        ),
        "same_units": Check(
            sentence=Text(
                zh=f"σ_w = {LARGE:g} 的网络里，最大的单元与全层之比和 He 初始化时一样：变大的是整层，不是某些神经元",
                en=f"At σ_w = {LARGE:g} the largest unit stands out of its layer no more than with He initialization: "
                "the whole layer grows, and not some neurons",
            ),
            measured=Number(large.largest_unit, ".4f"),
            relation="≈",
            predicted=Number(he.largest_unit, ".4f"),
            tolerance=1e-9,
            because=Text(
                zh="同样的随机数，尺度恰好约去，只剩舍入",
                en="the same random numbers: the scale cancels exactly, and rounding remains",
            ),
            source="ReLU(c z) = c ReLU(z), c > 0",
        ),
    }


def _explosion(measurement: sigma_map.Result, sentence: Text, sigma_w: float | None = None) -> Check:
    largest = scales.LARGEST[measurement.config.activation]
    point = scales.at(measurement, largest if sigma_w is None else sigma_w)
    return Check(
        sentence=sentence,
        measured=factor(point.factor - 4 * point.factor_standard_error),
        relation=">",
        predicted=Number(1, "g"),
        because=SUBTRACTED,
        source=scales.MEAN_FIELD_SOURCE,
    )


def _relu_explodes(measurement: sigma_map.Result) -> Check:
    point = scales.at(measurement, LARGE)
    return Check(
        sentence=Text(
            zh=f"σ_w² 大于 2 时 ReLU 网络的梯度会爆炸：逐层因子是 √(σ_w²/2)（这里 σ_w = {LARGE:g}）",
            en=f"A ReLU network explodes when σ_w² is above 2: the factor is √(σ_w²/2) (here σ_w = {LARGE:g})",
        ),
        measured=factor(point.factor),
        relation="≈",
        predicted=factor(theory.relu_factor(point.sigma_w)),
        tolerance=scales.comparison(measurement, point).tolerance,
        because=scales.FINITE,
        source="√(σ_w²/2), He et al. 2015, arXiv:1502.01852",
    )


def questions(result: Result) -> dict[str, Question]:
    """Of four tanh networks, how many explode."""
    asked = (scales.NAMED["default"], scales.XAVIER, 5 / 3, LARGE)
    exploding = sum(scales.at(result.tanh, scale).profile[-1] > 1 for scale in asked)
    guesses = tuple(Number(count, "d") for count in range(len(asked)))
    axis = Text(zh="爆炸的网络个数", en="networks that explode")
    return {"exploding": Question((Answer(Number(exploding, "d"), guesses),), scale="difference", axis=axis)}
