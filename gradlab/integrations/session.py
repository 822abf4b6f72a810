"""A with-block that a callback begins and ends."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from gradlab.probing import Log, ProbeError, Record, Scaler, probe
from gradlab.probing.log import Target, targets


class Session:
    """The probe from the beginning of a training to its end, once or several times."""

    def __init__(self, every: int, log: Log) -> None:
        self.every = every
        self.targets = targets(log)
        self._record: Record | None = None
        self._is_open = False

    def begin(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer | None,
        scale: float | Scaler | None,
        trackers: Iterable[Target] = (),
    ) -> None:
        """Begin to watch; what an earlier training left open is ended first."""
        self.end()
        log = [*self.targets, *trackers]
        record = probe(model, optimizer=optimizer, every=self.every, grad_scale=scale or 1.0, log=log)
        record.__enter__()
        self._record, self._is_open = record, True

    def end(self) -> None:
        """Remove every hook; what was recorded stays."""
        if self._record is not None and self._is_open:
            self._is_open = False
            self._record.__exit__(None, None, None)

    @property
    def record(self) -> Record:
        """The record of the last training.

        Raises:
            ProbeError: no training has begun.

        """
        if self._record is None:
            raise ProbeError("record: nothing was recorded; give the callback to the trainer, and train")
        return self._record
