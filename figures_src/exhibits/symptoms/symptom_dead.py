"""Half of my ReLUs are dead: which shares of silent units are harmless, and which end the training."""

from statistics import median

from matplotlib.figure import Figure

from figures_src.exhibits._shared.labels import magnitude, percent
from figures_src.exhibits._shared.spirals import GUESSING, learns
from figures_src.exhibits.symptoms import _symptoms
from figures_src.exhibits.symptoms._symptoms import (
    AFTER_VERDICT,
    EVERY_SEED,
    FINAL_LOSS,
    MEDIAN_SEED,
    NETWORK,
    Curve,
    Panel,
    Role,
    compute,
    curves,
    largest_updates,
    looks,
    median_learns,
    silent_shares,
    span,
    verdicts,
)
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.diagnosis import symptoms

__all__ = ["TITLE", "checks", "compute", "data", "draw", "numbers", "table"]

TITLE = Text(zh="症状：一半 ReLU 死了", en="Symptom: half of the ReLUs are dead")
FAULT = Text(zh="学习率 0.3", en="rate 0.3")
HALF = Text(zh="学习率 0.1", en="rate 0.1")
FIXED = Text(zh="学习率 0.01", en="rate 0.01")
SILENT_AXIS = Text(zh="训练后沉默的单元", en="silent units after training")
START = Text(zh="最多沉默的单元：训练前", en="Most silent units: before training")
END = Text(zh="训练后", en="after training")
SHOWN: dict[str, tuple[Role, Text]] = {
    "dead": ("fault", FAULT),
    "half_dead": ("beside", HALF),
    "dead_fixed": ("fix", FIXED),
}
ROWS = {
    "dead": Text(zh="5 层，学习率 0.3", en="5 layers, rate 0.3"),
    "half_dead": Text(zh="5 层，学习率 0.1", en="5 layers, rate 0.1"),
    "dead_fixed": Text(zh="5 层，学习率 0.01", en="5 layers, rate 0.01"),
    "deep_fixed": Text(zh="50 层，学习率 0.001", en="50 layers, rate 0.001"),
}


def _curves(result: symptoms.Result) -> tuple[Curve, ...]:
    return curves(result, SHOWN, lambda look: look.silent, end=True)


def draw(figure: Figure, result: symptoms.Result, text: Localize) -> None:
    """Draw the losses, and the share of silent units after the last step layer by layer."""
    panel = Panel(SILENT_AXIS, "linear", -0.03)
    _symptoms.draw(figure, _curves(result), panel, result.chance_loss, text, lowest=1e-7)


def data(result: symptoms.Result) -> Table:
    """Both panels."""
    return _symptoms.data(_curves(result))


def _percent(share: float) -> Number:
    return percent(share, 0)


def table(result: symptoms.Result, text: Localize) -> Table:
    """List networks by the share of their silent units."""
    rows = tuple(
        (
            text(label),
            span(silent_shares(result, name, end=False), text, _percent),
            span(silent_shares(result, name), text, _percent),
            span(result.case(name).trained.final_losses, text),
            verdicts([look.verdict for look in looks(result, name, end=True)], text),
        )
        for name, label in ROWS.items()
    )
    return Table(tuple(map(text, (NETWORK, START, END, FINAL_LOSS, AFTER_VERDICT))), rows)


def numbers(result: symptoms.Result) -> dict[str, Number]:
    rates = {name: result.case(name).trained.row.learning_rate for name in ("dead", "half_dead", "dead_fixed")}
    return {
        "layers": Number(result.case("dead").trained.row.depth or result.config.depth, "d"),
        "deep_layers": Number(result.case("deep_fixed").trained.row.depth or result.config.depth, "d"),
        "rate": Number(rates["dead"], "g"),
        "half_rate": Number(rates["half_dead"], "g"),
        "fixed_rate": Number(rates["dead_fixed"], "g"),
        "half_share": percent(min(silent_shares(result, "half_dead")), 0),
        "half_share_largest": percent(max(silent_shares(result, "half_dead")), 0),
        "half_loss": magnitude(max(result.case("half_dead").trained.final_losses)),
        "half_exploding": Number(
            sum(look.verdict == "exploding" for look in looks(result, "half_dead", end=True)), "d"
        ),
        "seeds": Number(result.config.seeds, "d"),
        "step": magnitude(median(largest_updates(result, "dead"))),
        "fixed_share": percent(max(silent_shares(result, "dead_fixed")), 0),
        "fixed_loss": magnitude(max(result.case("dead_fixed").trained.final_losses)),
        "deep_share": percent(min(silent_shares(result, "deep_fixed", end=False)), 0),
        "largest_loss": magnitude(max(max(losses) for losses in result.case("dead").trained.losses)),
    }


def checks(result: symptoms.Result) -> dict[str, Check]:

    def share(sentence: Text, name: str, bound: float, *, end: bool = True) -> Check:
        return Check(
            sentence=sentence,
            measured=percent(min(silent_shares(result, name, end=end)), 0),
            relation=">",
            predicted=percent(bound, 0),
            because=EVERY_SEED,
            source=f"{bound:g}",
        )

    return {
        "stuck": Check(
            sentence=Text(
                zh="学习率 0.3 的 Adam 走完之后，居中的随机种子的损失恰是瞎猜的损失",
                en="With Adam at a learning rate of 0.3 the median seed ends at the loss of guessing",
            ),
            measured=Number(median(result.case("dead").trained.final_losses), ".6f"),
            relation="≈",
            predicted=Number(result.chance_loss, ".6f"),
            tolerance=1e-3,
            because=MEDIAN_SEED,
            source=GUESSING,
        ),
        "layer": share(
            Text(
                zh="学习率 0.3 时，训练后有一层的九成以上单元沉默，每个随机种子都如此",
                en="At a learning rate of 0.3 there is a layer with more than nine tenths of its units silent after "
                "training, from every seed",
            ),
            "dead",
            0.9,
        ),
        "half": share(
            Text(
                zh="学习率 0.1 时，训练后有一层的一半以上单元沉默，每个随机种子都如此",
                en="At a learning rate of 0.1 there is a layer with more than half of its units silent after training, "
                "from every seed",
            ),
            "half_dead",
            0.5,
        ),
        "half_learns": learns(
            result.training,
            "half_dead",
            Text(
                zh="一半以上单元沉默的网络，每个随机种子都学会了",
                en="The networks with more than half of a layer silent learn, from every seed",
            ),
        ),
        "before": share(
            Text(
                zh="50 层的 He 网络，训练之前就有一层的一半以上单元沉默，每个随机种子都如此",
                en="A He network of 50 layers has a layer with more than half of its units silent before any training, "
                "from every seed",
            ),
            "deep_fixed",
            0.5,
            end=False,
        ),
        "before_learns": median_learns(
            result,
            "deep_fixed",
            Text(
                zh="训练前就有许多单元沉默的 50 层网络学会了，取居中的随机种子",
                en="The networks of 50 layers with so many silent units before training learn, by the median seed",
            ),
        ),
        "fixed": learns(
            result.training,
            "dead_fixed",
            Text(
                zh="学习率减到 0.01，每个随机种子都学会了",
                en="At a learning rate of 0.01 the network learns from every seed",
            ),
        ),
        "fixed_silent": Check(
            sentence=Text(
                zh="学习率 0.01 时，训练后没有一层有一半单元沉默",
                en="At a learning rate of 0.01 no layer has half of its units silent after training",
            ),
            measured=percent(max(silent_shares(result, "dead_fixed")), 0),
            relation="<",
            predicted=percent(0.5, 0),
            because=EVERY_SEED,
            source="1/2",
        ),
    }
