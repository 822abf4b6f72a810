"""The record of what pages weigh, and how this site's own are counted."""

import json
from pathlib import Path
from typing import Any

import pytest

from figures_src.exhibits.tools import _weights, page_weights
from figures_src.exhibits.tools._weights import OWN, PEERS


def test_the_committed_record_holds_every_page_and_says_where_it_was_read() -> None:
    record = _weights.read()
    assert {page.name for page in record.pages} == {*OWN, *PEERS} == set(page_weights.PAGES)
    for name in PEERS:
        repository, commit, path = record.of(name).source.split(", ")
        assert repository.count("/") == 1
        assert len(commit) == 40
        assert path.endswith(".html")
        assert record.of(name).characters > 10_000
    for name in OWN:
        page = record.of(name)
        assert len(page.weighed) == page.requests, "of our own pages every file is weighed"
        assert page.hosts == ()


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("counted", "yesterday", "Invalid isoformat"),
        ("pages", [], "pages: found"),
        ("more", 1, "found counted, measured, more, pages, allowed: counted, measured, pages"),
    ],
)
def test_damage_is_named_in_one_line(tmp_path: Path, place: str, value: Any, message: str) -> None:
    content = json.loads(_weights.FILE.read_text("utf-8"))
    (tmp_path / "weights.json").write_text(json.dumps(content | {place: value}), "utf-8")
    with pytest.raises(ValueError, match=message) as raised:
        _weights.read(tmp_path / "weights.json")
    assert "\n" not in str(raised.value)


def test_a_page_cannot_have_more_weighed_files_than_it_asks_for() -> None:
    with pytest.raises(ValueError, match="weighed: found 2 files, allowed: at most 1"):
        _weights.Page("x", "x", 1, 0, 0, 0, 0, (), (_weights.Weighed("a", 1), _weights.Weighed("b", 1)))


def test_a_page_is_counted_by_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    for name in ("a.css", "a.js", "a.woff2", "a.svg"):
        (tmp_path / "en" / name).write_bytes(b"a" * 1000)
    (tmp_path / "en" / "index.html").write_text(
        '<link rel="stylesheet" href="a.css?x=1"><link rel="preload" as="font" href="a.woff2">'
        '<link rel="icon" href="a.svg"><link rel="canonical" href="https://a.example/"><script src="a.js"></script>'
        '<script src="a.js"></script><script>1</script><img src="https://b.example/b.png">'
        '<a href="https://c.example/">c</a>',
        "utf-8",
    )
    page = _weights.measure(tmp_path, "en_article")
    assert (page.styles, page.scripts, page.fonts, page.images, page.requests) == (1, 1, 1, 2, 6)
    assert page.hosts == ("b.example",)
    sizes = {one.file: one.transferred for one in page.weighed}
    assert set(sizes) == {"en/index.html", "en/a.css", "en/a.js", "en/a.woff2", "en/a.svg"}
    assert sizes["en/a.woff2"] == 1000 > sizes["en/a.css"], "what is compressed by itself is sent as it is"


def test_the_table_shows_the_record() -> None:
    record = page_weights.compute()
    rows = page_weights.table(record, lambda text: text("en")).rows
    for page, row in zip(record.pages, rows, strict=True):
        assert row[1:] == (
            page.requests, len(page.hosts), round(page.known / 1000), len(page.weighed),
            round(page.characters / 1000), page.styles, page.scripts,
        )  # fmt: skip
