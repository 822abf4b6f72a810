"""Questions with their choices, and exercises, in Markdown; their drawings."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from markdown import Markdown

from figures_src.cache.catalog import gather, publish
from figures_src.cache.serialization import written
from figures_src.drawing.guess import drawing
from figures_src.markdown import guesses
from figures_src.markdown.exhibits import UnknownReferenceError
from figures_src.markdown.guesses import MisplacedChoicesError, exercise
from figures_src.model.exhibit import Answer, Number, Offered, Question
from figures_src.model.language import LANGUAGES, Language, Text, localizer
from tests.figures_src.markdown import markup

TITLE = Text(zh="图", en="A figure")
TOP = Number(2602.3149, ".1f")
GUESSES = tuple(Number(value, "g") for value in (1, 100, 1e4))
RATIO = Question((Answer(Number(130.0, ".0f"), GUESSES),))
CURVE = replace(RATIO, curve=(130.0, 11.0, 1.0), known=(0.1, 0.3, 1.0), known_name=Text(zh="已知", en="known"))
SHARES = Question(
    tuple(
        Answer(
            Number(measured, ".0%"), (Number(1 - place, ".0%"), Number(place, ".0%")), Text(zh="甲", en=f"row {place}")
        )
        for place, measured in enumerate((0.2, 1.0))
    ),
    scale="difference",
)
PAGE = """
??? guess "one.ratio"

    - As **large**
    - A hundred times
    - Ten thousand times

    Because of {{ one.top }}.

