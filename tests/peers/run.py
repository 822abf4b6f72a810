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
from figures_src.exhibits.tools._outside import outside_config
from figures_src.exhibits.tools._vocabulary import DIAGNOSING, TOOLS
from figures_src.model.failures import ROOT
from gradlab.experiments.activations.activation_cost import spread


def python(environment: str) -> Path:
    """The Python of an environment beside the project."""
    return ROOT / environment / ("Scripts" if os.name == "nt" else "bin") / "python"


PEERS, MODELS = ".venv-peers", ".venv-models"
"""All tools; and those that diagnose, beside the libraries of the outside bank."""
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1", "HF_HUB_OFFLINE": "1"}


def lines(what: str, tool: str, count: int, environment: str = PEERS) -> Iterator[Any]:
    """Yield a worker's answers.

    An answer that takes the process down, or too long, is a crash, and the worker is started again for what is left;
    anything else that fails ends the run.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers"
        file.touch()
        command = [str(python(environment)), "-m", "tests.peers.worker", what, tool, str(file)]
        while len(found := file.read_text(encoding="utf-8").splitlines()) < count:
            done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
            if done.returncode and what not in MAY_CRASH:
                sys.exit(f"{tool}: {what} failed\n{done.stderr}")
            if done.returncode:
                with file.open("a", encoding="utf-8") as answers:
                    answers.write(json.dumps({"said": [], "crash": f"process ended: {done.returncode}"}) + "\n")
        yield from map(json.loads, found)


MAY_CRASH = ("diagnose", "diagnose-outside", "cost-outside")


def costs(tool: str, config: Config) -> tuple[Cost, ...]:
    """The cost of a step that a tool watches, in every setting."""
    return tuple(Cost(len(ratios), spread(ratios)) for ratios in lines("cost", tool, len(config.settings)))


def answers(tool: str, what: str, count: int, environment: str = PEERS) -> tuple[Answer, ...]:
    """A tool's answers for every network of a bank."""
    said = lines(what, tool, count, environment)
    return tuple(Answer(TOOLS[tool].heard(one["said"]), one["crash"]) for one in said)


def told(tool: str) -> None:
    """Say which tool is being asked."""
    print(f"asking {TOOLS[tool].name}", file=sys.stderr, flush=True)


def tested(tool: str, config: Config, *, diagnosing: bool = True) -> OneTool:
    """Ask one tool, or only time it."""
    told(tool)
    (version,) = lines("version", tool, 1)
    count = len(config.members) if diagnosing and tool in DIAGNOSING else 0
    return OneTool(tool, version, answers(tool, "diagnose", count), costs(tool, config))


def run(config: Config | None = None) -> Answers:
    """Ask every tool, one after the other."""
    config = config or Config()
    return Answers(config, tuple(tested(tool, config) for tool in config.tools))


def tested_outside(tool: str, config: Config) -> OneTool:
    """Ask one tool about the outside bank, and time it on some of it."""
    told(tool)
    (version,) = lines("version", tool, 1, MODELS)
    (timed,) = lines("count-timed", tool, 1, MODELS)
    ratios = [one["ratio"] for one in lines("cost-outside", tool, timed, MODELS) if not one["crash"]]
    said = answers(tool, "diagnose-outside", len(config.members), MODELS)
    return OneTool(tool, version, said, (Cost(len(ratios), spread(ratios)),))


def run_outside() -> Answers:
    """Ask every tool that diagnoses about the outside bank."""
    config = outside_config()
    return Answers(config, tuple(tested_outside(tool, config) for tool in config.tools))
