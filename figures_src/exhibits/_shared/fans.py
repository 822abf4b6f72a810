"""A picture that a reader turns a knob of: measured curves, one of which radio buttons choose.

It is a block of HTML that needs no script: the style sheet `hero.css` shows the curve and the answer that belong to the
buttons that are chosen. Curves lie in a drawing that stretches with the page; labels lie beside it and keep the size of
the text. The buttons of a group have the values 0, 1, ..., or of one that stands before such a group a, b, and c.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from figures_src.drawing import powers
from figures_src.model.language import Language, Localize, Text, locale
from gradlab.probing.diagnosis import NOTICEABLE

LAYERS = Text(zh="← 反向传播 · 层", en="← backward pass · layer")
EXPLODES = Text(zh="爆炸", en="explodes")
VANISHES = Text(zh="消失", en="vanishes")
LETTERS = "abc"
EXPLODING, VANISHING, KEPT = "exploding", "vanishing", "kept"
ANSWERS = {
    VANISHING: Text(zh="梯度消失。", en="It vanishes."),
    EXPLODING: Text(zh="梯度爆炸。", en="It explodes."),
    KEPT: Text(zh="既没有消失，也没有爆炸。", en="It neither vanishes nor explodes."),
}
_ANSWER_OF = Text(zh="{answer}{which}", en="{answer} {which}")
# Units of the drawing for a step along the axis: a step is a fraction of a pixel on any screen.
_ACROSS = 10


@dataclass(frozen=True)
class Group:
    """A group of buttons.

    Attributes:
        name: of its inputs, on one page.
        legend: what stands above it.
        labels: one for each button, in HTML.
        lettered: whether their values are letters.
        chosen: place of the one that is chosen at first.

    """

    name: str
    legend: str
    labels: tuple[str, ...]
    chosen: int
    lettered: bool = False

    @property
    def values(self) -> str:
        """The values of the buttons, a character each."""
        return (LETTERS if self.lettered else "0123456789")[: len(self.labels)]


@dataclass(frozen=True)
class Curve:
    """A curve, and the answer that stands above it.

    Attributes:
        choice: the buttons that choose it: their places, group by group.
        values: from the first place on the axis to the last, as the scale has them.
        answer: in HTML.
        fate: of what it shows: `EXPLODING`, `VANISHING` or `KEPT`.

    """

    choice: tuple[int, ...]
    values: tuple[float, ...]
    answer: str
    fate: str


@dataclass(frozen=True)
class Scale:
    """The quantity that runs upwards: from the bottom to the top, and the words beside it.

    Attributes:
        bottom: value at the bottom.
        top: value at the top.
        ticks: values with their labels, as the inside of an SVG text.
        lines: those of them with a line across.
        units: units of the drawing for 1.
        edge: how far from 0 the two zones of what explodes and vanishes begin; None for a scale without them.

    """

    bottom: float
    top: float
    ticks: tuple[tuple[float, str], ...]
    lines: tuple[float, ...]
    units: int
    edge: float | None = None

    @classmethod
    def of_decades(cls, bottom: int, top: int, between: int, units: int = 40) -> "Scale":
        """Powers of ten with the two zones beyond what is noticeable."""
        marked = range(bottom + between, top, between)
        ticks = tuple((float(exponent), powers.raised(powers.decade(exponent))) for exponent in marked)
        lines = tuple(float(exponent) for exponent in marked if exponent)
        return cls(bottom, top, ticks, lines, units, NOTICEABLE / math.log(10))

    def height(self, value: float) -> str:
        """The place of a value, down from the top, in percent."""
        return f"{100 * (self.top - value) / (self.top - self.bottom):.4g}%"

    def down(self, value: float) -> int:
        """The same in units of the drawing."""
        return round(self.units * (self.top - value))


@dataclass(frozen=True)
class Fan:
    """The picture.

    Attributes:
        name: of the exhibit.
        question: stands above it.
        described: what is heard in place of the curves.
        curves: all of them.
        groups: the buttons, one group or two.
        scale: what runs upwards.
        places: along the axis, each with its label: a share of the way from left to right.
        axis: what the axis is of.

    """

    name: str
    question: str
    described: str
    curves: tuple[Curve, ...]
    groups: tuple[Group, ...]
    scale: Scale
    places: tuple[tuple[float, str], ...]
    axis: str

    def html(self, text: Localize) -> str:
        """The whole figure."""
        answers = "".join(f'<p class="{self._classes(one)} {one.fate}">{one.answer}</p>' for one in self.curves)
        choices = "".join(map(_fieldset, self.groups))
        return "".join(
            (
                # No other figure inside: the search's index would take the end of that for the end of this.
                f'<figure class="fan" id="figure-{self.name}" aria-labelledby="{self.name}-question" '
                'data-search-exclude="true">',
                f'<p class="fan-question" id="{self.name}-question">{self.question}</p>',
                f'<div class="fan-answers" role="status">{answers}</div>',
                f'<div class="fan-plot"><svg class="fan-axis" aria-hidden="true">{"".join(self._ticks())}</svg>',
                f'<svg class="fan-curves" role="img" aria-label="{self.described}">{self._zones(text)}'
                f"{self._drawn()}</svg>",
                f'<svg class="fan-layers" aria-hidden="true">{"".join(self._along())}</svg></div>',
                f'<div class="fan-choices">{choices}</div></figure>\n',
            )
        )

    def _classes(self, curve: Curve) -> str:
        """The classes by which the style sheet knows what belongs to a choice."""
        values = (group.values[place] for group, place in zip(self.groups, curve.choice, strict=True))
        first = " fan-first" if curve.choice == tuple(group.chosen for group in self.groups) else ""
        return f"fan-network {' '.join(f'fan-{value}' for value in values)}{first}"

    def _ticks(self) -> Iterator[str]:
        for value, label in self.scale.ticks:
            yield f'<text x="100%" y="{self.scale.height(value)}" dx="-6" dy="4">{label}</text>'

    def _zones(self, text: Localize) -> str:
        """The two zones, lines across, and their names."""
        height, edge = self.scale.height, self.scale.edge
        lines = "".join(f'<line x2="100%" y1="{height(one)}" y2="{height(one)}"/>' for one in self.scale.lines)
        if edge is None:
            return lines
        return (
            f'<rect class="exploding" width="100%" height="{height(edge)}"/>'
            f'<rect class="vanishing" width="100%" y="{height(-edge)}" height="{_share(self.scale, edge)}"/>{lines}'
            f'<text class="exploding" x="100%" y="20" dx="-10" text-anchor="end">{text(EXPLODES)}</text>'
            f'<text class="vanishing" x="100%" y="100%" dx="-10" dy="-10" text-anchor="end">{text(VANISHES)}</text>'
        )

    def _drawn(self) -> str:
        """All curves, faint, and each again, to be shown when it is chosen, with a dot at its end."""
        width = _ACROSS * math.lcm(*(len(curve.values) - 1 for curve in self.curves))
        height = self.scale.down(self.scale.bottom)
        faint, chosen = [], []
        for curve in self.curves:
            heights = [self.scale.down(value) for value in curve.values]
            across = width // (len(heights) - 1)
            steps = "".join(
                f"l-{across} {one - other}" for one, other in zip(heights[-2::-1], heights[:0:-1], strict=True)
            )
            # Twice, not by reference: what is referred to loses the stroke that a stretched drawing leaves as it is.
            drawn = f'<path d="M{width} {heights[-1]}{steps}"/>'
            faint.append(drawn)
            chosen.append(f'<g class="{self._classes(curve)} {curve.fate}">{drawn}<path d="M0 {heights[0]}h0"/></g>')
        return (
            f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="none"><g class="fan-all">{"".join(faint)}</g>'
            f'<g class="fan-chosen">{"".join(chosen)}</g></svg>'
        )

    def _along(self) -> Iterator[str]:
        anchors: dict[float, str] = {0: "start", 1: "end"}
        for share, label in self.places:
            anchor = anchors.get(share, "middle")
            yield f'<text x="{100 * share:.4g}%" y="14" text-anchor="{anchor}">{label}</text>'
        yield f'<text x="50%" y="32" text-anchor="middle">{self.axis}</text>'


def _share(scale: Scale, edge: float) -> str:
    """The height of the lower zone."""
    return f"{100 * (-edge - scale.bottom) / (scale.top - scale.bottom):.4g}%"


def _fieldset(group: Group) -> str:
    choices = "".join(
        f'<label><input type="radio" name="{group.name}" value="{value}" autocomplete="off"'
        f"{' checked' if place == group.chosen else ''}>{label}</label>"
        for place, (value, label) in enumerate(zip(group.values, group.labels, strict=True))
    )
    return f"<fieldset><legend>{group.legend}</legend><div>{choices}</div></fieldset>"


def places(last: int, every: int = 5) -> tuple[tuple[float, str], ...]:
    """Places of the first layer, or time step, and of every fifth one, or as many as are given."""
    return tuple(((one - 1) / (last - 1), str(one)) for one in (1, *range(every, last + 1, every)))


def answer(which: Iterable[str], said: Text, language: Language, **values: object) -> str:
    """The words on a choice; on paper, where none can be made, also which one it is, in parts."""
    chosen = f'<small class="fan-which">{locale(language).comma.join(which)}</small>'
    return _ANSWER_OF(language, answer=said(language, **values), which=chosen)


def fate(ratio: float) -> str:
    """The fate of a gradient, by the factor that the whole site uses."""
    if abs(math.log(ratio)) <= NOTICEABLE:
        return KEPT
    return EXPLODING if ratio > 1 else VANISHING
