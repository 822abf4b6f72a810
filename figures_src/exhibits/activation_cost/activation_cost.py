"""The cost of an activation function, from a record of one machine: alone, and in a network of ten layers."""

from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from figures_src.cache import records
from figures_src.cache.sources import data_file
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import ACTIVATION_STYLES, FOURTH, MUTED_LINE
from figures_src.exhibits._shared import labels
from figures_src.exhibits._shared.labels import percent
from figures_src.model.exhibit import Answer, Check, Number, Question, Table
from figures_src.model.language import Localize, Text
from figures_src.model.tables import extent
from gradlab.experiments.activations import activation_cost
from gradlab.experiments.activations.activation_cost import Point, Spread

CONFIG = activation_cost.Config()
NARROW, WIDE = 64, 512
# A quarter of the largest width.
QUARTER = 256
TITLE = Text(zh="激活函数的计算成本", en="The cost of an activation function")
WIDTH_AXIS = Text(zh="宽度 n（对数坐标）", en="width n (log scale)")
TIME_AXIS = Text(zh="网络的时间，ReLU 为 1（对数坐标）", en="time of the network, ReLU = 1 (log scale)")
FUNCTION = Text(zh="函数", en="Function")
EVALUATION = Text(zh="求值，微秒", en="Alone, μs")
NARROW_NETWORK = Text(zh=f"网络，宽\xa0{NARROW}", en=f"Network, width\xa0{NARROW}")
WIDE_NETWORK = Text(zh=f"网络，宽\xa0{WIDE}", en=f"Network, width\xa0{WIDE}")

STYLES = ACTIVATION_STYLES | {"gelu": (FOURTH, "D", ":")}
A_TENTH = 0.1
# Points of one width stand side by side.
SHIFTS = {"sigmoid": 0.95, "tanh": 1.0, "gelu": 1.05}

BOUND = Text(
    zh="实测值已朝不利的一侧移动 4 倍标准误差；不到一成，就算差别不大",
    en="the measurement is moved by 4 standard errors to the side against the claim; a tenth is held to be little",
)
WORST = Text(
    zh="两个实测值都已朝不利的一侧移动 4 倍标准误差", en="both are moved by 4 standard errors against the claim"
)
THIS_RECORD = Text(zh="记录的时间（同一次测量内之比）", en="recorded times, ratios within a round")


@dataclass(frozen=True)
class Result:
    """The record: the machine, and the times measured on it."""

    machine: records.Machine
    times: activation_cost.Result

    @property
    def config(self) -> tuple[object, ...]:
        """The configuration of the run, and the machine."""
        return self.machine, self.times.config

    def wide(self, activation: str) -> Point:
        """An activation in the wide layers."""
        return self.times.at(WIDE, activation)

    def narrow(self, activation: str) -> Point:
        """An activation in the narrow layers."""
        return self.times.at(NARROW, activation)


def compute() -> Result:
    """Read the record: a build measures no times."""
    return Result(*records.read(data_file(Path(__file__)), activation_cost.Result, CONFIG))


