"""One matrix, used at every time step: its eigenvalues decide about the end, and its singular values about the way."""

import math

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.powers import decade_tick
from figures_src.drawing.style import FIRST, FOURTH, MUTED_LINE, PREDICTION, SECOND, THIRD
from figures_src.exhibits._shared.agreement import Comparison, worst
from figures_src.exhibits._shared.labels import decades, magnitude
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.recurrence import shared_matrix
from gradlab.experiments.recurrence.shared_matrix import Growth

CONFIG = shared_matrix.Config()
TITLE = Text(zh="同一个矩阵用很多次", en="One matrix, used many times")
STEPS_BACK = Text(zh="往回走的时间步数 k", en="time steps back, k")
GROWTH = Text(zh="梯度至多放大的倍数（对数坐标）", en="largest growth of a gradient (log scale)")
SHEARED = Text(
    zh=f"特征值 {CONFIG.eigenvalue:g}，旁边是 {CONFIG.shear:g}",
    en=f"eigenvalues {CONFIG.eigenvalue:g}, beside them {CONFIG.shear:g}",
)
STYLES = ((FIRST, "o"), (THIRD, "^"), (FOURTH, "D"), (SECOND, "s"))
SHOWN_EVERY = 4
ROUNDING = 1e-9
ROUNDINGS = Text(zh="只差舍入误差", en="rounding only")
# Rounding doubles at every step of the tanh network, from 2⁻⁵³.
DOUBLED = 2.0 ** (CONFIG.tanh_steps - 40)
SMALL = 1e-3
"""The exercise asks when less than this is left of a gradient."""
NEARER = 0.99


def _eigenvalues(radius: float) -> Text:
    return Text(zh=f"特征值大小为 {radius:g}", en=f"eigenvalues of size {radius:g}")


def compute() -> shared_matrix.Result:
    """Differentiate the states of every network with respect to the first."""
    return measured(shared_matrix, CONFIG)


def _curves(result: shared_matrix.Result) -> tuple[Growth, ...]:
    return (*result.orthogonal, result.sheared)


def draw(figure: Figure, result: shared_matrix.Result, text: Localize) -> None:
    """Draw the largest growth of a gradient against the time steps, on a log axis, for every matrix."""
    axes = figure.subplots()
    steps = range(1, result.config.steps + 1)
    labels = (*map(_eigenvalues, result.config.radii), SHEARED)
    shown = slice(result.config.steps % SHOWN_EVERY + SHOWN_EVERY - 1, None, SHOWN_EVERY)
    for one, label, (color, marker) in zip(_curves(result), labels, STYLES, strict=True):
        axes.plot(steps, one.predicted, color=PREDICTION, linewidth=1.2)
        axes.plot(steps[shown], one.measured[shown], color=color, marker=marker, linestyle="none", label=text(label))
    axes.axhline(1, color=MUTED_LINE, linewidth=0.8, linestyle=":")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: decade_tick(value)))
    axes.set_xlabel(text(STEPS_BACK))
    axes.set_ylabel(text(GROWTH))
    label_curves(axes)


def data(result: shared_matrix.Result) -> Table:
    """The growth after every number of steps, with that of the power beside it."""
    header = ["steps_back"]
    columns: list[tuple[float, ...]] = []
    for one, name in zip(_curves(result), (*map("{:g}".format, result.config.radii), "sheared"), strict=True):
        header += [f"growth_{name}", f"predicted_{name}"]
        columns += [one.measured, one.predicted]
    steps = range(1, result.config.steps + 1)
    return Table(tuple(header), tuple(zip(steps, *columns, strict=True)))


def _steps_until(small: float, radius: float) -> int:
    """The first number of steps after which an eigenvalue of that size has left less than so much."""
    return math.floor(math.log(small) / math.log(radius)) + 1


def _back_below_one(config: shared_matrix.Config) -> int:
    """The first power of the sheared matrix that lengthens no vector, after those that do."""
    norms = (theory.shear_power_norm(config.eigenvalue, config.shear, k) for k in range(1, 1000))
    return next(k for k, norm in enumerate(norms, 1) if norm < 1)


