"""Is a published site what this project makes? It is made once more, and what differs is named.

The site is a folder or an address. Nothing is read from anywhere but there: a site that sends elsewhere is refused.
"""

import gzip
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from figures_src.make.scratch import scratch
from figures_src.site import build
from figures_src.site.provenance import PROVENANCE

TIMEOUT = 30
AT_ONCE = 8
# Files that one answer names; more would hide the rest of it.
LISTED = 20
# Beginning of the names of files that a host reads and does not serve.
_FOR_THE_HOST = "_"
# Errors of the network, of packed contents, and of an address that is none.
_UNREAD = (OSError, HTTPException, EOFError, zlib.error, ValueError)
_ABOUT = ("commit", "uncommitted_changes", "source_date_epoch", "environment")


class NoSiteError(Exception):
    """There is no site of this project at an address, in one line."""


@dataclass(frozen=True)
class Folder:
    """A site in a folder."""

    path: Path

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None where there is none."""
        file = self.path / name
        return file.read_bytes() if file.is_file() else None

    def unknown(self, known: set[str]) -> list[str]:
        """Files that are not among those known."""
        found = {path.relative_to(self.path).as_posix() for path in self.path.rglob("*") if path.is_file()}
        return sorted(found - known)


class _Stay(HTTPRedirectHandler):
    """Follows a host that sends to another place of its own, and nobody who sends elsewhere."""

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        if urlsplit(newurl)[:2] != urlsplit(req.full_url)[:2]:
            raise NoSiteError(f"{req.full_url} sends to {newurl}; give that address where it is the site's")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@dataclass(frozen=True)
class Address:
    """A site on the web."""

    url: str

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None where there is none.

        Raises `NoSiteError` where the host does not answer.
        """
        url = self.url + quote(name)
        try:
            with build_opener(_Stay).open(Request(url), timeout=TIMEOUT) as answer:  # noqa: S310 - http only, see `at`
                content: bytes = answer.read()
                packed = answer.headers.get("Content-Encoding") == "gzip"
                return gzip.decompress(content) if packed else content
        except HTTPError as error:
            if error.code in (404, 410):
                return None
            raise NoSiteError(f"{url}: the host answers {error.code}") from None
        except _UNREAD as error:
            raise NoSiteError(f"{url}: {getattr(error, 'reason', None) or error}") from None

    def unknown(self, known: set[str]) -> list[str]:  # noqa: ARG002 - as a folder's
        """Nothing: a host does not list its files."""
        return []


Site = Folder | Address


def at(place: str) -> Site:
    """The site at a place.

    Raises `NoSiteError` where it is neither a folder nor an address.
    """
    if place.startswith(("http://", "https://")):
        if not build.WEB_FOLDER.fullmatch(place):
            raise NoSiteError(f"SITE: found {place!r}, allowed: https://host/path/, or a folder")
        return Address(f"{place.rstrip('/')}/")
    if not place or not Path(place).is_dir():
        raise NoSiteError(f"SITE: found {place!r}, allowed: https://host/path/, or a folder")
    return Folder(Path(place))


def provenance(site: Site, place: str) -> dict[str, Any]:
    """The provenance that a site states, in JSON's types.

    Raises `NoSiteError` where it says nothing, or nothing that can be read.
    """
    content = site.read(PROVENANCE)
    if content is None:
        raise NoSiteError(f"{place}: has no {PROVENANCE}, which every site of this project has at its root")
    try:
        said = json.loads(content)
        wrong = not isinstance(said["exhibits"], dict) or not isinstance(said["environment"], dict)
    except (ValueError, TypeError, KeyError, RecursionError):
        wrong = True
    if wrong:
        raise NoSiteError(f"{place}: its {PROVENANCE} cannot be read")
    return dict(said)


def verify(place: str) -> tuple[list[str], list[str]]:
    """Make a site once more and compare: what to know about the comparison, and what differs.

    Raises `NoSiteError` where there is none, and `BuildFailedError` where it cannot be made.
    """
    site = at(place)
    published = provenance(site, place)
    with scratch() as folder:
        own = _made(folder / "site", published)
        here = provenance(Folder(own), str(own))
        return list(_circumstances(published, here)), [*_exhibits(published, here), *_files(site, own)]


def _made(folder: Path, published: Mapping[str, Any]) -> Path:
    """The site of this project, for the addresses and the date of the published one."""
    settings = {
        "SITE_URL": published.get("site_url"),
        "REPOSITORY_URL": published.get("repository_url"),
        "SOURCE_DATE_EPOCH": published.get("source_date_epoch"),
    }
    before = dict(os.environ)
    try:
        os.environ.update({name: str(value or "") for name, value in settings.items()})
        return build.build(folder)
    finally:
        os.environ.clear()
        os.environ.update(before)


def _circumstances(published: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    """Yield what may be the reason of a difference: another commit, version, or kind of processor."""
    for name in _ABOUT:
        there, own = published.get(name), here[name]
        if isinstance(own, dict) and isinstance(there, dict):
            for part, value in own.items():
                if there.get(part) != value:
                    yield f"{part}: {there.get(part)} there, {value} here"
        elif there != own:
            yield f"{name.replace('_', ' ')}: {there} there, {own} here"


def _exhibits(published: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    there, own = published["exhibits"], here["exhibits"]
    for name in sorted(there.keys() | own.keys()):
        if name not in own:
            yield f"exhibit {name}: not made here"
        elif name not in there:
            yield f"exhibit {name}: not there"
        elif there[name] != own[name]:
            yield f"exhibit {name}: shows something else"


def _files(site: Site, own: Path) -> Iterator[str]:
    names = sorted(path.relative_to(own).as_posix() for path in own.rglob("*") if path.is_file())
    asked = [name for name in names if isinstance(site, Folder) or not name.startswith(_FOR_THE_HOST)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = zip(asked, pool.map(site.read, asked), strict=True)
        wrong = [
            f"{name}: {'not there' if content is None else 'other bytes'}"
            for name, content in found
            if content != (own / name).read_bytes()
        ]
    wrong += [f"{name}: not made here" for name in site.unknown(set(names))]
    yield from wrong[:LISTED]
    if len(wrong) > LISTED:
        yield f"and {len(wrong) - LISTED} more files of {len(names)}"
