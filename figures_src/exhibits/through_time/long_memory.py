"""A task with a long memory: which plain recurrent networks learn it, and what clipping and truncation do to that."""

import math

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, SECOND, THIRD
from figures_src.exhibits._shared import counts
from figures_src.exhibits._shared.labels import decades, magnitude
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.recurrence import long_memory
from gradlab.experiments.recurrence.long_memory import CLASSES, SHARE, Trained, Training

CONFIG = long_memory.Config()
TITLE = Text(zh="记住第一个输入", en="Remembering the first input")
LENGTH = Text(zh="序列的长度 T", en="length of the sequence, T")
LEARNED = Text(zh=f"{CONFIG.networks} 个网络中学会的个数", en=f"networks that learn, of {CONFIG.networks}")
STARTS = {
    "default": Text(zh="PyTorch 默认", en="PyTorch default"),
    "orthogonal": Text(zh="正交矩阵", en="orthogonal matrix"),
    "identity": Text(zh="单位矩阵，ReLU", en="identity, ReLU"),
}
STYLES = {"default": (SECOND, "s", "--"), "orthogonal": (FIRST, "o", "-"), "identity": (THIRD, "^", "-.")}
START_COLUMN = Text(zh="循环矩阵", en="Recurrent matrix")
LENGTH_COLUMN = Text(zh="T", en="T")
TRAINING_COLUMN = Text(zh="训练", en="Training")
RATIO_COLUMN = Text(zh="首末<wbr>梯度之比", en="Gradient, first to last")
LEARNED_COLUMN = Text(zh="学会", en="Learned")
PLAIN = Text(zh="–", en="–")
CHANCE = math.log(CLASSES)
STUCK = 0.9
MEDIAN = Text(zh=f"{CONFIG.networks} 个随机种子的中位数", en=f"the median of {CONFIG.networks} seeds")
SHORT, LONG, CLIPPED, TRUNCATED = 10, 40, 1.0, 10
FARTHEST = long_memory.LENGTHS[-1]


def compute() -> long_memory.Result:
    """Train every network."""
    return measured(long_memory, CONFIG)


def draw(figure: Figure, result: long_memory.Result, text: Localize) -> None:
    """Draw how many networks learn against the length of the sequence."""
    axes = figure.subplots()
    found = result.by_training
    for start, (color, marker, dashes) in STYLES.items():
        learned = [found[Training(start, length)].learned for length in long_memory.LENGTHS]
        axes.plot(
            long_memory.LENGTHS,
            learned,
            color=color,
            marker=marker,
            linestyle=dashes,
            label=text(STARTS[start]),
        )
    axes.set_xticks(long_memory.LENGTHS)
    axes.set_ylim(-0.4, result.config.networks + 0.6)
    axes.set_xlabel(text(LENGTH))
    axes.set_ylabel(text(LEARNED))
    label_curves(axes)


def data(result: long_memory.Result) -> Table:
    """Every training."""
    rows = tuple(
        (
            one.training.start,
            one.training.time_steps,
            one.training.maximum_norm or "",
            one.training.window or "",
            one.ratio,
            one.learned,
            one.final_loss,
        )
        for one in result.trained
    )
    return Table(("start", "time_steps", "maximum_norm", "window", "gradient_ratio", "learned", "median_loss"), rows)


def _way(training: Training, text: Localize) -> str:
    if training.maximum_norm is not None:
        return text(Text(zh=f"裁剪到 {training.maximum_norm:g}", en=f"clipped at {training.maximum_norm:g}"))
    if training.window is not None:
        return text(Text(zh=f"只回传 {training.window} 步", en=f"only {training.window} steps back"))
    return text(PLAIN)


def table(result: long_memory.Result, text: Localize) -> Table:
    """List every training."""
    rows = tuple(
        (
            text(STARTS[one.training.start]),
            one.training.time_steps,
            _way(one.training, text),
            str(magnitude(one.ratio)) if one.ratio else "0",
            counts.half(one.learned, result.config.networks),
        )
        for one in result.trained
    )
    header = (START_COLUMN, LENGTH_COLUMN, TRAINING_COLUMN, RATIO_COLUMN, LEARNED_COLUMN)
    return Table(tuple(map(text, header)), rows)


