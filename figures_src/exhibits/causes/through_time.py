"""The gradient through time: what recurrent layers forget at their default, and what lets them remember."""

import math
from statistics import geometric_mean, median

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.powers import decade_tick
from figures_src.drawing.style import FIRST, SECOND
from figures_src.exhibits._shared.labels import decades, factor, loss, magnitude, rough
from figures_src.exhibits._shared.printed import printed
from figures_src.exhibits._shared.spirals import GUESSING
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Localize, Text
from gradlab.experiments.diagnosis import memory
from gradlab.experiments.diagnosis.memory import KINDS, Kind, Network

TITLE = Text(zh="沿时间的梯度", en="The gradient through time")
TIME_STEP = Text(zh="时间步", en="time step")
DELTA = Text(zh="输入的 ‖δ‖（对数坐标）", en="‖δ‖ of the input (log scale)")
DEFAULT = Text(zh="默认初始化", en="default")
REMEMBERS = Text(zh="遗忘门偏置为 ln\xa0T", en="forget-gate bias ln\xa0T")
LAYER = Text(zh="循环层", en="Recurrent layer")
RATIO = Text(zh="‖δ‖ 首末时间步之比", en="‖δ‖ first to last time step")
LOSS = Text(zh="训练后的损失", en="Loss after training")
START: dict[bool, dict[Kind, Text]] = {
    False: {kind: Text(zh=f"{kind}，PyTorch 默认", en=f"{kind}, PyTorch's default") for kind in KINDS},
    True: {
        "LSTM": Text(zh="LSTM，遗忘门偏置为 ln T", en="LSTM, forget-gate bias ln T"),
        "GRU": Text(zh="GRU，更新门偏置为 ln T", en="GRU, update-gate bias ln T"),
        "RNN": Text(zh="普通 RNN，循环权重正交", en="plain RNN, orthogonal recurrent weights"),
    },
}
CHANCE = math.log(2)
STUCK = 0.9
"""Share of the loss of guessing above which nothing was learned; batches of 32 differ by a few percent."""
LEARNED = 0.5
EVERY = Text(zh="所有随机种子中最差的一个", en="the worst of all seeds")


def compute() -> memory.Result:
    """Look at every network, and train it."""
    return measured(memory, memory.Config())


def _middle(networks: tuple[Network, ...]) -> list[float]:
    """‖δ‖ by time step, the geometric mean over the seeds."""
    return [geometric_mean(deltas) for deltas in zip(*(one.deltas for one in networks), strict=True)]


def draw(figure: Figure, result: memory.Result, text: Localize) -> None:
    """‖δ‖ of the LSTM's input by time step, before training."""
    axes = figure.subplots()
    styles = ((False, DEFAULT, SECOND, "--"), (True, REMEMBERS, FIRST, "-"))
    for mended, label, color, line in styles:
        sizes = _middle(result.of("LSTM", mended=mended))
        axes.plot(range(1, len(sizes) + 1), sizes, color=color, linestyle=line, linewidth=1.8, label=text(label))
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: decade_tick(value)))
    axes.set_xlabel(text(TIME_STEP))
    axes.set_ylabel(text(DELTA))
    label_curves(axes, "left")


def data(result: memory.Result) -> Table:
    """‖δ‖ by time step of both."""
    curves = [_middle(result.of("LSTM", mended=mended)) for mended in (False, True)]
    rows = tuple(
        (str(step), *(f"{size:.6e}" for size in sizes)) for step, sizes in enumerate(zip(*curves, strict=True), 1)
    )
    return Table(("time_step", "default", "forget_gate_bias"), rows)


def table(result: memory.Result, text: Localize) -> Table:
    """Every kind of layer, before and after."""
    rows = tuple(
        (
            text(START[mended][kind]),
            str(magnitude(geometric_mean(one.ratio for one in result.of(kind, mended=mended)))),
            rough(max(one.final_loss for one in result.of(kind, mended=mended))),
        )
        for kind in KINDS
        for mended in (False, True)
    )
    return Table(tuple(map(text, (LAYER, RATIO, LOSS))), rows)


def listings(result: memory.Result, language: Language) -> dict[str, str]:
    """The report on the LSTM at its default initialization."""
    return {"report": printed((result.step,), language)}


