"""He initialization in narrow ReLU networks: the share of networks through which no gradient passes."""

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.style import FIRST, PREDICTION
from figures_src.exhibits._shared import agreement
from figures_src.exhibits._shared.labels import MEASURED_COLUMN, PREDICTED_COLUMN, decades, percent
from figures_src.model.exhibit import Check, Number, Table, superscript
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.activations import dead_networks

CONFIG = dead_networks.Config()
TITLE = Text(zh="He 初始化的窄网络有多少是死的", en="How many narrow networks He initialization leaves dead")
WIDTH = Text(zh="宽度 n", en="width n")
SHARE = Text(zh="梯度恰好为零的网络所占的比例", en="share of networks with zero gradient")
WIDTH_COLUMN = Text(zh="宽度 n", en="Width n")
DEAD = Text(zh="死亡", en="Dead")
RARE = 1e-3
"""A share of dead networks that hardly matters."""


def compute() -> dead_networks.Result:
    """Draw and differentiate 4,000 networks of every width."""
    return measured(dead_networks, CONFIG)


def draw(figure: Figure, result: dead_networks.Result, text: Localize) -> None:
    """Draw the share of dead networks against the width."""
    axes = figure.subplots()
    widths = [point.width for point in result.points]
    axes.plot(widths, [point.predicted for point in result.points], color=PREDICTION)
    axes.errorbar(
        widths,
        [point.share for point in result.points],
        yerr=[2 * point.standard_error for point in result.points],
        color=FIRST,
        marker="o",
        linestyle="none",
        capsize=3,
    )
    axes.set_xlabel(text(WIDTH))
    axes.set_ylabel(text(SHARE))
    axes.set_xticks(widths)
    axes.set_ylim(-0.02, 1.03)
    # A single curve needs no label.
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")


def table(result: dead_networks.Result, text: Localize) -> Table:
    """List every width."""
    rows = tuple(
        (
            point.width,
            point.dead,
            f"{percent(point.share, 2)} ±\N{NO-BREAK SPACE}{percent(point.standard_error, 2)}",
            str(percent(point.predicted, 2)),
        )
        for point in result.points
    )
    return Table(tuple(map(text, (WIDTH_COLUMN, DEAD, MEASURED_COLUMN, PREDICTED_COLUMN))), rows)


def data(result: dead_networks.Result) -> Table:
    """Every width."""
    rows = tuple(
        (point.width, point.dead, point.share, point.standard_error, point.predicted) for point in result.points
    )
    return Table(("width", "dead_networks", "share", "standard_error", "predicted_share"), rows)


def numbers(result: dead_networks.Result) -> dict[str, Number]:
    points = {point.width: point for point in result.points}
    offered = {
        "networks": Number(result.config.networks, "d"),
        "depth": Number(result.config.depth, "d"),
        "dead_1": Number(points[1].dead, "d"),
        "alive_1": decades(0.5**result.config.depth),
    }
    offered["dead_4"] = Number(points[4].dead, "d")
    offered["predicted_dead_4"] = Number(points[4].predicted * result.config.networks, ".0f")
    rare = next(n for n in range(1, 65) if theory.death_probability(n, result.config.depth) < RARE)
    offered |= {"rare": percent(RARE), "rare_width": Number(rare, "d")}
    for width in (1, 2, 4, 8, 12):
        # At width 2 the share is close to, but not, all.
        offered[f"width_{width}"] = percent(points[width].share, 2 if width == 2 else 1)
        offered[f"predicted_{width}"] = percent(points[width].predicted, {1: 4, 2: 2}.get(width, 1))
    return offered


def checks(result: dead_networks.Result) -> dict[str, Check]:
    narrowest = result.points[0]
    farthest = agreement.worst(
        agreement.standard_errors(point.share, point.predicted, point.standard_error) for point in result.points
    )
    return {
        "width_1": Check(
            sentence=Text(
                zh=f"宽度为 1 时，{CONFIG.networks} 个用 He 初始化的 {CONFIG.depth} 层网络全部死亡",
                en=f"At width 1 all of {CONFIG.networks} networks of {CONFIG.depth} layers with He initialization are "
                "dead",
            ),
            measured=Number(narrowest.dead, "d"),
            relation="=",
            predicted=Number(result.config.networks, "d"),
            because=Text(
                zh=f"存活的概率是 2{superscript(-CONFIG.depth)}，{CONFIG.networks} 个网络里平均不到百分之一个",
                en=f"one survives with probability 2{superscript(-CONFIG.depth)}: on average less than a hundredth of "
                f"one in {CONFIG.networks}",
            ),
            source="1 − (1 − 2⁻ⁿ)^L, Lu et al. 2020, arXiv:1903.06733",
        ),
        "law": farthest.check(
            sentence=Text(
                zh=f"宽度从 1 到 {CONFIG.widths[-1]}，死亡网络的比例都符合 1 − (1 − 2⁻ⁿ)^L（这里是偏离最大的一个宽度）",
                en=f"At every width from 1 to {CONFIG.widths[-1]} the share of dead networks follows 1 − (1 − 2⁻ⁿ)^L "
                "(here the width that deviates most)",
            ),
            shown=lambda share: percent(share, 2),
            because=Text(zh="二项分布的 4 倍标准误差", en="4 binomial standard errors"),
            source="1 − (1 − 2⁻ⁿ)^L, Lu et al. 2020, arXiv:1903.06733",
        ),
    }
