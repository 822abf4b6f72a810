"""A call by name, so that a network's library is imported only where the network is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any


def _found(path: str) -> Any:
    """The object of a dotted name, whose modules are imported as far as needed."""
    parts = path.split(".")
    value: Any = import_module(parts[0])
    for length, name in enumerate(parts[1:], 2):
        if not hasattr(value, name):
            import_module(".".join(parts[:length]))
        value = getattr(value, name)
    return value


def _made(value: object) -> object:
    if isinstance(value, Built):
        return value()
    return type(value)(map(_made, value)) if isinstance(value, (list, tuple)) else value


@dataclass(frozen=True, init=False)
class Built:
    """The result of a call, which is made later.

    Attributes:
        path: dotted name of what is called.
        arguments: by position; calls among them come first.
        named: by name.

    """

    path: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]

    def __init__(self, path: str, *arguments: Any, **named: Any) -> None:
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "arguments", arguments)
        object.__setattr__(self, "named", named)

    def __call__(self, *first: Any) -> Any:
        """Call it, with what comes first before its own arguments."""
        named = {name: _made(value) for name, value in self.named.items()}
        return _found(self.path)(*first, *map(_made, self.arguments), **named)

    def paths(self) -> Iterator[str]:
        """Yield what is called, this first and then among its arguments."""
        yield self.path
        for value in (*self.arguments, *self.named.values()):
            if isinstance(value, Built):
                yield from value.paths()

    def __str__(self) -> str:
        """The call as Python writes it."""
        given = [_shown(value) for value in self.arguments]
        given += [f"{name}={_shown(value)}" for name, value in self.named.items()]
        return f"{self.path}({', '.join(given)})"


def _shown(value: object) -> str:
    if isinstance(value, (list, tuple)):
        inside = ", ".join(map(_shown, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' if len(value) == 1 else ''})"
    return str(value) if isinstance(value, Built) else repr(value)
