"""Santurkar et al. 2018: with noise behind it batch normalization helps as well; stability is not the reason."""

import statistics

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, MUTED_LINE, SECOND, THIRD
from figures_src.exhibits._shared.labels import below
from figures_src.exhibits._shared.spirals import MEDIAN_SEED, median_learns, stays_at_guessing
from figures_src.exhibits.classics import _losses
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.training import noisy_normalization
from gradlab.experiments.training.noisy_normalization import Training

CONFIG = noisy_normalization.Config()
TITLE = Text(zh="Santurkar 等人 2018：归一化之后加噪声", en="Santurkar et al. 2018: noise behind the normalization")
STEP = Text(zh="训练步数", en="step of training")
LOSS = Text(zh="损失（对数坐标）", en="loss (log scale)")
NAMES = {
    "plain": Text(zh="没有归一化", en="without"),
    "normalized": Text(zh="批量归一化", en="batch norm"),
    "noisy": Text(zh="加了噪声", en="with noise"),
}
STYLES = {"plain": (FIRST, "-."), "normalized": (SECOND, "-"), "noisy": (THIRD, "--")}
SHOWN_EVERY = 5
UNSTABLE = 10
"""A multiple of the drift that counts as less stable."""
SOURCE = "Santurkar et al. 2018, arXiv:1805.11604"


def compute() -> noisy_normalization.Result:
    """Train the three kinds of networks."""
    return measured(noisy_normalization, CONFIG)


def _of(result: noisy_normalization.Result, kind: str) -> Training:
    return next(one for one in result.trainings if one.kind == kind)


def draw(figure: Figure, result: noisy_normalization.Result, text: Localize) -> None:
    """Draw the loss of the three kinds against the steps."""
    axes = figure.subplots()
    axes.axhline(result.chance_loss, color=MUTED_LINE, linewidth=0.8, linestyle=":")
    for one in result.trainings:
        color, dashes = STYLES[one.kind]
        _losses.draw_losses(axes, one, SHOWN_EVERY, color, dashes, text(NAMES[one.kind]))
    axes.set(yscale="log", xlabel=text(STEP), ylabel=text(LOSS), xlim=(0, CONFIG.steps))
    label_curves(axes)


def data(result: noisy_normalization.Result) -> Table:
    """The curves of the figure."""
    rows = tuple((one.kind, *row) for one in result.trainings for row in _losses.rows(one, SHOWN_EVERY))
    return Table(("normalization", *_losses.columns(CONFIG.seeds)), rows)


def _drift(result: noisy_normalization.Result, kind: str) -> float:
    return statistics.median(_of(result, kind).drifts)


def numbers(result: noisy_normalization.Result) -> dict[str, Number]:
    return {
        "width": Number(CONFIG.width, "d"),
        "depth": Number(CONFIG.depth, "d"),
        "seeds": Number(CONFIG.seeds, "d"),
        "plain_drift": below(_drift(result, "plain")),
        "noisy_drift": Number(_drift(result, "noisy"), ".1f"),
        "none_loss": Number(_of(result, "plain").median_final_loss, ".3f"),
        "normalized_loss": below(_of(result, "normalized").median_final_loss),
        "noisy_loss": below(_of(result, "noisy").median_final_loss),
    }


def checks(result: noisy_normalization.Result) -> dict[str, Check]:
    chance = result.chance_loss
    return {
        "stuck": stays_at_guessing(
            _of(result, "plain").final_losses,
            chance,
            Text(
                zh=f"{CONFIG.depth} 层、PyTorch 默认初始化的 ReLU 网络，没有归一化就停在随机猜测的损失上",
                en=f"Without normalization a ReLU network of {CONFIG.depth} layers with PyTorch's default "
                "initialization stays at the loss of guessing",
            ),
        ),
        "normalized": median_learns(
            _of(result, "normalized"),
            chance,
            Text(zh="有了批量归一化，同样的网络学会", en="With batch normalization the same network learns"),
        ),
        "noisy": median_learns(
            _of(result, "noisy"),
            chance,
            Text(
                zh="批量归一化之后再加噪声，它也学会",
                en="With noise behind the batch normalization it learns as well",
            ),
        ),
        "unstable": Check(
            sentence=Text(
                zh="加了噪声，各层输入的均值从一步到下一步的变动，是没有归一化时的十倍以上（中位数之商）",
                en="With the noise the means of the layers' inputs move more than ten times as much from step to step "
                "as without normalization (the quotient of the medians)",
            ),
            measured=Number(_drift(result, "noisy") / _drift(result, "plain"), ".0f"),
            relation=">",
            predicted=Number(UNSTABLE, "d"),
            because=MEDIAN_SEED,
            source=SOURCE,
        ),
    }
