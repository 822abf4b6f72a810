"""The learning rate: no remedy for a gradient that vanishes over layers, but decisive for stable descent."""

import math

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, FOURTH, MUTED_LINE, PREDICTION, SECOND, THIRD
from figures_src.exhibits._shared.labels import decades, factor, magnitude, percent
from figures_src.model.exhibit import Answer, Check, Number, Question, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.training import learning_rate

CONFIG = learning_rate.Config()
# The iterate, the gradient and their difference are each rounded, and 1 - ηλ magnifies that a little.
ROUNDINGS_PER_STEP = 16
TITLE = Text(zh="学习率改变什么，不改变什么", en="What the learning rate changes, and what it does not")
LEARNING_RATE = Text(zh="学习率", en="Learning rate")
FIRST_GRADIENT = Text(zh="第 1 层的 ‖∂W‖", en="‖∂W‖ of layer 1")
CHANGE = Text(zh="第\N{NO-BREAK SPACE}1\N{NO-BREAK SPACE}层的<wbr>相对改变", en="Relative change of layer 1")
LOSS = Text(zh="这一步后<wbr>的损失", en="Loss after the step")
ROUNDINGS = Text(
    zh=f"{CONFIG.steps} 步，每步至多 {ROUNDINGS_PER_STEP} 次 2⁻⁵³ 的舍入",
    en=f"{CONFIG.steps} steps, each with at most {ROUNDINGS_PER_STEP} roundings of 2⁻⁵³",
)
STEP = Text(zh="步数 t", en="step t")
DISTANCE = Text(zh="到最低点的距离（对数坐标）", en="distance from the minimum (log scale)")
STYLES = ((FIRST, "o"), (THIRD, "^"), (FOURTH, "D"), (SECOND, "s"))
SHOWN_EVERY = 20
# The exercise asks by how much the first layer should move, relative to its weights.
WANTED_CHANGE = 0.01


def compute() -> learning_rate.Result:
    """Take the first step of a network, and many on a quadratic."""
    return measured(learning_rate, CONFIG)


def draw(figure: Figure, result: learning_rate.Result, text: Localize) -> None:
    """Draw the distance from the minimum along the steps, on a log axis, for every learning rate."""
    axes = figure.subplots()
    steps = range(result.config.steps + 1)
    for descent, (color, marker) in zip(result.descents, STYLES, strict=True):
        axes.plot(steps, descent.predicted_path, color=PREDICTION, linewidth=1.2)
        axes.plot(
            steps[::SHOWN_EVERY],
            descent.path[::SHOWN_EVERY],
            color=color,
            marker=marker,
            linestyle="none",
            label=f"η = {descent.learning_rate:g}",
        )
    axes.axhline(1, color=MUTED_LINE, linewidth=0.8, linestyle=":")
    axes.set_yscale("log")
    axes.set_xlabel(text(STEP))
    axes.set_ylabel(text(DISTANCE))
    label_curves(axes)


def data(result: learning_rate.Result) -> Table:
    """The distance after every step, with the law beside it."""
    header = ["step"]
    columns: list[tuple[float, ...]] = []
    for descent in result.descents:
        header += [f"distance_{descent.learning_rate:g}", f"predicted_{descent.learning_rate:g}"]
        columns += [descent.path, descent.predicted_path]
    return Table(tuple(header), tuple(zip(range(result.config.steps + 1), *columns, strict=True)))


def table(result: learning_rate.Result, text: Localize) -> Table:
    """List the first step at every learning rate."""
    rows = tuple(
        (
            f"{step.learning_rate:g}",
            str(Number(step.first_gradient, ".4e")),
            str(decades(step.relative_change_first)),
            str(factor(step.loss_after)),
        )
        for step in result.first_steps
    )
    return Table(tuple(map(text, (LEARNING_RATE, FIRST_GRADIENT, CHANGE, LOSS))), rows)


def _descent(result: learning_rate.Result, stable: bool) -> learning_rate.Descent:
    """The slowest or the fastest descent: well below, or well above, the limit."""
    return result.descents[0] if stable else result.descents[-1]


