"""Loss spikes: the curvature before them, and what becomes of them under other rates, clipping and Adam."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from figures_src.cache.results import measured
from figures_src.exhibits._shared.labels import loss, magnitude
from figures_src.exhibits._shared.results import Results
from figures_src.exhibits._shared.spirals import MEDIAN_SEED
from figures_src.exhibits.symptoms import _gallery
from figures_src.exhibits.symptoms._gallery import EVERY_SEED, SETTINGS, every_learns, jumps, rate, span
from figures_src.exhibits.symptoms._symptom import FINAL_LOSS_COLUMN, Column, Panels, Symptom
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Text
from gradlab.experiments.diagnosis import loss_spikes, symptoms

RATE, USUAL_RATE, SLOWER_RATE, ADAM_RATE = map(rate, ("spikes", "overflow_fixed", "spikes_slower", "spikes_fixed"))
CLIP, HARD_CLIP = (SETTINGS[name].maximum_norm for name in ("spikes_clipped", "spikes_clipped_hard"))

TITLE = Text(zh="症状：损失突增", en="Symptom: the loss spikes")
FAULT = Text(zh=f"学习率 {RATE}", en=f"learning rate {RATE}")
FIXED = Text(zh=f"Adam，学习率 {ADAM_RATE}", en=f"Adam, learning rate {ADAM_RATE}")
UPDATE = Text(zh="一步的 ‖ΔW‖/‖W‖（对数坐标）", en="‖ΔW‖/‖W‖ of a step (log scale)")
LARGEST = Text(zh="损失一步最多变成几倍", en="Largest growth in one step")
ROWS = {
    "spikes": FAULT,
    "overflow_fixed": Text(zh=f"学习率 {USUAL_RATE}", en=f"learning rate {USUAL_RATE}"),
    "spikes_slower": Text(zh=f"学习率 {SLOWER_RATE}", en=f"learning rate {SLOWER_RATE}"),
    "spikes_clipped": Text(zh=f"学习率 {RATE}，裁剪到 {CLIP:g}", en=f"learning rate {RATE}, clipped at {CLIP:g}"),
    "spikes_clipped_hard": Text(
        zh=f"学习率 {RATE}，裁剪到 {HARD_CLIP:g}", en=f"learning rate {RATE}, clipped at {HARD_CLIP:g}"
    ),
    "spikes_fixed": FIXED,
}


@dataclass(frozen=True)
class Result(Results):
    """The gallery's trained networks, and the curvature before the jumps."""

    gallery: symptoms.Result
    spikes: loss_spikes.Result


def compute() -> Result:
    """Train the gallery's rows, and measure the curvature before the largest jump of every seed."""
    return Result(_gallery.compute(), measured(loss_spikes, loss_spikes.Config()))


# Beside the first step of the fix stands the step that makes the loss jump.
SYMPTOM = Symptom(
    shown={"spikes": ("fault", FAULT), "spikes_fixed": ("fix", FIXED)},
    panels=Panels(UPDATE, lambda look: look.update, lowest_loss=3e-5),
    faulty=lambda result: [jump.look for jump in result.spikes.jumps],
    rows=ROWS,
    columns=(
        Column(
            LARGEST,
            lambda result, name, text: span(jumps(result.case(name)), text, lambda value: Number(value, ".2f")),
        ),
        FINAL_LOSS_COLUMN,
    ),
)
draw, data, table = SYMPTOM.draw, SYMPTOM.data, SYMPTOM.table


def _largest(result: Result, name: str) -> tuple[float, ...]:
    return jumps(result.gallery.case(name))


def _longer(result: Result) -> tuple[float, ...]:
    """Ratio of the step that makes the jump to Adam's first step, in every layer by the median seed."""
    jump, adam = (map(median, zip(*curve.profile, strict=True)) for curve in SYMPTOM.curves(result))
    return tuple(one / other for one, other in zip(jump, adam, strict=True))


