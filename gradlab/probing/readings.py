"""Facts of a step beside its calls and parameters, from which causes are told."""

from __future__ import annotations

from dataclasses import dataclass

from gradlab.probing.connection import ConnectionReading
from gradlab.probing.entering import InputReading
from gradlab.probing.lossgraph import LossReading
from gradlab.probing.origins import UndefinedReading
from gradlab.probing.recovered import OutputReading
from gradlab.probing.through_time import ThroughTime
from gradlab.probing.written import WrittenReading


@dataclass(frozen=True)
class Readings:
    """Facts of a step beside its calls and parameters; None where nothing could be taken.

    Attributes:
        loss: the loss of its first backward pass, and what lies between it and the outputs.
        outputs: what δ of the outputs under that loss tells of the targets.
        inputs: what the layers are given that take the data as they are; of the first steps only.
        written: the same of losses that are written out, and the loss of a constant guess.
        connection: what had trained the parameters by the end of the step.
        undefined: where values that are not finite were first seen.
        flat: name and number of each call before which an operation passes no gradient, and the operation.
        offered: names of calls whose outputs a module within the model returned among several, and the model did not.
        through_time: δ by time step of each recurrent layer that was looked at in this step.

    """

    loss: LossReading | None = None
    outputs: tuple[OutputReading, ...] = ()
    inputs: tuple[InputReading, ...] = ()
    written: tuple[WrittenReading, ...] = ()
    connection: ConnectionReading | None = None
    undefined: UndefinedReading | None = None
    flat: tuple[tuple[str, str], ...] = ()
    offered: frozenset[str] = frozenset()
    through_time: tuple[ThroughTime, ...] = ()
