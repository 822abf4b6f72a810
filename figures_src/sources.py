"""Which of the project's own files a module depends on, read from its import statements, and their fingerprint.

The fingerprint is over content, never over modification times, and over the whole import closure, never over the
script alone: an edit deep in the laboratory reaches every exhibit that stands on it, and no other.
"""

import ast
import hashlib
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from platform import python_version

from figures_src.failures import ROOT, BuildFailedError, Failure

PACKAGES = ("gradlab", "figures_src")
# What changes a result or a drawing although no line of ours changes.
VERSIONED = ("torch", "matplotlib", "numpy")


def module_file(module: str, root: Path = ROOT) -> Path | None:
    """The file of one of the project's own modules, or None where the name is not such a module."""
    if module.split(".")[0] not in PACKAGES:
        return None
    base = root.joinpath(*module.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _with_parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _absolute(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    base = parts[: len(parts) - node.level + (1 if is_package else 0)]
    return ".".join([*base, *([node.module] if node.module else [])])


def _parsed(text: str, module: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        where = f"{module.replace('.', '/')}.py:{error.lineno}"
        raise BuildFailedError([Failure(where, f"SyntaxError: {error.msg}")]) from None


@lru_cache(maxsize=1024)
def _imported_by_text(text: str, module: str, is_package: bool) -> tuple[str, ...]:
    names: list[str] = []
    for node in ast.walk(_parsed(text, module)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, module, is_package)
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return tuple(names)


def closure(modules: Iterable[str], root: Path = ROOT) -> dict[str, Path]:
    """The given modules and all of the project's modules they import, at any depth, by name with their files."""
    found: dict[str, Path] = {}
    waiting = [name for module in modules for name in _with_parents(module)]
    while waiting:
        module = waiting.pop()
        file = module_file(module, root)
        if module in found or file is None:
            continue
        found[module] = file
        imported = _imported_by_text(file.read_text(encoding="utf-8"), module, file.name == "__init__.py")
        waiting += [name for target in imported for name in _with_parents(target)]
    return dict(sorted(found.items()))


def environment() -> dict[str, str]:
    """The versions of Python and of the libraries that make results and drawings."""
    return {"python": python_version(), **{name: version(name) for name in VERSIONED}}


def lock_files(root: Path = ROOT) -> list[Path]:
    """The files that pin every dependency."""
    return sorted((root / "requirements").glob("*.txt"))


def fingerprint(files: Iterable[Path], *extra: str, root: Path = ROOT) -> str:
    """SHA-256 over the files' names and contents, the lock, the environment's versions and any extra strings."""
    digest = hashlib.sha256()
    for file in sorted({*files, *lock_files(root)}):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    for text in (*(f"{name}={number}" for name, number in environment().items()), *extra):
        digest.update(f"\0{text}".encode())
    return digest.hexdigest()
