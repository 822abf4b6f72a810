"""The scale of the inputs of a deep sigmoid network: it matters to the first layer and to no other."""

from figures_src.exhibit import Claim, Number, Table
from figures_src.exhibits._comparison import standard_errors
from figures_src.exhibits._labels import factor, with_error
from figures_src.exhibits._sigma_map import FINITE, MEAN_FIELD_SOURCE
from figures_src.language import Localize, Text
from figures_src.measurement import measured
from gradlab.experiments import input_scale

TITLE = Text(zh="输入的尺度与各层的梯度", en="The input's scale and the gradient of each layer")
SCALE = Text(zh="输入的标准差", en="Standard deviation of the input")
FIRST = Text(zh="第 1 层的因子（实测）", en="Factor of layer 1 (measured)")
PREDICTED_FIRST = Text(zh="第 1 层的因子（预测）", en="Factor of layer 1 (predicted)")
LATER = Text(zh="第 2 到 19 层的逐层因子（实测）", en="Per-layer factor of layers 2 to 19 (measured)")
PREDICTED_LATER = Text(zh="第 2 到 19 层（预测）", en="Layers 2 to 19 (predicted)")


def compute() -> input_scale.Result:
    """Run the same networks on the same inputs at five scales."""
    return measured(input_scale, input_scale.Config())


def table(result: input_scale.Result, text: Localize) -> Table:
    """List every scale."""
    rows = tuple(
        (
            f"{point.scale:g}",
            with_error(point.first_factor, point.first_factor_standard_error),
            f"{point.predicted_first_factor:.4f}",
            with_error(point.factor, point.factor_standard_error),
            f"{point.predicted_factor:.4f}",
        )
        for point in result.points
    )
    return Table(tuple(map(text, (SCALE, FIRST, PREDICTED_FIRST, LATER, PREDICTED_LATER))), rows)


def numbers(result: input_scale.Result) -> dict[str, Number]:
    """Return what pages quote."""
    unit = next(point for point in result.points if point.scale == 1)
    smallest, largest = result.points[0], result.points[-1]
    return {
        "layers": Number(result.config.depth, "d"),
        "smallest_scale": Number(smallest.scale, "g"),
        "largest_scale": Number(largest.scale, "g"),
        "first_smallest": factor(smallest.first_factor),
        "first_1": factor(unit.first_factor),
        "first_1000": Number(largest.first_factor, ".4f"),
        "later_smallest": factor(smallest.factor),
        "later_1": factor(unit.factor),
        "later_1000": factor(largest.factor),
    }


def claims(result: input_scale.Result) -> dict[str, Claim]:
    """Return what pages assert."""
    unit = next(point for point in result.points if point.scale == 1)
    largest = result.points[-1]
    later = standard_errors(
        largest.factor,
        largest.predicted_factor,
        largest.factor_standard_error,
        bias=5 / (4 * result.config.width),
    )
    return {
        "first": Claim(
            sentence=Text(
                zh="输入放大 1000 倍，第 1 层的梯度因子变小",
                en="An input 1000 times as large shrinks the factor of the first layer",
            ),
            measured=Number(largest.first_factor + 4 * largest.first_factor_standard_error, ".4f"),
            relation="<",
            predicted=Number(unit.first_factor, ".4f"),
            because=Text(
                zh="实测值已加上 4 倍标准误差；右边是输入标准差为 1 时的因子",
                en="4 standard errors are already added; beside it the factor for an input of standard deviation 1",
            ),
            source=MEAN_FIELD_SOURCE,
        ),
        "later": Claim(
            sentence=Text(
                zh="从第 2 层起，即使输入放大 1000 倍，逐层因子也仍是平均场预测的值",
                en="From layer 2 on the per-layer factor is the mean-field one even for an input 1000 times as large",
            ),
            measured=Number(largest.factor, ".4f"),
            relation="≈",
            predicted=Number(largest.predicted_factor, ".4f"),
            tolerance=later.tolerance,
            because=FINITE,
            source=MEAN_FIELD_SOURCE,
        ),
    }
