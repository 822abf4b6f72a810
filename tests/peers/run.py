"""Starts the workers, and gathers what they say into the record."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from figures_src.exhibits.tools._answers import Answer, Answers, Config, Cost, OneTool
from figures_src.exhibits.tools._vocabulary import DIAGNOSING, TOOLS
from figures_src.model.failures import ROOT
from gradlab.experiments.activations.activation_cost import spread

PYTHON = ROOT / ".venv-peers" / ("Scripts" if os.name == "nt" else "bin") / "python"

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}


def lines(what: str, tool: str, count: int) -> Iterator[Any]:
    """Yield a worker's answers.

    A diagnosis that takes the process down, or too long, is a crash, and the worker is started again for what is left;
    anything else that fails ends the run.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers"
        file.touch()
        command = [str(PYTHON), "-m", "tests.peers.worker", what, tool, str(file)]
        while len(found := file.read_text(encoding="utf-8").splitlines()) < count:
            done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
            if done.returncode and what != "diagnose":
                sys.exit(f"{tool}: {what} failed\n{done.stderr}")
            if done.returncode:
                with file.open("a", encoding="utf-8") as answers:
                    answers.write(json.dumps({"said": [], "crash": f"process ended: {done.returncode}"}) + "\n")
        yield from map(json.loads, found)


def costs(tool: str, config: Config) -> tuple[Cost, ...]:
    """The cost of a step that a tool watches, in every setting."""
    return tuple(Cost(len(ratios), spread(ratios)) for ratios in lines("cost", tool, len(config.settings)))


def answers(tool: str, config: Config) -> tuple[Answer, ...]:
    """A tool's answers for every member."""
    count = len(config.members) if tool in DIAGNOSING else 0
    said = lines("diagnose", tool, count)
    return tuple(Answer(TOOLS[tool].heard(one["said"]), one["crash"]) for one in said)


def tested(tool: str, config: Config, *, diagnosing: bool = True) -> OneTool:
    """Ask one tool, or only time it."""
    print(f"asking {TOOLS[tool].name}", file=sys.stderr, flush=True)
    (version,) = lines("version", tool, 1)
    return OneTool(tool, version, answers(tool, config) if diagnosing else (), costs(tool, config))


def run(config: Config | None = None) -> Answers:
    """Ask every tool, one after the other."""
    config = config or Config()
    return Answers(config, tuple(tested(tool, config) for tool in config.tools))
