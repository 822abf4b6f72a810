"""The project's own files that a module depends on, read from its import statements, and their fingerprint.

The fingerprint is over content, never over modification times, and over the whole import closure, never over the
script alone: an edit deep in the laboratory reaches every exhibit that stands on it, and no other. A module's data, the
JSON file beside it under its name, counts as a part of the module.
"""

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from platform import python_version

from figures_src.cache import processor
from figures_src.cache.states import States
from figures_src.model import exhibit
from figures_src.model.failures import ROOT, BuildFailedError, Failure, decoded
from figures_src.model.language import WRITTEN, Language

PACKAGES = ("gradlab", "figures_src")
ANY_MODULE = ".*"
EXPERIMENTS = "gradlab.experiments"
# The parts of a statement that hold statements.
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
# Packages that change a result or a drawing although no line of ours changes.
VERSIONED = ("torch", "matplotlib", "numpy")


def module_file(module: str, root: Path = ROOT) -> Path | None:
    """The file of one of the project's own modules, or None where the name is not such a module."""
    if not _is_own(module):
        return None
    base = root.joinpath(*module.split("."))
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _in_full(module: str, root: Path) -> str:
    """The full name of an experiment's module, which can be imported without the folder of its subject."""
    package, _, name = module.rpartition(".")
    if package != EXPERIMENTS or module_file(module, root):
        return module
    nested = root.joinpath(*package.split(".")).glob(f"[!_]*/{name}.py")
    return next((f"{package}.{path.parent.name}.{name}" for path in nested), module)


def _is_own(module: str) -> bool:
    return module.partition(".")[0] in PACKAGES


def data_file(module: Path) -> Path:
    """The file of a module's data, if it has any."""
    return module.with_suffix(".json")


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
        where = f"{module.replace('.', '/')}.py:{error.lineno or 1}"
        raise BuildFailedError([Failure(where, f"SyntaxError: {error.msg}")]) from None


