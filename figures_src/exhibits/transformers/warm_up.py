"""Warm-up: small models of characters with both places of the normalization, trained with it and without."""

import statistics

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, MUTED_LINE, SECOND, THIRD
from figures_src.exhibits.transformers._placements import POST, PRE
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.transformers import warm_up

CONFIG = warm_up.Config()
TITLE = Text(zh="学习率预热", en="Warm-up of the learning rate")
PRE_WARMED = Text(zh=f"{PRE.zh}，预热", en=f"{PRE.en}, warm-up")
POST_WARMED = Text(zh=f"{POST.zh}，预热", en=f"{POST.en}, warm-up")
FREQUENCIES = Text(zh="只知道字母频率", en="frequencies alone")
STEP = Text(zh="训练步", en="step")
LOSS = Text(zh="损失", en="loss")
CURVES = {
    ("post", False): (POST, SECOND, "-"),
    ("post", True): (POST_WARMED, THIRD, "--"),
    ("pre", False): (PRE, FIRST, "-"),
}
"""Label, colour and line by placement and warm-up, of the trainings that are drawn."""
LEARNED = 2.0
"""A loss below it knows more than frequencies."""
_AVERAGED = 5


def compute() -> warm_up.Result:
    """Train all models."""
    return measured(warm_up, CONFIG)


def _training(result: warm_up.Result, placement: str, *, is_warmed: bool) -> warm_up.Training:
    return next(one for one in result.trainings if (one.placement, one.is_warmed) == (placement, is_warmed))


def _medians(training: warm_up.Training) -> list[float]:
    """The median over the seeds of losses that are averaged over a few steps, at the end of each such few."""
    averaged = [
        [sum(row[end - _AVERAGED : end]) / _AVERAGED for end in range(_AVERAGED, len(row) + 1, _AVERAGED)]
        for row in training.losses
    ]
    return [statistics.median(column) for column in zip(*averaged, strict=True)]


def _steps() -> list[int]:
    return list(range(_AVERAGED, CONFIG.steps + 1, _AVERAGED))


def _learned(training: warm_up.Training) -> int:
    return sum(loss < LEARNED for loss in training.final)


def draw(figure: Figure, result: warm_up.Result, text: Localize) -> None:
    """Draw the median loss against the step."""
    axes = figure.subplots()
    for (placement, is_warmed), (label, color, dashes) in CURVES.items():
        medians = _medians(_training(result, placement, is_warmed=is_warmed))
        axes.plot(_steps(), medians, color=color, linestyle=dashes, label=text(label))
    axes.axhline(result.frequencies, color=MUTED_LINE, linestyle=":", linewidth=1)
    axes.set(xlabel=text(STEP), ylabel=text(LOSS), xlim=(0, CONFIG.steps))
    label_curves(axes)


def data(result: warm_up.Result) -> Table:
    """The medians of all trainings."""
    columns = [_medians(training) for training in result.trainings]
    names = [f"{one.placement}_{'warm_up' if one.is_warmed else 'no_warm_up'}" for one in result.trainings]
    return Table(("step", *names), tuple(zip(_steps(), *columns, strict=True)))


def numbers(result: warm_up.Result) -> dict[str, Number]:
    offered = {
        "seeds": Number(CONFIG.seeds, "d"),
        "blocks": Number(CONFIG.blocks, "d"),
        "width": Number(CONFIG.width, "d"),
        "steps": Number(CONFIG.steps, "d"),
        "warm_up": Number(CONFIG.warm_up, "d"),
        "learning_rate": Number(CONFIG.learning_rate, "g"),
        "frequencies": Number(result.frequencies, ".2f"),
        "learned": Number(LEARNED, "g"),
    }
    for training in result.trainings:
        name = f"{training.placement}_{'warmed' if training.is_warmed else 'cold'}"
        offered[name] = Number(_learned(training), "d")
        offered[f"{name}_loss"] = Number(statistics.median(training.final), ".1f")
    return offered


def checks(result: warm_up.Result) -> dict[str, Check]:
    cold, warmed = (_training(result, "post", is_warmed=is_warmed) for is_warmed in (False, True))
    pre = _training(result, "pre", is_warmed=False)
    plain = Text(zh="逐个随机种子计数", en="counted seed by seed")
    reached = Text(zh=f"损失低于 {LEARNED:g}", en=f"a loss below {LEARNED:g}")
    return {
        "helps": Check(
            sentence=Text(
                zh="后置归一化时，学习率预热使更多随机种子的模型学会",
                en="With post-norm more seeds learn with warm-up than without",
            ),
            measured=Number(_learned(warmed), "d"),
            relation=">",
            predicted=Number(_learned(cold), "d"),
            because=plain,
            source=reached,
        ),
        "most": Check(
            sentence=Text(
                zh="后置归一化而不预热时，多数随机种子的模型学不会",
                en="With post-norm and no warm-up most seeds do not learn",
            ),
            measured=Number(2 * _learned(cold), "d"),
            relation="<",
            predicted=Number(CONFIG.seeds, "d"),
            because=Text(zh="左边是学会的个数的两倍", en="on the left twice the number that learned"),
            source=reached,
        ),
        "not_needed": Check(
            sentence=Text(
                zh="前置归一化时，不预热，每个随机种子的模型也都学会",
                en="With pre-norm every seed learns without warm-up",
            ),
            measured=Number(_learned(pre), "d"),
            relation="=",
            predicted=Number(CONFIG.seeds, "d"),
            because=plain,
            source=reached,
        ),
    }
