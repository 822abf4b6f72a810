"""Silent units before any training: even in a healthy ReLU network their share grows with the depth."""

import math

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, FOURTH, PREDICTION, SECOND, THIRD, layer_ticks
from figures_src.exhibits._shared.agreement import Comparison, standard_errors, worst
from figures_src.exhibits._shared.labels import LAYER, LAYER_COLUMN, PREDICTED, percent
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.activations import dead_units

TITLE = Text(zh="训练之前就静默的单元", en="Units that are silent before training")
SHARE = Text(zh="静默单元所占的比例", en="share of silent units")
CASES = {
    "he": Text(zh="He", en="He"),
    "default": Text(zh="PyTorch 默认", en="PyTorch default"),
    "he_uncentred": Text(zh="He，输入均值\xa01", en="He, input\xa0mean\xa01"),
    "he_batch_norm": Text(zh="He + BN", en="He + BN"),
}
CONFIG = dead_units.Config(cases=tuple(case for case in dead_units.CASES if case.name in CASES), seeds=10)
STYLES = {"he": (FIRST, "o"), "he_uncentred": (FOURTH, "D"), "default": (SECOND, "s"), "he_batch_norm": (THIRD, "^")}
SEEDS = Text(
    zh=f"{CONFIG.seeds} 个随机种子的 4 倍标准误差，不小于二项分布的标准误差",
    en=f"4 standard errors of {CONFIG.seeds} seeds, none taken below the binomial one",
)
SUBTRACTED = Text(zh="实测值已减去 4 倍标准误差", en="4 standard errors are already subtracted from the measurement")
SOURCE = "∫ Φ(−t/√(1−c))^B; c_l: Schoenholz et al. 2017, arXiv:1611.01232"
BIAS_LAYER = 5
"""Layer at which the default's bias is larger than its signal, and He's units still differ from input to input."""
LISTED = (1, 2, 3, 4, 5, 7, 10, 15, 20)
COMPARED = 0.01
"""Smaller shares are a few units of a layer, too few for a standard error from the seeds."""


def compute() -> dead_units.Result:
    """Feed ten networks of every case a batch."""
    return measured(dead_units, CONFIG)


def _by_name(result: dead_units.Result) -> dict[str, dead_units.Series]:
    return {series.case.name: series for series in result.series}


def _error(result: dead_units.Result, series: dead_units.Series, index: int) -> float:
    """The standard error of a share, not below that of as many independent units."""
    p = series.predicted[index]
    binomial = math.sqrt(p * (1 - p) / (result.config.width * result.config.seeds))
    return max(series.standard_error[index], binomial)


def draw(figure: Figure, result: dead_units.Result, text: Localize) -> None:
    """Draw the share of silent units against the layer."""
    axes = figure.subplots()
    layers = range(1, result.config.depth + 1)
    by_name = _by_name(result)
    for name, label in CASES.items():
        series = by_name[name]
        color, marker = STYLES[name]
        axes.plot(layers, series.predicted, color=PREDICTION, linewidth=1)
        axes.errorbar(
            layers,
            series.share,
            yerr=[2 * _error(result, series, index) for index in range(result.config.depth)],
            color=color,
            marker=marker,
            linestyle="none",
            elinewidth=1,
            label=text(label),
        )
    axes.set(xlabel=text(LAYER), ylabel=text(SHARE), ylim=(-0.015, 0.58))
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    layer_ticks(axes, result.config.depth)
    label_curves(axes)


def table(result: dead_units.Result, text: Localize) -> Table:
    """List some layers: the measured and the predicted share of every case."""
    columns = [LAYER_COLUMN]
    for name in CASES:
        columns += [CASES[name], PREDICTED]
    by_name = _by_name(result)
    rows: list[tuple[str | int, ...]] = []
    for layer in LISTED:
        shares = [
            share for name in CASES for share in (by_name[name].share[layer - 1], by_name[name].predicted[layer - 1])
        ]
        rows.append((layer, *(str(percent(share)) for share in shares)))
    return Table(tuple(map(text, columns)), tuple(rows))


