"""Final losses as they are shown and checked: by the parts that are the same on every kind of processor."""

import math

import pytest

from figures_src.exhibits._shared import labels
from figures_src.exhibits._shared.agreement import Comparison, worst
from figures_src.exhibits._shared.spirals import (
    all_but_one_learn,
    learns,
    not_all_learn,
    second_largest,
    shown_near_guessing,
    stays_above,
)
from figures_src.exhibits.remedies import _remedies
from figures_src.exhibits.remedies._remedies import compute
from figures_src.model.language import Text, localizer

CHANCE = math.log(2)
SENTENCE = Text(zh="句子", en="sentence")


@pytest.mark.parametrize(
    ("loss", "number", "cell"),
    [
        (0.0328, "0.1", "<\N{NO-BREAK SPACE}0.1"),
        (0.0038, "0.1", "<\N{NO-BREAK SPACE}0.1"),
        (0.0009, "0.001", "<\N{NO-BREAK SPACE}0.001"),
        (4.4e-5, "0.001", "<\N{NO-BREAK SPACE}0.001"),
        (0.0, "1 × 10⁻¹¹", "<\N{NO-BREAK SPACE}1 × 10⁻¹¹"),
        (0.1, "0.1", "<\N{NO-BREAK SPACE}0.7"),
        (0.505, "0.5", "<\N{NO-BREAK SPACE}0.7"),
        (0.6931, "0.7", "0.7"),
        (0.7501, "0.8", "<\N{NO-BREAK SPACE}1"),
        (1.04, "1.0", ">\N{NO-BREAK SPACE}1"),
        (82.2, "82.2", ">\N{NO-BREAK SPACE}10"),
        (15_100.0, "15,100.0", ">\N{NO-BREAK SPACE}10"),
    ],
)
def test_a_loss_is_shown_by_a_decimal_or_a_power_of_ten(loss: float, number: str, cell: str) -> None:
    assert str(labels.loss(loss)).replace("\N{NO-BREAK SPACE}", " ") == number
    assert labels.rough(loss).replace("\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}", " × ") == cell


def test_of_a_loss_below_the_least_nothing_more_is_said() -> None:
    assert {labels.rough(loss, 0.1) for loss in (1e-9, 0.0008, 0.0011, 0.09)} == {"<\N{NO-BREAK SPACE}0.1"}
    assert labels.rough(0.5, 0.1) == labels.rough(0.5)


def test_of_comparisons_that_agree_but_for_rounding_the_first_stands_for_all() -> None:
    first, second = Comparison(1 + 1e-15, 1.0, 1e-9), Comparison(2 + 8e-15, 2.0, 1e-9)
    assert worst((first, second)) is first
    off = Comparison(1 + 3e-10, 1.0, 1e-9)
    assert worst((first, off, second)) is off


def test_a_difference_that_is_rounding_is_shown_as_nothing() -> None:
    assert str(labels.rounding(2.7e-15)) == str(labels.rounding(3.1e-15)) == "0"
    assert str(labels.rounding(2.7e-9)) == "2.7\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10⁻⁹"


@pytest.mark.parametrize(
    ("losses", "every", "some_not"),
    [((0.1, 0.01), True, False), ((0.1, 0.2), False, True), ((0.1, math.inf), False, True)],
)
def test_who_learns_is_counted(losses: tuple[float, ...], every: bool, some_not: bool) -> None:
    assert learns(losses, CHANCE, SENTENCE).holds is every
    assert not_all_learn(losses, CHANCE, SENTENCE).holds is some_not


@pytest.mark.parametrize(
    ("losses", "holds"), [((0.3, 0.7), True), ((0.1, 0.7), False), ((0.3, math.inf), False), ((0.3, math.nan), False)]
)
def test_to_stay_above_a_bound_is_to_be_finite_as_well(losses: tuple[float, ...], holds: bool) -> None:
    assert stays_above(losses, 0.2, SENTENCE).holds is holds


def test_all_seeds_but_one_are_judged_by_the_second_largest_loss() -> None:
    assert second_largest((0.1, math.inf, 0.3)) == 0.3


def test_a_loss_of_networks_that_have_not_learned_is_shown_as_a_range_unless_it_stands_still() -> None:
    text = localizer("en")
    ends = (0.5889, 0.6536, 0.6702, 0.7109, 0.95)
    assert {shown_near_guessing(loss, text) for loss in ends} == {"0.5–1"}
    assert shown_near_guessing(CHANCE + 1e-9, text) == "0.7"
    assert shown_near_guessing(3.0, text) == ">\N{NO-BREAK SPACE}1"
    assert shown_near_guessing(math.inf, text) == "overflow"


def test_what_a_remedy_has_improved_is_no_range() -> None:
    row = next(row for row in compute().rows if row.row.name == "relu_large_layer_norm")
    text = localizer("en")
    assert _remedies.shown_loss(row, _remedies.IN_PART, text) == "<\N{NO-BREAK SPACE}0.7"
    assert _remedies.shown_loss(row, _remedies.NOTHING, text) == "0.5–1"


def test_all_seeds_but_one_at_most_learn() -> None:
    assert all_but_one_learn([0.01, 0.7, 0.02], CHANCE, SENTENCE).holds
    assert not all_but_one_learn([0.01, 0.7, 0.6], CHANCE, SENTENCE).holds
