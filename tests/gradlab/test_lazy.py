"""Submodules on first access."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import gradlab
import gradlab.experiments


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
    assert set(dir(package)) == found
    for module in found:
        assert getattr(package, module).__name__ == f"{name}.{module}"


def test_an_unknown_module_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'gradlab' has no attribute 'netwroks'; it has activations, "):
        _ = gradlab.netwroks
