"""Half of my ReLUs are dead: which shares of silent units are harmless, and which end the training."""

from statistics import median

from figures_src.exhibits._shared.labels import loss, magnitude, percent
from figures_src.exhibits._shared.spirals import GUESSING, MEDIAN_SEED
from figures_src.exhibits.symptoms._gallery import (
    EVERY_SEED,
    compute,
    depth,
    every_learns,
    largest_updates,
    looks,
    median_learns,
    rate,
    silent_shares,
    span,
)
from figures_src.exhibits.symptoms._symptom import AFTER_COLUMN, FINAL_LOSS_COLUMN, Column, Panels, Symptom
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Text
from gradlab.experiments.diagnosis import symptoms

__all__ = ["TITLE", "checks", "compute", "data", "draw", "numbers", "table"]

DEPTH, DEEP = depth("dead"), depth("deep_fixed")
RATE, HALF_RATE, FIXED_RATE, DEEP_RATE = map(rate, ("dead", "half_dead", "dead_fixed", "deep_fixed"))

TITLE = Text(zh="症状：一半 ReLU 死了", en="Symptom: half of the ReLUs are dead")
FAULT = Text(zh=f"学习率 {RATE}", en=f"rate {RATE}")
HALF = Text(zh=f"学习率 {HALF_RATE}", en=f"rate {HALF_RATE}")
FIXED = Text(zh=f"学习率 {FIXED_RATE}", en=f"rate {FIXED_RATE}")
SILENT_AXIS = Text(zh="训练后静默的单元", en="silent units after training")
START = Text(zh="最多静默的单元：训练前", en="Most silent units: before training")
END = Text(zh="训练后", en="after training")
ROWS = {
    "dead": Text(zh=f"{DEPTH} 层，学习率 {RATE}", en=f"{DEPTH} layers, rate {RATE}"),
    "half_dead": Text(zh=f"{DEPTH} 层，学习率 {HALF_RATE}", en=f"{DEPTH} layers, rate {HALF_RATE}"),
    "dead_fixed": Text(zh=f"{DEPTH} 层，学习率 {FIXED_RATE}", en=f"{DEPTH} layers, rate {FIXED_RATE}"),
    "deep_fixed": Text(zh=f"{DEEP} 层，学习率 {DEEP_RATE}", en=f"{DEEP} layers, rate {DEEP_RATE}"),
}


def _percent(share: float) -> Number:
    return percent(share, 0)


SYMPTOM = Symptom(
    shown={"dead": ("fault", FAULT), "half_dead": ("beside", HALF), "dead_fixed": ("fix", FIXED)},
    panels=Panels(SILENT_AXIS, lambda look: look.silent, lowest_loss=1e-7, scale="linear", lowest=-0.03, end=True),
    rows=ROWS,
    columns=(
        Column(START, lambda result, name, text: span(silent_shares(result, name, end=False), text, _percent)),
        Column(END, lambda result, name, text: span(silent_shares(result, name), text, _percent)),
        FINAL_LOSS_COLUMN,
        AFTER_COLUMN,
    ),
)
draw, data, table = SYMPTOM.draw, SYMPTOM.data, SYMPTOM.table


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
        "half_loss": loss(result.case("half_dead").trained.median_final_loss),
        "half_healthy": Number(sum(look.verdict == "healthy" for look in looks(result, "half_dead", end=True)), "d"),
        "seeds": Number(result.config.seeds, "d"),
        "step": magnitude(median(largest_updates(result, "dead"))),
        "fixed_share": percent(max(silent_shares(result, "dead_fixed")), 0),
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
                zh=f"学习率 {RATE} 的 Adam 走完之后，居中的随机种子的损失恰是随机猜测的损失",
                en=f"With Adam at a learning rate of {RATE} the median seed ends at the loss of guessing",
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
                zh=f"学习率 {RATE} 时，训练后有一层的五分之四以上单元静默，每个随机种子都如此",
                en=f"At a learning rate of {RATE} there is a layer with more than four fifths of its units silent "
                "after training, from every seed",
            ),
            "dead",
            0.8,
        ),
        "half": share(
            Text(
                zh=f"学习率 {HALF_RATE} 时，训练后有一层的一半以上单元静默，每个随机种子都如此",
                en=f"At a learning rate of {HALF_RATE} there is a layer with more than half of its units silent after "
                "training, from every seed",
            ),
            "half_dead",
            0.5,
        ),
        "half_learns": median_learns(
            result,
            "half_dead",
            Text(
                zh="一半以上单元静默的网络学会了，取居中的随机种子",
                en="The networks with more than half of a layer silent learn, by the median seed",
            ),
        ),
        "before": share(
            Text(
                zh=f"{DEEP} 层的 He 网络，训练之前就有一层的一半以上单元静默，每个随机种子都如此",
                en=f"A He network of {DEEP} layers has a layer with more than half of its units silent before any "
                "training, from every seed",
            ),
            "deep_fixed",
            0.5,
            end=False,
        ),
        "before_learns": median_learns(
            result,
            "deep_fixed",
            Text(
                zh=f"训练前就有许多单元静默的 {DEEP} 层网络学会了，取居中的随机种子",
                en=f"The networks of {DEEP} layers with so many silent units before training learn, by the median seed",
            ),
        ),
        "fixed": every_learns(
            result,
            "dead_fixed",
            Text(
                zh=f"学习率减到 {FIXED_RATE}，每个随机种子都学会了",
                en=f"At a learning rate of {FIXED_RATE} the network learns from every seed",
            ),
        ),
        "fixed_silent": Check(
            sentence=Text(
                zh=f"学习率 {FIXED_RATE} 时，训练后没有一层有一半单元静默",
                en=f"At a learning rate of {FIXED_RATE} no layer has half of its units silent after training",
            ),
            measured=percent(max(silent_shares(result, "dead_fixed")), 0),
            relation="<",
            predicted=percent(0.5, 0),
            because=EVERY_SEED,
            source="1/2",
        ),
    }
