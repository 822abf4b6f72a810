"""A module of ours that leaves the encoding of a file to the machine is refused, whichever test runs it."""

from pathlib import Path

import pytest

WRITE = "path.write_text('text', encoding=encoding)"
READ = "text = path.read_text(encoding)"


def _run(module: str, path: Path, encoding: str | None) -> None:
    for program in (WRITE, READ):
        exec(program, {"__name__": module, "path": path, "encoding": encoding})  # noqa: S102


@pytest.mark.parametrize("module", ["gradlab.commands", "figures_src"])
def test_an_encoding_that_is_not_named_is_refused(module: str, tmp_path: Path) -> None:
    _run(module, tmp_path / "file", "utf-8")
    with pytest.raises(AssertionError, match=f"^{module}: a text is read or written"):
        _run(module, tmp_path / "file", None)


def test_libraries_may_do_as_they_like(tmp_path: Path) -> None:
    _run("somewhere.else", tmp_path / "file", None)
