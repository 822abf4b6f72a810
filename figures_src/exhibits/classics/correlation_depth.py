"""Schoenholz et al. 2017: tanh networks train up to about six correlation lengths."""

import math
from functools import lru_cache

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_at
from figures_src.drawing.style import FIRST, MUTED_LINE, PREDICTION
from figures_src.exhibits._shared.counts import roughly
from figures_src.exhibits._shared.spirals import COUNTED
from figures_src.model.exhibit import Cell, Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.training import trainable_depth
from gradlab.experiments.training.trainable_depth import Kind

BIAS_VARIANCE = 0.05
VARIANCES = (0.7, 1.0, 1.4, 2.5, 4.0, 8.0)
CONFIG = trainable_depth.Config(
    kinds=tuple(
        Kind(
            f"{variance:g}",
            activation="tanh",
            initialization="normal",
            sigma_w=math.sqrt(variance),
            bias_deviation=math.sqrt(BIAS_VARIANCE),
        )
        for variance in VARIANCES
    ),
    depths=(10, 20, 30),
    width=32,
    steps=200,
    seeds=5,
)
LENGTHS = 6
"""Correlation lengths that the paper gives as the trainable depth."""
TITLE = Text(zh="Schoenholz 等人 2017：能训练的深度", en="Schoenholz et al. 2017: trainable depth")
VARIANCE = Text(zh="权重尺度的平方 σ_w²（对数坐标）", en="squared weight scale σ_w² (log scale)")
DEPTH = Text(zh="层数", en="layers")
LINE = Text(zh="六个相关长度", en="six correlation lengths")
VARIANCE_COLUMN = Text(zh="σ<sub>w</sub>²", en="σ<sub>w</sub>²")
LINE_COLUMN = Text(zh="六个相关长度", en="Six correlation lengths")
LAYERS_COLUMN = Text(zh="{depth} 层：{seeds} 个里学会的", en="{depth} layers: learned, of {seeds}")
HIGHEST = 40.0
ORDERED, CHAOTIC = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3), (3.5, 4.0, 5.0, 6.3, 8.0)
"""Weight scales of the line; between the two it lies beyond the figure, and on the second a point takes a second."""
MIDDLE, LABEL_DEPTH = 2.1, 33.0
"""Place of the line's label: under its gap, and over the circles."""
CIRCLE = 150.0
"""Area of a whole circle."""


def compute() -> trainable_depth.Result:
    """Train networks of every weight scale and depth."""
    return measured(trainable_depth, CONFIG)


@lru_cache
def _limit(variance: float) -> float:
    """Six correlation lengths, in layers."""
    return LENGTHS * theory.correlation_length("tanh", math.sqrt(variance), math.sqrt(BIAS_VARIANCE))


def _grid() -> list[tuple[float, float, int]]:
    """Weight variance and depth of every point, with its place in the result."""
    return [
        (variance, depth, place)
        for place, (variance, depth) in enumerate(
            (variance, depth) for variance in VARIANCES for depth in CONFIG.depths
        )
    ]


def draw(figure: Figure, result: trainable_depth.Result, text: Localize) -> None:
    """Draw how many seeds learn at every weight scale and depth, and the line of six correlation lengths."""
    axes = figure.subplots()
    for branch in (ORDERED, CHAOTIC):
        axes.plot(branch, [_limit(variance) for variance in branch], color=PREDICTION, linewidth=1.4)
    grid = _grid()
    places = ([variance for variance, _, _ in grid], [depth for _, depth, _ in grid])
    # An area is in square points.
    areas = [CIRCLE * result.points[place].learned / result.config.seeds for _, _, place in grid]
    axes.scatter(*places, s=CIRCLE, facecolors="none", edgecolors=MUTED_LINE)
    axes.scatter(*places, s=areas, color=FIRST, linewidths=0)
    label_at(axes, (MIDDLE, LABEL_DEPTH), text(LINE), PREDICTION, "above")
    axes.set(xscale="log", xlabel=text(VARIANCE), ylabel=text(DEPTH), ylim=(0, HIGHEST))
    axes.set_xticks(VARIANCES, [f"{variance:g}" for variance in VARIANCES])
    axes.minorticks_off()


