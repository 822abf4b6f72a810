"""`make mutants`: small changes of the code, most of which the tests of their room must notice.

mutmut changes one expression at a time, and tests.forks runs the tests that reach it. Of every room a part of its
mutants is tried, chosen by the last digit of their numbers, so that a run is the same on every machine. What survives
is written, as differences, to build/mutants/: what no test notices, and what none could, as the program does the same
with it.

None could notice, of what was looked at one by one:

- what is the same to Python: an encoding's name in capitals, None for False, an alternative that cannot be needed
  (`call.weight or ""` of a call that has one), `strict=` of sequences that are made as long as each other;
- what only saves time: what has been seen and is seen again, a limit from which on a number is found in another way;
- what is set anew before anyone reads it, or is never read: the key of an entry in the store, the line of a cell that
  lies in no file;
- what cannot come: a ratio of exactly 1 among those that are far from it, an error of YAML without a place;
- what runs once, as modules are imported, before a mutant is at work: tables such as `measures.SATURATION`, and hooks
  that a converter has kept;
- what only another machine does: devices without float64, tensors spread over processes, processors of another kind;
- another number within the digits that are shown, or another sample that is as good.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from figures_src.cache.store import FOLDER_VARIABLE, default_folder
from figures_src.model.failures import ROOT
from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError
from tests.forks import DIED, Task

OUT = ROOT / "build" / "mutants"
WANTED = 0.9
"""Share of the mutants of a room that must die."""
DIGITS = "7"
LEFT_OUT = ("-m", "not slow and not every_combination and not built")


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
            "--deselect=tests/figures_src/pages/test_markup.py::test_the_real_pages_have_nothing_left_of_markup",
        ),
    ),
    "evidence": Room(
        "figures_src/evidence", ("tests/figures_src/evidence",), ("--ignore=tests/figures_src/evidence/test_faults.py",)
    ),
}


def copied(folder: Path) -> None:
    """A copy of the project, in which mutants are made."""
    shutil.rmtree(folder, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in listed.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def mutated(folder: Path, code: str) -> dict[str, str]:
    """Put all mutants of the modules of a room into their files; the file of each by its name."""
    from mutmut.mutation.file_mutation import mutate_file_contents
    from mutmut.utils.format_utils import get_mutant_name

    found: dict[str, str] = {}
    for path in sorted((folder / code).rglob("*.py")):
        name = path.relative_to(folder)
        changed = mutate_file_contents(str(name), path.read_text(encoding="utf-8"))
        path.write_text(changed.code, encoding="utf-8")
        found |= {get_mutant_name(name, mutant): str(name) for mutant in changed.mutant_names}
    return found


def sample(mutants: Sequence[str], digits: str = DIGITS, every: int = 1) -> list[str]:
    """The mutants whose number ends in one of the digits, and of these each so many-th, in the order of names."""
    parted = [(function, int(number)) for function, _, number in (name.rpartition("_") for name in mutants)]
    chosen = sorted((function, number) for function, number in parted if str(number)[-1] in digits)
    return [f"{function}_{number}" for function, number in chosen[::every]]


def tried(name: str, digits: str, every: int) -> dict[str, str]:
    """The end of each mutant of a room's sample; what survives is written down as differences."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    room, folder = ROOMS[name], OUT / name
    copied(folder)
    files = mutated(folder, room.code)
    task = Task((*LEFT_OUT, *room.left_out, *room.tests), tuple(sample(list(files), digits, every)))
    states = run(task, folder)
    survived = [mutant for mutant, state in states.items() if state != DIED]
    differences = [
        f"{mutant}: {states[mutant]}\n{get_diff_for_mutant(mutant, source, files[mutant])}\n"
        for mutant in survived
        for source in [(folder / files[mutant]).read_text(encoding="utf-8")]
    ]
    (OUT / f"{name}.txt").write_text("\n".join(differences), encoding="utf-8")
    return states


def run(task: Task, folder: Path) -> dict[str, str]:
    """The ends of the mutants of a task, which are tried in a copy."""
    asked, answer = (OUT / f"{folder.name}.{kind}.json" for kind in ("task", "answer"))
    asked.write_text(json.dumps(asdict(task)), encoding="utf-8")
    answer.unlink(missing_ok=True)
    # torch forks safely as long as it has no threads.
    environment = {**os.environ, "PYTHONPATH": "", "OMP_NUM_THREADS": "1", FOLDER_VARIABLE: str(default_folder())}
    command = [sys.executable, "-m", "tests.forks", str(asked), str(answer)]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if not answer.is_file():
        sys.exit(f"{(ended.stdout + ended.stderr).strip()}\nmutants: no answer from {folder.name}")
    return dict(json.loads(answer.read_text(encoding="utf-8")))


def main(arguments: Sequence[str]) -> int:
    """Try the mutants of some rooms; 1 where too many survive."""
    try:
        names = [checks.one_of("ROOMS", name, ROOMS) for name in arguments] or list(ROOMS)
    except RefusalError as refusal:
        print(f"mutants: {refusal}", file=sys.stderr)
        return 2
    digits, every = os.environ.get("DIGITS") or DIGITS, int(os.environ.get("EVERY") or 1)
    short = 0
    for name in names:
        states = tried(name, digits, every)
        count, states_of = len(states), Counter(states.values())
        short += states_of[DIED] < WANTED * count
        rate = states_of[DIED] / max(count, 1)
        print(f"{name:10} {states_of[DIED]:5} of {count:5} mutants died ({rate:.1%})  build/mutants/{name}.txt")
    return int(bool(short))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
