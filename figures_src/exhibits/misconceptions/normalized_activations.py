"""Batch normalization sets mean and variance; the shape of the distribution stays."""

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import Place, label_at
from figures_src.drawing.style import FIRST, SECOND
from figures_src.exhibits._shared.agreement import errors_of_seeds, standard_errors
from figures_src.exhibits._shared.labels import (
    MEASURED_COLUMN,
    PREDICTED_COLUMN,
    QUANTITY,
    decades,
    factor,
    percent,
    rounding,
    with_error,
)
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.estimates import Estimate
from gradlab.experiments.architecture import normalized_activations

CONFIG = normalized_activations.Config()
TITLE = Text(zh="BN 之后的分布", en="Distributions after batch normalization")
ZEROS = Text(zh="恰好为 0 的激活值", en="Activations that are exactly 0")
SKEWNESS = Text(zh="激活值的偏度（正态分布是 0）", en="Skewness of the activations (normal: 0)")
KURTOSIS = Text(zh="激活值的超额峰度（正态分布是 0）", en="Excess kurtosis of the activations (normal: 0)")
BEFORE = Text(zh="两团输入：BN 之前预激活值的超额峰度", en="Two clusters: excess kurtosis of pre-activations before BN")
AFTER = Text(zh="两团输入：BN 之后预激活值的超额峰度", en="Two clusters: excess kurtosis of pre-activations after BN")
ROUNDING = Text(zh="所有单元、所有随机种子里最大的相差，只是舍入", en="the largest of all units and seeds is rounding")
LIMIT = 1e-9
ROOM = 1.15
"""Height of the axes in units of the highest peak, with its label above."""
VALUE = Text(zh="归一化之后的预激活值", en="normalized pre-activation")
SHARE = Text(zh="样本的比例", en="share of samples")
NORMAL_INPUTS = Text(zh="输入 N(0,\xa01)，全部单元", en="inputs N(0,\xa01), all units")
CLUSTERS = Text(zh="输入\xa0N(±m,\xa01)，\n一个单元", en="inputs\xa0N(±m,\xa01),\none unit")
SOURCE = "E ReLU(z)ᵏ, z ~ N(0, 1)"
AFFINE = "γ (z − μ)/σ + β, Ioffe & Szegedy 2015, arXiv:1502.03167"


def compute() -> normalized_activations.Result:
    """Feed normal inputs and two clusters to the layer."""
    return measured(normalized_activations, CONFIG)


def _rows(result: normalized_activations.Result) -> tuple[tuple[Text, Estimate, float], ...]:
    shape = theory.rectified_normal()
    return (
        (ZEROS, result.zeros, 0.5),
        (SKEWNESS, result.skewness, shape.skewness),
        (KURTOSIS, result.excess_kurtosis, shape.excess_kurtosis),
        (BEFORE, result.clusters_before, result.predicted_clusters),
        (AFTER, result.clusters_after, result.predicted_clusters),
    )


def draw(figure: Figure, result: normalized_activations.Result, text: Localize) -> None:
    """Draw both distributions behind batch normalization."""
    axes = figure.subplots()
    drawn: tuple[tuple[normalized_activations.Histogram, Text, str, str, str, Place], ...] = (
        (result.normal, NORMAL_INPUTS, FIRST, "o", "-", "above"),
        (result.clusters, CLUSTERS, SECOND, "s", "--", "above right"),
    )
    for histogram, label, color, marker, dashes, place in drawn:
        axes.plot(histogram.centers, histogram.predicted, color=color, linestyle=dashes, linewidth=1.3)
        axes.errorbar(
            histogram.centers,
            histogram.share,
            yerr=[2 * error for error in histogram.standard_error],
            color=color,
            marker=marker,
            linestyle="none",
        )
        # Both curves end at 0, so their labels stand at their peaks.
        peak = max(range(len(histogram.centers)), key=lambda index: (round(histogram.predicted[index], 6), index))
        label_at(axes, (histogram.centers[peak], histogram.predicted[peak]), text(label), color, place)
    axes.set(xlabel=text(VALUE), ylabel=text(SHARE))
    axes.set_ylim(0, ROOM * max(result.normal.predicted))


