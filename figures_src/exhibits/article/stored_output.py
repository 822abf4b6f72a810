"""The source's repaired network, replayed: its stored output is not the output of the code above it."""

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_at, label_curves
from figures_src.drawing.style import FIRST, MUTED_LINE, PREDICTION, SECOND, layer_ticks
from figures_src.exhibits._shared.labels import LAYER, LAYER_COLUMN, PYTORCH_DEFAULT, QUANTITY, decades, factor
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.article import stored_output

TITLE = Text(zh="原文笔记本存下的输出从何而来", en="Where the notebook's stored output comes from")
GRADIENT = Text(zh="对预激活值的梯度范数（对数坐标）", en="gradient norm w.r.t. z (log scale)")
KAIMING = Text(zh="印出的代码（He）", en="the printed code (He)")
STORED = Text(zh="笔记本存下的值", en="stored in the notebook")
STORED_ZERO = Text(zh="存为 0.0000", en="stored as 0.0000")
KAIMING_COLUMN = Text(zh="印出的代码", en="Printed code")
ROUNDED_COLUMN = Text(zh="默认初始化，四位小数", en="Default, four decimals")
STORED_COLUMN = Text(zh="笔记本存下的值", en="Stored in the notebook")
OUTPUT = Text(zh="输出", en="Output")
RATIO = Text(zh="最大与最小梯度比", en="Largest to smallest gradient")
SAME_DRAWS = Text(zh="同样的随机数，按四位小数比较", en="the same random numbers, compared to four decimals")
SOURCE = "practise_9_relu_boom.ipynb"

DECIMALS = 4
"""Decimals that the source prints."""
LARGE_RATIO = 1000
"""Bound for the printed code's ratio: three decades, of the almost eight that are stored."""


def compute() -> stored_output.Result:
    """Replay the source's network, as its code says and with PyTorch's default initialization."""
    return measured(stored_output, stored_output.Config())


def _printed(values: tuple[float, ...]) -> list[str]:
    return [f"{value:.{DECIMALS}f}" for value in values]


def _agreeing(run: stored_output.Run, result: stored_output.Result) -> int:
    """Count the stored norms that a run reproduces to the last printed digit."""
    pairs = zip(_printed(run.gradient_norms), _printed(result.stored_norms), strict=True)
    return sum(ours == theirs for ours, theirs in pairs)


def _layers(result: stored_output.Result) -> range:
    return range(result.config.depth - len(result.stored_norms) + 1, result.config.depth + 1)


