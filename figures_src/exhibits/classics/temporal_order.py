"""The temporal order of two symbols, with and without clipping (Pascanu, Mikolov and Bengio 2013)."""

from statistics import median

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, SECOND
from figures_src.exhibits._shared.counts import most, nearly_all
from figures_src.exhibits._shared.labels import percent
from figures_src.model.exhibit import Cell, Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.recurrence import temporal_order
from gradlab.experiments.recurrence.temporal_order import Networks

CONFIG = temporal_order.Config()
TITLE = Text(zh="两个符号的先后次序", en="The order of two symbols")
LENGTH = Text(zh="序列的长度 T", en="length of the sequence, T")
SUCCESSES = Text(zh=f"{CONFIG.networks} 个网络中成功的个数", en=f"networks that succeed, of {CONFIG.networks}")
CLIPPED = Text(zh="有裁剪", en="clipped")
PLAIN = Text(zh="无裁剪", en="not clipped")
LENGTH_COLUMN = Text(zh="序列的长度 T", en="Length T")
CLIPPED_COLUMN = Text(zh=f"有裁剪：{CONFIG.networks} 个里成功的", en=f"Clipped: succeed, of {CONFIG.networks}")
PLAIN_COLUMN = Text(zh=f"无裁剪：{CONFIG.networks} 个里成功的", en=f"Not clipped: succeed, of {CONFIG.networks}")
SOURCE = "Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063"
SUCCEED = Text(
    zh="成功的网络个数（两组的初值与数据相同）", en="networks that succeed (both begin alike and see the same data)"
)
FAIL = Text(
    zh="失败的网络个数（两组的初值与数据相同）", en="networks that fail (both begin alike and see the same data)"
)
COMPARED = 20
"""The length at which clipping decides."""


def compute() -> temporal_order.Result:
    """Train the networks for every length, with and without clipping."""
    return measured(temporal_order, CONFIG)


def draw(figure: Figure, result: temporal_order.Result, text: Localize) -> None:
    """Draw how many networks succeed against the length of the sequence."""
    axes = figure.subplots()
    lengths = result.config.lengths
    for clipped, label, color, marker, dashes in ((True, CLIPPED, FIRST, "o", "-"), (False, PLAIN, SECOND, "s", "--")):
        axes.plot(
            lengths,
            [one.successes for one in result.of(clipped=clipped)],
            color=color,
            marker=marker,
            linestyle=dashes,
            label=text(label),
        )
    axes.set_xticks(lengths)
    axes.set_ylim(-0.4, result.config.networks + 0.6)
    axes.set_xlabel(text(LENGTH))
    axes.set_ylabel(text(SUCCESSES))
    label_curves(axes)


def data(result: temporal_order.Result) -> Table:
    """Every network."""
    rows = tuple(
        (one.length, str(one.clipped), seed, error, largest)
        for one in result.networks
        for seed, (error, largest) in enumerate(zip(one.errors, one.largest, strict=True))
    )
    return Table(("length", "clipped", "seed", "share_of_errors", "largest_gradient_norm"), rows)


def _pairs(result: temporal_order.Result) -> list[tuple[Networks, Networks]]:
    return list(zip(result.of(clipped=False), result.of(clipped=True), strict=True))


def table(result: temporal_order.Result, text: Localize) -> Table:
    """List whether nearly all networks succeed at every length."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (plain.length, *(nearly_all(one.successes, result.config.networks) for one in (plain, clipped)))
        for plain, clipped in _pairs(result)
    )
    return Table(tuple(map(text, (LENGTH_COLUMN, PLAIN_COLUMN, CLIPPED_COLUMN))), rows)


def numbers(result: temporal_order.Result) -> dict[str, Number]:
    config = result.config
    clipped = next(one for one in result.of(clipped=True) if one.length == COMPARED)
    return {
        "networks": Number(config.networks, "d"),
        "width": Number(config.width, "d"),
        "updates": Number(config.updates, "d"),
        "learning_rate": Number(config.learning_rate, "g"),
        "maximum_norm": Number(config.maximum_norm, "g"),
        "shortest": Number(config.lengths[0], "d"),
        "longest": Number(config.lengths[-1], "d"),
        "compared": Number(COMPARED, "d"),
        "allowed": percent(config.allowed, 0),
        "clipped": Number(clipped.successes, "d"),
        "largest": Number(median(clipped.largest), ".0f"),
    }


def checks(result: temporal_order.Result) -> dict[str, Check]:
    pairs = {plain.length: (plain, clipped) for plain, clipped in _pairs(result)}
    shortest, compared = pairs[CONFIG.lengths[0]], pairs[COMPARED]
    return {
        "short": most(
            shortest[0].successes,
            CONFIG.networks,
            SUCCEED,
            Text(
                zh=f"序列短（T = {CONFIG.lengths[0]}），没有裁剪的网络也大多成功",
                en=f"On short sequences (T = {CONFIG.lengths[0]}) most networks succeed without clipping",
            ),
            SOURCE,
        ),
        "plain_fails": most(
            CONFIG.networks - compared[0].successes,
            CONFIG.networks,
            FAIL,
            Text(
                zh=f"序列长一些（T = {COMPARED}），没有裁剪的网络大多失败",
                en=f"On longer ones (T = {COMPARED}) most fail without clipping",
            ),
            SOURCE,
        ),
        "clipped_succeeds": most(
            compared[1].successes,
            CONFIG.networks,
            SUCCEED,
            Text(
                zh=f"同样的网络、同样的序列（T = {COMPARED}），加上裁剪就大多成功",
                en=f"The same networks on the same sequences (T = {COMPARED}) mostly succeed with clipping",
            ),
            SOURCE,
        ),
        "explodes": Check(
            sentence=Text(
                zh="训练中梯度的范数曾比裁剪的上限大十倍以上（各网络最大值的中位数）",
                en="In training a gradient's norm exceeds the bound of clipping more than tenfold (median of the "
                "networks' largest)",
            ),
            measured=Number(median(compared[1].largest), ".0f"),
            relation=">",
            predicted=Number(10 * CONFIG.maximum_norm, "g"),
            because=Text(zh="裁剪之前的范数", en="norms before clipping"),
            source=SOURCE,
        ),
    }
