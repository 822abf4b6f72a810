"""The signals that end a build stay its own while a notebook runs, and afterwards."""

from typing import NoReturn

from jupyter_core.utils import ensure_event_loop


def keep_signals() -> None:
    """Have the notebook's client leave the signals alone, on this thread and from now on.

    It would hear SIGINT and SIGTERM in the build's place, and once the notebook has run it leaves them to nobody: the
    next one would end the build in the middle of whatever it writes. Where its loop of events hears none, it does
    without.
    """
    vars(ensure_event_loop()).update(add_signal_handler=_refuse, remove_signal_handler=_refuse)


def _refuse(*_: object) -> NoReturn:
    raise RuntimeError("the build hears the signals itself")