def numbers(result: learning_rate.Result) -> dict[str, Number]:
    small, middle, large = result.first_steps
    below, above = _descent(result, stable=True), _descent(result, stable=False)
    beyond = result.descents[-2]
    needed = WANTED_CHANGE / large.relative_change_first * large.learning_rate
    return {
        "layers": Number(result.config.depth, "d"),
        "width": Number(result.config.width, "d"),
        "small": Number(small.learning_rate, "g"),
        "middle": Number(middle.learning_rate, "g"),
        "large": Number(large.learning_rate, "g"),
        "ratio": decades(small.ratio),
        "first_gradient": decades(small.first_gradient),
        "large_relative_change": decades(large.relative_change_first),
        "loss_before": factor(large.loss_before),
        "loss_after_large": Number(large.loss_after, ".1f"),
        "stable_limit": Number(result.stable_limit, "g"),
        "curvature": Number(max(result.config.curvatures), "g"),
        "below": Number(below.learning_rate, "g"),
        "above": Number(above.learning_rate, "g"),
        "steps": Number(result.config.steps, "d"),
        "after_below": magnitude(below.distance),
        "after_above": magnitude(above.distance),
        "factor_below": Number(below.predicted_path[1], ".2f"),
        "factor_above": Number(above.predicted_path[1], ".2f"),
        "beyond": Number(beyond.learning_rate, "g"),
        "after_beyond": magnitude(beyond.distance),
        "predicted_beyond": magnitude(beyond.predicted),
        "factor_beyond": Number(beyond.predicted_path[1], ".2f"),
        "rate_ratio": Number(large.learning_rate / small.learning_rate, ".0f"),
        "last_gradient": factor(small.last_gradient),
        "large_relative_change_last": percent(large.relative_change_last),
        "wanted_change": percent(WANTED_CHANGE, 0),
        "needed_rate": decades(needed),
        "needed_change_last": decades(large.relative_change_last * needed / large.learning_rate),
    }


def _descent_check(result: learning_rate.Result, descent: learning_rate.Descent, sentence: Text) -> Check:
    return Check(
        sentence=sentence,
        measured=decades(descent.distance),
        relation="≈",
        predicted=decades(descent.predicted),
        tolerance=result.config.steps * ROUNDINGS_PER_STEP * 2.0**-53,
        because=ROUNDINGS,
        source="|1 − ηλ|ⁿ",
    )


def _path(result: learning_rate.Result) -> Check:
    """The step of any descent at which the distance is farthest from the law."""
    pairs = [pair for one in result.descents for pair in zip(one.path, one.predicted_path, strict=True)]
    distance, predicted = max(pairs, key=lambda pair: abs(pair[0] / pair[1] - 1))
    return Check(
        sentence=Text(
            zh="四个学习率下，每一步之后到最低点的距离都是 |1 − ηλ|ᵗ",
            en="At all four learning rates the distance from the minimum is |1 − ηλ|ᵗ after every step",
        ),
        measured=decades(distance),
        relation="≈",
        predicted=decades(predicted),
        tolerance=result.config.steps * ROUNDINGS_PER_STEP * 2.0**-53,
        because=Text(
            zh=f"取偏离最大的一步；至多 {CONFIG.steps} 步，每步至多 {ROUNDINGS_PER_STEP} 次 2⁻⁵³ 的舍入",
            en=f"the step that is farthest off; up to {CONFIG.steps} steps, each with at most {ROUNDINGS_PER_STEP} "
            "roundings of 2⁻⁵³",
        ),
        source="|1 − ηλ|ᵗ",
    )


def checks(result: learning_rate.Result) -> dict[str, Check]:
    return {
        "same_gradient": Check(
            sentence=Text(
                zh=f"第一步之前的梯度在 {len(result.first_steps)} 个学习率下逐位相同（实测值是相同的个数）",
                en=f"The gradient before the first step is the same, bit for bit, at all {len(result.first_steps)} "
                "learning rates (measured: how many agree)",
            ),
            measured=Number(sum(step.same_gradient for step in result.first_steps), "d"),
            relation="=",
            predicted=Number(len(result.first_steps), "d"),
            because=Text(zh="同样的运算，逐位相同", en="the same operations, bit for bit"),
            source="∂L/∂W",
        ),
        "path": _path(result),
        "stable": _descent_check(
            result,
            _descent(result, stable=True),
            Text(
                zh="学习率略低于 2/λ 时，梯度下降按 |1 − ηλ|ⁿ 收敛",
                en="Just below 2/λ gradient descent converges, as |1 − ηλ|ⁿ",
            ),
        ),
        "diverges": _descent_check(
            result,
            _descent(result, stable=False),
            Text(
                zh="学习率略高于 2/λ 时，梯度下降按 |1 − ηλ|ⁿ 发散",
                en="Just above 2/λ gradient descent diverges, as |1 − ηλ|ⁿ",
            ),
        ),
    }


def questions(result: learning_rate.Result) -> dict[str, Question]:
    small, _, large = result.first_steps
    grown = small.ratio * large.learning_rate / small.learning_rate
    guesses = (decades(grown), decades(math.sqrt(small.ratio)), decades(small.ratio))
    axis = Text(zh="‖∂W‖，第一层÷最后一层", en="‖∂W‖, first layer ÷ last")
    return {"ratio": Question((Answer(decades(large.ratio), guesses),), axis=axis)}
