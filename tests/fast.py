"""`make test-fast`: style, types and tests of a few modules in seconds, without the built site and without a browser.

`python -m tests.fast gradlab/theory/signs.py tests/gradlab/test_networks.py` takes modules and tests; without a name it
takes what differs from the last commit. The tests of a module are those of the mirrored file; an exhibit's are those of
its name among the tests of all exhibits.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from figures_src.model.failures import ROOT

PACKAGES = ("gradlab", "figures_src")
EXHIBITS = "figures_src/exhibits"
TESTS_OF_EXHIBITS = "tests/figures_src/exhibits/test_exhibits.py"
QUICK = "not built and not slow and not every_combination"
NOTHING_COLLECTED = 5
RUFF = (("check", "--quiet"), ("format", "--check", "--quiet"))


@dataclass
class Chosen:
    """The files to check, the tests to run, the exhibits to test by name, and the files that have no test of theirs."""

    files: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    exhibits: list[str] = field(default_factory=list)
    untested: list[str] = field(default_factory=list)


def changed(root: Path = ROOT) -> list[str]:
    """Files that differ from the last commit, and new ones that git does not ignore."""
    commands = (["git", "diff", "--name-only", "HEAD"], ["git", "ls-files", "--others", "--exclude-standard"])
    said = [
        subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout for command in commands
    ]
    return sorted({name for text in said for name in text.splitlines() if (root / name).is_file()})


def mirrored(module: str) -> str:
    """The test file that belongs to a module of a package: a package itself has its name, a private one its own."""
    path = PurePosixPath(module)
    path = path.parent if path.stem == "__init__" else path
    return str(PurePosixPath("tests") / path.parent / f"test_{path.stem.removeprefix('_')}.py")


def choose(names: Sequence[str], root: Path = ROOT) -> Chosen:
    """The checks for these files."""
    chosen = Chosen()
    for name in names:
        path = PurePosixPath(name.partition("::")[0])
        if path.suffix == ".py":
            chosen.files.append(str(path))
        if path.name.startswith("test_") or (root / path).is_dir():
            chosen.tests.append(name)
        elif path.parts[0] in PACKAGES and (root / mirrored(str(path))).is_file():
            chosen.tests.append(mirrored(str(path)))
        elif path.is_relative_to(EXHIBITS) and path.suffix == ".py" and not path.stem.startswith("_"):
            chosen.exhibits.append(path.stem)
        else:
            chosen.untested.append(name)
    chosen.tests = list(dict.fromkeys(chosen.tests))
    chosen.files = list(dict.fromkeys([*chosen.files, *(name for name in chosen.tests if name.endswith(".py"))]))
    return chosen


def tested(*arguments: str) -> int:
    """Run pytest; its exit code, where no test at all is a failure too."""
    code = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", QUICK, *arguments], cwd=ROOT, check=False
    ).returncode
    if code == NOTHING_COLLECTED:
        print(f"{' '.join(arguments)}: no quick test; those of the built site and the slow ones are run by `make test`")
    return code


def main(names: Sequence[str]) -> int:
    """Check what is named, or what changed; the exit code."""
    missing = [name for name in names if not (ROOT / name.partition("::")[0]).exists()]
    if missing:
        print(f"test-fast: found {', '.join(missing)}, allowed: files of the project", file=sys.stderr)
        return 1
    chosen = choose(names or changed())
    if not (chosen.files or chosen.tests):
        print("nothing to check: no module and no test differs from the last commit")
        return 0
    tool = [sys.executable, "-m"]
    codes = []
    if chosen.files:
        codes += [
            subprocess.run([*tool, "ruff", *how, *chosen.files], cwd=ROOT, check=False).returncode for how in RUFF
        ]
    # Types are checked beside the tests.
    types = subprocess.Popen([*tool, "mypy", *chosen.files], cwd=ROOT) if chosen.files else None
    if chosen.tests:
        codes.append(tested(*chosen.tests))
    if chosen.exhibits:
        codes.append(tested(TESTS_OF_EXHIBITS, "-k", " or ".join(chosen.exhibits)))
    if types:
        codes.append(types.wait())
    if chosen.untested:
        print(f"no test of its own: {', '.join(chosen.untested)}")
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
