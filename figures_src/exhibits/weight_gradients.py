"""Which gradient vanishes: that with respect to the pre-activation, not that of the weights."""

from figures_src.exhibit import Claim, Number, Table
from figures_src.exhibits._labels import ACTIVATION_COLUMN, ACTIVATIONS, decades, factor, magnitude
from figures_src.language import Localize, Text
from figures_src.measurement import measured
from gradlab.experiments import weight_gradients

TITLE = Text(
    zh="对预激活值的梯度与对权重的梯度",
    en="Gradients with respect to pre-activations and to weights",
)
VARIANCE = Text(zh="尺度的平方 $\\sigma_w^2$", en="Scale squared $\\sigma_w^2$")
DELTA = Text(zh="第 1 层与第 30 层的 ‖δ‖ 之比", en="‖δ‖ of layer 1 to layer 30")
PREDICTED_DELTA = Text(zh="预测值", en="predicted")
WEIGHT = Text(zh="第 1 层与第 30 层的 ‖∂W‖ 之比", en="‖∂W‖ of layer 1 to layer 30")
VARIANCES = {"third": 1 / 3, "one": 1.0, "two": 2.0, "four": 4.0}
# 30 layers of sums over 128 units: rounding stays far below a billionth.
ROUNDING = 1e-10


def compute() -> weight_gradients.Result:
    """Record both gradients at four weight scales of ReLU, and for a sigmoid."""
    return measured(weight_gradients, weight_gradients.Config(variances=tuple(VARIANCES.values())))


def table(result: weight_gradients.Result, text: Localize) -> Table:
    """List every weight scale."""
    rows = tuple(
        (
            text(ACTIVATIONS[series.activation]),
            f"{series.variance:.3g}",
            str(magnitude(series.delta_ratio)),
            str(magnitude(series.predicted_delta_ratio)),
            str(magnitude(series.weight_ratio)),
        )
        for series in result.series
    )
    return Table(tuple(map(text, (ACTIVATION_COLUMN, VARIANCE, DELTA, PREDICTED_DELTA, WEIGHT))), rows)


def _euler_error(result: weight_gradients.Result) -> float:
    return max(series.euler_error for series in result.series if series.euler_error is not None)


def numbers(result: weight_gradients.Result) -> dict[str, Number]:
    """Return what pages quote."""
    *relu, sigmoid = result.series
    offered = {
        "layers": Number(result.config.depth, "d"),
        "width": Number(result.config.width, "d"),
        "w_ratio": factor(relu[0].weight_ratio),
        "w_ratio_difference": decades(result.largest_ratio_difference),
        "euler_error": decades(_euler_error(result)),
        "sigmoid_z_ratio": decades(sigmoid.delta_ratio),
        "sigmoid_w_ratio": decades(sigmoid.weight_ratio),
    }
    offered |= {f"z_ratio_{name}": magnitude(series.delta_ratio) for name, series in zip(VARIANCES, relu, strict=True)}
    return offered


def claims(result: weight_gradients.Result) -> dict[str, Claim]:
    """Return what pages assert."""
    return {
        "flat": Claim(
            sentence=Text(
                zh="各层权重梯度之比在每个权重尺度下都一样：它看不出梯度在何处消失或爆炸",
                en="The ratio of weight gradients is the same at every weight scale: it does not show "
                "where gradients vanish or explode",
            ),
            measured=decades(result.largest_ratio_difference),
            relation="<",
            predicted=decades(ROUNDING),
            because=Text(
                zh="尺度恰好约去，各尺度之间的最大相对差只剩舍入",
                en="the scale cancels exactly; the largest relative difference between scales is rounding",
            ),
            source="‖∂W_1‖/‖∂W_L‖, Glorot & Bengio 2010",
        ),
        "euler": Claim(
            sentence=Text(
                zh="每一层的权重与其梯度的内积都等于网络的输出",
                en="At every layer the inner product of the weights and their gradient is the network's output",
            ),
            measured=decades(_euler_error(result)),
            relation="<",
            predicted=decades(ROUNDING),
            because=Text(zh="最大的相对误差只是舍入", en="the largest relative error is rounding"),
            source="⟨W, ∂W⟩ = f, Euler",
        ),
    }
