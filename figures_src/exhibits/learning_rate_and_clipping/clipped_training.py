"""Training with and without clipping: it holds steps that are too long, and does not repair a network."""

import math
from dataclasses import dataclass

from figures_src.cache.results import measured
from figures_src.exhibits._shared.results import Results
from figures_src.exhibits._shared.spirals import NOT_FINITE, median_learns, shown_loss
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.training import spirals

CONFIG = spirals.Config()
TITLE = Text(zh="有梯度裁剪与没有梯度裁剪的训练", en="Training with and without gradient clipping")
WEIGHTS = Text(zh="权重", en="Weights")
LEARNING_RATE = Text(zh="学习率", en="Learning rate")
CLIPPED_AT = Text(zh="裁剪上限", en="Clipped at")
LOSS = Text(zh="最终损失", en="Final loss")
HE = Text(zh="He", en="He")
TWICE = Text(zh="两倍于 He", en="twice He")

FAST, FAST_CLIPPED = "relu_he_fast", "relu_he_fast_clip"
ADDED = (
    spirals.Row(FAST, learning_rate=1.0),
    spirals.Row(FAST_CLIPPED, learning_rate=1.0, maximum_norm=0.5),
)
SHARED = ("relu_he", "relu_large", "relu_large_tiny_rate", "relu_large_clip")


@dataclass(frozen=True)
class Result(Results):
    """The rows that the exhibit of the remedies has trained already, and two with a large learning rate."""

    remedies: spirals.Result
    fast: spirals.Result

    @property
    def rows(self) -> tuple[spirals.RowResult, ...]:
        """The rows in the order of the table."""
        rows = {row.row.name: row for row in (*self.remedies.rows, *self.fast.rows)}
        return tuple(rows[name] for name in (SHARED[0], FAST, FAST_CLIPPED, *SHARED[1:]))


def compute() -> Result:
    """Train every row from every seed."""
    return Result(measured(spirals, CONFIG), measured(spirals, spirals.Config(rows=ADDED)))


def _rate(value: float) -> str:
    return str(Number(value, "g" if value > 1e-3 else ".0e"))


def table(result: Result, text: Localize) -> Table:
    """List every row."""

    def cells(row: spirals.RowResult) -> tuple[str, ...]:
        bound = row.row.maximum_norm
        return (
            text(HE if row.row.sigma_w is None else TWICE),
            _rate(row.row.learning_rate),
            "–" if bound is None else f"{bound:g}",
            shown_loss(row.median_final_loss, text),
        )

    header = (WEIGHTS, LEARNING_RATE, CLIPPED_AT, LOSS)
    return Table(tuple(map(text, header)), tuple(map(cells, result.rows)))


def _bound(row: spirals.RowResult) -> Number:
    return Number(math.nan if row.row.maximum_norm is None else row.row.maximum_norm, "g")


def numbers(result: Result) -> dict[str, Number]:
    rows = {row.row.name: row for row in result.rows}
    fast, clipped, he = rows[FAST], rows[FAST_CLIPPED], rows[SHARED[0]]
    return {
        "learning_rate": Number(fast.row.learning_rate, "g"),
        "usual_rate": Number(he.row.learning_rate, "g"),
        "max_norm": _bound(clipped),
        "large_max_norm": _bound(rows[SHARED[3]]),
        "steps": Number(result.fast.config.steps, "d"),
        "seeds": Number(len(fast.final_losses), "d"),
        "overflowing": Number(sum(map(math.isinf, fast.final_losses)), "d"),
        "latest": Number(max(step or 0 for step in fast.diverged_at), "d"),
        "tiny_rate": Number(rows[SHARED[2]].row.learning_rate, ".0e"),
    }


def checks(result: Result) -> dict[str, Check]:
    fast, clipped = (next(row for row in result.rows if row.row.name == name) for name in (FAST, FAST_CLIPPED))
    chance = result.fast.chance_loss
    return {
        "overflows": Check(
            sentence=Text(
                zh=f"He 初始化的 {CONFIG.depth} 层 ReLU 网络，学习率取 1，半数以上的随机种子溢出（实测值是溢出的个数）",
                en=f"A ReLU network of {CONFIG.depth} layers with He initialization overflows at a learning rate of 1, "
                "from most seeds (measured: how many do)",
            ),
            measured=Number(sum(map(math.isinf, fast.final_losses)), "d"),
            relation=">",
            predicted=Number(len(fast.final_losses) / 2, "g"),
            because=NOT_FINITE,
            source="ΔW = −η ∂L/∂W",
        ),
        "trains": median_learns(
            clipped,
            chance,
            Text(
                zh="同样的网络、同样的学习率，按范数裁剪之后学会了，取居中的随机种子",
                en="The same networks at the same learning rate, clipped by the norm, learn, by the median seed",
            ),
            source="‖ΔW‖ ≤ ηm, Pascanu et al. 2013, arXiv:1211.5063",
        ),
    }
