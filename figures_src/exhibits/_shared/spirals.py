"""Shared by the exhibits of training: rows by name, words, and checks of a final loss."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from figures_src.exhibits._shared.labels import rough
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Localize, Text
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
STILL = 1e-6
"""Distance from the loss of guessing that no step has made."""
LOWEST_NEAR, HIGHEST_NEAR = 0.5, 1.0
NEAR_GUESSING = f"{LOWEST_NEAR:g}–{HIGHEST_NEAR:g}"

FARTHEST_SEED = Text(zh="取离预测值最远的随机种子", en="the seed that is farthest from the prediction")
SMALLEST_SEED = Text(zh="取损失最小的随机种子", en="the seed with the smallest loss")
COUNTED = Text(
    zh="损失低于随机猜测的五分之一的随机种子个数",
    en="how many seeds end below a fifth of the loss of guessing",
)
ABOVE = Text(zh="损失有限、高于所说界限的随机种子个数", en="how many seeds end above the bound, at a finite loss")
ALL_BUT_ONE = Text(
    zh="取损失第二大的随机种子，与随机猜测的损失的五分之一相比",
    en="the seed with the second largest loss, against a fifth of the loss of guessing",
)
MEDIAN_SEED = Text(zh="各随机种子的中位数", en="the median of the seeds")
NOT_FINITE = Text(zh="损失不是有限的数", en="the loss is no finite number")


class Trained(Protocol):
    """Networks that were trained in the same way from several seeds."""

    @property
    def median_final_loss(self) -> float:
        """Median of the final losses over the seeds."""


def find(result: spirals.Result, name: str) -> RowResult:
    """The row of that name."""
    return next(row for row in result.rows if row.row.name == name)


def shown_loss(value: float, text: Localize) -> str:
    """A final loss as tables show it."""
    return rough(value) if math.isfinite(value) else text(DIVERGED)


def shown_near_guessing(value: float, text: Localize) -> str:
    """A final loss of networks that have not learned, as tables show it.

    After a thousand steps about the loss of guessing, its digits are those of one processor: it is shown as a range,
    unless it has not moved.
    """
    is_near = LOWEST_NEAR <= value < HIGHEST_NEAR
    return NEAR_GUESSING if is_near and abs(value - math.log(2)) > STILL else shown_loss(value, text)


def stuck(result: spirals.Result, name: str, sentence: Text) -> Check:
    """Check that no seed of a row leaves the loss of guessing."""
    return stays_at_guessing(find(result, name).final_losses, result.chance_loss, sentence)


def stays_at_guessing(losses: Sequence[float], chance: float, sentence: Text) -> Check:
    """Check that no network leaves the loss of guessing, by its final loss."""
    farthest = max(losses, key=lambda loss: abs(loss - chance))
    return Check(
        sentence=sentence,
        measured=Number(farthest, ".6f"),
        relation="≈",
        predicted=Number(chance, ".6f"),
        tolerance=1e-3,
        because=FARTHEST_SEED,
        source=GUESSING,
    )


def learned(losses: Iterable[float], chance: float) -> int:
    """Number of final losses that are those of networks that have learned."""
    return sum(loss < LEARNED * chance for loss in losses)


def _counted(sentence: Text, count: int, losses: Sequence[float], because: Text, source: str = GUESSING) -> Check:
    """Check that as many networks as are counted are all of them."""
    return Check(
        sentence=sentence,
        measured=Number(count, "d"),
        relation="=",
        predicted=Number(len(losses), "d"),
        because=because,
        source=source,
    )


def learns(losses: Sequence[float], chance: float, sentence: Text, because: Text = COUNTED) -> Check:
    """Check that every network learns, by its final loss."""
    return _counted(sentence, learned(losses, chance), losses, because)


def not_all_learn(losses: Sequence[float], chance: float, sentence: Text) -> Check:
    """Check that some network does not learn, by its final loss."""
    return replace(learns(losses, chance, sentence), relation="<")


def median_learns(row: Trained, chance: float, sentence: Text, source: str = GUESSING) -> Check:
    """Check that the median seed of a training learns."""
    return Check(
        sentence=sentence,
        measured=Number(row.median_final_loss, ".2f"),
        relation="<",
        predicted=Number(LEARNED * chance, ".4f"),
        because=MEDIAN_SEED,
        source=source,
    )


def second_largest(losses: Sequence[float]) -> float:
    """The loss of the worst seed but one.

    A seed whose steps are at the longest that still train may be far up or down after the last step, as rounding has
    it: what holds for all seeds but one does not hang on that.
    """
    return sorted(losses)[-2]


def all_but_one_learn(losses: Sequence[float], chance: float, sentence: Text) -> Check:
    """Check that all seeds but one at most learn, by their final losses."""
    return Check(
        sentence=sentence,
        measured=Number(second_largest(losses), ".1f"),
        relation="<",
        predicted=Number(LEARNED * chance, ".4f"),
        because=ALL_BUT_ONE,
        source=GUESSING,
    )


def mostly_learns(result: spirals.Result, name: str, sentence: Text) -> Check:
    """Check that all seeds of a row but one at most learn."""
    return all_but_one_learn(find(result, name).final_losses, result.chance_loss, sentence)


def stays_above(losses: Sequence[float], bound: float, sentence: Text) -> Check:
    """Check that all of some final losses are above a bound, and finite."""
    # A seed that overflows makes the check false, not true.
    return _counted(sentence, sum(bound < loss < math.inf for loss in losses), losses, ABOVE)


def finite(losses: Sequence[float], pick: Callable[[Iterable[float]], float]) -> float:
    """The loss that ``pick`` takes; NaN, which bears out nothing, where any of them overflowed."""
    return pick(losses) if all(map(math.isfinite, losses)) else math.nan


def all_overflow(losses: Sequence[float], sentence: Text, source: str) -> Check:
    """Check that every seed overflows."""
    return _counted(sentence, sum(map(math.isinf, losses)), losses, NOT_FINITE, source)
