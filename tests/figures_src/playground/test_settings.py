"""The grid: what has to be in it, its order, and its addresses."""

import pytest

from figures_src.model.language import LANGUAGES, Text
from figures_src.playground import labels
from figures_src.playground.addresses import OPENING, address, is_address
from figures_src.playground.page import SHARE_KINDS, form
from figures_src.playground.remedies import REMEDIES, SINGLE
from figures_src.playground.settings import (
    ACTIVATIONS,
    ARTICLE,
    ARTICLE_POINT,
    DEPTHS,
    NORMALIZATIONS,
    RESIDUALS,
    WEIGHTS,
    WIDTHS,
    Point,
    parts,
    points,
    weights,
)
from gradlab import activations, initialization, theory
from gradlab.experiments.article import layer_profiles


def test_the_places_that_theory_and_practice_name_are_in_it() -> None:
    scales = {choice.sigma_w or initialization.get(choice.initialization).sigma_w(128) for choice in WEIGHTS[:-1]}
    for activation in ("tanh", "relu", "leaky_relu", "sigmoid"):
        critical = theory.critical_sigma_w(activation)
        assert min(abs(scale / critical - 1) for scale in scales) < 1e-4, activation
    drawn = {choice.initialization for choice in WEIGHTS}
    assert drawn == {*initialization.INITIALIZATIONS, ARTICLE}
    assert weights("default").bias == "uniform"
    assert set(ACTIVATIONS) < set(activations.ACTIVATIONS)
    assert (NORMALIZATIONS, RESIDUALS) == (layer_profiles.NORMALIZATIONS, layer_profiles.RESIDUALS)
    assert all(ARTICLE_POINT.depth in DEPTHS and point in set(points("relu")) for point in (ARTICLE_POINT, Point()))


def test_the_slider_runs_over_growing_scales() -> None:
    scales = [choice.sigma_w or initialization.get(choice.initialization).sigma_w(128) for choice in WEIGHTS[:-1]]
    assert scales == sorted(scales)
    shown = [float(labels.SCALES[choice.name]) for choice in WEIGHTS[:-1]]
    assert shown == pytest.approx(scales, abs=1e-3)
    assert [*labels.SCALES, ARTICLE] == [choice.name for choice in WEIGHTS]
    for words, names in ((labels.ACTIVATIONS, ACTIVATIONS), (labels.NORMALIZATIONS, NORMALIZATIONS)):
        assert tuple(words) == names
    assert tuple(labels.RESIDUALS) == RESIDUALS


def test_what_is_said_of_an_activation_is_what_the_laboratory_knows_of_it() -> None:
    for name, label in labels.ACTIVATIONS.items():
        phi = activations.get(name)
        assert label == Text(zh=phi.label, en=phi.label)
        kinds = [kind for kind, so in (("saturated", phi.saturates), ("silent", phi.falls_silent)) if so]
        assert [SHARE_KINDS[name]] == (kinds or ["neither"])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_point_stands_once_and_is_measured_in_one_part(activation: str) -> None:
    order = list(points(activation))
    measured = [point for part in parts() if part.activation == activation for point in part.points()]
    assert len(order) == len(set(order)) == (len(WEIGHTS) - 1) * 9 * len(DEPTHS) * len(WIDTHS) + len(DEPTHS)
    assert sorted(map(repr, measured)) == sorted(map(repr, order))


def test_an_address_holds_what_differs() -> None:
    assert address(OPENING) == ""
    assert address(Point()) == "?weights=he"
    assert address(Point("tanh", "xavier", 50)) == "?activation=tanh&weights=xavier&depth=50"
    assert is_address("weights=he")
    for wrong in ("weights=default", "weights=hee", "depth=20", "depth=50&weights=2", "width=64", "weights=article"):
        assert not is_address(wrong), wrong


def test_remedies_change_what_they_say() -> None:
    for index, remedy in enumerate(REMEDIES):
        assert (len(remedy.changes) == 1) == (index < SINGLE)
        changed = Point(**{**vars(Point(weights="default")), **remedy.changes})
        assert changed in set(points(changed.activation))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_is_one_line_that_closes_what_it_opens(language: str) -> None:
    html = form(language)
    assert html.count("\n") == 1
    for tag in ("form", "fieldset", "label", "div", "select", "details", "script", "svg"):
        assert html.count(f"<{tag}") == html.count(f"</{tag}>"), tag
