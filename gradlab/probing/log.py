"""Logs of a record, written step by step: a CSV file, a TensorBoard writer, or any callable."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from gradlab._internal.exporting import as_csv
from gradlab.probing.history import COLUMNS, MEASURED, Entry
from gradlab.probing.step import ProbeError


@runtime_checkable
class Writer(Protocol):
    """A writer of numbers by name and step, such as ``torch.utils.tensorboard.SummaryWriter``."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> object:
        """Take a number."""


Target: TypeAlias = str | os.PathLike[str] | Writer | Callable[[Entry], object]
Log: TypeAlias = Target | Sequence[Target] | None
"""Targets of a log: the name of a CSV file, a TensorBoard writer, a callable such as ``print``, or several of these."""
Sink: TypeAlias = Callable[[Entry], object]


def targets(log: object) -> tuple[Target, ...]:
    """The checked targets of a log; one that cannot work raises the error that says how to fix it."""
    if log is None:
        return ()
    several = log if isinstance(log, list | tuple) else (log,)
    for target in several:
        if isinstance(target, str | os.PathLike):
            folder = Path(target).absolute().parent
            if not folder.is_dir():
                raise ProbeError(f"log: the folder {folder} does not exist; make it first")
            if Path(target).is_dir():
                raise ProbeError(f"log: {target} is a folder, allowed: the name of a CSV file in it")
        elif not (callable(target) or isinstance(target, Writer)):
            raise ProbeError(
                f"log: found {type(target).__name__}, allowed: the name of a CSV file, a TensorBoard writer, "
                "a callable such as print, or a list of these"
            )
    return tuple(several)


def opened(target: Target, block: ExitStack) -> Sink:
    """The callable that takes the entries of one block."""
    if isinstance(target, str | os.PathLike):
        # Unbuffered: a step is one write, so that nothing is half-written when the process dies between two.
        file = Path(target).open("wb", buffering=0)  # noqa: SIM115 - open as long as the block
        block.callback(file.close)
        file.write(as_csv((), COLUMNS).encode())
        return lambda entry: file.write(as_csv(map(astuple, entry.rows)).encode())
    if isinstance(target, Writer):
        return lambda entry: _write(target, entry)
    return target


def _write(writer: Writer, entry: Entry) -> None:
    for row in entry.rows:
        values = asdict(row)
        for name in MEASURED:
            if values[name] is not None:
                writer.add_scalar(f"{name}/{row.layer}", values[name], row.step)
    flush = getattr(writer, "flush", None)
    if flush is not None:
        flush()
