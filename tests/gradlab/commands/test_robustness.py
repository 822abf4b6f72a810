"""Whatever the command line is given ends in a report, or in one line; and names are data wherever they are shown."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import gradlab
from figures_src.model.failures import ROOT
from gradlab.commands import application
from gradlab.commands.application import run

INVOCATIONS = 300
SOUND = 0.6
MODELS = """
import torch
from torch import nn

def net():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))

def words():
    return nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 2))

def meta():
    return nn.Linear(4, 2, device="meta")

def nothing():
    return None

def raises():
    raise RuntimeError("\\x1b[2J")
"""
HUGE = (str(2**63), str(2**64), str(10**30), "9" * 5000, "1000000000000")
ODD = (*HUGE, "-1", "0", "1e308", "nan", "inf", "", " ", "\x1b[2J", "=1+1", "3.5", "x", "../..", "µ", "--", "1,2")
SHAPES = ("4x4", "1000000000000x4", f"{2**63 - 1}x4", "x".join(["1"] * 70), "4", "4x0", "4x4x", *ODD)
TARGETS = ("odd_models:net", "odd_models:words", "odd_models:meta", "odd_models:nothing", "odd_models:raises", *ODD)
SETTINGS = {"explosion": ("--num-layers", "--seeds"), "symmetry": ("--depth", "--width"), "batch-size": ("--batches",)}


@pytest.fixture(scope="module", autouse=True)
def odd_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("odd")
    (folder / "odd_models.py").write_text(MODELS, encoding="utf-8")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


def invocation(drawn: random.Random) -> list[str]:
    """Arguments of which one or more are odd."""
    if drawn.random() < 0.15:
        name = drawn.choice([*SETTINGS, *ODD])
        options = SETTINGS.get(name, ("--seed",))
        return ["experiment", name, drawn.choice(options), drawn.choice((*HUGE, "-1", "nan", "", "x", "1,2,,"))]
    target = "odd_models:net" if drawn.random() < SOUND else drawn.choice(TARGETS)
    arguments = ["diagnose", target, "-i", "4x4" if drawn.random() < SOUND else drawn.choice(SHAPES)]
    for option in ("--high", "--seed", "--learning-rate", "--steps", "--loss", "--input-type", "--output", "--lang"):
        if drawn.random() < 0.15:
            arguments += [option, drawn.choice(("1", "2", *ODD))]
    return arguments


def test_300_odd_invocations_end_in_a_report_or_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    drawn, codes = random.Random(0), []  # noqa: S311 - no secret
    for _ in range(INVOCATIONS):
        arguments = invocation(drawn)
        # Steps without an end are no fault of the program.
        if "--steps" in arguments and arguments[arguments.index("--steps") + 1].isdecimal():
            arguments[arguments.index("--steps") + 1] = "2"
        codes.append(run(arguments))
        said = capsys.readouterr()
        assert codes[-1] in (0, 1, 2), (arguments, said.err)
        assert (codes[-1] == 2) == bool(said.err.strip()), (arguments, said.err)
        assert len(said.err.strip().splitlines()) <= 1, (arguments, said.err)
        assert "\x1b" not in said.out + said.err, arguments
    assert codes.count(2) > INVOCATIONS / 2
    assert {0, 2} <= set(codes)


def test_a_fault_of_the_program_itself_has_an_exit_code_of_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("unforeseen")

    monkeypatch.setattr(application, "_show", broken)
    assert run(["demo"]) == 70
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "a fault of gradlab itself" in line
    assert "unforeseen" in line


@pytest.mark.parametrize(("output", "code", "line"), [(">&-", 2, "closed"), (">/dev/full", 2, "No space left")])
def test_an_output_that_takes_nothing_is_told_in_one_line(output: str, code: int, line: str) -> None:
    done = _shell(f'"{sys.executable}" -m gradlab demo {output}')
    assert done.returncode == code
    (said,) = done.stderr.strip().splitlines()
    assert line in said


def test_a_reader_that_has_had_enough_changes_no_exit_code(odd_models: Path) -> None:
    command = f'"{sys.executable}" -m gradlab diagnose "{odd_models}/odd_models.py:net" -i 4x4'
    done = _shell(f"{command} | head -1 >/dev/null; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (0, "")


def _shell(command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)


NAMES = (
    "<script>alert(1)</script>",
    "a|b",
    "x\n# h",
    "\x1b]0;title\x07",
    "=cmd()",
    "*bold*",
    "[a](javascript:1)",
    "__i__",
)


class Named(nn.Module):
    """Layers with names that are more than names."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        for name in NAMES:
            self.add_module(name, nn.Linear(8, 8))
            nn.init.normal_(self.get_submodule(name).weight, std=0.01)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        for name in NAMES:
            x = self.get_submodule(name)(x).relu()
        return x


def test_a_name_is_data_in_markdown_csv_and_the_terminal() -> None:
    model = Named()
    with gradlab.probe(model) as record:
        model(torch.ones(4, 8)).sum().backward()
    report = record.report()
    for text in (str(report), report.summary()):
        assert "\x1b" not in text
        assert "\x07" not in text
    table = [line for line in report.to_markdown().splitlines() if line.startswith("|")]
    assert len(table) == 2 * len(NAMES) + 2  # each layer, and its activation
    assert {line.count("|") for line in table} == {table[0].count("|")}
    for mark in ("<script", "*bold*", "[a](", "__i__", "\x1b"):
        assert mark not in "\n".join(table)
    assert "'=cmd()," in report.to_csv()
