"""The whole way through the cache in a copy of the project: nothing twice, edits seen, interruptions harmless."""

from pathlib import Path

import pytest

from figures_src.cache.store import CONTENTS, PAGES
from tests.project import Project, copy_project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("cache")
    made = copy_project(folder / "project", store=folder / "store")
    made.only("sigmoid", "explosion")
    return made


def _entries(project: Project) -> dict[str, int]:
    """Every result and every exhibit with the time at which it was written; what pages keep is tested with them."""
    return {
        f"{path.parent.parent.name}/{path.parent.name}": path.stat().st_mtime_ns
        for path in project.store.glob(f"*/[!.]*/{CONTENTS}")
        if path.parent.parent.name != PAGES
    }


@pytest.mark.slow  # 12 s
def test_nothing_runs_twice_and_only_what_an_edit_touches_runs_again(project: Project) -> None:
    first = project.figures()
    # The exhibits' checks stand on no page of this small copy: the only failures allowed here.
    assert all("stands on no page" in line for line in first.stderr.splitlines()[1:]), first.stderr
    before = _entries(project)
    assert len([name for name in before if name.startswith("exhibits/")]) == 2
    project.figures()
    assert _entries(project) == before

    # A label: drawn anew, but not computed anew.
    project.edit("figures_src/exhibits/article/explosion.py", "The article's network explodes", "It explodes")
    project.figures()
    after_label = set(_entries(project)) - set(before)
    assert [name.split("-")[0] for name in after_label] == ["exhibits/explosion"]

    # The library, far below the exhibit: both its result and its drawing are new, and the other exhibit's are not.
    labelled = _entries(project)
    project.edit("gradlab/experiments/activations/explosion.py", "exactly the product", "just the product")
    project.figures()
    after_library = sorted(name.split("-")[0] for name in set(_entries(project)) - set(labelled))
    assert after_library == ["exhibits/explosion", "results/explosion"]


@pytest.mark.slow
def test_going_back_finds_the_old_entries(project: Project) -> None:
    project.figures()
    before = _entries(project)
    project.edit("figures_src/exhibits/article/sigmoid.py", "TITLE =", "TITLE  =")
    project.figures()
    changed = _entries(project)
    assert len(changed) == len(before) + 1
    project.edit("figures_src/exhibits/article/sigmoid.py", "TITLE  =", "TITLE =")
    project.figures()
    assert _entries(project) == changed


@pytest.mark.slow
def test_an_interrupted_exhibit_is_made_whole_the_next_time(project: Project) -> None:
    project.figures()
    project.edit("figures_src/exhibits/article/sigmoid.py", "def table(", "raise SystemExit\n\n\ndef table(")
    broken = project.figures()
    assert broken.returncode == 1
    place = "figures_src/exhibits/article/sigmoid.py"
    assert f"exhibit sigmoid ({place}): SystemExit (at {place}:" in broken.stderr
    project.edit("figures_src/exhibits/article/sigmoid.py", "raise SystemExit\n\n\ndef table(", "def table(")
    done = project.figures()
    assert "sigmoid.py): " not in done.stderr
    assert (project.folder / "build/exhibits/zh/sigmoid.svg").is_file()


@pytest.mark.slow
def test_an_import_out_of_sight_of_the_cache_is_refused(project: Project) -> None:
    project.edit(
        "figures_src/exhibits/article/sigmoid.py",
        "def compute() ->",
        "import gradlab\n\nHIDDEN = gradlab.experiments.repair\n\n\ndef compute() ->",
    )
    answer = project.figures().stderr
    line = next(line for line in answer.splitlines() if "out of sight of the cache" in line)
    assert line.startswith("  exhibit sigmoid (figures_src/exhibits/article/sigmoid.py): imported gradlab.")
    assert "gradlab.experiments.activations.repair" in line


def test_a_warm_build_imports_neither_torch_nor_matplotlib() -> None:
    project = Project(Path.cwd(), Path("unused"))
    code = (
        "import sys; from figures_src.make import prepare, workers; "
        "print([name for name in ('torch', 'matplotlib') if name in sys.modules])"
    )
    assert project.run("-c", code).stdout.strip() == "[]"


@pytest.mark.slow
def test_an_exhibit_whose_process_dies_is_named_and_the_others_are_made(project: Project) -> None:
    project.figures()
    project.edit("figures_src/exhibits/article/explosion.py", "TITLE =", "TITLE  =")
    project.edit("figures_src/exhibits/article/sigmoid.py", "def table(", "import os\n\nos._exit(3)\n\n\ndef table(")
    broken = project.figures()
    project.edit("figures_src/exhibits/article/sigmoid.py", "import os\n\nos._exit(3)\n\n\ndef table(", "def table(")
    project.edit("figures_src/exhibits/article/explosion.py", "TITLE  =", "TITLE =")
    assert (
        "  exhibit sigmoid (figures_src/exhibits/article/sigmoid.py): its process ended before it was done"
        in broken.stderr
    )
    assert "exhibit explosion (figures_src/exhibits/article/explosion.py): its process" not in broken.stderr
    assert "Traceback" not in broken.stderr
