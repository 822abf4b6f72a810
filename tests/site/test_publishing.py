"""Refusals that keep a slip from the site: cells that warn, files that nobody may read, a stranger's word list."""

import marshal
import os
import tempfile
from pathlib import Path
from typing import Any

import jieba
import pytest
from mkdocs.exceptions import PluginError
from nbformat.v4 import new_output

from figures_src.cache.store import FOLDER_VARIABLE
from figures_src.site import build, hooks, running_cell, searching


def _printed(text: str, name: str = "stdout") -> Any:
    return new_output("stream", name=name, text=text)


def _shown(text: str) -> Any:
    return new_output("execute_result", data={"text/plain": text})


@pytest.mark.parametrize(
    ("output", "line", "message"),
    [
        (
            _printed("/x/ipykernel_1/2.py:3: UserWarning: too\n  f()\n", "stderr"),
            3,
            "the cell warns: UserWarning: too",
        ),
        (_printed("12%\n", "stderr"), 1, "the cell warns: 12%"),
        (_printed("loss: nan\n"), 1, "the cell shows nan, allowed: finite numbers, or a word"),
        (_shown("tensor([1., inf])"), 1, "the cell shows inf, allowed: finite numbers, or a word"),
    ],
)
def test_a_cell_that_warns_or_shows_what_is_not_finite_is_refused(output: Any, line: int, message: str) -> None:
    with pytest.raises(PluginError) as refused:
        hooks.whole_outputs([_printed("x"), output], 2)
    assert str(refused.value) == f"1 failure:\n  {running_cell.place(2, line)}: {message}"


def test_other_outputs_are_let_through_in_one_piece() -> None:
    (whole,) = hooks.whole_outputs([_printed("info: 1"), _printed("\noverflow")], 1)
    assert whole.text == "info: 1\noverflow"


def test_the_site_can_be_read_by_others_whatever_mask_it_was_written_with(tmp_path: Path) -> None:
    mask = os.umask(0o077)
    try:
        (tmp_path / "new" / "en").mkdir(parents=True)
        (tmp_path / "new" / "en" / "index.html").write_text("x")
        build._put_in_place(tmp_path / "new", tmp_path / "site")
    finally:
        os.umask(mask)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "site").rglob("*")} | {
        (tmp_path / "site").stat().st_mode & 0o777
    }
    assert modes == {0o755, 0o644}


def test_the_words_of_the_search_are_read_from_the_store_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "store"))
    # A stranger's list, in which no two characters are a word.
    (shared / "jieba.cache").write_bytes(marshal.dumps(({"梯": 1, "度": 1}, 2)))
    monkeypatch.setattr(jieba, "dt", jieba.Tokenizer())
    searching.load_dictionary()
    assert jieba.dt.lcut("梯度与神经网络") == ["梯度", "与", "神经网络"]
    # An entry that was changed in the store is made again.
    (kept,) = (tmp_path / "store" / "words").glob("jieba-*/jieba.cache")
    kept.write_bytes(marshal.dumps(({"梯": 1, "度": 1}, 2)))
    monkeypatch.setattr(jieba, "dt", jieba.Tokenizer())
    searching.load_dictionary()
    assert jieba.dt.lcut("梯度")[0] == "梯度"
