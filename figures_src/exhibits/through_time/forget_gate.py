"""The forget gate of an LSTM: how much of the gradient of the last time step arrives at the first."""

import math
from statistics import geometric_mean

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.powers import decade_tick
from figures_src.drawing.style import FIRST, PREDICTION, SECOND
from figures_src.exhibits._shared.agreement import Comparison, worst
from figures_src.exhibits._shared.labels import decades, factor, magnitude
from figures_src.model.exhibit import Answer, Check, Number, Question, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.recurrence import forget_gate
from gradlab.experiments.recurrence.forget_gate import Point

CONFIG = forget_gate.Config()
TITLE = Text(zh="LSTM 的遗忘门", en="The forget gate of an LSTM")
BIAS = Text(zh="遗忘门偏置 b", en="bias of the forget gate, b")
RATIO = Text(zh="‖δ‖ 首末时间步之比（对数坐标）", en="‖δ‖ first to last time step (log scale)")
WHOLE = Text(zh="整个 LSTM", en="the whole LSTM")
GATE = Text(zh="只留遗忘门", en="forget gate alone")
GUESSES = (1 / CONFIG.time_steps, 1e-3, 1e-6, 1e-12)
ASKED = Text(zh="第一个时间步的梯度与最后一个之比", en="gradient of the first time step over that of the last")
# The exercise: time steps, and how much of the gradient is to be left over all of them.
LONG, KEPT = 1000, 0.5
CLOSED, OPEN = 0.0, math.log(CONFIG.time_steps)


def compute() -> forget_gate.Result:
    """Differentiate the loss with respect to every input, for every bias and seed."""
    return measured(forget_gate, CONFIG)


def _at(result: forget_gate.Result, bias: float) -> Point:
    return next(point for point in result.points if point.bias == bias)


def _line(result: forget_gate.Result) -> list[tuple[float, float]]:
    low, high = result.points[0].bias, result.points[-1].bias
    biases = [low + (high - low) * place / 60 for place in range(61)]
    return [(bias, theory.forget_gate_ratio(bias, result.config.time_steps)) for bias in biases]


def draw(figure: Figure, result: forget_gate.Result, text: Localize) -> None:
    """Draw the ratio of the gradients of the first and the last time step against the bias, on a log axis."""
    axes = figure.subplots()
    axes.plot(*zip(*_line(result), strict=True), color=PREDICTION, linewidth=1.2)
    biases = [point.bias for point in result.points]
    for label, color, marker, ratios in (
        (WHOLE, FIRST, "o", [point.ratio for point in result.points]),
        (GATE, SECOND, "s", [point.gate_ratio for point in result.points]),
    ):
        axes.plot(biases, ratios, color=color, marker=marker, linestyle="none", label=text(label))
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: decade_tick(value)))
    axes.set_xlabel(text(BIAS))
    axes.set_ylabel(text(RATIO))
    label_curves(axes)


def data(result: forget_gate.Result) -> Table:
    """Every bias."""
    rows = tuple((point.bias, point.ratio, point.gate_ratio, point.predicted) for point in result.points)
    return Table(("bias", "ratio", "ratio_gate_alone", "predicted_gate_alone"), rows)


def _needed(time_steps: int, kept: float) -> float:
    """The bias with which the gates let that much through: σ(b)^(T-1) = kept."""
    gate = kept ** (1 / (time_steps - 1))
    return math.log(gate / (1 - gate))


def numbers(result: forget_gate.Result) -> dict[str, Number]:
    config = result.config
    closed, opened = _at(result, CLOSED), _at(result, OPEN)
    return {
        "time_steps": Number(config.time_steps, "d"),
        "seeds": Number(config.seeds, "d"),
        "width": Number(config.width, "d"),
        "default": decades(geometric_mean(result.default)),
        "closed": decades(closed.ratio),
        "closed_predicted": decades(closed.predicted),
        "open_bias": Number(OPEN, ".1f"),
        "open": Number(opened.ratio, ".1f"),
        "open_predicted": Number(opened.predicted, ".2f"),
        "long": Number(LONG, "d"),
        "kept": Number(KEPT, "g"),
        "needed_bias": Number(_needed(LONG, KEPT), ".1f"),
        "long_bias": Number(math.log(LONG), ".1f"),
        "long_left": Number(theory.forget_gate_ratio(math.log(LONG), LONG), ".2f"),
        "long_closed": decades(theory.forget_gate_ratio(CLOSED, LONG)),
    }


def _per_step(ratio: float) -> float:
    return math.pow(ratio, 1 / (CONFIG.time_steps - 1))


def checks(result: forget_gate.Result) -> dict[str, Check]:
    opened = _at(result, OPEN)
    return {
        "default": Check(
            sentence=Text(
                zh="按 PyTorch 默认初始化的 LSTM，传到第一个时间步的梯度不到最后一个的百万分之一（取最大的随机种子）",
                en="In an LSTM as PyTorch makes it less than a millionth of the last time step's gradient arrives at "
                "the first (the largest of all seeds)",
            ),
            measured=decades(max(result.default)),
            relation="<",
            predicted=decades(1e-6),
            because=Text(zh="逐个随机种子测量", en="measured seed by seed"),
            source="σ(b)ᵀ⁻¹",
        ),
        "gate": worst(
            Comparison(_per_step(point.gate_ratio), _per_step(point.predicted), 0.04) for point in result.points
        ).check(
            sentence=Text(
                zh="循环权重为 0、只留遗忘门时，梯度每个时间步乘以 σ(b)（这里是偏离最大的偏置）",
                en="With recurrent weights of 0, where the forget gate is the only way back, the gradient is "
                "multiplied by σ(b) at every time step (here the bias that deviates most)",
            ),
            shown=factor,
            because=Text(
                zh=f"首末两步的输入进入状态的路不同，大小可差十倍，分摊到 {CONFIG.time_steps - 1} 步",
                en="the first and the last input enter by other ways, which may differ by a factor of ten, spread "
                f"over {CONFIG.time_steps - 1} steps",
            ),
            source="σ(b)ᵀ⁻¹, Gers, Schmidhuber, Cummins 2000",
        ),
        "opened": Check(
            sentence=Text(
                zh="遗忘门偏置取 ln T，第一个时间步的梯度就与最后一个同一量级（各随机种子的几何平均）",
                en="With a forget-gate bias of ln T the first time step's gradient is of the size of the last one's "
                "(geometric mean of the seeds)",
            ),
            measured=magnitude(opened.ratio),
            relation=">",
            predicted=Number(0.1, "g"),
            because=Text(
                zh="预测约为 1/e；进入状态的路不同，可再差几倍", en="about 1/e is predicted, and the ways in differ"
            ),
            source="(1 + 1/T)⁻⁽ᵀ⁻¹⁾, Tallec, Ollivier 2018, arXiv:1804.11188",
        ),
    }


def _power_of_ten(value: float) -> Number:
    return Number(value, ".0e")


def questions(result: forget_gate.Result) -> dict[str, Question]:
    """Share of the gradient that is left at the first of many time steps."""
    guesses = (Number(GUESSES[0], ".2f"), *map(_power_of_ten, GUESSES[1:]))
    return {"first_step": Question((Answer(decades(geometric_mean(result.default)), guesses),), axis=ASKED)}
