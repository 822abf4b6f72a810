"""The project's history as git knows it, and the line that says what is missing where it knows too little.

A copy without a history, such as an unpacked archive, may lie inside another repository: that one's history is not the
project's. In a folder of another user git refuses to answer.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from figures_src.model.failures import ROOT

_REFUSED = "dubious ownership"
# Sources of a site, and nothing that only tests or tells contributors.
PLACES = ("docs", "figures_src", "gradlab", "requirements", "mkdocs.yml", "pyproject.toml", "README.md", "LICENSE*")


@dataclass(frozen=True)
class Commit:
    """The last commit.

    Attributes:
        name: its hash.
        seconds: its date, in seconds since 1970.
        changed: whether anything that a site is made from has changed since, or was added.

    """

    name: str
    seconds: str
    changed: bool


def git(root: Path, *arguments: str) -> str:
    """The answer of a git command in a folder.

    Raises `OSError` where there is no git, and `CalledProcessError` where it fails.
    """
    command = ["git", "-c", "core.quotepath=off", *arguments]
    english = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(command, cwd=root, env=english, capture_output=True, encoding="utf-8", check=True)  # noqa: S603
    return done.stdout


def unknown(root: Path = ROOT) -> str | None:
    """The reason why git knows nothing of a folder's history; None where it knows it."""
    try:
        top = git(root, "rev-parse", "--show-toplevel").strip()
        if Path(top).resolve() != root.resolve():
            return "this folder is no repository of its own"
        git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    except OSError:
        return "there is no git"
    except subprocess.CalledProcessError as error:
        if _REFUSED in error.stderr:
            return "git refuses a folder of another user; git config --global --add safe.directory FOLDER allows it"
        return "this folder is no repository with a commit"
    return None


def last_commit(root: Path = ROOT) -> Commit | None:
    """The last commit of the project, or None where its history is not known."""
    if unknown(root):
        return None
    name, seconds = git(root, "log", "-1", "--format=%H %ct").split()
    return Commit(name, seconds, bool(git(root, "status", "--porcelain", "--", *PLACES).strip()))


def missing(root: Path = ROOT) -> str | None:
    """One line about what a build lacks for want of a history, or None where it lacks nothing."""
    if why := unknown(root):
        return f"History not known ({why}): pages show no day of a change, and the site names no commit and no date."
    if git(root, "rev-parse", "--is-shallow-repository").strip() == "true":
        return "History cut off (git fetch --unshallow brings the rest): pages that changed before it show no day."
    return None
