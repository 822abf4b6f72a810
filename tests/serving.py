"""The built site as a static host serves it: under a project's sub-path, compressed, with the site's own headers."""

import functools
import gzip
import io
import mimetypes
import re
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import unquote, urlsplit

# The site's address for tests: under a sub-path, as a project's page would.
PUBLISHED = "https://example.org/gradient-lab/"
COMPRESSED = ("text/", "application/json", "application/xml", "image/svg+xml")
# A site's file of the headers that are sent with its files.
HEADERS = "_headers"
_PLACE = re.compile(r":\w+|\*")


@dataclass(frozen=True)
class Rule:
    """Headers of every address that a pattern fits; a part of an address is `:name`, and any end of one is `*`."""

    pattern: str
    headers: tuple[tuple[str, str], ...]

    def fits(self, address: str) -> bool:
        """Whether an address, which begins at the site's root, is one of those."""
        places = _PLACE.sub(lambda place: ".*" if place[0] == "*" else "[^/]+", self.pattern.replace(".", r"\."))
        return re.fullmatch(places, address) is not None


def free_port() -> int:
    """A port that nobody listens on."""
    with socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def rules(folder: Path) -> list[Rule]:
    """The rules of a site's file of headers; none without the file."""
    file = folder / HEADERS
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    found: list[Rule] = []
    for line in filter(str.strip, lines):
        if line.startswith(" "):
            name, value = line.strip().split(": ", 1)
            found[-1] = Rule(found[-1].pattern, (*found[-1].headers, (name, value)))
        else:
            found.append(Rule(line, ()))
    return found


def sent(found: list[Rule], address: str) -> dict[str, str]:
    """The headers of an address: a host joins what several rules say of one."""
    headers: dict[str, str] = {}
    for rule in found:
        for name, value in rule.headers if rule.fits(address) else ():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


class Traffic:
    """Bytes and files that a server has sent since it was last asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes = self._answers = 0

    def add(self, count: int, answers: int = 0) -> None:
        """Count bytes and answers that were sent."""
        with self._lock:
            self._bytes += count
            self._answers += answers

    def now(self) -> tuple[int, int]:
        """Bytes with headers, and answers, so far."""
        with self._lock:
            return self._bytes, self._answers


@dataclass(frozen=True)
class Site:
    """The built site: its files, the address it is served at, and what was sent from there."""

    folder: Path
    address: str
    traffic: Traffic

    @property
    def path(self) -> str:
        """The path of the address, with slashes at both ends."""
        return urlsplit(self.address).path


class _Metered(io.BufferedIOBase):
    """Passes bytes on and counts them."""

    def __init__(self, inner: io.BufferedIOBase, traffic: Traffic) -> None:
        self._inner = inner
        self._traffic = traffic

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._traffic.add(len(data))
        return self._inner.write(data)

    def flush(self) -> None:
        self._inner.flush()


class _Server(ThreadingHTTPServer):
    """Serves one folder under one path."""

    def __init__(self, folder: Path, path: str) -> None:
        self.folder = folder
        self.path = path
        self.rules = rules(folder)
        self.traffic = Traffic()
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """Say nothing of a browser that closed its connection."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers for one connection, without writing a line for each."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.wfile = _Metered(self.wfile, self.server.traffic)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        inside = path.removeprefix(self.server.path)
        file = (self.server.folder / inside).resolve()
        if not path.startswith(self.server.path) or not file.is_relative_to(self.server.folder) or not file.exists():
            self._answer(HTTPStatus.NOT_FOUND, self.server.folder / "404.html")
        elif file.is_dir() and not path.endswith("/"):
            self._redirect(f"{path}/")
        else:
            self._answer(HTTPStatus.OK, file / "index.html" if file.is_dir() else file)

    def _redirect(self, target: str) -> None:
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.traffic.add(0, answers=1)

    def _answer(self, status: HTTPStatus, file: Path) -> None:
        if not file.is_file():
            status = HTTPStatus.NOT_FOUND
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        text = kind.startswith(COMPRESSED)
        body = _content(file, file.stat().st_mtime_ns, text) if file.is_file() else b""
        # A browser that has the file asks whether it is still the same, which costs no second copy of it.
        tag = f'"{zlib.crc32(body):08x}"'
        if status == HTTPStatus.OK and self.headers["If-None-Match"] == tag:
            status, body = HTTPStatus.NOT_MODIFIED, b""
        self.send_response(status)
        self.send_header("ETag", tag)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if text else kind)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        address = unquote(urlsplit(self.path).path).removeprefix(self.server.path)
        for name, value in sent(self.server.rules, f"/{address}").items():
            self.send_header(name, value)
        if text and body:
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Vary", "Accept-Encoding")
        self.end_headers()
        self.wfile.write(body)
        self.server.traffic.add(0, answers=1)


@functools.lru_cache(maxsize=512)
def _content(file: Path, changed: int, text: bool) -> bytes:
    """The answer for a file; the time of its change is part of its key in the cache."""
    content = file.read_bytes()
    return gzip.compress(content, 6, mtime=0) if text else content


@contextmanager
def served(folder: Path, published: str = PUBLISHED) -> Iterator[Site]:
    """Serve a built site on a free port of this machine, under the path that it is published at."""
    path = urlsplit(published).path
    server = _Server(folder.resolve(), path)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(folder.resolve(), f"http://127.0.0.1:{server.server_address[1]}{path}", server.traffic)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
