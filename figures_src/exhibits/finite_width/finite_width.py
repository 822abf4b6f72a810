"""Finite width: the gradient of one network is a sample of a wide distribution, which the exact law describes."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from figures_src.cache.results import measured
from figures_src.drawing.style import FIRST, MUTED_LINE, PREDICTION, SECOND, legend_above
from figures_src.exhibits._shared.agreement import Comparison, standard_errors, worst
from figures_src.exhibits._shared.labels import factor, percent
from figures_src.exhibits._shared.results import Results
from figures_src.model.exhibit import Answer, Check, Number, Question, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.scale import finite_width

CONFIGS = tuple(
    finite_width.Config(width=n, depth=n, networks=networks)
    for n, networks in ((8, 1000), (16, 1000), (32, 1000), (64, 500))
)

TITLE = Text(zh="有限宽度：随机种子就是一次抽样", en="Finite width: a seed is a sample")
RATIO = Text(zh="范数之比（对数坐标）", en="ratio of norms (log scale)")
SHARE = Text(zh="网络的比例（一个数量级分四格）", en="networks per bin (four to a factor of 10)")
FORWARD = Text(zh="前向传播", en="forward")
BACKWARD = Text(zh="反向传播", en="backward")
EXACT = Text(zh="精确的公式", en="exact law")
LEADING = Text(zh="只取首项", en="leading order")
MEAN_SQUARE = Text(zh="均方根的预测值", en="root mean square")
NETWORKS = Text(zh="宽度 = 层数", en="Width = depth")
DIRECTION = Text(zh="方向", en="Direction")
MEAN = Text(zh="对数的均值（实测）", en="Mean of the logarithm (measured)")
VARIANCE = Text(zh="对数的方差（实测）", en="Variance of the logarithm (measured)")
PREDICTED = Text(zh="预测值", en="predicted")
MEDIAN = Text(zh="范数之比的中位数（实测）", en="Median ratio of norms (measured)")
FOUR_ERRORS = Text(
    zh=f"4 倍标准误差；宽度 {CONFIGS[-1].width} 有 {CONFIGS[-1].networks} 个网络，其余 {CONFIGS[0].networks} 个",
    en=f"4 standard errors; {CONFIGS[-1].networks} networks at width {CONFIGS[-1].width}, else {CONFIGS[0].networks}",
)
SOURCE = Text(
    zh="Σ ln((2/n) χ²_K)，K ~ Binomial(n, 1/2)；首项见 Hanin & Nica 2020, arXiv:1812.05994",
    en="Σ ln((2/n) χ²_K), K ~ Binomial(n, 1/2); leading order: Hanin & Nica 2020, arXiv:1812.05994",
)

REPLICAS = 200
"""Samples of as many networks, drawn from the exact law, that show how much one sample varies."""
LARGEST_PART = 20
"""The largest twentieth of the networks."""
BINS = tuple(k / 4 for k in range(-11, 6))
"""Edges, in decades of the ratio of norms."""
CURVE_POINTS = 97
LONG, KEPT = 100, 0.9
GIVE_UP = 10_000


@dataclass(frozen=True)
class Result(Results):
    """The networks of every width, and what the law says besides.

    Attributes:
        widths: one result for each width, the widest last.
        curve: for the widest, ratio of norms, and the share of networks within an eighth of a decade of it: exact
            law, and normal distribution with the leading-order mean and variance.
        pair_factor: predicted factor by which the norms of half of all pairs of the widest networks differ, or more.
        pair_depth: smallest depth at which, at that width, it is ten.
        typical: predicted median of the ratio of norms of the widest.
        needed_width: smallest width at which the median over 100 layers is at least 0.9.
        needed_width_leading: the same to leading order.
        largest_shares: the share of the mean square that the largest twentieth of the networks contributes, in
            samples of as many networks from the exact law, in ascending order.
        below_mean: predicted share of networks below the root mean square.

    """

    widths: tuple[finite_width.Result, ...]
    curve: tuple[tuple[float, float, float], ...]
    pair_factor: float
    pair_depth: int
    typical: float
    needed_width: int
    needed_width_leading: int
    largest_shares: tuple[float, ...]
    below_mean: float

    @property
    def widest(self) -> finite_width.Result:
        """The networks of the figure."""
        return self.widths[-1]


def _law(width: int) -> theory.LogLaw:
    return theory.finite_width_law(width, math.sqrt(2))


def _logarithm(decades: float) -> float:
    """The logarithm of the squared norm that belongs to a ratio of norms in decades."""
    return 2 * math.log(10) * decades


def _curve(width: int, depth: int) -> tuple[tuple[float, float, float], ...]:
    """The predicted shares on an even grid of decades."""
    low, high, half = BINS[0], BINS[-1], (BINS[1] - BINS[0]) / 2
    centers = torch.linspace(low, high, CURVE_POINTS, dtype=torch.float64)
    ends = [_logarithm(1.0) * (centers + sign * half) for sign in (1, -1)]
    law = _law(width)
    leading = theory.LogLaw(mean=-5 / (2 * width), variance=5 / width, third_cumulant=0.0)
    columns = (
        one.distribution_function(ends[0], depth) - one.distribution_function(ends[1], depth) for one in (law, leading)
    )
    return tuple(zip((10**centers).tolist(), *(column.tolist() for column in columns), strict=True))


def _smallest(start: int, reaches: Callable[[int], bool]) -> int:
    """The smallest integer from ``start`` on that reaches something that every larger one reaches, too.

    A search that does not end within reason is given up, so that a fault in the law shows in the checks.
    """
    high = start
    while high < GIVE_UP and not reaches(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def compute() -> Result:
    """Draw networks of four widths, as deep as they are wide."""
    widths = tuple(measured(finite_width, config) for config in CONFIGS)
    n, L = CONFIGS[-1].width, CONFIGS[-1].depth
    law = _law(n)
    return Result(
        widths=widths,
        curve=_curve(n, L),
        pair_factor=law.pair_factor(L),
        pair_depth=_smallest(1, lambda depth: law.pair_factor(depth) >= CONFIGS[-1].pair_factor),
        typical=law.typical_factor(L) ** L,
        needed_width=_smallest(8, lambda width: _law(width).typical_factor(LONG) ** LONG >= KEPT),
        needed_width_leading=math.ceil(-5 * LONG / (4 * math.log(KEPT))),
        largest_shares=_largest_shares(CONFIGS[-1]),
        below_mean=float(law.distribution_function(torch.zeros(1, dtype=torch.float64), L)),
    )


def _largest_share(logs: torch.Tensor) -> torch.Tensor:
    """The share of the sum of the squares that the largest twentieth contributes, of every row."""
    squares = logs.exp().sort(dim=-1).values
    return squares[..., -(squares.shape[-1] // LARGEST_PART) :].sum(dim=-1) / squares.sum(dim=-1)


def _largest_shares(config: finite_width.Config) -> tuple[float, ...]:
    """Draw samples of networks layer by layer from (2/n) χ²_K, K ~ Binomial(n, 1/2)."""
    generator = torch.Generator().manual_seed(0)
    logs = torch.zeros(REPLICAS, config.networks, dtype=torch.float64)
    for _ in range(config.depth):
        half = torch.full_like(logs, 0.5)
        units = torch.binomial(torch.full_like(logs, config.width), half, generator=generator)
        logs += (4 / config.width * torch._standard_gamma(units / 2, generator=generator)).log()
    return tuple(_largest_share(logs).sort().values.tolist())


def _histogram(distribution: finite_width.Distribution) -> list[tuple[float, float, float]]:
    """The middle of every bin in decades, the share of networks in it, and its standard error."""
    values = torch.tensor(distribution.values, dtype=torch.float64) / _logarithm(1.0)
    counts = torch.histogram(values, torch.tensor(BINS, dtype=torch.float64)).hist
    shares = (counts / len(values)).tolist()
    centers = [(low + high) / 2 for low, high in itertools.pairwise(BINS)]
    return [
        (center, share, math.sqrt(share * (1 - share) / len(values)))
        for center, share in zip(centers, shares, strict=True)
    ]


def _median(distribution: finite_width.Distribution) -> float:
    """The median ratio of norms."""
    return math.exp(float(torch.tensor(distribution.values, dtype=torch.float64).quantile(0.5)) / 2)


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw both histograms of the widest networks with the exact law and its leading order."""
    axes = figure.subplots()
    axes.axvline(1, color=MUTED_LINE, linewidth=1.2, linestyle=":", label=text(MEAN_SQUARE))
    ratios, exact, leading = zip(*result.curve, strict=True)
    axes.plot(ratios, exact, color=PREDICTION, linewidth=1.4, label=text(EXACT))
    axes.plot(ratios, leading, color=PREDICTION, linewidth=1.2, linestyle="--", label=text(LEADING))
    series = (
        (result.widest.forward, FORWARD, FIRST, "o", -0.02),
        (result.widest.backward, BACKWARD, SECOND, "s", 0.02),
    )
    for distribution, label, color, marker, shift in series:
        centers, shares, errors = zip(*_histogram(distribution), strict=True)
        axes.errorbar(
            [10 ** (center + shift) for center in centers],
            shares,
            yerr=[2 * error for error in errors],
            color=color,
            marker=marker,
            linestyle="none",
            elinewidth=1,
            label=text(label),
        )
    axes.set(xscale="log", xlim=(10 ** BINS[0], 10 ** BINS[-1]), ylim=(0, None), xlabel=text(RATIO), ylabel=text(SHARE))
    ticks = (0.002, 0.01, 0.1, 1, 10)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    # Both histograms and both laws end at 0, and lie on each other all the way.
    legend_above(axes, columns=3)


