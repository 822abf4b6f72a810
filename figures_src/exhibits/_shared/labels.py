"""Words that several exhibits use, and the formats in which all of them show the same kind of number."""

import math

from figures_src.model.exhibit import Number, superscript
from figures_src.model.language import Text
from gradlab import activations

LAYER = Text(zh="层", en="layer")
LAYER_COLUMN = Text(zh="层", en="Layer")
MEASURED = Text(zh="实测值", en="measured")
PREDICTED = Text(zh="预测值", en="predicted")
MEASURED_COLUMN = Text(zh="实测值", en="Measured")
PREDICTED_COLUMN = Text(zh="预测值", en="Predicted")
LAYERS_BACK = Text(zh="从最后一层往回数的层数 k", en="layers back from the last, k")
RELATIVE_GRADIENT = Text(zh="‖δ‖ 与最后一层之比（对数坐标）", en="‖δ‖ relative to the last layer (log scale)")
PYTORCH_DEFAULT = Text(zh="PyTorch 默认初始化", en="PyTorch default")
XAVIER = Text(zh="Xavier 初始化", en="Xavier")
HE = Text(zh="He 初始化", en="He")
ACTIVATION_COLUMN = Text(zh="激活函数", en="Activation function")
MEASURED_FACTOR = Text(zh="逐层因子（实测）", en="Per-layer factor (measured)")
QUANTITY = Text(zh="量", en="Quantity")
# Decimals that are shown of a difference of numbers around 1.
_ROUNDING = 13
# Losses between these are shown by a decimal, others by a power of ten: more hangs on rounding after hundreds of steps.
_SMALL, _LARGE = 0.1, 10
# A loss as near as this to that of guessing between two classes, ln 2, is rounded to it.
_NEAR = 0.03
_SMALLEST = 1e-12
ACTIVATIONS = {name: Text(zh=phi.label, en=phi.label) for name, phi in activations.ACTIVATIONS.items()}


def factor(value: float) -> Number:
    """A per-layer factor, or another number near 1, with three decimals."""
    return Number(value, ".3f")


def decades(value: float) -> Number:
    """A number that may lie many decades from 1, with two digits."""
    return Number(value, ".1e")


def magnitude(value: float) -> Number:
    """A number of unknown size: three digits, or two and a power of ten where it is far from 1."""
    rounded = abs(float(f"{value:.3g}"))
    if not 1e-2 <= rounded < 1e3:
        return decades(value)
    return Number(value, f".{2 - math.floor(math.log10(rounded))}f")


def below(value: float) -> Number:
    """The power of ten that a number is below."""
    return Number(10.0 ** math.ceil(math.log10(value)), "g")


def loss(value: float) -> Number:
    """A final loss in what a long training leaves of it on every kind of processor.

    A small one is shown by what it is below: 0.1, a hundredth of that, and so on. Another one has a decimal.
    """
    if value >= _SMALL:
        return Number(value, ".1f")
    hundreds = math.ceil(math.log10(max(value, _SMALLEST) / _SMALL) / 2)
    return Number(_SMALL * 100.0**hundreds, "g")


def rough(value: float, least: float = 0.0) -> str:
    """A final loss for a table, in what a long training leaves of it on every kind of processor.

    Of one below `least` nothing more is said.
    """
    if value < least:
        return f"<\N{NO-BREAK SPACE}{least:g}"
    if value < _SMALL:
        return f"<\N{NO-BREAK SPACE}{loss(value)}"
    if abs(value - math.log(2)) < _NEAR:
        return str(Number(value, ".1f"))
    if value < math.log(2):
        return "<\N{NO-BREAK SPACE}0.7"
    if value < 1:
        return "<\N{NO-BREAK SPACE}1"
    return f">\N{NO-BREAK SPACE}{Number(1 if value < _LARGE else _LARGE, 'd')}"


def rounding(value: float) -> Number:
    """A difference that is 0 but for rounding, which is another small number on every processor: shown as 0."""
    kept = round(value, _ROUNDING)
    return decades(kept) if kept else Number(0, "d")


def power_of_ten(value: float) -> str:
    """A power of ten as formulas have it."""
    return f"10{superscript(round(math.log10(value)))}"


def percent(value: float, digits: int = 1) -> Number:
    """A share, shown in percent."""
    return Number(value, f".{digits}%")


def with_error(value: float, standard_error: float) -> str:
    """A factor with its standard error, for a table."""
    return f"{value:.4f} ±\N{NO-BREAK SPACE}{standard_error:.4f}"
