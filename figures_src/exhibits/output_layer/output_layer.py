"""A sigmoid in the output layer: its gradient vanishes with a squared error, not with the cross-entropy."""

import math

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, PREDICTION, SECOND
from figures_src.exhibits._shared.labels import decades, factor, magnitude, rounding
from figures_src.model.exhibit import Answer, Check, Number, Question, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.training import output_layer

CONFIG = output_layer.Config()
TITLE = Text(zh="Sigmoid 输出层：损失函数决定梯度", en="A sigmoid output: the loss decides the gradient")
Z = Text(zh="z", en="z")
PROBABILITY = Text(zh="p = σ(z)", en="p = σ(z)")
CROSS_ENTROPY = Text(zh="∂L/∂z，交叉熵", en="∂L/∂z, cross-entropy")
SQUARED_ERROR = Text(zh="∂L/∂z，平方误差", en="∂L/∂z, squared error")
ROUNDING = Text(zh="几次运算的舍入", en="the rounding of a few operations")
LISTED = (-20.0, -10.0, -5.0, -2.0, 0.0, 2.0, 5.0)
TOLERANCE = 16 * 2.0**-53
Z_AXIS = Text(zh="输出层的预激活值 z（标签为 1）", en="pre-activation z of the output (label 1)")
GRADIENT = Text(zh="|∂L/∂z|（对数坐标）", en="|∂L/∂z| (log scale)")
ENTROPY_POINTS = Text(zh="交叉熵", en="cross-entropy")
SQUARE_POINTS = Text(zh="平方误差", en="squared error")
ENTROPY_LAW = "1 − p"
SQUARE_LAW = "2(1 − p)²p"
SHOWN_EVERY = 10
# The exercise asks below which z the gradient of the squared error is smaller than this.
THRESHOLD = 1e-6
NORMALIZED = 1e-12


def compute() -> output_layer.Result:
    """Differentiate both losses over a range of z."""
    return measured(output_layer, CONFIG)


def draw(figure: Figure, result: output_layer.Result, text: Localize) -> None:
    """Draw the size of both gradients against z, on a log axis."""
    axes = figure.subplots()
    drawn = (
        (result.cross_entropy, result.predicted_cross_entropy, FIRST, "o", ENTROPY_POINTS, "-", ENTROPY_LAW),
        (result.squared_error, result.predicted_squared_error, SECOND, "s", SQUARE_POINTS, "--", SQUARE_LAW),
    )
    for gradients, predicted, color, marker, points, dash, law in drawn:
        axes.plot(
            result.z,
            [abs(value) for value in predicted],
            color=PREDICTION,
            linestyle=dash,
            linewidth=1.2,
        )
        shown = [abs(value) for value in gradients[::SHOWN_EVERY]]
        axes.plot(
            result.z[::SHOWN_EVERY], shown, color=color, marker=marker, linestyle="none", label=f"{text(points)}\n{law}"
        )
    axes.set_yscale("log")
    axes.set_xlabel(text(Z_AXIS))
    axes.set_ylabel(text(GRADIENT))
    label_curves(axes)


def data(result: output_layer.Result) -> Table:
    """Both gradients over the grid."""
    header = ("z", "p", "cross_entropy", "predicted_cross_entropy", "squared_error", "predicted_squared_error")
    columns = (
        result.z,
        result.probability,
        result.cross_entropy,
        result.predicted_cross_entropy,
        result.squared_error,
        result.predicted_squared_error,
    )
    return Table(header, tuple(zip(*columns, strict=True)))


def table(result: output_layer.Result, text: Localize) -> Table:
    """List both gradients at some z."""

    def row(z: float) -> tuple[str, ...]:
        index = min(range(len(result.z)), key=lambda position: abs(result.z[position] - z))
        numbers = (result.probability[index], result.cross_entropy[index], result.squared_error[index])
        return (str(Number(z, "g")), *(str(magnitude(number)) for number in numbers))

    header = tuple(map(text, (Z, PROBABILITY, CROSS_ENTROPY, SQUARED_ERROR)))
    return Table(header, tuple(row(z) for z in LISTED))


