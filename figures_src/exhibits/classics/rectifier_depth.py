"""He et al. 2015: with Xavier's initialization a deep rectifier network stalls, with theirs it trains."""

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, MUTED_LINE, SECOND
from figures_src.exhibits._shared.counts import most
from figures_src.exhibits._shared.spirals import COUNTED, FARTHEST_SEED, GUESSING, MEDIAN_SEED
from figures_src.exhibits.classics import _losses
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.training import trainable_depth
from gradlab.experiments.training.trainable_depth import Kind, Point

HE, XAVIER = "he", "xavier"
CONFIG = trainable_depth.Config(kinds=(Kind(HE), Kind(XAVIER, initialization=XAVIER)))
SHALLOW, DEEP = CONFIG.depths
TITLE = Text(
    zh="He 等人 2015：很深的 ReLU 网络，两种初始化", en="He et al. 2015: deep rectifier networks, two initializations"
)
STEP = Text(zh="训练步数", en="step of training")
LOSS = Text(zh="损失（对数坐标）", en="loss (log scale)")
NAMES = {HE: Text(zh="He", en="He"), XAVIER: Text(zh="Xavier", en="Xavier")}
CURVE = Text(zh="{name}，{depth} 层", en="{name}, {depth} layers")
SOONER = 1.3
"""A multiple of the steps that counts as later."""
SHOWN_EVERY = 10


def compute() -> trainable_depth.Result:
    """Train both kinds of networks at both depths."""
    return measured(trainable_depth, CONFIG)


def draw(figure: Figure, result: trainable_depth.Result, text: Localize) -> None:
    """Draw the loss of both initializations at both depths against the steps."""
    axes = figure.subplots()
    axes.axhline(result.chance_loss, color=MUTED_LINE, linewidth=0.8, linestyle=":")
    for kind, color in ((HE, FIRST), (XAVIER, SECOND)):
        for depth, dashes in ((SHALLOW, "--"), (DEEP, "-")):
            label = text(CURVE).format(name=text(NAMES[kind]), depth=depth)
            _losses.draw_losses(axes, result.at(kind, depth), SHOWN_EVERY, color, dashes, label)
    axes.set(yscale="log", xlabel=text(STEP), ylabel=text(LOSS), xlim=(0, result.config.steps))
    label_curves(axes)


def data(result: trainable_depth.Result) -> Table:
    """The curves of the figure."""
    rows = tuple((point.kind, point.depth, *row) for point in result.points for row in _losses.rows(point, SHOWN_EVERY))
    return Table(("initialization", "layers", *_losses.columns(CONFIG.seeds)), rows)


def numbers(result: trainable_depth.Result) -> dict[str, Number]:
    return {
        "width": Number(CONFIG.width, "d"),
        "seeds": Number(CONFIG.seeds, "d"),
        "shallow": Number(SHALLOW, "d"),
        "deep": Number(DEEP, "d"),
        "steps": Number(CONFIG.steps, "d"),
        "xavier_factor": Number(theory.relu_factor(1.0) ** (DEEP - 1), ".0e"),
        "xavier_learned": Number(result.at(XAVIER, DEEP).learned, "d"),
    }


def _all_learn(point: Point, sentence: Text) -> Check:
    return Check(
        sentence=sentence,
        measured=Number(point.learned, "d"),
        relation="=",
        predicted=Number(len(point.final_losses), "d"),
        because=COUNTED,
        source="He et al. 2015, arXiv:1502.01852",
    )


def checks(result: trainable_depth.Result) -> dict[str, Check]:
    later = result.at(XAVIER, SHALLOW).median_steps / result.at(HE, SHALLOW).median_steps
    stalled = max(result.at(XAVIER, DEEP).final_losses, key=lambda loss: abs(loss - result.chance_loss))
    return {
        "shallow": _all_learn(
            result.at(XAVIER, SHALLOW),
            Text(
                zh=f"{SHALLOW} 层的 ReLU 网络用 Xavier 初始化，每个随机种子都学会",
                en=f"With Xavier's initialization a rectifier network of {SHALLOW} layers learns, for every seed",
            ),
        ),
        "sooner": Check(
            sentence=Text(
                zh="但比用 He 初始化晚得多（实测值是步数的中位数之商）",
                en="But far later than with He's (measured: the quotient of the median steps)",
            ),
            measured=Number(later, ".1f"),
            relation=">",
            predicted=Number(SOONER, "g"),
            because=MEDIAN_SEED,
            source="He et al. 2015, arXiv:1502.01852",
        ),
        "deep": most(
            result.at(HE, DEEP).learned,
            CONFIG.seeds,
            COUNTED,
            Text(
                zh=f"{DEEP} 层的 ReLU 网络用 He 初始化，半数以上的随机种子学会",
                en=f"With He's initialization more than half of the seeds of {DEEP} layers learn",
            ),
            GUESSING,
        ),
        "stalls": Check(
            sentence=Text(
                zh=f"{DEEP} 层的 ReLU 网络用 Xavier 初始化，没有一个离开随机猜测的损失",
                en=f"With Xavier's initialization none of {DEEP} layers leaves the loss of guessing",
            ),
            measured=Number(stalled, ".6f"),
            relation="≈",
            predicted=Number(result.chance_loss, ".6f"),
            tolerance=1e-3,
            because=FARTHEST_SEED,
            source=GUESSING,
        ),
    }