def draw(figure: Figure, result: stored_output.Result, text: Localize) -> None:
    """Draw both replays on a log axis, and the stored values as marks."""
    axes = figure.subplots()
    layers = _layers(result)
    axes.plot(layers, result.kaiming.gradient_norms, color=FIRST, marker="o", label=text(KAIMING))
    axes.plot(
        layers, result.default.gradient_norms, color=SECOND, marker="s", linestyle="--", label=text(PYTORCH_DEFAULT)
    )
    stored = list(zip(layers, result.stored_norms, strict=True))
    seen = [(layer, norm) for layer, norm in stored if norm > 0]
    axes.plot(
        *zip(*seen, strict=True),
        color=PREDICTION,
        marker="x",
        markersize=8,
        linestyle="none",
    )
    label_at(axes, seen[len(seen) // 3], text(STORED), PREDICTION, "below right")
    # A log axis has no zero: what was printed as 0.0000 is somewhere below half of the last digit.
    bound = 0.5 * 10.0**-DECIMALS
    unseen = [layer for layer, norm in stored if norm == 0]
    axes.plot(unseen, [bound] * len(unseen), color=PREDICTION, marker="v", linestyle="none", label=text(STORED_ZERO))
    axes.axhline(bound, color=MUTED_LINE, linewidth=0.8, linestyle=":")
    axes.text(result.config.depth, bound / 3, f"{bound:.5f}", color=MUTED_LINE, ha="right")
    axes.set_yscale("log")
    axes.set_xlabel(text(LAYER))
    axes.set_ylabel(text(GRADIENT))
    layer_ticks(axes, result.config.depth)
    label_curves(axes, "left")


def table(result: stored_output.Result, text: Localize) -> Table:
    """List output, ratio and the 19 norms beside the stored ones."""
    kaiming, default = result.kaiming, result.default

    def row(label: str | int, printed: float, ours: float, stored: float) -> tuple[str | int, ...]:
        exact = f"{ours:#.4g}" if 1e-3 < abs(ours) < 1e4 else str(Number(ours, ".3e"))
        rounded, kept = _printed((ours, stored))
        return (label, f"{printed:.3f}", kept, rounded, exact.replace("-", "−"))

    rows = [
        row(text(OUTPUT), kaiming.output, default.output, result.stored_output),
        row(text(RATIO), kaiming.ratio, default.ratio, result.stored_ratio),
    ]
    norms = zip(kaiming.gradient_norms, default.gradient_norms, result.stored_norms, strict=True)
    rows += [
        row(f"{text(LAYER_COLUMN)} {layer}", *values) for layer, values in zip(_layers(result), norms, strict=True)
    ]
    signed = tuple(tuple(str(cell).replace("-", "−") for cell in cells) for cells in rows)
    header = tuple(map(text, (QUANTITY, KAIMING_COLUMN, STORED_COLUMN, ROUNDED_COLUMN, PYTORCH_DEFAULT)))
    return Table(header, signed)


def data(result: stored_output.Result) -> Table:
    """The three lists of norms."""
    columns = (result.kaiming.gradient_norms, result.default.gradient_norms, result.stored_norms)
    header = ("layer", "printed_code", "pytorch_default", "stored_in_the_notebook")
    return Table(header, tuple(zip(_layers(result), *columns, strict=True)))


def numbers(result: stored_output.Result) -> dict[str, Number]:
    kaiming, default = result.kaiming, result.default
    points = len(result.stored_norms)
    return {
        "seed": Number(result.config.seed, "d"),
        "points": Number(points, "d"),
        "width": Number(result.config.width, "d"),
        "kaiming_output": Number(kaiming.output, ".4f"),
        "kaiming_ratio": factor(kaiming.ratio),
        "kaiming_smallest": factor(min(kaiming.gradient_norms)),
        "kaiming_agreeing": Number(_agreeing(kaiming, result), "d"),
        "default_output": Number(default.output, ".4f"),
        "default_ratio": Number(default.ratio, ".2e"),
        "default_smallest": decades(min(default.gradient_norms)),
        "default_factor": factor((default.gradient_norms[0] / default.gradient_norms[-1]) ** (1 / (points - 1))),
        "stored_output": Number(result.stored_output, ".4f"),
        "stored_ratio": Number(result.stored_ratio, ".2e"),
        "stored_ratio_printed": Number(result.stored_ratio, ".4f"),
        "ratio_difference": decades(abs(default.ratio / result.stored_ratio - 1)),
        "zeros": Number(result.stored_norms.count(0.0), "d"),
        "agreeing": Number(_agreeing(default, result), "d"),
    }


def checks(result: stored_output.Result) -> dict[str, Check]:
    return {
        "output": Check(
            sentence=Text(
                zh="笔记本存下的输出是 PyTorch 默认初始化的输出，印出的每一位都相同",
                en="The stored output is that of PyTorch's default initialization, to the last printed digit",
            ),
            measured=Number(round(result.default.output, DECIMALS), ".4f"),
            relation="=",
            predicted=Number(result.stored_output, ".4f"),
            because=SAME_DRAWS,
            source=SOURCE,
        ),
        "norms": Check(
            sentence=Text(
                zh="笔记本存下的 19 个梯度范数全部是 PyTorch 默认初始化的，印出的每一位都相同（实测值是相同的个数）",
                en="All 19 stored gradient norms are those of PyTorch's default initialization, to the last "
                "printed digit (measured: how many agree)",
            ),
            measured=Number(_agreeing(result.default, result), "d"),
            relation="=",
            predicted=Number(len(result.stored_norms), "d"),
            because=SAME_DRAWS,
            source=SOURCE,
        ),
        "code": Check(
            sentence=Text(
                zh="印出的代码（He 初始化，偏置 0.01）给出的最大与最小梯度之比只有个位数，而不是八千万",
                en="The printed code (He initialization, bias 0.01) gives a ratio of largest "
                "to smallest gradient of a few, not of eighty million",
            ),
            measured=factor(result.kaiming.ratio),
            relation="<",
            predicted=Number(LARGE_RATIO, "d"),
            because=Text(
                zh="上限取得宽，离存下的比值仍有近五个数量级",
                en="the bound is wide, and still almost five decades from the stored ratio",
            ),
            source=SOURCE,
        ),
    }