def data(result: trainable_depth.Result) -> Table:
    """Number of seeds that learn at every point, and six correlation lengths."""
    rows = tuple(
        (variance, depth, result.points[place].learned, result.config.seeds, _limit(variance))
        for variance, depth, place in _grid()
    )
    return Table(("sigma_w_squared", "layers", "learned", "of", "six_correlation_lengths"), rows)


def table(result: trainable_depth.Result, text: Localize) -> Table:
    """List about how many seeds learn."""
    layers = (text(LAYERS_COLUMN).format(depth=depth, seeds=CONFIG.seeds) for depth in CONFIG.depths)
    header = (text(VARIANCE_COLUMN), text(LINE_COLUMN), *layers)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"{variance:g}",
            f"{_limit(variance):.0f}",
            *(roughly(result.at(f"{variance:g}", depth).learned, CONFIG.seeds) for depth in CONFIG.depths),
        )
        for variance in VARIANCES
    )
    return Table(header, rows)


def _deepest(result: trainable_depth.Result, variance: float) -> int:
    """The largest depth at which more than half of the seeds learn; 0 where there is none."""
    points = [result.at(f"{variance:g}", depth) for depth in CONFIG.depths]
    return max((point.depth for point in points if point.learned > CONFIG.seeds / 2), default=0)


def numbers(result: trainable_depth.Result) -> dict[str, Number]:
    deepest = {variance: _deepest(result, variance) for variance in VARIANCES}
    return {
        "width": Number(CONFIG.width, "d"),
        "seeds": Number(CONFIG.seeds, "d"),
        "steps": Number(CONFIG.steps, "d"),
        "bias_variance": Number(BIAS_VARIANCE, "g"),
        "critical": Number(theory.critical_sigma_w("tanh", math.sqrt(BIAS_VARIANCE)) ** 2, ".2f"),
        "low": Number(VARIANCES[0], "g"),
        "high": Number(VARIANCES[-1], "g"),
        "low_limit": Number(_limit(VARIANCES[0]), ".0f"),
        "high_limit": Number(_limit(VARIANCES[-1]), ".0f"),
        "low_deepest": Number(deepest[VARIANCES[0]], "d"),
        "high_deepest": Number(deepest[VARIANCES[-1]], "d"),
        "deepest": Number(max(deepest.values()), "d"),
    }


def checks(result: trainable_depth.Result) -> dict[str, Check]:
    beyond = sum(_deepest(result, variance) > _limit(variance) for variance in VARIANCES)
    middle = max(_deepest(result, variance) for variance in VARIANCES[1:-1])
    ends = max(_deepest(result, variance) for variance in (VARIANCES[0], VARIANCES[-1]))
    chaotic = VARIANCES[-1]
    return {
        "limit": Check(
            sentence=Text(
                zh="tanh 网络超过六个相关长度，就没有一种权重尺度还有半数以上的随机种子学会（实测值是例外的个数）",
                en="Beyond six correlation lengths there is no weight scale at which more than half of the seeds of a "
                "tanh network learn (measured: how many there are)",
            ),
            measured=Number(beyond, "d"),
            relation="=",
            predicted=Number(0, "d"),
            because=COUNTED,
            source="6 ξ_c, Schoenholz et al. 2017, arXiv:1611.01232",
        ),
        "peak": Check(
            sentence=Text(
                zh="能训练的深度在临界点附近最大：那里半数以上学会的深度，超过两端的",
                en="Networks train deepest near the critical scale: the depth at which more than half learn is larger "
                "there than at either end",
            ),
            measured=Number(middle, "d"),
            relation=">",
            predicted=Number(ends, "d"),
            because=COUNTED,
            source=Text(zh="临界处 ξ_c 为无穷", en="ξ_c is infinite at the critical scale"),
        ),
        "chaotic": Check(
            sentence=Text(
                zh=f"在混沌一侧（σ_w² = {chaotic:g}），不到六个相关长度就学不会了：半数以上学会的深度不到它的一半",
                en=f"On the chaotic side (σ_w² = {chaotic:g}) they stop sooner: more than half learn up to less than "
                "half of six correlation lengths",
            ),
            measured=Number(_deepest(result, chaotic), "d"),
            relation="<",
            predicted=Number(_limit(chaotic) / 2, ".1f"),
            because=COUNTED,
            source="3 ξ_c",
        ),
    }
