"""Every experiment of the laboratory as a command: its settings are options, its result is tables and a figure."""

from __future__ import annotations

import dataclasses
import importlib
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from gradlab import experiments
from gradlab.commands import docstrings, wording
from gradlab.commands.errors import UseError, first_line, nearest, refusal, shorter
from gradlab.language import Language

_ROOT = re.compile(r"^(?:sqrt\((?P<root>.+)\)|√(?P<sign>.+))$")


def names() -> list[str]:
    """The names of all experiments, with hyphens."""
    return [name.replace("_", "-") for name in experiments.__all__]


def module(name: str) -> ModuleType:
    """The module of an experiment.

    Raises:
        UseError: there is none of that name; the message names the nearest.

    """
    known = name.replace("_", "-")
    if known not in names():
        raise UseError(wording.NO_EXPERIMENT, name=name, nearest=nearest(known, names()), names=", ".join(names()))
    return importlib.import_module(_path(known))


def _path(name: str) -> str:
    return f"{experiments.__name__}.{name.replace('-', '_')}"


def title(name: str, language: Language) -> str:
    """The title of an experiment, in one line."""
    return docstrings.title(_path(name), language)


def number(text: str) -> float:
    """A number: `0.5`, also `1/3` and `sqrt(2)`."""
    root = _ROOT.match(text)
    if root:
        return math.sqrt(number(root["root"] or root["sign"]))
    above, stroke, below = text.partition("/")
    return float(above) / float(below) if stroke else float(text)


_SINGLE: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "int": ("INTEGER", int),
    "float": ("NUMBER", number),
    "str": ("NAME", str),
}


@dataclass(frozen=True)
class Setting:
    """One setting of an experiment that can be given as text.

    Attributes:
        name: of the field.
        default: its default as text.
        description: what it is, as the configuration's docstring says.
        metavar: what is to be written.
        parse: the value from its text; raises ValueError or ZeroDivisionError.

    """

    name: str
    default: str
    description: str
    metavar: str
    parse: Callable[[str], object]

    @property
    def option(self) -> str:
        """The option on the command line."""
        return f"--{self.name.replace('_', '-')}"

    def value(self, text: str) -> object:
        """The value of a text.

        Raises:
            UseError: the text is none of this type.

        """
        try:
            return self.parse(text)
        except (ValueError, ZeroDivisionError):
            raise UseError(wording.BAD_VALUE, option=self.option, found=shorter(text), allowed=self.metavar) from None


def _parser(annotation: str) -> tuple[str, Callable[[str], object]] | None:
    """The metavar and the parser of a field's type; None for types that only Python can write."""
    many = re.fullmatch(r"tuple\[(\w+), \.\.\.\]", annotation)
    if many and many[1] in _SINGLE:
        metavar, parse = _SINGLE[many[1]]
        return f"{metavar},{metavar},…", lambda text: tuple(parse(part.strip()) for part in text.split(","))
    base, _, none = annotation.partition(" | ")
    if base not in _SINGLE or none not in ("", "None"):
        return None
    metavar, parse = _SINGLE[base]
    return metavar, parse if not none else lambda text: None if text == "none" else parse(text)


def _default(field: dataclasses.Field[Any]) -> str:
    value = field.default
    if isinstance(value, tuple):
        return ",".join(_text(item) for item in value)
    return _text(value)


def _text(value: object) -> str:
    return "none" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def settable(name: str, language: Language = "en") -> tuple[list[Setting], list[str]]:
    """The settings of an experiment that can be given as text, and the names of those that cannot."""
    config = module(name).Config
    described = docstrings.attributes(config, language)
    found, left = [], []
    for field in dataclasses.fields(config):
        parser = _parser(str(field.type))
        if parser is None:
            left.append(field.name)
        else:
            found.append(Setting(field.name, _default(field), described.get(field.name, ""), *parser))
    return found, left


def run(name: str, texts: Mapping[str, str]) -> Any:
    """Run an experiment with the settings given as text, and return its result.

    Raises:
        UseError: a text that is no value of its setting, or a value that the experiment does not allow.

    """
    known = {setting.name: setting for setting in settable(name)[0]}
    values = {key: known[key].value(text) for key, text in texts.items()}
    experiment = module(name)
    try:
        return experiment.run(experiment.Config(**values))
    except ValueError as error:
        raise UseError(refusal(error)) from error
    except (RuntimeError, TypeError, ArithmeticError, MemoryError, LookupError) as error:
        told = {"name": name, "kind": type(error).__name__, "error": first_line(error)}
        raise UseError(wording.EXPERIMENT_FAILED, **told) from error
