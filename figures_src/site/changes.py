"""Date of a page's last change, as far as the project's history knows it.

The date is that of the last commit that touched the page's own file. Figures and numbers on the page are made anew by
every build, so what they depend on does not count.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from babel.dates import format_date

from figures_src.cache import history
from figures_src.model.failures import ROOT
from figures_src.model.language import LANGUAGES, Language, locale

PLACES = (*(f"docs/{language}" for language in LANGUAGES), "docs/notebook.py")
_COMMIT = "commit "


def last_changes(root: Path = ROOT) -> dict[str, date]:
    """The day (UTC) on which each page's file last changed, by its path in the project.

    A file is left out where the day is not known: it has changes that are not committed, or the history is cut off
    before its last change. In a folder that is no repository of its own nothing is known.
    """
    if history.unknown(root):
        return {}
    shallow = root / history.git(root, "rev-parse", "--git-path", "shallow").strip()
    cut = set(shallow.read_text("utf-8").split()) if shallow.is_file() else set()
    log = history.git(root, "log", f"--format={_COMMIT}%H %at", "--name-only", "--no-renames", "--", *PLACES)
    changed = history.git(root, "diff", "--name-only", "HEAD", "--", *PLACES).splitlines()
    found = _latest(log, cut)
    return {path: day for path, day in found.items() if day and path not in changed}


def _latest(log: str, cut: set[str]) -> dict[str, date | None]:
    """The first commit, from the newest, that names each file; None where that is a commit the history is cut off at.

    Git shows such a commit as one that added every file.
    """
    found: dict[str, date | None] = {}
    day: date | None = None
    for line in filter(None, log.splitlines()):
        if line.startswith(_COMMIT):
            commit, seconds = line.removeprefix(_COMMIT).split()
            day = None if commit in cut else datetime.fromtimestamp(int(seconds), UTC).date()
        else:
            found.setdefault(line, day)
    return found


def shown(path: str, changes: Mapping[str, date], language: Language) -> dict[str, str] | None:
    """A page's day for machines and for readers, or None where it is not known."""
    if (day := changes.get(path)) is None:
        return None
    here = locale(language)
    return {"machine": day.isoformat(), "reader": format_date(day, here.date, locale=here.locale)}