def _rows(result: Result) -> list[tuple[finite_width.Config, Text, finite_width.Distribution]]:
    return [
        (one.config, direction, distribution)
        for one in result.widths
        for direction, distribution in ((FORWARD, one.forward), (BACKWARD, one.backward))
    ]


def table(result: Result, text: Localize) -> Table:
    """List mean and variance of the logarithm of the squared norm for every width, and the median norm."""
    rows = tuple(
        (
            config.width,
            text(direction),
            f"{one.mean:.2f} ±\N{NO-BREAK SPACE}{one.mean_standard_error:.2f}".replace("-", "−"),
            str(Number(one.predicted_mean, ".2f")),
            f"{one.variance:.2f} ±\N{NO-BREAK SPACE}{one.variance_standard_error:.2f}",
            f"{one.predicted_variance:.2f}",
            str(factor(_median(one))),
        )
        for config, direction, one in _rows(result)
    )
    return Table(tuple(map(text, (NETWORKS, DIRECTION, MEAN, PREDICTED, VARIANCE, PREDICTED, MEDIAN))), rows)


def data(result: Result) -> Table:
    """The histograms, then the predictions."""
    rows: list[tuple[str | float, ...]] = []
    for name, distribution in (("forward", result.widest.forward), ("backward", result.widest.backward)):
        rows += [(name, 10**center, share, error) for center, share, error in _histogram(distribution)]
    rows += [("exact_law", ratio, exact, "") for ratio, exact, _ in result.curve]
    rows += [("leading_order", ratio, leading, "") for ratio, _, leading in result.curve]
    return Table(("series", "ratio_of_norms", "share_within_an_eighth_of_a_decade", "standard_error"), tuple(rows))


