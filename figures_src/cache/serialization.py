"""Dataclasses as JSON and back; what does not fit is told in one line with its place in the file.

Nothing is converted on the way: a text is no number, and an object has all of its dataclass's fields and no other. An
integer may stand for a float.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from types import GenericAlias
from typing import Any, Literal, TypeVar, get_args, get_origin

from cattrs import BaseValidationError, ClassValidationError, Converter, IterableValidationError
from cattrs.cols import mapping_structure_factory
from cattrs.gen import make_dict_structure_fn

from figures_src.model.language import Text

Kind = TypeVar("Kind")
Hook = Callable[[Any, Any], Any]
# A dataclass's message on one of its fields, as `cores: found 0, allowed: ...`.
_OF_A_FIELD = re.compile(r"\w+: found ")


class _MisfitError(ValueError):
    """A value of another type than the one that is read."""

    def __init__(self, found: str, allowed: str) -> None:
        super().__init__(f"found {found}, allowed: {allowed}")


def _checked(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise _MisfitError(f"{value!r:.60}", kind.__name__)
    return value


def _float(value: Any, _: object) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise _MisfitError(f"{value!r:.60}", "float")
    return float(value)


def _number(value: Any, _: object) -> int | float:
    """A measurement, which may be infinite or no number at all; a count stays an integer."""
    return value if type(value) is int else _checked(value, float)


def _text(value: Any, _: object) -> str | Text:
    return value if type(value) is str else _CONVERTER.structure(value, Text)


def _literal(value: Any, kind: Any) -> Any:
    if value not in get_args(kind):
        raise _MisfitError(f"{value!r:.60}", ", ".join(map(str, get_args(kind))))
    return value


def _has_origin(origin: object) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is origin


def _tuple(kind: Any) -> Hook:
    items: Any = GenericAlias(list, get_args(kind)[:1])  # tuple[Item, ...] is the only one in use
    return lambda value, _: tuple(_CONVERTER.structure(_checked(value, list), items))


def _mapping(kind: Any) -> Hook:
    inner = mapping_structure_factory(kind, _CONVERTER)
    return lambda value, _: inner(_checked(value, dict), kind)


def _dataclass(kind: Any) -> Hook:
    inner = make_dict_structure_fn(kind, _CONVERTER)
    names = {field.name for field in fields(kind) if field.init}

    def structure(value: Any, _: object) -> Any:
        if set(_checked(value, dict)) != names:
            raise _MisfitError(", ".join(sorted(value)), ", ".join(sorted(names)))
        return inner(value, kind)

    return structure


_CONVERTER = Converter()
_CONVERTER.register_structure_hook_factory(is_dataclass, _dataclass)
_CONVERTER.register_structure_hook_factory(_has_origin(tuple), _tuple)
_CONVERTER.register_structure_hook_factory(_has_origin(dict), _mapping)
_CONVERTER.register_structure_hook_func(_has_origin(Literal), _literal)
_CONVERTER.register_structure_hook_func(lambda kind: kind == int | float, _number)
_CONVERTER.register_structure_hook_func(lambda kind: kind == str | Text, _text)
_CONVERTER.register_structure_hook(float, _float)
for _kind in (str, int, bool):
    _CONVERTER.register_structure_hook(_kind, lambda value, kind: _checked(value, kind))


def structured(content: object, kind: type[Kind], place: str) -> Kind:
    """The content of JSON as the dataclasses of `kind`; `place` is its name in messages.

    Raises `ValueError` of one line with the place of the first value that does not fit.
    """
    try:
        return _CONVERTER.structure(content, kind)
    except (BaseValidationError, _MisfitError) as error:
        raise ValueError(_first(error, place)) from None


def _first(error: Exception, place: str) -> str:
    """The first thing that is wrong, with its place."""
    if isinstance(error, IterableValidationError):
        inner, note = error.group_exceptions()[0][0]
        return _first(inner, f"{place}[{note.index}]" if isinstance(note.index, int) else f"{place}.{note.index}")
    if isinstance(error, ClassValidationError):
        noted, others = error.group_exceptions()
        return _first(noted[0][0], f"{place}.{noted[0][1].name}") if noted else _first(others[0], place)
    message = " ".join(str(error).split())
    return f"{place}{'.' if _OF_A_FIELD.match(message) else ': '}{message}"


def parsed(text: str, kind: type[Kind], place: str) -> Kind:
    """A text of JSON as the dataclasses of `kind`.

    Raises `ValueError` of one line where it is no JSON, or with the place of what does not fit.
    """
    return structured(json.loads(text), kind, place)


def written(value: object, *, indent: int | None = 1, sort_keys: bool = True) -> str:
    """Dataclasses as JSON."""
    return json.dumps(_CONVERTER.unstructure(value), ensure_ascii=False, indent=indent, sort_keys=sort_keys)
