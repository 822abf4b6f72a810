"""He et al. 2016: deeper plain networks train worse, deeper residual networks do not."""

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, MUTED_LINE, SECOND
from figures_src.exhibits._shared.labels import decades
from figures_src.exhibits._shared.spirals import GUESSING, MEDIAN_SEED
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.training import trainable_depth
from gradlab.experiments.training.trainable_depth import Kind

PLAIN, RESIDUAL = "plain", "residual"
CONFIG = trainable_depth.Config(
    kinds=(Kind(PLAIN, normalization="batch"), Kind(RESIDUAL, normalization="batch", residual_scale=1.0)),
    depths=(5, 10, 20, 40),
    width=32,
    learning_rate=0.1,
    steps=100,
    seeds=7,
)
BEST, DEEPEST = CONFIG.depths[1], CONFIG.depths[-1]
TITLE = Text(zh="He 等人 2016：加深之后的退化", en="He et al. 2016: degradation with depth")
DEPTH = Text(zh="层数", en="layers")
LOSS = Text(zh="训练损失（对数坐标）", en="training loss (log scale)")
NAMES = {PLAIN: Text(zh="普通网络", en="plain"), RESIDUAL: Text(zh="残差网络", en="residual")}
LOSSES = (0.01, 0.03, 0.1, 0.3)
"""Labelled losses: the axis spans hardly more than one power of ten."""
WORSE = 5
"""A multiple of the training loss that counts as degraded."""


def compute() -> trainable_depth.Result:
    """Train both kinds of networks at all depths."""
    return measured(trainable_depth, CONFIG)


def draw(figure: Figure, result: trainable_depth.Result, text: Localize) -> None:
    """Draw the final training loss of every seed and the medians against the depth."""
    axes = figure.subplots()
    axes.axhline(result.chance_loss, color=MUTED_LINE, linewidth=0.8, linestyle=":")
    for kind, color, marker, shift in ((PLAIN, FIRST, "o", 0.97), (RESIDUAL, SECOND, "s", 1.03)):
        points = [result.at(kind, depth) for depth in result.config.depths]
        depths = [point.depth * shift for point in points]
        for depth, point in zip(depths, points, strict=True):
            losses = point.final_losses
            axes.plot([depth] * len(losses), losses, color=color, marker=marker, markersize=3, alpha=0.5, linestyle="")
        axes.plot(depths, [point.median_final_loss for point in points], color=color, label=text(NAMES[kind]))
    axes.set(xscale="log", yscale="log", xlabel=text(DEPTH), ylabel=text(LOSS))
    axes.set_xticks(result.config.depths, [str(depth) for depth in result.config.depths])
    axes.set_yticks(LOSSES, [f"{loss:g}" for loss in LOSSES])
    axes.minorticks_off()
    label_curves(axes)


def data(result: trainable_depth.Result) -> Table:
    """The final training loss of every seed."""
    rows = tuple(
        (point.kind, point.depth, seed, loss) for point in result.points for seed, loss in enumerate(point.final_losses)
    )
    return Table(("kind", "layers", "seed", "training_loss"), rows)


def numbers(result: trainable_depth.Result) -> dict[str, Number]:
    return {
        "width": Number(CONFIG.width, "d"),
        "seeds": Number(CONFIG.seeds, "d"),
        "steps": Number(CONFIG.steps, "d"),
        "best": Number(BEST, "d"),
        "deepest": Number(DEEPEST, "d"),
        "plain_best": Number(result.at(PLAIN, BEST).median_final_loss, ".2f"),
        "worse": Number(WORSE, "d"),
        "residual_deepest": Number(result.at(RESIDUAL, DEEPEST).median_final_loss, ".2f"),
        "explosion": decades(theory.batch_norm_factor("relu") ** (DEEPEST - 2)),
    }


def checks(result: trainable_depth.Result) -> dict[str, Check]:
    worse = result.at(PLAIN, DEEPEST).median_final_loss / result.at(PLAIN, BEST).median_final_loss
    return {
        "plain": Check(
            sentence=Text(
                zh=f"带批量归一化的普通网络，{DEEPEST} 层的训练损失是 {BEST} 层的 {WORSE} 倍以上（中位数之商）",
                en=f"At {DEEPEST} layers a plain network with batch normalization has more than {WORSE} times the loss "
                f"that it has at {BEST} (the quotient of the medians)",
            ),
            measured=Number(min(worse, 2 * WORSE), ".0f"),
            relation=">",
            predicted=Number(WORSE, "d"),
            because=Text(
                zh=f"{MEDIAN_SEED.zh}；超过 {2 * WORSE} 的都写作 {2 * WORSE}",
                en=f"{MEDIAN_SEED.en}; more than {2 * WORSE} is shown as {2 * WORSE}",
            ),
            source="He et al. 2016, arXiv:1512.03385",
        ),
        "residual": Check(
            sentence=Text(
                zh=f"{DEEPEST} 层的残差网络，中位数的随机种子照样学会",
                en=f"The median seed of residual networks of {DEEPEST} layers learns all the same",
            ),
            measured=Number(result.at(RESIDUAL, DEEPEST).median_final_loss, ".3f"),
            relation="<",
            predicted=Number(CONFIG.learned * result.chance_loss, ".4f"),
            because=MEDIAN_SEED,
            source=GUESSING,
        ),
    }