def numbers(result: Result) -> dict[str, Number]:
    config = result.spikes.config
    products = [jump.product for jump in result.spikes.jumps]
    return {
        "layers": Number(config.depth, "d"),
        "learning_rate": Number(config.learning_rate, "g"),
        "smaller_rate": Number(result.gallery.case("spikes_slower").trained.row.learning_rate, "g"),
        "usual_rate": Number(result.gallery.case("overflow_fixed").trained.row.learning_rate, "g"),
        "clip": Number(result.gallery.case("spikes_clipped").trained.row.maximum_norm or 0.0, "g"),
        "hard_clip": Number(result.gallery.case("spikes_clipped_hard").trained.row.maximum_norm or 0.0, "g"),
        "hard_clip_loss": magnitude(max(result.gallery.case("spikes_clipped_hard").trained.final_losses)),
        "clipped_jump": Number(max(_largest(result, "spikes_clipped")), ".1f"),
        "hard_clip_jump": Number(max(_largest(result, "spikes_clipped_hard")), ".2f"),
        "longer": Number(min(_longer(result)), ".1f"),
        "largest_jump": Number(max(_largest(result, "spikes")), ".1f"),
        "smallest_product": Number(min(products), ".1f"),
        "largest_product": Number(max(products), ".1f"),
        "smallest_overshoot": Number(min(jump.overshoot for jump in result.spikes.jumps), ".1f"),
        "largest_overshoot": Number(max(jump.overshoot for jump in result.spikes.jumps), ".1f"),
        "fixed_loss": loss(max(result.gallery.case("spikes_fixed").trained.final_losses)),
        "adam_rate": Number(result.gallery.case("spikes_fixed").trained.row.learning_rate, "g"),
    }


def checks(result: Result) -> dict[str, Check]:
    def still_jumps(
        name: str,
        sentence: Text,
        pick: Callable[[Sequence[float]], float] = min,
        because: Text = EVERY_SEED,
        times: Fraction = Fraction(3, 2),
    ) -> Check:
        return Check(
            sentence=sentence,
            measured=Number(pick(_largest(result, name)), ".2f"),
            relation=">",
            predicted=Number(float(times), "g"),
            because=because,
            source=str(times),
        )

    return {
        "jumps": still_jumps(
            "spikes",
            Text(
                zh=f"学习率 {RATE} 时，损失会在一步之内增加一半以上，每个随机种子都如此",
                en=f"At a learning rate of {RATE} the loss grows by more than half in some step, from every seed",
            ),
        ),
        "curvature": Check(
            sentence=Text(
                zh="损失跳得最高的那一步之前，学习率与最大曲率之积 ηλ 超过 2，每个随机种子都如此",
                en="Just before the largest jump of the loss, the product ηλ of learning rate and largest curvature "
                "is above 2, for every seed",
            ),
            measured=Number(min(jump.product for jump in result.spikes.jumps), ".2f"),
            relation=">",
            predicted=Number(result.spikes.limit, "g"),
            because=Text(
                zh="取最小的随机种子；幂迭代从下方逼近最大曲率",
                en="the smallest of the seeds; power iteration approaches the largest curvature from below",
            ),
            source="|1 − ηλ| > 1, Cohen et al. 2021, arXiv:2103.00065",
        ),
        "overshoot": Check(
            sentence=Text(
                zh="那一步越过了沿途的最低点：1 − g′·g/‖g‖² 大于 1，过半的随机种子如此",
                en="That step goes beyond the lowest point on its way: 1 − g′·g/‖g‖² is above 1, for more than half "
                "of the seeds",
            ),
            measured=Number(median(jump.overshoot for jump in result.spikes.jumps), ".2f"),
            relation=">",
            predicted=Number(1, "d"),
            because=MEDIAN_SEED,
            source="g′·g = (1 − ηλ) ‖g‖²",
        ),
        "slower": still_jumps(
            "spikes_slower",
            Text(
                zh="学习率减到十分之一，损失照样会在一步之内增加四分之一以上，过半的随机种子如此",
                en="At a tenth of the learning rate there still is a step in which the loss grows by more than a "
                "quarter, from more than half of the seeds",
            ),
            median,
            MEDIAN_SEED,
            Fraction(5, 4),
        ),
        "usual": still_jumps(
            "overflow_fixed",
            Text(
                zh=f"学习率 {USUAL_RATE} 时，损失也会在一步之内增加一半以上，过半的随机种子如此",
                en=f"At a learning rate of {USUAL_RATE} too the loss grows by more than half in some step, from more "
                "than half of the seeds",
            ),
            median,
            MEDIAN_SEED,
        ),
        "clipped": every_learns(
            result.gallery,
            "spikes_clipped",
            Text(
                zh=f"学习率 {RATE}，梯度裁剪到 {CLIP:g}，每个随机种子都学会了",
                en=f"At a learning rate of {RATE} with gradients clipped at {CLIP:g}, every seed learns",
            ),
        ),
        "smooth": Check(
            sentence=Text(
                zh="换成 Adam，没有一步让损失增加百分之五，每个随机种子都如此",
                en="With Adam no step makes the loss grow by as much as five percent, from any seed",
            ),
            measured=Number(max(_largest(result, "spikes_fixed")), ".4f"),
            relation="<",
            predicted=Number(1.05, "g"),
            because=EVERY_SEED,
            source="1 + 1/20",
        ),
        "fixed": every_learns(
            result.gallery,
            "spikes_fixed",
            Text(zh="换成 Adam，每个随机种子都学会了", en="With Adam every seed learns"),
        ),
    }
