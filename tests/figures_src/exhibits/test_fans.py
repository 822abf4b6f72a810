"""Pictures with a knob: which button shows which curve, and where a value lies."""

import re

import pytest

from figures_src.exhibits._shared import fans
from figures_src.exhibits._shared.fans import Curve, Fan, Group, Scale
from figures_src.model.language import localizer

LETTERED = Group("kind", "Kind", ("<b>one</b>", "<b>other</b>"), 1, lettered=True)
NUMBERED = Group("size", "Size", ("1", "2"), 0)


def made(*groups: Group, scale: Scale) -> str:
    places = [(first, second) for first in range(2) for second in range(2)] if len(groups) > 1 else [(0,), (1,)]
    curves = tuple(
        Curve(choice, (0.0, float(place), 1.0), f"<b>{place}</b>", fans.KEPT) for place, choice in enumerate(places)
    )
    return Fan("x", "Which?", "Curves", curves, groups, scale, ((0, "1"), (1, "9")), "layer").html(localizer("en"))


def test_each_curve_has_the_classes_of_its_buttons_and_the_first_choice_is_told() -> None:
    html = made(LETTERED, NUMBERED, scale=Scale(0, 2, (), (), 100))
    shown = re.findall(r'<p class="fan-network ([^"]*)">', html)
    assert shown == ["fan-a fan-0 kept", "fan-a fan-1 kept", "fan-b fan-0 fan-first kept", "fan-b fan-1 kept"]
    assert re.findall(r'value="(.)"[^>]* checked', html) == ["b", "0"]
    assert "explodes" not in html
    assert re.findall('<text x="[^"]*" y="14" text-anchor="([^"]*)">', html) == ["start", "end"]


def test_a_curve_is_drawn_from_its_last_place_to_its_first() -> None:
    html = made(NUMBERED, scale=Scale(0, 2, (), (), 100))
    # Downwards from the top: 1 at the last place, 1 in the middle, 0 at the first.
    assert 'd="M20 100l-10 0l-10 100"' in html
    assert html.count('d="M0 200h0"') == 2


def test_decades_have_zones_beyond_a_factor_of_ten() -> None:
    scale = Scale.of_decades(-4, 4, 2)
    assert [value for value, _ in scale.ticks] == [-2, 0, 2]
    assert [*scale.lines] == [-2, 2]
    assert scale.height(4) == "0%"
    assert scale.height(0) == "50%"
    html = made(NUMBERED, scale=scale)
    assert '<rect class="exploding" width="100%" height="37.5%"/>' in html
    assert '<rect class="vanishing" width="100%" y="62.5%" height="37.5%"/>' in html


@pytest.mark.parametrize(
    ("ratio", "fate"), [(0.05, fans.VANISHING), (0.2, fans.KEPT), (5, fans.KEPT), (20, "exploding")]
)
def test_a_gradient_within_a_factor_of_ten_is_kept(ratio: float, fate: str) -> None:
    assert fans.fate(ratio) == fate
