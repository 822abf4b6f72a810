"""A guess beside a measurement, as a drawing: marks on an axis, or a line across the layers beside the measured curve.

Every guess is in it, and what was measured; the page's style shows the one that was chosen, and the measurement once it
is asked for. It repeats what the sentences beside it say, for the eye; those who hear the page read lose nothing.
"""

import math
from collections.abc import Iterable, Sequence

from figures_src.drawing.powers import decade, raised
from figures_src.model.exhibit import Answer, Question
from figures_src.model.language import Localize, Text

WIDTH = 340
LEFT, RIGHT, TOP = 16.0, 16.0, 14.0
ROW, AXIS = 30.0, 24.0
CURVE_HEIGHT, CURVE_LEFT = 190, 46.0
MOST_TICKS = 6
LAYER = Text(zh="层", en="layer")


class Scale:
    """Places along an axis that holds all values and, where they are ratios, 1."""

    def __init__(self, values: Iterable[float], question: Question, start: float, end: float) -> None:
        self.ratio = question.scale == "ratio"
        places = [math.log10(value) if self.ratio else value for value in values]
        whole = self.ratio or all(isinstance(place, int) for place in places)
        self.low, self.high, self.step = _limits(min(places), max(places), whole=whole)
        self.start, self.end = start, end

    def at(self, value: float) -> float:
        """The place of a value."""
        return self._place(math.log10(value) if self.ratio else value)

    def _place(self, value: float) -> float:
        return self.start + (self.end - self.start) * (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[tuple[float, str]]:
        """Places and labels."""
        marks = [self.low + self.step * index for index in range(round((self.high - self.low) / self.step) + 1)]
        return [(self._place(mark), self._label(mark)) for mark in marks]

    def _label(self, mark: float) -> str:
        if not self.ratio:
            return f"{mark:g}".replace("-", "−")
        shown = 10**mark
        return f"{shown:.2g}" if -2 < mark < 3 and self.step < 1 else decade(round(mark))


def _limits(low: float, high: float, *, whole: bool) -> tuple[float, float, float]:
    """Ends and step of an axis with few ticks; of decades and of counts whole ones, if there is more than one."""
    steps = [base * 10.0**power for power in range(-3, 4) for base in (1, 2, 5)]
    if whole and high - low > 1:
        steps = [step for step in steps if step >= 1]
    step = next(step for step in steps if math.ceil(high / step) - math.floor(low / step) <= MOST_TICKS)
    return step * math.floor(low / step), step * math.ceil(high / step), step


def drawing(question: Question, text: Localize) -> str:
    """The drawing of a question as inline SVG; its colours come from the page's style."""
    return _curves(question, text) if question.curve else _rows(question, text)


def _svg(height: float, parts: Iterable[str]) -> str:
    return f'<svg class="guess-drawing" viewBox="0 0 {WIDTH} {height:g}" aria-hidden="true">{"".join(parts)}</svg>'


def _words(x: float, y: float, words: str, anchor: str = "middle", kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{raised(words)}</text>'


def _rows(question: Question, text: Localize) -> str:
    values = [number.value for answer in question.answers for number in (answer.measured, *answer.guesses)]
    scale = Scale(values, question, LEFT, WIDTH - RIGHT)
    named = len(question.answers) > 1
    row = ROW + (14 if named else 0)
    bottom = TOP + row * len(question.answers)
    parts = [
        f'<path class="grid" d="M{x:.1f} {TOP:g}V{bottom:g}"/>{_words(x, bottom + 16, label)}'
        for x, label in scale.ticks()
    ]
    for index, answer in enumerate(question.answers):
        y = TOP + row * (index + 1) - ROW / 2
        if answer.name:
            parts.append(_words(LEFT, y - 15, text(answer.name), "start"))
        parts.append(_marks(answer, scale, y))
    if question.axis:
        parts.append(_words(WIDTH / 2, bottom + 34, text(question.axis)))
    return _svg(bottom + AXIS + (18 if question.axis else 0), parts)


def _marks(answer: Answer, scale: Scale, y: float) -> str:
    guesses = "".join(
        f'<circle class="guess-mark" data-choice="{choice}" cx="{scale.at(number.value):.1f}" cy="{y:g}" r="7"/>'
        for choice, number in enumerate(answer.guesses, 1)
    )
    measured = f'<circle class="guess-measured" cx="{scale.at(answer.measured.value):.1f}" cy="{y:g}" r="4.5"/>'
    return f'<path class="one" d="M{LEFT:g} {y:g}H{WIDTH - RIGHT:g}"/>{guesses}{measured}'


def _curves(question: Question, text: Localize) -> str:
    (answer,) = question.answers
    bottom = CURVE_HEIGHT - 26
    values = [1.0, *question.curve, *question.known, *(number.value for number in answer.guesses)]
    scale = Scale(values, question, bottom, TOP)
    last = len(question.curve) - 1

    def x(layer: int) -> float:
        return CURVE_LEFT + (WIDTH - RIGHT - CURVE_LEFT) * layer / last

    def line(kind: str, series: Sequence[float], more: str = "") -> str:
        points = "L".join(f"{x(layer):.1f} {scale.at(value):.1f}" for layer, value in enumerate(series))
        return f'<path class="line {kind}"{more} d="M{points}"/>'

    parts = [
        f'<path class="grid" d="M{CURVE_LEFT:g} {y:.1f}H{WIDTH - RIGHT:g}"/>'
        f"{_words(CURVE_LEFT - 5, y + 4, label, 'end')}"
        for y, label in scale.ticks()
    ]
    first = 0 if question.axis else 1
    parts += [_words(x(place), bottom + 17, str(first + place)) for place in (0, last)]
    parts.append(_words((x(0) + x(last)) / 2, bottom + 17, text(question.axis or LAYER)))
    if question.known and question.known_name:
        parts.append(line("known", question.known))
        parts.append(_words(x(0) + 6, scale.at(question.known[0]) - 6, text(question.known_name), "start", "known"))
    start, end = scale.at(1.0), x(last)
    parts += [
        f'<path class="line guess-mark" data-choice="{choice}" '
        f'd="M{x(0):.1f} {scale.at(number.value):.1f}L{end:.1f} {start:.1f}"/>'
        for choice, number in enumerate(answer.guesses, 1)
    ]
    parts.append(line("guess-measured", question.curve))
    return _svg(CURVE_HEIGHT, parts)
