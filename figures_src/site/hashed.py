"""Names of files that tell their content: `gradient-lab.0f3a91c2.css`, which a browser may keep for a year.

Everything that pages load is renamed when the site is finished, from what refers to nothing on: fonts, pictures and
data, then styles, then scripts. The theme's own names have a hash too, but of what the theme sent: the build changes
it. The live preview has the plain names, as it is made anew with every edit.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from posixpath import normpath
from urllib.parse import urlsplit

from figures_src.model.failures import BuildFailedError, Failure

# The one of the folders below whose scripts are workers.
WORKERS = "assets/javascripts/workers"
# Folders of a language whose files are all renamed, in an order in which each refers to those before it, or beside it.
FOLDERS = (
    "assets/fonts",
    "assets/images",
    "data/playground",
    "assets/css",
    "assets/stylesheets",
    "assets/js",
    WORKERS,
    "assets/javascripts",
)
# The one of the folder around the languages.
ROOT_FOLDER = "assets"
# Kinds of files that may refer to renamed files.
_TEXTS = frozenset({".css", ".html", ".js", ".webmanifest"})
_HASH = re.compile(r"\.[0-9a-f]{8}(?=\.)")
_DIGITS = 8


def named(path: PurePosixPath, content: bytes) -> PurePosixPath:
    """The name of a file with a hash of its content, in place of a hash that it has already."""
    digest = f".{hashlib.sha256(content).hexdigest()[:_DIGITS]}"
    if _HASH.search(path.name):
        return path.with_name(_HASH.sub(digest, path.name, count=1))
    return path.with_name(f"{path.stem}{digest}{path.suffix}")


def rename(site: Path, folders: Iterable[str], url: str) -> None:
    """Rename the files of a finished site, and everything that refers to them.

    `folders` are the languages', `url` is the site's published address or nothing: pages for unknown addresses refer to
    files by their whole path.

    Raises `BuildFailedError` where files of a folder refer to each other in a circle: none can be named first.
    """
    names: dict[str, str] = {}
    root = urlsplit(url).path or "/"
    places = [*(f"{language}/{folder}" for language in folders for folder in FOLDERS), ROOT_FOLDER]
    for place in places:
        # A file that another of the same folder refers to comes first.
        waiting = {path: path.read_bytes() for path in sorted((site / place).glob("*")) if path.is_file()}
        while waiting:
            unnamed = {path.relative_to(site).as_posix() for path in waiting}
            path = next((path for path in waiting if not _refers(path, waiting[path], unnamed, site)), None)
            if path is None:
                what = f"found a circle of files that refer to each other: {', '.join(sorted(unnamed))}"
                raise BuildFailedError([Failure("docs/theme", f"{what}; allowed: names in one direction")])
            content = waiting.pop(path)
            if path.suffix in _TEXTS:
                content = _rewritten(content.decode(), path.relative_to(site), names, root).encode()
            old = PurePosixPath(path.relative_to(site).as_posix())
            names[str(old)] = str(named(old, content))
            path.unlink()
            (site / names[str(old)]).write_bytes(content)
    for path in sorted(site.rglob("*")):
        if path.suffix in {".html", ".webmanifest"}:
            text = path.read_text(encoding="utf-8")
            path.write_text(_rewritten(text, path.relative_to(site), names, root), encoding="utf-8")


def _refers(path: Path, content: bytes, unnamed: set[str], site: Path) -> bool:
    """Whether a file refers to another one of its folder that has no name yet."""
    if path.suffix not in _TEXTS:
        return False
    names = dict.fromkeys(unnamed - {path.relative_to(site).as_posix()}, "")
    text = content.decode()
    return _rewritten(text, path.relative_to(site), names, "/") != text


def _rewritten(text: str, path: Path, names: Mapping[str, str], root: str) -> str:
    """A text with the new names of the files that it refers to, by relative addresses or by whole paths."""
    if not names:
        return text
    files = "|".join(sorted({re.escape(PurePosixPath(name).name) for name in names}))
    folder = path.parent.as_posix()

    def renamed(match: re.Match[str]) -> str:
        address = match["folder"]
        # A whole path that begins elsewhere leads to nothing of the site.
        whole = address.startswith("/")
        inside = address.removeprefix(root) if whole else f"{folder}/{address}"
        new = names.get(normpath(f"{inside}{match['file']}"))
        return match[0] if new is None else f"{address}{PurePosixPath(new).name}"

    return re.sub(rf"""(?<=["'(])(?P<folder>(?:[\w.-]*/)*)(?P<file>{files})(?=["')?#])""", renamed, text)
