"""The browser that reads and prints the built site: the system's Chromium, or the one that Playwright keeps.

Where Chromium's headless shell is at hand, that reads: the same engine without a window, which needs a quarter less of
the processor. `python -m figures_src.site.browser` installs both: Debian's where it can, else Playwright's own.
"""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHELL = "chromium-headless-shell"
PATIENCE = 120.0
"""Seconds that installing the shell may take, without which all works."""
# A reader of the site asks nothing of the network; without these the browser looks up its maker's hosts at every start.
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # The shell rounds the widths of letters to whole pixels otherwise, which the whole browser does not.
    "--font-render-hinting=none",
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
    apt = shutil.which("apt-get") if _is_root() else None
    if not apt:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
        return
    _run(apt, "update")
    _run(apt, "install", "--yes", "chromium")
    try:
        _run(apt, "install", "--yes", SHELL, seconds=PATIENCE)
    except subprocess.SubprocessError:
        sys.stderr.write(f"{SHELL} cannot be installed: Chromium itself reads the site, which takes longer\n")


def _run(apt: str, *command: str, seconds: float | None = None) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([apt, "-qq", *command], check=True, env=environment, timeout=seconds)  # noqa: S603


@functools.cache
def executable() -> str:
    """The path of the browser that is driven."""
    if found := installed():
        return found
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def reader() -> str | None:
    """The path of the browser that reads pages; None for Playwright's own shell."""
    return shutil.which(SHELL) or installed()


def flags() -> list[str]:
    """The flags of the browser."""
    # Chromium refuses its own sandbox to root.
    return [*FLAGS, *(["--no-sandbox"] if _is_root() else [])]


@contextmanager
def launched(fonts: Path | None = None) -> Iterator[Browser]:
    """A headless browser, which finds the fonts of a folder besides those of the machine where fontconfig looks."""
    path = reader()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        variables: dict[str, str | float | bool] = {**os.environ}
        if fonts:
            variables["FONTCONFIG_FILE"] = str(_font_configuration(fonts, Path(folder)))
        browser = playwright.chromium.launch(executable_path=path, args=flags(), env=variables)
        yield browser
        browser.close()


def _font_configuration(fonts: Path, folder: Path) -> Path:
    """The machine's configuration of fonts and one folder more, as a file."""
    own = escape(os.environ.get("FONTCONFIG_FILE") or "/etc/fonts/fonts.conf")
    file = folder / "fonts.conf"
    file.write_text(
        '<?xml version="1.0"?>\n<fontconfig>\n'
        f'<include ignore_missing="yes">{own}</include>\n<dir>{escape(str(fonts))}</dir>\n</fontconfig>\n',
        encoding="utf-8",
    )
    return file


if __name__ == "__main__":
    install()
