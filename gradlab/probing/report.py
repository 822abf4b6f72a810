"""The report: a table of layers, a verdict, and findings with what helps; to print, to plot and to keep."""

from __future__ import annotations

import math
import textwrap
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from operator import index
from typing import TYPE_CHECKING, Any, SupportsIndex

from gradlab._internal import checks, terminal
from gradlab._internal.exporting import as_csv, as_json, in_markdown
from gradlab.language import Language, Text, locale
from gradlab.probing import classification, diagnosis, layout, prediction, site, structure, wording
from gradlab.probing.advice import Advised, advised
from gradlab.probing.dataframe import data_frame
from gradlab.probing.finding import Finding, Verdict
from gradlab.probing.history import changes
from gradlab.probing.step import Earlier, LayerCall, ProbeError, Step

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_NAMES = 3  # of modules in a note
_MOST_TURNS = 6


@dataclass(frozen=True)
class Row:
    """One call of one layer, as a row of the table; None where there is no value.

    Attributes:
        layer: qualified name of the module.
        kind: its class.
        shape: shape of its output.
        rms: root mean square of its output.
        delta: ‖∂loss/∂output‖.
        factor: factor of ‖δ‖ from the next layer like it to this one.
        predicted_factor: the same factor, by theory from the weights.
        silent: share of units that put out 0 for the whole batch.
        saturated: share of saturated elements.
        sigma_w: √(fan_in Var W) of its weight.
        weight: ‖W‖.
        weight_gradient: ‖∂loss/∂W‖.
        update_ratio: ‖ΔW‖/‖W‖, of large weights from a sample; ``report.step.parameters`` has its standard error.

    """

    layer: str
    kind: str
    shape: str
    rms: float
    delta: float | None
    factor: float | None
    predicted_factor: float | None
    silent: float | None
    saturated: float | None
    sigma_w: float | None
    weight: float | None
    weight_gradient: float | None
    update_ratio: float | None


def _rows(step: Step) -> Iterator[Row]:
    weights = {parameter.name: parameter for parameter in step.parameters}
    links = {link.lower.index: link for stretch in structure.stretches(step) for link in stretch.links}
    for call in step.calls:
        weight = weights.get(call.weight or "")
        link = links.get(call.index)
        squared = prediction.sigma_w_squared(call, weight) if weight else None
        log_factor = prediction.log_factor(link, weights) if link else None
        yield Row(
            layer=call.label,
            kind=call.kind,
            shape="x".join(map(str, call.shape)),
            rms=call.rms,
            delta=call.delta_norm,
            factor=link.factor if link else None,
            predicted_factor=None if log_factor is None else math.exp(log_factor),
            silent=call.silent,
            saturated=call.saturated,
            sigma_w=None if squared is None else squared**0.5,
            weight=weight.norm if weight else None,
            weight_gradient=weight.gradient_norm if weight else None,
            update_ratio=weight.update_ratio if weight else None,
        )


