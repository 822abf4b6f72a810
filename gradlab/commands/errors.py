"""Errors of use: one line in either language."""

from __future__ import annotations

from collections.abc import Iterable

from gradlab._internal import refusals
from gradlab._internal.refusals import RefusalError
from gradlab.language import Language, Text

_LONGEST = 400


class UseError(Exception):
    """Something that the person can mend; the program ends with exit code 2.

    Args:
        wording: the message.
        values: for its places; a Text among them is put in the same language, and None leaves its place empty.

    """

    def __init__(self, wording: Text, **values: object) -> None:
        super().__init__(wording, values)
        self.wording = wording
        self.values = values

    def message(self, language: Language) -> str:
        """The message, on one line."""
        return one_line(self.wording(language, **{name: _said(value, language) for name, value in self.values.items()}))

    def __str__(self) -> str:
        return self.message("en")


def _said(value: object, language: Language) -> object:
    if value is None:
        return ""
    return value(language) if isinstance(value, Text) else value


def one_line(text: str) -> str:
    """A text on one line, shortened in its middle where it is very long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST * 3 // 4]} … {line[-_LONGEST // 4 :]}"


def shorter(text: str, most: int = 60) -> str:
    """The text, shortened in its middle where it is longer than `most` characters."""
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-most // 4 :]}"


def first_line(error: BaseException) -> str:
    """The first line of what an error says, without what torch puts before it in brackets."""
    said = str(error).strip().partition("\n")[0]
    return said.rpartition("] ")[2] if said.startswith("[") else said


def refusal(error: ValueError) -> Text:
    """The text of an error in both languages; one that is no `RefusalError` stays English."""
    if not isinstance(error, RefusalError):
        return Text(en=str(error), zh=str(error))
    near = f"；最接近的是 {error.nearest!r}" if error.nearest else ""
    return Text(en=str(error), zh=f"{error.argument}：得到 {error.found}，允许：{error.allowed.zh}{near}")


def nearest(name: str, names: Iterable[str]) -> Text | None:
    """The hint at the nearest of the names, to be put behind a message; None without one."""
    near = refusals.nearest(name, names)
    return Text(en=f"; nearest: {near}", zh=f"；最接近的是 {near}") if near else None
