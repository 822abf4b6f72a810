"""`make mutants`: small changes of the code, most of which the tests of their room must notice.

mutmut changes one expression at a time and runs the tests that reach it. Of every room a part of its mutants is tried,
chosen by the last digit of their numbers, so that a run is the same on every machine. What survives is written, as
differences, to build/mutants/: what no test notices, and what none could, as the program does the same with it.

`ROOMS="theory cache"` takes some rooms, `DIGITS=0123456789` every mutant (hours).
"""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from figures_src.model.failures import ROOT
from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError

OUT = ROOT / "build" / "mutants"
WANTED = 0.9
"""Share of the mutants of a room that must die."""
DIGITS = "7"
RESULT = re.compile(r"^\s*(?P<name>[\w.ǁ]+__mutmut_\d+): (?P<state>.+)$", re.MULTILINE)
# A mutant that never ends, or breaks the interpreter, is noticed.
DIED = ("killed", "timeout", "suspicious", "segfault")


@dataclass(frozen=True)
class Room:
    """Modules that are changed, and the tests that are to notice.

    Attributes:
        code: folder of the modules.
        tests: folders and files of tests.
        left_out: options of pytest that leave out tests which make exhibits, minutes for each mutant.

    """

    code: str
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()


ROOMS = {
    "theory": Room("gradlab/theory", ("tests/gradlab/theory", "tests/gradlab/test_properties.py")),
    "probing": Room("gradlab/probing", ("tests/gradlab/probing",)),
    "cache": Room("figures_src/cache", ("tests/figures_src/cache",)),
    "markdown": Room("figures_src/markdown", ("tests/figures_src/markdown",)),
    "pages": Room(
        "figures_src/pages",
        ("tests/figures_src/pages",),
        (
            "--ignore=tests/figures_src/pages/test_reports.py",
            "--deselect=tests/figures_src/pages/test_checks.py::test_the_real_pages_pass",
        ),
    ),
    "evidence": Room(
        "figures_src/evidence", ("tests/figures_src/evidence",), ("--ignore=tests/figures_src/evidence/test_faults.py",)
    ),
}


def settings(room: Room) -> str:
    """Settings of mutmut for a room, in the form of setup.cfg."""
    package = room.code.partition("/")[0]
    options = ("-q", "-p", "no:cacheprovider", "-m", "not slow and not every_combination and not built", *room.left_out)
    lists = {
        "source_paths": [package],
        "only_mutate": [f"{room.code}/*"],
        "also_copy": [name for name in tracked(depth=1) if name not in {package, "tests"}],
        "pytest_add_cli_args": list(options),
        "pytest_add_cli_args_test_selection": list(room.tests),
    }
    told = "".join(f"{name} =\n" + "".join(f"    {value}\n" for value in values) for name, values in lists.items())
    # torch is not safe to fork once it has computed: a server forks before any test has run.
    return f"[mutmut]\n{told}process_isolation = forkserver\n"


def tracked(depth: int | None = None) -> list[str]:
    """The files of the project, or the first parts of their names."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    return sorted({"/".join(name.split("/")[:depth]) for name in names})


def copied(folder: Path) -> None:
    """A copy of the project, in which mutants are made."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)


def mutmut(folder: Path, *arguments: str) -> str:
    """The output of mutmut."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    environment = {**os.environ, "PYTHONPATH": "", "PYTHONUTF8": "1"}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"{(ended.stdout + ended.stderr).strip()}\nmutants: mutmut ended with {ended.returncode}")
    return ended.stdout


def tried(name: str, digits: str) -> tuple[Counter[str], list[str]]:
    """Number of mutants of a room by their end, and the names of those that survived."""
    room, folder = ROOMS[name], OUT / name
    copied(folder)
    (folder / "setup.cfg").write_text(settings(room), encoding="utf-8")
    mutmut(folder, "run", "--max-children", "2", f"{room.code.replace('/', '.')}.*[{digits}]")
    states = {match["name"]: match["state"] for match in RESULT.finditer(mutmut(folder, "results", "--all", "true"))}
    states = {mutant: state for mutant, state in states.items() if state != "not checked"}
    alive = [mutant for mutant, state in states.items() if state not in DIED]
    differences = [f"{mutant}: {states[mutant]}\n{mutmut(folder, 'show', mutant)}" for mutant in alive]
    (OUT / f"{name}.txt").write_text("\n".join(differences), encoding="utf-8")
    return Counter(states.values()), alive


def main(arguments: Sequence[str]) -> int:
    """Try the mutants of some rooms; 1 where too many survive."""
    try:
        names = [checks.one_of("ROOMS", name, ROOMS) for name in arguments] or list(ROOMS)
    except RefusalError as refusal:
        print(f"mutants: {refusal}", file=sys.stderr)
        return 2
    short = 0
    for name in names:
        states, alive = tried(name, os.environ.get("DIGITS") or DIGITS)
        count = states.total()
        died = count - len(alive)
        short += died < WANTED * count
        print(f"{name:10} {died:5} of {count:5} mutants died ({died / max(count, 1):.1%})  build/mutants/{name}.txt")
    return int(bool(short))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