def numbers(result: shared_matrix.Result) -> dict[str, Number]:
    config, sheared, tanh = result.config, result.sheared, result.tanh
    small, level, large = result.orthogonal
    return {
        "steps": Number(config.steps, "d"),
        "below": Number(small.radius, "g"),
        "above": Number(large.radius, "g"),
        "after_below": magnitude(small.measured[-1]),
        "after_level": Number(level.measured[-1], ".0f"),
        "after_above": magnitude(large.measured[-1]),
        "eigenvalue": Number(config.eigenvalue, "g"),
        "shear": Number(config.shear, "g"),
        "sheared_largest": Number(max(sheared.measured), ".0f"),
        "sheared_last": decades(sheared.measured[-1]),
        "back_below_one": Number(_back_below_one(config), "d"),
        "tanh_steps": Number(config.tanh_steps, "d"),
        "tanh_last": decades(tanh.measured[-1]),
        "tanh_norm": Number(tanh.norm, ".0f"),
        "small": Number(SMALL, "g"),
        "nearer": Number(NEARER, "g"),
        "steps_until_small": Number(_steps_until(SMALL, small.radius), "d"),
        "nearer_until_small": Number(_steps_until(SMALL, NEARER), "d"),
    }


def _powers(growths: tuple[Growth, ...], tolerance: float) -> Comparison:
    return worst(
        Comparison(found, predicted, tolerance)
        for one in growths
        for found, predicted in zip(one.measured, one.predicted, strict=True)
    )


def checks(result: shared_matrix.Result) -> dict[str, Check]:
    sheared, tanh = result.sheared, result.tanh
    bounds = [theory.recurrent_bound(sheared.norm, 1.0, k) for k in range(1, result.config.steps + 1)]
    closest = max(found / bound for found, bound in zip(sheared.measured[1:], bounds[1:], strict=True))
    return {
        "powers": _powers(result.orthogonal, ROUNDING).check(
            sentence=Text(
                zh="正交矩阵乘以一个数，用 k 次：梯度正好变成这个数的 k 次方倍（这里是偏离最大的一处）",
                en="An orthogonal matrix times a number, used k times: the gradient is multiplied by the number to "
                "the power of k (here the place that deviates most)",
            ),
            shown=magnitude,
            because=ROUNDINGS,
            source="rᵏ",
        ),
        "sheared": _powers((sheared,), ROUNDING).check(
            sentence=Text(
                zh="特征值都小于 1 的剪切矩阵，每一步之后的最大放大倍数都符合公式（这里是偏离最大的一步）",
                en="The matrix with an entry beside eigenvalues below 1 multiplies a gradient by at most what the "
                "formula says, after every step (here the step that deviates most)",
            ),
            shown=decades,
            because=ROUNDINGS,
            source="‖[[λ, c], [0, λ]]ᵏ‖",
        ),
        "grows_first": Check(
            sentence=Text(
                zh="它的两个特征值都小于 1，梯度却先放大：最大的倍数",
                en="Both of its eigenvalues are below 1, and yet a gradient grows at first: the largest factor",
            ),
            measured=Number(max(sheared.measured), ".0f"),
            relation=">",
            predicted=Number(1, "d"),
            because=Text(zh="最大奇异值大于任何一个元素", en="the largest singular value exceeds every entry"),
            source="Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063",
        ),
        "bound": Check(
            sentence=Text(
                zh="没有哪一步超过最大奇异值的 k 次方：实测的放大倍数与这个上界之比（取最大的一步）",
                en="No step exceeds the largest singular value to the power of k: the growth measured over that "
                "bound (the step where it is largest)",
            ),
            measured=decades(closest),
            relation="<",
            predicted=Number(1, "d"),
            because=Text(
                zh="乘积的范数不超过范数的乘积", en="the norm of a product is at most the product of the norms"
            ),
            source="(γ‖W‖)ᵏ, Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063",
        ),
        "tanh": _powers((tanh,), DOUBLED).check(
            sentence=Text(
                zh="两个特征值都是 0 的矩阵，放进 tanh 循环网络，梯度仍可以每步加倍（这里是偏离最大的一步）",
                en="In a tanh network with a matrix whose eigenvalues are both 0 a gradient may still double at every "
                "step (here the step that deviates most)",
            ),
            shown=decades,
            because=Text(zh="舍入误差每步也加倍", en="rounding doubles at every step as well"),
            source="Jᵏ = 2ᵏ⁻¹J",
        ),
    }
