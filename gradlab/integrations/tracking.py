"""A recorded step as a flat dictionary of numbers, as W&B, MLflow and the loggers of Lightning take it."""

from __future__ import annotations

import re
from dataclasses import asdict

from gradlab.probing import Entry
from gradlab.probing.history import MEASURED

# MLflow allows these in a name: words, dashes, dots, colons, slashes and spaces.
_NOT_IN_NAMES = re.compile(r"[^\w\-.:/ ]")


def metrics(entry: Entry, prefix: str = "gradlab") -> dict[str, float]:
    """The numbers of a recorded step by name: ``gradlab/healthy``, 1 or 0, and such as ``gradlab/delta/layers.0``.

    Args:
        entry: what ``log=`` is given.
        prefix: of all names.

    Examples:
        >>> import torch
        >>> import gradlab
        >>> from gradlab.integrations import metrics
        >>> model = torch.nn.Linear(2, 1)
        >>> told = []
        >>> log = lambda entry: told.append(metrics(entry))
        >>> with gradlab.probe(model, log=log):
        ...     model(torch.ones(3, 2)).sum().backward()
        >>> sorted(told[0])
        ['gradlab/delta/Linear', 'gradlab/healthy', 'gradlab/rms/Linear']

    """
    numbers = {f"{prefix}/healthy": float(entry.verdict == "healthy")}
    for row in entry.rows:
        values = asdict(row)
        layer = _NOT_IN_NAMES.sub("", row.layer)
        numbers |= {f"{prefix}/{name}/{layer}": values[name] for name in MEASURED if values[name] is not None}
    return numbers