def numbers(result: Result) -> dict[str, Number]:
    widest, narrowest = result.widest, result.widths[0]
    backward, config = widest.backward, widest.config
    values = torch.tensor(backward.values, dtype=torch.float64)
    low, high = (math.exp(float(values.quantile(share)) / 2) for share in (0.025, 0.975))
    shares = torch.tensor(result.largest_shares, dtype=torch.float64)
    least, most = (float(shares.quantile(share)) for share in (0.025, 0.975))
    below_error = math.sqrt(result.below_mean * (1 - result.below_mean) / config.networks)
    return {
        "width": Number(config.width, "d"),
        "depth": Number(config.depth, "d"),
        "networks": Number(config.networks, "d"),
        "narrow_width": Number(narrowest.config.width, "d"),
        "mean": Number(backward.mean, ".2f"),
        "predicted_mean": Number(backward.predicted_mean, ".2f"),
        "leading_mean": Number(backward.leading_mean, ".1f"),
        "variance": Number(backward.variance, ".2f"),
        "predicted_variance": Number(backward.predicted_variance, ".2f"),
        "leading_variance": Number(backward.leading_variance, ".1f"),
        "median": factor(_median(backward)),
        "predicted_median": factor(result.typical),
        "low": Number(low, ".4f"),
        "high": Number(high, ".2f"),
        "largest_share": percent(float(_largest_share(values)), 0),
        "largest_share_low": percent(least, 0),
        "largest_share_high": percent(most, 0),
        "below_mean_low": percent(result.below_mean - 2 * below_error, 0),
        "below_mean_high": percent(result.below_mean + 2 * below_error, 0),
        "below_mean": percent(float((values < 0).double().mean()), 0),
        "pair_factor": Number(config.pair_factor, "g"),
        "pair_share": percent(backward.pair_share),
        "predicted_pair_share": percent(backward.predicted_pair_share),
        "half_pair_factor": Number(result.pair_factor, ".1f"),
        "pair_depth": Number(result.pair_depth, "d"),
        "long": Number(LONG, "d"),
        "kept": percent(1 - KEPT, 0),
        "needed_width": Number(result.needed_width, "d"),
        "needed_width_leading": Number(result.needed_width_leading, "d"),
    }


