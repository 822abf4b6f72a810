"""Facts of a step beside its calls and parameters, from which causes are told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Readings:
    """Facts of a step beside its calls and parameters; None where nothing could be taken."""
