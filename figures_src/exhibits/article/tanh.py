"""The tanh function: its derivative, where it saturates, where float32 rounds it, and that it is a rescaled sigmoid."""

import math
from dataclasses import dataclass

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.exhibits._shared.labels import decades
from figures_src.exhibits._shared.results import Results
from figures_src.exhibits.article import _activation
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.activations import activation_curve

TITLE = Text(zh="Tanh 函数与它的导数", en="The tanh function and its derivative")
# One rounding of each function near 1, doubled on the way, and of the difference.
ROUNDING = 8 * 2.0**-53


@dataclass(frozen=True)
class Result(Results):
    """The curve of tanh, and that of the sigmoid over inputs twice as large."""

    curve: activation_curve.Result
    sigmoid: activation_curve.Result

    @property
    def identity_error(self) -> float:
        """Largest difference of tanh x and 2 σ(2x) − 1 over the curve."""
        pairs = zip(self.curve.value, self.sigmoid.value, strict=True)
        return max(abs(tanh - (2 * sigmoid - 1)) for tanh, sigmoid in pairs)


def compute() -> Result:
    """The curve, and the bounds found on it."""
    config = activation_curve.Config(activation="tanh")
    doubled = activation_curve.Config(activation="sigmoid", lower=2 * config.lower, upper=2 * config.upper)
    return Result(measured(activation_curve, config), measured(activation_curve, doubled))


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Function and derivative."""
    _activation.draw_curve(figure, result.curve, text)


def table(result: Result, text: Localize) -> Table:
    """Saturation bounds beside their closed form."""
    return _activation.bounds_table(result.curve, text)


def data(result: Result) -> Table:
    """The curves."""
    return _activation.curve_data(result.curve)


def numbers(result: Result) -> dict[str, Number]:
    return _activation.curve_numbers(result.curve)


def checks(result: Result) -> dict[str, Check]:
    return _activation.curve_checks(
        result.curve, maximum=theory.derivative_maximum("tanh"), rounds_to_one=13 * math.log(2)
    ) | {
        "identity": Check(
            sentence=Text(
                zh="Tanh 就是伸缩、平移之后的 Sigmoid：tanh x = 2 σ(2x) − 1",
                en="Tanh is the sigmoid stretched and moved: tanh x = 2 σ(2x) − 1",
            ),
            measured=decades(result.identity_error),
            relation="<",
            predicted=decades(ROUNDING),
            because=Text(
                zh="曲线上最大的差，只剩几次 2⁻⁵³ 的舍入",
                en="the largest difference on the curve is a few roundings of 2⁻⁵³",
            ),
            source="tanh x = 2 σ(2x) − 1",
        ),
    }
