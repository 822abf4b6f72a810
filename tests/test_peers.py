"""Asking other tools: what a worker writes, how one that dies is replaced, and what is printed; no tool is needed."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from figures_src.exhibits.tools import _outside, _scores
from figures_src.exhibits.tools._vocabulary import DIAGNOSING, TOOLS
from figures_src.model.failures import ROOT
from gradlab.probing.bank import MEMBERS, Member
from tests.bench_probe import Step, Training, mlp, ratios
from tests.figures_src.exhibits.tools.test_answers import made
from tests.outside.entries import Entry, broken
from tests.outside.families import users
from tests.peers import outside, run, show, worker
from tests.peers.asked import Question, of_member, still
from tests.peers.tools import gradlab, load


class Fake:
    """A tool that calls all healthy, and fails on the first that it is asked about."""

    DISTRIBUTION = "torch"

    def __init__(self) -> None:
        self.asked = 0

    def diagnose(self, question: Question) -> Iterable[str]:
        self.asked += 1
        if self.asked == 1:
            raise ArithmeticError
        return ["healthy", "healthy"]

    @contextmanager
    def watch(self, train: Training) -> Iterator[Step]:
        yield train.step


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "load", lambda _: Fake())
    monkeypatch.setattr(worker, "MEMBERS", MEMBERS[:3])


@pytest.mark.usefixtures("fake")
def test_a_worker_writes_one_line_for_each_member_and_goes_on_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "answers"
    file.write_text('"before"\n', encoding="utf-8")
    worker.main("diagnose", "fake", file)
    assert [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] == [
        "before",
        {"said": [], "crash": "ArithmeticError"},
        {"said": ["healthy"], "crash": ""},
    ]


def test_every_tool_has_its_module() -> None:
    folder = Path(str(sys.modules[gradlab.__name__].__file__)).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(TOOLS)
    assert load("gradlab").DISTRIBUTION == "gradient-lab"


@pytest.mark.parametrize("member", [MEMBERS[0], MEMBERS[-1]], ids=lambda member: member.truth)
def test_gradlab_is_asked_for_its_verdict(member: Member) -> None:
    assert gradlab.diagnose(partial(of_member, member)) == [member.truth]


@pytest.mark.parametrize(
    ("entry", "verdict"),
    [
        (users.HE, "healthy"),
        (broken(users.HE, "detached", "8"), "cut off"),
        (broken(users.HE, "loss times 0"), "cut off"),
        (users.SCALED, "healthy"),
    ],
    ids=lambda value: value.name if isinstance(value, Entry) else value,
)
def test_a_network_of_the_outside_bank_is_asked_about_with_its_task(entry: Entry, verdict: str) -> None:
    question = partial(outside.of_entry, entry)
    assert gradlab.diagnose(question) == [verdict]
    posed = question()
    model, task = entry.make()
    assert float(posed.loss().detach()) == float(task.loss(model).detach()) * task.factor * task.grad_scale
    assert posed.grad_scale == task.grad_scale


def test_a_training_that_stands_still_stays_what_it_is() -> None:
    *_, step = still(partial(of_member, MEMBERS[0]))
    assert step() == step()


def test_those_that_are_timed_outside_are_sound() -> None:
    timed = [question.args[0] for question in outside.TIMED]
    assert len(timed) >= 30
    assert not any(entry.fault for entry in timed)


def test_a_cost_outside_is_a_ratio_or_a_crash() -> None:
    question = partial(outside.of_entry, users.HE)
    answer = worker.cost_outside(Fake(), question)
    assert answer["crash"] == ""
    assert isinstance(answer["ratio"], float)
    assert worker.cost_outside(Fake(), Mock(side_effect=ArithmeticError)) == {"said": [], "crash": "ArithmeticError"}


def test_nothing_costs_nothing() -> None:
    assert len(ratios(mlp(), Fake().watch, rounds=20, limit=0)) == 9


def written(monkeypatch: pytest.MonkeyPatch, *turns: Callable[[Path], int]) -> None:
    """Replace processes by turns, which write to the file and return how they ended."""
    left = iter(turns)

    def process(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, next(left)(Path(command[-1])), stderr="Error: gone")

    monkeypatch.setattr(subprocess, "run", process)


def put(text: str, ended: int) -> Callable[[Path], int]:
    def turn(file: Path) -> int:
        with file.open("a", encoding="utf-8") as answers:
            answers.write(text)
        return ended

    return turn


def test_a_process_that_dies_loses_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    written(monkeypatch, put("1\n", -11), put("3\n", 0))
    assert list(run.lines("diagnose", "torchlens", 3)) == [1, {"said": [], "crash": "process ended: -11"}, 3]


def test_a_tool_that_is_not_there_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    written(monkeypatch, put("", 1))
    with pytest.raises(SystemExit, match="torchlens: version failed\nError: gone"):
        list(run.lines("version", "torchlens", 1))


def test_the_tables_show_every_tool() -> None:
    lines = list(show.page(made()))
    healthy = sum(member.truth == "healthy" for member in MEMBERS)
    (row,) = [line for line in lines if line.startswith("torchmortem 1.0 ")]
    own, every = f"{healthy}/{_scores.asked(made(), 'torchmortem')}", f"{healthy}/{len(MEMBERS)}"
    assert row.split() == f"torchmortem 1.0 {healthy} 0 0 0 0 (0) (0) {own} {every} 0 0".split()
    (cost,) = [line for line in lines if line.startswith("wandb.watch 1.0: ")]
    assert cost.split()[-4:] == ["1.5", "(1.4-1.6)"] * 2


def test_the_table_outside_shows_every_tool_that_diagnoses() -> None:
    lines = list(show.outside(_outside.read()[1]))
    assert [line.split()[0] for line in lines[1:]] == [TOOLS[name].name for name in DIAGNOSING]


def test_the_tools_are_the_same_in_both_environments() -> None:
    peers, models = (
        (ROOT / f"requirements/{name}.in").read_text(encoding="utf-8").split("\n") for name in ("peers", "models")
    )
    for name in DIAGNOSING[1:]:
        (pinned,) = [line for line in peers if line.startswith(f"{TOOLS[name].name}==")]
        assert pinned in models


def test_the_peers_are_locked() -> None:
    wanted = (ROOT / "requirements/peers.in").read_text(encoding="utf-8").split("\n")
    lock = (ROOT / "requirements/peers.txt").read_text(encoding="utf-8")
    assert all(f"{line} \\\n" in lock for line in wanted if "==" in line), "run `make lock`"
