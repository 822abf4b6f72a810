"""Shared by the exhibits of sigmoid and tanh: one activation function, its derivative, and their flat ends."""

from matplotlib.figure import Figure

from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, MUTED_LINE, SECOND, SPREAD
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import activations
from gradlab.experiments.activations.activation_curve import Result

INPUT = Text(zh="输入 x", en="input x")
FUNCTION = Text(zh="函数值", en="function")
DERIVATIVE = Text(zh="导数", en="derivative")
THRESHOLD = Text(zh="导数小于", en="Derivative below")
BEYOND = Text(zh="当 |x| 大于（实测值）", en="once |x| exceeds (measured)")
CLOSED_FORM = Text(zh="由公式算出（预测值）", en="by formula (predicted)")
NO_ROUNDING = Text(zh="在 0 处每一步运算都没有舍入", en="no operation is rounded at 0")
BISECTION = Text(
    zh="二分到相邻的浮点数，剩下的是导数本身的舍入",
    en="bisection down to neighboring floating-point numbers leaves only the derivative's own rounding",
)


def draw_curve(figure: Figure, result: Result, text: Localize) -> None:
    """The function and its derivative, with the saturated ranges shaded."""
    axes = figure.subplots()
    bound = result.saturation[0]
    for side in (-1, 1):
        edge = result.config.upper if side > 0 else result.config.lower
        axes.axvspan(side * bound.measured, edge, color=SPREAD, linewidth=0)
    axes.axhline(0, color=MUTED_LINE, linewidth=0.8)
    axes.plot(result.x, result.value, color=FIRST, label=text(FUNCTION))
    axes.plot(result.x, result.derivative, color=SECOND, linestyle="--", label=text(DERIVATIVE))
    axes.set_xlim(result.config.lower, result.config.upper)
    axes.set_xlabel(text(INPUT))
    label_curves(axes)


def bounds_table(result: Result, text: Localize) -> Table:
    """The bounds beyond which the derivative is below each threshold."""
    rows = tuple(
        (f"{bound.threshold:g}", f"{bound.measured:.4f}", f"{bound.predicted:.4f}") for bound in result.saturation
    )
    return Table((text(THRESHOLD), text(BEYOND), text(CLOSED_FORM)), rows)


def curve_data(result: Result) -> Table:
    """The two curves."""
    return Table(("x", "value", "derivative"), tuple(zip(result.x, result.value, result.derivative, strict=True)))


def curve_numbers(result: Result) -> dict[str, Number]:
    """Maximum, saturation bounds, and where rounding flattens the function."""
    hundredth, thousandth = result.saturation
    single = next(rounding for rounding in result.rounding if rounding.dtype == "float32")
    return {
        "maximum": Number(result.maximum, "g"),
        "maximum_at": Number(result.maximum_at, "g"),
        "hundredth": Number(hundredth.threshold, "g"),
        "thousandth": Number(thousandth.threshold, "g"),
        "bound_hundredth": Number(hundredth.measured, ".2f"),
        "bound_thousandth": Number(thousandth.measured, ".4f"),
        "float32_upper": Number(single.upper_value_at, ".3f"),
        "float32_lower": Number(single.lower_value_at, ".3f"),
        "float32_derivative_zero_upper": Number(single.upper_derivative_zero_at, ".2f"),
        "float32_derivative_zero_lower": Number(single.lower_derivative_zero_at, ".2f"),
    }


def curve_checks(result: Result, maximum: float, rounds_to_one: float) -> dict[str, Check]:
    """The maximum, the saturation bound and where float32 rounds to 1, against their closed forms."""
    single = next(rounding for rounding in result.rounding if rounding.dtype == "float32")
    thousandth = result.saturation[-1]
    name = result.config.activation.capitalize()
    phi = activations.get(result.config.activation)
    lower, upper = phi.lower_limit, phi.upper_limit
    if lower is None or upper is None:
        raise ValueError(f"activation: found {phi.name!r}, allowed: one with two limits")
    inside = sum(lower < value < upper for value in result.value)
    return {
        "maximum": Check(
            sentence=Text(
                zh=f"{name} 导数的最大值等于闭式解给出的值",
                en=f"{name}: the derivative's maximum is the value that the closed form gives",
            ),
            measured=Number(result.maximum, "g"),
            relation="=",
            predicted=Number(maximum, "g"),
            because=NO_ROUNDING,
            source="φ′(0)",
        ),
        "range": Check(
            sentence=Text(
                zh=f"{name} 的值都在开区间 ({lower:g}, {upper:g}) 之内（实测值是在区间内的点数）".replace("-", "−"),
                en=f"{name} maps into the open interval ({lower:g}, {upper:g}) "
                "(measured: how many points lie in it)".replace("-", "−"),
            ),
            measured=Number(inside, "d"),
            relation="=",
            predicted=Number(len(result.value), "d"),
            because=Text(
                zh="曲线上的每一个点；输入再大，浮点数会舍入到端点",
                en="every point of the curve; for larger inputs floating point rounds to the ends",
            ),
            source="φ(−∞), φ(∞)",
        ),
        "saturation": Check(
            sentence=Text(
                zh=f"{name} 的导数降到千分之一以下的位置与闭式解一致",
                en=f"{name}: the derivative falls below one thousandth where the closed form says",
            ),
            measured=Number(thousandth.measured, ".4f"),
            relation="≈",
            predicted=Number(thousandth.predicted, ".4f"),
            tolerance=1e-9,
            because=BISECTION,
            source="φ′(x) = ε",
        ),
        "float32": Check(
            sentence=Text(
                zh=f"在 float32 里，{name} 从闭式解给出的位置起恰好等于 1",
                en=f"{name}: in float32 the value is exactly 1 from where the closed form says",
            ),
            measured=Number(single.upper_value_at, ".4f"),
            relation="≈",
            predicted=Number(rounds_to_one, ".4f"),
            tolerance=1e-4,
            because=Text(
                zh="库函数误差不到末位的百分之一，就只把这个位置移动这么多",
                en="an error of the function of less than a hundredth of the last digit moves the place by no more",
            ),
            source=Text(zh="与 1 相差不到末位的一半", en="less than half a last digit from 1"),
        ),
    }
