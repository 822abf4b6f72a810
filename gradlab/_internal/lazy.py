"""Submodules that are imported when they are first named (PEP 562).

``import gradlab`` must stay cheap: a page builder that only needs a file list should not pay for PyTorch.
The modules are discovered from the folder, so a new one cannot be forgotten in a list.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, runtime_checkable


def submodules(
    package: str, path: Iterable[str], objects: Mapping[str, str] | None = None
) -> tuple[tuple[str, ...], Callable[[str], Any], Callable[[], list[str]]]:
    """The names of what a package offers, and its ``__getattr__`` and ``__dir__``.

    Args:
        package: dotted name of the package, ``__name__`` in its ``__init__``.
        path: the package's ``__path__``.
        objects: what it offers besides its modules: by name the module that has it.

    """
    elsewhere = objects or {}
    modules = set(_public(path))
    names = tuple(sorted(modules | set(elsewhere)))

    def load(name: str) -> Any:
        if name in elsewhere:
            return getattr(importlib.import_module(elsewhere[name]), name)
        if name in modules:
            return importlib.import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}; it has {', '.join(names)}")

    def listing() -> list[str]:
        return list(names)

    return names, load, listing


def flattened(
    package: str, path: Sequence[str]
) -> tuple[tuple[str, ...], Callable[[str], Any], Callable[[], list[str]]]:
    """The same as `submodules` for the modules in a package's folders, which need not be named.

    ``package.module`` is then ``package.folder.module``, one module under two names, also for an import statement.
    """
    folders = _public(path)
    found = {name: f"{package}.{folder}.{name}" for folder in folders for name in _public(_below(path, folder))}
    names = tuple(sorted(found))
    sys.meta_path.append(_OtherNames({f"{package}.{name}": real for name, real in found.items()}))

    def load(name: str) -> Any:
        if name in found or name in folders:
            return importlib.import_module(found.get(name, f"{package}.{name}"))
        raise AttributeError(f"module {package!r} has no attribute {name!r}; it has {', '.join(names)}")

    def listing() -> list[str]:
        return list(names)

    return names, load, listing


@runtime_checkable
class _WithSource(Protocol):
    """A loader that knows the source: of files as of archives, which have no class in common."""

    def get_source(self, fullname: str) -> str | None: ...


def source(module: str) -> str:
    """The source of a module, which is found and not imported.

    Raises:
        ImportError: no such module, or one that is not written in Python.

    """
    spec = importlib.util.find_spec(module)
    loader: object = spec and spec.loader
    text = loader.get_source(spec.name) if spec and isinstance(loader, _WithSource) else None
    if text is None:
        raise ImportError(f"module {module!r} has no source", name=module)
    return text


def _public(path: Iterable[str]) -> list[str]:
    return [module.name for module in pkgutil.iter_modules(path) if module.name[0] != "_"]


def _below(path: Iterable[str], folder: str) -> list[str]:
    return [str(Path(place) / folder) for place in path]


class _OtherNames(MetaPathFinder, Loader):
    """Modules under a second name, by that name with their first."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = modules
        self._specs: dict[str, ModuleSpec | None] = {}

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname in self._modules else None

    def get_source(self, fullname: str) -> str | None:
        return source(self._modules[fullname])

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._modules[spec.name])
        self._specs[spec.name] = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just written the second name's specification into the module, which ran long ago.
        assert module.__spec__ is not None  # noqa: S101 - see above
        module.__spec__ = self._specs[module.__spec__.name]
