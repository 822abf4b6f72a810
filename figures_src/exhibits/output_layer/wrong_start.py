"""A logistic unit that starts on the wrong side: the steps that each loss needs until it is right."""

import math
from collections.abc import Callable

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, PREDICTION, SECOND
from figures_src.exhibits._shared.labels import decades
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.training import wrong_start

CONFIG = wrong_start.Config()
TITLE = Text(zh="从错误的一侧出发：各需要多少步", en="A wrong start: how many steps each loss needs")
START = Text(zh="起点 z（标签为 1）", en="start z (label 1)")
STEPS = Text(zh="到 p > 1/2 的步数（对数坐标）", en="steps until p > 1/2 (log scale)")
ENTROPY = Text(zh="交叉熵", en="cross-entropy")
SQUARE = Text(zh="平方误差", en="squared error")
ENTROPY_LAW = Text(zh="约 |z|/η", en="about |z|/η")
FINITE_STEPS = Text(
    zh="有限步长与连续的梯度流相差至多 1 + |ln(末速/初速)|/2 步；多个起点时取最接近不成立的",
    en="finite steps differ from gradient flow by up to 1 + |ln(final/first speed)|/2 steps; "
    "of several starts the one that comes closest to failing",
)
SQUARE_LAW = Text(zh="约 e^−z/(2η)", en="about e^−z/(2η)")


def compute() -> wrong_start.Result:
    """Descend on both losses from every start."""
    return measured(wrong_start, CONFIG)


def draw(figure: Figure, result: wrong_start.Result, text: Localize) -> None:
    """Draw the steps against the start, on a log axis."""
    axes = figure.subplots()
    z = [start.z for start in result.starts]
    drawn = (
        ("cross_entropy_steps", FIRST, "o", ENTROPY, "-", ENTROPY_LAW),
        ("squared_error_steps", SECOND, "s", SQUARE, "--", SQUARE_LAW),
    )
    for name, color, marker, label, dash, law in drawn:
        predicted = [getattr(start, f"predicted_{name}") for start in result.starts]
        axes.plot(z, predicted, color=PREDICTION, linestyle=dash, linewidth=1.2)
        counted = [getattr(start, name) for start in result.starts]
        axes.plot(z, counted, color=color, marker=marker, linestyle="none", label=f"{text(label)}\n{text(law)}")
    axes.set_yscale("log")
    axes.set_xlabel(text(START))
    axes.set_ylabel(text(STEPS))
    axes.set_xticks(sorted(z))
    label_curves(axes, "left")


def data(result: wrong_start.Result) -> Table:
    """Every start."""
    header = (
        "z",
        "cross_entropy_steps",
        "predicted_cross_entropy_steps",
        "squared_error_steps",
        "predicted_squared_error_steps",
    )
    rows = tuple(
        (
            start.z,
            start.cross_entropy_steps,
            start.predicted_cross_entropy_steps,
            start.squared_error_steps,
            start.predicted_squared_error_steps,
        )
        for start in result.starts
    )
    return Table(header, rows)


def _farthest_off(result: wrong_start.Result, name: str) -> Number:
    """By how many steps, at most, the count of a loss is off its line."""
    off = (getattr(start, name) - getattr(start, f"predicted_{name}") for start in result.starts)
    return Number(max(map(abs, off)), ".1f")


