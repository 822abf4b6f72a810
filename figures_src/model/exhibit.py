"""Exhibits: the parts of a module of `figures_src.exhibits`, and its discovery and loading.

An exhibit module splits the expensive part, which knows no language, from the cheap localised part:

    TITLE = Text(zh=..., en=...)            # its name; required
    def compute() -> Result: ...            # calls `measured(experiment, config)`; required
    def draw(figure, result, text): ...     # a matplotlib figure; labels through text(LABEL)
    def table(result, text) -> Table: ...   # header and rows as shown on the page
    def data(result) -> Table: ...          # the numbers behind the figure, for the CSV download
    def numbers(result) -> dict[str, Number]: ...   # what prose, alt texts and captions may quote
    def listings(result, language) -> dict[str, str]: ...   # what a program prints, shown as it is printed
    def blocks(result, language) -> dict[str, str]: ...     # pieces of a page in Markdown or HTML
    def checks(result) -> dict[str, Check]: ...     # what the prose asserts, with prediction and tolerance
    def questions(result) -> dict[str, Question]: ...   # what a page asks before it shows the measurement

Discovery is by module name: there is no registry to forget. The module's folder is that of the page where the exhibit
lives; its name is the exhibit's id everywhere.
"""

import importlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from figures_src.model.failures import ROOT, BuildFailedError, Failure, relative
from figures_src.model.finite import ALLOWED, Overflow, check_numbers, not_finite
from figures_src.model.language import Language, Localize, Text

if TYPE_CHECKING:  # a warm build reads what is in the store and never imports matplotlib
    from matplotlib.figure import Figure

Cell = str | int | float | Overflow
# More would only tell kinds of processors apart. Of one pass through a network these are the same on each of them; of a
# training that makes its rounding grow, not even the first need be.
DIGITS = 6


@dataclass(frozen=True)
class Number:
    """A number that prose may quote: its value and the format specification in which pages show it.

    From five digits on, those before the point stand in groups of three.
    """

    value: int | float
    format: str

    @property
    def significant(self) -> str:
        """The value for machines, with the digits that tell no processors apart."""
        return f"{self.value:.{DIGITS}g}"

    def __str__(self) -> str:
        shown = format(self.value, self.format)
        mantissa, exponent, power = shown.partition("e")
        if exponent:
            # No-break spaces: a number stays on one line.
            shown = f"{mantissa}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10{superscript(int(power))}"
        whole, point, decimals = shown.partition(".")
        if whole.lstrip("-").isdigit() and len(whole.lstrip("-")) >= 5:
            shown = f"{int(whole):,}{point}{decimals}"
        return shown.replace("-", "−")


def superscript(integer: int) -> str:
    """An integer in superscript digits."""
    return str(integer).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


