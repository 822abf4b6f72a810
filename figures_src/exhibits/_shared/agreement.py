"""Measurements beside predictions, each with the deviation allowed; a check about many takes the worst."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Text

ROUNDING = 2.0**-52
# Smaller strains are rounding, which is another on every processor.
_NEGLIGIBLE = 0.005
ERRORS = 4
"""Standard errors that a measurement may be off."""


@dataclass(frozen=True)
class Comparison:
    """One measurement: its value, its prediction, and the deviation allowed, relative to the prediction."""

    measured: float
    predicted: float
    tolerance: float

    @property
    def error(self) -> float:
        """The deviation relative to the prediction."""
        return abs(self.measured / self.predicted - 1)

    @property
    def strain(self) -> float:
        """The deviation in units of what is allowed."""
        return self.error / self.tolerance

    def check(self, sentence: Text, shown: str | Callable[[float], Number], because: Text, source: str | Text) -> Check:
        """Check that the measurement is the prediction, both shown by a format specification or a function."""

        def number(value: float) -> Number:
            return Number(value, shown) if isinstance(shown, str) else shown(value)

        return Check(
            sentence=sentence,
            measured=number(self.measured),
            relation="≈",
            predicted=number(self.predicted),
            tolerance=self.tolerance,
            because=because,
            source=source,
        )


def standard_errors(measured: float, predicted: float, standard_error: float, bias: float = 0.0) -> Comparison:
    """Allow four standard errors, and a known relative bias besides.

    Four, because an exhibit compares up to two dozen numbers, of which by chance one or another is two or three
    standard errors off; and because an error estimated from five seeds is itself uncertain by a third. Seeds that all
    give the same number leave rounding, and nothing else, as the deviation allowed.
    """
    return Comparison(measured, predicted, max(ERRORS * standard_error / abs(predicted) + bias, ROUNDING))


def errors_of_seeds(seeds: int) -> Text:
    """The reason for a tolerance of `standard_errors` over so many seeds."""
    return Text(zh=f"{seeds} 个随机种子的 {ERRORS} 倍标准误差", en=f"{ERRORS} standard errors of {seeds} seeds")


def errors_and_width(seeds: int, width: int) -> Text:
    """The same, where the finite width biases the measurement besides."""
    errors = errors_of_seeds(seeds)
    return Text(
        zh=f"{errors.zh}，再加有限宽度的偏差 5/(4·{width})",
        en=f"{errors.en}, and the bias 5/(4·{width}) of the finite width",
    )


def worst(comparisons: Iterable[Comparison], negligible: float = _NEGLIGIBLE) -> Comparison:
    """The comparison that comes closest to failing, or fails most; where all strains are negligible, the first."""
    return max(comparisons, key=lambda comparison: max(negligible, comparison.strain))