def numbers(result: long_memory.Result) -> dict[str, Number]:
    config, found = result.config, result.by_training
    default = found[Training("default", LONG)]
    return {
        "networks": Number(config.networks, "d"),
        "width": Number(config.width, "d"),
        "steps": Number(config.steps, "d"),
        "noise": Number(config.noise, "g"),
        "short": Number(SHORT, "d"),
        "long": Number(LONG, "d"),
        "farthest": Number(FARTHEST, "d"),
        "maximum_norm": Number(CLIPPED, "g"),
        "window": Number(TRUNCATED, "d"),
        "chance": Number(CHANCE, ".2f"),
        "default_ratio": decades(default.ratio),
        "orthogonal_ratio": magnitude(found[Training("orthogonal", LONG)].ratio),
    }


def _learns(trained: Trained, sentence: Text) -> Check:
    return Check(
        sentence=sentence,
        measured=Number(trained.final_loss, ".1f"),
        relation="<",
        predicted=Number(SHARE * CHANCE, ".2f"),
        because=MEDIAN,
        source="ln 2 / 5",
    )


def _stuck(trained: Trained, sentence: Text) -> Check:
    return Check(
        sentence=sentence,
        measured=Number(trained.final_loss, ".2f"),
        relation=">",
        predicted=Number(STUCK * CHANCE, ".2f"),
        because=MEDIAN,
        source="ln 2",
    )


def checks(result: long_memory.Result) -> dict[str, Check]:
    found = result.by_training
    truncated = found[Training("orthogonal", LONG, window=TRUNCATED)]
    orthogonal = [ratio for one in result.trained if one.training.start == "orthogonal" for ratio in one.ratios]
    return {
        "short": _learns(
            found[Training("default", SHORT)],
            Text(
                zh=f"默认初始化的普通循环网络，序列只有 {SHORT} 步时学得会记住第一个输入",
                en=f"A plain recurrent network at its default learns to remember the first of {SHORT} inputs",
            ),
        ),
        "long": _stuck(
            found[Training("default", LONG)],
            Text(
                zh=f"序列有 {LONG} 步时，损失停在随机猜测处",
                en=f"With {LONG} inputs its loss stays at that of guessing",
            ),
        ),
        "clipped": _stuck(
            found[Training("default", LONG, maximum_norm=CLIPPED)],
            Text(
                zh="加上梯度裁剪，它照样学不会：裁剪带不回消失的梯度",
                en="With clipping it does not learn either: clipping brings back no gradient that has vanished",
            ),
        ),
        "orthogonal": _learns(
            found[Training("orthogonal", FARTHEST)],
            Text(
                zh=f"循环矩阵一开始是正交矩阵，{FARTHEST} 步也学得会",
                en=f"With a recurrent matrix that is orthogonal at the start it learns from {FARTHEST} inputs as well",
            ),
        ),
        "identity": _learns(
            found[Training("identity", LONG)],
            Text(
                zh=f"循环矩阵一开始是单位矩阵、用 ReLU，{LONG} 步也学得会",
                en=f"With the identity at the start, and ReLU, it learns from {LONG} inputs",
            ),
        ),
        "orthogonal_bound": Check(
            sentence=Text(
                zh="正交矩阵加 tanh，梯度往回走只会变小：首末之比（取最大的网络）",
                en="With an orthogonal matrix and tanh a gradient only gets smaller on its way back: first to last "
                "(the network where it is largest)",
            ),
            measured=magnitude(max(orthogonal)),
            relation="<",
            predicted=Number(theory.recurrent_bound(1.0, 1.0, FARTHEST), "g"),
            because=Text(zh="逐个网络测量", en="measured network by network"),
            source="(γ‖W‖)ᵏ, Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063",
        ),
        "truncated": Check(
            sentence=Text(
                zh="只回传最后几步，第一个时间步的梯度就恰好是 0（取最大的网络）",
                en="Where the gradient goes back through the last steps only, that of the first is exactly 0 (the "
                "network where it is largest)",
            ),
            measured=Number(max(truncated.ratios), "g"),
            relation="=",
            predicted=Number(0, "g"),
            because=Text(zh="计算图在那里断开", en="the graph is cut there"),
            source="h.detach()",
        ),
        "truncated_learns": _learns(
            truncated,
            Text(
                zh="正交矩阵的网络没有学过怎样记住，也把第一个输入留住了：只回传几步，照样学会读出它",
                en="A network with an orthogonal matrix keeps the first input without having learned to: it learns to "
                "read it from the last steps alone",
            ),
        ),
    }
