"""The program itself: its help, its language, its entry point, and what it says without what it needs."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError
from gradlab.commands import choice, wording
from gradlab.commands.errors import UseError, one_line, refusal
from gradlab.language import Text
from tests.gradlab.commands.conftest import Run

ROOT = Path(__file__).parents[3]


def program(
    *arguments: str, folder: Path, code: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "LC_MESSAGES", "COLUMNS")
    }
    command = [sys.executable, *(["-c", code] if code else ["-m", "gradlab"]), *arguments]
    variables = kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"} | environment
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def test_the_entry_point(folder: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"gradlab": "gradlab.commands:main"}
    found = program("diagnose", "nets:vanishing", "-i", "32x64", "-o", "r.html", folder=folder, LC_ALL="zh_CN.UTF-8")
    assert (found.returncode, "诊断：梯度消失。" in found.stdout) == (1, True), found.stderr
    assert "\x1b" not in found.stdout
    assert (folder / "r.html").is_file()
    wrong = program("diagnose", "nets:broken", "-i", "3", folder=folder)
    assert wrong.returncode == 2
    assert (
        wrong.stderr == "gradlab: nets:broken failed: KeyError: 'width' [nets.py:40 in broken: return {}[\"width\"]]\n"
    )


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_one_line_says_what_to_install(folder: Path, missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from gradlab.commands import main; main()"
    done = program(folder=folder, code=code)
    assert done.returncode == 2
    assert done.stderr == f"gradlab: {missing} is not installed; run: pip install typer rich\n"


def test_help_imports_no_pytorch(folder: Path) -> None:
    code = (
        "import sys; from gradlab.commands.application import run; "
        "code = run(['experiment', '--help']); assert 'torch' not in sys.modules; sys.exit(code)"
    )
    done = program(folder=folder, code=code)
    assert done.returncode == 0, done.stderr
    assert "sigma-map" in done.stdout


@pytest.mark.parametrize("command", [(), ("diagnose",), ("demo",), ("experiment",)])
def test_help_in_both_languages(run: Run, command: tuple[str, ...]) -> None:
    english, chinese = (run(*command, "--help", "--lang", language) for language in ("en", "zh"))
    assert english.exit_code == chinese.exit_code == 0
    assert "Show this help." in english.stdout
    assert "显示本帮助。" in chinese.stdout
    assert "Options" not in chinese.stdout
    assert "…" not in chinese.stdout.replace("……", "")


def test_help_has_examples(run: Run) -> None:
    assert "--input 32x3x32x32" in run("diagnose", "--help").stdout
    assert "--sigma-w 1.0,2.0" in run("experiment", "--help").stdout


def test_no_command_shows_the_help(run: Run) -> None:
    assert run().exit_code == run("experiment").exit_code == 0
    assert "diagnose" in run().stdout
    assert "sigma-map" in run("experiment").stdout
    assert "命令" in run("experiment", "--lang", "zh").stdout


def test_an_unknown_command(run: Run) -> None:
    done = run("diagnos")
    assert done.exit_code == 2
    assert done.stderr == "gradlab: no command 'diagnos'; nearest: diagnose; there are: demo, diagnose, experiment\n"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_shell_completion(folder: Path, language: str) -> None:
    def complete(words: str) -> str:
        variables = {"_GRADLAB_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()))}
        return program(folder=folder, LANG="zh_CN.UTF-8" if language == "zh" else "C.UTF-8", **variables).stdout

    assert set(complete("gradlab ").split()) == {"demo", "diagnose", "experiment"}
    assert "sigma-map" in complete("gradlab experiment ").split()


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ((), {}, "en"),
        ((), {"LANG": "zh_CN.UTF-8"}, "zh"),
        ((), {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ((), {"LANG": "en_US.UTF-8", "LC_ALL": "", "LC_MESSAGES": "zh_TW"}, "zh"),
        (("demo", "--lang", "en"), {"LANG": "zh_CN"}, "en"),
        (("--lang=zh", "demo"), {}, "zh"),
        (("demo", "--lang"), {}, "en"),
        (("demo", "--lang", "de"), {"LANG": "zh_CN"}, "zh"),
    ],
)
def test_the_language(arguments: tuple[str, ...], environment: dict[str, str], expected: str) -> None:
    assert choice.chosen(arguments, environment) == expected


def test_every_sentence_has_both_languages_and_the_same_places() -> None:
    sentences = [value for value in vars(wording).values() if isinstance(value, Text)]
    for sentence in [*sentences, *wording.NUMBERS.values()]:
        assert sentence.en.strip()
        assert sentence.zh.strip()
        assert {part.partition("}")[0].rstrip("!r") for part in sentence.en.split("{")[1:]} == {
            part.partition("}")[0].rstrip("!r") for part in sentence.zh.split("{")[1:]
        }


def test_a_refusal_is_told_in_both_languages_and_another_error_in_english() -> None:
    with pytest.raises(RefusalError) as caught:
        checks.integer("depth", 1, 2)
    assert refusal(caught.value).en == str(caught.value) == "depth: found 1, allowed: an integer of at least 2"
    assert refusal(caught.value).zh == "depth：得到 1，允许：不小于 2 的整数"
    assert refusal(RefusalError("side", "'lfet'", "a side", "left")).zh == (
        "side：得到 'lfet'，允许：a side；最接近的是 'left'"
    )
    assert refusal(ValueError("something else")).zh == "something else"
    error = UseError(refusal(ValueError("braces {in} it")))
    assert error.message("zh") == "braces {in} it"


def test_long_messages_stay_on_one_line() -> None:
    assert one_line("a\n  b") == "a b"
    assert len(one_line("x" * 1000)) < 420
