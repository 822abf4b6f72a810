"""The site that tests and audit look at, built once for a state of the project and shared by everything that asks.

It lies in a folder named after all that it is made from. Processes that want the same site wait for the first.
`python -m tests.tested_site` builds it before the tests start, with every processor at work on the exhibits.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from figures_src.cache import history
from figures_src.cache.sources import SourceTree
from figures_src.model.failures import ROOT, BuildFailedError
from figures_src.site.build import build, repository_url, site_url, source_date_epoch
from figures_src.site.changes import last_changes
from tests.project import COPIED
from tests.serving import PUBLISHED

REPOSITORY = "https://example.com/owner/gradient-lab"
FOLDER = ROOT / "build" / "tested"
KEPT_UNUSED = timedelta(days=1)


def site_folder(published: str = PUBLISHED, repository: str = f"{REPOSITORY}.git") -> Path:
    """The folder of the site built for an address and a repository, made unless it is there for the project as it is.

    Raises `BuildFailedError` where it cannot be built.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITE_URL", published)
        patch.setenv("REPOSITORY_URL", repository)
        FOLDER.mkdir(parents=True, exist_ok=True)
        site = FOLDER / _key()
        with FileLock(FOLDER / "lock"):
            if not site.is_dir():
                _prune()
                build(site)
            os.utime(site)
    return site


def _key() -> str:
    """The fingerprint of everything that makes the site."""
    of_history = (repr(history.last_commit()), repr(sorted(last_changes().items())))
    settings = (site_url(), repository_url(), source_date_epoch(), *of_history)
    return SourceTree().fingerprint(_sources(), *settings)[:32]


def _sources() -> Iterator[Path]:
    for name in COPIED:
        found = sorted((ROOT / name).rglob("*")) if (ROOT / name).is_dir() else [ROOT / name]
        yield from (path for path in found if path.is_file() and "__pycache__" not in path.parts)


def _prune() -> None:
    """Remove sites that nothing has asked for in a while; time only decides what is kept, never what is valid."""
    oldest = time.time() - KEPT_UNUSED.total_seconds()
    for path in FOLDER.iterdir():
        if path.is_dir() and path.stat().st_mtime < oldest:
            shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    try:
        site_folder()
    except BuildFailedError as failed:
        sys.exit(str(failed))
