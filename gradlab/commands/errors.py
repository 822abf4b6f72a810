"""Errors of use: one line in either language."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from gradlab.language import Language, Text

_LONGEST = 400
_ALLOWED = re.compile(r"^(?P<name>[^:]+): found (?P<found>.*), allowed: (?P<allowed>.*?)(?:; nearest: (?P<near>.*))?$")
_KINDS = (
    (re.compile(r"^one of (.*)$"), r"以下之一：\1"),
    (re.compile(r"^an integer of at least (.*)$"), r"不小于 \1 的整数"),
    (re.compile(r"^a finite number above 0$"), "大于 0 的有限数"),
    (re.compile(r"^a finite number of at least 0$"), "不小于 0 的有限数"),
    (re.compile(r"^a finite number$"), "有限数"),
    (re.compile(r"^at least one value, none of them twice$"), "至少一个值，且不重复"),
)


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


def refusal(text: str) -> Text:
    """A refusal of `gradlab._internal.checks` in both languages; what has another form stays English."""
    match = _ALLOWED.match(text)
    if match is None:
        return Text(en=text, zh=text)
    allowed = match["allowed"]
    for pattern, replacement in _KINDS:
        allowed = pattern.sub(replacement, allowed)
    near = f"；最接近的是 {match['near']}" if match["near"] else ""
    return Text(en=text, zh=f"{match['name']}：得到 {match['found']}，允许：{allowed}{near}")


def nearest(name: str, names: Iterable[str]) -> Text | None:
    """The hint at the nearest of the names, to be put behind a message; None without one."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    if not close:
        return None
    return Text(en=f"; nearest: {close[0]}", zh=f"；最接近的是 {close[0]}")
