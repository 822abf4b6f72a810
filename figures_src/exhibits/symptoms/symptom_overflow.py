"""NaN at step 1: weights too large, and three other ways to a NaN."""

import math
from dataclasses import dataclass

from figures_src.cache.results import measured
from figures_src.exhibits._shared import agreement
from figures_src.exhibits._shared.labels import decades, factor, loss, magnitude
from figures_src.exhibits._shared.results import Results
from figures_src.exhibits._shared.spirals import SMALLEST_SEED
from figures_src.exhibits.symptoms import _gallery
from figures_src.exhibits.symptoms._gallery import delta_ratios, verdicts
from figures_src.exhibits.symptoms._symptom import DELTA_AXIS, Panels, Shown
from figures_src.model.exhibit import Cell, Check, Number, Table
from figures_src.model.finite import Overflow
from figures_src.model.language import Localize, Text
from gradlab import estimates
from gradlab.experiments.diagnosis import first_nan, symptoms

TITLE = Text(zh="症状：第 1 步就出现 NaN", en="Symptom: NaN at step 1")
FAULT = Text(zh="权重四倍于 He", en="four times He")
FIXED = Text(zh="He", en="He")
ORIGIN = Text(zh="来路", en="Origin")
LOSS = Text(zh="损失", en="Loss")
FORWARD = Text(zh="前向出问题的层数", en="Not finite: forward")
BACKWARD = Text(zh="反向出问题的层数", en="back")
STARTS = Text(zh="始于第几层", en="First layer")
VERDICT = Text(zh="探针", en="Probe")
ORIGINS = {
    "explosion": Text(zh="权重太大", en="Weights too large"),
    "input": Text(zh="输入里有 NaN", en="NaN among the inputs"),
    "logarithm": Text(zh="log(1\u00a0−\u00a0p)，p 舍入为 1", en="log(1\u00a0−\u00a0p), p rounded to 1"),
    "root": Text(zh="0 的平方根", en="Square root of 0"),
}
SHOWN = Shown(
    {"overflow": ("fault", FAULT), "overflow_fixed": ("fix", FIXED)},
    Panels(DELTA_AXIS, lambda look: look.delta, lowest_loss=1e-3),
)
draw, data = SHOWN.draw, SHOWN.data
LARGEST_SINGLE = (2 - 2**-23) * 2.0**127
"""The largest number of float32."""


@dataclass(frozen=True)
class Result(Results):
    """The gallery's trained networks, and the ways to a NaN."""

    gallery: symptoms.Result
    origins: first_nan.Result


def compute() -> Result:
    """Train the gallery's rows, and take every way to a NaN."""
    return Result(_gallery.compute(), measured(first_nan, first_nan.Config()))


def _loss(value: float) -> Cell:
    if not math.isfinite(value):
        return Overflow("NaN" if math.isnan(value) else "∞")
    return str(magnitude(value)) if value else "0"


