"""The signals that end a program, told to it as an interruption from the keyboard is: by an exception."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
CLEARING_SECONDS = 5.0
"""Seconds for which further signals are passed over, so that what clears up is not interrupted in turn."""


class EndedError(KeyboardInterrupt):
    """A signal asked the program to end."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__("interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}")


def exit_code(interruption: BaseException | None) -> int:
    """The exit code of a program that an interruption ended: 128 and the signal's number, as shells have it."""
    return 128 + (interruption.number if isinstance(interruption, EndedError) else int(signal.SIGINT))


@contextmanager
def heeded() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise `EndedError` in here, as SIGINT does; what the program was told to ignore stays so.

    For the main thread of a program, around all that it does; only there signals are heard, so elsewhere this does
    nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    last = -CLEARING_SECONDS

    def end(number: int, _: FrameType | None) -> None:
        nonlocal last
        if time.monotonic() - last >= CLEARING_SECONDS:
            last = time.monotonic()
            raise EndedError(number)

    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = [signal.signal(number, end) for number in heard]
    try:
        yield
    finally:
        for number, handler in zip(heard, before, strict=True):
            signal.signal(number, handler)
