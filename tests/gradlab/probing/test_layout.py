"""A report's short forms: one line, a summary, a table of like blocks, and lines that fit."""

import io
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import gradlab
from gradlab._internal import terminal
from gradlab.probing import Record, Report, layout
from gradlab.probing.layout import Gap


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(torch.relu(self.first(x)))  # type: ignore[no-any-return]


def recorded(model: nn.Module, width: int = 8) -> Record:
    torch.manual_seed(0)
    with gradlab.probe(model) as record:
        model(torch.randn(9, width)).sum().backward()
    return record


def blocks(count: int) -> Report:
    torch.manual_seed(0)
    return recorded(nn.Sequential(nn.Linear(8, 8), *(Block(8) for _ in range(count)), nn.Linear(8, 1))).report()


def vanishing(language: str = "en") -> Report:
    torch.manual_seed(0)
    layers = (module for _ in range(12) for module in (nn.Linear(8, 8), nn.Sigmoid()))
    return recorded(nn.Sequential(*layers)).report(language)


def table(text: str) -> list[str]:
    return text.partition("\n\n")[0].splitlines()


def test_what_a_console_shows_of_an_object_is_one_line() -> None:
    record = recorded(nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1)))
    assert repr(record).startswith("<Record: Sequential, 1 steps recorded; ")
    assert repr(record.history) == "<History: 3 rows, 1 steps of 3 layers; to_csv() has them>"
    assert repr(vanishing()).startswith("<Report: step 0, vanishing, findings: vanishing, 24 rows; ")
    assert all("\n" not in repr(one) for one in (record, record.history, record.report()))


@pytest.mark.parametrize(("language", "verdict"), [("en", "Verdict: vanishing"), ("zh", "诊断：梯度消失")])
def test_the_summary_is_the_verdict_and_the_findings(language: str, verdict: str) -> None:
    report = vanishing(language)
    first, *rest = report.summary().splitlines()
    assert first.startswith(verdict)
    assert rest == [report.sentence(finding) for finding in report.findings]


def test_like_blocks_are_shown_once_and_what_is_left_out_is_counted() -> None:
    report = blocks(10)
    whole, short = table(report.text(collapse=False)), table(report.text(collapse=True))
    assert len(whole) == 1 + len(report.rows)
    (gap,) = (line for line in short if line.startswith("…"))
    left_out = [row for row in report.rows if row.layer.partition(".")[0] in map(str, range(2, 10))]
    deltas = [row.delta for row in left_out if row.delta is not None]
    assert gap == f"… {len(left_out)} more rows like these, ‖δ‖ from {min(deltas):.3g} to {max(deltas):.3g}"
    assert len(short) == len(whole) - len(left_out) + 1
    assert [line for line in short if line != gap] == [line for line in whole if line in short]


def test_long_tables_are_collapsed_by_themselves() -> None:
    assert len(table(str(blocks(40)))) < 20
    assert "…" not in str(blocks(4))


def test_a_layer_that_a_finding_names_is_always_shown() -> None:
    report = vanishing()
    (finding,) = report.findings
    assert any(line.split()[0] == finding.starts_at for line in table(report.text(collapse=True)))


def test_at_most_so_many_rows() -> None:
    report = blocks(10)
    lines = table(report.text(max_rows=5))
    shown = [line for line in lines[1:] if not line.startswith("…")]
    named = [report.rows[index].layer for index in (0, 1, 2, -2, -1)]
    assert all(line.startswith(f"{layer} ") for line, layer in zip(shown, named, strict=True))
    assert lines[4].startswith(f"… {len(report.rows) - 5} more rows")
    with pytest.raises(ValueError, match="max_rows: found 0, allowed: "):
        report.text(max_rows=0)
    with pytest.raises(ValueError, match="width: found 0, allowed: "):
        report.summary(width=0)


def test_rows_that_repeat_and_rows_that_do_not() -> None:
    assert [*layout.collapsed("abcdef")] == [0, 1, 2, 3, 4, 5]
    assert [*layout.collapsed("abababab")] == [0, 1, Gap(2, 6, is_alike=True), 6, 7]
    assert [*layout.collapsed("xabababaaaa")][:3] == [0, 1, 2]
    assert layout.at_most([0, 1, Gap(2, 6, is_alike=True), 6, 7], 2) == [0, Gap(1, 7, is_alike=False), 7]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [30, 60, 100])
def test_lines_fit_and_lose_no_word(language: str, width: int) -> None:
    report = vanishing(language)
    narrow, wide = report.text(width=width), report.text()
    lines = [line for line in narrow.splitlines() if not line.startswith("    ") and "/" not in line]
    assert all(terminal.columns(line) <= width + 2 for line in lines)
    assert table(narrow)[0].split()[0] == table(wide)[0].split()[0]

    def told(text: str) -> str:
        return "".join(text.partition("\n\n")[2].split())

    assert told(narrow) == told(wide)


def test_a_terminal_is_what_lines_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    report = vanishing()
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setattr("sys.stdout", Terminal())
    assert str(report) == report.text(width=50)
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert str(report) == report.text(width=10_000)


def test_frozen_parameters_are_said() -> None:
    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1))
    model[0].requires_grad_(False)
    notes = recorded(model).report().notes
    assert "Frozen, so that they get no gradient: 2 of 6 parameters, with 47% of all weights." in notes
    assert not any("Frozen" in note for note in blocks(2).notes)


def test_a_notebook_shows_the_figure() -> None:
    figure: Any = vanishing().plot()
    assert figure._repr_png_().startswith(b"\x89PNG")
