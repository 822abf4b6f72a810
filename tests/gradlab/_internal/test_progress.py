"""The progress bar: in a terminal, after a second, and gone at the end."""

import io
from collections.abc import Callable
from contextlib import redirect_stderr, suppress

import pytest

from gradlab._internal import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("tqdm.std.time", lambda: now[0])
    return now


def _loop(seconds: list[float], length: int, step: float, until: int | None = None) -> None:
    for item in progress.track(range(length), "sigma_map"):
        seconds[0] += step
        if item == until:
            raise KeyError


def _written(loop: Callable[[], None], stream: io.StringIO) -> str:
    with redirect_stderr(stream), suppress(KeyError):
        loop()
    return stream.getvalue()


def _erased(written: str) -> bool:
    *_, last, after = written.split("\r")
    return not last.strip() and not after


def test_the_items_are_those_of_the_loop() -> None:
    assert list(progress.track(("a", "b"), "sigma_map")) == ["a", "b"]


def test_a_slow_loop_shows_a_bar_and_erases_it(seconds: list[float]) -> None:
    written = _written(lambda: _loop(seconds, 4, 0.4), Terminal())
    assert "sigma_map: " in written
    assert " 3/4 " in written
    # Nothing before a second has passed.
    assert " 2/4 " not in written
    assert _erased(written)


def test_a_fast_loop_shows_nothing(seconds: list[float]) -> None:
    assert _written(lambda: _loop(seconds, 4, 0.2), Terminal()) == ""


def test_a_loop_that_is_left_early_erases_its_bar(seconds: list[float]) -> None:
    written = _written(lambda: _loop(seconds, 9, 2.0, until=1), Terminal())
    assert " 1/9 " in written
    assert _erased(written)


def test_nothing_is_written_where_there_is_no_terminal(seconds: list[float]) -> None:
    assert _written(lambda: _loop(seconds, 3, 2.0), io.StringIO()) == ""
