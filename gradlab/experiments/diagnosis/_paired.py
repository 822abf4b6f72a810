"""Treated networks beside sound ones, pair by pair: how many pairs settle whether a treatment is as good.

A single draw of a treated network tells little, for the seed alone changes how fast a network learns. Held against the
highest of 20 sound ones it fails once in 21 even if nothing at all is wrong with it, and where it is worse four times
in five it passes three times in four. So both are drawn again and again, independently, and compared in pairs, until
Wald's sequential test (1945, doi 10.1214/aoms/1177731118) settles it: between a network that ends worse than its twin
in one pair of two, and one that ends worse in four of five. Only which of two losses is higher counts, whatever their
distribution, and a difference that is small beside that which the seed makes does not.

The ratio of likelihoods rises by 4/5 : 1/2 with a pair in which the treated network is worse, and falls by 1/2 : 1/5
with one in which it is not. Its logarithms are almost as 1 to -2, and these whole numbers are counted. At -4, two pairs
won in a row, the treated network trains as well; at 14 it does not. Networks that are alike are told apart once in 900
times, seldom enough for a hundred of them; of those that are worse in four of five pairs 85 % are found, in nine of ten
98 % (`told_worse` has the exact chances).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from gradlab.treatment.patient import SETTLED, Course

LOST, WON = 1, -2
"""Steps of the count: a pair in which the treated network ends worse, and one in which it does not."""
AS_WELL, WORSE = -4, 14
"""Counts at which it is settled that the treated network trains as well as its twin, or worse."""
APART = 1000
"""Distance between the seeds of the treated networks and those of their twins, so that none shares its weights."""


@dataclass(frozen=True)
class Ended:
    """A training at its end.

    Attributes:
        last: the loss after it, or the score that is lacking.
        first: the same before it.

    """

    last: float
    first: float

    @classmethod
    def of(cls, course: Course, factor: float = 1.0) -> Ended:
        """The ends of a short training, without a factor on its loss."""
        return cls(course.last / factor, course.first / factor)


@dataclass(frozen=True)
class Pairs:
    """The pairs of a treatment, as many as were needed.

    Attributes:
        treated: trainings of the treated networks, one for each pair.
        twins: the same of the sound ones.

    """

    treated: tuple[Ended, ...] = ()
    twins: tuple[Ended, ...] = ()

    @property
    def worse(self) -> int:
        """The number of pairs in which the treated network ends higher, or at nothing finite."""
        return sum(_is_worse(one, other) for one, other in zip(self.treated, self.twins, strict=True))

    @property
    def as_well(self) -> bool:
        """Whether it is settled that the treated network trains as well as its twin."""
        return settled(len(self.treated), self.worse) is True


def _is_worse(treated: Ended, twin: Ended) -> bool:
    """Whether a training ends higher than another, and has not come down to where losses are as good as 0."""
    as_good = SETTLED * min(treated.first, twin.first)
    return not (math.isfinite(treated.last) and (treated.last <= twin.last or treated.last <= as_good))


def settled(pairs: int, worse: int) -> bool | None:
    """Whether a treated network trains as well as its twin; None where so many pairs do not settle it."""
    count = LOST * worse + WON * (pairs - worse)
    if count <= AS_WELL:
        return True
    return False if count >= WORSE else None


def compared(treated: Callable[[int], Ended], twin: Callable[[int], Ended], most: int) -> Pairs:
    """Draw pairs until it is settled, or so many.

    Args:
        treated: the training of a treated network, drawn by a number.
        twin: the same of a sound one.
        most: pairs; what they do not settle is not said to train as well.

    """
    pairs = Pairs()
    while len(pairs.treated) < most and settled(len(pairs.treated), pairs.worse) is None:
        number = len(pairs.treated)
        pairs = Pairs((*pairs.treated, treated(number)), (*pairs.twins, twin(number)))
    return pairs


def told_worse(share: float, most: int) -> float:
    """The chance that a treatment is not told to be as good, if it ends worse in a share of all pairs."""
    counts, as_well = {0: 1.0}, 0.0
    for _ in range(most):
        moved: dict[int, float] = {}
        for count, chance in counts.items():
            for step, part in ((LOST, share), (WON, 1 - share)):
                moved[count + step] = moved.get(count + step, 0.0) + chance * part
        as_well += sum(chance for count, chance in moved.items() if count <= AS_WELL)
        counts = {count: chance for count, chance in moved.items() if AS_WELL < count < WORSE}
    return 1 - as_well
