"""The rooms whose code `make mutants` changes, the sample that it takes, and how mutants are tried."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from figures_src.model.failures import ROOT
from tests import mutants
from tests.forks import Reached, Task, function_of


@pytest.mark.parametrize("name", mutants.ROOMS)
def test_a_room_is_a_folder_of_the_project_with_tests(name: str) -> None:
    room = mutants.ROOMS[name]
    assert (ROOT / room.code / "__init__.py").is_file()
    named = [*room.tests, *(option.partition("=")[2].partition("::")[0] for option in room.left_out)]
    assert all((ROOT / path).exists() for path in named)


def test_a_test_that_is_left_out_is_there() -> None:
    for room in mutants.ROOMS.values():
        for path, _, test in (option.partition("=")[2].partition("::") for option in room.left_out):
            assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8") or not test


def test_an_unknown_room_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.main(["theorie"]) == 2
    assert capsys.readouterr().err == (
        "mutants: ROOMS: found 'theorie', allowed: one of theory, probing, cache, markdown, pages, evidence;"
        " nearest: 'theory'\n"
    )


def test_a_sample_is_of_those_with_a_digit_each_so_many_th() -> None:
    every = [f"a.x_{function}__mutmut_{number}" for function in "gf" for number in range(30, 0, -1)]
    sevens = [f"a.x_{function}__mutmut_{number}" for function in "fg" for number in (7, 17, 27)]
    assert mutants.sample(every) == sevens
    assert mutants.sample(every, "7", 2) == sevens[::2]
    assert len(mutants.sample(every, "0123456789")) == 60


def test_what_the_tests_reach_is_noted_with_their_time_and_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = Reached()
    for test in ("a.py::one[x y]", "a.py::one[x y]", "a.py::two"):
        monkeypatch.setenv("PYTEST_CURRENT_TEST", f"{test} (call)")
        reached.note("a.x_f")
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    reached.note("a.x_g")
    assert reached.functions == {"a.x_f": ["a.py::one[x y]", "a.py::two"], "a.x_g": []}
    assert function_of("a.x_f__mutmut_17") == "a.x_f"


def test_a_module_s_own_tests_come_first_and_of_those_the_shortest() -> None:
    seconds = {
        "tests/test_other.py::a": 0.1,
        "tests/test_of.py::b": 3.0,
        "tests/test_of.py::c": 2.0,
        "tests/d.py::d": 0.0,
    }
    reached = Reached({"a.of.x_f": ["tests/test_of.py::b", "tests/test_other.py::a", "tests/test_of.py::c"]}, seconds)
    assert reached.by("a.of.x_f__mutmut_3") == ["tests/test_of.py::c", "tests/test_of.py::b", "tests/test_other.py::a"]
    assert reached.by("a.of.x_g__mutmut_3") == []


TRAMPOLINE = """
_under = ""

def set_mutant_under_test(name):
    global _under
    _under = name

def record_trampoline_hit(name, caller=None):
    raise AssertionError

def double(value):
    if _under == "stats":
        record_trampoline_hit("a.x_double")
    return {"a.x_double__mutmut_1": value * 3, "a.x_double__mutmut_2": value + value}.get(_under, value * 2)
"""
TESTS = """
from mutmut.mutation.trampoline import double

def test_double():
    assert double(1) == 2
"""


def test_a_mutant_dies_where_a_test_fails(tmp_path: Path) -> None:
    (tmp_path / "mutmut" / "mutation").mkdir(parents=True)
    (tmp_path / "mutmut" / "mutation" / "trampoline.py").write_text(TRAMPOLINE, encoding="utf-8")
    (tmp_path / "test_double.py").write_text(TESTS, encoding="utf-8")
    names = (*(f"a.x_double__mutmut_{number}" for number in (1, 2)), "a.x_other__mutmut_3")
    task = Task(("--rootdir", str(tmp_path), "test_double.py"), names)
    (tmp_path / "task.json").write_text(json.dumps(asdict(task)), encoding="utf-8")
    run = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]; from tests import forks; "
    command = [sys.executable, "-c", f"{run}sys.exit(forks.main(['task.json', 'answer.json']))"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "answer.json").read_text(encoding="utf-8")) == {
        names[0]: "died",
        names[1]: "survived",
        names[2]: "not reached",
    }
