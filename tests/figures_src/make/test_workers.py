"""Workers: what a process prints, leaves behind or dies of, without an exhibit and without PyTorch."""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.context import BaseContext

import pytest

from figures_src.make import children, limits, workers
from figures_src.model import exhibit
from figures_src.model.failures import BuildFailedError, Failure

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks")


@pytest.fixture(autouse=True)
def _forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_context", lambda _: multiprocessing.get_context("fork"))
    monkeypatch.setattr(exhibit, "where", lambda name: f"exhibit {name}")
    # A test's process has threads of its own.
    monkeypatch.setattr(os, "killpg", lambda *_: None)


def _answers(name: str) -> Failure | None:
    print("50%", end="", flush=True)  # noqa: T201 - on purpose
    return Failure(name, "wrong") if name == "second" else None


def test_answers_are_told_from_what_is_printed_and_come_in_order() -> None:
    assert workers.make(["first", "second"], 2, _answers) == [Failure("second", "wrong")]


def test_only_many_wait_for_what_not_every_one_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    preloaded: list[Sequence[str]] = []

    def context(modules: Sequence[str]) -> BaseContext:
        preloaded.append(modules)
        return multiprocessing.get_context("fork")

    monkeypatch.setattr(workers, "_context", context)
    workers.make(["one"], 1, _answers)
    workers.make([f"number {number}" for number in range(workers.MANY)], 2, _answers)
    assert preloaded == [workers.PRELOADED, [*workers.PRELOADED, *workers.FOR_MANY]]


def _dies(name: str) -> Failure | None:
    if name == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "left":
        os._exit(3)
    return None


def test_a_process_that_dies_is_named_with_how_and_the_others_are_made() -> None:
    killed, left = workers.make(["killed", "well", "left"], 2, _dies)
    assert str(killed).startswith("exhibit killed: its process ended before it was done")
    assert "ended by SIGKILL, perhaps for want of memory" in killed.what
    assert "exit code 3" in left.what


def _endless(name: str) -> Failure | None:
    while True:
        time.sleep(1)


def test_what_never_ends_is_named_while_it_is_made_and_ended_at_its_limit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(limits.EXHIBIT_VARIABLE, "1")
    monkeypatch.setattr(children, "STILL_SECONDS", 0.5)
    monkeypatch.setattr(workers, "LOOK_SECONDS", 0.2)
    (failure,) = workers.make(["slow"], 1, _endless)
    assert str(failure) == (
        "exhibit slow: took longer than 1 s, and was ended; GRADIENT_LAB_EXHIBIT_SECONDS=0 sets no limit"
    )
    assert "still making: exhibit slow (1 s)" in capsys.readouterr().err


@pytest.mark.parametrize("limit", [limits.exhibit_seconds, limits.cell_seconds])
def test_a_limit_that_is_none_is_refused(limit: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (limits.EXHIBIT_VARIABLE, limits.CELL_VARIABLE):
        monkeypatch.setenv(variable, "long")
    with pytest.raises(BuildFailedError, match="found 'long', allowed: seconds, or 0 for no limit"):
        limit()