@dataclass(frozen=True, repr=False)
class Report:
    """Report on one step of a record.

    Attributes:
        step: the step that is reported.
        verdict: that of the worst finding that hinders training, ``"healthy"`` without one, ``"inconclusive"`` with
            nothing to compare.
        findings: everything that hinders training, worst first, then what is real and harmless.
        notes: what could not be seen, and what else to know.
        language: language of everything that is printed.
        site: address of the site whose pages are named, with a final slash; empty where it is not known.

    """

    step: Step
    verdict: Verdict
    findings: tuple[Advised, ...]
    notes: tuple[str, ...]
    language: Language
    site: str = ""

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table, one row for each call of a layer in forward order."""
        return tuple(_rows(self.step))

    def __repr__(self) -> str:
        """One line: the step, the verdict, and how much there is to read."""
        findings = ", ".join(finding.verdict for finding in self.findings) or "none"
        rows = len(self.step.calls)
        return f"<Report: step {self.step.number}, {self.verdict}, findings: {findings}, {rows} rows; print() shows it>"

    def __str__(self) -> str:
        """The report as :meth:`text` has it."""
        return self.text()

    def text(self, *, max_rows: int | None = None, collapse: bool | None = None, width: int | None = None) -> str:
        """The table, the verdict, and for every finding what was measured, what helps and what does not.

        Args:
            max_rows: of a longer table only the first and the last rows are shown; None shows all.
            collapse: whether only the first and the last of at least four like blocks are shown; if not given, in
                tables of more than 60 rows.
            width: where lines are wrapped, and the least important columns are left out; if not given, that of the
                terminal, and without one nothing is.

        Raises:
            ValueError: a number of rows or a width that is no positive integer.

        """
        for name, value in (("max_rows", max_rows), ("width", width)):
            if value is not None:
                checks.positive_integer(name, value)
        width = layout.terminal_width() if width is None else width
        table = self._text_table(max_rows, collapse, width)
        return terminal.printable("\n\n".join([table, layout.wrapped(self._told(), width)]))

    def summary(self, *, width: int | None = None) -> str:
        """The verdict and every finding, each in a sentence or a few, without table, advice and notes.

        Args:
            width: where lines are wrapped; if not given, that of the terminal, and without one nothing is.

        Raises:
            ValueError: a width that is no positive integer.

        """
        if width is not None:
            checks.positive_integer("width", width)
        sentences = [self.sentence(finding) for finding in self.findings]
        told = "\n".join([wording.VERDICTS[self.verdict](self.language), *sentences])
        return terminal.printable(layout.wrapped(told, layout.terminal_width() if width is None else width))

    def _told(self) -> str:
        parts = [wording.VERDICTS[self.verdict](self.language)]
        parts += [self._explained(finding) for finding in self.findings]
        parts += [f"{wording.NOTE(self.language)}{note}" for note in self.notes]
        return "\n\n".join(parts)

    def _text_table(self, max_rows: int | None, collapse: bool | None, width: int | None) -> str:
        header, *body = self._shown()
        rows: list[int | layout.Gap] = [*range(len(body))]
        if collapse or (collapse is None and len(body) > layout.LONGEST_WHOLE):
            named = {finding.starts_at for finding in self.findings}
            rows = [
                *layout.collapsed(
                    # A layer that a finding names is shown, and so is like no other.
                    [
                        (structure.place(call), call.kind, call.label if call.label in named else "")
                        for call in self.step.calls
                    ]
                )
            ]
        if max_rows is not None:
            rows = layout.at_most(rows, max_rows)
        shown = [body[row] for row in rows if isinstance(row, int)]
        names = self._columns()
        sizes = {
            name: max(terminal.columns(row[place]) for row in (header, *shown)) for place, name in enumerate(names)
        }
        kept = [names.index(name) for name in layout.fitting(sizes, width)]
        lines = iter(_lines([[row[place] for place in kept] for row in (header, *shown)], [names[p] for p in kept]))
        return "\n".join([next(lines), *(next(lines) if isinstance(row, int) else self._gap(row) for row in rows)])

    def _gap(self, gap: layout.Gap) -> str:
        """Line in place of rows that are left out: their number, and ‖δ‖ in them."""
        deltas = [call.delta_norm for call in self.step.calls[gap.first : gap.end] if call.delta_norm is not None]
        text = wording.ALIKE if gap.is_alike else wording.LEFT_OUT
        said = text(self.language, count=gap.count)
        if not deltas:
            return said
        low, high = f"{min(deltas):.3g}", f"{max(deltas):.3g}"
        return f"{said}{wording.BETWEEN(self.language, low=low, high=high)}"

    def sentence(self, finding: Advised) -> str:
        """A finding of this report in one sentence, or a few."""
        return wording.finding(finding, self.language)

    def page(self, finding: Advised) -> tuple[str, str]:
        """The title and the address of the page that shows what the advice rests on.

        The address is complete where the site's is known, and relative to it otherwise.
        """
        name = finding.advice.page
        return site.TITLES[name](self.language), site.address(name, self.language, self.site)

    def _explained(self, finding: Advised) -> str:
        what = finding.advice
        title, address = self.page(finding)
        lines = [
            self.sentence(finding),
            f"{wording.HELPS(self.language)}{what.helps(self.language)}",
            *(f"    {line}" for line in what.code.splitlines()),
            f"{wording.FAILS(self.language)}{what.fails(self.language)}",
            f"{wording.PAGE(self.language, title=title)}{address}",
        ]
        return "\n".join(lines)

    def _shown(self) -> list[list[str]]:
        """The table as text: the columns in which any row has something."""
        rows, names = [asdict(row) for row in self.rows], self._columns()
        header = [wording.COLUMNS[name](self.language) for name in names]
        return [header, *([wording.shown(name, row[name]) for name in names] for row in rows)]

    def _columns(self) -> list[str]:
        rows = self.rows
        return [field.name for field in fields(Row) if any(getattr(row, field.name) is not None for row in rows)]

    def to_markdown(self) -> str:
        """The report in Markdown: the verdict, each finding with a list of what to do, the table, the notes."""
        header, *body = ([in_markdown(cell) for cell in row] for row in self._shown())
        parts = [f"**{wording.VERDICTS[self.verdict](self.language)}**"]
        parts += [self._listed(finding) for finding in self.findings]
        parts.append("\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *body)))
        if self.notes:
            parts.append("\n".join(f"- {wording.NOTE(self.language)}{in_markdown(note)}" for note in self.notes))
        return "\n\n".join(parts) + "\n"

    def _repr_markdown_(self) -> str:
        """The report in Markdown, for a notebook."""
        return self.to_markdown()

    def _listed(self, finding: Advised) -> str:
        """A finding in Markdown."""
        what = finding.advice
        title, address = self.page(finding)
        code = textwrap.indent(f"```python\n{what.code}\n```", "    ")
        if self.site:
            label, where = wording.EVIDENCE(self.language), f"[{title}]({address})"
        else:
            label, where = wording.PAGE(self.language, title=title), address
        items = (
            f"**{wording.HELPS(self.language).strip()}** {what.helps(self.language)}\n\n{code}",
            f"**{wording.FAILS(self.language).strip()}** {what.fails(self.language)}",
            f"**{label.strip()}** {where}",
        )
        return "\n\n".join([in_markdown(self.sentence(finding)), *(f"- {item}" for item in items)])

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values: verdict, findings with their advice, rows, notes."""
        found = [
            {field.name: getattr(finding, field.name) for field in fields(Finding)}
            | {
                "helps": finding.advice.helps(self.language),
                "code": finding.advice.code,
                "fails": finding.advice.fails(self.language),
                "page": finding.advice.page,
                "address": self.page(finding)[1],
                "evidence": list(finding.advice.evidence),
            }
            for finding in self.findings
        ]
        return {
            "verdict": self.verdict,
            "step": self.step.number,
            "findings": found,
            "rows": [asdict(row) for row in self.rows],
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """:meth:`to_dict` as JSON; a number that is not finite becomes a string."""
        return as_json(self.to_dict())

    def to_csv(self) -> str:
        """The rows as CSV, with the names of :class:`Row` as its header."""
        return as_csv((asdict(row).values() for row in self.rows), [field.name for field in fields(Row)])

    def to_dataframe(self) -> Any:
        """The rows as a pandas DataFrame.

        Raises:
            ProbeError: pandas is not installed.

        """
        return data_frame(self.rows, [field.name for field in fields(Row)])

    def plot(self) -> Figure:
        """Draw ‖δ‖ of every linear layer on a log axis, with what theory predicts from the last layer back.

        Raises:
            ProbeError: matplotlib is not installed.

        """
        try:
            from gradlab.probing.plot import plot
        except ImportError:
            raise ProbeError("plot: needs matplotlib; `pip install matplotlib`, or print the report") from None
        return plot(self.step, self.language)


_WORDS = {"layer", "kind"}
"""Columns of words; the others are numbers, and end below each other."""


def _lines(rows: Sequence[Sequence[str]], names: Sequence[str]) -> list[str]:
    widths = [max(terminal.columns(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell + " " * (size - terminal.columns(cell))
            if name in _WORDS
            else " " * (size - terminal.columns(cell)) + cell
            for name, cell, size in zip(names, row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _unseen(call: LayerCall) -> list[str]:
    """The activation functions that were applied on the way to a call, and were neither modules nor looked at."""
    if call.role not in ("linear", "normalization", "block"):
        return []
    applied = [operation for operation in call.operations if operation in classification.ACTIVATIONS]
    return applied[1:] if call.activation is not None else applied


class Remark:
    """A note on all steps, in either language."""

    def __init__(self, text: Text, **values: object) -> None:
        self._text, self._values = text, values

    def __call__(self, language: Language) -> str:
        """The note."""
        return self._text(language, **self._values)


def _frozen(step: Step, language: Language) -> Iterator[str]:
    frozen = [parameter.elements for parameter in step.parameters if not parameter.trainable]
    if frozen:
        share = sum(frozen) / max(sum(parameter.elements for parameter in step.parameters), 1)
        yield wording.FROZEN(language, count=len(frozen), all=len(step.parameters), share=f"{share:.0%}")


def _notes(step: Step, language: Language) -> Iterator[str]:
    if not structure.stretches(step):
        linear, alike = structure.sizes(step)
        chain, group = structure.SHORTEST_CHAIN, structure.SHORTEST_GROUP
        yield wording.NOTHING_TO_COMPARE(language, chain=chain, group=group, linear=linear, alike=alike)
    ran = step.ran
    idle = sorted({parameter.module for parameter in step.parameters if parameter.module not in ran})
    if idle:
        yield wording.IDLE(language, names=", ".join(idle[:_MOST_NAMES]), count=len(idle))
    yield from _frozen(step, language)
    owners = {parameter.module for parameter in step.parameters}
    unmeasured = sorted(name for name in step.unmeasured if name in owners and name)
    if unmeasured:
        yield wording.UNMEASURED(language, names=", ".join(unmeasured[:_MOST_NAMES]), count=len(unmeasured))
    if any(call.role == "normalization" and not call.training for call in step.calls):
        yield wording.EVALUATION(language)
    unseen = [call for call in step.calls for _ in _unseen(call)]
    if unseen:
        yield wording.UNSEEN(language, count=len(unseen), first=unseen[0].label)
    looked_at = {profile.name for profile in step.readings.through_time}
    if any(call.role == "recurrent" and call.name not in looked_at for call in step.calls):
        yield wording.RECURRENT(language)
    if step.recomputed:
        yield wording.RECOMPUTED(language, count=step.recomputed)
    if any(call.backward_passes > 1 for call in step.calls):
        yield wording.SEVERAL(language)
    if step.accumulated:
        yield wording.ACCUMULATED(language)


def _along_the_way(steps: Sequence[Step], step: Step, language: Language) -> Iterator[str]:
    """Remarks on a step among many."""
    if len(steps) < 2:
        return
    yield wording.LAST(language, number=step.number, count=len(steps))
    turns = [
        wording.TURN(language, number=number, verdict=wording.NAMES[verdict](language))
        for number, verdict in changes(steps)
    ]
    if len(turns) > 1:
        shown = turns if len(turns) <= _MOST_TURNS else [turns[0], "…", *turns[-_MOST_TURNS + 2 :]]
        yield wording.CHANGED(language, turns=locale(language).enumeration.join(shown))


def _chosen(steps: Sequence[Step], number: object) -> Step:
    place = len(steps)
    if isinstance(number, SupportsIndex):  # also an integer of NumPy's
        place = bisect_left(steps, index(number), key=lambda one: one.number)
    found = steps[place] if place < len(steps) else None
    if found is None or found.number != number:
        numbers = [str(step.number) for step in steps]
        shown = numbers if len(numbers) <= _MOST_TURNS else [*numbers[:3], "…", numbers[-1]]
        raise ProbeError(f"step: found {number!r}, recorded: {', '.join(shown)}")
    if not found.has_backward:
        raise ProbeError(f"step: in step {number} no gradient was seen; choose one with a backward pass")
    return found


def _last(steps: Sequence[Step]) -> Step | None:
    """The last step with a backward pass, or the one before it, if that and not the last led to an update.

    A network that judges another's outputs, as in adversarial training, runs once more for the other's sake.
    """
    trained = (step for step in map(steps.__getitem__, range(len(steps) - 1, -1, -1)) if step.has_backward)
    last = next(trained, None)
    if last is None or last.has_update:
        return last
    before = next(trained, None)
    return before if before is not None and before.has_update else last


def report(
    steps: Sequence[Step],
    language: str,
    *,
    number: int | None = None,
    remarks: Iterable[Remark] = (),
    address: str | None = None,
) -> Report:
    """The report of one step: of the given number, or the last one with a backward pass.

    Raises:
        ProbeError: no step has one, or none that number.
        ValueError: an unknown language or an invalid address.

    """
    spoken = checks.language("language", language)
    last = _last(steps)
    if last is None:
        raise ProbeError(
            "record: no gradient was seen; run `loss.backward()` within the with-block, after a forward pass"
        )
    step = last if number is None else _chosen(steps, number)
    earlier = Earlier(steps, bisect_left(steps, step.number, key=lambda one: one.number))
    found = tuple(advised(finding, step) for finding in diagnosis.findings(step, earlier))
    notes = [*_notes(step, spoken), *_along_the_way(steps, step, spoken)]
    notes += [remark(spoken) for remark in remarks]
    return Report(step, diagnosis.verdict(step, found), found, tuple(notes), spoken, site.root(address))
