"""Runs one tool in an environment that has it, in a process of its own: `python -m tests.peers.worker WHAT TOOL FILE`.

Answers go to the file, one line of JSON each; what the tool prints goes where it likes. A process that is started again
goes on after the last line of the file, so that a tool that takes the process down loses one answer only.
"""

import faulthandler
import json
import statistics
import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path

import torch

from gradlab.probing.bank import MEMBERS
from tests.bench_probe import SETTINGS, ratios
from tests.peers.asked import Question, of_member
from tests.peers.tools import Tool, load

SECONDS_FOR_A_MEMBER = 120
SECONDS_FOR_A_COST = 20
ROUNDS_OUTSIDE = 3

Answer = Mapping[str, object]
Job = Callable[[], object]


def answered(ask: Callable[[], Answer]) -> Answer:
    """The answer of a tool, or the name of its error; the process ends where it takes too long."""
    faulthandler.dump_traceback_later(SECONDS_FOR_A_MEMBER, exit=True)
    try:
        return ask()
    except Exception as error:  # whatever a tool raises is its answer
        return {"said": [], "crash": type(error).__name__}
    finally:
        faulthandler.cancel_dump_traceback_later()


def diagnosis(tool: Tool, question: Question) -> Answer:
    """All that a tool says of a network, each message once, or how it fails."""
    return answered(lambda: {"said": sorted(set(tool.diagnose(question))), "crash": ""})


def cost(tool: Tool, setting: str) -> list[float]:
    """The ratios of steps that the tool watches to plain ones."""
    return ratios(SETTINGS[setting].make(), tool.watch, limit=SECONDS_FOR_A_COST)


def cost_outside(tool: Tool, question: Question) -> Answer:
    """The median of a few such ratios for a network of the outside bank, or how the tool fails."""

    def timed() -> Answer:
        found = ratios(question().training(1e-3), tool.watch, rounds=ROUNDS_OUTSIDE)
        return {"ratio": statistics.median(found), "crash": ""}

    return answered(timed)


def jobs(what: str, tool: Tool) -> list[Job]:
    """The calls to make, one for each line."""
    if what == "version":
        return [partial(version, tool.DISTRIBUTION)]
    if what == "diagnose":
        return [partial(diagnosis, tool, partial(of_member, member)) for member in MEMBERS]
    if what == "cost":
        return [partial(cost, tool, setting) for setting in SETTINGS]
    # Its libraries are not there where the other bank is asked about.
    from tests.peers import outside

    if what == "diagnose-outside":
        return [partial(diagnosis, tool, question) for question in outside.QUESTIONS]
    if what == "count-timed":
        return [lambda: len(outside.TIMED)]
    return [partial(cost_outside, tool, question) for question in outside.TIMED]


def main(what: str, name: str, file: Path) -> None:
    """Append what is missing to the file."""
    torch.set_num_threads(1)
    done = len(file.read_text(encoding="utf-8").splitlines())
    with file.open("a", encoding="utf-8") as answers:
        for job in jobs(what, load(name))[done:]:
            print(json.dumps(job()), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
