"""Nielsen's sigmoid networks: the ratios that his book's figures begin with, beside ours and mean-field theory."""

from collections.abc import Iterator

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.style import FIRST, PREDICTION, SECOND, legend_above
from figures_src.exhibits._shared.agreement import standard_errors, worst
from figures_src.exhibits._shared.labels import factor
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.scale import first_layers
from gradlab.experiments.scale.first_layers import STORED_NORMS, Pair

CONFIG = first_layers.Config()
TITLE = Text(zh="Nielsen 的 Sigmoid 网络：相邻两层的梯度之比", en="Nielsen's sigmoid networks: neighboring layers")
RATIO = Text(zh="一层的梯度范数 / 后一层的", en="gradient norm over the next layer's")
LAYERS = Text(zh="隐藏层数，相邻的两层", en="hidden layers, and which two of them")
OURS = Text(zh="我们的网络：中位数与中间 95%", en="ours: median and middle 95%")
STORED = Text(zh="书中的网络", en="the book's")
THEORY = Text(zh="平均场预测", en="mean field")
DEPTH_COLUMN = Text(zh="隐藏层数", en="Hidden layers")
PAIR_COLUMN = Text(zh="哪两层", en="Which two")
STORED_COLUMN = Text(zh="书中存下的", en="Stored for the book")
MEDIAN_COLUMN = Text(zh="我们的中位数", en="Our median")
RANGE_COLUMN = Text(zh="中间 95%", en="Middle 95%")
THEORY_COLUMN = Text(zh="平均场预测", en="Mean field")
BOOK = Text(zh="Nielsen 2015，第五章", en="Nielsen 2015, chapter 5")
MIDDLE = 0.95
APART = 2
"""A factor within which a stored norm and our median count as alike."""


def compute() -> first_layers.Result:
    """Draw the book's networks again."""
    return measured(first_layers, CONFIG)


def _stored(pair: Pair) -> float:
    norms = next(norms for norms in STORED_NORMS if len(norms) == pair.depth)
    return norms[pair.layer - 1] / norms[pair.layer]


def _quantile(pair: Pair, share: float) -> float:
    return pair.ratios[round(share * (len(pair.ratios) - 1))]


def _range(pair: Pair) -> tuple[float, float]:
    return _quantile(pair, (1 - MIDDLE) / 2), _quantile(pair, (1 + MIDDLE) / 2)


def _name(pair: Pair) -> str:
    return f"{pair.layer}/{pair.layer + 1}"


def draw(figure: Figure, result: first_layers.Result, text: Localize) -> None:
    """Draw median and middle of our networks, the book's networks, and the prediction, for every two layers."""
    axes = figure.subplots()
    places = range(len(result.pairs))
    for place, pair in zip(places, result.pairs, strict=True):
        axes.plot([place - 0.3, place + 0.3], [pair.predicted] * 2, color=PREDICTION, linewidth=1.4)
    medians = [_quantile(pair, 0.5) for pair in result.pairs]
    low, high = zip(*map(_range, result.pairs), strict=True)
    axes.errorbar(
        [place - 0.1 for place in places],
        medians,
        yerr=[
            [median - end for median, end in zip(medians, low, strict=True)],
            [end - median for median, end in zip(medians, high, strict=True)],
        ],
        color=FIRST,
        marker="o",
        linestyle="none",
        elinewidth=1.2,
        label=text(OURS),
    )
    stored = [_stored(pair) for pair in result.pairs]
    axes.plot(
        [place + 0.1 for place in places],
        stored,
        color=SECOND,
        marker="D",
        linestyle="none",
        label=text(STORED),
    )
    axes.plot([], [], color=PREDICTION, linewidth=1.4, label=text(THEORY))
    axes.set_xticks(list(places), [f"{pair.depth}: {_name(pair)}" for pair in result.pairs])
    axes.set(ylim=(0, None), xlabel=text(LAYERS), ylabel=text(RATIO))
    legend_above(axes)


def data(result: first_layers.Result) -> Table:
    """The ratios that the figure shows."""
    header = ("hidden_layers", "layer", "stored", "median", "low", "high", "root_mean_square", "mean_field")
    rows = tuple(
        (
            pair.depth,
            pair.layer,
            _stored(pair),
            _quantile(pair, 0.5),
            *_range(pair),
            pair.root_mean_square,
            pair.predicted,
        )
        for pair in result.pairs
    )
    return Table(header, rows)