def _mean(one: finite_width.Distribution) -> Comparison:
    return standard_errors(one.mean, one.predicted_mean, one.mean_standard_error)


def _variance(one: finite_width.Distribution) -> Comparison:
    return standard_errors(one.variance, one.predicted_variance, one.variance_standard_error)


def checks(result: Result) -> dict[str, Check]:
    everywhere = [distribution for _, _, distribution in _rows(result)]
    mean, variance = worst(map(_mean, everywhere)), worst(map(_variance, everywhere))
    both = (result.widest.forward, result.widest.backward)
    shape = max(both, key=lambda one: one.distance)
    pairs = worst(
        standard_errors(one.pair_share, one.predicted_pair_share, one.pair_share_standard_error) for one in both
    )
    values = torch.tensor(result.widest.backward.values, dtype=torch.float64)
    shares = torch.tensor(result.largest_shares, dtype=torch.float64)
    share, below = float(_largest_share(values)), float((values < 0).double().mean())
    typical = max(both, key=lambda one: one.mean + 4 * one.mean_standard_error)
    return {
        "mean": mean.check(
            sentence=Text(
                zh="He 网络里，范数平方之比的对数的均值符合有限宽度的公式，前向和反向都是如此"
                "（四个宽度中偏离最大的一个）",
                en="In He networks the logarithm of the ratio of squared norms has the mean of the exact law, "
                "forward and backward (the one of four widths that deviates most)",
            ),
            shown=".3f",
            because=FOUR_ERRORS,
            source=SOURCE,
        ),
        "variance": variance.check(
            sentence=Text(
                zh="这个对数的方差也符合有限宽度的公式（四个宽度中偏离最大的一个）",
                en="Its variance, too, is that of the exact law (the one of four widths that deviates most)",
            ),
            shown=".3f",
            because=FOUR_ERRORS,
            source=SOURCE,
        ),
        "distribution": Check(
            sentence=Text(
                zh=f"宽度 {CONFIGS[-1].width} 时，整个分布都符合：与预测的分布函数的最大距离（前向与反向中较大的一个）",
                en=f"At width {CONFIGS[-1].width} the whole distribution is the predicted one: largest distance "
                "between the distribution functions (the larger of forward and backward)",
            ),
            measured=Number(shape.distance, ".3f"),
            relation="<",
            predicted=Number(shape.critical_distance, ".3f"),
            because=Text(
                zh=f"若分布如预测所说，{CONFIGS[-1].networks} 个网络的样本里只有千分之一超过右边的值",
                en=f"were the distribution the predicted one, one in a thousand samples of {CONFIGS[-1].networks} "
                "networks would exceed it",
            ),
            source=Text(zh=f"Kolmogorov & Smirnov；{SOURCE.zh}", en=f"Kolmogorov & Smirnov; {SOURCE.en}"),
        ),
        "typical_loses": Check(
            sentence=Text(
                zh="He 初始化保住的是均方值，典型的网络在它之下：对数的均值小于零",
                en="He initialization keeps the mean square, and a typical network is below it: the mean logarithm "
                "is negative",
            ),
            measured=Number(typical.mean + 4 * typical.mean_standard_error, ".3f"),
            relation="<",
            predicted=Number(0, "d"),
            because=Text(zh="实测值已加上 4 倍标准误差", en="4 standard errors are already added to the measurement"),
            source=SOURCE,
        ),
        "largest_share": Check(
            sentence=Text(
                zh="均方值主要来自少数网络：最大的二十分之一所占的份额与精确的公式一致（反向传播）",
                en="A few networks make up the mean square: the largest twentieth has the share that the exact law "
                "gives it (backward)",
            ),
            measured=percent(share),
            relation="≈",
            predicted=percent(float(shares.mean())),
            tolerance=4 * float(shares.std()) / float(shares.mean()),
            because=Text(
                zh=f"按公式抽取 {REPLICAS} 组各 {CONFIGS[-1].networks} 个网络，取其标准差的 4 倍",
                en=f"4 standard deviations of {REPLICAS} samples of {CONFIGS[-1].networks} networks from the law",
            ),
            source=SOURCE,
        ),
        "below_mean": standard_errors(
            below, result.below_mean, math.sqrt(result.below_mean * (1 - result.below_mean) / len(values))
        ).check(
            sentence=Text(
                zh="低于均方根的网络与精确的公式给出的一样多（反向传播）",
                en="As many networks are below the root mean square as the exact law says (backward)",
            ),
            shown=percent,
            because=Text(
                zh=f"{CONFIGS[-1].networks} 个网络的 4 倍标准误差",
                en=f"4 standard errors of {CONFIGS[-1].networks} networks",
            ),
            source=SOURCE,
        ),
        "pairs": pairs.check(
            sentence=Text(
                zh=f"只有随机种子不同的两个网络，范数相差 {CONFIGS[-1].pair_factor:g} 倍以上的机会与预测一致",
                en="Two networks that differ only by their seeds have norms that differ by a factor of ten or more "
                "as often as predicted (forward or backward, whichever deviates more)",
            ),
            shown=percent,
            because=Text(
                zh=f"{CONFIGS[-1].networks} 个网络两两配对的 4 倍标准误差",
                en=f"4 standard errors of the pairs among {CONFIGS[-1].networks} networks",
            ),
            source=SOURCE,
        ),
    }


PAIR_FACTOR = Text(zh="两个网络的范数相差的倍数", en="factor between the norms of two networks")


def half_apart(values: Sequence[float]) -> float:
    """Factor by which half of all pairs of networks differ in the norm, or more, from the logarithms of its squares."""
    logarithms = torch.tensor(values, dtype=torch.float64) / 2
    return math.exp(float(torch.pdist(logarithms[:, None]).median()))


def questions(result: Result) -> dict[str, Question]:
    """Half of all pairs of networks differ by how much: of all pairs of those that were measured."""
    differ = Number(half_apart(result.widest.backward.values), ".1f")
    guesses = tuple(Number(factor, "g") for factor in (1.1, 1.5, 3, 100))
    return {"pair": Question((Answer(differ, guesses),), axis=PAIR_FACTOR)}
