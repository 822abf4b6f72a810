"""Gradient clipping on a network that explodes: the step is bounded, the explosion stays."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, MUTED_LINE, PREDICTION, SECOND, THIRD, layer_ticks
from figures_src.exhibits._shared.labels import LAYER, QUANTITY, decades, factor, magnitude
from figures_src.exhibits._shared.results import Results
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import estimates, theory
from gradlab.experiments.training import clipping

CONFIG = clipping.Config()
SMALL, LARGE = 0.1, 1e4
"""Constants by which the loss is multiplied, to see what clipping by value makes of it."""
TITLE = Text(zh="梯度裁剪改变什么，不改变什么", en="What gradient clipping changes, and what it does not")
BEFORE = Text(zh="裁剪之前", en="Before clipping")
AFTER = Text(zh="裁剪之后", en="After clipping")
NORM = Text(zh="全部梯度的范数", en="Norm of all gradients")
WEIGHT_RATIO = Text(zh=f"第 1 层与第 {CONFIG.depth} 层的 ‖∂W‖ 之比", en=f"‖∂W‖ of layer 1 to layer {CONFIG.depth}")
DELTA_RATIO = Text(
    zh=f"第 1 层与第 {CONFIG.depth} 层的 ‖δ‖ 之比（裁剪后走一步）",
    en=f"‖δ‖ of layer 1 to layer {CONFIG.depth} (after a step)",
)
FORWARD = Text(zh="前向传播放大的倍数（裁剪后走一步）", en="Growth of the forward pass (after a step)")


GRADIENT = Text(zh="‖∂W‖（对数坐标）", en="‖∂W‖ (log scale)")
NOT_CLIPPED = Text(zh="裁剪之前", en="before clipping")
BY_NORM = Text(zh="按范数裁剪", en="clipped by norm")
BY_VALUE = Text(zh="按值裁剪", en="clipped by value")


@dataclass(frozen=True)
class Result(Results):
    """ReLU networks, whose weight gradients are of one size in all layers, and tanh networks, where they explode.

    To multiply the loss by a constant and clip at a value is to clip at the value divided by it: `small_loss` and
    `large_loss` are the tanh networks with the loss times `SMALL` and times `LARGE`.
    """

    relu: clipping.Result
    tanh: clipping.Result
    small_loss: clipping.Result
    large_loss: clipping.Result


def compute() -> Result:
    """Clip the gradients of exploding networks by their norm and by value."""
    configs = (
        CONFIG,
        *(
            clipping.Config(activation="tanh", maximum_value=CONFIG.maximum_value / scale)
            for scale in (1.0, SMALL, LARGE)
        ),
    )
    return Result(*(measured(clipping, config) for config in configs))


def _layers(result: clipping.Result, attribute: str) -> list[estimates.Estimate]:
    """The mean of every layer over the seeds, with its error."""
    rows = [getattr(run, attribute) for run in result.runs]
    return [estimates.geometric_mean(column) for column in zip(*rows, strict=True)]


def _predicted(result: clipping.Result) -> list[float]:
    """The mean over the seeds of what each layer has before clipping, times min(1, m/(‖g‖ + 1e-6))."""
    maximum = result.config.maximum_norm
    coefficients = [theory.clipping_coefficient(run.norm_before, maximum) for run in result.runs]
    rows = [
        [norm * coefficient for norm in run.layers_before]
        for run, coefficient in zip(result.runs, coefficients, strict=True)
    ]
    return list(estimates.geometric_means(rows))


def _largest_by_value(result: clipping.Result) -> float:
    """The norm of a weight's gradient whose entries are all at the bound."""
    return result.config.width * result.config.maximum_value


