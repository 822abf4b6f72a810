"""Submodules that are imported when they are first named (PEP 562).

``import gradlab`` must stay cheap: a page builder that only needs a file list should not pay for PyTorch.
The modules are discovered from the folder, so a new one cannot be forgotten in a list.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any


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
    modules = {module.name for module in pkgutil.iter_modules(path) if module.name[0] != "_"}
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


class Experiment(ModuleType):
    """A module of an experiment that can be called: settings in, result out."""

    def __call__(self, **settings: object) -> object:
        """``run(Config(**settings))``; lists may stand for tuples, also within each other.

        Raises:
            ValueError: a setting that the experiment does not have (the message names the nearest), or a value
                that it does not allow.

        """
        # Not at the top: importing the laboratory must not import PyTorch, which the checks do.
        from gradlab import checks

        names = [field.name for field in dataclasses.fields(self.Config)]
        for name in settings:
            checks.one_of("setting", name, names)
        return self.run(self.Config(**{name: _as_tuple(value) for name, value in settings.items()}))


def _as_tuple(value: object) -> object:
    """Lists and ranges as tuples, as a frozen configuration wants them; anything else as it is."""
    return tuple(map(_as_tuple, value)) if isinstance(value, (list, tuple, range)) else value


class CallableSubmodules(ModuleType):
    """A package whose public submodules become callable as they are imported, by whichever statement."""

    def __setattr__(self, name: str, value: object) -> None:
        # The import system sets every submodule as an attribute of its package.
        if isinstance(value, ModuleType) and not name.startswith("_"):
            value.__class__ = Experiment
        super().__setattr__(name, value)
