"""The probe as a callback of transformers: ``Trainer(..., callbacks=[ProbeCallback()])``."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback

from gradlab.integrations.session import Session
from gradlab.probing import Log, Record


class ProbeCallback(TrainerCallback):
    """Watches the model from the first training step to the last.

    Of a training that an exception ends nobody tells it: call :meth:`close` then, or train again.

    Args:
        every: record one in this many steps of the optimizer.
        log: as that of :func:`gradlab.probe`.

    """

    def __init__(self, *, every: int = 100, log: Log = None) -> None:
        self._session = Session(every, log)

    @property
    def record(self) -> Record:
        """The record of the training; ``callback.record.report()`` is the report.

        Raises:
            ProbeError: no training has begun.

        """
        return self._session.record

    def close(self) -> None:
        """End, and remove every hook; after a training that came to its end there is nothing to do."""
        self._session.end()

    def on_train_begin(
        self,
        args: Any,  # noqa: ARG002 - the signature of transformers
        state: Any,  # noqa: ARG002
        control: Any,  # noqa: ARG002
        *,
        model: Any = None,
        optimizer: Any = None,
        **_: Any,
    ) -> None:
        """Begin."""
        self._session.begin(model, optimizer, getattr(optimizer, "scaler", None))

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """End."""
        self._session.end()
