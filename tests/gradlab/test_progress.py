"""The progress bar: in a terminal, after a second, and gone at the end."""

import io
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from gradlab import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    stream = Terminal()
    monkeypatch.setattr("gradlab.progress.sys", SimpleNamespace(stderr=stream))
    return stream


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    now = [0.0]
    monkeypatch.setattr("gradlab.progress.time", SimpleNamespace(monotonic=lambda: now[0]))
    yield now


def test_a_slow_loop_shows_a_bar_and_erases_it(terminal: Terminal, seconds: list[float]) -> None:
    items = []
    for item in progress.track(range(4), "sigma_map"):
        items.append(item)
        seconds[0] += 0.4
    assert items == [0, 1, 2, 3]
    filled = "#" * 30 + "." * 10
    assert terminal.getvalue() == f"\r\x1b[Ksigma_map [{filled}] 3/4\r\x1b[Ksigma_map [{'#' * 40}] 4/4\r\x1b[K"


def test_a_fast_loop_shows_nothing(terminal: Terminal, seconds: list[float]) -> None:
    assert list(progress.track(("a", "b"), "sigma_map")) == ["a", "b"]
    assert terminal.getvalue() == ""


def test_a_loop_that_is_left_early_erases_its_bar(terminal: Terminal, seconds: list[float]) -> None:
    with pytest.raises(KeyError):
        _fail(seconds)
    assert terminal.getvalue().endswith("1/9\r\x1b[K")


def _fail(seconds: list[float]) -> None:
    for item in progress.track(range(9), "sigma_map"):
        seconds[0] += 2
        if item == 1:
            raise KeyError


@pytest.mark.parametrize(("columns", "shown"), [(24, "sigma_map [##.....] 1/3"), (12, "sigma_map 1"), (4, "sig")])
def test_a_narrow_terminal_gets_a_shorter_bar(columns: int, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    bar = progress._bar(1, 3, "sigma_map")
    assert bar == shown
    assert len(bar) < columns


def test_nothing_is_written_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch, seconds: list[float]) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("gradlab.progress.sys", SimpleNamespace(stderr=stream))
    for _ in progress.track(range(3), "sigma_map"):
        seconds[0] += 2
    assert stream.getvalue() == ""