def numbers(result: output_layer.Result) -> dict[str, Number]:
    return {
        "z": Number(result.config.at, "g"),
        "cross_entropy": magnitude(result.cross_entropy_at),
        "squared_error": decades(result.squared_error_at),
        "largest_squared_error": factor(result.largest_squared_error),
        "predicted_cross_entropy": magnitude(result.predicted_cross_entropy_at),
        "predicted_squared_error": decades(result.predicted_squared_error_at),
        "cross_entropy_at_zero": Number(theory.cross_entropy_gradient(0.0, 1.0), "g"),
        "squared_error_at_zero": Number(theory.squared_error_gradient(0.0, 1.0), "g"),
        "ratio": decades(result.cross_entropy_at / result.squared_error_at),
        "threshold": Number(THRESHOLD, ".0e"),
        "threshold_z": Number(theory.squared_error_bound(THRESHOLD), ".2f"),
        "threshold_cross_entropy": Number(
            theory.cross_entropy_gradient(theory.squared_error_bound(THRESHOLD), 1.0), ".7f"
        ),
        "threshold_estimate": Number(math.log(THRESHOLD / 2), ".2f"),
        "threshold_p": decades(1 / (1 + math.exp(-theory.squared_error_bound(THRESHOLD)))),
        "batch": Number(result.config.batch, "d"),
        "batch_mean": magnitude(result.batch_mean),
    }


def _grid(result: output_layer.Result) -> Check:
    """The point of either curve that is farthest from its formula, where both gradients matter."""
    pairs = [
        pair
        for measured_curve, predicted in (
            (result.cross_entropy, result.predicted_cross_entropy),
            (result.squared_error, result.predicted_squared_error),
        )
        for z, *pair in zip(result.z, measured_curve, predicted, strict=True)
        if z <= 0
    ]
    gradient, predicted_gradient = max(pairs, key=lambda pair: abs(pair[0] / pair[1] - 1))
    return Check(
        sentence=Text(
            zh=f"z 从 −{-CONFIG.lower:g} 到 0，两种损失的梯度处处是 p − y 与 2 (p − y) p (1 − p)",
            en=f"From z = −{-CONFIG.lower:g} to 0 the gradients of both losses are p − y and 2 (p − y) p (1 − p) "
            "everywhere",
        ),
        measured=Number(gradient, ".3e"),
        relation="≈",
        predicted=Number(predicted_gradient, ".3e"),
        tolerance=TOLERANCE,
        because=Text(zh="取偏离最大的一点；几次运算的舍入", en="the point that is farthest off; rounding"),
        source="p − y, 2 (p − y) p (1 − p)",
    )


def checks(result: output_layer.Result) -> dict[str, Check]:
    return {
        "cross_entropy": Check(
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
        "squared_error": Check(
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
        "grid": _grid(result),
        "normalized": Check(
            sentence=Text(
                zh="输出层的 z 先经过 BN，一批样本对 z 的梯度之和就是 0：整体的偏差传不回去",
                en="With BN between z and the sigmoid the gradients with respect to z add up to 0 over a batch: "
                "what all examples have in common does not get through",
            ),
            measured=rounding(abs(result.normalized_batch_mean)),
            relation="<",
            predicted=decades(abs(result.batch_mean) * NORMALIZED),
            because=Text(
                zh=f"{CONFIG.batch} 个数的平均值，预测值恰好为 0，只剩舍入；与不用 BN 时的 10⁻¹² 相比",
                en=f"a mean of {CONFIG.batch} numbers that is exactly 0 but for rounding, against 10⁻¹² of that "
                "without BN",
            ),
            source="Σ ∂L/∂z = 0, Ioffe & Szegedy 2015, arXiv:1502.03167",
        ),
    }


def questions(result: output_layer.Result) -> dict[str, Question]:
    nothing, all_of_it = Number(0, "d"), Number(-1, "d")
    cross_entropy = Answer(magnitude(result.cross_entropy_at), (nothing, all_of_it, all_of_it), CROSS_ENTROPY)
    squared_error = Answer(decades(result.squared_error_at), (nothing, nothing, all_of_it), SQUARED_ERROR)
    return {"gradients": Question((cross_entropy, squared_error), scale="difference")}
