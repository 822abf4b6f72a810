"""The probe as a callback of Lightning: ``Trainer(callbacks=[ProbeCallback()])``."""

from __future__ import annotations

from functools import partial
from typing import Any

from lightning.pytorch import Callback

from gradlab.integrations.session import Session
from gradlab.integrations.tracking import metrics
from gradlab.probing import Log, Record


class ProbeCallback(Callback):
    """Watches the module from the first training batch to the last, and tells the trainer's loggers.

    Updates are measured where the module has one optimizer. The check before training is not recorded.

    Args:
        every: record one in this many steps of the optimizer.
        log: as that of :func:`gradlab.probe`.
        loggers: whether the trainer's loggers are told, as :func:`gradlab.integrations.metrics` has it.

    """

    def __init__(self, *, every: int = 100, log: Log = None, loggers: bool = True) -> None:
        self._session = Session(every, log)
        self._loggers = loggers

    @property
    def record(self) -> Record:
        """The record of the training; ``callback.record.report()`` is the report.

        Raises:
            ProbeError: no training has begun.

        """
        return self._session.record

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin."""
        (optimizer,) = trainer.optimizers if len(trainer.optimizers) == 1 else (None,)
        scaler = getattr(trainer.precision_plugin, "scaler", None)
        loggers = trainer.loggers if self._loggers else ()
        self._session.begin(pl_module, optimizer, scaler, [partial(_tell, one) for one in loggers])

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002 - Lightning's signature
        """End."""
        self._session.end()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:  # noqa: ARG002 - the same
        """End, whatever stopped the training."""
        self._session.end()


def _tell(logger: Any, entry: Any) -> None:
    logger.log_metrics(metrics(entry), step=entry.number)
