"""A network in float16: the share of its gradients that is 0, layer by layer, with a loss scale and without."""

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, PREDICTION, SECOND, THIRD, layer_ticks
from figures_src.exhibits._shared.labels import LAYER, decades, percent
from figures_src.model.exhibit import Answer, Check, Number, Question, Table, superscript
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.training import half_gradients
from gradlab.experiments.training.half_gradients import Layers, Scale

CONFIG = half_gradients.Config()
HALF = theory.float_format("float16")
TITLE = Text(zh="float16 里变成 0 的梯度", en="Gradients that are 0 in float16")
SHARE = Text(zh="δ 中等于 0 的元素", en="elements of δ that are 0")
PLAIN = Text(zh="float16", en="float16")
SCALED = Text(zh="float16，损失 ×\u00a0{scale}", en="float16, loss\u00a0×\u00a0{scale}")
BRAIN = Text(zh="bfloat16", en="bfloat16")
SCALE_COLUMN = Text(zh="损失的倍数", en="Loss scale")
ZEROS_COLUMN = Text(zh="第一层里的 0（实测）", en="Zeros in layer 1 (measured)")
PREDICTED_COLUMN = Text(zh="预测值", en="predicted")
OVERFLOW_COLUMN = Text(zh="上溢的随机种子", en="Seeds that overflow")
CLOSE = 0.1
"""By how much a measured share may be off: every layer rounds, and the prediction rounds once."""
GONE, HALF_OF_ALL, KEPT = 0.99, 0.5, 0.01
DEFAULT = 0.408
"""The factor of a layer that an exercise gives."""


def compute() -> half_gradients.Result:
    """Compute the networks in float64 and in 16 bits."""
    return measured(half_gradients, CONFIG)


def _power(scale: float) -> str:
    return f"2{superscript(int(scale).bit_length() - 1)}"


def draw(figure: Figure, result: half_gradients.Result, text: Localize) -> None:
    """Draw the share of zeros by layer: float16, float16 with a loss scale, bfloat16."""
    axes = figure.subplots()
    layers = range(1, result.config.depth + 1)
    labels = (text(PLAIN), text(SCALED).format(scale=_power(result.layers[1].scale)), text(BRAIN))
    styles = ((FIRST, "o"), (SECOND, "s"), (THIRD, "^"))
    for one, label, (color, marker) in zip(result.layers, labels, styles, strict=True):
        axes.plot(layers, one.predicted_zeros, color=PREDICTION, linewidth=1.0)
        axes.plot(layers, one.zeros, color=color, marker=marker, linestyle="none", label=label)
    axes.set(xlabel=text(LAYER), ylabel=text(SHARE), ylim=(-0.04, 1.04))
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    layer_ticks(axes, result.config.depth)
    label_curves(axes, "left")


def data(result: half_gradients.Result) -> Table:
    """The points of the figure."""
    rows = tuple(
        (one.format, one.scale, layer, zeros, predicted)
        for one in result.layers
        for layer, (zeros, predicted) in enumerate(zip(one.zeros, one.predicted_zeros, strict=True), 1)
    )
    return Table(("type", "loss_scale", "layer", "share_of_zeros", "predicted"), rows)


def table(result: half_gradients.Result, text: Localize) -> Table:
    """List the loss scales: zeros in the first layer, and seeds that overflow."""
    rows = tuple(
        (
            _power(one.scale),
            str(percent(one.zeros, 0)),
            str(percent(one.predicted_zeros, 0)),
            f"{one.overflows}/{result.config.seeds}",
        )
        for one in result.scales
    )
    return Table(tuple(map(text, (SCALE_COLUMN, ZEROS_COLUMN, PREDICTED_COLUMN, OVERFLOW_COLUMN))), rows)


def _dead(layers: Layers) -> int:
    """Number of layers in which more than half is 0."""
    return sum(share > HALF_OF_ALL for share in layers.zeros)


def _good(result: half_gradients.Result) -> list[Scale]:
    """The scales at which the first layer keeps its gradient and nothing overflows."""
    return [one for one in result.scales if one.zeros < KEPT and not one.overflows]


def numbers(result: half_gradients.Result) -> dict[str, Number]:
    plain, scaled, _ = result.layers
    good = _good(result)
    first = next(one for one in result.scales if one.overflows)
    return {
        "width": Number(CONFIG.width, "d"),
        "depth": Number(CONFIG.depth, "d"),
        "batch": Number(CONFIG.batch, "d"),
        "seeds": Number(CONFIG.seeds, "d"),
        "ratio": decades(result.norms[0]),
        "dead": Number(_dead(plain), "d"),
        "first_zeros": percent(plain.zeros[0], 0),
        "scale": Number(scaled.scale, ".0f"),
        "scaled_zeros": percent(scaled.zeros[0], 0),
        "good_low": Number(good[0].scale, ".0f"),
        "good_high": Number(good[-1].scale, ".0f"),
        "overflow": Number(first.scale, ".0f"),
        "exercise_half": Number(HALF.underflow_depth(DEFAULT), "d"),
        "exercise_brain": Number(theory.float_format("bfloat16").underflow_depth(DEFAULT), "d"),
    }


