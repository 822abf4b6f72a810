"""A report's short forms: one line, a summary, a table of like blocks, and lines that fit."""

import io
import sys
from dataclasses import asdict
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import gradlab
from gradlab._internal import terminal
from gradlab.probing import ProbeError, Record, Report, layout
from gradlab.probing.layout import Gap
from gradlab.probing.report import report as of_steps
from tests.gradlab.probing.test_diagnosis import along, chain


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


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("a word that is longer", 7, ["a word", "that is", "longer"]),
        ("incomprehensible", 7, ["incomprehensible"]),
        ("梯度消失，层 12 的", 6, ["梯度消", "失，层", "12 的"]),
        ("a 梯度 b", 4, ["a 梯", "度 b"]),
        ("    code that is longer", 7, ["    code that is longer"]),
        ("one\ntwo three", 4, ["one", "two", "three"]),
    ],
)
def test_lines_are_broken_at_spaces_and_between_chinese_characters(text: str, width: int, lines: list[str]) -> None:
    assert layout.wrapped(text, width).splitlines() == lines
    assert layout.wrapped(text, None) == text


def test_the_columns_that_have_room_are_the_most_important_ones_in_their_order() -> None:
    widths = {"layer": 5, "kind": 6, "shape": 7, "rms": 4, "delta": 5, "weight": 5}
    assert layout.fitting(widths, None) == list(widths)
    assert layout.fitting(widths, 42) == list(widths)
    assert layout.fitting(widths, 41) == ["layer", "kind", "rms", "delta", "weight"]
    assert layout.fitting(widths, 33) == ["layer", "kind", "rms", "delta", "weight"]
    assert layout.fitting(widths, 32) == ["layer", "kind", "rms", "delta"]
    assert layout.fitting(widths, 12) == ["layer", "delta"]
    assert layout.fitting(widths, 11) == ["layer"]
    assert layout.fitting(widths, 1) == ["layer"]


def test_like_blocks_are_left_out_from_four_on_and_of_several_sizes_what_covers_most() -> None:
    assert [*layout.collapsed("aaa")] == [0, 1, 2]
    assert [*layout.collapsed("aaaa")] == [0, Gap(1, 3, is_alike=True), 3]
    assert [*layout.collapsed("xaaaay")] == [0, 1, Gap(2, 4, is_alike=True), 4, 5]
    assert [*layout.collapsed("aaaabaaaabaaaabaaaab")] == [*range(5), Gap(5, 15, is_alike=True), *range(15, 20)]
    assert layout.at_most([0, 1, 2], 3) == [0, 1, 2]
    assert layout.at_most([0, 1, 2, 3], 3) == [0, 1, Gap(2, 3, is_alike=False), 3]
    assert layout.at_most([0, 1, 2, 3], 1) == [0, Gap(1, 4, is_alike=False)]


def test_the_figure_has_what_was_measured_and_what_is_predicted() -> None:
    shown = of_steps([chain(along(1e-4), sigma_w=1.0)], "en")
    (axes,) = shown.plot().axes
    measured: Any
    predicted: Any
    measured, predicted = axes.get_lines()
    assert [line.get_label() for line in (measured, predicted)] == ["measured", "predicted from the weights"]
    places = [1.0, 2.0, 3.0, 4.0, 5.0]
    (places_of, deltas), (places_too, expected) = (line.get_data() for line in (measured, predicted))
    assert list(places_of) == list(places_too) == places
    assert list(deltas) == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1.0])
    # From layer to layer a ReLU passes on half of the squared gradient.
    assert list(expected) == pytest.approx([2 ** (-place / 2) for place in (4, 3, 2, 1, 0)], rel=1e-6)
    assert (axes.get_yscale(), axes.get_xlabel(), axes.get_ylabel()) == ("log", "linear layer, in forward order", "‖δ‖")
    assert axes.get_legend() is not None
    unknown = of_steps([chain(along(1e-4), operation="unknown")], "zh").plot().axes[0]
    assert [line.get_label() for line in unknown.get_lines()] == ["实测值"]
    assert unknown.get_xlabel() == "线性层，按前向顺序"
    assert not of_steps([chain(())], "en").plot().axes[0].get_lines()


def test_the_rows_as_a_data_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = of_steps([chain((1.0,) * 3)], "en")
    module = ModuleType("pandas")
    module.DataFrame = lambda rows, columns: [dict(zip(columns, row, strict=True)) for row in rows]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", module)
    assert shown.to_dataframe() == [asdict(row) for row in shown.rows]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ProbeError, match=r"^to_dataframe: needs pandas; `pip install pandas`, or use to_csv\(\)$"):
        shown.to_dataframe()
