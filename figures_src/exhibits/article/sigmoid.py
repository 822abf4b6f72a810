"""The sigmoid function: its derivative, where it saturates, and where float32 rounds it to its limits."""

import math

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.exhibits.article import _activation
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.activations import activation_curve

TITLE = Text(zh="Sigmoid 函数与它的导数", en="The sigmoid function and its derivative")


def compute() -> activation_curve.Result:
    """The curve, and the bounds found on it."""
    return measured(activation_curve, activation_curve.Config(activation="sigmoid"))


def draw(figure: Figure, result: activation_curve.Result, text: Localize) -> None:
    """Function and derivative."""
    _activation.draw_curve(figure, result, text)


def table(result: activation_curve.Result, text: Localize) -> Table:
    """Saturation bounds beside their closed form."""
    return _activation.bounds_table(result, text)


def data(result: activation_curve.Result) -> Table:
    """The curves."""
    return _activation.curve_data(result)


def numbers(result: activation_curve.Result) -> dict[str, Number]:
    return _activation.curve_numbers(result)


def checks(result: activation_curve.Result) -> dict[str, Check]:
    return _activation.curve_checks(
        result, maximum=theory.derivative_maximum("sigmoid"), rounds_to_one=24 * math.log(2)
    )
