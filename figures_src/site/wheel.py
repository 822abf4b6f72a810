"""The wheel of gradlab that the site serves: what a reader installs is what the pages were measured with."""

import os
import shutil
import tomllib
from pathlib import Path

from figures_src.cache.sources import SourceTree
from figures_src.cache.store import Store
from figures_src.make import children
from figures_src.make.children import Program
from figures_src.make.scratch import scratch
from figures_src.model.failures import ROOT, BuildFailedError, Failure
from figures_src.site.kept_files import KIND

# Sources of the wheel; nothing else of the project, and nothing that an earlier build left behind.
ABOUT = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-docs")
PACKAGE = "gradlab"
SUFFIXES = {".py", ".typed", ".mo", ".toml"}
# Lines of a page between these two stand on it where the site's address is known.
BEGIN, END, ADDRESS = "<!-- wheel", "-->", "WHEEL"
# The address of the folder around the languages, which the build of a language is told.
VARIABLE = "GRADIENT_LAB_PUBLISHED"


def name() -> str:
    """The file name of the wheel."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{project['name'].replace('-', '_')}-{project['version']}-py3-none-any.whl"


def put(folder: Path, epoch: str) -> Path:
    """Put the wheel into a folder; one that `build` made of the same files before comes from the store."""
    key = SourceTree().fingerprint((ROOT / file for file in _files()), epoch)

    def write(entry: Path) -> None:
        build(entry, epoch)

    return Path(shutil.copyfile(Store().keep(KIND, "wheel", key, write) / name(), folder / name()))


def build(folder: Path, epoch: str) -> Path:
    """Build the wheel into a folder, the same to the byte wherever and whenever it is built.

    Args:
        folder: where it is put.
        epoch: the date of all its files, in seconds since 1970.

    Raises:
        BuildFailedError: setuptools did not build it.

    """
    with scratch() as made_in:
        source = made_in / "source"
        for file in _files():
            copy = source / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / file, copy)
            copy.chmod(0o644)
        arguments = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
        done = children.run(
            Program(
                "pip",
                [*arguments, "--wheel-dir", str(made_in), str(source)],
                {**os.environ, "SOURCE_DATE_EPOCH": epoch},
                is_quiet=True,
                umask=0o022,  # of which the wheel keeps a trace
            )
        )
        made = made_in / name()
        if done.code or not made.is_file():
            reason = (done.said.strip().splitlines() or ["no wheel was made"])[-1]
            raise BuildFailedError([Failure("pyproject.toml", f"the wheel was not built: {reason}")])
        return Path(shutil.copyfile(made, folder / name()))


def _files() -> list[Path]:
    package = [path.relative_to(ROOT) for path in (ROOT / PACKAGE).rglob("*") if path.suffix in SUFFIXES]
    return [*map(Path, ABOUT), *sorted(package)]


def published() -> str:
    """The site's address with a final slash, or nothing where it is not known."""
    return os.environ.get(VARIABLE, "")


def with_address(markdown: str, url: str) -> str:
    """A page's Markdown with the lines that install the wheel, or without them where the site's address is not known.

    Args:
        markdown: of a page; the lines stand in a comment that begins with ``<!-- wheel``.
        url: the site's address with a final slash, or nothing.

    """
    before, begin, rest = markdown.partition(f"{BEGIN}\n")
    if not begin:
        return markdown
    lines, _, after = rest.partition(f"\n{END}\n")
    shown = lines.replace(ADDRESS, f"{url}{name()}") if url else ""
    return f"{before}{shown}\n{after}" if shown else before + after.lstrip("\n")
