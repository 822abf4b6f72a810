"""Results: an experiment runs once for its settings, and again where they or the store differ."""

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from figures_src.cache import results
from figures_src.cache.sources import SourceTree
from figures_src.cache.store import FOLDER_VARIABLE, default_folder
from figures_src.model.failures import ROOT

MODULE = "gradlab.experiments.activations.explosion"


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The settings with which the experiment ran; the store is a fresh one."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    return []


def _experiment(ran: list[Any], module: str = MODULE) -> Any:
    def run(config: Any) -> str:
        ran.append(config)
        return f"of {config}"

    return SimpleNamespace(__name__=module, run=run)


def test_a_result_is_computed_once_for_its_settings(ran: list[Any]) -> None:
    experiment = _experiment(ran)
    assert [results.measured(experiment, depth) for depth in (2, 2, 3, 2)] == ["of 2", "of 2", "of 3", "of 2"]
    assert ran == [2, 3]


def test_another_experiment_has_other_results(ran: list[Any]) -> None:
    results.measured(_experiment(ran), 2)
    results.measured(_experiment(ran, "gradlab.experiments.activations.sigmoid"), 2)
    assert len({results.key(MODULE, 2), results.key(MODULE, 3), results.key("gradlab.networks", 2)}) == 3
    assert len(ran) == 2


def test_experiments_that_import_each_other_have_keys_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gradlab").mkdir()
    for name, text in (("__init__", ""), ("one", "import gradlab.two"), ("two", "import gradlab.one")):
        (tmp_path / "gradlab" / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(results, "SourceTree", partial(SourceTree, tmp_path))
    assert results.key("gradlab.one", 2) != results.key("gradlab.two", 2)


def test_a_result_lies_in_the_store_under_the_experiments_name_and_is_made_again_where_it_is_damaged(
    ran: list[Any], tmp_path: Path
) -> None:
    results.measured(_experiment(ran), 2)
    (entry,) = (path for path in (tmp_path / results.KIND).iterdir() if path.is_dir())
    assert entry.name.startswith("explosion-")
    (entry / "result.pickle").write_bytes(b"damaged")
    assert results.measured(_experiment(ran), 2) == "of 2"
    assert ran == [2, 2]


def test_the_store_is_where_the_environment_says_or_in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, "/elsewhere")
    assert default_folder() == Path("/elsewhere")
    monkeypatch.delenv(FOLDER_VARIABLE)
    assert default_folder() == ROOT / ".cache" / "store"
