"""Saxe et al. 2014: deep linear networks learn as fast as shallow ones, if they start orthogonal."""

import math

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, SECOND
from figures_src.exhibits._shared.labels import decades
from figures_src.exhibits._shared.spirals import MEDIAN_SEED
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.training import linear_depth
from gradlab.experiments.training.linear_depth import Point

CONFIG = linear_depth.Config()
TITLE = Text(zh="Saxe 等人 2014：线性网络的学习时间", en="Saxe et al. 2014: learning time of linear networks")
DEPTH = Text(zh="层数", en="layers")
STEPS = Text(zh="学会所需的步数", en="steps to learn")
NAMES = {
    "orthogonal": Text(zh="正交初始化", en="orthogonal"),
    "normal": Text(zh="高斯初始化", en="Gaussian"),
}
TWICE = 2


def compute() -> linear_depth.Result:
    """Train linear networks of growing depth."""
    return measured(linear_depth, CONFIG)


def _points(result: linear_depth.Result, name: str) -> list[Point]:
    return [point for point in result.points if point.initialization == name]


def _learning(result: linear_depth.Result, name: str) -> list[Point]:
    return [point for point in _points(result, name) if math.isfinite(point.median_steps)]


def draw(figure: Figure, result: linear_depth.Result, text: Localize) -> None:
    """Draw the steps of every seed that learns, and the median as far as it does, against the depth."""
    axes = figure.subplots()
    for name, color, marker in (("orthogonal", FIRST, "o"), ("normal", SECOND, "s")):
        for point in _points(result, name):
            steps = [taken for taken in point.steps if math.isfinite(taken)]
            depths = [point.depth] * len(steps)
            axes.plot(depths, steps, color=color, marker=marker, markersize=3, alpha=0.5, linestyle="")
        learning = _learning(result, name)
        medians = [point.median_steps for point in learning]
        axes.plot([point.depth for point in learning], medians, color=color, label=text(NAMES[name]))
    axes.set(xscale="log", ylim=(0, None), xlabel=text(DEPTH), ylabel=text(STEPS))
    axes.set_xlim(result.config.depths[0] * 0.9, result.config.depths[-1] * 1.1)
    axes.set_xticks(result.config.depths, [str(depth) for depth in result.config.depths])
    axes.minorticks_off()
    label_curves(axes)


def data(result: linear_depth.Result) -> Table:
    """The steps of every seed; none where it did not learn."""
    rows = tuple(
        (name, point.depth, seed, taken if math.isfinite(taken) else "")
        for name in NAMES
        for point in _points(result, name)
        for seed, taken in enumerate(point.steps)
    )
    return Table(("initialization", "layers", "seed", "steps"), rows)


def numbers(result: linear_depth.Result) -> dict[str, Number]:
    orthogonal = _points(result, "orthogonal")
    exponents = theory.lyapunov_exponents(CONFIG.width, CONFIG.width**-0.5)
    steps = [point.median_steps for point in orthogonal]
    return {
        "width": Number(CONFIG.width, "d"),
        "outputs": Number(CONFIG.outputs, "d"),
        "seeds": Number(CONFIG.seeds, "d"),
        "steps": Number(CONFIG.steps, "d"),
        "shallow": Number(CONFIG.depths[0], "d"),
        "deep": Number(CONFIG.depths[-1], "d"),
        "fewest": Number(min(steps), ".0f"),
        "most": Number(max(steps), ".0f"),
        "gaussian_deepest": Number(_learning(result, "normal")[-1].depth, "d"),
        "gaussian_steps": Number(_learning(result, "normal")[-1].median_steps, ".0f"),
        "gaussian_spread": decades(math.exp((CONFIG.depths[-1] - 1) * (exponents[0] - exponents[-1]))),
    }


def checks(result: linear_depth.Result) -> dict[str, Check]:
    orthogonal, gaussian = _points(result, "orthogonal"), _points(result, "normal")
    stuck = sum(math.isinf(steps) for steps in gaussian[-1].steps)
    farthest = max(point.spread for point in orthogonal)
    return {
        "independent": Check(
            sentence=Text(
                zh=f"正交初始化的线性网络，从 {CONFIG.depths[0]} 层到 {CONFIG.depths[-1]} 层，步数相差不到一倍"
                "（中位数的最大与最小之商）",
                en=f"With orthogonal initialization, linear networks of {CONFIG.depths[0]} to {CONFIG.depths[-1]} "
                "layers take numbers of steps that differ by less than a factor of two (largest to smallest median)",
            ),
            measured=Number(
                max(point.median_steps for point in orthogonal) / min(point.median_steps for point in orthogonal), ".2f"
            ),
            relation="<",
            predicted=Number(TWICE, "d"),
            because=MEDIAN_SEED,
            source="Saxe et al. 2014, arXiv:1312.6120",
        ),
        "gaussian": Check(
            sentence=Text(
                zh=f"高斯初始化的线性网络，{CONFIG.depths[-1]} 层的一个也没有学会（实测值是没有学会的个数）",
                en=f"With Gaussian initialization none of {CONFIG.depths[-1]} layers learns (how many do not)",
            ),
            measured=Number(stuck, "d"),
            relation="=",
            predicted=Number(len(gaussian[-1].steps), "d"),
            because=Text(
                zh=f"{CONFIG.steps} 步之内，试过的学习率里最好的一个",
                en=f"within {CONFIG.steps} steps, at the best of the learning rates tried",
            ),
            source="Saxe et al. 2014, arXiv:1312.6120",
        ),
        "singular": Check(
            sentence=Text(
                zh="正交矩阵之积的奇异值全部相等，多深都一样（取相差最大的深度）",
                en="The singular values of a product of orthogonal matrices are all equal, at every depth (the depth "
                "where they differ most)",
            ),
            measured=Number(farthest, ".6f"),
            relation="≈",
            predicted=Number(1, "d"),
            tolerance=1e-10,
            because=Text(zh="几十次乘法的舍入", en="the rounding of a few dozen products"),
            source="QᵀQ = 1",
        ),
    }
