"""Questions that a reader answers before the measurement is shown, and exercises.

??? guess "exhibit.question"    a question of an exhibit: a list of choices, then what is said once one is chosen
{{ answer exhibit.number }}     a place to type a number, which is compared with the measured or computed one

Which choice is right, what was measured and how far off each choice is come from the exhibit. Without a script the
choices are a list, the measurement unfolds below them, and there is no place to type.
"""

import xml.etree.ElementTree as ET
from typing import Any, Protocol, cast

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from figures_src.drawing.guess import drawing
from figures_src.markdown.references import GUESS
from figures_src.model.exhibit import Number, Question
from figures_src.model.language import Localize, Text

LEGEND = Text(zh="你的猜测", en="Your guess")
MEASUREMENT = Text(zh="实测结果", en="The measurement")
GUESSED, MEASURED = Text(zh="你的猜测", en="your guess"), Text(zh="实测", en="measured")
RIGHT = Text(zh="猜对了。", en="Right.")
OTHERWISE = Text(zh="实测并非如此。", en="Measured otherwise.")
MEASURED_IS = Text(zh="实测值是 {measured}。", en=" {measured} was measured.")
AGAINST = Text(zh="你猜的是 {guess}，实测值是 {measured}", en=" You guessed {guess}; {measured} was measured")
ABOVE = Text(zh="：高估到 {times} 倍。", en=": {times} times too much.")
BELOW = Text(zh="：低估到 {times} 分之一。", en=": too little by a factor of {times}.")
END = Text(zh="。", en=".")
ANSWER = Text(zh="你的答案", en="Your answer")
CHECK = Text(zh="核对", en="Check")
EXERCISE = {
    "right": Text(zh="对。", en="Right."),
    "high": Text(zh="偏大。", en="Too large."),
    "low": Text(zh="偏小。", en="Too small."),
    "sign": Text(zh="符号不对。", en="The sign is wrong."),
    "unread": Text(zh="请输入一个数，例如 0.5 或 3e-4。", en="Type a number, such as 0.5 or 3e-4."),
}
# A guess that is off by less is not said to be so many times too much.
WORTH_SAYING = 1.2


class Questions(Protocol):
    """A source of a page's questions, in its language."""

    @property
    def text(self) -> Localize:
        """The text of the page's language."""

    def question(self, name: str) -> Question:
        """The question of that name."""


class MisplacedChoicesError(ValueError):
    """A question on a page does not have the choices that its exhibit knows."""


def said(question: Question, choice: int, text: Localize) -> str:
    """The answer to a reader who takes a choice, counted from 0."""
    right = choice == question.right
    opening = text(RIGHT if right else OTHERWISE)
    if len(question.answers) > 1:
        return opening
    (answer,) = question.answers
    if right:
        return opening + text(MEASURED_IS).format(measured=answer.measured)
    against = text(AGAINST).format(guess=answer.guesses[choice], measured=answer.measured)
    return opening + against + _factor(answer.guesses[choice], answer.measured, question, text)


def _factor(guess: Number, measured: Number, question: Question, text: Localize) -> str:
    if question.scale != "ratio":
        return text(END)
    ratio = guess.value / measured.value
    times = max(ratio, 1 / ratio)
    if times < WORTH_SAYING:
        return text(END)
    shown = Number(times, ".1f" if times < 10 else ".0f" if times < 10000 else ".0e")
    return text(ABOVE if ratio > 1 else BELOW).format(times=shown)


class GuessProcessor(Treeprocessor):
    """A fold of the kind "guess" becomes a question with its choices beside a drawing."""

    def __init__(self, md: Markdown, offer: Questions) -> None:
        super().__init__(md)
        self.offer = offer

    def run(self, root: ET.Element) -> None:
        """Replace every such fold."""
        for parent in list(root.iter()):
            for index, child in enumerate(list(parent)):
                if child.tag == "details" and child.get("class") == GUESS:
                    parent[index] = self._question(child)

    def _question(self, fold: ET.Element) -> ET.Element:
        summary, *content = list(fold)
        name = (summary.text or "").strip()
        question = self.offer.question(name)
        listed = content.pop(0) if content and content[0].tag in ("ul", "ol") else ET.Element("ul")
        if len(listed) != question.choices:
            raise MisplacedChoicesError(
                f'guess "{name}": found {len(listed)} choices in the list below it, allowed: {question.choices}'
            )
        text = self.offer.text
        block = ET.Element("div", {"class": "guess", "data-search-exclude": "true"})
        block.tail = fold.tail
        choices = ET.SubElement(block, "fieldset", {"class": "guess-choices"})
        ET.SubElement(choices, "legend").text = text(LEGEND)
        for choice, item in enumerate(listed):
            choices.append(self._button(item, said(question, choice, text), choice + 1))
        shown = ET.SubElement(block, "div", {"class": "guess-shown"})
        shown.text = cast(Any, self.md).htmlStash.store(drawing(question, text))
        keys = ET.SubElement(shown, "p", {"class": "guess-keys", "aria-hidden": "true"})
        for kind, label in (("guess-key-mark", GUESSED), ("guess-key-measured", MEASURED)):
            ET.SubElement(keys, "span", {"class": kind}).text = text(label)
        ET.SubElement(block, "p", {"class": "guess-said", "role": "status"})
        block.append(self._answer(question, content))
        return block

    @staticmethod
    def _button(item: ET.Element, sentence: str, number: int) -> ET.Element:
        attributes = {"type": "button", "disabled": "", "aria-pressed": "false", "value": str(number)}
        button = ET.Element("button", {**attributes, "data-said": sentence})
        # A list whose items stand apart has them in paragraphs, which no button may hold.
        inner = item[0] if len(item) == 1 and item[0].tag == "p" else item
        button.text = (inner.text or "").lstrip()
        button.extend(list(inner))
        return button

    def _answer(self, question: Question, content: list[ET.Element]) -> ET.Element:
        text = self.offer.text
        answer = ET.Element("details", {"class": "guess-answer"})
        ET.SubElement(answer, "summary").text = text(MEASUREMENT)
        if len(question.answers) == 1:
            measured = text(MEASURED_IS).format(measured=question.answers[0].measured).strip()
            ET.SubElement(answer, "p", {"class": "guess-number"}).text = measured
        answer.extend(content)
        return answer


def exercise(number: Number, text: Localize) -> ET.Element:
    """A place to type a number."""
    words = {f"data-{kind}": text(sentence) for kind, sentence in EXERCISE.items()}
    place = ET.Element("span", {"class": "exercise", "data-value": number.significant, **words})
    place.set("data-search-exclude", "true")
    field = {"type": "text", "inputmode": "text", "size": "9", "autocomplete": "off", "aria-label": text(ANSWER)}
    ET.SubElement(place, "input", {**field, "placeholder": text(ANSWER)})
    ET.SubElement(place, "button", {"type": "button"}).text = text(CHECK)
    ET.SubElement(place, "output")
    return place