def questions(result: half_gradients.Result) -> dict[str, Question]:
    dead = _dead(result.layers[0])
    guesses = tuple(Number(layers, "d") for layers in (0, 1, dead, CONFIG.depth))
    answer = Answer(Number(dead, "d"), guesses)
    return {"dead": Question((answer,), scale="difference", axis=LAYERS)}


LAYERS = Text(zh="梯度一半以上是 0 的层数", en="layers whose gradients are more than half 0")


def checks(result: half_gradients.Result) -> dict[str, Check]:
    plain, scaled, brain = result.layers
    shares = [
        (abs(zeros - predicted), one.format)
        for one in result.layers
        for zeros, predicted in zip(one.zeros, one.predicted_zeros, strict=True)
    ]
    return {
        "zeros": Check(
            sentence=Text(
                zh="float16 里每层变成 0 的梯度，就是 float64 里不足最小数一半的那些（实测值是比例相差最多的一层）",
                en="The gradients that are 0 in float16 are, layer by layer, those that float64 has below half of the "
                "smallest number (measured: the largest difference of the shares)",
            ),
            measured=Number(max(shares)[0], ".3f"),
            relation="<",
            predicted=Number(CLOSE, "g"),
            because=Text(
                zh="每层都舍入，预测只舍入一次",
                en="every layer rounds, and the prediction rounds once",
            ),
            source="2⁻²⁵",
        ),
        "gone": Check(
            sentence=Text(
                zh="不放大损失，float16 里第一层的梯度几乎全是 0",
                en="Without a loss scale nearly all of the first layer's gradient is 0 in float16",
            ),
            measured=percent(plain.zeros[0], 1),
            relation=">",
            predicted=percent(GONE, 0),
            because=Text(zh="所有随机种子的元素一起数", en="the elements of all seeds, counted together"),
            source="2⁻²⁵",
        ),
        "scaled": Check(
            sentence=Text(
                zh=f"损失乘以 {CONFIG.shown} 个 2，第一层变成 0 的就少于一半",
                en=f"With the loss multiplied by 2 to the {CONFIG.shown}, less than half of it is",
            ),
            measured=percent(scaled.zeros[0], 1),
            relation="<",
            predicted=percent(HALF_OF_ALL, 0),
            because=Text(zh="所有随机种子的元素一起数", en="the elements of all seeds, counted together"),
            source="Micikevicius et al. 2018, arXiv:1710.03740",
        ),
        "window": Check(
            sentence=Text(
                zh="有这样的倍数：第一层的梯度几乎不变成 0，也没有一处上溢（实测值是试过的倍数里有几个）",
                en="There are loss scales at which hardly any of the first layer is 0 and nothing overflows (measured: "
                "how many of those tried)",
            ),
            measured=Number(len(_good(result)), "d"),
            relation=">",
            predicted=Number(0, "d"),
            because=Text(zh="倍数每次乘以 4", en="scales are four times apart"),
            source="Micikevicius et al. 2018, arXiv:1710.03740",
        ),
        "overflow": Check(
            sentence=Text(
                zh="倍数太大就上溢：在每个倍数下，上溢的随机种子都正是最大的梯度超过 65,504 的那些"
                "（实测值是符合的倍数）",
                en="Too large a scale overflows: at every scale as many seeds as have a largest gradient beyond 65,504 "
                "(measured: the scales at which this is so)",
            ),
            measured=Number(sum(one.overflows == one.predicted_overflows for one in result.scales), "d"),
            relation="=",
            predicted=Number(len(result.scales), "d"),
            because=Text(zh="倍数每次乘以 4，没有一个靠近界限", en="scales are four times apart, none near the bound"),
            source="(2 − 2⁻¹⁰) 2¹⁵",
        ),
        "bfloat16": Check(
            sentence=Text(
                zh="bfloat16 里几乎没有梯度变成 0，不必放大损失（实测值是比例最大的一层）",
                en="In bfloat16 hardly any gradient becomes 0, without any loss scale (the layer with the most)",
            ),
            measured=percent(max(brain.zeros), 1),
            relation="<",
            predicted=percent(KEPT, 0),
            because=Text(
                zh="它的指数与 float32 一样；变成 0 的，是舍入使单元关闭的那些",
                en="its exponents are those of float32; what is 0 belongs to units that rounding switched off",
            ),
            source="Kalamkar et al. 2019, arXiv:1905.12322",
        ),
    }
