"""Results of several runs that one exhibit shows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Results:
    """Results of experiments, as fields, and what the exhibit computes beside them."""

    @property
    def config(self) -> tuple[Any, ...]:
        """The settings of every run, in the order of the fields."""
        return tuple(
            result.config
            for field in fields(self)
            for result in _several(getattr(self, field.name))
            if hasattr(result, "config")
        )


def _several(value: object) -> Iterator[Any]:
    """The value itself, or each of a tuple or of a mapping's values."""
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, tuple):
        yield from value
    else:
        yield value