def numbers(result: memory.Result) -> dict[str, Number]:
    config = result.config
    return {
        "time_steps": Number(config.time_steps, "d"),
        "steps": Number(config.steps, "d"),
        "seeds": Number(config.seeds, "d"),
        "bias": Number(math.log(config.time_steps), ".1f"),
        "gain": Number(config.gain, "g"),
        "ratio": decades(max(one.ratio for one in result.of("LSTM", mended=False))),
        "chance": Number(CHANCE, ".2f"),
        "loss": loss(max(one.final_loss for one in result.of("LSTM", mended=True))),
    }


def _forgets(result: memory.Result, kind: Kind) -> Check:
    networks = result.of(kind, mended=False)
    return Check(
        sentence=Text(
            zh=f"按 PyTorch 默认初始化的 {kind}：探针认出它沿时间遗忘（实测：认出的随机种子数）",
            en=f"{kind} at PyTorch's default initialization: the probe names that it forgets over time (measured: from "
            "how many seeds)",
        ),
        measured=Number(sum(one.cause == "forgets over time" for one in networks), "d"),
        relation="=",
        predicted=Number(result.config.seeds, "d"),
        because=Text(zh="逐个随机种子计数", en="counted seed by seed"),
        source="gradlab.probing.causes.time",
    )


def checks(result: memory.Result) -> dict[str, Check]:
    config = result.config
    default = [one.final_loss for kind in KINDS for one in result.of(kind, mended=False)]
    growth = geometric_mean(one.ratio for one in result.exploding) ** (1 / (config.time_steps - 1))
    return {kind.lower(): _forgets(result, kind) for kind in KINDS} | {
        "guesses": Check(
            sentence=Text(
                zh="按默认初始化，三种循环层都学不会记住第一个时间步：最小的损失",
                en="At the default initialization no recurrent layer learns to remember the first time step: the "
                "smallest loss",
            ),
            measured=Number(min(default), ".2f"),
            relation=">",
            predicted=Number(STUCK * CHANCE, ".3f"),
            because=EVERY,
            source=GUESSING,
        ),
        "bias_trains": _trains(
            result,
            ("LSTM", "GRU"),
            Text(
                zh="门的偏置取 ln T 之后，LSTM 与 GRU 都学会了：最大的损失",
                en="With a gate's bias of ln T, LSTM and GRU learn: the largest loss",
            ),
        ),
        "orthogonal": Check(
            sentence=Text(
                zh="循环权重正交的普通 RNN 也能学会：各随机种子的中位数损失",
                en="A plain RNN with orthogonal recurrent weights can learn it too: the median loss of all seeds",
            ),
            measured=Number(median(one.final_loss for one in result.of("RNN", mended=True)), ".1f"),
            relation="<",
            predicted=Number(LEARNED * CHANCE, ".3f"),
            because=Text(zh="偶尔有一个随机种子在这些步内学不会", en="now and then a seed does not within these steps"),
            source=GUESSING,
        ),
        "exploding": Check(
            sentence=Text(
                zh=f"正交的循环权重乘以 {config.gain}，小输入：梯度每个时间步放大同样的倍数",
                en=f"Orthogonal recurrent weights times {config.gain}, small inputs: the gradient grows by that factor "
                "at every time step",
            ),
            measured=factor(growth),
            relation="≈",
            predicted=factor(config.gain),
            tolerance=0.04,
            because=Text(
                zh=f"输入只有两个分量，投影的大小可差十倍，分摊到 {config.time_steps - 1} 步",
                en="projections on an input of two components may differ by a factor of ten, spread over "
                f"{config.time_steps - 1} steps",
            ),
            source="Pascanu, Mikolov, Bengio 2013",
        ),
    }


def _trains(result: memory.Result, kinds: tuple[Kind, ...], sentence: Text) -> Check:
    return Check(
        sentence=sentence,
        measured=Number(max(one.final_loss for kind in kinds for one in result.of(kind, mended=True)), ".1f"),
        relation="<",
        predicted=Number(LEARNED * CHANCE, ".3f"),
        because=EVERY,
        source=GUESSING,
    )
