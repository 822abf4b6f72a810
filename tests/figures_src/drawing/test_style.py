"""Ticks of log axes: words that need no small signs."""

import pytest
from matplotlib.ticker import NullFormatter

from figures_src.drawing.powers import decade_tick, raised
from figures_src.drawing.style import PlainPowers, drawing_style, finish, new_figure


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.0, "1"),
        (10.0, "10"),
        (100.0, "100"),
        (1e3, "10^3"),
        (0.1, "0.1"),
        (0.01, "0.01"),
        (1e-3, "10^−3"),
        (1e-21, "10^−21"),
    ],
)
def test_powers_of_ten_are_numbers_near_1_and_powers_elsewhere(value: float, shown: str) -> None:
    assert decade_tick(value) == shown


def test_an_exponent_is_raised() -> None:
    assert raised("10^−21") == '10<tspan dy="-4">−21</tspan>'
    assert raised("a < 1") == "a &lt; 1"


def test_log_axes_are_labelled_and_those_with_labels_of_their_own_are_left_alone() -> None:
    with drawing_style():
        figure = new_figure()
        left, right = figure.subplots(1, 2)
        left.plot([1, 2], [1e-6, 1])
        left.set_yscale("log")
        right.plot([1, 2], [1e-6, 1])
        right.set_yscale("log")
        right.set_yticks([1e-6, 1], ["a millionth", "one"])
        finish(figure)
        figure.draw_without_rendering()
        assert isinstance(left.yaxis.get_major_formatter(), PlainPowers)
        assert isinstance(left.yaxis.get_minor_formatter(), NullFormatter)
        assert "10^−6" in [label.get_text() for label in left.get_yticklabels()]
        assert [label.get_text() for label in right.get_yticklabels()] == ["a millionth", "one"]


def test_a_log_axis_of_many_decades_has_few_ticks() -> None:
    with drawing_style():
        figure = new_figure()
        few, many = figure.subplots(1, 2)
        for axes, lowest in ((few, 1e-2), (many, 1e-20)):
            axes.plot([1, 2], [lowest, 1])
            axes.set_yscale("log")
        finish(figure)
        figure.draw_without_rendering()
        assert len(few.yaxis.get_minorticklocs()) > 10
        assert len(many.yaxis.get_minorticklocs()) == 0
        low, high = many.get_ylim()
        assert 3 <= sum(low <= tick <= high for tick in many.get_yticks()) <= 7
