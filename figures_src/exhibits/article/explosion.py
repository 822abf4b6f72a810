"""The article's explosion: twenty layers of width 1 with weights around 1.5, drawn as the source draws them."""

import math

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, PREDICTION, SPREAD, layer_ticks
from figures_src.exhibits._shared.labels import LAYER, LAYER_COLUMN
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.activations import explosion

CONFIG = explosion.Config()
TITLE = Text(zh="原文网络的梯度爆炸", en="The article's network explodes")
GRADIENT = Text(zh="对预激活值的梯度（对数坐标）", en="gradient w.r.t. pre-activation (log scale)")
MEASURED = Text(zh=f"自动微分\n（随机种子\xa0{CONFIG.seed}）", en=f"autograd (seed\xa0{CONFIG.seed})")
PRODUCT = Text(zh="后面各层权重之积", en="product of the later weights")
BAND = Text(zh=f"{CONFIG.spread_seeds}\xa0个随机种子\n中间的\xa095%", en=f"middle 95% of {CONFIG.spread_seeds} seeds")
WEIGHT = Text(zh="权重 w", en="Weight w")
PRE_ACTIVATION = Text(zh="预激活值 z", en="Pre-activation z")
GRADIENT_Z = Text(zh="对 z 的梯度", en="Gradient w.r.t. z")
GRADIENT_W = Text(zh="对 w 的梯度", en="Gradient w.r.t. w")

# A quotation of the source's notebook, cell 1.
SOURCE_OUTPUT = 4255.4160


def compute() -> explosion.Result:
    """The source's own seed, and the spread over a thousand others."""
    return measured(explosion, CONFIG)


def draw(figure: Figure, result: explosion.Result, text: Localize) -> None:
    """Gradients on a log axis: measured, predicted, and the spread over seeds."""
    axes = figure.subplots()
    layers = [layer.layer for layer in result.layers]
    low, high = [spread.low for spread in result.spread], [spread.high for spread in result.spread]
    axes.fill_between(layers, low, high, color=SPREAD, linewidth=0, label=text(BAND))
    axes.plot(layers, [layer.predicted_gradient_z for layer in result.layers], color=PREDICTION, label=text(PRODUCT))
    gradients = [layer.gradient_z for layer in result.layers]
    axes.plot(layers, gradients, color=FIRST, marker="o", linestyle="none", label=text(MEASURED))
    axes.set_yscale("log")
    axes.set_xlabel(text(LAYER))
    axes.set_ylabel(text(GRADIENT))
    layer_ticks(axes, len(layers))
    label_curves(axes, "left")


def table(result: explosion.Result, text: Localize) -> Table:
    """Every layer. The activation is left out: it equals the pre-activation, which is positive at every layer."""
    rows = tuple(
        (
            layer.layer,
            f"{layer.weight:.4f}",
            f"{layer.pre_activation:.4f}",
            f"{layer.gradient_z:.4f}",
            f"{layer.gradient_weight:.4f}",
        )
        for layer in result.layers
    )
    return Table(tuple(map(text, (LAYER_COLUMN, WEIGHT, PRE_ACTIVATION, GRADIENT_Z, GRADIENT_W))), rows)


def data(result: explosion.Result) -> Table:
    """Every layer, with the prediction and the quantiles over seeds."""
    header = (
        "layer",
        "weight",
        "pre_activation",
        "activation",
        "gradient_z",
        "gradient_weight",
        "predicted_gradient_z",
        "seeds_2.5_percent",
        "seeds_median",
        "seeds_97.5_percent",
    )
    rows = tuple(
        (
            layer.layer,
            layer.weight,
            layer.pre_activation,
            layer.activation,
            layer.gradient_z,
            layer.gradient_weight,
            layer.predicted_gradient_z,
            spread.low,
            spread.median,
            spread.high,
        )
        for layer, spread in zip(result.layers, result.spread, strict=True)
    )
    return Table(header, rows)


