"""Spelling: codespell on everything written by hand, with American spelling on the English pages."""

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from figures_src.model.failures import ROOT, Failure, relative
from tests.audit.built import pieces
from tests.audit.tools import last_words, run
from tests.serving import Site

ALLOWED = Path(__file__).with_name("allowed-spellings.txt")
DICTIONARIES = "clear,rare"
AMERICAN = f"{DICTIONARIES},en-GB_to_en-US"
WRITTEN = (
    "*.md",
    "*.py",
    "*.js",
    "*.css",
    "*.html",
    "*.jinja",
    "*.j2",
    "*.toml",
    "*.yml",
    "*.in",
    "Makefile",
    ":!figures_src/markdown/vendor",
)
FAULT = re.compile(r"^(?P<file>.+?):(?P<line>\d+): (?P<wrong>\S+) ==> (?P<right>.+)$", re.MULTILINE)


def check(site: Site) -> list[Failure]:
    """Every misspelt word in the project's files and on the built English pages."""
    return [*in_files(ROOT), *on_pages(site)]


def in_files(root: Path) -> list[Failure]:
    """Hand-written files that git knows, or would know once they are added."""
    listed = run("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *WRITTEN)
    if listed.returncode:
        raise last_words("git ls-files", listed)
    files = [root / name for name in listed.stdout.split("\0") if name]
    return [
        Failure(f"{relative(Path(fault['file']))}:{fault['line']}", _what(fault))
        for fault in faults([path for path in files if path.is_file()], DICTIONARIES)
    ]


def on_pages(site: Site) -> list[Failure]:
    """The text that the English pages show, wherever it was written."""
    read = pieces(site.folder, "en")
    with TemporaryDirectory() as folder:
        text = Path(folder) / "text"
        text.write_text("\n".join(piece.text for piece in read), encoding="utf-8")
        return [Failure(read[int(fault["line"]) - 1].page, _what(fault)) for fault in faults([text], AMERICAN)]


def faults(files: list[Path], dictionaries: str) -> list[re.Match[str]]:
    """The faults that codespell finds."""
    options = ("--builtin", dictionaries, "--ignore-words", ALLOWED, "--disable-colors")
    done = run(sys.executable, "-m", "codespell_lib", *options, *files)
    found = list(FAULT.finditer(done.stdout))
    if done.returncode and not found:
        raise last_words("codespell", done)
    return found


def _what(fault: re.Match[str]) -> str:
    return f"found {fault['wrong']!r}, allowed: {fault['right']}"
