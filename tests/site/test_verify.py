"""A published site held against the one that is made here: from a folder, and from an address."""

import gzip
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from figures_src.__main__ import main
from figures_src.cache.catalog import Catalog
from figures_src.site import provenance, verify
from figures_src.site.provenance import PROVENANCE
from tests.serving import served

FILES = {"index.html": "root", "en/index.html": "an article", "_headers": "for the host", "en/data/chain.csv": "1,2\n"}


@pytest.fixture
def published(tmp_path: Path, made: Catalog, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small site, of which the same is made here."""
    folder = tmp_path / "published"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    provenance.write(folder, provenance.of(made, "", "", "1700000000"))
    own = shutil.copytree(folder, tmp_path / "own")
    monkeypatch.setattr(verify, "_made", lambda *_: own)
    return folder


def _said(place: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    code = main(["verify", place])
    said = capsys.readouterr()
    return code, (said.out + said.err).splitlines()


def test_the_provenance_is_of_every_exhibit_and_of_no_machine(published: Path, made: Catalog) -> None:
    said = json.loads((published / PROVENANCE).read_text())
    assert set(said["exhibits"]) == set(made.exhibits)
    assert {len(exhibit["sha256"]) for exhibit in said["exhibits"].values()} == {64}
    assert said["exhibits"]["remedies"]["seeds"] == ["seeds=5", "data_seed=0"]
    assert set(said["environment"]) == {"python", "torch", "matplotlib", "numpy", "machine", "processor"}
    assert set(said) - {"exhibits", "environment"} == {
        *("commit", "uncommitted_changes", "source_date_epoch", "site_url", "repository_url")
    }


def test_the_same_site_is_found_so_in_a_folder_and_at_an_address(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same = (0, ["The site is, to the byte, the one that is made here."])
    assert _said(str(published), capsys) == same
    # A host reads this file and does not serve it.
    (published / "_headers").unlink()
    with served(published) as site:
        assert _said(site.address, capsys) == same


@pytest.mark.parametrize("by_address", [False, True])
def test_a_changed_byte_and_a_missing_file_are_named(
    by_address: bool, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (published / "en/index.html").write_text("an Article")
    (published / "en/data/chain.csv").unlink()
    (published / "more.html").write_text("")
    said = json.loads((published / PROVENANCE).read_text())
    said["environment"]["processor"] = "OTHER"
    said["exhibits"]["chain"]["sha256"] = "0"
    del said["exhibits"]["tanh"]
    provenance.write(published, said)
    with served(published) as site:
        code, lines = _said(site.address if by_address else str(published), capsys)
    assert code == 1
    assert lines[0].startswith("made otherwise: processor: OTHER there, ")
    assert lines[1:] == [
        "The site is not the one that is made here:",
        "  exhibit chain: shows something else",
        "  exhibit tanh: not there",
        "  en/data/chain.csv: not there",
        "  en/index.html: other bytes",
        "  provenance.json: other bytes",
        *([] if by_address else ["  more.html: not made here"]),
    ]


class _Elsewhere(BaseHTTPRequestHandler):
    """Sends everybody to another host."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", "http://elsewhere.invalid/provenance.json")
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


class _CutOff(_Elsewhere):
    """Sends less than it has packed."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(gzip.compress(b"{}")[:-4])


@contextmanager
def _answering(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a host that answers so."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("handler", "said"),
    [(_Elsewhere, " sends to http://elsewhere.invalid/"), (_CutOff, ": Compressed file ended")],
)
def test_an_address_that_sends_elsewhere_or_breaks_off_is_not_followed(
    handler: type[BaseHTTPRequestHandler], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with _answering(handler) as address:
        code, (line,) = _said(address, capsys)
    assert code == 2
    assert line.startswith(f"{address}provenance.json{said}")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("", "SITE: found '', allowed: https://host/path/, or a folder"),
        ("no/such/folder", "SITE: found 'no/such/folder', allowed: "),
        ("https://host/path?query", "SITE: found 'https://host/path?query', allowed: "),
        ("ftp://host/", "SITE: found 'ftp://host/', allowed: "),
        ("http://127.0.0.1:9/", "http://127.0.0.1:9/provenance.json: "),
        (f"http://{'a' * 70}.invalid/", f"http://{'a' * 70}.invalid/provenance.json: "),
        ("http://[::1/", "http://[::1/provenance.json: "),
        ("tests", "tests: has no provenance.json, which every site of this project has at its root"),
    ],
)
def test_a_wrong_address_is_said_in_one_line(place: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, (line,) = _said(place, capsys)
    assert code == 2
    assert line.startswith(said)


@pytest.mark.parametrize("content", ["<html>", "[]", '{"exhibits": 3, "environment": {}}', "[" * 10**5])
def test_a_provenance_that_is_none_is_said_in_one_line(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / PROVENANCE).write_text(content)
    assert _said(str(tmp_path), capsys) == (2, [f"{tmp_path}: its provenance.json cannot be read"])
