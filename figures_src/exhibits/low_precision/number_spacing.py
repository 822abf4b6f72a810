"""The ruler of float16 and of bfloat16: the distance to the next number, relative to the number."""

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_at
from figures_src.drawing.style import FIRST, MUTED_LINE, PREDICTION, SECOND
from figures_src.exhibits._shared.labels import decades
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.training import number_spacing
from gradlab.experiments.training.number_spacing import Ruler

CONFIG = number_spacing.Config()
TITLE = Text(zh="半精度的尺子", en="The ruler of half precision")
SIZE = Text(zh="数的大小（对数坐标）", en="size of the number (log scale)")
STEP = Text(zh="到下一个数的距离 / 这个数", en="distance to the next number / number")
FORMAT_COLUMN = Text(zh="类型", en="Type")
SMALLEST_COLUMN = Text(zh="最小", en="Smallest")
NORMAL_COLUMN = Text(zh="保有全部位数的最小", en="Smallest of full precision")
LARGEST_COLUMN = Text(zh="最大", en="Largest")
STEP_COLUMN = Text(zh="1 之后的下一步", en="Step after 1")
STYLES = {"float16": (FIRST, "o"), "bfloat16": (SECOND, "s")}
SHOWN_EVERY = 2


def compute() -> number_spacing.Result:
    """Look up the next number at every power of two."""
    return measured(number_spacing, CONFIG)


def _relative(ruler: Ruler, steps: tuple[float, ...]) -> list[float]:
    return [step / value for step, value in zip(steps, ruler.values, strict=True)]


def draw(figure: Figure, result: number_spacing.Result, text: Localize) -> None:
    """Draw the relative distance against the size, measured and predicted."""
    axes = figure.subplots()
    for ruler in result.rulers:
        color, marker = STYLES[ruler.format]
        axes.plot(ruler.values, _relative(ruler, ruler.predicted_steps), color=PREDICTION, linewidth=1.0)
        points = (ruler.values[::SHOWN_EVERY], _relative(ruler, ruler.steps)[::SHOWN_EVERY])
        axes.plot(*points, color=color, marker=marker, linestyle="none")
    half, brain = result.rulers
    axes.axvline(half.largest, color=MUTED_LINE, linewidth=0.8, linestyle=":")
    middle = len(half.values) // 2
    label_at(axes, (half.values[middle], half.steps[middle] / half.values[middle]), "float16", FIRST, "above")
    label_at(axes, (brain.values[-1], brain.steps[-1] / brain.values[-1]), "bfloat16", SECOND, "above left")
    axes.set(xscale="log", yscale="log", xlabel=text(SIZE), ylabel=text(STEP))


def data(result: number_spacing.Result) -> Table:
    """Every power of two."""
    rows = tuple(
        (ruler.format, value, step, predicted)
        for ruler in result.rulers
        for value, step, predicted in zip(ruler.values, ruler.steps, ruler.predicted_steps, strict=True)
    )
    return Table(("type", "number", "distance_to_the_next", "predicted"), rows)


def table(result: number_spacing.Result, text: Localize) -> Table:
    """List where both rulers begin and end."""

    def row(ruler: Ruler) -> tuple[str, ...]:
        step = ruler.steps[ruler.values.index(1.0)]
        largest = Number(ruler.largest, ".0f") if ruler.largest < 1e6 else decades(ruler.largest)
        cells = (decades(ruler.smallest), decades(ruler.smallest_normal), largest, Number(step, ".4f"))
        return (ruler.format, *map(str, cells))

    header = (FORMAT_COLUMN, SMALLEST_COLUMN, NORMAL_COLUMN, LARGEST_COLUMN, STEP_COLUMN)
    return Table(tuple(map(text, header)), tuple(map(row, result.rulers)))


def numbers(result: number_spacing.Result) -> dict[str, Number]:
    half, brain = result.rulers
    return {
        "smallest": decades(half.smallest),
        "smallest_normal": decades(half.smallest_normal),
        "largest": Number(half.largest, ".0f"),
        "step": Number(half.steps[half.values.index(1.0)], ".4f"),
        "brain_smallest": decades(brain.smallest),
        "brain_largest": decades(brain.largest),
        "brain_step": Number(brain.steps[brain.values.index(1.0)], ".4f"),
        "step_at_2048": Number(half.steps[half.values.index(2048.0)], "g"),
        "brain_step_at_256": Number(brain.steps[brain.values.index(256.0)], "g"),
        "half_of_smallest": decades(half.smallest / 2),
    }


def checks(result: number_spacing.Result) -> dict[str, Check]:
    pairs = [pair for ruler in result.rulers for pair in zip(ruler.steps, ruler.predicted_steps, strict=True)]
    ends = [
        (ruler.smallest == ruler.predicted_smallest)
        + (ruler.smallest_normal == ruler.predicted_smallest_normal)
        + (ruler.largest == ruler.predicted_largest)
        for ruler in result.rulers
    ]
    exact = Text(zh="符合的个数；2 的幂没有舍入", en="how many do; powers of two are not rounded")
    source = "2^(⌊log₂ x⌋ − m), IEEE 754"
    return {
        "steps": Check(
            sentence=Text(
                zh="float16 与 bfloat16 里，每个 2 的幂到下一个数的距离都与公式逐位相同",
                en="In float16 and bfloat16 the distance from every power of two to the next number is the formula's, "
                "to the last bit",
            ),
            measured=Number(sum(step == predicted for step, predicted in pairs), "d"),
            relation="=",
            predicted=Number(len(pairs), "d"),
            because=exact,
            source=source,
        ),
        "ends": Check(
            sentence=Text(
                zh="最小的数、保有全部位数的最小的数和最大的数，两种类型都与公式逐位相同",
                en="The smallest number, the smallest of full precision and the largest are the formula's in both",
            ),
            measured=Number(sum(ends), "d"),
            relation="=",
            predicted=Number(3 * len(ends), "d"),
            because=exact,
            source=source,
        ),
    }
