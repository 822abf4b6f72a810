"""A network that does not train, and the same network with the initialization that the probe advises: the losses."""

import math

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, PREDICTION, SECOND
from figures_src.exhibits._shared.labels import HE, PYTORCH_DEFAULT, loss
from figures_src.exhibits._shared.printed import printed
from figures_src.exhibits._shared.spirals import GUESSING, GUESSING_LINE, LEARNED, SMALLEST_SEED, all_but_one_learn
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Localize, Text
from gradlab.experiments.diagnosis import mended
from gradlab.probing.history import verdict_of

TITLE = Text(zh="照报告修好一个网络：损失", en="A network mended by its report: the loss")
STEP = Text(zh="训练步数", en="training step")
LOSS = Text(zh="损失", en="loss")
CHANCE = math.log(2)


def compute() -> mended.Result:
    """Train and diagnose the network with both initializations."""
    return measured(mended, mended.Config())


def draw(figure: Figure, result: mended.Result, text: Localize) -> None:
    """Draw the loss of every seed, before and after."""
    axes = figure.subplots()
    steps = range(result.config.steps + 1)
    for run, color, line, label in (
        (result.default, SECOND, "--", PYTORCH_DEFAULT),
        (result.he, FIRST, "-", HE),
    ):
        for number, losses in enumerate(run.losses):
            own = text(label) if number == 0 else None
            axes.plot(steps, losses, color=color, linestyle=line, linewidth=1.2, label=own)
    guessing = [CHANCE] * len(steps)
    axes.plot(steps, guessing, color=PREDICTION, linestyle=":", linewidth=1.4, label=text(GUESSING_LINE))
    axes.set_ylim(bottom=0)
    axes.set_xlabel(text(STEP))
    axes.set_ylabel(text(LOSS))
    label_curves(axes)


def data(result: mended.Result) -> Table:
    """The loss of every seed before every step and after the last."""
    seeds = range(result.config.seeds)
    header = ("step", *(f"{name}_seed_{seed}" for name in ("default", "he") for seed in seeds))
    rows = zip(range(result.config.steps + 1), *result.default.losses, *result.he.losses, strict=True)
    return Table(header, tuple(rows))


def listings(result: mended.Result, language: Language) -> dict[str, str]:
    """The report of the first seed's network, before and after."""
    return {"before": printed([result.default.step], language), "after": printed([result.he.step], language)}


def numbers(result: mended.Result) -> dict[str, Number]:
    config = result.config
    return {
        "depth": Number(config.depth, "d"),
        "width": Number(config.width, "d"),
        "points": Number(config.points, "d"),
        "steps": Number(config.steps, "d"),
        "seeds": Number(config.seeds, "d"),
        "learning_rate": Number(config.learning_rate, "g"),
        "chance": Number(CHANCE, ".3f"),
        "default_loss": Number(min(losses[-1] for losses in result.default.losses), ".3f"),
        "he_loss": loss(max(losses[-1] for losses in result.he.losses)),
    }


def checks(result: mended.Result) -> dict[str, Check]:
    offered = numbers(result)
    verdicts = (verdict_of(result.default.step), verdict_of(result.he.step))
    return {
        "stuck": Check(
            sentence=Text(
                zh="默认初始化的网络，每个随机种子训练之后都没有学到东西：损失仍在随机猜测的五分之一以上",
                en="With the default initialization the network has learned nothing from any seed: its loss stays "
                "above a fifth of that of guessing",
            ),
            measured=offered["default_loss"],
            relation=">",
            predicted=Number(LEARNED * CHANCE, ".3f"),
            because=SMALLEST_SEED,
            source=GUESSING,
        ),
        "trains": all_but_one_learn(
            [losses[-1] for losses in result.he.losses],
            CHANCE,
            Text(
                zh="只改成报告建议的初始化，随机种子都学会了，至多有一个例外",
                en="With nothing changed but the initialization that the report advises, it learns from all seeds but "
                "one at most",
            ),
        ),
        "verdicts": Check(
            sentence=Text(
                zh="探针在第一步就说出前者梯度消失、后者正常（实测：说对的个数）",
                en="Before the first step the probe calls the one vanishing and the other healthy (measured: how many "
                "of the two verdicts are these)",
            ),
            measured=Number(sum(map(str.__eq__, verdicts, ("vanishing", "healthy"))), "d"),
            relation="=",
            predicted=Number(2, "d"),
            because=Text(zh="逐个计数", en="counted one by one"),
            source="√(σ_w²/2), He et al. 2015, arXiv:1502.01852",
        ),
    }
