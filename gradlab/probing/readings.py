"""Facts of a step beside its calls and parameters, from which causes are told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ThroughTime:
    """δ of a recurrent layer's input by time step.

    Attributes:
        name: qualified name of the module.
        kind: its class.
        deltas: ‖∂loss/∂x_t‖ over the whole batch for each time step t, by way of this layer alone.

    """

    name: str
    kind: str
    deltas: tuple[float, ...]


@dataclass(frozen=True)
class Readings:
    """Facts of a step beside its calls and parameters.

    Attributes:
        through_time: of each recurrent layer that was looked at in this step.

    """

    through_time: tuple[ThroughTime, ...] = ()
