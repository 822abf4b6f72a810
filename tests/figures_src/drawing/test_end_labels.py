"""Labels at the ends of curves: where they stand, and that they can be read."""

import io
from collections.abc import Callable

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text as Label

from figures_src.drawing.end_labels import EndLabel, label_at, label_curves, spread
from figures_src.drawing.palette import INK, MUTED, SERIES, Role
from figures_src.drawing.style import FIRST, SECOND, drawing_style, legend_above, new_figure
from figures_src.drawing.svg import for_page

# The page in both palettes.
GROUNDS = {"light": "#ffffff", "dark": "#1e2129"}


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("role", [INK, MUTED, *SERIES])
def test_text_in_the_colour_of_a_curve_can_be_read_in_both_palettes(role: Role) -> None:
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert _contrast(role.light, GROUNDS["light"]) >= 4.5
    assert _contrast(role.dark, GROUNDS["dark"]) >= 4.5


def test_labels_with_room_stay_where_their_curves_end() -> None:
    assert spread([10, 30, 60], [10, 10, 10], (0, 100)) == [10, 30, 60]


def test_labels_that_would_overlap_move_apart_by_the_same() -> None:
    assert spread([48, 50, 52], [10, 10, 10], (0, 100)) == pytest.approx([40, 50, 60])
    assert spread([50, 50], [10, 30], (0, 100)) == pytest.approx([40, 60])


def test_labels_stay_within_their_limits() -> None:
    assert spread([0, 1, 99], [10, 10, 10], (0, 100)) == pytest.approx([5, 15, 95])
    assert spread([50, 50], [20, 20], (40, 60)) == pytest.approx([40, 60]), "without room they share what is missing"
    assert spread([], [], (0, 1)) == []


def test_a_label_that_moved_has_a_line_to_the_end_of_its_curve() -> None:
    with drawing_style():
        axes = new_figure().subplots()
        for height, color in ((1.0, FIRST), (1.001, SECOND), (3.0, FIRST)):
            axes.plot([0, 1], [0, height], color=color, label=f"{height:g}")
        label_curves(axes)
        labels = {text.get_text(): text for text in axes.texts if isinstance(text, EndLabel)}
        assert [bool(labels[name].arrow_patch) for name in ("1", "1.001", "3")] == [True, True, False]
        assert labels["1"].end == (1, 1)


def test_curves_that_come_together_have_their_labels_on_the_left_and_the_scale_on_the_right() -> None:
    with drawing_style():
        figure: Figure = new_figure()
        axes = figure.subplots()
        axes.plot([0, 1], [5, 1], color=FIRST, label="upper")
        axes.plot([0, 1], [0, 1], color=SECOND, label="lower")
        label_curves(axes, "left")
        figure.draw_without_rendering()
        boxes = {text.get_text(): Label.get_window_extent(text) for text in axes.texts}
        assert boxes["lower"].x1 < axes.get_window_extent().x0
        assert boxes["lower"].y1 < boxes["upper"].y0
        side: str = axes.yaxis.get_label_position()  # matplotlib's types have the sides of another axis
        assert side == "right"


def test_a_curve_that_leaves_the_axes_has_its_label_where_it_leaves() -> None:
    with drawing_style():
        axes = new_figure().subplots()
        axes.plot([0, 1, 2, 3, 4], [0, 1, 2, 300, 400], color=FIRST, label="steep")
        axes.set_ylim(0, 10)
        label_curves(axes)
        (label,) = axes.texts
        assert isinstance(label, EndLabel)
        assert (label.end, label.side) == ((2, 2), None)


def test_a_band_has_its_label_at_its_upper_edge() -> None:
    with drawing_style():
        axes = new_figure().subplots()
        axes.fill_between([0, 1, 2], [1, 1, 1], [4, 3, 2], label="band")
        label_curves(axes, "left")
        (label,) = axes.texts
        assert isinstance(label, EndLabel)
        assert (label.end, label.get_color()) == ((0, 4), MUTED.marker)


def test_a_long_label_is_broken_at_spaces() -> None:
    with drawing_style():
        axes = new_figure().subplots()
        label_at(axes, (0.5, 0.5), "a network with many words in its name", FIRST)
        lines = axes.texts[0].get_text().split("\n")
        assert " ".join(lines) == "a network with many words in its name"
        assert len(lines) > 1


def test_labels_weigh_less_than_a_legend() -> None:
    def weight(label: Callable[[Axes], None]) -> int:
        with drawing_style():
            figure = new_figure()
            axes = figure.subplots()
            for place, role in enumerate(SERIES):
                axes.plot([0, 1], [0, place], color=role.marker, marker="o", label=f"network {place}")
            label(axes)
            drawing = io.StringIO()
            figure.savefig(drawing, format="svg", metadata={"Date": None})
        return len(for_page(drawing.getvalue(), "name"))

    assert weight(label_curves) < weight(legend_above)


def test_what_has_no_end_is_refused() -> None:
    with drawing_style():
        axes = new_figure().subplots()
        axes.scatter([0, 1], [0, 1], label="cloud")
        with pytest.raises(TypeError, match="'cloud' labels a PathCollection"):
            label_curves(axes)
        axes = new_figure().subplots()
        axes.plot([0, 1], [5, 6], label="outside")
        axes.set_ylim(0, 1)
        with pytest.raises(ValueError, match="'outside' has no point in sight"):
            label_curves(axes)
