"""Facts of a step beside its calls and parameters, from which causes are told."""

from __future__ import annotations

from dataclasses import dataclass

from gradlab.probing.connection import ConnectionReading
from gradlab.probing.origins import UndefinedReading


@dataclass(frozen=True)
class Readings:
    """Facts of a step beside its calls and parameters; None where nothing could be taken.

    Attributes:
        connection: what had trained the parameters by the end of the step.
        undefined: where values that are not finite were first seen.

    """

    connection: ConnectionReading | None = None
    undefined: UndefinedReading | None = None
