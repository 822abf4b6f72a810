"""Submodules on first access."""

import dataclasses
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import gradlab
import gradlab.experiments
from gradlab.experiments import dead_networks, sigma_map


def test_importing_gradlab_does_not_import_torch() -> None:
    code = (
        "import sys, gradlab, gradlab.experiments; assert 'torch' not in sys.modules; "
        "gradlab.theory; assert 'torch' in sys.modules"
    )
    root = Path(gradlab.__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


@pytest.mark.parametrize("package", [gradlab, gradlab.experiments])
def test_every_module_of_the_folder_is_offered_and_loads(package: object) -> None:
    path = package.__path__  # type: ignore[attr-defined]
    name = package.__name__  # type: ignore[attr-defined]
    # A leading underscore marks what modules share among themselves.
    found = {module.name for module in pkgutil.iter_modules(path) if not module.name.startswith("_")}
    assert set(dir(package)) == found | ({"probe"} if package is gradlab else set())
    for module in found:
        assert getattr(package, module).__name__ == f"{name}.{module}"


def test_an_unknown_module_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'gradlab' has no attribute 'netwroks'; it has activations, "):
        _ = gradlab.netwroks


def test_an_experiment_is_called_with_other_settings() -> None:
    # Typed as a plain module, which is what a checker sees.
    experiment: Any = gradlab.experiments.sigma_map
    result = experiment(activation="tanh", sigma_w=[0.9, 1.1], width=4, depth=3, batch=2, seeds=2)
    config = sigma_map.Config(activation="tanh", sigma_w=(0.9, 1.1), width=4, depth=3, batch=2, seeds=2)
    assert result == sigma_map.run(config)
    assert result.config == config
    counted: Any = dead_networks
    assert counted(widths=range(1, 3), networks=4).config.widths == (1, 2)


def test_a_setting_that_does_not_exist_is_answered_with_the_nearest() -> None:
    experiment: Any = sigma_map
    message = (
        "setting: found 'sigma', allowed: one of activation, sigma_w, width, depth, batch, seeds; nearest: 'sigma_w'"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        experiment(sigma=[1.0])
    with pytest.raises(ValueError, match=r"^depth: found 1, allowed: "):
        experiment(depth=1)
    with pytest.raises(TypeError, match="positional"):
        experiment("tanh")


@pytest.mark.parametrize(
    "statement",
    [
        "from gradlab.experiments.dead_networks import Config",
        "import importlib; importlib.import_module('gradlab.experiments.dead_networks')",
    ],
)
def test_an_experiment_can_be_called_however_it_was_imported(statement: str) -> None:
    code = f"{statement}\nimport gradlab\nprint(len(gradlab.experiments.dead_networks(widths=[1], networks=1).points))"
    root = Path(gradlab.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=root, capture_output=True, text=True)
    assert done.stdout == "1\n"


def test_every_experiment_has_the_shape_of_one() -> None:
    for name in dir(gradlab.experiments):
        module = getattr(gradlab.experiments, name)
        assert callable(module)
        assert dataclasses.is_dataclass(module.Config)
        assert dataclasses.is_dataclass(module.Result)
        assert callable(module.run)
