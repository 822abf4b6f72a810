"""Shared by the exhibits of training: rows by name, words, and checks of a final loss."""

import math
from collections.abc import Callable, Iterable, Sequence

from figures_src.exhibits._shared.labels import magnitude
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Text
from gradlab.experiments.training import spirals
from gradlab.experiments.training.spirals import RowResult

CONFIG = spirals.Config()
SETTINGS = {row.name: row for row in CONFIG.rows}
"""The experiment's rows by name."""

DIVERGED = Text(zh="溢出", en="overflow")
GUESSING_LINE = Text(zh="随机猜测", en="guessing")
GUESSING = "ln 2"
LEARNED = 1 / 5
"""A network has learned where its loss is below this share of that of guessing."""

FARTHEST_SEED = Text(zh="取离预测值最远的随机种子", en="the seed that is farthest from the prediction")
SMALLEST_SEED = Text(zh="取损失最小的随机种子", en="the seed with the smallest loss")
LEARNS = Text(
    zh="取损失最大的随机种子，与随机猜测的损失的五分之一相比",
    en="the seed with the largest loss, against a fifth of the loss of guessing",
)
NOT_FINITE = Text(zh="损失不是有限的数", en="the loss is no finite number")


def find(result: spirals.Result, name: str) -> RowResult:
    """The row of that name."""
    return next(row for row in result.rows if row.row.name == name)


def stuck(result: spirals.Result, name: str, sentence: Text) -> Check:
    """Check that no seed of a row leaves the loss of guessing."""
    chance = result.chance_loss
    farthest = max(find(result, name).final_losses, key=lambda loss: abs(loss - chance))
    return Check(
        sentence=sentence,
        measured=Number(farthest, ".6f"),
        relation="≈",
        predicted=Number(chance, ".6f"),
        tolerance=1e-3,
        because=FARTHEST_SEED,
        source=GUESSING,
    )


def learns(result: spirals.Result, name: str, sentence: Text, shown: Callable[[float], Number] = magnitude) -> Check:
    """Check that every seed of a row learns."""
    return Check(
        sentence=sentence,
        measured=shown(max(find(result, name).final_losses)),
        relation="<",
        predicted=Number(LEARNED * result.chance_loss, ".4f"),
        because=LEARNS,
        source=GUESSING,
    )


def stays_above(losses: Sequence[float], bound: float, sentence: Text, because: Text = SMALLEST_SEED) -> Check:
    """Check that the smallest of some final losses, all of them finite, is above a bound."""
    return Check(
        sentence=sentence,
        # A seed that overflows makes the check false, not true.
        measured=magnitude(finite(losses, min)),
        relation=">",
        predicted=Number(bound, ".4f"),
        because=because,
        source=GUESSING,
    )


def finite(losses: Sequence[float], pick: Callable[[Iterable[float]], float]) -> float:
    """The loss that ``pick`` takes; NaN, which bears out nothing, where any of them overflowed."""
    return pick(losses) if all(map(math.isfinite, losses)) else math.nan


def all_overflow(losses: Sequence[float], sentence: Text, source: str) -> Check:
    """Check that every seed overflows."""
    return Check(
        sentence=sentence,
        measured=Number(sum(map(math.isinf, losses)), "d"),
        relation="=",
        predicted=Number(len(losses), "d"),
        because=NOT_FINITE,
        source=source,
    )
