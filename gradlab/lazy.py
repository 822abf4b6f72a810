"""Submodules that are imported when they are first named (PEP 562).

``import gradlab`` must stay cheap: a page builder that only needs a file list should not pay for PyTorch.
The modules are discovered from the folder, so a new one cannot be forgotten in a list.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from types import ModuleType


def submodules(
    package: str, path: Iterable[str]
) -> tuple[tuple[str, ...], Callable[[str], ModuleType], Callable[[], list[str]]]:
    """Return the names of the modules in a package, and its ``__getattr__`` and ``__dir__``.

    Args:
        package: dotted name of the package, ``__name__`` in its ``__init__``.
        path: the package's ``__path__``.

    """
    names = tuple(sorted(module.name for module in pkgutil.iter_modules(path) if module.name[0] != "_"))

    def load(name: str) -> ModuleType:
        if name in names:
            return importlib.import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}; it has {', '.join(names)}")

    def listing() -> list[str]:
        return list(names)

    return names, load, listing
