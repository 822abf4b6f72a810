"""The program's language: `--lang` first, then the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gradlab.language import ENGLISH, Language, known_language

OPTION = "--lang"
# In the order in which POSIX has them decide.
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
# End of the language in such a variable: `zh_CN.UTF-8`, `de@euro`.
_END = re.compile("[^a-z]")


def from_environment(environment: Mapping[str, str]) -> Language:
    """The language of the first variable that is set and not empty: English where it names none that is here."""
    value = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return known_language(_END.split(value.lower(), 1)[0]) or ENGLISH


def from_arguments(arguments: Sequence[str]) -> Language | None:
    """The language that the arguments ask for; None where they name none, or an unknown one."""
    for index, argument in enumerate(arguments):
        if argument == OPTION and index + 1 < len(arguments):
            return known_language(arguments[index + 1])
        if argument.startswith(f"{OPTION}="):
            return known_language(argument.partition("=")[2])
    return None


def chosen(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """The language for these arguments in this environment."""
    return from_arguments(arguments) or from_environment(environment)
