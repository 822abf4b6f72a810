"""Runs one tool in the peers' environment, in a process of its own: `python -m tests.peers.worker WHAT TOOL FILE`.

Answers go to the file, one line of JSON each; what the tool prints goes where it likes. A process that is started again
goes on after the last line of the file, so that a tool that takes the process down loses one answer only.
"""

import faulthandler
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from gradlab.probing.bank import MEMBERS, Member
from tests.bench_probe import SETTINGS, ratios
from tests.peers.tools import Tool, load

SECONDS_FOR_A_MEMBER = 120
SECONDS_FOR_A_COST = 20


def diagnosis(tool: Tool, member: Member) -> dict[str, Any]:
    """All that a tool says of a member, each message once, or how it fails."""
    faulthandler.dump_traceback_later(SECONDS_FOR_A_MEMBER, exit=True)
    try:
        return {"said": sorted(set(tool.diagnose(member))), "crash": ""}
    except Exception as error:  # whatever a tool raises is its answer
        return {"said": [], "crash": type(error).__name__}
    finally:
        faulthandler.cancel_dump_traceback_later()


def cost(tool: Tool, setting: str) -> list[float]:
    """The ratios of steps that the tool watches to plain ones."""
    return ratios(SETTINGS[setting].make(), tool.watch, limit=SECONDS_FOR_A_COST)


def main(what: str, name: str, file: Path) -> None:
    """Append what is missing to the file."""
    torch.set_num_threads(1)
    done = len(file.read_text(encoding="utf-8").splitlines())
    tool = load(name)
    with file.open("a", encoding="utf-8") as answers:

        def put(answer: object) -> None:
            print(json.dumps(answer), file=answers, flush=True)

        if what == "version":
            put(version(tool.DISTRIBUTION))
        elif what == "diagnose":
            for member in MEMBERS[done:]:
                put(diagnosis(tool, member))
        else:
            for setting in list(SETTINGS)[done:]:
                put(cost(tool, setting))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