@dataclass(frozen=True)
class Table:
    """A table: header and rows of equal length; every column is named, for those who hear it read.

    A cell that is no finite number is an `Overflow`, or the table is refused.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        if not all(name.strip() for name in self.header):
            raise ValueError(f"Table: a column has no name in the header {self.header}")
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"Table: a row has {len(row)} cells, the header has {len(self.header)}")
        for number, row in enumerate(self.rows, 1):
            for name, cell in zip(self.header, row, strict=True):
                if found := not_finite(cell):
                    what = f"found {found}, allowed: {ALLOWED}, or an Overflow where it is meant"
                    raise ValueError(f"Table: column {name!r}, row {number}: {what}")


Relation = Literal["≈", "=", "<", ">"]


@dataclass(frozen=True)
class Check:
    """A check of a sentence of the prose.

    `relation` compares the measured with the predicted number. "≈" holds within `tolerance`, relative to the
    prediction; "=" holds when both are the same to the last bit; "<" and ">" are strict and need no tolerance.
    `because` says why the tolerance is what it is, and `source` where the prediction comes from: a formula or a
    citation, which all languages share, or words, which they do not.
    """

    sentence: Text
    measured: Number
    relation: Relation
    predicted: Number
    because: Text
    source: str | Text
    tolerance: float | None = None

    def __post_init__(self) -> None:
        # Seeds that happen to agree may leave a tolerance of 0, which then demands equality; none at all was forgotten.
        fits = self.tolerance is None if self.relation != "≈" else self.tolerance is not None and self.tolerance >= 0
        if not fits:
            raise ValueError(f"Check: tolerance {self.tolerance} does not fit the relation {self.relation!r}")

    def source_in(self, language: Language) -> str:
        """The source of the prediction, in one language."""
        return self.source(language) if isinstance(self.source, Text) else self.source

    @property
    def holds(self) -> bool:
        """Whether the measurement bears the check out; a number that is not finite bears out nothing."""
        measured, predicted = self.measured.value, self.predicted.value
        if not (math.isfinite(measured) and math.isfinite(predicted)):
            return False
        if self.relation == "≈":
            return abs(measured - predicted) <= (self.tolerance or 0) * abs(predicted)
        if self.relation == "=":
            return measured == predicted
        return measured < predicted if self.relation == "<" else measured > predicted


Scale = Literal["ratio", "difference"]


@dataclass(frozen=True)
class Answer:
    """A measured number, and the number that each choice of a question says it is.

    Attributes:
        measured: the number measured.
        guesses: the number that each choice stands for, in the order in which a page lists the choices.
        name: what the number belongs to, where a question has several.

    """

    measured: Number
    guesses: tuple[Number, ...]
    name: Text | None = None


@dataclass(frozen=True)
class Question:
    """A question that a page asks before it shows what was measured; which choice is right follows from that.

    Attributes:
        answers: one, or one for each thing that is asked about.
        scale: whether a guess is off by a ratio or by a difference, which is also how it is drawn.
        curve: measured layer by layer, where the one answer is the first layer's value relative to the last's.
        known: another such curve, which a reader sees before answering.
        known_name: its name.
        axis: what the axis is of; a curve that does not go over layers begins before the first of what it goes over.

    """

    answers: tuple[Answer, ...]
    scale: Scale = "ratio"
    curve: tuple[float, ...] = ()
    known: tuple[float, ...] = ()
    known_name: Text | None = None
    axis: Text | None = None

    def __post_init__(self) -> None:
        for answer in self.answers:
            named = {f"choice {place}": guess for place, guess in enumerate(answer.guesses, 1)}
            check_numbers("Question:", {"measured": answer.measured, **named})
        if not all(map(math.isfinite, (*self.curve, *self.known))):
            raise ValueError(f"Question: a curve: found a value that is not finite, allowed: {ALLOWED}")
        counts = {len(answer.guesses) for answer in self.answers}
        if len(counts) != 1 or min(counts) < 2:
            raise ValueError(
                f"Question: found {counts or 'no'} choices, allowed: the same number, two or more, for all"
            )
        if self.curve and len(self.answers) > 1:
            raise ValueError(f"Question: found a curve with {len(self.answers)} answers, allowed: one")
        if self.right_ones > 1:
            raise ValueError("Question: found two choices equally near to what was measured, allowed: one")

    @property
    def choices(self) -> int:
        """Number of choices."""
        return len(self.answers[0].guesses)

    def off(self, choice: int) -> float:
        """Distance of a choice, counted from 0, from the measurements."""
        return sum(self._distance(answer.measured.value, answer.guesses[choice].value) for answer in self.answers)

    def _distance(self, measured: float, guess: float) -> float:
        return abs(math.log(guess / measured)) if self.scale == "ratio" else abs(guess - measured)

    @property
    def right(self) -> int:
        """The choice that is nearest to what was measured, counted from 0."""
        return min(range(self.choices), key=self.off)

    @property
    def right_ones(self) -> int:
        """Number of choices that are as near as the nearest."""
        nearest = self.off(self.right)
        return sum(math.isclose(self.off(choice), nearest, abs_tol=1e-9) for choice in range(self.choices))


@dataclass(frozen=True)
class Offered:
    """Parts of a made exhibit for pages, besides its files.

    Attributes:
        title: its name.
        settings: those of its experiment, as a page shows them; empty where it has none.
        numbers: what prose, alt texts and captions may quote, by name.
        listings: what programs print, by name and language.
        checks: what the prose asserts, by name.
        questions: what pages ask before they show it, by name.

    """

    title: Text
    settings: str
    numbers: dict[str, Number]
    listings: dict[str, dict[Language, str]]
    checks: dict[str, Check]
    questions: dict[str, Question] = field(default_factory=dict)


class Draw(Protocol):
    """Draws on an empty figure."""

    def __call__(self, figure: "Figure", result: Any, text: Localize, /) -> None:
        """Draw the result with labels in one language."""


@dataclass(frozen=True)
class Exhibit:
    """A loaded exhibit module."""

    name: str
    title: Text
    compute: Callable[[], Any]
    draw: Draw | None
    table: Callable[[Any, Localize], Table] | None
    data: Callable[[Any], Table] | None
    numbers: Callable[[Any], Mapping[str, Number]] | None
    listings: Callable[[Any, Language], Mapping[str, str]] | None
    blocks: Callable[[Any, Language], Mapping[str, str]] | None
    checks: Callable[[Any], Mapping[str, Check]] | None
    questions: Callable[[Any], Mapping[str, Question]] | None


FOLDER = ROOT / "figures_src" / "exhibits"
OPTIONAL = ("draw", "table", "data", "numbers", "listings", "blocks", "checks", "questions")


def paths(folder: Path = FOLDER) -> dict[str, Path]:
    """The modules of all exhibits by name, in alphabetical order; each lies in the folder of a page.

    Raises `BuildFailedError` where two have the same name.
    """
    found: dict[str, Path] = {}
    failures = []
    for path in sorted(folder.glob("[!_]*/[!_]*.py"), key=lambda path: (path.stem, path)):
        if path.stem in found:
            failures.append(
                Failure(relative(path), f"the name {path.stem!r} is taken, by {relative(found[path.stem])}")
            )
        found.setdefault(path.stem, path)
    if failures:
        raise BuildFailedError(failures)
    return found


def module_name(name: str, found: Mapping[str, Path] | None = None) -> str:
    """The full module name of an exhibit, which is looked for unless all have been found already."""
    module = (found or paths())[name]
    return ".".join(module.relative_to(ROOT).with_suffix("").parts)


def exhibit_of(name: str) -> str:
    """The exhibit that is meant by the full name of a number, listing, block or check, such as `exhibit.number`."""
    return name.partition(".")[0]


def where(name: str) -> str:
    """An exhibit as messages name it."""
    return f"exhibit {name} ({relative(paths()[name])})"


def discover(folder: Path = FOLDER) -> tuple[str, ...]:
    """The names of all exhibits, in alphabetical order."""
    return tuple(paths(folder))


def load(name: str) -> Exhibit:
    """Import an exhibit and check what it offers.

    Raises `ValueError` where the module lacks its title or `compute`, or draws a figure without its data.
    """
    module = importlib.import_module(module_name(name))
    title = getattr(module, "TITLE", None)
    if not isinstance(title, Text):
        raise ValueError(f"exhibit {name!r} has no TITLE = Text(zh=..., en=...)")
    if not callable(getattr(module, "compute", None)):
        raise ValueError(f"exhibit {name!r} has no compute()")
    parts = {part: cast(Any, getattr(module, part, None)) for part in OPTIONAL}
    if parts["draw"] and not parts["data"]:
        raise ValueError(f"exhibit {name!r} draws a figure but offers no data() for its download")
    return Exhibit(name=name, title=title, compute=module.compute, **parts)