def data(result: normalized_activations.Result) -> Table:
    """Both histograms."""
    columns = [result.normal.centers]
    header = ["normalized_pre_activation"]
    for name, histogram in (("normal", result.normal), ("clusters", result.clusters)):
        header += [f"{name}_{part}" for part in ("share", "standard_error", "predicted")]
        columns += [histogram.share, histogram.standard_error, histogram.predicted]
    return Table(tuple(header), tuple(zip(*columns, strict=True)))


def table(result: normalized_activations.Result, text: Localize) -> Table:
    """List every quantity with its prediction."""
    rows = tuple(
        (
            text(name),
            with_error(estimate.value, estimate.standard_error).replace("-", "−"),
            str(Number(predicted, ".4f")),
        )
        for name, estimate, predicted in _rows(result)
    )
    return Table(tuple(map(text, (QUANTITY, MEASURED_COLUMN, PREDICTED_COLUMN))), rows)


def numbers(result: normalized_activations.Result) -> dict[str, Number]:
    return {
        "width": Number(result.config.width, "d"),
        "batch": Number(result.config.batch, "d"),
        "bins": Number(result.config.bins, "d"),
        "seeds": Number(result.config.seeds, "d"),
        "zeros": percent(result.zeros.value),
        "skewness": factor(result.skewness.value),
        "excess_kurtosis": factor(result.excess_kurtosis.value),
        "clusters": factor(result.clusters_after.value),
    }


def checks(result: normalized_activations.Result) -> dict[str, Check]:
    _, (_, skewness, predicted_skewness), (_, kurtosis, predicted_kurtosis), *_ = _rows(result)

    def agrees(sentence: Text, estimate: Estimate, predicted: float, source: str) -> Check:
        return standard_errors(estimate.value, predicted, estimate.standard_error).check(
            sentence=sentence,
            shown=".4f",
            because=errors_of_seeds(CONFIG.seeds),
            source=source,
        )

    return {
        "standardized": Check(
            sentence=Text(
                zh="BN 之后，每个单元的预激活值在这一批上均值为 0、方差为 1（实测值是最大的偏差）",
                en="After batch normalization every unit's pre-activations have mean 0 and variance 1 over the batch "
                "(measured: the largest deviation)",
            ),
            measured=decades(max(result.largest_mean, result.largest_variance_error)),
            relation="<",
            predicted=decades(LIMIT),
            because=Text(
                zh="所有单元、所有随机种子里最大的，只剩舍入和分母里的 ε = 10⁻¹²",
                en="the largest of all units and seeds; rounding and the ε of 10⁻¹² in the denominator remain",
            ),
            source=AFFINE,
        ),
        "zeros": agrees(
            Text(
                zh="BN 和 ReLU 之后，一半的激活值恰好是 0",
                en="After batch normalization and ReLU half of the activations are exactly 0",
            ),
            result.zeros,
            0.5,
            "P(z < 0)",
        ),
        "skewness": agrees(
            Text(
                zh="BN 和 ReLU 之后，激活值的偏度是经过 ReLU 的正态变量的偏度，不是正态分布的 0",
                en="After batch normalization and ReLU the activations have the skewness of a rectified normal "
                "variable, and not the 0 of a normal one",
            ),
            skewness,
            predicted_skewness,
            SOURCE,
        ),
        "kurtosis": agrees(
            Text(
                zh="BN 和 ReLU 之后，激活值的超额峰度也是经过 ReLU 的正态变量的，不是 0",
                en="After batch normalization and ReLU the activations' excess kurtosis, too, is that of a rectified "
                "normal variable, and not 0",
            ),
            kurtosis,
            predicted_kurtosis,
            SOURCE,
        ),
        "two_peaks": agrees(
            Text(
                zh="输入分成两团时，BN 之后的预激活值仍是两团：超额峰度为负，与两团的公式一致",
                en="For inputs in two clusters the pre-activations are in two clusters after batch normalization too: "
                "they have the negative excess kurtosis of two",
            ),
            result.clusters_after,
            result.predicted_clusters,
            "−2 t²/(t + 1)²",
        ),
        "shape": Check(
            sentence=Text(
                zh="BN 不改变分布的形状：前后的偏度和超额峰度相同（实测值是最大的相差）",
                en="Batch normalization leaves the shape of a distribution: skewness and excess kurtosis are the same "
                "before and after (measured: the largest difference)",
            ),
            measured=rounding(result.clusters_change),
            relation="<",
            predicted=decades(LIMIT),
            because=ROUNDING,
            source=AFFINE,
        ),
    }
