"""Activations that are not zero-centred: the gradients of a neuron's incoming weights share one sign."""

import math
from dataclasses import dataclass

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import Place, label_at
from figures_src.drawing.style import ACTIVATION_STYLES, FOURTH, PREDICTION
from figures_src.exhibits._shared.agreement import Comparison, errors_of_seeds, standard_errors, worst
from figures_src.exhibits._shared.labels import ACTIVATION_COLUMN, ACTIVATIONS, percent
from figures_src.exhibits._shared.results import Results
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.activations import zero_centred

CONFIG = zero_centred.Config()
SEEDS = errors_of_seeds(CONFIG.seeds)
FEWER = 5
"""Seeds of the deeper layers, where the signs vary less."""
DEEPER_SEEDS = errors_of_seeds(FEWER)
TITLE = Text(zh="零中心与权重梯度的符号", en="Zero-centered activations and the signs of weight gradients")
BATCH = Text(zh="样本数", en="Samples")
MEAN = Text(zh="均值", en="Mean")
SHARE = Text(zh="多数符号", en="Majority sign")
COIN = Text(zh="抛硬币", en="For fair coins")
SOURCE = "∂W_ij = δ_i a_j, LeCun et al. 1998"
LAW_SOURCE = Text(
    zh="权重很多时为 1/2 + arctan(m/s)/π，由 ∂W_ij = Σ_b δ_bi a_bj 得出",
    en="1/2 + arctan(m/s)/π for many weights, from ∂W_ij = Σ_b δ_bi a_bj",
)
RATIO = Text(zh="均值与标准差之比 m/s", en="mean over standard deviation, m/s")
SIGN_SHARE = Text(zh="多数符号的比例", en="share of the more frequent sign")
INPUTS = Text(zh="输入 N(m, 1)", en="inputs N(m, 1)")
LAYERS = {
    "sigmoid": Text(zh="Sigmoid 的激活值", en="Sigmoid activations"),
    "tanh": Text(zh="Tanh 的激活值", en="Tanh activations"),
}
# Places of labels clear of the curve: the points lie on it.
PLACES: dict[str, Place] = {"inputs": "below right", "sigmoid": "below right", "tanh": "below right"}
OFFSETS = (0.0, 0.5, 1.0, 2.0, 4.0)
DEEPER = (3, 5, 10)
"""Layers behind the second whose signs are looked at."""
CURVE_STEPS = 160
SAMPLES = 0.004
"""The prediction is for independent samples; a network makes them a little dependent, worth at most so much."""
PIXEL_MEAN, PIXEL_SPREAD = 1 / 2, math.sqrt(1 / 12)
"""Of a number that is uniformly distributed between 0 and 1, as gray values might be."""


@dataclass(frozen=True)
class Result(Results):
    """The inputs of a layer, and the signs of its weight gradients.

    Attributes:
        activations: behind a layer of sigmoid or tanh, for one sample and for a batch.
        inputs: of the first layer, for inputs of several means.
        deeper: behind deeper layers, for a batch.
        curve: ratio of mean to standard deviation, and the predicted share of the more frequent sign.

    """

    activations: zero_centred.Result
    inputs: tuple[zero_centred.Result, ...]
    deeper: tuple[zero_centred.Result, ...]
    curve: tuple[tuple[float, float], ...]


def compute() -> Result:
    """Measure activations and signs for one sample and for a batch, and the signs for inputs of several means."""
    config = CONFIG
    inputs = [
        zero_centred.Config(activations=("sigmoid",), batches=(256,), layer=1, depth=2, offset=offset)
        for offset in OFFSETS
    ]
    deeper = [
        zero_centred.Config(depth=layer, layer=layer, batches=config.batches[-1:], seeds=FEWER) for layer in DEEPER
    ]
    ratios = [OFFSETS[-1] * step / CURVE_STEPS for step in range(CURVE_STEPS + 1)]
    return Result(
        activations=measured(zero_centred, config),
        inputs=tuple(measured(zero_centred, one) for one in inputs),
        deeper=tuple(measured(zero_centred, one) for one in deeper),
        curve=tuple((ratio, theory.same_sign_share(ratio, config.width)) for ratio in ratios),
    )


def _points(result: zero_centred.Result) -> dict[tuple[str, int], zero_centred.Point]:
    return {(point.activation, point.batch): point for point in result.points}


