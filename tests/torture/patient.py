"""A small copy of the project with a site that was built well, and what is there to be seen of it afterwards."""

import filecmp
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from figures_src.cache.store import FOLDER_VARIABLE
from figures_src.model.failures import ROOT
from gradlab._internal.ending import SIGNALS
from tests.project import SIGMOID_CHECKS, Project, copy_project

MARK = "GRADIENT_TORTURE"
EPOCH = "1700000000"
# For a build that should have ended long before.
PATIENCE = 100.0
# For what ends by itself once the process that it belongs to is gone.
LINGER = 6.0
# The exhibit that is made anew, and disturbed, knows no PyTorch.
EXHIBIT = "figures_src/exhibits/article/explosion.py"
DRAWN = '''"""A line."""

from matplotlib.figure import Figure

from figures_src.model.exhibit import Number, Table
from figures_src.model.language import Localize, Text

TITLE = Text(zh="一条线", en="A line")


def compute() -> list[float]:
    """The line."""
    return [1.0, 2.0]


def draw(figure: Figure, result: list[float], text: Localize) -> None:
    figure.subplots().plot(result)


def data(result: list[float]) -> Table:
    """The line."""
    return Table(("x", "y"), tuple(enumerate(result)))


def numbers(result: list[float]) -> dict[str, Number]:
    return {"last": Number(result[-1], "g")}
'''
STARTED = "    return [1.0, 2.0]"


@dataclass
class Patient:
    """The copy, where its programs put temporary files, and the site as it should be.

    `good` is a good build, and `heard` has the standard error of every program.
    """

    project: Project
    temporary: Path
    good: Path
    heard: dict[int, Path] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The copy's folder."""
        return self.project.folder

    @property
    def store(self) -> Path:
        """The copy's store."""
        return self.project.store

    @property
    def site(self) -> Path:
        """The copy's site."""
        return self.folder / "site"

    @property
    def built(self) -> Path:
        """The folder in which the copy's exhibits are laid out."""
        return self.folder / "build" / "exhibits"

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """The environment of its programs, by which they are known."""
        return {
            **os.environ,
            "PYTHONPATH": str(self.folder),
            "SOURCE_DATE_EPOCH": EPOCH,
            "TMPDIR": str(self.temporary),
            "OMP_NUM_THREADS": "1",
            FOLDER_VARIABLE: str(self.store),
            MARK: str(self.folder),
            **variables,
        }

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start `python -m <arguments>` in the copy."""
        handle, name = tempfile.mkstemp(prefix="said-", dir=self.temporary.parent)
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=self.folder,
            env=self.environment(variables),
            stdout=subprocess.DEVNULL,
            stderr=handle,
            text=True,
            start_new_session=True,
            preexec_fn=_heard,
        )
        os.close(handle)
        self.heard[process.pid] = Path(name)
        return process

    def ended(self, process: subprocess.Popen[str], patience: float = PATIENCE) -> tuple[int | None, str]:
        """Exit code of a process, or None where it did not end, and its standard error."""
        try:
            code: int | None = process.wait(patience)
        except subprocess.TimeoutExpired:
            code = None
            self.end_all()
            process.wait()
        return code, self.heard[process.pid].read_text(encoding="utf-8", errors="replace")

    def run(self, *arguments: str, **variables: str) -> tuple[int | None, str]:
        """Run `python -m <arguments>` in the copy; its exit code and what it said on standard error."""
        return self.ended(self.start(*arguments, **variables))

    def processes(self) -> list[int]:
        """The processes that belong to the copy, on systems that list them as files."""
        found = []
        for environ in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if f"{MARK}={self.folder}\0".encode() in environ.read_bytes():
                    found.append(int(environ.parent.name))
        return found

    def end_all(self) -> None:
        """End all processes of the copy."""
        for process in self.processes():
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)

    def orphans(self) -> str:
        """The processes left running a while after a program's end, in words; they are ended."""
        deadline = time.monotonic() + LINGER
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.end_all()
        return f"{len(left)} processes were left" if left else ""

    def left_over(self) -> str:
        """Temporary files that no process needs any more."""
        found = [
            *self.temporary.iterdir(),
            *self.folder.glob(".site-*"),
            *self.store.glob("*/.*"),
            *self.folder.glob(".cache/scratch/*"),
            *(path for place in ("build", "docs") for path in (self.folder / place).rglob(".*-*")),
        ]
        for path in found:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        return f"left over: {', '.join(sorted(path.name for path in found)[:4])}" if found else ""

    def is_good(self) -> bool:
        """Whether the site is the good one, to the byte."""
        names = {
            path.relative_to(root).as_posix()
            for root in (self.site, self.good)
            for path in root.rglob("*")
            if path.is_file()
        }
        _, different, missing = filecmp.cmpfiles(self.site, self.good, sorted(names), shallow=False)
        return not different and not missing

    def build(self) -> str:
        """Build anew; what is wrong with it, or with the site it made."""
        code, said = self.run("figures_src", "docs")
        if code != 0:
            return f"the next build: exit {code}: {_short(said)}"
        return "" if self.is_good() else "the next build made another site"

    def make_stale(self) -> None:
        """Have the exhibits and the notebook made anew by the next build."""
        for place in (self.store / "exhibits", self.store / "pages", self.folder / ".cache" / "notebook"):
            shutil.rmtree(place, ignore_errors=True)

    def disturb(self, code: str) -> None:
        """Have the exhibit do something before it is computed."""
        body = "".join(f"    {line}\n" for line in code.splitlines())
        self.project.write(EXHIBIT, DRAWN.replace(STARTED, body + STARTED))

    def restore(self) -> None:
        """Have the exhibit be as it was."""
        self.project.write(EXHIBIT, DRAWN)


def _heard() -> None:
    """Let a program hear the signals that whoever started the torture was told to ignore, as a shell's `&` does."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)


def _short(said: str) -> str:
    return " / ".join(said.strip().splitlines()[-2:])[:300]


def is_told_in_lines(code: int | None, said: str) -> str:
    """The fault in a failure of a build, which has to say so in lines and to exit with 1; empty without one."""
    if code != 1:
        return f"exit {code}: {_short(said)}"
    return f"a traceback: {_short(said)}" if "Traceback" in said else ""


def small(folder: Path, root: Path = ROOT) -> Project:
    """A copy of a project with two exhibits and the smallest pages that pass, and an empty store."""
    project = copy_project(folder / "project", store=folder / "store", root=root)
    shown = ("sigmoid", "explosion")
    figures = "\n\n".join(f'![Alt](figures/{name}.svg "Caption")' for name in shown)
    project.only(*shown, pages={"index": f"# P {{#p}}\n\n{SIGMOID_CHECKS}\n\n{figures}\n"})
    project.write(EXHIBIT, DRAWN)
    return project


def prepared(folder: Path, root: Path = ROOT) -> Patient:
    """A small project whose site was built well.

    Raises `RuntimeError` where it cannot be built.
    """
    patient = Patient(small(folder, root), folder / "temporary", folder / "good")
    patient.temporary.mkdir()
    code, said = patient.run("figures_src", "docs")
    if code != 0:
        raise RuntimeError(f"the undisturbed build: exit {code}: {said}")
    shutil.copytree(patient.site, patient.good)
    patient.left_over()
    return patient
