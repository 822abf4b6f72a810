"""A new exhibit by the five steps of CONTRIBUTING: begun, made, shown on both pages, tested, and nothing else to do."""

import re
import shutil
from pathlib import Path

import pytest

from figures_src.cache.catalog import Catalog
from figures_src.make import scaffold
from figures_src.make.scaffold import NewExhibit, problems
from figures_src.model.exhibit import paths
from figures_src.model.failures import ROOT, Failure
from tests.project import Project, copy_project

NEW = NewExhibit("swish", "remedies", "activations")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the project in which `make exhibit NAME=swish PAGE=remedies` has run."""
    project = copy_project(tmp_path_factory.mktemp("scaffold"))
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    shutil.copytree(ROOT / "tests", project.folder / "tests", ignore=ignored)
    done = project.run("-m", "figures_src.make.scaffold", "swish", "--page", "remedies")
    assert done.returncode == 0, done.stderr
    return project


def test_the_new_files_lie_where_their_kind_does_and_in_the_project_s_style(begun: Project) -> None:
    files = [path.relative_to(ROOT).as_posix() for path in NEW.modules.values()]
    assert all((begun.folder / file).is_file() for file in files)
    for command in (("check",), ("format", "--check")):
        done = begun.run("-m", "ruff", *command, *files)
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_five_steps_are_all_that_an_exhibit_takes(begun: Project, made: Catalog) -> None:
    figures = begun.figures()
    assert figures.returncode == 0, figures.stderr
    # None where an earlier run of this test made it.
    assert re.search(rf"^{len(made.exhibits) + 1} exhibits: [01] made, ", figures.stdout, re.MULTILINE)
    for language in ("zh", "en"):
        assert (begun.folder / "build" / "exhibits" / language / "swish.svg").is_file()
    tests = [str(path.relative_to(ROOT)) for name, path in NEW.modules.items() if name.startswith("test_")]
    shared = ["tests/figures_src/exhibits/test_exhibits.py", "tests/gradlab/commands/test_experiments.py"]
    done = begun.run("-m", "pytest", "-q", "-k", "swish", *tests, *shared)
    assert done.returncode == 0, done.stdout
    # `make lint` has read the libraries and the rest of the project: what is as it was there is not read again.
    if (known := ROOT / ".mypy_cache").is_dir():
        shutil.copytree(known, begun.folder / known.name)
    typed = begun.run("-m", "mypy", *(str(path.relative_to(ROOT)) for path in NEW.modules.values()))
    assert typed.returncode == 0, typed.stdout


@pytest.mark.parametrize(
    ("names", "failure"),
    [
        (("Swish", "remedies", "activations"), "NAME: found 'Swish', allowed: small letters, digits and single"),
        (("class", "remedies", "activations"), "NAME: found 'class', allowed: small letters, digits and single"),
        (("sigmoid", "remedies", "activations"), "NAME: 'sigmoid' is taken, by figures_src/exhibits/article/"),
        (("spirals", "remedies", "activations"), "NAME: 'spirals' is taken, by gradlab/experiments/training/"),
        (("swish", "remedis", "activations"), "PAGE: unknown folder 'remedis'; the nearest is 'remedies'"),
        (("swish", "remedies", "activation"), "SUBJECT: unknown folder 'activation'; the nearest is 'activa"),
    ],
)
def test_names_that_do_not_fit_are_refused_in_a_line(names: tuple[str, str, str], failure: str) -> None:
    (found,) = problems(NewExhibit(*names))
    assert str(found).startswith(failure)


def test_a_page_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(scaffold, "DOCS", tmp_path)
    assert problems(NEW)[0] == Failure(str(tmp_path / "zh" / "remedies.md"), "is missing")


def test_every_folder_of_exhibits_has_its_page() -> None:
    folders = {path.parent.name for path in paths().values()}
    assert not [found for folder in folders for found in problems(NewExhibit("swish", folder, "activations"))]