def table(result: first_layers.Result, text: Localize) -> Table:
    """List the same with three decimals."""

    def row(pair: Pair) -> tuple[str | int, ...]:
        low, high = _range(pair)
        cells = (_stored(pair), _quantile(pair, 0.5))
        return (
            pair.depth,
            _name(pair),
            *(str(factor(cell)) for cell in cells),
            f"{low:.3f}–{high:.3f}",
            str(factor(pair.predicted)),
        )

    header = (DEPTH_COLUMN, PAIR_COLUMN, STORED_COLUMN, MEDIAN_COLUMN, RANGE_COLUMN, THEORY_COLUMN)
    return Table(tuple(map(text, header)), tuple(map(row, result.pairs)))


def _norms(result: first_layers.Result) -> Iterator[tuple[float, float]]:
    """Every stored norm with the median of ours."""
    for depth, ours in zip(result.config.depths, result.norms, strict=True):
        yield from zip(next(norms for norms in STORED_NORMS if len(norms) == depth), ours, strict=True)


def numbers(result: first_layers.Result) -> dict[str, Number]:
    stored = [_stored(pair) for pair in result.pairs]
    medians = [_quantile(pair, 0.5) for pair in result.pairs]
    deepest = result.pairs[-1]
    return {
        "width": Number(result.config.width, "d"),
        "networks": Number(result.config.networks, "d"),
        "samples": Number(result.config.samples, "d"),
        "smallest_stored": factor(min(stored)),
        "largest_stored": factor(max(stored)),
        "smallest_median": factor(min(medians)),
        "largest_median": factor(max(medians)),
        "predicted": Number(deepest.predicted, ".4f"),
        "low": Number(min(_range(pair)[0] for pair in result.pairs), ".2f"),
        "high": Number(max(_range(pair)[1] for pair in result.pairs), ".2f"),
        "apart": Number(APART, "d"),
    }


def checks(result: first_layers.Result) -> dict[str, Check]:
    law = worst(standard_errors(pair.root_mean_square, pair.predicted, pair.standard_error) for pair in result.pairs)
    inside = sum(low <= _stored(pair) <= high for pair in result.pairs for low, high in [_range(pair)])
    norms = list(_norms(result))
    alike = sum(1 / APART < stored / ours < APART for stored, ours in norms)
    return {
        "law": law.check(
            sentence=Text(
                zh="Nielsen 书中那样的 Sigmoid 网络，相邻两层梯度之比的均方根是平均场的预测值（取最接近出界的一对）",
                en="In sigmoid networks such as Nielsen's the ratio of neighboring layers' gradients has the root "
                "mean square that mean-field theory gives it (the two layers that come closest to failing)",
            ),
            shown=".4f",
            because=Text(
                zh=f"{CONFIG.networks} 个网络的 4 倍标准误差", en=f"4 standard errors of {CONFIG.networks} networks"
            ),
            source="√χ, σ_w = σ_b = 1, Schoenholz et al. 2017, arXiv:1611.01232",
        ),
        "stored": Check(
            sentence=Text(
                zh="Nielsen 书中存下的六个比值，每一个都落在我们的网络中间 95% 的范围里",
                en="Each of the six ratios stored for Nielsen's book lies within the middle 95% of our networks",
            ),
            measured=Number(inside, "d"),
            relation="=",
            predicted=Number(len(result.pairs), "d"),
            because=Text(
                zh="落在范围里的个数；书中每种深度只有一个网络",
                en="how many of them do; the book has one network of each depth",
            ),
            source=BOOK,
        ),
        "norms": Check(
            sentence=Text(
                zh="Nielsen 书中存下的九个范数，每一个都与我们的中位数相差不到一倍",
                en="Each of the nine norms stored for Nielsen's book is within a factor of two of our median",
            ),
            measured=Number(alike, "d"),
            relation="=",
            predicted=Number(len(norms), "d"),
            because=Text(zh="符合的个数；我们的图像不是他的数字", en="how many are; our images are not his digits"),
            source=BOOK,
        ),
    }
