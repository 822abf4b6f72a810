"""Every report that a test has made is read, and all advice, in both languages."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from gradlab.language import Language
from gradlab.probing import wording
from gradlab.probing.finding import Advice, Finding
from gradlab.probing.report import Report

Made = TypeVar("Made", Report, Advice)
SHOUTED = re.compile(r"\b[A-Z]{2,}\b")
"""A word in capitals."""
NAMED = frozenset({"CSV", "CTC", "ELU", "GELU", "GPU", "GRU", "LSTM", "LSUV", "MLP", "RNN", "SELU", "SGD"})
"""Words that are written so."""
IN_CODE = re.compile(r"\d|\w+[._]\w+")
"""A number, or a name as code has it, with which a sentence may begin."""
ENGLISH = re.compile(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}")
CHECK = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")


@pytest.fixture(autouse=True)
def _reports_read_well(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    reports, given, sentences = kept(monkeypatch, Report), kept(monkeypatch, Advice), worded(monkeypatch)
    yield
    monkeypatch.undo()
    for finding, language, sentence in sentences:
        in_english(sentence, finding.starts_at) if language == "en" else in_chinese(sentence)
    for report in reports:
        read(report)
    for advice in given:
        read_advice(advice)


def kept(monkeypatch: pytest.MonkeyPatch, kind: type[Made]) -> list[Made]:
    """A list of the instances of a class that are made from now on."""
    made: list[Made] = []
    make = kind.__init__

    def init(self: Made, *arguments: Any, **options: Any) -> None:
        make(self, *arguments, **options)
        made.append(self)

    monkeypatch.setattr(kind, "__init__", init)
    return made


def worded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Finding, Language, str]]:
    """A list of the sentences that are made of findings from now on."""
    made: list[tuple[Finding, Language, str]] = []
    word = wording.finding

    def finding(found: Finding, language: Language) -> str:
        made.append((found, language, word(found, language)))
        return made[-1][-1]

    monkeypatch.setattr(wording, "finding", finding)
    return made


def read(report: Report) -> None:
    """Check that each finding is told in whole sentences with their places filled in."""
    english, chinese = replace(report, language="en"), replace(report, language="zh")
    for finding in report.findings:
        assert english.page(finding)
        read_advice(finding.advice, finding.starts_at)
        in_english(english.sentence(finding), finding.starts_at)
        in_chinese(chinese.sentence(finding))


def read_advice(advice: Advice, name: str = "-") -> None:
    """Check the same of advice, whose code is Python and whose evidence are checks of exhibits."""
    ast.parse(advice.code)
    assert NAMED.issuperset(SHOUTED.findall(advice.code)), advice.code
    assert "XX" not in advice.code, advice.code
    assert all(map(CHECK.fullmatch, advice.evidence)), advice.evidence
    for text in (advice.helps, advice.fails):
        in_english(text("en"), name)
        in_chinese(text("zh"))


def in_english(said: str, name: str) -> None:
    """Check that sentences begin with a capital, or the name of a layer or of code, and end with a full stop."""
    assert said.endswith((".", ".)")), said
    assert said[0].isupper() or IN_CODE.match(said) or said.startswith(name), said
    assert NAMED.issuperset(SHOUTED.findall(said)), said
    assert name[0].isdecimal() or f"layer {name}" not in said, said
    assert "  " not in said and "XX" not in said, said


def in_chinese(said: str) -> None:
    """Check that sentences end with a full stop, and have no English within."""
    assert said.endswith("。"), said
    assert not ENGLISH.search(said), said
    assert "XX" not in said, said
    assert "  " not in said, said
