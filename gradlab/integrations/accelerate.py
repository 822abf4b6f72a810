"""The probe for what accelerate has prepared: ``with probe(accelerator, model, optimizer) as record:``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from gradlab import probing
from gradlab.integrations.tracking import metrics
from gradlab.probing import Entry, Log, Record
from gradlab.probing.log import targets

if TYPE_CHECKING:
    from accelerate import Accelerator


def probe(
    accelerator: Accelerator,
    model: nn.Module,
    optimizer: torch.optim.Optimizer | None = None,
    *,
    every: int = 100,
    log: Log = None,
) -> Record:
    """Watch a prepared model for the duration of a with-block, and tell the accelerator's trackers.

    Args:
        accelerator: whose scaler of mixed precision and whose trackers are taken.
        model: as ``accelerator.prepare`` has returned it.
        optimizer: as it has returned that; with it, passes whose gradients are accumulated are one step.
        every: record one in this many steps.
        log: as that of :func:`gradlab.probe`.

    Raises:
        ProbeError: as :func:`gradlab.probe`.

    """

    def tell(entry: Entry) -> None:
        accelerator.log(dict(metrics(entry)), step=entry.number)

    tracked = [tell] if accelerator.trackers else []
    scale = accelerator.scaler or 1.0
    return probing.probe(model, optimizer=optimizer, every=every, grad_scale=scale, log=[*targets(log), *tracked])
