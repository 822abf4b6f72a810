"""A report or a table in the terminal: with colour where there is one, and only the columns that have room."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, fields

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from gradlab._internal.terminal import printable
from gradlab.commands import wording
from gradlab.commands.diagnose import Diagnosis
from gradlab.commands.errors import UseError
from gradlab.commands.tables import Column
from gradlab.language import Language
from gradlab.probing import wording as labels
from gradlab.probing.layout import IMPORTANCE
from gradlab.probing.report import Report, Row

_STYLES = {"healthy": "bold green", "inconclusive": "bold yellow"}
_BAD = "bold red"
_LONGEST_TABLE = 40
_ENDLESS = 10_000


def _styled(text: str, style: str = "") -> Styled:
    """A text with a style, and without what would steer the terminal."""
    return Styled(printable(text), style=style)


class _Console(Console):
    """A console that goes on in silence where its reader, such as `head`, has had enough."""

    def on_broken_pipe(self) -> None:
        """Write to nowhere from now on, and leave the exit code what it is."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def console(error: bool = False) -> Console:
    """A console of this terminal; where output goes to no terminal, lines are as long as they need.

    Raises:
        UseError: standard output is closed.

    """
    stream = sys.stderr if error else sys.stdout
    if stream is None:
        raise UseError(wording.OUTPUT_CLOSED)
    endless = not stream.isatty() and not os.environ.get("COLUMNS")
    return _Console(file=stream, width=_ENDLESS if endless else None, highlight=False, emoji=False, soft_wrap=error)


def _fitting(columns: Sequence[Column], width: int, keep: int = 1) -> list[Column]:
    """Leave out the least important columns, those at the end of the sequence, until the rest has room."""
    chosen = list(columns)
    while len(chosen) > keep and sum(column.width for column in chosen) + 2 * (len(chosen) - 1) > width:
        chosen.pop()
    return chosen


def _print_table(
    out: Console, columns: Sequence[Column], language: Language, marked: frozenset[int] = frozenset()
) -> None:
    """Print columns, given by importance, in their own order."""
    chosen = _fitting(columns, out.width)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    ordered = sorted(chosen, key=lambda column: column.place)
    for column in ordered:
        table.add_column(_styled(column.title), justify="left" if column.is_text else "right", overflow="ellipsis")
    for number, row in enumerate(zip(*(column.cells for column in ordered), strict=True)):
        table.add_row(*map(_styled, row), style="red" if number in marked else None)
    out.print(table)
    left_out = sorted(set(columns) - set(chosen), key=lambda column: column.place)
    if left_out:
        out.print(_styled(wording.NO_ROOM(language, columns=", ".join(one.title for one in left_out)), style="dim"))


def report_columns(report: Report) -> list[Column]:
    """The columns of a report in which any row has something, most important first."""
    rows = [asdict(row) for row in report.rows]
    places = {field.name: place for place, field in enumerate(fields(Row))}
    names = [name for name in IMPORTANCE if any(row[name] is not None for row in rows)]
    return [
        Column(
            name=name,
            title=labels.COLUMNS[name](report.language),
            cells=tuple(labels.shown(name, row[name]) for row in rows),
            place=places[name],
            is_text=name in ("layer", "kind"),
        )
        for name in names
    ]


def print_diagnosis(diagnosis: Diagnosis, out: Console) -> None:
    """Print what was run, the table, the verdict, and for every finding what helps and what does not."""
    report, language = diagnosis.report, diagnosis.report.language
    out.print(_styled(diagnosis.title, style="bold"))
    out.print(_styled(diagnosis.setup, style="dim"))
    out.print()
    concerned = {layer for finding in report.findings for layer in finding.layers if finding.verdict != "inconclusive"}
    marked = frozenset(number for number, row in enumerate(report.rows) if row.layer in concerned)
    _print_table(out, report_columns(report), language, marked)
    out.print()
    out.print(_styled(labels.VERDICTS[report.verdict](language), style=_STYLES.get(report.verdict, _BAD)))
    for finding in report.findings:
        what = finding.advice
        style = _STYLES.get(finding.verdict, "red")
        out.print()
        out.print(_styled(report.sentence(finding), style=style))
        _labelled(out, labels.HELPS(language), what.helps(language), "green")
        # Code is copied: a narrow terminal may wrap it, but gets no line break within it.
        out.print(_styled(textwrap.indent(what.code, "    "), style="cyan"), soft_wrap=True)
        _labelled(out, labels.FAILS(language), what.fails(language), "yellow")
        title, address = report.page(finding)
        _labelled(out, labels.PAGE(language, title=title), address, "dim")
    for note in report.notes:
        out.print()
        _labelled(out, labels.NOTE(language), note, "dim")
    if diagnosis.treatment is not None:
        out.print()
        # A table of its own, and code: a narrow terminal may wrap it, but gets no line break within it.
        out.print(_styled(str(diagnosis.treatment)), soft_wrap=True)


def _labelled(out: Console, label: str, text: str, style: str) -> None:
    out.print(Styled.assemble((label, style), printable(text)))


def print_result(title: str, tables: Sequence[tuple[str, Sequence[Column]]], language: Language, out: Console) -> None:
    """Print the tables of an experiment; of a long one only the beginning and the end."""
    out.print(_styled(title, style="bold"))
    for name, columns in tables:
        out.print()
        out.print(_styled(name, style="bold cyan"))
        length = len(columns[0].cells)
        if length <= _LONGEST_TABLE:
            _print_table(out, columns, language)
            continue
        half = _LONGEST_TABLE // 4
        _print_table(out, [column.shortened(half) for column in columns], language)
        out.print(_styled(wording.LONG(language, count=length - 2 * half), style="dim"))
