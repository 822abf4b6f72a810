"""The cross-entropy in float32: behind a sigmoid its gradient is cut, on z itself it is not."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import Place, label_at
from figures_src.drawing.style import FIRST, PREDICTION, SECOND, THIRD
from figures_src.exhibits._shared.labels import factor, magnitude
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.training import loss_precision

CONFIG = loss_precision.Config()
TITLE = Text(zh="float32 里的交叉熵：两种写法", en="The cross-entropy in float32: two ways to write it")
DISTANCE = Text(zh="错误一侧的 |z|", en="|z| on the wrong side")
GRADIENT = Text(zh="|∂L/∂z|，float32", en="|∂L/∂z|, float32")
ON_Z = Text(zh="BCEWithLogitsLoss", en="BCEWithLogitsLoss")
BEHIND_ZERO = Text(zh="BCELoss，标签 0", en="BCELoss, label 0")
HALF = 0.5
BEHIND_ONE = Text(zh="BCELoss，标签 1", en="BCELoss, label 1")
# Points of the three curves in turn, so that none hides another where all are equal.
SHOWN_EVERY = 6
# p, 1 - p, their product and quotient, and the exponential: each within one rounding of float32.
TOLERANCE = 8 * 2.0**-24
ROUNDING = Text(
    zh="取偏离最大的一点；float32 的几次运算，每次舍入至多 2⁻²⁴",
    en="the point that is farthest off; a few operations in float32, each within 2⁻²⁴",
)


def compute() -> loss_precision.Result:
    """Differentiate both forms in float32."""
    return measured(loss_precision, CONFIG)


def draw(figure: Figure, result: loss_precision.Result, text: Localize) -> None:
    """Draw the size of the gradients against the distance on the wrong side."""
    axes = figure.subplots()
    drawn = (
        (result.one.on_z, result.predicted, FIRST, "o", 0),
        (result.one.behind, result.predicted_one, THIRD, "^", 2),
        (result.zero.behind, result.predicted_zero, SECOND, "s", 4),
    )
    for gradients, predicted, color, marker, first in drawn:
        axes.plot(result.distance, predicted, color=PREDICTION, linewidth=1.0)
        points = (result.distance[first::SHOWN_EVERY], gradients[first::SHOWN_EVERY])
        axes.plot(*points, color=color, marker=marker, linestyle="none")
    # Two of the curves end at 0, so each has its label where it falls, and the third where it stays.
    label_at(axes, (result.distance[-1], 1.0), text(ON_Z), FIRST, "below left")
    falling: tuple[tuple[Sequence[float], str, Text, Place], ...] = (
        (result.predicted_one, THIRD, BEHIND_ONE, "right"),
        (result.predicted_zero, SECOND, BEHIND_ZERO, "left"),
    )
    for curve, color, label, place in falling:
        fallen = next(index for index, size in reversed(list(enumerate(curve))) if size > HALF)
        label_at(axes, (result.distance[fallen], HALF), text(label), color, place)
    axes.set_xlabel(text(DISTANCE))
    axes.set_ylabel(text(GRADIENT))
    axes.set_ylim(-0.04, 1.06)


def data(result: loss_precision.Result) -> Table:
    """Every curve."""
    header = (
        "distance",
        "bce_with_logits_label_0",
        "bce_with_logits_label_1",
        "exact",
        "bce_label_0",
        "predicted_bce_label_0",
        "bce_label_1",
        "predicted_bce_label_1",
    )
    columns = (
        result.distance,
        result.zero.on_z,
        result.one.on_z,
        result.predicted,
        result.zero.behind,
        result.predicted_zero,
        result.one.behind,
        result.predicted_one,
    )
    return Table(header, tuple(zip(*columns, strict=True)))


def numbers(result: loss_precision.Result) -> dict[str, Number]:
    return {
        "cut": Number(result.cut, ".2f"),
        "at": Number(result.config.at, "g"),
        "minus_at": Number(-result.config.at, "g"),
        "loss_behind": Number(result.zero.loss_behind_at, "g"),
        "loss_on_z": Number(result.zero.loss_on_z_at, "g"),
        "zero_behind": Number(result.zero.behind_at, "g"),
        "one_behind": magnitude(result.one.behind_at),
        "largest": Number(result.config.largest, "g"),
    }


def _worst(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    return max(pairs, key=lambda pair: abs(pair[0] / pair[1] - 1))


def checks(result: loss_precision.Result) -> dict[str, Check]:
    on_z = _worst([pair for one in (result.one, result.zero) for pair in zip(one.on_z, result.predicted, strict=True)])
    behind = _worst(list(zip(result.one.behind, result.predicted_one, strict=True)))
    return {
        "on_z": Check(
            sentence=Text(
                zh=f"float32 里，直接对 z 计算的交叉熵处处给出 p − y，|z| 到 {CONFIG.largest:g} 为止，两种标签都如此",
                en=f"In float32 the cross-entropy on z gives p − y everywhere up to |z| = {CONFIG.largest:g}, for both "
                "labels",
            ),
            measured=Number(on_z[0], ".7f"),
            relation="≈",
            predicted=Number(on_z[1], ".7f"),
            tolerance=TOLERANCE,
            because=ROUNDING,
            source="p − y",
        ),
        "cut": Check(
            sentence=Text(
                zh="标签为 0、先过 Sigmoid 再用 BCELoss：float32 里从 z = 24 ln 2 起梯度恰好为 0",
                en="At label 0, BCELoss behind a sigmoid in float32 has a gradient of exactly 0 from z = 24 ln 2 on",
            ),
            measured=Number(result.cut, ".5f"),
            relation="≈",
            predicted=Number(result.predicted_cut, ".5f"),
            tolerance=4 * 2.0**-24,
            because=Text(
                zh="二分法精确到 float32 在 16 附近的间隔 2⁻¹⁹，指数函数再有一次舍入",
                en="bisection to the spacing of float32 near 16, 2⁻¹⁹, and one rounding of the exponential",
            ),
            source="e⁻ᶻ = 2⁻²⁴",
        ),
        "nothing_left": Check(
            sentence=Text(
                zh=f"标签为 0、z = {CONFIG.at:g} 时，BCELoss 的梯度是 0，而正确的梯度是 1",
                en=f"At label 0 and z = {CONFIG.at:g} the gradient of BCELoss is 0, and the right one is 1",
            ),
            measured=Number(result.zero.behind_at, "g"),
            relation="=",
            predicted=Number(0, "g"),
            because=Text(
                zh="float32 里 p 恰好为 1，1 − p 恰好为 0", en="in float32 p is exactly 1, and 1 − p exactly 0"
            ),
            source="p (1 − p) = 0",
        ),
        "clamped": Check(
            sentence=Text(
                zh="标签为 1 时，BCELoss 的分母不小于 10⁻¹²：梯度是 (1 − p) p (1 − p)/max(p (1 − p), 10⁻¹²)",
                en="At label 1 BCELoss divides by no less than 10⁻¹²: its gradient is "
                "(1 − p) p (1 − p)/max(p (1 − p), 10⁻¹²)",
            ),
            measured=factor(behind[0]) if behind[0] > 1e-2 else magnitude(behind[0]),
            relation="≈",
            predicted=factor(behind[1]) if behind[1] > 1e-2 else magnitude(behind[1]),
            tolerance=TOLERANCE,
            because=ROUNDING,
            source="torch.nn.functional.binary_cross_entropy",
        ),
    }
