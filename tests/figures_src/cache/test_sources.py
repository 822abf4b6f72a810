"""The fingerprint: content and the import closure, never times and never the script alone."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from figures_src.cache import sources
from figures_src.cache.sources import SourceTree
from figures_src.model import exhibit
from figures_src.model.failures import BuildFailedError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "gradlab/__init__.py": "",
        "gradlab/deep.py": "CONSTANT = 1\n",
        "gradlab/other.py": "",
        "gradlab/experiments/__init__.py": "from gradlab._internal import lazy\n",
        "gradlab/_internal/lazy.py": "",
        "gradlab/experiments/subject/run.py": "from ... import deep\n",
        "figures_src/__init__.py": "",
        "figures_src/page.py": "def f():\n    from gradlab.experiments import run\n    return run\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_closure_follows_imports_of_every_kind(root: Path) -> None:
    assert set(SourceTree(root).closure(["figures_src.page"])) == {
        "figures_src",
        "figures_src.page",
        "gradlab",
        "gradlab.deep",
        "gradlab.experiments",
        "gradlab.experiments.subject.run",
        "gradlab._internal.lazy",
    }


def test_a_package_imports_its_own_modules_by_their_names_within_it(root: Path) -> None:
    (root / "gradlab/experiments/__init__.py").write_text("from . import _own\n")
    (root / "gradlab/experiments/_own.py").write_text("from .. import other\n")
    closure = SourceTree(root).closure(["gradlab.experiments"])
    assert closure.keys() == {"gradlab", "gradlab.experiments", "gradlab.experiments._own", "gradlab.other"}


def test_what_only_a_type_checker_imports_does_not_count(root: Path) -> None:
    for_types = "if TYPE_CHECKING:\n    from gradlab import other\nelse:\n    from gradlab import deep\n"
    (root / "figures_src/page.py").write_text(for_types)
    closure = SourceTree(root).closure(["figures_src.page"])
    assert "gradlab.deep" in closure
    assert "gradlab.other" not in closure


def _key(root: Path) -> str:
    tree = SourceTree(root)
    return tree.fingerprint(tree.closure(["figures_src.page"]).values())


def test_a_deep_edit_changes_the_fingerprint_and_an_unrelated_one_does_not(root: Path) -> None:
    before = _key(root)
    (root / "gradlab/other.py").write_text("CONSTANT = 2\n")
    assert _key(root) == before
    (root / "gradlab/deep.py").write_text("CONSTANT = 2\n")
    assert _key(root) != before


def test_the_data_beside_a_module_is_a_part_of_it(root: Path) -> None:
    before = _key(root)
    (root / "gradlab/other.json").write_text("1")
    assert _key(root) == before
    (root / "gradlab/deep.json").write_text("1")
    with_data = _key(root)
    assert with_data != before
    (root / "gradlab/deep.json").write_text("2")
    assert _key(root) not in (before, with_data)


def test_a_script_reaches_what_it_imports_and_through_the_package_everything(root: Path) -> None:
    script = root / "script.py"
    script.write_text("from gradlab import other\n")
    assert set(SourceTree(root).script(script)) == {"gradlab", "gradlab.other"}
    script.write_text("import gradlab\n\nprint(gradlab.experiments.run)\n")
    assert set(SourceTree(root).script(script)) >= {"gradlab.deep", "gradlab.other", "gradlab.experiments.subject.run"}


def test_time_does_not_count(root: Path) -> None:
    before = _key(root)
    os.utime(root / "gradlab/deep.py", (1, 1))
    assert _key(root) == before


def test_the_lock_and_the_versions_count(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A process keeps the versions that it met first.
    monkeypatch.setattr(sources, "environment", sources.environment.__wrapped__)
    before = _key(root)
    (root / "requirements").mkdir()
    (root / "requirements/docs.txt").write_text("torch==1\n")
    locked = _key(root)
    assert locked != before
    monkeypatch.setattr(sources, "version", lambda _: "99")
    assert _key(root) != locked


def test_moving_a_line_between_files_changes_the_fingerprint(root: Path) -> None:
    before = _key(root)
    deep, lazy = root / "gradlab/deep.py", root / "gradlab/_internal/lazy.py"
    lazy.write_text(deep.read_text())
    deep.write_text("")
    assert _key(root) != before


def test_the_real_exhibits_reach_their_experiments() -> None:
    modules = SourceTree().closure([exhibit.module_name("explosion")])
    assert {"gradlab.experiments.activations.explosion", "gradlab.networks", "gradlab.theory"} <= set(modules)
    assert "gradlab.experiments.article.stored_output" not in modules


def test_a_file_that_does_not_parse_is_named_in_one_line(root: Path) -> None:
    (root / "gradlab/deep.py").write_text("x = 1\ny = (\n")
    with pytest.raises(BuildFailedError, match=r"gradlab/deep.py:2: SyntaxError: '\(' was never closed"):
        SourceTree(root).closure(["figures_src.page"])


def test_a_file_that_is_not_utf_8_is_named_in_one_line(root: Path) -> None:
    (root / "gradlab/deep.py").write_bytes("x = 1\n# é".encode("latin-1"))
    with pytest.raises(BuildFailedError, match=r"gradlab/deep.py:2: found the byte 0xe9, allowed: UTF-8"):
        SourceTree(root).closure(["figures_src.page"])


def test_what_a_language_adds_is_a_part_of_every_drawing_in_it(root: Path) -> None:
    def known() -> tuple[str, str]:
        tree = SourceTree(root)
        return tree.language("en"), tree.language("fr")

    locale = root / "gradlab" / "locale"
    locale.mkdir()
    seen = [known()]
    for name in ("en.toml", "fr.toml", "fr.mo", "en.mo"):
        (locale / name).write_text(name)
        seen.append(known())
    ours, theirs = zip(*seen, strict=True)
    # A catalogue of one of the authors' languages holds docstrings only.
    assert [before != now for before, now in pairwise(ours)] == [True, False, False, False]
    assert [before != now for before, now in pairwise(theirs)] == [False, True, True, False]
    assert ours[-1] != theirs[-1]


def test_a_digest_takes_any_value_and_no_order_of_names() -> None:
    assert sources.digest({"a": 1, "b": Path("x")}, 2) == sources.digest({"b": Path("x"), "a": 1}, 2)
    assert len({sources.digest(*said) for said in ((1, 2), (2, 1), ([1, 2],), ("1", "2"), (Path("x"),))}) == 5


def test_a_process_takes_a_fingerprint_again_only_after_an_edit(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def key() -> str:
        tree = sources.current(root)
        return tree.fingerprint(tree.closure(["figures_src.page"]).values())

    before = key()
    with monkeypatch.context() as patched:
        patched.setattr(SourceTree, "_digested", lambda *_: pytest.fail("it was taken again"))
        assert key() == before
    (root / "gradlab/deep.py").write_text("CONSTANT = 2\n")
    edited = key()
    assert edited != before
    (root / "gradlab/deep.py").write_text("CONSTANT = 3\n")
    assert key() not in (before, edited)
    (root / "gradlab/deep.json").write_text("1")
    assert key() == _key(root)