def _batch_points(result: Result) -> list[tuple[str, zero_centred.Point]]:
    """The points of the figure: the inputs, and the activations of a batch."""
    points = _points(result.activations)
    batch = result.activations.config.batches[-1]
    shown = [("inputs", one.points[0]) for one in result.inputs]
    return shown + [(name, points[name, batch]) for name in result.activations.config.activations]


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw the share of the more frequent sign against the ratio of mean to standard deviation."""
    axes = figure.subplots()
    axes.plot(*zip(*result.curve, strict=True), color=PREDICTION, linewidth=1.3)
    styles = {"inputs": (FOURTH, "D", INPUTS)} | {
        name: (*ACTIVATION_STYLES[name][:2], label) for name, label in LAYERS.items()
    }
    points = _batch_points(result)
    for series, (color, marker, label) in styles.items():
        shown = [point for name, point in points if name == series]
        axes.errorbar(
            [point.mean_to_spread for point in shown],
            [point.same_sign_share for point in shown],
            yerr=[2 * point.same_sign_share_standard_error for point in shown],
            color=color,
            marker=marker,
            markersize=6,
            fillstyle="none" if series == "inputs" else "full",
            linestyle="none",
        )
        at = shown[len(shown) // 2]
        label_at(axes, (at.mean_to_spread, at.same_sign_share), text(label), color, PLACES[series])
    axes.set(xlabel=text(RATIO), ylabel=text(SIGN_SHARE), ylim=(0.43, 1.0))
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")


def data(result: Result) -> Table:
    """Every point of the figure, then the prediction between them."""
    rows: list[tuple[str | float, ...]] = [
        (
            series,
            point.mean_to_spread,
            point.same_sign_share,
            point.same_sign_share_standard_error,
            point.predicted_same_sign_share,
        )
        for series, point in _batch_points(result)
    ]
    rows += [("predicted", ratio, "", "", share) for ratio, share in result.curve]
    return Table(
        ("series", "mean_over_standard_deviation", "same_sign_share", "standard_error", "predicted_share"), tuple(rows)
    )


def table(result: Result, text: Localize) -> Table:
    """List both activations, for one sample and for a batch."""
    rows = tuple(
        (
            text(ACTIVATIONS[point.activation]),
            point.batch,
            str(Number(point.mean_activation, "z.3f")),
            str(percent(point.same_sign_share)),
            str(percent(point.coin_share)),
        )
        for point in result.activations.points
    )
    return Table(tuple(map(text, (ACTIVATION_COLUMN, BATCH, MEAN, SHARE, COIN))), rows)


def numbers(result: Result) -> dict[str, Number]:
    points = _points(result.activations)
    config = result.activations.config
    single, batch = config.batches
    offered = {
        "batch": Number(batch, "d"),
        "width": Number(config.width, "d"),
        "seeds": Number(config.seeds, "d"),
        "input_batch": Number(result.inputs[0].config.batches[0], "d"),
        "coin": percent(points["tanh", batch].coin_share),
        "sigmoid_ratio": Number(points["sigmoid", batch].mean_to_spread, ".1f"),
        "sigmoid_predicted_batch": percent(points["sigmoid", batch].predicted_same_sign_share),
        "pixel_share": percent(theory.same_sign_share(PIXEL_MEAN / PIXEL_SPREAD, config.width)),
        "pixel_ratio": Number(PIXEL_MEAN / PIXEL_SPREAD, ".1f"),
    }
    for one in result.inputs:
        name = f"input_{one.config.offset:g}".replace(".", "_")
        offered |= {
            name: percent(one.points[0].same_sign_share),
            f"{name}_predicted": percent(one.points[0].predicted_same_sign_share),
        }
    for one in result.deeper:
        layer = one.config.layer
        for point in one.points:
            offered[f"{point.activation}_layer_{layer}"] = percent(point.same_sign_share)
            offered[f"{point.activation}_layer_{layer}_error"] = percent(point.same_sign_share_standard_error)
            offered[f"{point.activation}_layer_{layer}_predicted"] = percent(point.predicted_same_sign_share)
    for name in config.activations:
        offered |= {
            f"{name}_mean": Number(points[name, batch].mean_activation, "z.3f"),
            f"{name}_same_sign": percent(points[name, single].same_sign_share),
            f"{name}_same_sign_batch": percent(points[name, batch].same_sign_share),
        }
    return offered


def _agreement(point: zero_centred.Point) -> Comparison:
    """Allow, besides the standard errors, that the samples are only nearly independent."""
    return standard_errors(
        point.same_sign_share, point.predicted_same_sign_share, point.same_sign_share_standard_error, SAMPLES
    )


def checks(result: Result) -> dict[str, Check]:
    points = _points(result.activations)
    single, batch = result.activations.config.batches
    law = worst(_agreement(point) for _, point in _batch_points(result))
    input_mean = result.inputs[-1].points[0]
    sigmoid, tanh = points["sigmoid", batch], points["tanh", batch]
    third = next(point for point in result.deeper[0].points if point.activation == "sigmoid")
    deeper = worst(_agreement(point) for one in result.deeper for point in one.points)
    return {
        "deeper": deeper.check(
            sentence=Text(
                zh="对一批样本，越深的 Sigmoid 层之后，同一单元的权重梯度越是同号，Tanh 层之后则始终像抛硬币，"
                "都与预测一致（偏离最大的一处）",
                en="In a batch the weight gradients of a unit share one sign the more, the more sigmoid layers are "
                "behind it, and are like tossed coins behind any layer of tanh, as predicted (the one that deviates "
                "most)",
            ),
            shown=lambda share: percent(share, 2),
            because=Text(
                zh=f"{DEEPER_SEEDS.zh}，再加 {SAMPLES:.1%}，因为样本之间并非完全独立",
                en=f"{DEEPER_SEEDS.en}, and {SAMPLES:.1%} because the samples are not quite independent",
            ),
            source=Text(
                zh="1/2 + arctan(m/s)/π，s² = E φ² − E φφ′：样本之间的方差",
                en="1/2 + arctan(m/s)/π, s² = E φ² − E φφ′, the variance between samples",
            ),
        ),
        "deeper_agree_more": Check(
            sentence=Text(
                zh=f"Sigmoid 网络的第 {DEEPER[0]} 层，一批样本的权重梯度同号的比例已高于第 2 层",
                en=f"In layer {DEEPER[0]} of a sigmoid network a batch leaves more signs alike than in layer 2",
            ),
            measured=percent(third.same_sign_share - 4 * third.same_sign_share_standard_error),
            relation=">",
            predicted=percent(sigmoid.same_sign_share + 4 * sigmoid.same_sign_share_standard_error),
            because=Text(zh="两边各让了 4 倍标准误差", en="both sides give way by 4 standard errors"),
            source="c → 1",
        ),
        "law": law.check(
            sentence=Text(
                zh="对一批样本，多数符号的比例只取决于均值与标准差之比：输入、Sigmoid 与 Tanh 的激活值都落在同一条线上"
                "（这里是偏离最大的一处）",
                en="For a batch the share of the more frequent sign depends on mean over standard deviation alone: "
                "inputs, sigmoid and tanh activations lie on one curve (here the one that deviates most)",
            ),
            shown=lambda share: percent(share, 2),
            because=Text(
                zh=f"{SEEDS.zh}，再加 {SAMPLES:.1%}，因为样本之间并非完全独立",
                en=f"{SEEDS.en}, and {SAMPLES:.1%} because the samples are not quite independent",
            ),
            source=LAW_SOURCE,
        ),
        "input_mean": _agreement(input_mean).check(
            sentence=Text(
                zh="输入的均值是标准差的四倍时，第一层一个单元的权重梯度大多同号，与预测一致",
                en="Where the mean of the inputs is four times their standard deviation, most weight gradients of "
                "a unit of the first layer share one sign, as predicted",
            ),
            shown=percent,
            because=Text(
                zh=f"{SEEDS.zh}，再加 {SAMPLES:.1%}，因为样本之间并非完全独立",
                en=f"{SEEDS.en}, and {SAMPLES:.1%} because the samples are not quite independent",
            ),
            source=LAW_SOURCE,
        ),
        "sigmoid_mean": Check(
            sentence=Text(zh="Sigmoid 的激活值以二分之一为中心", en="Sigmoid activations are centered on one half"),
            measured=Number(sigmoid.mean_activation, ".4f"),
            relation="≈",
            predicted=Number(0.5, "g"),
            tolerance=standard_errors(sigmoid.mean_activation, 0.5, sigmoid.mean_activation_standard_error).tolerance,
            because=SEEDS,
            source="σ(−z) = 1 − σ(z)",
        ),
        "tanh_mean": Check(
            sentence=Text(
                zh="Tanh 的激活值是零中心的：均值的大小在 4 倍标准误差之内",
                en="Tanh activations are centered on zero: their mean is within 4 standard errors of it",
            ),
            measured=Number(abs(tanh.mean_activation), ".4f"),
            relation="<",
            predicted=Number(4 * tanh.mean_activation_standard_error, ".4f"),
            because=SEEDS,
            source="tanh(−z) = −tanh(z)",
        ),
        "same_sign": Check(
            sentence=Text(
                zh="Sigmoid 层之后，对单个样本，一个单元的全部权重梯度同号",
                en="Behind a sigmoid layer, for a single sample, all weight gradients of a unit have the same sign",
            ),
            measured=percent(points["sigmoid", single].same_sign_share),
            relation="=",
            predicted=percent(1.0),
            because=Text(zh="每个激活值都是正的", en="every activation is positive"),
            source=SOURCE,
        ),
        "tanh_signs": Check(
            sentence=Text(
                zh="Tanh 层之后，一个单元的权重梯度的符号与抛硬币无异",
                en="Behind a tanh layer the signs of a unit's weight gradients are those of tossed coins",
            ),
            measured=percent(points["tanh", single].same_sign_share),
            relation="≈",
            predicted=percent(points["tanh", single].predicted_same_sign_share),
            tolerance=standard_errors(
                points["tanh", single].same_sign_share,
                points["tanh", single].predicted_same_sign_share,
                points["tanh", single].same_sign_share_standard_error,
            ).tolerance,
            because=SEEDS,
            source=SOURCE,
        ),
        "batch_mixes": Check(
            sentence=Text(
                zh="对一批样本取平均之后，第一个 Sigmoid 层之后的权重梯度不再全部同号",
                en="Averaged over a batch, the weight gradients behind the first sigmoid layer no longer all share one "
                "sign",
            ),
            measured=percent(sigmoid.same_sign_share + 4 * sigmoid.same_sign_share_standard_error),
            relation="<",
            predicted=percent(1.0),
            because=Text(zh="实测值已加上 4 倍标准误差", en="4 standard errors are already added to the measurement"),
            source=SOURCE,
        ),
    }
