"""The built site, served under a sub-path as a project page would be, and a browser to read it with."""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from figures_src.site.browser import launched
from figures_src.site.build import build

SUB_PATH = "gradient-lab"
PUBLISHED = f"https://example.org/{SUB_PATH}/"
REPOSITORY = "https://example.com/owner/gradient-lab"


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without writing a line for each."""

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Site:
    """The built site: its files, and the address it is served at."""

    folder: Path
    address: str


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Build both languages for a published address, and serve them."""
    root = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITE_URL", PUBLISHED)
        patch.setenv("REPOSITORY_URL", f"{REPOSITORY}.git")
        folder = build(root / SUB_PATH)
    with served(root) as address:
        yield Site(folder, f"{address}{SUB_PATH}/")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with launched() as started:
        yield started
