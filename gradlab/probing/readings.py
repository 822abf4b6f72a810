"""Facts of a step beside its calls and parameters, from which causes are told."""

from __future__ import annotations

from dataclasses import dataclass

from gradlab.probing.lossgraph import LossReading
from gradlab.probing.recovered import OutputReading
from gradlab.probing.written import WrittenReading


@dataclass(frozen=True)
class Readings:
    """Facts of a step beside its calls and parameters; None where nothing could be taken.

    Attributes:
        loss: the loss of its first backward pass, and what lies between it and the outputs.
        outputs: what δ of the outputs under that loss tells of the targets.
        written: the same of losses that are written out, and the loss of a constant guess.

    """

    loss: LossReading | None = None
    outputs: tuple[OutputReading, ...] = ()
    written: tuple[WrittenReading, ...] = ()
