"""Distance from 0 at which the derivative of the sigmoid and of tanh falls below a bound: bisection and closed form."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import ACTIVATION_STYLES
from figures_src.exhibits._shared.agreement import Comparison, worst
from figures_src.exhibits._shared.labels import ACTIVATIONS
from figures_src.exhibits._shared.results import Results
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.activations import activation_curve
from gradlab.experiments.activations.activation_curve import SaturationBound

TITLE = Text(zh="导数小于界限的位置", en="Where the derivative falls below a bound")
THRESHOLDS = tuple(10.0**-exponent for exponent in range(1, 7))
CURVE = tuple(10.0 ** (-step / 20) for step in range(13, 121))
"""Bounds of the line, below the largest derivative of the sigmoid, 1/4."""
INPUT = Text(zh="输入的绝对值 |z|", en="absolute value of the input, |z|")
DERIVATIVE = Text(zh="导数的界限 ε（对数坐标）", en="bound ε of the derivative (log scale)")
ROUNDING = 2.0**-53
"""Of the rounded output y, in σ′ = y(1 − y) and tanh′ = 1 − y²: relative to a derivative of ε it is larger by 1/ε."""


@dataclass(frozen=True)
class Result(Results):
    """Both functions."""

    tanh: activation_curve.Result
    sigmoid: activation_curve.Result

    @property
    def curves(self) -> tuple[activation_curve.Result, ...]:
        """Both functions."""
        return self.tanh, self.sigmoid

    def bounds(self) -> tuple[tuple[str, SaturationBound], ...]:
        """All bounds, each with the name of its function."""
        return tuple((curve.config.activation, bound) for curve in self.curves for bound in curve.saturation)


def compute() -> Result:
    """Find the bounds of both functions by bisection."""
    configs = (activation_curve.Config(activation=name, thresholds=THRESHOLDS) for name in ("tanh", "sigmoid"))
    return Result(*(measured(activation_curve, config) for config in configs))


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw the bound of the derivative over the place where the derivative falls below it."""
    axes = figure.subplots()
    for curve in result.curves:
        name = curve.config.activation
        color, marker, dashes = ACTIVATION_STYLES[name]
        law = [theory.saturation_bound(name, threshold) for threshold in CURVE]
        axes.plot(law, CURVE, color=color, linestyle=dashes, linewidth=1.2)
        places = [bound.measured for bound in curve.saturation]
        axes.plot(places, THRESHOLDS, color=color, marker=marker, linestyle="none", label=text(ACTIVATIONS[name]))
    axes.set(yscale="log", xlabel=text(INPUT), ylabel=text(DERIVATIVE))
    axes.set_xlim(left=0)
    label_curves(axes)


def data(result: Result) -> Table:
    rows = tuple((name, bound.threshold, bound.measured, bound.predicted) for name, bound in result.bounds())
    return Table(("activation", "threshold", "z", "predicted_z"), rows)


def numbers(result: Result) -> dict[str, Number]:
    smallest = {curve.config.activation: curve.saturation[-1] for curve in result.curves}
    return {
        "smallest_threshold": Number(THRESHOLDS[-1], ".0e"),
        "sigmoid": Number(smallest["sigmoid"].measured, ".2f"),
        "tanh": Number(smallest["tanh"].measured, ".2f"),
    }


def checks(result: Result) -> dict[str, Check]:
    # The logarithm of both derivatives falls by 1 or more over a unit of z, so an error of the derivative, relative
    # to it, moves z by no more.
    compared = (
        Comparison(bound.measured, bound.predicted, 4 * ROUNDING / bound.threshold / bound.predicted)
        for _, bound in result.bounds()
    )
    return {
        "law": worst(compared).check(
            sentence=Text(
                zh="Sigmoid 与 Tanh 的导数降到每一个界限以下的位置，都与闭式解一致（取相差最大的一个）",
                en="The derivatives of the sigmoid and of tanh fall below every bound where the closed form says "
                "(the worst)",
            ),
            shown=".10f",
            because=Text(
                zh="输出 y 的几次 2⁻⁵³ 的舍入，相对于导数 ε 是它的 1/ε 倍",
                en="a few roundings of the output y by 2⁻⁵³, which are 1/ε times as large relative to a derivative ε",
            ),
            source="φ′(z) = ε",
        )
    }
