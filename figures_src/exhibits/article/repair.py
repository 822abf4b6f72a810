"""The repair at width 16: He initialization keeps the gradient, PyTorch's default loses it."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, PREDICTION, SECOND, SPREAD, layer_ticks
from figures_src.exhibits._shared import agreement
from figures_src.exhibits._shared.labels import (
    HE,
    LAYER,
    PYTORCH_DEFAULT,
    QUANTITY,
    RELATIVE_GRADIENT,
    decades,
    factor,
    magnitude,
)
from figures_src.exhibits._shared.results import Results
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import initialization, theory
from gradlab.experiments.activations import repair

CONFIG = repair.Config()
TITLE = Text(
    zh=f"修复：宽度 {CONFIG.width} 时的 He 初始化与 PyTorch 默认初始化",
    en=f"The repair: He initialization and PyTorch's default at width {CONFIG.width}",
)
HE_MEDIAN = Text(zh="He，中位数", en="He, median")
DEFAULT_MEDIAN = Text(zh="PyTorch 默认，中位数", en="default, median")
FACTOR = Text(zh="逐层因子，均方根", en="Per-layer factor, root mean square")
TYPICAL_FACTOR = Text(zh="逐层因子，中位数", en="Per-layer factor, median")
PREDICTED_FACTOR = Text(zh="{}，预测", en="{}, predicted")
MEDIAN = Text(zh="第一层的梯度，中位数", en="First layer's gradient, median")
LOW = Text(zh="第一层的梯度，2.5% 分位数", en="First layer's gradient, 2.5% quantile")
HIGH = Text(zh="第一层的梯度，97.5% 分位数", en="First layer's gradient, 97.5% quantile")
FOUR_ERRORS = Text(zh=f"{CONFIG.networks} 个网络的 4 倍标准误差", en=f"4 standard errors of {CONFIG.networks} networks")


@dataclass(frozen=True)
class Result(Results):
    """The networks with bias 0, and the default ones with the random bias of `nn.Linear`."""

    without_bias: repair.Result
    with_bias: repair.Result

    @property
    def he(self) -> repair.Series:
        """The series of He initialization."""
        return self.without_bias.series[0]

    @property
    def default(self) -> repair.Series:
        """The series of PyTorch's default initialization."""
        return self.without_bias.series[1]

    @property
    def steps(self) -> int:
        """By how many layers the first is away from the last."""
        return self.without_bias.config.depth - 1


def compute() -> Result:
    """Run both initializations, and the default once more with its bias."""
    with_bias = repair.Config(initializations=("pytorch_default",), bias="uniform")
    return Result(measured(repair, CONFIG), measured(repair, with_bias))


def _predicted_median(result: Result, series: repair.Series) -> list[float]:
    distribution = initialization.get(series.initialization)
    law = theory.finite_width_law(result.without_bias.config.width, series.sigma_w, distribution.excess_kurtosis)
    return [law.typical_factor(k) ** k if k else 1.0 for k in range(result.steps, -1, -1)]


def _predicted_mean_square(result: Result, series: repair.Series) -> list[float]:
    return [series.predicted_factor**k for k in range(result.steps, -1, -1)]


