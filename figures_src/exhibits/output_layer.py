"""A sigmoid in the output layer: its gradient vanishes with a squared error, not with the cross-entropy."""

from figures_src.exhibit import Claim, Number, Table
from figures_src.exhibits._labels import decades, factor, magnitude
from figures_src.language import Localize, Text
from figures_src.measurement import measured
from gradlab.experiments import output_layer

TITLE = Text(zh="Sigmoid 输出层：损失函数决定梯度", en="A sigmoid output: the loss decides the gradient")
Z = Text(zh="输出层的预激活值 z（标签为 1）", en="Pre-activation z of the output (label 1)")
PROBABILITY = Text(zh="p = σ(z)", en="p = σ(z)")
CROSS_ENTROPY = Text(zh="交叉熵对 z 的梯度", en="Gradient of the cross-entropy w.r.t. z")
SQUARED_ERROR = Text(zh="平方误差对 z 的梯度", en="Gradient of the squared error w.r.t. z")
ROUNDING = Text(zh="几次运算的舍入", en="the rounding of a few operations")
LISTED = (-20.0, -10.0, -5.0, -2.0, 0.0, 2.0, 5.0)
TOLERANCE = 16 * 2.0**-53


def compute() -> output_layer.Result:
    """Differentiate both losses over a range of z."""
    return measured(output_layer, output_layer.Config())


def table(result: output_layer.Result, text: Localize) -> Table:
    """List both gradients at some z."""

    def row(z: float) -> tuple[str, ...]:
        index = min(range(len(result.z)), key=lambda position: abs(result.z[position] - z))
        numbers = (result.probability[index], result.cross_entropy[index], result.squared_error[index])
        return (str(Number(z, "g")), *(str(magnitude(number)) for number in numbers))

    header = tuple(map(text, (Z, PROBABILITY, CROSS_ENTROPY, SQUARED_ERROR)))
    return Table(header, tuple(row(z) for z in LISTED))


def numbers(result: output_layer.Result) -> dict[str, Number]:
    """Return what pages quote."""
    return {
        "z": Number(result.config.at, "g"),
        "cross_entropy": factor(result.cross_entropy_at),
        "squared_error": decades(result.squared_error_at),
        "largest_squared_error": factor(result.largest_squared_error),
    }


def claims(result: output_layer.Result) -> dict[str, Claim]:
    """Return what pages assert."""
    return {
        "cross_entropy": Claim(
            sentence=Text(
                zh="对 z 用交叉熵时，梯度是 p − y：错得再离谱也不消失",
                en="With cross-entropy on z the gradient is p − y: however wrong, it does not vanish",
            ),
            measured=Number(result.cross_entropy_at, ".6f"),
            relation="≈",
            predicted=Number(result.predicted_cross_entropy_at, ".6f"),
            tolerance=TOLERANCE,
            because=ROUNDING,
            source="p − y",
        ),
        "squared_error": Claim(
            sentence=Text(
                zh="Sigmoid 之后用平方误差时，梯度带着 σ′(z)，会消失",
                en="With the squared error behind a sigmoid the gradient contains σ′(z) and vanishes",
            ),
            measured=Number(result.squared_error_at, ".3e"),
            relation="≈",
            predicted=Number(result.predicted_squared_error_at, ".3e"),
            tolerance=TOLERANCE,
            because=ROUNDING,
            source="2 (p − y) p (1 − p)",
        ),
    }