After
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A published catalog of one exhibit with questions."""
    entry = tmp_path / "entry"
    entry.mkdir()
    offered = Offered(TITLE, "", {"top": TOP}, {}, {}, {"ratio": RATIO, "shares": SHARES, "curve": CURVE})
    (entry / "exhibit.json").write_text(written(offered))
    publish({"one": entry}, gather({"one": entry}), {}, tmp_path / "published")
    return tmp_path / "published"


def convert(text: str, folder: Path, language: str = "en") -> BeautifulSoup:
    name = "figures_src.markdown.exhibits"
    md = Markdown(
        extensions=["pymdownx.details", "pymdownx.superfences", name],
        extension_configs={name: {"language": language, "folder": str(folder)}},
    )
    return markup.page(md.convert(text))


def found(page: BeautifulSoup | Tag, selector: str) -> Tag:
    element = page.select_one(selector)
    assert element, selector
    return element


def test_a_question_says_what_styles_scripts_and_listeners_need(folder: Path) -> None:
    page = re.sub(r"<svg.*?</svg>", "<svg/>", str(convert(PAGE, folder)), flags=re.DOTALL)
    said = (
        "Measured otherwise. You guessed 1; 130 was measured: too little by a factor of 130.",
        "Right. 130 was measured.",
        "Measured otherwise. You guessed 10,000; 130 was measured: 77 times too much.",
    )
    choices = ("As <strong>large</strong>", "A hundred times", "Ten thousand times")
    buttons = (
        f'<button aria-pressed="false" data-said="{sentence}" disabled="" type="button" value="{place}">'
        f"{choice}</button>"
        for place, (sentence, choice) in enumerate(zip(said, choices, strict=True), 1)
    )
    assert page == (
        '<div class="guess" data-search-exclude="true">\n<fieldset class="guess-choices">\n'
        f"<legend>Your guess</legend>\n{''.join(buttons)}</fieldset>\n"
        '<div class="guess-shown"><svg/><p aria-hidden="true" class="guess-keys">'
        '<span class="guess-key-mark">your guess</span><span class="guess-key-measured">measured</span></p>\n</div>\n'
        '<p class="guess-said" role="status"></p>\n<details class="guess-answer">\n'
        '<summary>The measurement</summary>\n<p class="guess-number">130 was measured.</p>\n'
        '<p>Because of <data class="number" value="2602.31">2602.3</data>.</p>\n</details>\n</div>\n<p>After</p>'
    )


def test_an_exercise_says_what_styles_scripts_and_listeners_need() -> None:
    place = exercise(Number(0.123456789, ".2f"), localizer("en"))
    words = {
        "right": "Right.",
        "high": "Too large.",
        "low": "Too small.",
        "sign": "The sign is wrong.",
        "unread": "Type a number, such as 0.5 or 3e-4.",
    }
    assert ET.tostring(place, encoding="unicode") == (
        '<span class="exercise" data-value="0.123457"'
        + "".join(f' data-{name}="{sentence}"' for name, sentence in words.items())
        + ' data-search-exclude="true"><input type="text" inputmode="text" size="9" autocomplete="off"'
        ' aria-label="Your answer" placeholder="Your answer" /><button type="button">Check</button><output /></span>'
    )


def test_a_question_has_its_choices_a_drawing_and_what_is_said_after(folder: Path) -> None:
    page = convert(PAGE, folder)
    assert found(page, ".guess > fieldset.guess-choices > legend").text == "Your guess"
    buttons = page.select(".guess-choices > button[type=button][disabled][aria-pressed=false]")
    assert [button["value"] for button in buttons] == ["1", "2", "3"]
    assert buttons[0].decode_contents() == "As <strong>large</strong>"
    assert [button["data-said"] for button in buttons] == [
        "Measured otherwise. You guessed 1; 130 was measured: too little by a factor of 130.",
        "Right. 130 was measured.",
        "Measured otherwise. You guessed 10,000; 130 was measured: 77 times too much.",
    ]
    assert found(page, ".guess-said")["role"] == "status"
    answer = found(page, "details.guess-answer:not([open])")
    assert [part.text for part in answer.find_all(["summary", "p"])] == [
        "The measurement",
        "130 was measured.",
        "Because of 2602.3.",
    ]
    assert len(page.select("svg.guess-drawing[aria-hidden=true] .guess-mark")) == 3
    assert not page.select("details.guess")
    assert found(page, ".guess + p").text == "After"


def test_a_question_about_several_things_only_says_whether_the_guess_is_right(folder: Path) -> None:
    page = convert('??? guess "one.shares"\n\n    1. One\n\n    2. Two\n', folder)
    assert [button["data-said"] for button in page.select("button")] == ["Measured otherwise.", "Right."]
    assert [button.text.strip() for button in page.select("button")] == ["One", "Two"]
    assert {"row 0", "row 1"} < {text.text for text in page.select("svg text")}
    assert not page.select(".guess-number")


def test_both_languages_have_their_own_words(folder: Path) -> None:
    page = convert(PAGE, folder, "zh")
    assert found(page, "legend").text == "你的猜测"
    assert found(page, "button")["data-said"] == "实测并非如此。你猜的是 1，实测值是 130：低估到 130 分之一。"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('??? guess "one.ratio"\n\n    - One\n    - Two\n', 'guess "one.ratio": found 2 choices in the list'),
        ('??? guess "one.ratio"\n\n    No list\n', "found 0 choices in the list below it, allowed: 3"),
        ('??? guess "one.rato"\n\n    - One\n', "one.ratio"),
    ],
)
def test_what_does_not_fit_the_exhibit_is_refused(text: str, message: str, folder: Path) -> None:
    with pytest.raises((MisplacedChoicesError, UnknownReferenceError), match=re.escape(message)):
        convert(text, folder)


def test_an_exercise_knows_its_answer(folder: Path) -> None:
    page = convert("1. How much? {{ answer one.top }}", folder)
    place = found(page, "li .exercise")
    assert place["data-value"] == "2602.31"
    assert found(place, "input")["aria-label"] == "Your answer"
    assert found(place, "output").name == "output"  # which screen readers read aloud when it changes
    assert place["data-low"] == "Too small."
    with pytest.raises(UnknownReferenceError, match=re.escape("one.top")):
        convert("{{ answer one.tip }}", folder)


@pytest.mark.parametrize(
    ("guess", "times"), [(4.0, "2.0"), (20, "10"), (40, "20"), (2e5, "1\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10⁵")]
)
def test_a_guess_is_so_many_times_too_large(guess: float, times: str) -> None:
    said = guesses._factor(Number(guess, "g"), Number(2, "d"), RATIO, localizer("en"))
    assert said == guesses.ABOVE.en.format(times=times)


@pytest.mark.parametrize("guess", [1.8, 2, 2.2])
@pytest.mark.parametrize(("language", "end"), [("en", "."), ("zh", "。")])
def test_a_guess_that_is_as_good_as_right_has_no_factor(guess: float, language: Language, end: str) -> None:
    assert guesses._factor(Number(guess, "g"), Number(2, "d"), RATIO, localizer(language)) == end


def test_an_unknown_question_is_refused_with_the_nearest(folder: Path) -> None:
    with pytest.raises(UnknownReferenceError, match=r"unknown question 'one\.ratoi'; the nearest is 'one\.ratio'"):
        convert(PAGE.replace("one.ratio", "one.ratoi"), folder)


def test_the_nearest_choice_is_the_right_one() -> None:
    assert RATIO.right == 1
    assert SHARES.right == 1
    # The same numbers lie otherwise by their differences.
    assert replace(RATIO, answers=(Answer(Number(30, "d"), (GUESSES[0], GUESSES[1])),)).right == 1
    differences = Question((Answer(Number(30, "d"), (GUESSES[0], GUESSES[1])),), scale="difference")
    assert differences.right == 0


@pytest.mark.parametrize(
    ("answers", "curve", "message"),
    [
        ((), (), "found no choices"),
        ((Answer(TOP, GUESSES[:1]),), (), "two or more"),
        ((Answer(TOP, GUESSES), Answer(TOP, GUESSES[:2])), (), "the same number"),
        ((Answer(TOP, GUESSES), Answer(TOP, GUESSES)), (1.0, 2.0), "found a curve with 2 answers"),
        ((Answer(Number(10, "d"), GUESSES[:2]),), (), "two choices equally near"),
    ],
)
def test_a_question_without_one_right_choice_is_refused(
    answers: tuple[Answer, ...], curve: tuple[float, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Question(answers, curve=curve)


def places(svg: str, kind: str) -> list[float]:
    return [float(str(circle["cx"])) for circle in BeautifulSoup(svg, "html.parser").select(f"circle.{kind}")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_marks_lie_where_their_numbers_do(language: Language) -> None:
    svg = drawing(RATIO, localizer(language))
    one, hundred, most = places(svg, "guess-mark")
    (measured,) = places(svg, "guess-measured")
    assert hundred - one == pytest.approx(most - hundred, abs=0.2)
    assert hundred < measured < hundred + (hundred - one) / 10


def test_a_curve_has_every_guess_as_a_line_to_its_end() -> None:
    page = BeautifulSoup(drawing(CURVE, localizer("en")), "html.parser")
    ends = [
        str(line["d"]).rpartition("L")[2] for line in page.select("path.guess-mark, path.guess-measured, path.known")
    ]
    assert len(ends) == 5
    assert len(set(ends)) == 1
    starts = [float(str(line["d"]).partition("L")[0].split()[1]) for line in page.select("path.guess-mark")]
    assert starts == sorted(starts, reverse=True)
    assert "known" in [text.text for text in page.select("text.known")]
