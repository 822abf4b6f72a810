"""Counts of networks that succeed, in what every kind of processor gives: one at the border falls to either side."""

from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Text

TO_MAJORITY = Text(zh="{counted}，数到过半为止", en="{counted}, up to more than half of them")
FROM_QUARTER = Text(zh="{counted}，不到四分之一的按四分之一计", en="{counted}, from a quarter of them on")
_PARTS = 4


def majority(count: int, everyone: int) -> Number:
    """A count that stops as soon as it is more than half."""
    return Number(min(count, everyone // 2 + 1), "d")


def most(count: int, everyone: int, counted: Text, sentence: Text, source: str | Text) -> Check:
    """Check that more than half of the networks do what is counted."""
    return Check(
        sentence=sentence,
        measured=majority(count, everyone),
        relation=">",
        predicted=Number(everyone / 2, "g"),
        because=Text(zh=TO_MAJORITY.zh.format(counted=counted.zh), en=TO_MAJORITY.en.format(counted=counted.en)),
        source=source,
    )


def fewer(count: int, everyone: int, counted: Text, sentence: Text, source: str | Text) -> Check:
    """Check that fewer than half of the networks do what is counted; the count begins at a quarter."""
    return Check(
        sentence=sentence,
        measured=Number(max(count, everyone // _PARTS), "d"),
        relation="<",
        predicted=Number(everyone / 2, "g"),
        because=Text(zh=FROM_QUARTER.zh.format(counted=counted.zh), en=FROM_QUARTER.en.format(counted=counted.en)),
        source=source,
    )


def half(count: int, everyone: int) -> str:
    """A count for a table, as at most half or more."""
    return f"{'>' if count > everyone / 2 else '≤'}\N{NO-BREAK SPACE}{everyone // 2}"


def nearly_all(count: int, everyone: int) -> str:
    """A count for a table, as one of two ranges: nearly all or fewer."""
    least = everyone - everyone // _PARTS
    return f"{least}–{everyone}" if count >= least else f"0–{least - 1}"


def roughly(count: int, everyone: int) -> str:
    """A count for a table, as one of three ranges: few, some, nearly all."""
    few = everyone // _PARTS
    if count <= few:
        return f"0–{few}"
    if count >= everyone - few:
        return f"{everyone - few}–{everyone}"
    return f"{few + 1}–{everyone - few - 1}"
