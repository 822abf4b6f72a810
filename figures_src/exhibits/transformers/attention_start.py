"""Attention before training: near uniform, and alone it makes all positions alike within a few layers."""

import math

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, SECOND
from figures_src.exhibits._shared.agreement import errors_of_seeds, standard_errors
from figures_src.exhibits._shared.labels import decades
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.transformers import attention_start

CONFIG = attention_start.Config()
TITLE = Text(zh="注意力的开始与秩坍缩", en="The start of attention, and rank collapse")
ALONE = Text(zh="只有注意力", en="attention alone")
SKIPPED = Text(zh="加上残差连接", en="with skip connections")
LAYERS = Text(zh="经过的注意力层数", en="layers of attention passed")
DIFFERENCES = Text(zh="各位置之间的差别（对数坐标）", en="differences of positions (log scale)")
FLOAT32_STEP = 2.0**-23
CUBED = 3


def compute() -> attention_start.Result:
    """Measure entropy and differences."""
    return measured(attention_start, CONFIG)


def draw(figure: Figure, result: attention_start.Result, text: Localize) -> None:
    """Draw what is left of the differences against the layers passed."""
    axes = figure.subplots()
    for values, label, color, marker in ((result.alone, ALONE, FIRST, "o"), (result.skipped, SKIPPED, SECOND, "s")):
        axes.plot(range(len(values)), values, color=color, marker=marker, label=text(label))
    axes.set(yscale="log", xlabel=text(LAYERS), ylabel=text(DIFFERENCES), xlim=(-0.2, CONFIG.layers + 0.2))
    axes.set_xticks(range(CONFIG.layers + 1))
    label_curves(axes)


def data(result: attention_start.Result) -> Table:
    """Differences that are left, layer by layer; attention alone as far as rounding allows."""
    rows = [("alone", layer, left) for layer, left in enumerate(result.alone)]
    rows += [("skip_connections", layer, left) for layer, left in enumerate(result.skipped)]
    return Table(("network", "layers", "differences"), tuple(rows))


def _power(result: attention_start.Result) -> float:
    """By what the last layer that rounding allows multiplies the logarithm of what is left."""
    return math.log(result.alone[-1]) / math.log(result.alone[-2])


def _fourth(result: attention_start.Result) -> float:
    """The cube of what is left after the third layer, in the digits that a reader sees of it."""
    third = decades(result.alone[3])
    return math.pow(float(format(third.value, third.format)), CUBED)


def numbers(result: attention_start.Result) -> dict[str, Number]:
    return {
        "seeds": Number(CONFIG.seeds, "d"),
        "positions": Number(CONFIG.positions, "d"),
        "seen": Number(result.seen, ".1f"),
        "first": Number(result.alone[1], ".1f"),
        "second": Number(result.alone[2], ".2f"),
        "third": decades(result.alone[3]),
        "fourth": decades(_fourth(result)),
        "step": decades(FLOAT32_STEP),
        "skipped": Number(result.skipped[-1], ".1f"),
        "layers": Number(CONFIG.layers, "d"),
    }


def checks(result: attention_start.Result) -> dict[str, Check]:
    # 1/n of the positions, for which a mean over n of them is not yet that of infinitely many.
    seen = standard_errors(result.seen, result.predicted_seen, result.seen_standard_error, 1 / CONFIG.positions)
    return {
        "uniform": seen.check(
            sentence=Text(
                zh=f"训练之前，一个头在 {CONFIG.positions} 个位置里看到的几乎是全部（取熵的指数）",
                en=f"Before training a head looks at nearly all of {CONFIG.positions} positions (e to the entropy)",
            ),
            shown=".1f",
            because=Text(
                zh=f"{errors_of_seeds(CONFIG.seeds).zh}，再加 1/{CONFIG.positions}",
                en=f"{errors_of_seeds(CONFIG.seeds).en}, and 1/{CONFIG.positions}",
            ),
            source="n e^(−s²/2), s² = 1/4",
        ),
        "collapse": Check(
            sentence=Text(
                zh="只有注意力时，三层之后各位置之间的差别不到百万分之一",
                en="With attention alone less than a millionth of the differences of positions is left after three "
                "layers",
            ),
            measured=decades(result.alone[3]),
            relation="<",
            predicted=Number(1e-6, "g"),
            because=Text(zh="界限是实测值的几倍", en="the bound is several times what is measured"),
            source="Dong et al. 2021, arXiv:2103.03404",
        ),
        "cubed": Check(
            sentence=Text(
                zh="差别越小，每层缩得越快：第三层使差别的对数变为原来的三倍以上",
                en="The smaller the differences, the faster they shrink: the third layer more than triples their "
                "logarithm",
            ),
            measured=Number(_power(result), ".1f"),
            relation=">",
            predicted=Number(CUBED, "d"),
            because=Text(
                zh="立方使对数变为三倍，前面的常数再加一些",
                en="a cube triples the logarithm, and a constant in front of it adds to that",
            ),
            source="Dong et al. 2021, arXiv:2103.03404",
        ),
        "skipped": Check(
            sentence=Text(
                zh=f"有残差连接时，{CONFIG.layers} 层之后各位置之间的差别仍在一半以上",
                en=f"With skip connections more than half of the differences is left after {CONFIG.layers} layers",
            ),
            measured=Number(result.skipped[-1], ".2f"),
            relation=">",
            predicted=Number(0.5, "g"),
            because=Text(zh="界限低于实测值", en="the bound is below what is measured"),
            source="Dong et al. 2021, arXiv:2103.03404",
        ),
    }