def table(result: Result, text: Localize) -> Table:
    """List the ways to a NaN, each in its first pass with a value that is not finite; before it, the explosion's."""
    layers = result.origins.layers

    def count(number: int) -> str:
        return f"{number}/{layers}"

    rows = []
    for origin in result.origins.origins:
        for step, one in enumerate(origin.passes):
            at_step = text(AT_STEP).format(step=step) if len(origin.passes) > 1 else ""
            # Linear layers and their activations take turns in the network.
            start = "–" if one.starts_at is None else str(int(one.starts_at) // 2 + 1)
            rows.append(
                (
                    f"{text(ORIGINS[origin.name])}{at_step}",
                    verdicts([one.verdict], text),
                    start,
                    _loss(one.loss),
                    count(one.forward),
                    count(one.backward),
                )
            )
    columns = (ORIGIN, VERDICT, STARTS, LOSS, FORWARD, BACKWARD)
    return Table(tuple(map(text, columns)), tuple(rows))


AT_STEP = Text(zh="，第 {step} 步", en=", step {step}")


def numbers(result: Result) -> dict[str, Number]:
    single, double = (result.gallery.case(name).trained for name in ("overflow", "overflow_double"))
    steps = max(step or 0 for step in double.diverged_at)
    ratios = {name: delta_ratios(result.gallery, name) for name in ("overflow", "overflow_fixed")}
    return {
        "growth": decades(min(ratios["overflow"])),
        "fixed_ratio": magnitude(min(ratios["overflow_fixed"])),
        "fixed_largest_ratio": magnitude(max(ratios["overflow_fixed"])),
        "layers": Number(result.gallery.config.depth, "d"),
        "width": Number(result.gallery.config.width, "d"),
        "gain": Number((single.row.sigma_w or 0.0) / math.sqrt(2), "g"),
        "first_loss": magnitude(min(single.first_losses)),
        "largest_first_loss": magnitude(max(single.first_losses)),
        "double_step": Number(steps, "d"),
        "hidden_steps": Number(steps - 1, "d"),
        "double_loss": magnitude(min(losses[1] for losses in double.losses)),
        "largest_single": magnitude(LARGEST_SINGLE),
        "factor": factor(estimates.geometric_mean(single.factors).value),
        "fixed_loss": loss(result.gallery.case("overflow_fixed").trained.median_final_loss),
        "logit": Number(result.origins.config.logit, "g"),
    }


def checks(result: Result) -> dict[str, Check]:
    single, double = (result.gallery.case(name).trained for name in ("overflow", "overflow_double"))
    estimate = estimates.geometric_mean(double.factors)
    predicted = double.predicted_factor or 0.0
    first = result.origins.origin("explosion").passes[0]
    known, read, rounded, root = (result.origins.origin(name).passes[-1] for name in ORIGINS)
    layers = result.origins.layers
    planted = Text(zh="一个植入故障的网络", en="one network with a planted fault")
    return {
        "at_step_one": Check(
            sentence=Text(
                zh="权重四倍于 He 的网络用 float32 训练，走一步损失就不再是有限的数，每个随机种子都如此"
                "（实测值是这样的随机种子的个数）",
                en="With weights four times those of He, in float32, the loss is no finite number after one step, "
                "from every seed (measured: how many)",
            ),
            measured=Number(sum(step == 1 for step in single.diverged_at), "d"),
            relation="=",
            predicted=Number(result.gallery.config.seeds, "d"),
            because=Text(zh="损失不是有限的数", en="the loss is no finite number"),
            source="ΔW = −η ∂L/∂W",
        ),
        "double": Check(
            sentence=Text(
                zh="同样的网络用 float64，走一步后的损失已超出 float32 能表示的最大数，每个随机种子都如此",
                en="In float64 the loss of the same networks after one step is beyond the largest number of float32, "
                "from every seed",
            ),
            measured=magnitude(min(losses[1] for losses in double.losses)),
            relation=">",
            predicted=magnitude(LARGEST_SINGLE),
            because=SMALLEST_SEED,
            source="(2 − 2⁻²³)·2¹²⁷, IEEE 754",
        ),
        "first_loss": Check(
            sentence=Text(
                zh="走第一步之前，损失就在随机猜测的损失的一万倍以上，每个随机种子都如此",
                en="Before the first step the loss is more than ten thousand times that of guessing, from every seed",
            ),
            measured=magnitude(min(double.first_losses)),
            relation=">",
            predicted=magnitude(1e4 * result.gallery.chance_loss),
            because=SMALLEST_SEED,
            source="10⁴ ln 2",
        ),
        "factor": agreement.standard_errors(
            estimate.value, predicted, estimate.standard_error, 5 / (4 * result.gallery.config.width)
        ).check(
            sentence=Text(
                zh="权重是 He 初始化的几倍，梯度每层就乘以几",
                en="The gradient is multiplied at every layer by as much as the weights are by",
            ),
            shown=factor,
            because=agreement.errors_and_width(result.gallery.config.seeds, result.gallery.config.width),
            source="√(σ_w²/2), He et al. 2015, arXiv:1502.01852",
        ),
        "fixed": _gallery.median_learns(
            result.gallery,
            "overflow_fixed",
            Text(
                zh="换成 He 初始化就学会了，取居中的随机种子",
                en="With He initialization the network learns, by the median seed",
            ),
        ),
        "input": Check(
            sentence=Text(
                zh="输入里有一个 NaN，前向传播的每一层都有 NaN（实测值是层数）",
                en="With one NaN among the inputs every layer has a NaN on the way forward (measured: the layers)",
            ),
            measured=Number(read.forward, "d"),
            relation="=",
            predicted=Number(layers, "d"),
            because=planted,
            source="NaN + z = NaN",
        ),
        "first_pass": Check(
            sentence=Text(
                zh="权重太大时，第一次传播里前向和反向都还有限，探针诊断为梯度爆炸（实测值是出现无穷大或 NaN 的层数）",
                en="With weights too large, the first pass is finite both ways and the probe calls it exploding "
                "(measured: layers that are not finite)",
            ),
            measured=Number(first.forward + first.backward if first.verdict == "exploding" else layers, "d"),
            relation="=",
            predicted=Number(0, "d"),
            because=planted,
            source="a_l ∝ gˡ",
        ),
        "explosion": Check(
            sentence=Text(
                zh="权重太大时，前向传播中靠近输入的层还是有限的，后面的层才不是（实测值是出现无穷大或 NaN 的层数）",
                en="With weights too large, the layers near the input are still finite on the way forward and later "
                "ones are not (measured: how many are not)",
            ),
            measured=Number(known.forward, "d"),
            relation="<",
            predicted=Number(layers, "d"),
            because=planted,
            source="a_l ∝ gˡ",
        ),
        "logarithm": Check(
            sentence=Text(
                zh="NaN 出在损失函数里时，前向传播的每一层都是有限的，反向则没有一层是（实测值是反向的层数）",
                en="Where the NaN arises in the loss, every layer is finite on the way forward, and none on the way "
                "back (measured: layers on the way back)",
            ),
            measured=Number(rounded.backward - rounded.forward, "d"),
            relation="=",
            predicted=Number(layers, "d"),
            because=planted,
            source="0 · log 0 = NaN",
        ),
        "root": Check(
            sentence=Text(
                zh="0 处的平方根，损失是有限的 0，梯度却是 NaN（实测值是反向出现 NaN 的层数）",
                en="A square root at 0 has a finite loss of 0 and a gradient of NaN (measured: layers that are not "
                "finite on the way back)",
            ),
            measured=Number(root.backward if root.loss == 0 else math.nan, "d" if root.loss == 0 else "g"),
            relation="=",
            predicted=Number(layers, "d"),
            because=planted,
            source="d√u/du = 1/(2√u)",
        ),
    }
