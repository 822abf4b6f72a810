"""Submodules on first access."""

import dataclasses
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

import gradlab
import gradlab.experiments
from gradlab._internal.lazy import source
from tests.programs import run


def test_importing_gradlab_does_not_import_torch() -> None:
    code = (
        "import sys, gradlab, gradlab.experiments; assert 'torch' not in sys.modules; "
        "gradlab.theory; assert 'torch' in sys.modules"
    )
    root = Path(gradlab.__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


def _found(path: Iterable[str]) -> set[str]:
    # A leading underscore marks what modules share among themselves.
    return {module.name for module in pkgutil.iter_modules(path) if not module.name.startswith("_")}


def test_every_module_of_the_folder_is_offered_and_loads() -> None:
    assert set(dir(gradlab)) == _found(gradlab.__path__) | {"probe", "treat"}
    for module in _found(gradlab.__path__):
        assert getattr(gradlab, module).__name__ == f"gradlab.{module}"


def test_every_experiment_is_offered_with_its_subject_and_without() -> None:
    folder = Path(gradlab.experiments.__path__[0])
    found = {(subject, name) for subject in _found([str(folder)]) for name in _found([str(folder / subject)])}
    assert sorted(dir(gradlab.experiments)) == sorted(name for _, name in found)
    for subject, name in found:
        module = getattr(gradlab.experiments, name)
        assert module is getattr(getattr(gradlab.experiments, subject), name)
        assert module is importlib.import_module(f"gradlab.experiments.{name}")
        assert module.__spec__
        assert module.__spec__.name == module.__name__ == f"gradlab.experiments.{subject}.{name}"


@pytest.mark.parametrize(
    "statement",
    [
        "import gradlab.experiments.dead_networks as short",
        "from gradlab.experiments import dead_networks as short",
        "from gradlab import experiments; short = experiments.dead_networks",
    ],
)
@pytest.mark.parametrize("first", ["", "from gradlab.experiments.activations import dead_networks; "])
def test_an_experiment_is_one_module_however_it_was_imported(statement: str, first: str) -> None:
    code = (
        f"{first}{statement}\nfrom gradlab.experiments.activations import dead_networks as long\nassert short is long"
    )
    done = run(code, Path(gradlab.__file__).parents[1])
    assert done.returncode == 0, done.stderr


def test_an_unknown_module_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'gradlab' has no attribute 'netwroks'; it has activations, "):
        _ = gradlab.netwroks


def test_every_experiment_has_the_shape_of_one() -> None:
    for name in dir(gradlab.experiments):
        module = getattr(gradlab.experiments, name)
        assert callable(module.run)
        assert dataclasses.is_dataclass(module.Config)
        assert dataclasses.is_dataclass(module.Result)
        assert callable(module.run)


def test_the_source_of_a_module_that_is_not_imported() -> None:
    code = (
        "import sys; from gradlab._internal.lazy import source; import gradlab.experiments; "
        "assert source('gradlab.experiments.explosion') == source('gradlab.experiments.activations.explosion'); "
        "assert 'gradlab.experiments.activations.explosion' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(gradlab.__file__).parents[1])
    with pytest.raises(ImportError, match="'itertools' has no source"):
        source("itertools")