def numbers(result: wrong_start.Result) -> dict[str, Number]:
    farthest = min(result.starts, key=lambda start: start.z)
    return {
        "learning_rate": Number(result.config.learning_rate, "g"),
        "start": Number(farthest.z, "g"),
        "cross_entropy_steps": Number(farthest.cross_entropy_steps, "d"),
        "cross_entropy_off": _farthest_off(result, "cross_entropy_steps"),
        "squared_error_off": _farthest_off(result, "squared_error_steps"),
        "squared_error_steps": Number(farthest.squared_error_steps, "d"),
        "far": Number(result.config.far, "g"),
        "far_steps": Number(result.config.far_steps, "d"),
        "far_cross_entropy_step": Number(result.far_cross_entropy_step, ".3f"),
        "far_squared_error_step": decades(result.far_squared_error_step),
        "far_cross_entropy_steps": Number(result.far_cross_entropy_steps, "d"),
        "far_squared_error_moved": decades(result.far_squared_error_moved),
        "far_squared_error_steps": decades(result.predicted_far_squared_error_steps),
        "equal_rate": decades(result.far_cross_entropy_step / result.far_squared_error_step),
        "equal_rate_at_zero": decades(
            result.far_cross_entropy_step / result.far_squared_error_step * abs(theory.squared_error_gradient(0.0, 1.0))
        ),
    }


def _discrete(start: float, gradient: Callable[[float, float], float], predicted: float) -> float:
    """By how much the number of steps may differ from gradient flow, relative to it.

    With steps of finite length the time is off by η ln(final/first speed)/2 in all, and the last step is a whole one.
    """
    return (abs(math.log(gradient(0.0, 1.0) / gradient(start, 1.0))) / 2 + 1) / predicted


def _squared_error(result: wrong_start.Result) -> tuple[float, float, float]:
    """The steps counted, predicted and allowed at the start that comes closest to failing."""
    compared = [
        (
            start.squared_error_steps,
            start.predicted_squared_error_steps,
            _discrete(start.z, theory.squared_error_gradient, start.predicted_squared_error_steps),
        )
        for start in result.starts
    ]
    return max(compared, key=lambda one: abs(one[0] / one[1] - 1) / one[2])


def checks(result: wrong_start.Result) -> dict[str, Check]:
    config = result.config
    counted, predicted, tolerance = _squared_error(result)
    return {
        "cross_entropy": Check(
            sentence=Text(
                zh=f"从 z = −{-CONFIG.far:g} 出发，交叉熵走到 p > 1/2 的步数约为 |z|/η",
                en=f"From z = −{-CONFIG.far:g} the cross-entropy needs about |z|/η steps until p > 1/2",
            ),
            measured=Number(result.far_cross_entropy_steps, "d"),
            relation="≈",
            predicted=Number(result.predicted_far_cross_entropy_steps, ".4f"),
            tolerance=_discrete(config.far, theory.cross_entropy_gradient, result.predicted_far_cross_entropy_steps),
            because=FINITE_STEPS,
            source="∫ dz/(1 − p)",
        ),
        "squared_error": Check(
            sentence=Text(
                zh="平方误差需要的步数约为 e⁻ᶻ/(2η)，随 |z| 指数增长",
                en="The squared error needs about e⁻ᶻ/(2η) steps, exponentially many in |z|",
            ),
            measured=Number(counted, "d"),
            relation="≈",
            predicted=Number(predicted, ".1f"),
            tolerance=tolerance,
            because=FINITE_STEPS,
            source="∫ dz/(2 (1 − p)² p)",
        ),
        "far": Check(
            sentence=Text(
                zh=f"从 z = −{-CONFIG.far:g} 出发，平方误差走 {CONFIG.far_steps} 步几乎没有动",
                en=f"From z = −{-CONFIG.far:g} the squared error hardly moves in {CONFIG.far_steps} steps",
            ),
            measured=Number(result.far_squared_error_moved, ".4e"),
            relation="≈",
            predicted=Number(
                config.far_steps * config.learning_rate * abs(theory.squared_error_gradient(config.far, 1.0)), ".4e"
            ),
            tolerance=1e-5,
            because=Text(
                zh=f"预测值取梯度不变；{CONFIG.far_steps} 步里 z 移动了 4·10⁻⁶，梯度的相对变化也是这么多",
                en="predicted with a constant gradient; z moves by 4·10⁻⁶, and so does the logarithm of the gradient",
            ),
            source="t η · 2 (1 − p)² p",
        ),
    }
