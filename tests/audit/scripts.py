"""Types of the site's own scripts, which their comments declare: TypeScript's compiler, which writes nothing here."""

import re
from pathlib import Path

from figures_src.model.failures import ROOT, Failure, relative
from tests.audit.tools import NODE, TSC, ToolError, last_words, run

SCRIPTS = ROOT / "docs" / "theme" / "assets" / "js"
WORKER = ROOT / "figures_src" / "site" / "worker.js"
ROOT_SCRIPT = WORKER.with_name("root.js")
FAULT = re.compile(r"^(?P<file>.+?)\((?P<line>\d+),\d+\): error (?P<what>.+)$", re.MULTILINE)
FLAGS = ("--allowJs", "--checkJs", "--noEmit", "--strict", "--pretty", "false", "--target", "esnext", "--skipLibCheck")
PAGE = "esnext,dom,dom.iterable"
ALONE = "esnext,webworker"


def check(folder: Path = SCRIPTS, worker: Path = WORKER) -> list[Failure]:
    """Every fault of types; each script is read alone, as a page loads it."""
    scripts = sorted(folder.glob("*.js"))
    if not scripts:
        raise ToolError(f"tsc: no script in {folder}")
    read = [*scripts, ROOT_SCRIPT]
    return [*_faults(worker, ALONE), *(failure for script in read for failure in _faults(script, PAGE))]


def _faults(script: Path, libraries: str) -> list[Failure]:
    done = run(NODE, TSC, *FLAGS, "--lib", libraries, "--types", "", script)
    found = [
        Failure(f"{relative((ROOT / fault['file']).resolve())}:{fault['line']}", fault["what"])
        for fault in FAULT.finditer(done.stdout)
    ]
    if done.returncode and not found:
        raise last_words("tsc", done)
    return found
