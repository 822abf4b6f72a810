"""Counting in 16 bits: a sum of ones stands still, and so does a weight that is moved by small steps."""

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, MUTED_LINE, SECOND
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.training import half_sums

CONFIG = half_sums.Config()
TITLE = Text(zh="16 位里的求和", en="Sums in 16 bits")
TERMS = Text(zh="加了多少个 1", en="ones added")
SUM = Text(zh="得到的和", en="sum")
EXACT = Text(zh="精确", en="exact")
SHOWN_EVERY = 64


def compute() -> half_sums.Result:
    """Add up in both formats."""
    return measured(half_sums, CONFIG)


def draw(figure: Figure, result: half_sums.Result, text: Localize) -> None:
    """Draw the sum of ones in both formats against their number."""
    axes = figure.subplots()
    terms = range(1, CONFIG.terms + 1)
    axes.plot([1, CONFIG.terms], [1, CONFIG.terms], color=MUTED_LINE, linewidth=0.9, linestyle=":", label=text(EXACT))
    for sums, color in zip(result.sums, (FIRST, SECOND), strict=True):
        axes.plot(terms[::SHOWN_EVERY], sums.counted[::SHOWN_EVERY], color=color, label=sums.format)
    axes.set(xlabel=text(TERMS), ylabel=text(SUM), xlim=(0, CONFIG.terms))
    label_curves(axes)


def data(result: half_sums.Result) -> Table:
    """The sums, at every sixty-fourth term."""
    rows = tuple(
        (sums.format, index + 1, sums.counted[index])
        for sums in result.sums
        for index in range(0, CONFIG.terms, SHOWN_EVERY)
    )
    return Table(("type", "ones", "sum"), rows)


def numbers(result: half_sums.Result) -> dict[str, Number]:
    half, brain = result.sums
    return {
        "terms": Number(CONFIG.terms, "d"),
        "half": Number(half.counted[-1], ".0f"),
        "brain": Number(brain.counted[-1], ".0f"),
        "updates": Number(CONFIG.updates, "d"),
        "step": Number(CONFIG.step, ".0e"),
        "weight": Number(half.weight, "g"),
        "brain_mean": Number(brain.counted[-1] / CONFIG.terms, ".4f"),
        "needed_gradient": Number(half.smallest_step / CONFIG.step, ".1f"),
        "master": Number(half.master_weight, ".3f"),
        "exact_weight": Number(result.exact_weight, ".1f"),
        "smallest_step": Number(half.smallest_step, ".5f"),
        "brain_smallest_step": Number(brain.smallest_step, ".4f"),
        "harmonic": Number(CONFIG.harmonic, "d"),
        "exact_harmonic": Number(result.exact_harmonic, ".2f"),
        "large_first": Number(half.large_first, ".2f"),
        "small_first": Number(half.small_first, ".2f"),
        "brain_large_first": Number(brain.large_first, ".2f"),
        "brain_small_first": Number(brain.small_first, ".2f"),
    }


def checks(result: half_sums.Result) -> dict[str, Check]:
    half, brain = result.sums
    order = abs(half.small_first - result.exact_harmonic) / abs(half.large_first - result.exact_harmonic)
    exact = Text(zh="每一步的舍入都有规定", en="the rounding of every step is laid down")
    return {
        "half": Check(
            sentence=Text(
                zh=f"float16 里一个一个地加 {CONFIG.terms} 个 1，和停在 2¹¹",
                en=f"In float16 a sum of {CONFIG.terms} ones, one by one, stands still at 2¹¹",
            ),
            measured=Number(half.counted[-1], "g"),
            relation="=",
            predicted=Number(half.predicted_standstill, "g"),
            because=exact,
            source="2^(m + 1)",
        ),
        "brain": Check(
            sentence=Text(
                zh=f"bfloat16 里加同样 {CONFIG.terms} 个 1，和停在 2⁸",
                en=f"In bfloat16 the same sum of {CONFIG.terms} ones stands still at 2⁸",
            ),
            measured=Number(brain.counted[-1], "g"),
            relation="=",
            predicted=Number(brain.predicted_standstill, "g"),
            because=exact,
            source="2^(m + 1)",
        ),
        "weight": Check(
            sentence=Text(
                zh=f"float16 里的权重 1，加 {CONFIG.updates} 次很小的更新量，仍然是 1",
                en=f"A weight of 1 in float16 is still 1 after {CONFIG.updates} small steps",
            ),
            measured=Number(half.weight, "g"),
            relation="=",
            predicted=Number(1, "d"),
            because=Text(zh="更新量不到 1 处步长的一半", en="a step is less than half the distance to the next number"),
            source="2⁻¹¹",
        ),
        "master": Check(
            sentence=Text(
                zh="另存一份 float32 的权重，加完再舍入，就没有丢失",
                en="With a copy in float32 that is rounded at the end nothing is lost",
            ),
            measured=Number(half.master_weight, ".4f"),
            relation="≈",
            predicted=Number(result.exact_weight, ".4f"),
            tolerance=1e-3,
            because=Text(zh="最后一次舍入到 float16", en="one rounding to float16 at the end"),
            source="Micikevicius et al. 2018, arXiv:1710.03740",
        ),
        "order": Check(
            sentence=Text(
                zh=f"float16 里求 {CONFIG.harmonic} 项 1/k 的和，从小的加起，误差不到从大的加起的十分之一",
                en=f"A sum of {CONFIG.harmonic} terms 1/k in float16 has less than a tenth of the error if it begins "
                "with the small ones",
            ),
            measured=Number(order, ".3f"),
            relation="<",
            predicted=Number(0.1, "g"),
            because=exact,
            source=Text(zh="Higham 1993，求和的精度", en="Higham 1993, on the accuracy of summation"),
        ),
    }
