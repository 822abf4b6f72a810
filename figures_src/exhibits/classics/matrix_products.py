"""Dive into Deep Learning's product of random matrices: the size of what it prints, predicted."""

import itertools
import math

import torch
from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.style import FIRST, MUTED_LINE, PREDICTION, SECOND, legend_above
from figures_src.exhibits._shared.agreement import standard_errors
from figures_src.exhibits._shared.labels import decades
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.scale import matrix_products

CONFIG = matrix_products.Config()
TITLE = Text(zh="一百零一个随机矩阵之积", en="A product of a hundred and one random matrices")
NORM = Text(zh="第一列的范数，10 的多少次方", en="norm of the first column, as a power of ten")
SHARE = Text(zh="每格里乘积的比例", en="share of the products in each bin")
OURS = Text(zh="我们的乘积", en="our products")
LAW = Text(zh="预测的正态曲线", en="predicted normal curve")
PRINTED = Text(zh="书中印出的", en="printed by the book")
DECADE = math.log(10)
SIZE = f"{CONFIG.width} × {CONFIG.width}"
BINS = tuple(range(16, 34))
CURVE_POINTS = 121
WITHIN = 2
"""Standard deviations within which nineteen of twenty products lie."""
# The largest number of float32.
LARGEST = 3.4028234663852886e38


def compute() -> matrix_products.Result:
    """Multiply the matrices of a thousand products."""
    return measured(matrix_products, CONFIG)


def _histogram(result: matrix_products.Result) -> list[tuple[float, float]]:
    """The middle of every bin in decades, and the share of the products in it."""
    values = torch.tensor(result.logarithms, dtype=torch.float64) / DECADE
    counts = torch.histogram(values, torch.tensor(BINS, dtype=torch.float64)).hist / len(values)
    middles = [(low + high) / 2 for low, high in itertools.pairwise(BINS)]
    return list(zip(middles, counts.tolist(), strict=True))


def _curve(result: matrix_products.Result) -> list[tuple[float, float]]:
    mean, deviation = result.predicted_mean / DECADE, result.predicted_deviation / DECADE
    places = torch.linspace(BINS[0], BINS[-1], CURVE_POINTS, dtype=torch.float64)
    shares = torch.exp(-(((places - mean) / deviation) ** 2) / 2) / (deviation * math.sqrt(2 * math.pi))
    return list(zip(places.tolist(), shares.tolist(), strict=True))


def draw(figure: Figure, result: matrix_products.Result, text: Localize) -> None:
    """Draw the histogram of the norms with the predicted curve, and the one that is printed."""
    axes = figure.subplots()
    axes.plot(*zip(*_curve(result), strict=True), color=PREDICTION, linewidth=1.4, label=text(LAW))
    axes.plot(*zip(*_histogram(result), strict=True), color=FIRST, marker="o", linestyle="none", label=text(OURS))
    axes.axvline(result.printed / DECADE, color=SECOND, linestyle="--", label=text(PRINTED))
    axes.axhline(0, color=MUTED_LINE, linewidth=0.7)
    axes.set(xlim=(BINS[0], BINS[-1]), xlabel=text(NORM), ylabel=text(SHARE))
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    legend_above(axes, columns=3)


def data(result: matrix_products.Result) -> Table:
    """Histogram and curve."""
    rows = [("products", *point) for point in _histogram(result)] + [("predicted", *point) for point in _curve(result)]
    return Table(("series", "power_of_ten", "share_per_decade"), tuple(rows))


def numbers(result: matrix_products.Result) -> dict[str, Number]:
    exponents = theory.lyapunov_exponents(CONFIG.width, CONFIG.sigma)
    return {
        "width": Number(CONFIG.width, "d"),
        "factors": Number(CONFIG.factors, "d"),
        "products": Number(CONFIG.products, "d"),
        "exponent": Number(exponents[0], ".4f"),
        "per_factor": Number(math.exp(exponents[0]), ".3f"),
        "last_exponent": Number(exponents[-1], ".4f"),
        "mean_power": Number(result.mean / DECADE, ".1f"),
        "predicted_power": Number(result.predicted_mean / DECADE, ".1f"),
        "deviation_power": Number(result.predicted_deviation / DECADE, ".1f"),
        "low": decades(math.exp(result.predicted_mean - WITHIN * result.predicted_deviation)),
        "high": decades(math.exp(result.predicted_mean + WITHIN * result.predicted_deviation)),
        "printed": decades(math.exp(result.printed)),
        "overflow": Number(math.ceil(math.log(LARGEST) / exponents[0]), "d"),
        "gap": Number(exponents[0] - exponents[1], ".3f"),
    }


def checks(result: matrix_products.Result) -> dict[str, Check]:
    mean = standard_errors(result.mean, result.predicted_mean, result.mean_standard_error)
    deviation = standard_errors(result.deviation, result.predicted_deviation, result.deviation_standard_error)
    because = Text(zh=f"{CONFIG.products} 个乘积的 4 倍标准误差", en=f"4 standard errors of {CONFIG.products} products")
    farthest = abs(result.printed - result.predicted_mean) / result.predicted_deviation
    source = "(ln 2 + ψ(n/2))/2, Newman 1986"
    return {
        "mean": mean.check(
            sentence=Text(
                zh=f"{SIZE} 的标准正态矩阵相乘，向量的范数每乘一次平均增长 e 的 0.558 次方"
                f"（取 {CONFIG.factors} 个矩阵的总和）",
                en=f"A product of {SIZE} matrices of standard normal entries lengthens a vector by a factor of "
                f"e to the 0.558 at each multiplication on average (the sum over {CONFIG.factors} matrices)",
            ),
            shown=".2f",
            because=because,
            source=source,
        ),
        "spread": deviation.check(
            sentence=Text(
                zh=f"{CONFIG.factors} 个这样的矩阵之积，范数的对数的标准差也符合公式",
                en=f"Of products of {CONFIG.factors} such matrices the logarithm of the norm has the predicted "
                "standard deviation",
            ),
            shown=".2f",
            because=because,
            source="√(L ψ′(n/2))/2",
        ),
        "printed": Check(
            sentence=Text(
                zh="书中印出的那个乘积（《动手学深度学习》）离预测的均值不到两个标准差（实测值以标准差为单位）",
                en="The product that Dive into Deep Learning prints is within two standard deviations of the "
                "predicted mean (measured: in standard deviations)",
            ),
            measured=Number(farthest, ".2f"),
            relation="<",
            predicted=Number(WITHIN, "d"),
            because=Text(zh="二十个乘积里有十九个如此", en="so are nineteen of twenty products"),
            source=source,
        ),
        "aligned": Check(
            sentence=Text(
                zh=f"{CONFIG.factors} 个矩阵乘完，乘积的各列几乎落在同一条直线上"
                "（实测值是中位数：1 减去前两列夹角余弦的绝对值）",
                en=f"After {CONFIG.factors} matrices the columns of a product lie on one line, almost (measured: "
                "the median of 1 minus the absolute cosine of the first two)",
            ),
            measured=Number(result.alignment, ".0e"),
            relation="<",
            predicted=Number(1e-9, ".0e"),
            because=Text(
                zh="夹角每步缩小 e 的（两个指数之差）次方，最后远小于此",
                en="the angle shrinks by the difference of two exponents at each step, to far less than this",
            ),
            source=source,
        ),
    }