def _points(
    axes: Axes, result: clipping.Result, attribute: str, color: str, marker: str, label: str, hollow: bool = False
) -> None:
    layers = _layers(result, attribute)
    axes.errorbar(
        range(1, len(layers) + 1),
        [layer.value for layer in layers],
        yerr=[2 * layer.standard_error for layer in layers],
        color=color,
        marker=marker,
        markersize=7 if hollow else 4.5,
        markerfacecolor="none" if hollow else color,
        linestyle="none",
        label=label,
    )


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw the gradients of the tanh networks by layer before and after clipping, on a log axis."""
    axes, tanh = figure.subplots(), result.tanh
    _points(axes, tanh, "layers_before", FIRST, "o", text(NOT_CLIPPED), hollow=True)
    _points(axes, tanh, "layers_by_value", THIRD, "^", text(BY_VALUE))
    _points(axes, tanh, "layers_by_norm", SECOND, "s", text(BY_NORM))
    axes.plot(range(1, tanh.config.depth + 1), _predicted(tanh), color=PREDICTION, linewidth=1.2)
    axes.axhline(_largest_by_value(tanh), color=MUTED_LINE, linewidth=0.9, linestyle="--")
    axes.set_yscale("log")
    axes.set_xlabel(text(LAYER))
    axes.set_ylabel(text(GRADIENT))
    layer_ticks(axes, tanh.config.depth)
    label_curves(axes, "left")


def data(result: Result) -> Table:
    """The gradients of the tanh networks by layer."""
    header = ["layer"]
    columns: list[list[float]] = []
    for attribute, name in (
        ("layers_before", "before"),
        ("layers_by_norm", "by_norm"),
        ("layers_by_value", "by_value"),
    ):
        layers = _layers(result.tanh, attribute)
        header += [name, f"{name}_standard_error"]
        columns += [[layer.value for layer in layers], [layer.standard_error for layer in layers]]
    rows = zip(range(1, result.tanh.config.depth + 1), *columns, _predicted(result.tanh), strict=True)
    return Table((*header, "predicted_by_norm"), tuple(rows))


def table(exhibit: Result, text: Localize) -> Table:
    """List what is bounded and what stays, in the ReLU networks."""
    result = exhibit.relu
    listed = (
        (NORM, result.norm_before, result.norm_after),
        (WEIGHT_RATIO, result.weight_ratio_before, result.weight_ratio_after),
        (DELTA_RATIO, result.delta_ratio_before, result.delta_ratio_after_step),
        (FORWARD, result.forward_growth_before, result.forward_growth_after_step),
    )
    rows = tuple((text(name), str(magnitude(before)), str(magnitude(after))) for name, before, after in listed)
    return Table(tuple(map(text, (QUANTITY, BEFORE, AFTER))), rows)


def _tanh_numbers(result: clipping.Result) -> dict[str, Number]:
    first, *_, last = _layers(result, "layers_by_value")
    return {
        "tanh_norm_before": magnitude(result.norm_before),
        "tanh_ratio_before": magnitude(result.weight_ratio_before),
        "tanh_ratio_after": magnitude(result.weight_ratio_after),
        "tanh_ratio_by_value": magnitude(first.value / last.value),
        "tanh_value_cosine": Number(result.cosine_value, ".2f"),
        "tanh_delta_ratio_before": magnitude(result.delta_ratio_before),
        "tanh_delta_ratio_after": magnitude(result.delta_ratio_after_step),
        "largest_by_value": Number(_largest_by_value(result), "g"),
    }


def numbers(exhibit: Result) -> dict[str, Number]:
    result = exhibit.relu
    config = result.config
    return {
        "layers": Number(config.depth, "d"),
        "width": Number(config.width, "d"),
        "sigma_w_squared": Number(config.sigma_w**2, ".3g"),
        "max_norm": Number(config.maximum_norm, "g"),
        "norm_before": decades(result.norm_before),
        "norm_after": factor(result.norm_after),
        "ratio_before": factor(result.weight_ratio_before),
        "ratio_after": factor(result.weight_ratio_after),
        "delta_ratio_before": decades(result.delta_ratio_before),
        "delta_ratio_after": decades(result.delta_ratio_after_step),
        "forward_before": decades(result.forward_growth_before),
        "forward_after": decades(result.forward_growth_after_step),
        "norm_cosine": factor(result.cosine_norm),
        "value_cosine": Number(result.cosine_value, ".2f"),
        "max_value": Number(config.maximum_value, "g"),
        "seeds": Number(config.seeds, "d"),
        "batch": Number(config.batch, "d"),
        **_tanh_numbers(exhibit.tanh),
        "small_loss": Number(SMALL, "g"),
        "large_loss": Number(LARGE, "g"),
        "small_loss_cosine": Number(exhibit.small_loss.cosine_value, ".2f"),
        "large_loss_cosine": Number(exhibit.large_loss.cosine_value, ".2f"),
    }


def _tanh_checks(result: clipping.Result) -> dict[str, Check]:
    by_norm = _layers(result, "layers_by_norm")
    pairs = [(layer.value, predicted) for layer, predicted in zip(by_norm, _predicted(result), strict=True)]
    # Which layer is off by most of the rounding is another on every processor.
    clipped, predicted = max(pairs, key=lambda pair: round(abs(pair[0] / pair[1] - 1), 13))
    ratio = estimates.geometric_mean(
        [
            (run.layers_by_value[0] / run.layers_by_value[-1]) / (run.layers_before[0] / run.layers_before[-1])
            for run in result.runs
        ]
    )
    return {
        "every_layer": Check(
            sentence=Text(
                zh="按范数裁剪把每一层的梯度都乘以同一个数 m/‖g‖",
                en="Clipping by the norm multiplies the gradient of every layer by the same number m/‖g‖",
            ),
            measured=magnitude(clipped),
            relation="≈",
            predicted=magnitude(predicted),
            tolerance=1e-13,
            because=Text(
                zh="取偏离最大的一层；范数由四千余项相加，只剩舍入",
                en="the layer that is farthest off; norms are sums of some four thousand terms, and rounding remains",
            ),
            source="min(1, m/(‖g‖ + 10⁻⁶)), Pascanu et al. 2013, arXiv:1211.5063",
        ),
        "value_ratio": Check(
            sentence=Text(
                zh=f"按值裁剪会改变层与层之比：第 1 层与第 {CONFIG.depth} 层之比变小（实测值是裁剪后与裁剪前之比）",
                en=f"Clipping by value changes the ratio between layers: that of layer 1 to layer {CONFIG.depth} falls "
                "(measured: after clipping, relative to before)",
            ),
            measured=factor(ratio.value + 4 * ratio.standard_error),
            relation="<",
            predicted=Number(1, "g"),
            because=Text(zh="实测值已加上 4 倍标准误差", en="4 standard errors are already added to the measurement"),
            source="max(−c, min(c, g))",
        ),
    }


def checks(exhibit: Result) -> dict[str, Check]:
    result, small, large = exhibit.relu, exhibit.small_loss, exhibit.large_loss
    return {
        "bound": Check(
            sentence=Text(
                zh="按范数裁剪之后，全部梯度的范数就是上限",
                en="After clipping by the norm, the norm of all gradients is the limit",
            ),
            measured=Number(result.norm_after, ".6f"),
            relation="≈",
            predicted=Number(result.config.maximum_norm, "g"),
            tolerance=1e-9,
            because=Text(
                zh="PyTorch 在分母里加了 10⁻⁶，而这里的范数在百万以上",
                en="PyTorch adds 10⁻⁶ to the norm that it divides by, here above a million",
            ),
            source="min(1, m/(‖g‖ + 10⁻⁶))",
        ),
        "ratio": Check(
            sentence=Text(
                zh="按范数裁剪不改变各层梯度之比",
                en="Clipping by the norm leaves the ratio between layers unchanged",
            ),
            measured=Number(result.weight_ratio_after, ".6f"),
            relation="≈",
            predicted=Number(result.weight_ratio_before, ".6f"),
            tolerance=1e-14,
            because=Text(
                zh="所有梯度乘以同一个数，只剩舍入",
                en="one number multiplies all gradients; only rounding remains",
            ),
            source="Pascanu et al. 2013, arXiv:1211.5063",
        ),
        "direction": Check(
            sentence=Text(
                zh="按值裁剪会改变梯度的方向：裁剪前后的夹角余弦小于 1",
                en="Clipping by value turns the gradient: its cosine with the unclipped one is below 1",
            ),
            measured=factor(result.cosine_value + 4 * result.cosine_value_standard_error),
            relation="<",
            predicted=Number(1, "g"),
            because=Text(zh="实测值已加上 4 倍标准误差", en="4 standard errors are already added to the measurement"),
            source="⟨g, g′⟩ / (‖g‖ ‖g′‖)",
        ),
        "loss_scale": Check(
            sentence=Text(
                zh="按值裁剪改变方向的程度取决于损失的尺度：损失乘以大的常数，裁剪前后的余弦就更小（Tanh 网络）",
                en="How far clipping by value turns the gradient hangs on the scale of the loss: with the loss times a "
                "large constant the cosine is smaller than with the loss times a small one (tanh networks)",
            ),
            measured=factor(large.cosine_value + 4 * large.cosine_value_standard_error),
            relation="<",
            predicted=factor(small.cosine_value - 4 * small.cosine_value_standard_error),
            because=Text(zh="两边各让了 4 倍标准误差", en="both sides give way by 4 standard errors"),
            source="max(−c, min(c, k g))",
        ),
        **_tanh_checks(exhibit.tanh),
    }
