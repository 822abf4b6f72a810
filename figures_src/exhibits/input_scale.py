"""The scale of the inputs of a deep sigmoid or tanh network: what it does to the first layer and to the others."""

from dataclasses import dataclass

from figures_src.exhibit import Claim, Number, Table
from figures_src.exhibits._comparison import standard_errors
from figures_src.exhibits._labels import ACTIVATION_COLUMN, ACTIVATIONS, factor, with_error
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


@dataclass(frozen=True)
class Result:
    """The same scales for both saturating activation functions."""

    sigmoid: input_scale.Result
    tanh: input_scale.Result

    @property
    def series(self) -> tuple[input_scale.Result, ...]:
        """Both."""
        return self.sigmoid, self.tanh

    @property
    def config(self) -> tuple[input_scale.Config, ...]:
        """What was run."""
        return tuple(series.config for series in self.series)


def compute() -> Result:
    """Run the same networks on the same inputs at five scales."""
    return Result(*(measured(input_scale, input_scale.Config(activation=name)) for name in ("sigmoid", "tanh")))


def table(result: Result, text: Localize) -> Table:
    """List every scale."""
    rows = tuple(
        (
            text(ACTIVATIONS[series.config.activation]),
            f"{point.scale:g}",
            with_error(point.first_factor, point.first_factor_standard_error),
            f"{point.predicted_first_factor:.4f}",
            with_error(point.factor, point.factor_standard_error),
            f"{point.predicted_factor:.4f}",
        )
        for series in result.series
        for point in series.points
    )
    columns = (ACTIVATION_COLUMN, SCALE, FIRST, PREDICTED_FIRST, LATER, PREDICTED_LATER)
    return Table(tuple(map(text, columns)), rows)


def _unit(series: input_scale.Result) -> input_scale.Point:
    return next(point for point in series.points if point.scale == 1)


def numbers(result: Result) -> dict[str, Number]:
    """Return what pages quote."""
    unit, unit_tanh = map(_unit, result.series)
    smallest, largest = result.sigmoid.points[0], result.sigmoid.points[-1]
    largest_tanh = result.tanh.points[-1]
    return {
        "layers": Number(result.sigmoid.config.depth, "d"),
        "smallest_scale": Number(smallest.scale, "g"),
        "largest_scale": Number(largest.scale, "g"),
        "first_smallest": factor(smallest.first_factor),
        "first_1": factor(unit.first_factor),
        "first_1000": Number(largest.first_factor, ".4f"),
        "later_smallest": factor(smallest.factor),
        "later_1": factor(unit.factor),
        "later_1000": factor(largest.factor),
        "tanh_first_1": factor(unit_tanh.first_factor),
        "tanh_first_1000": factor(largest_tanh.first_factor),
        "tanh_later_1": factor(unit_tanh.factor),
        "tanh_later_1000": factor(largest_tanh.factor),
    }


def _first(series: input_scale.Result, sentence: Text) -> Claim:
    largest = series.points[-1]
    return Claim(
        sentence=sentence,
        measured=Number(largest.first_factor + 4 * largest.first_factor_standard_error, ".4f"),
        relation="<",
        predicted=Number(_unit(series).first_factor, ".4f"),
        because=Text(
            zh="实测值已加上 4 倍标准误差；右边是输入标准差为 1 时的因子",
            en="4 standard errors are already added; beside it the factor for an input of standard deviation 1",
        ),
        source=MEAN_FIELD_SOURCE,
    )


def _later(series: input_scale.Result, sentence: Text) -> Claim:
    largest = series.points[-1]
    bias = 5 / (4 * series.config.width)
    compared = standard_errors(largest.factor, largest.predicted_factor, largest.factor_standard_error, bias)
    return Claim(
        sentence=sentence,
        measured=Number(largest.factor, ".4f"),
        relation="≈",
        predicted=Number(largest.predicted_factor, ".4f"),
        tolerance=compared.tolerance,
        because=FINITE,
        source=MEAN_FIELD_SOURCE,
    )


def claims(result: Result) -> dict[str, Claim]:
    """Return what pages assert."""
    return {
        "first": _first(
            result.sigmoid,
            Text(
                zh="输入放大 1000 倍，第 1 层的梯度因子变小",
                en="An input 1000 times as large shrinks the factor of the first layer",
            ),
        ),
        "later": _later(
            result.sigmoid,
            Text(
                zh="从第 2 层起，即使输入放大 1000 倍，逐层因子也仍是平均场预测的值",
                en="From layer 2 on the per-layer factor is the mean-field one even for an input 1000 times as large",
            ),
        ),
        "tanh_first": _first(
            result.tanh,
            Text(
                zh="在 Tanh 网络里，输入放大 1000 倍也使第 1 层的梯度因子变小",
                en="In a tanh network, too, an input 1000 times as large shrinks the factor of the first layer",
            ),
        ),
        "tanh_later": _later(
            result.tanh,
            Text(
                zh="Tanh 网络从第 2 层起的逐层因子，即使输入放大 1000 倍也仍是平均场预测的值，离 1 不远",
                en="From layer 2 on a tanh network has the mean-field factor, not far from 1, "
                "even for an input 1000 times as large",
            ),
        ),
    }