def _draw_series(axes: Axes, result: Result, series: repair.Series, color: str, marker: str, label: str) -> None:
    layers = range(1, result.steps + 2)
    axes.fill_between(layers, series.low, series.high, color=SPREAD, linewidth=0)
    axes.plot(layers, _predicted_mean_square(result, series), color=PREDICTION, linestyle=":", linewidth=1.4)
    axes.plot(layers, _predicted_median(result, series), color=PREDICTION, linewidth=1.2)
    axes.plot(layers, series.median, color=color, marker=marker, linestyle="none", label=label)


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw medians with their bands, and both predictions, on a log axis."""
    axes = figure.subplots()
    _draw_series(axes, result, result.he, FIRST, "o", text(HE_MEDIAN))
    _draw_series(axes, result, result.default, SECOND, "s", text(DEFAULT_MEDIAN))
    axes.set_yscale("log")
    axes.set_xlabel(text(LAYER))
    axes.set_ylabel(text(RELATIVE_GRADIENT))
    layer_ticks(axes, result.steps + 1)
    label_curves(axes, "left")


def table(result: Result, text: Localize) -> Table:
    """Compare both initializations, one in a column."""
    both = (result.he, result.default)
    quantities = (
        (text(FACTOR), [factor(series.factor) for series in both]),
        (text(PREDICTED_FACTOR).format(text(FACTOR)), [factor(series.predicted_factor) for series in both]),
        (text(TYPICAL_FACTOR), [factor(series.typical_factor) for series in both]),
        (text(PREDICTED_FACTOR).format(text(TYPICAL_FACTOR)), [factor(one.predicted_typical_factor) for one in both]),
        (text(MEDIAN), [magnitude(series.median[0]) for series in both]),
        (text(LOW), [magnitude(series.low[0]) for series in both]),
        (text(HIGH), [magnitude(series.high[0]) for series in both]),
    )
    rows = tuple((name, *map(str, values)) for name, values in quantities)
    return Table(tuple(map(text, (QUANTITY, HE, PYTORCH_DEFAULT))), rows)


def data(result: Result) -> Table:
    """Both series with their predictions."""
    header = ["layer"]
    columns: list[tuple[float, ...]] = []
    for name, series in (("he", result.he), ("default", result.default)):
        parts = ("median", "2.5_percent", "97.5_percent", "root_mean_square")
        header += [f"{name}_{part}" for part in (*parts, "predicted_median", "predicted_root_mean_square")]
        columns += [series.median, series.low, series.high, series.root_mean_square]
        columns += [tuple(_predicted_median(result, series)), tuple(_predicted_mean_square(result, series))]
    return Table(tuple(header), tuple(zip(range(1, result.steps + 2), *columns, strict=True)))


def numbers(result: Result) -> dict[str, Number]:
    config = result.without_bias.config
    offered = {
        "width": Number(config.width, "d"),
        "depth": Number(config.depth, "d"),
        "networks": Number(config.networks, "d"),
        "default_bias_factor": factor(result.with_bias.series[0].factor),
        "median_ratio": decades(result.he.median[0] / result.default.median[0]),
    }
    for name, series in (("he", result.he), ("default", result.default)):
        offered |= {
            f"{name}_sigma_w": factor(series.sigma_w),
            f"{name}_factor": factor(series.factor),
            f"{name}_predicted_factor": factor(series.predicted_factor),
            f"{name}_typical_factor": factor(series.typical_factor),
            f"{name}_predicted_typical_factor": factor(series.predicted_typical_factor),
            f"{name}_median": magnitude(series.median[0]),
            f"{name}_low": magnitude(series.low[0]),
            f"{name}_high": magnitude(series.high[0]),
        }
    return offered


def checks(result: Result) -> dict[str, Check]:
    he, default = result.he, result.default

    def factor_check(sentence: Text, series: repair.Series) -> Check:
        compared = agreement.standard_errors(series.factor, series.predicted_factor, series.factor_standard_error)
        return compared.check(
            sentence=sentence,
            shown=".4f",
            because=FOUR_ERRORS,
            source="√(σ_w²/2), He et al. 2015, arXiv:1502.01852",
        )

    typical = agreement.standard_errors(
        he.typical_factor, he.predicted_typical_factor, he.typical_factor_standard_error
    )
    return {
        "he": factor_check(
            Text(
                zh="He 初始化时，梯度的均方根不变",
                en="With He initialization the root mean square of the gradient keeps its size",
            ),
            he,
        ),
        "default": factor_check(
            Text(
                zh="PyTorch 默认初始化时，同样的网络每层把梯度乘以 √(1/6)",
                en="With PyTorch's default initialization the same network multiplies the gradient by √(1/6) "
                "at every layer",
            ),
            default,
        ),
        "typical": typical.check(
            sentence=Text(
                zh=f"宽度 {CONFIG.width} 的典型 He 网络每层仍损失一点，与有限宽度的公式一致",
                en=f"A typical He network of width {CONFIG.width} still loses a little at every layer, as the law of "
                "finite width says",
            ),
            shown=".4f",
            because=FOUR_ERRORS,
            source="E ln ‖δ‖², Hanin & Nica 2020, arXiv:1812.05994",
        ),
    }
