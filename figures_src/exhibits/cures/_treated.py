"""Settings of the recorded treatments, and the parts of one that a record keeps."""

from __future__ import annotations

from dataclasses import dataclass

from gradlab.experiments.diagnosis import cures


@dataclass(frozen=True)
class Config:
    """Settings of the treatments.

    Attributes:
        steps: training steps before and after.
        pairs: of treated networks and their sound twins, at most.

    """

    steps: int = 20
    pairs: int = 100

    @property
    def treated(self) -> cures.Config:
        """The configuration of the experiment on the whole bank."""
        return cures.Config(largest=None, steps=self.steps, pairs=self.pairs)


@dataclass(frozen=True)
class Kept:
    """A network beside its sound twin, treated.

    Attributes:
        name: of the network.
        made_by: the library that it is of, ``"own"`` where it is written here the way users write it, or the bank.
        verdict: before.
        ill: whether anything was found before that hinders training.
        remedies: the best remedy, or several one upon the other; none where none applies by itself.
        left: named causes that only the person can mend.
        sound: whether nothing is found any more that hinders training.
        loss: of networks so treated after their training, or the score that they lack, the median; None where they were
            not compared, or it is not finite.
        twin: the same of its sound twins.
        pairs: of one and the other, as many as settle which is worse.
        worse: those in which the treated network ends higher.

    """

    name: str
    made_by: str
    verdict: str
    ill: bool
    remedies: tuple[str, ...]
    left: tuple[str, ...]
    sound: bool
    loss: float | None
    twin: float | None
    pairs: int = 0
    worse: int = 0

    @property
    def waits(self) -> bool:
        """Whether one step does not tell, because a read-out of zeros lets no gradient through before it has moved."""
        return self.ill and self.verdict == "inconclusive" and not self.remedies and not self.left

    @property
    def has_remedy(self) -> bool:
        """Whether a remedy applies by itself to an ill network, and no named cause is left to its owner."""
        return self.ill and bool(self.remedies) and not self.left

    @property
    def is_partly_left(self) -> bool:
        """Whether remedies apply by themselves, and not the rate alone, but a named cause is left to its owner."""
        return self.ill and bool(self.left) and not {*self.remedies} <= {"rate"}

    @property
    def cured(self) -> bool:
        """Whether it is sound, and trains at least as well as its twin."""
        return self.has_remedy and self.sound and cures.as_well(self.pairs, self.worse)
