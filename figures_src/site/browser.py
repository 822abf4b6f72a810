"""The browser that reads and prints the built site: the system's Chromium, or the one that Playwright keeps.

`python -m figures_src.site.browser` installs one where there is none: Debian's where it can, else Playwright's own.
"""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A reader of the site asks nothing of the network; without these the browser looks up its maker's hosts at every start.
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


def installed() -> str | None:
    """The path of the system's Chromium, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def install() -> None:
    """Install a browser where there is none."""
    if Path(executable()).exists():
        return
    apt = shutil.which("apt-get")
    if apt and _is_root():
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([apt, "-qq", "update"], check=True, env=environment)  # noqa: S603
        subprocess.run([apt, "-qq", "install", "--yes", "chromium"], check=True, env=environment)  # noqa: S603
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


@functools.cache
def executable() -> str:
    """The path of the browser that is driven."""
    if found := installed():
        return found
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def flags() -> list[str]:
    """The flags of the browser."""
    # Chromium refuses its own sandbox to root.
    return [*FLAGS, *(["--no-sandbox"] if _is_root() else [])]


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless browser."""
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags())
        yield browser
        browser.close()


if __name__ == "__main__":
    install()