def data(result: dead_units.Result) -> Table:
    """Every case and layer."""
    rows = tuple(
        (series.case.name, layer, *values)
        for series in result.series
        for layer, values in enumerate(
            zip(series.share, series.standard_error, series.predicted, series.correlation, strict=True), 1
        )
    )
    header = ("case", "layer", "silent_share", "standard_error", "predicted_share", "predicted_correlation")
    return Table(header, rows)


def numbers(result: dead_units.Result) -> dict[str, Number]:
    config = result.config
    offered = {
        "width": Number(config.width, "d"),
        "layers": Number(config.depth, "d"),
        "batch": Number(config.batch, "d"),
        "seeds": Number(config.seeds, "d"),
        "bias_layer": Number(BIAS_LAYER, "d"),
    }
    for name, series in _by_name(result).items():
        offered |= {
            f"{name}_first": percent(series.share[0]),
            f"{name}_{BIAS_LAYER}": percent(series.share[BIAS_LAYER - 1]),
            f"{name}_last": percent(series.share[-1]),
            f"{name}_predicted_last": percent(series.predicted[-1]),
            f"{name}_correlation_last": Number(series.correlation[-1], ".3f"),
        }
    return offered


def _agreement(sentence: Text, compared: Comparison) -> Check:
    return compared.check(
        sentence=sentence,
        shown=lambda share: percent(share, 2),
        because=SEEDS,
        source=SOURCE,
    )


def checks(result: dead_units.Result) -> dict[str, Check]:
    by_name = _by_name(result)

    def comparison(series: dead_units.Series, index: int) -> Comparison:
        return standard_errors(series.share[index], series.predicted[index], _error(result, series, index))

    def at_least(name: str, index: int) -> float:
        series = by_name[name]
        return series.share[index] - 4 * _error(result, series, index)

    he = by_name["he"]
    index = BIAS_LAYER - 1
    return {
        "depth": _agreement(
            Text(
                zh=f"健康的 {CONFIG.depth} 层 He 网络，最后一层有许多单元对整批样本都静默，比例与预测一致",
                en=f"In the last layer of a healthy He network of {CONFIG.depth} layers as many units are silent for "
                "the whole batch as predicted",
            ),
            comparison(he, -1),
        ),
        "law": _agreement(
            Text(
                zh="各种情形、各层中静默单元的比例都符合预测（这里是偏离最大的一处）",
                en="The share of silent units is the predicted one in every case and layer (here the one that "
                "deviates most)",
            ),
            worst(
                comparison(series, index)
                for series in result.series
                for index in range(result.config.depth)
                if series.predicted[index] >= COMPARED
            ),
        ),
        "default": Check(
            sentence=Text(
                zh=f"PyTorch 默认初始化在第 {BIAS_LAYER} 层的静默单元，是 He 初始化的三倍以上",
                en=f"At layer {BIAS_LAYER} PyTorch's default initialization leaves more than three times as many units "
                "silent as He initialization",
            ),
            measured=percent(at_least("default", index)),
            relation=">",
            predicted=percent(3 * he.share[index]),
            because=SUBTRACTED,
            source=SOURCE,
        ),
        "input_mean": Check(
            sentence=Text(
                zh="输入的均值不为零时，靠近输入的层里静默的单元更多",
                en="Inputs whose mean is not zero leave more units silent in the layers near the input",
            ),
            measured=percent(at_least("he_uncentred", index)),
            relation=">",
            predicted=percent(he.share[index]),
            because=SUBTRACTED,
            source=SOURCE,
        ),
        "batch_normalization": Check(
            sentence=Text(
                zh="激活函数之前有批量归一化时，没有一个单元对整批样本静默",
                en="With batch normalization before the activation no unit is silent for the whole batch",
            ),
            measured=percent(max(by_name["he_batch_norm"].share)),
            relation="=",
            predicted=percent(0.0),
            because=Text(
                zh="归一化之后，每个单元在一批上的均值是零，总有样本在零以上",
                en="over the batch the normalized values of a unit have mean 0, so that some are above 0",
            ),
            source="Ioffe & Szegedy 2015, arXiv:1502.03167",
        ),
    }