def _that_run(statements: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield statements and all within them but what only a type checker reads; expressions hold no statements."""
    for node in statements:
        yield node
        for_types = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for part in ("orelse",) if for_types else _BLOCKS:
            yield from _that_run(getattr(node, part, ()))


@lru_cache(maxsize=1024)
def _imported(text: str, module: str, is_package: bool) -> tuple[str, ...]:
    names: list[str] = []
    for node in _that_run(_parsed(text, module).body):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
            # Through the package itself any of its modules can be reached.
            names += [f"{alias.name}{ANY_MODULE}" for alias in node.names if alias.name in PACKAGES]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, module, is_package)
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return tuple(names)


@cache
def environment() -> dict[str, str]:
    """The versions of Python and of the libraries that make results and drawings, and the kind of processor."""
    versions = {name: version(name) for name in VERSIONED}
    return {"python": python_version(), **versions, **processor.kind()}


class SourceTree:
    """The project's files as they are now. Each is read once, so one tree serves one look at all exhibits."""

    def __init__(self, root: Path = ROOT, states: States | None = None) -> None:
        self.root = root
        self._states = states
        self._contents: dict[Path, bytes] = {}
        self._direct: dict[str, tuple[Path, frozenset[str]] | None] = {}
        self._digests: dict[Path, str] = {}
        self._closures: dict[tuple[str, ...], Mapping[str, Path]] = {}
        self._fingerprints: dict[tuple[frozenset[Path], tuple[str, ...]], str] = {}

    def holds(self) -> bool:
        """Whether the files are still as they were read; nothing is known of a tree without their states."""
        return self._states is not None and self._states.hold(self._contents)

    @cached_property
    def exhibits(self) -> Mapping[str, Path]:
        """The modules of all exhibits by name."""
        return exhibit.paths(self.root / "figures_src" / "exhibits")

    def content(self, path: Path) -> bytes:
        """A file's bytes."""
        if path not in self._contents:
            self._note(path)
            self._contents[path] = path.read_bytes()
        return self._contents[path]

    def _note(self, path: Path) -> None:
        if self._states:
            self._states.note(path)

    def _is_file(self, path: Path) -> bool:
        self._note(path)
        return path.is_file()

    def digest(self, path: Path) -> str:
        """SHA-256 of a file. What is large and stands in many fingerprints is read once for all of them."""
        if path not in self._digests:
            self._digests[path] = hashlib.sha256(self.content(path)).hexdigest()
        return self._digests[path]

    def language(self, language: Language) -> str:
        """SHA-256 over what a text in a language depends on besides its module: no result does, every drawing does."""
        file = self.root / "gradlab" / "locale" / f"{language}.toml"
        # Texts of the authors' languages in a catalogue are docstrings, which `reference.fingerprint` covers.
        catalogue = [] if language in WRITTEN else [file.with_suffix(".mo")]
        return digest(language, [self.digest(path) for path in (file, *catalogue) if self._is_file(path)])

    def script(self, path: Path) -> Mapping[str, Path]:
        """All of the project's modules that a script may use, by name with their files."""
        imported = _imported(decoded(self.content(path), path), path.stem, is_package=False)
        reached = [name.removesuffix(ANY_MODULE) for name in imported if name.endswith(ANY_MODULE)]
        every = (file for package in reached for file in (self.root / package).rglob("*.py"))
        names = (".".join(file.relative_to(self.root).with_suffix("").parts) for file in every)
        return self.closure([*imported, *names])

    def closure(self, modules: Iterable[str]) -> Mapping[str, Path]:
        """The given modules and all of the project's modules they import, at any depth, by name with their files.

        Raises `BuildFailedError` where one of them is not UTF-8 or does not parse.
        """
        given = tuple(modules)
        if given not in self._closures:
            self._closures[given] = self._walked(given)
        return self._closures[given]

    def _walked(self, modules: Iterable[str]) -> dict[str, Path]:
        found: dict[str, Path] = {}
        waiting = [name for module in modules for name in _with_parents(_in_full(module, self.root))]
        while waiting:
            module = waiting.pop()
            if module not in found and (own := self._module(module)):
                found[module], imported = own
                waiting += imported
        return dict(sorted(found.items()))

    def _module(self, module: str) -> tuple[Path, frozenset[str]] | None:
        """The file of one of the project's own modules and the names that it imports, or None where it is none."""
        if module not in self._direct:
            file = module_file(module, self.root)
            names = _imported(decoded(self.content(file), file), module, file.name == "__init__.py") if file else ()
            full = (_in_full(name, self.root) for name in names if _is_own(name))
            own = frozenset(name for target in full for name in _with_parents(target))
            self._direct[module] = (file, own) if file else None
        return self._direct[module]

    @cached_property
    def _lock(self) -> tuple[Path, ...]:
        # The locks of tools that test or audit change no result and no drawing.
        lock = self.root / "requirements" / "docs.txt"
        return (lock,) if self._is_file(lock) else ()

    @cached_property
    def _environment(self) -> tuple[str, ...]:
        return tuple(f"{name}={number}" for name, number in environment().items())

    def fingerprint(self, files: Iterable[Path], *extra: str) -> str:
        """SHA-256 over modules with their data, by name and content, the lock, the environment and any extra text."""
        given = frozenset(files), extra
        if given not in self._fingerprints:
            self._fingerprints[given] = self._digested(*given)
        return self._fingerprints[given]

    def _digested(self, modules: frozenset[Path], extra: Iterable[str]) -> str:
        data = {data_file(module) for module in modules}
        digest = hashlib.sha256()
        for file in sorted({*modules, *filter(self._is_file, data), *self._lock}):
            content = self.content(file)
            digest.update(f"{file.relative_to(self.root).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
        for text in (*self._environment, *extra):
            digest.update(f"\0{text}".encode())
        return digest.hexdigest()


_trees: dict[Path, SourceTree] = {}


def current(root: Path = ROOT) -> SourceTree:
    """The project's files as they are now: while none of them changes, one tree, with all that it has found."""
    tree = _trees.get(root)
    if tree is None or not tree.holds():
        tree = _trees[root] = SourceTree(root, States(root / package for package in PACKAGES))
    return tree


def digest(*said: object) -> str:
    """SHA-256 over values as JSON; a value of no type of JSON's counts by its text."""
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


@cache
def loaded(*modules: str) -> str:
    """The fingerprint of modules and all that they import, as they were when this process first asked.

    A long process, the live preview, runs the code that it was started with, whatever was edited since.
    """
    tree = current()
    return tree.fingerprint(tree.closure(modules).values())
