"""Mutants of a copied project, each tried in a fork of one session of pytest.

`python -m tests.forks TASK ANSWER` runs in the copy, for `make mutants`. What takes long, to import and to collect, is
done once. One fork runs every test and notes which functions it reaches. Then each mutant has a fork of its own, in
which the tests that reach its function run until one fails, first those of its module and of them the shortest; where
none does, all others run as well: a function whose answer is kept for later, as by `functools.cache`, seems to be
reached by the first that asks alone. No fork finds in the store what another has kept there.
"""

import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import pytest
from _pytest import main as running

from figures_src.cache.store import FOLDER_VARIABLE

MADE = "made"
"""The fixture that makes all exhibits: it is set up once, before any mutant is tried."""
# A mutant is ended after so many times what the tests take, and a moment.
TIMES, MOMENT = 10, 60
DIED, SURVIVED, UNREACHED = "died", "survived", "not reached"


@dataclass(frozen=True)
class Task:
    """The mutants to try in a copy.

    Attributes:
        options: options of pytest, folders and files of tests.
        mutants: names of mutants, as `package.module.x_function__mutmut_7`.
        at_once: number of mutants that are tried side by side.

    """

    options: tuple[str, ...]
    mutants: tuple[str, ...]
    at_once: int = 2


@dataclass
class Reached:
    """The functions that tests reach: a plugin, while they run.

    Attributes:
        functions: names of tests by the functions that they reach.
        seconds: how long each test takes.
        failed: tests that fail without any mutant.

    """

    functions: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def note(self, function: str, caller: str | None = None) -> None:
        """Note that the test which runs reaches a function; what mutmut's trampolines call."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
        tests = self.functions.setdefault(function, [])
        if test and test not in tests[-1:]:
            tests.append(test)

    def by(self, mutant: str) -> list[str]:
        """The tests that reach a mutant's function: those of its module first, and of them the shortest."""
        function = function_of(mutant)
        own = f"/test_{function.rpartition('.')[0].rpartition('.')[2]}.py::"
        tests = set(self.functions.get(function, []))
        return sorted(tests, key=lambda test: (own not in test, self.seconds[test], test))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how long a test takes, and whether it fails."""
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed and report.nodeid not in self.failed:
            self.failed.append(report.nodeid)


def function_of(mutant: str) -> str:
    """The function that a mutant is one of, as trampolines name it."""
    return mutant.rpartition("__mutmut_")[0]


class Forks:
    """Tries the mutants of a task in place of the tests of a session."""

    def __init__(self, task: Task, answer: Path) -> None:
        self.task = task
        self.answer = answer
        self.states: dict[str, str] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Find what the tests reach, and try every mutant."""
        _prepare_once(session)
        reached = _reached(session, self.answer.with_suffix(".reached"))
        if reached.failed:
            raise pytest.UsageError("tests fail in the copy, before any change: " + ", ".join(reached.failed))
        waiting: dict[int, tuple[str, float]] = {}
        for mutant in self.task.mutants:
            first = reached.by(mutant)
            others = [test for test in reached.seconds if test not in first]
            while len(waiting) >= self.task.at_once:
                self._take(waiting)
            if not first:
                self.states[mutant] = UNREACHED
                continue
            limit = MOMENT + TIMES * sum(reached.seconds.values())
            process = _fork(partial(_tried, session, mutant, [*first, *others]), limit)
            waiting[process] = mutant, time.time() + 3 * limit
        while waiting:
            self._take(waiting)
        self.answer.write_text(json.dumps(self.states), encoding="utf-8")
        return True

    def _take(self, waiting: dict[int, tuple[str, float]]) -> None:
        """Note the state of a mutant that has ended, if any has; end those that are past their time."""
        process, status = os.waitpid(-1, os.WNOHANG)
        if process in waiting:
            mutant, _ = waiting.pop(process)
            self.states[mutant] = DIED if status else SURVIVED
            self.answer.write_text(json.dumps(self.states), encoding="utf-8")
            return
        for other, (_, end) in waiting.items():
            if time.time() > end:
                os.kill(other, signal.SIGKILL)
        time.sleep(0.02)


def _prepare_once(session: pytest.Session) -> None:
    """Have the exhibits made now, and never again in a fork."""
    if not any(MADE in getattr(item, "fixturenames", ()) for item in session.items):
        return
    for plugin in session.config.pluginmanager.get_plugins():
        if callable(prepare := getattr(plugin, "prepare", None)):
            prepared = prepare()
            plugin.prepare = lambda prepared=prepared: prepared


def _fork(run: Callable[[], int], limit: float) -> int:
    """The process id of a fork that runs a function, silently, and ends with what it gives."""
    sys.stdout.flush()
    if process := os.fork():
        return process
    code = 3
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 1))
        with tempfile.TemporaryDirectory() as scratch:
            tempfile.tempdir = os.environ["TMPDIR"] = scratch
            os.environ[FOLDER_VARIABLE] = str(Path(scratch) / "store")
            code = run()
    finally:
        os._exit(code)


def _under(mutant: str) -> None:
    """Let a mutant be at work, in this process and in those that it starts; there is none of an empty name."""
    from mutmut.mutation import trampoline

    trampoline.set_mutant_under_test(mutant)


def _reached(session: pytest.Session, answer: Path) -> Reached:
    """The functions that the tests of a session reach, found in a fork."""

    def run() -> int:
        from mutmut.mutation import trampoline

        reached = Reached()
        trampoline.record_trampoline_hit = reached.note
        session.config.pluginmanager.register(reached)
        _under("stats")
        # Programs that a test starts have nobody who notes anything.
        os.environ.pop("MUTANT_UNDER_TEST", None)
        _run(session)
        answer.write_text(json.dumps(asdict(reached)), encoding="utf-8")
        return 0

    os.waitpid(_fork(run, limit=3600), 0)
    return Reached(**json.loads(answer.read_text(encoding="utf-8")))


def _tried(session: pytest.Session, mutant: str, tests: Sequence[str]) -> int:
    """Whether any of these tests fails under a mutant, in a fork; 1 if so."""
    items = {item.nodeid: item for item in session.items}
    session.items = [items[test] for test in tests if test in items]
    session.config.option.maxfail = 1
    _under(mutant)
    return int(_run(session))


def _run(session: pytest.Session) -> bool:
    """Whether any test of a session fails."""
    try:
        running.pytest_runtestloop(session)
    except (session.Failed, session.Interrupted):
        return True
    return bool(session.testsfailed)


def main(arguments: Sequence[str]) -> int:
    """Do the task that one file holds, and write into another how each mutant ends."""
    asked, answer = map(Path, arguments)
    content = json.loads(asked.read_text(encoding="utf-8"))
    task = Task(tuple(content["options"]), tuple(content["mutants"]), content["at_once"])
    _under("")
    return int(pytest.main(["-q", "-p", "no:cacheprovider", *task.options], plugins=[Forks(task, answer)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