def _compared(result: Result) -> dict[str, list[Point]]:
    config = result.times.config
    return {name: [result.times.at(width, name) for width in config.widths] for name in config.activations[1:]}


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw the time of a network against its width, relative to that of a ReLU network."""
    axes = figure.subplots()
    axes.axhline(1, color=MUTED_LINE, linewidth=0.8, linestyle=":")
    for name, points in _compared(result).items():
        color, marker, dashes = STYLES[name]
        widths = [point.width for point in points]
        ratios = [point.network_ratio for point in points]
        axes.plot(widths, [point.predicted_ratio.median for point in points], color=color, linestyle=dashes)
        axes.errorbar(
            [width * SHIFTS[name] for width in widths],
            [ratio.median for ratio in ratios],
            yerr=(
                [ratio.median - ratio.least for ratio in ratios],
                [ratio.most - ratio.median for ratio in ratios],
            ),
            color=color,
            marker=marker,
            linestyle="none",
            label=text(labels.ACTIVATIONS[name]),
        )
    axes.set(xscale="log", yscale="log", ylabel=text(TIME_AXIS))
    machine = result.machine
    axes.set_xlabel(
        f"{text(WIDTH_AXIS)}\n{machine.processor}, PyTorch {machine.torch}, {machine.date}", linespacing=1.5
    )
    axes.set_xticks(result.times.config.widths, list(map(str, result.times.config.widths)))
    ticks = (1.0, 1.1, 1.2, 1.3, 1.5, 2.0)
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
    label_curves(axes, "left")


def _with_bounds(spread: Spread) -> str:
    """A median with its bounds; that of ReLU, which is 1 by definition, without."""
    if spread.least == spread.most:
        return f"{spread.median:g}"
    return f"{spread.median:.2f}<br>({extent(f'{spread.least:.2f}', f'{spread.most:.2f}')})"


def table(result: Result, text: Localize) -> Table:
    """List every activation: evaluated alone at the large width, and in networks of both widths."""
    rows = tuple(
        (
            text(labels.ACTIVATIONS[name]),
            f"{result.wide(name).forward.median * 1e6:.1f}",
            _with_bounds(result.narrow(name).network_ratio),
            _with_bounds(result.wide(name).network_ratio),
        )
        for name in result.times.config.activations
    )
    header = (FUNCTION, EVALUATION, NARROW_NETWORK, WIDE_NETWORK)
    return Table(tuple(map(text, header)), rows)


def data(result: Result) -> Table:
    """Every time and ratio with its quartiles and bounds; the layers without an activation come first."""
    header = ("width", "activation", "quantity", "median", "first_quartile", "third_quartile", "least", "most")

    def rows(width: int, name: str, quantities: dict[str, Spread]) -> list[tuple[str | int | float, ...]]:
        return [
            (width, name, quantity, spread.median, spread.low, spread.high, spread.least, spread.most)
            for quantity, spread in quantities.items()
        ]

    listed: list[tuple[str | int | float, ...]] = []
    for layer in result.times.layers:
        times = {"product_s": layer.product, "layer_s": layer.layer, "network_s": layer.network}
        listed += rows(layer.width, "no activation", times)
    for point in result.times.points:
        quantities = {
            "forward_s": point.forward,
            "forward_and_backward_s": point.both,
            "network_s": point.network,
            "forward_ratio": point.forward_ratio,
            "forward_and_backward_ratio": point.both_ratio,
            "product_ratio": point.product_ratio,
            "network_ratio": point.network_ratio,
            "predicted_network_ratio": point.predicted_ratio,
            "share_of_network": point.share,
        }
        listed += rows(point.width, point.activation, quantities)
    return Table(header, tuple(listed))


def _extra(ratio: float) -> Number:
    """By how much a ratio is above 1, in percent."""
    return percent(ratio - 1)


def numbers(result: Result) -> dict[str, Number]:
    config = result.times.config
    relu, sigmoid, tanh, gelu = (result.wide(name) for name in ("relu", "sigmoid", "tanh", "gelu"))
    # A matrix product does as many multiply-adds for every evaluation as the layer is wide, and a backward pass twice.
    worth = {point.activation: point.product_ratio.median * WIDE for point in (relu, sigmoid, tanh)}
    widest = result.times.at(config.widths[-1], "tanh").network_ratio
    offered = {
        "depth": Number(config.depth, "d"),
        "batch": Number(config.batch, "d"),
        "rounds": Number(config.rounds, "d"),
        "smallest_width": Number(config.widths[0], "d"),
        "largest_width": Number(config.widths[-1], "d"),
        "quarter": Number(QUARTER, "d"),
        "narrow": Number(NARROW, "d"),
        "wide": Number(WIDE, "d"),
        "sigmoid_alone": Number(sigmoid.forward_ratio.median, ".1f"),
        "tanh_alone": Number(tanh.forward_ratio.median, ".0f"),
        "gelu_alone": Number(gelu.forward_ratio.median, ".1f"),
        "tanh_over_sigmoid": Number(tanh.forward_ratio.median / sigmoid.forward_ratio.median, ".1f"),
        "sigmoid_of_product": percent(sigmoid.product_ratio.median),
        "tanh_of_product": percent(tanh.product_ratio.median, 0),
        "sigmoid_counted": percent((worth["sigmoid"] - worth["relu"]) / (3 * WIDE)),
        "tanh_share": percent(tanh.share.median),
        "tanh_free": _extra(1 / (1 - tanh.share.median)),
        "tanh_widest": _extra(widest.median),
        "tanh_widest_least": _extra(widest.least),
        "tanh_widest_most": _extra(widest.most),
        "tanh_widest_predicted": _extra(1 + (tanh.predicted_ratio.median - 1) * WIDE / config.widths[-1]),
    }
    offered |= {f"{name}_multiply_adds": Number(value, ".0f") for name, value in worth.items()}
    for name in ("sigmoid", "tanh", "gelu"):
        for at, point in (("wide", result.wide(name)), ("narrow", result.narrow(name))):
            offered[f"{name}_{at}"] = _extra(point.network_ratio.median)
        offered[f"{name}_predicted"] = _extra(result.wide(name).predicted_ratio.median)
    return offered


def checks(result: Result) -> dict[str, Check]:
    """Every check is one of the record, and none of other machines."""
    sigmoid, tanh, gelu = (result.wide(name) for name in ("sigmoid", "tanh", "gelu"))
    return {
        "sigmoid_alone": _dearer(
            sigmoid,
            Text(
                zh=f"在这台机器上，Sigmoid 的一次求值比 ReLU 费时（数字是两者之比，宽度 {WIDE}）",
                en="On this machine one evaluation of the sigmoid takes longer than one of ReLU (the number is their "
                f"ratio, at width {WIDE})",
            ),
        ),
        "tanh_alone": _dearer(
            tanh,
            Text(
                zh=f"在这台机器上，Tanh 的一次求值比 ReLU 费时（数字是两者之比，宽度 {WIDE}）",
                en="On this machine one evaluation of tanh takes longer than one of ReLU (the number is their ratio, "
                f"at width {WIDE})",
            ),
        ),
        "gelu_alone": Check(
            sentence=Text(
                zh=f"在这台机器上，GELU 的一次求值比 Sigmoid 费时（数字以 ReLU 为 1，宽度 {WIDE}）",
                en="On this machine one evaluation of GELU takes longer than one of the sigmoid (the numbers are "
                f"relative to ReLU, at width {WIDE})",
            ),
            measured=Number(gelu.forward_ratio.least, ".2f"),
            relation=">",
            predicted=Number(sigmoid.forward_ratio.most, ".2f"),
            because=WORST,
            source=THIS_RECORD,
        ),
        "tanh_library": Check(
            sentence=Text(
                zh="在这台机器上，Tanh 的一次求值比一次 Sigmoid 加两次 ReLU 还费时，虽然它只是伸缩、平移过的 Sigmoid",
                en="On this machine one evaluation of tanh takes longer than one of the sigmoid and two of ReLU "
                "together, although tanh is a sigmoid, stretched and moved",
            ),
            measured=Number(tanh.forward_ratio.least, ".2f"),
            relation=">",
            predicted=Number(sigmoid.forward_ratio.most + 2, ".2f"),
            because=WORST,
            source="tanh z = 2 σ(2z) − 1",
        ),
        "sigmoid_network": _hardly_slower(
            sigmoid,
            Text(
                zh=f"在宽度 {WIDE} 的 {CONFIG.depth} 层网络里，换成 Sigmoid，前向与反向传播合计只比 ReLU "
                "多不到一成的时间",
                en=f"In a network of {CONFIG.depth} layers of width {WIDE} the sigmoid makes the forward and backward "
                "pass take less than a tenth longer than ReLU",
            ),
        ),
        "tanh_network": _hardly_slower(
            tanh,
            Text(
                zh=f"在宽度 {WIDE} 的 {CONFIG.depth} 层网络里，换成 Tanh，前向与反向传播合计只比 ReLU 多不到一成的时间",
                en=f"In a network of {CONFIG.depth} layers of width {WIDE} tanh makes the forward and backward pass "
                "take less than a tenth longer than ReLU",
            ),
        ),
        "tanh_narrow": Check(
            sentence=Text(
                zh=f"在宽度 {NARROW} 的 {CONFIG.depth} 层网络里，换成 Tanh，前向与反向传播合计比 ReLU 多一成以上的时间",
                en=f"In a network of {CONFIG.depth} layers of width {NARROW} tanh makes the forward and backward pass "
                "take more than a tenth longer than ReLU",
            ),
            measured=_extra(result.narrow("tanh").network_ratio.least),
            relation=">",
            predicted=percent(A_TENTH),
            because=BOUND,
            source=THIS_RECORD,
        ),
        "narrower": Check(
            sentence=Text(
                zh=f"宽度从 {QUARTER} 增到四倍，每个激活函数的求值与矩阵乘法之比都降到三分之一以下"
                "（这里是降得最少的一个）",
                en=f"At four times the width {QUARTER}, the time of an evaluation relative to the matrix product is "
                "below a third of what it was, for every activation function (here the one that falls least)",
            ),
            measured=Number(max(_fall(result, name) for name in result.times.config.activations), ".3f"),
            relation="<",
            predicted=Number(1 / 3, ".3f"),
            because=Text(
                zh="按运算次数应降到四分之一，三分之一给缓存留了余地；实测值已朝不利的一侧移动 4 倍标准误差",
                en="the number of operations says a quarter, and a third leaves room for caches; "
                "the measurement is moved by 4 standard errors against the claim",
            ),
            source="n ÷ n²",
        ),
        "evaluations": _evaluations(result),
        "gelu_backward": Check(
            sentence=Text(
                zh=f"GELU 不同：宽度 {WIDE} 的网络多花的时间，比求值本身所能解释的多",
                en=f"GELU is different: a network of width {WIDE} takes longer than its evaluations explain",
            ),
            measured=_extra(gelu.network_ratio.least),
            relation=">",
            predicted=_extra(gelu.predicted_ratio.most),
            because=WORST,
            source="GELU′(z) = Φ(z) + z Φ′(z)",
        ),
    }


def _dearer(point: Point, sentence: Text) -> Check:
    return Check(
        sentence=sentence,
        measured=Number(point.forward_ratio.least, ".2f"),
        relation=">",
        predicted=Number(1, "g"),
        because=Text(
            zh="实测值已减去 4 倍标准误差", en="4 standard errors are already subtracted from the measurement"
        ),
        source=THIS_RECORD,
    )


def _hardly_slower(point: Point, sentence: Text) -> Check:
    return Check(
        sentence=sentence,
        measured=_extra(point.network_ratio.most),
        relation="<",
        predicted=percent(A_TENTH),
        because=BOUND,
        source=THIS_RECORD,
    )


def _fall(result: Result, name: str) -> float:
    before, after = (result.times.at(width, name).product_ratio for width in (QUARTER, 4 * QUARTER))
    return after.most / before.least


def _evaluations(result: Result) -> Check:
    """The check that evaluations are the whole difference, at the point that strains it most."""
    points = [point for name in ("sigmoid", "tanh") for point in _compared(result)[name] if point.width >= NARROW]

    def allowed(point: Point) -> float:
        half = (point.network_ratio.most - point.network_ratio.least) / 2
        return (half + (point.predicted_ratio.most - point.predicted_ratio.least) / 2) / point.predicted_ratio.median

    def error(point: Point) -> float:
        return abs(point.network_ratio.median / point.predicted_ratio.median - 1)

    worst = max(points, key=lambda point: error(point) / allowed(point))
    return Check(
        sentence=Text(
            zh=f"从宽度 {NARROW} 起，Sigmoid 和 Tanh 网络的时间就是 ReLU 网络的时间，加上求值的差"
            "（这里是偏离最大的一个）",
            en=f"From width {NARROW} on, sigmoid and tanh networks take the time of a ReLU network and the difference "
            "of the evaluations (here the point that deviates most)",
        ),
        measured=Number(worst.network_ratio.median, ".3f"),
        relation="≈",
        predicted=Number(worst.predicted_ratio.median, ".3f"),
        tolerance=allowed(worst),
        because=Text(zh="两个中位数各自的 4 倍标准误差", en="4 standard errors of each of the two medians"),
        source="1 + L (t_φ − t_ReLU) ÷ T_ReLU",
    )


def questions(result: Result) -> dict[str, Question]:
    """The additional time of a network with the sigmoid: the guesses are shares, as the measurement."""
    guesses = (percent(3.0, 0), percent(1 / 3, 0), percent(0.01, 0))
    axis = Text(zh="多花的时间占比", en="additional time, as a share")
    answer = Answer(_extra(result.wide("sigmoid").network_ratio.median), guesses)
    return {"sigmoid": Question((answer,), axis=axis)}
