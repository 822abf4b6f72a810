"""`make test-fast` finds the tests of a module, and what changed."""

import subprocess
from pathlib import Path

import pytest

from figures_src.model.failures import ROOT
from tests import fast
from tests.fast import changed, choose, main, mirrored


@pytest.mark.parametrize(
    ("module", "tests"),
    [
        ("gradlab/networks.py", "tests/gradlab/test_networks.py"),
        ("gradlab/theory/signs.py", "tests/gradlab/theory/test_signs.py"),
        ("gradlab/theory/__init__.py", "tests/gradlab/test_theory.py"),
        ("gradlab/experiments/_gaussian.py", "tests/gradlab/experiments/test_gaussian.py"),
    ],
)
def test_the_tests_of_a_module_are_those_of_the_mirrored_file(module: str, tests: str) -> None:
    assert mirrored(module) == tests


def test_a_module_brings_its_tests_and_both_are_checked() -> None:
    chosen = choose(["gradlab/networks.py", "tests/gradlab/test_networks.py::test_x", "README.md"])
    assert chosen.tests == ["tests/gradlab/test_networks.py", "tests/gradlab/test_networks.py::test_x"]
    assert chosen.files == ["gradlab/networks.py", "tests/gradlab/test_networks.py"]
    assert chosen.untested == ["README.md"]


def test_an_exhibit_is_tested_by_its_name() -> None:
    (explosion,) = (path.relative_to(ROOT).as_posix() for path in (ROOT / fast.EXHIBITS).rglob("explosion.py"))
    chosen = choose([explosion])
    assert (chosen.exhibits, chosen.tests, chosen.files) == (["explosion"], [], [explosion])
    assert (ROOT / fast.TESTS_OF_EXHIBITS).is_file()


def test_what_changed_is_what_git_says_and_what_is_new(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "--quiet")
    for name in ("same.py", "changed.py", "removed.py", ".gitignore"):
        (tmp_path / name).write_text("ignored.py\n", encoding="utf-8")
    git("add", ".")
    git("commit", "--quiet", "--message", "all")
    assert changed(tmp_path) == []
    (tmp_path / "removed.py").unlink()
    for name in ("changed.py", "new.py", "ignored.py"):
        (tmp_path / name).write_text("x = 1\n", encoding="utf-8")
    assert changed(tmp_path) == ["changed.py", "new.py"]


def test_a_name_that_is_no_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gradlab/netwroks.py"]) == 1
    assert "found gradlab/netwroks.py, allowed: files of the project" in capsys.readouterr().err
