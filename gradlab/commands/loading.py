"""The user's object by its name, `package.module:attribute` or `file.py:attribute`, and errors of the user's code."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import inspect
import linecache
import pkgutil
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from gradlab.commands import wording
from gradlab.commands.errors import UseError, nearest
from gradlab.language import Text

_OWN = Path(__file__).resolve().parents[1]
_LIBRARIES = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib"))
_STANDARD = Path(sysconfig.get_path("stdlib")).resolve()
# Exceptions of the user's code, sys.exit() in it included; Ctrl-C is not of the code.
FAILURES = (Exception, SystemExit)


def load(target: str, option: str) -> Any:
    """The object of that name.

    Args:
        target: `package.module:attribute`, or `file.py:attribute`; an attribute may have dots.
        option: what the person calls the argument, for messages.

    Raises:
        UseError: no such module, file or attribute (the message names the nearest), or a module that fails.

    """
    module_name, colon, attribute = target.rpartition(":")
    if not colon or not module_name or not attribute:
        raise UseError(wording.NO_COLON, option=option, found=target)
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    module = _from_file(module_name) if module_name.endswith(".py") else _from_path(module_name)
    value: Any = module
    for part in attribute.split("."):
        if not hasattr(value, part):
            names = [name for name in dir(value) if not name.startswith("_")]
            raise UseError(wording.NO_ATTRIBUTE, module=module_name, attribute=part, nearest=nearest(part, names))
        value = getattr(value, part)
    return value


def _from_file(name: str) -> Any:
    path = Path(name)
    if not path.is_file():
        names = [str(path.with_name(other.name)) for other in path.parent.glob("*.py")] if path.parent.is_dir() else []
        raise UseError(wording.NO_FILE, file=name, nearest=nearest(name, names))
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path.resolve())
    if spec is None or spec.loader is None:
        raise UseError(wording.NO_FILE, file=name, nearest=nearest(name, []))
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    with _arguments_of(path):
        try:
            spec.loader.exec_module(module)
        except FAILURES as error:
            _failed_import(name, error)
    return module


def _from_path(name: str) -> Any:
    importlib.invalidate_caches()
    try:
        with _arguments_of(Path(name)):
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name != missing and not name.startswith(f"{missing}."):
            failed(name, error)
        raise UseError(wording.NO_MODULE, module=missing, nearest=nearest(missing, _modules_beside(missing))) from None
    except FAILURES as error:
        _failed_import(name, error)


@contextmanager
def _arguments_of(path: Path) -> Iterator[None]:
    """A script that parses arguments as it is imported finds none, and not those of this program."""

    def error(_: argparse.ArgumentParser, message: str) -> NoReturn:
        """Leave what is missing to be told in one line, without the usage of a script that nobody called."""
        raise SystemExit(message)

    own, told = sys.argv, argparse.ArgumentParser.error
    sys.argv = [str(path)]
    argparse.ArgumentParser.error = error  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        sys.argv = own
        argparse.ArgumentParser.error = told  # type: ignore[method-assign]


def _failed_import(name: str, error: BaseException) -> NoReturn:
    """Raise the error of a module that failed; one that ends the process is told where that belongs."""
    failed(name, error, wording.TRY_MAIN if isinstance(error, SystemExit) else None)


def _modules_beside(name: str) -> Iterator[str]:
    """The names of all modules in the package of a module that is not there, or of all that are at the top."""
    package, dot, _ = name.rpartition(".")
    path = getattr(sys.modules.get(package), "__path__", None) if dot else None
    for module in pkgutil.iter_modules(path if dot else None):
        yield f"{package}{dot}{module.name}"


def failed(what: str, error: BaseException, hint: Text | None = None) -> NoReturn:
    """Raise the error that shows the user's own frame.

    Args:
        what: the user's object that failed.
        error: what it raised.
        hint: what to do about it, where that is known.

    """
    raise UseError(
        wording.FAILED, what=what, kind=type(error).__name__, error=_said(error), place=_place(error), hint=hint
    ) from error


def _said(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return error.msg
    return f"sys.exit({error.code!r})" if isinstance(error, SystemExit) else str(error)


def _place(error: BaseException) -> str:
    """The place of an error in the user's code: file, line, function and the line itself."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" [{shown(error.filename)}:{error.lineno}: {(error.text or '').strip()}]"
    frame = own_frame(error.__traceback__)
    if frame is None:
        return ""
    line = linecache.getline(frame.filename, frame.lineno or 0).strip()
    return f" [{shown(frame.filename)}:{frame.lineno} in {frame.name}: {line}]"


def own_frame(trace: TracebackType | None) -> traceback.FrameSummary | None:
    """The innermost frame of the user's own code: not one of gradlab, of PyTorch or of Python.

    A frame of another installed library stands in where there is none outside of all libraries.
    """
    theirs = [frame for frame in traceback.extract_tb(trace, limit=None) if _is_theirs(Path(frame.filename))]
    outside = [frame for frame in theirs if not _is_installed(Path(frame.filename))]
    known = outside or theirs
    return known[-1] if known else None


def _is_installed(path: Path) -> bool:
    return any(path.resolve().is_relative_to(folder) for folder in _LIBRARIES) or "site-packages" in path.parts


def _is_theirs(path: Path) -> bool:
    if str(path).startswith("<"):
        return False
    resolved = path.resolve()
    if resolved.is_relative_to(_OWN) or "torch" in resolved.parts:
        return False
    return _is_installed(path) or not resolved.is_relative_to(_STANDARD)


def shown(file: str) -> str:
    """A file's name as a user in this folder would write it."""
    path = Path(file).resolve()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def required_arguments(function: Any) -> list[str]:
    """The names of the positional arguments that a call cannot do without; none where nothing is known."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [one.name for one in parameters if one.kind in positional and one.default is inspect.Parameter.empty]