def numbers(result: explosion.Result) -> dict[str, Number]:
    first, last = result.layers[0], result.layers[-1]
    steps = len(result.layers) - 1
    weight_gradients = [layer.gradient_weight for layer in result.layers]
    return {
        "layers": Number(len(result.layers), "d"),
        "mean": Number(result.config.mean, "g"),
        "standard_deviation": Number(result.config.standard_deviation, "g"),
        "seed": Number(result.config.seed, "d"),
        "seeds": Number(result.config.spread_seeds, "d"),
        "output": Number(result.output, ".4f"),
        "max_gradient": Number(first.gradient_z, ".4f"),
        "second_gradient": Number(result.layers[1].gradient_z, ".4f"),
        "last_gradient": Number(last.gradient_z, ".4f"),
        "factor": Number((first.gradient_z / last.gradient_z) ** (1 / steps), ".3f"),
        "typical_factor": Number(math.exp(result.log_mean / steps), ".4f"),
        "low": Number(result.spread[0].low, ".0f"),
        "median": Number(result.spread[0].median, ".0f"),
        "high": Number(result.spread[0].high, ".0f"),
        "relative_error": Number(result.largest_relative_error, ".0e"),
        "output_without_relu": Number(result.output_without_relu, ".4f"),
        "gradient_without_relu": Number(result.gradient_without_relu, ".4f"),
        "weight_gradient_spread": Number(max(weight_gradients) / min(weight_gradients), ".2f"),
    }


def checks(result: explosion.Result) -> dict[str, Check]:
    first = result.layers[0]
    return {
        "product": Check(
            sentence=Text(
                zh="第一层的梯度就是后面各层权重之积",
                en="The first layer's gradient is the product of the later weights",
            ),
            measured=Number(first.gradient_z, ".4f"),
            relation="≈",
            predicted=Number(first.predicted_gradient_z, ".4f"),
            tolerance=20 * 2.0**-23,
            because=Text(
                zh=f"float32 的 {CONFIG.num_layers} 次乘法，每次舍入至多 2⁻²³",
                en=f"{CONFIG.num_layers} multiplications in float32, each within 2⁻²³",
            ),
            source="∂y/∂z₁ = w₂ w₃ … w₂₀",
        ),
        "source": Check(
            sentence=Text(
                zh="网络的输出是原文笔记本印出的那一个，每一位都相同",
                en="The network's output is the one that the source's notebook prints, to the last digit",
            ),
            measured=Number(round(result.output, 4), ".4f"),
            relation="=",
            predicted=Number(SOURCE_OUTPUT, ".4f"),
            because=Text(zh="同样的随机数，按四位小数比较", en="the same random numbers, compared to four decimals"),
            source="practise_9_relu_boom.ipynb",
        ),
        "relu_idle": Check(
            sentence=Text(
                zh="去掉全部 ReLU，输出一点不变：这里没有一个权重是负的",
                en="Removing every ReLU leaves the output unchanged: no weight here is negative",
            ),
            measured=Number(result.output_without_relu, ".4f"),
            relation="=",
            predicted=Number(result.output, ".4f"),
            because=Text(zh="同样的运算，逐位相同", en="the same operations, bit for bit"),
            source="ReLU(z) = z, z > 0",
        ),
        "growth": Check(
            sentence=Text(
                zh=f"在 {CONFIG.spread_seeds} 个随机种子上，梯度对数的均值符合正权重链的公式",
                en=f"Over {CONFIG.spread_seeds} seeds the mean logarithm of the gradient follows the law of a chain of "
                "positive weights",
            ),
            measured=Number(result.log_mean, ".4f"),
            relation="≈",
            predicted=Number(result.predicted_log_mean, ".4f"),
            tolerance=4 * result.log_mean_standard_error / result.predicted_log_mean,
            because=Text(
                zh=f"{CONFIG.spread_seeds} 个随机种子的 4 倍标准误差",
                en=f"4 standard errors over {CONFIG.spread_seeds} seeds",
            ),
            source="(L − 1) E ln w",
        ),
    }
