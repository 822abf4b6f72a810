"""Processes of the build: each ends with the one that started it, with all that it started itself.

A process is waited for itself, never the end of a pipe that what it left behind may hold open. Its answer has a file
of its own, so that nothing that is printed in it is taken for the answer. In the other direction there is a pipe that
nobody writes to: its end tells a process that the one that started it is gone, however that died.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from figures_src.make.scratch import scratch, temporary
from figures_src.model.failures import ROOT

CHILD = "figures_src.make.child"
# Between lines that say what is not done yet.
STILL_SECONDS = 30.0
# For clearing up, before a process is ended without being asked.
GRACE_SECONDS = 5.0
_answers: list[int] = []


@dataclass(frozen=True)
class Done:
    """A process that has ended.

    Attributes:
        code: its exit code; that of a signal is negative.
        answer: what it answered.
        said: what it printed, where that was not to be seen at once.

    """

    code: int
    answer: str
    said: str

    @property
    def ending(self) -> str:
        """Its end in words, for a message."""
        return ending(self.code)


def ending(code: int) -> str:
    """A process's end in words, from its exit code, for a message."""
    if code >= 0:
        return f"exit code {code}"
    guess = ", perhaps for want of memory" if code == -signal.SIGKILL else ""
    return f"ended by {signal.Signals(-code).name}{guess}"


@dataclass(frozen=True)
class Program:
    """One of Python's modules, to be run as a program.

    Attributes:
        module: its name.
        arguments: its arguments.
        environment: its environment; that of this process where none is given.
        is_quiet: whether what it prints is kept for the caller, and else seen at once, on standard error.
        umask: of the files that it writes; that of this process where it is negative.
        doing: says what it is at, for a line from time to time, given the folder of its temporary files.

    """

    module: str
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] | None = None
    is_quiet: bool = False
    umask: int = -1
    doing: Callable[[Path], str] | None = None


class Child:
    """A program that runs; leaving the context ends it, and all that it left behind."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._began = time.monotonic()
        self._held = ExitStack()

    def __enter__(self) -> "Child":
        program, held = self._program, self._held
        with held:
            self._folder = held.enter_context(scratch())
            self._answer = held.enter_context(tempfile.TemporaryFile())
            self._said = held.enter_context(tempfile.TemporaryFile())
            theirs, ours = os.pipe()
            held.callback(os.close, ours)
            command = [sys.executable, "-m", CHILD, str(theirs), str(self._answer.fileno()), program.module]
            try:
                self._process = subprocess.Popen(  # noqa: S603
                    [*command, *program.arguments],
                    cwd=ROOT,
                    env=_in_utf8({**(program.environment or os.environ), **temporary(self._folder)}),
                    stdin=subprocess.DEVNULL,
                    stdout=self._said if program.is_quiet else _standard_error(),
                    stderr=self._said if program.is_quiet else None,
                    pass_fds=(theirs, self._answer.fileno()),
                    start_new_session=True,
                    umask=program.umask,
                )
            finally:
                os.close(theirs)
            held.callback(_end, self._process)
            self._held = held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def wait(self) -> Done:
        """Wait until it has ended."""
        doing = self._program.doing
        while True:
            try:
                code = self._process.wait(STILL_SECONDS if doing else None)
            except subprocess.TimeoutExpired:
                if doing and (what := doing(self._folder)):
                    say_still(f"{what} ({time.monotonic() - self._began:.0f} s)")
            else:
                return Done(code, _content(self._answer), _content(self._said))


def run(program: Program) -> Done:
    """Run a program until it has ended. An exception here, such as an interruption, ends it first."""
    with Child(program) as child:
        return child.wait()


def _in_utf8(environment: Mapping[str, str]) -> dict[str, bytes]:
    """An environment whose texts, such as a site's name, a child of any locale reads as they were meant."""
    texts = {**environment, "PYTHONUTF8": "1"}
    return {name: text.encode("utf-8", "surrogateescape") for name, text in texts.items()}


def _standard_error() -> int | None:
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):  # closed, or a test's
        return None


def _content(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def say_still(what: str) -> None:
    """Say in a line what is not done yet."""
    print(f"still making: {what}", file=sys.stderr, flush=True)  # noqa: T201 - for who waits


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process, where it has not ended, and all that is left below it or of its group."""
    below = _descendants(process.pid)
    if process.poll() is None:
        _signal_group(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
    _signal_group(process.pid, signal.SIGKILL)
    for number in below:
        with suppress(OSError):
            os.kill(number, signal.SIGKILL)
    process.wait()


def _signal_group(number: int, sent: signal.Signals) -> None:
    with suppress(OSError):  # nobody is left, or only what cannot be ended any more
        os.killpg(number, sent)


def _descendants(process: int) -> list[int]:
    """The processes below one, on systems that list them as files."""
    children: dict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # After the name in parentheses, which may hold anything: the state and the parent.
            parent = int(stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
            children[parent].append(int(stat.parent.name))
    found, waiting = [], [process]
    while waiting:
        below = children[waiting.pop()]
        found += below
        waiting += below
    return found


def attach(lifeline: int, answer: int) -> None:
    """End this process and all that it started with the one that started it; called once, in the new process."""
    for descriptor in (lifeline, answer):
        os.set_inheritable(descriptor, False)
    _answers.append(answer)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()


def _end_with(lifeline: int) -> None:
    os.read(lifeline, 1)
    for number in _descendants(os.getpid()):
        with suppress(OSError):
            os.kill(number, signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)


def answer(text: str) -> None:
    """Answer the process that started this one; where none did, on standard output."""
    if _answers:
        with os.fdopen(_answers.pop(), "wb") as file:
            file.write(text.encode())
    else:
        print(text)  # noqa: T201 - for who runs a module by hand
