"""Every report that a test has made is read, in both languages."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gradlab.probing.report import Report

SHOUTED = re.compile(r"\b[A-Z]{2,} [A-Z]{2,}\b")
"""Capitals from one word to the next; names, such as LSTM, stand alone."""
IN_CODE = re.compile(r"\d|\w+[._]\w+")
"""A number, or a name as code has it, with which a sentence may begin."""
ENGLISH = re.compile(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}")
CHECK = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")


@pytest.fixture(autouse=True)
def _reports_read_well(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made: list[Report] = []
    make = Report.__init__

    def kept(self: Report, *arguments: Any, **options: Any) -> None:
        make(self, *arguments, **options)
        made.append(self)

    monkeypatch.setattr(Report, "__init__", kept)
    yield
    monkeypatch.undo()
    for report in made:
        read(report)


def read(report: Report) -> None:
    """What is said of each finding is whole sentences with their places filled in, and its code is Python."""
    english, chinese = replace(report, language="en"), replace(report, language="zh")
    for finding in report.findings:
        advice = finding.advice
        ast.parse(advice.code)
        assert english.page(finding)
        assert all(map(CHECK.fullmatch, advice.evidence)), advice.evidence
        for said in (english.sentence(finding), advice.helps("en"), advice.fails("en")):
            assert said.endswith((".", ".)")), said
            assert said[0].isupper() or IN_CODE.match(said) or said.startswith(finding.starts_at), said
            assert not SHOUTED.search(said), said
            assert "  " not in said, said
        for said in (chinese.sentence(finding), advice.helps("zh"), advice.fails("zh")):
            assert said.endswith("。"), said
            assert not ENGLISH.search(said), said
            assert "  " not in said, said
