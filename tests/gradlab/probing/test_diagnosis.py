"""Findings by the sizes of gradients, weights and outputs: steps that are written down, at bounds and beside them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gradlab.probing.diagnosis import findings, symptoms, verdict
from gradlab.probing.finding import Finding
from gradlab.probing.lossgraph import LossNode, LossReading
from gradlab.probing.readings import Readings
from gradlab.probing.step import LayerCall, ParameterReading, Step

WIDTH = 1024
HE, HALF = math.sqrt(2.0), math.sqrt(0.5)
"""Weight scales at which layers with ReLU keep ‖δ‖, and halve it."""


def chain(
    deltas: Sequence[float | None],
    *,
    operation: str = "relu",
    sigma_w: float = HE,
    width: int = WIDTH,
    rates: Sequence[float | None] = (),
    **options: Any,
) -> Step:
    """Linear layers one behind the other, and a read-out with δ of 1, whose activation functions are no modules."""
    calls = tuple(
        LayerCall(
            index=index,
            name=f"{index}",
            kind="Linear",
            role="linear",
            number=1,
            shape=(width, width),
            training=True,
            operations=(operation,) if index else (),
            parents=(index - 1,) if index else (),
            norm=float(width),
            mean=0.0,
            nonfinite=0,
            delta_norm=delta,
            delta_nonfinite=0,
            backward_passes=1,
            weight=f"{index}.weight",
        )
        for index, delta in enumerate((*deltas, 1.0))
    )
    weights = tuple(
        ParameterReading(f"{call.name}.weight", call.name, (width, width), True, size, 0.0, 1.0, rate)
        for call, rate in zip(calls, (*rates, *[None] * len(calls)), strict=False)
        for size in [sigma_w * math.sqrt(width)]
    )
    return Step(0, calls, weights, **options)


def along(ratio: float, count: int = 5) -> tuple[float, ...]:
    """δ that is multiplied by a ratio from the last to the first of so many layers, by each step alike."""
    return tuple(ratio ** (1 - place / (count - 1)) for place in range(count))


def one(step: Step) -> tuple[str, str, str]:
    """Verdict, severity and reason of the only finding."""
    found = symptoms(step)
    assert len(found) < 2, found
    return (found[0].verdict, found[0].severity, found[0].reason) if found else ("", "", "")


def at(calls: Iterable[LayerCall], place: int, **values: Any) -> tuple[LayerCall, ...]:
    """The calls, one of them changed."""
    return tuple(replace(call, **values) if call.index == place else call for call in calls)


@pytest.mark.parametrize(
    ("ratio", "options", "expected"),
    [
        (9.9, {}, ("", "", "")),
        (1 / 9.9, {}, ("", "", "")),
        # Random weights of this scale would not do it, those that have learned may, up to a factor of a hundred.
        (10.1, {}, ("inconclusive", "hinders", "learned")),
        (99.0, {}, ("inconclusive", "hinders", "learned")),
        (101.0, {}, ("exploding", "hinders", "ratio")),
        (1 / 99.0, {}, ("inconclusive", "hinders", "learned")),
        (1 / 101.0, {}, ("vanishing", "hinders", "ratio")),
        # The weights explain it.
        (50.0, {"sigma_w": HE * 50.0**0.25}, ("exploding", "note", "ratio")),
        (1 / 50.0, {"sigma_w": HE * 50.0**-0.25}, ("vanishing", "note", "ratio")),
        (101.0, {"sigma_w": HE * 101.0**0.25}, ("exploding", "hinders", "ratio")),
        # Layers of three units show as much by chance.
        (50.0, {"width": 3}, ("inconclusive", "hinders", "ratio")),
        # Without a theory of what lies between.
        (500.0, {"operation": "unknown"}, ("exploding", "note", "ratio")),
        (999.0, {"operation": "multiply"}, ("exploding", "note", "ratio")),
        (1001.0, {"operation": "unknown"}, ("exploding", "hinders", "ratio")),
        (1 / 999.0, {"operation": "add"}, ("vanishing", "note", "ratio")),
        (1 / 1001.0, {"operation": "add"}, ("vanishing", "hinders", "ratio")),
        (101.0, {"operation": "softmax"}, ("exploding", "hinders", "ratio")),
        (99.0, {"operation": "softmax"}, ("exploding", "note", "ratio")),
        # Where normalizations do not do what theory assumes.
        (0.9e5, {"operation": "group_norm"}, ("exploding", "note", "ratio")),
        (1.1e5, {"operation": "group_norm"}, ("exploding", "hinders", "ratio")),
    ],
)
def test_a_ratio_along_a_chain(ratio: float, options: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert one(chain(along(ratio), **options)) == expected


def test_the_finding_of_a_chain_has_its_layers_its_ratio_and_where_it_begins() -> None:
    """Seen from the loss, ‖δ‖ is 1, 6.3, 40, 251 and 1585."""
    (found,) = symptoms(chain(along(1585.0), sigma_w=HALF))
    assert found.layers == ("0", "1", "2", "3", "4")
    assert found.starts_at == "2"
    assert found.measured == pytest.approx(1585.0)
    assert found.per_layer == pytest.approx(1585.0**0.25)
    assert found.predicted == pytest.approx(1 / 16)
    assert found.confidence == pytest.approx(1.0)


def test_a_ratio_that_goes_down_again_begins_where_it_is_there_for_good() -> None:
    (found,) = symptoms(chain((1000.0, 1000.0, 5.0, 1000.0, 1.0)))
    assert found.starts_at == "1"


def test_of_a_gradient_that_is_0_all_that_lies_behind_is_named() -> None:
    step = chain((0.0, 0.0, 0.0, 1.0, 1.0))
    (found,) = symptoms(step)
    assert (found.verdict, found.reason, found.layers) == ("cut off", "blocked", ("0", "1", "2"))
    assert (found.starts_at, found.measured, found.confidence) == ("3", 3, 1.0)
    zeros = tuple(replace(one, norm=0.0) if one.module == "3" else one for one in step.parameters)
    (opens,) = symptoms(replace(step, parameters=zeros))
    assert (opens.verdict, opens.reason, opens.confidence) == ("inconclusive", "blocked", None)
    (nothing,) = symptoms(replace(step, calls=tuple(replace(call, delta_norm=0.0) for call in step.calls)))
    assert (nothing.verdict, nothing.starts_at, nothing.measured) == ("cut off", "5", 6)


def of_loss(step: Step, loss: float) -> Step:
    return replace(step, readings=Readings(loss=LossReading(loss, (LossNode("", (), (), 0),))))


@pytest.mark.parametrize(
    ("deltas", "left", "severity"),
    [
        (along(1 / 101.0), 0.11, "hinders"),
        (along(1 / 101.0), 0.1, "note"),
        (along(101.0), 0.1, "hinders"),
        ((0.0, 0.0, 0.0, 1.0, 1.0), 0.1, "hinders"),
        ((0.0, 0.0, 0.0, 1.0, 1.0), 1e-6, "note"),
    ],
)
def test_a_gradient_that_shrinks_in_a_training_that_has_succeeded_is_a_note(
    deltas: tuple[float, ...], left: float, severity: str
) -> None:
    step = of_loss(chain(deltas), left)
    assert [finding.severity for finding in findings(step, (of_loss(step, 1.0),))] == [severity]
    assert [finding.severity for finding in findings(step)] == ["hinders"]
    assert [finding.severity for finding in findings(step, (of_loss(step, 0.0),))] == ["hinders"]


@pytest.mark.parametrize(("rates", "severity"), [((1.1,) * 6, "note"), ((1.1,) * 5, "note"), ((1.0,) * 5, "hinders")])
def test_a_gradient_that_shrinks_by_weights_that_an_update_has_replaced_is_a_note(
    rates: tuple[float, ...], severity: str
) -> None:
    assert [found.severity for found in findings(chain(along(1 / 101.0), rates=rates))] == [severity]
    assert [found.severity for found in findings(chain(along(101.0), rates=rates))] == ["hinders"]


@pytest.mark.parametrize(("factor", "is_odd"), [(29.0, False), (31.0, True), (1 / 29.0, False), (1 / 31.0, True)])
def test_weights_of_another_scale_than_those_like_them(factor: float, is_odd: bool) -> None:
    step = chain((1.0,) * 5)
    odd = tuple(
        replace(reading, norm=reading.norm * factor) if reading.module == "2" else reading
        for reading in step.parameters
    )
    found = symptoms(replace(step, parameters=odd))
    assert [(one.reason, one.starts_at, one.severity) for one in found] == (
        [("weights", "2", "note")] if is_odd else []
    )
    if is_odd:
        assert found[0].measured == pytest.approx(factor)
        assert found[0].verdict == ("exploding" if factor > 1 else "vanishing")


@pytest.mark.parametrize(("jump", "severity"), [(199.0, "note"), (201.0, "hinders")])
def test_odd_weights_hinder_where_the_gradient_jumps_by_them(jump: float, severity: str) -> None:
    step = chain((jump, jump, 3.0, 1.0, 1.0))
    odd = tuple(
        replace(reading, norm=reading.norm * 50) if reading.module == "2" else reading for reading in step.parameters
    )
    found = symptoms(replace(step, parameters=odd))
    assert [(one.reason, one.severity) for one in found] == [("weights", severity)]


def test_values_that_are_not_finite_are_all_that_is_told() -> None:
    step = chain(along(1e4))
    (forward,) = symptoms(replace(step, calls=at(at(step.calls, 3, nonfinite=2), 4, nonfinite=5)))
    assert (forward.verdict, forward.starts_at, forward.layers) == ("non-finite", "3", ("3", "4"))
    assert (forward.measured, forward.reason, forward.severity, forward.confidence) == (7, "", "hinders", 1.0)
    broken = replace(step, calls=at(at(step.calls, 3, delta_nonfinite=2), 4, delta_nonfinite=5))
    (backward,) = symptoms(broken)
    assert (backward.starts_at, backward.layers, backward.measured) == ("4", ("4", "3"), 7)
    assert (backward.reason, backward.severity) == ("gradient", "hinders")
    (scaled,) = symptoms(replace(broken, grad_scale=2.0))
    assert (scaled.reason, scaled.severity) == ("scaler", "note")


@pytest.mark.parametrize(("share", "expected"), [(0.5, []), (0.51, [("saturated", "note", 0.51)])])
def test_a_layer_is_saturated_where_more_than_half_of_it_is(
    share: float, expected: list[tuple[str, str, float]]
) -> None:
    step = chain((1.0,) * 5)
    found = symptoms(replace(step, calls=at(step.calls, 2, saturated=share)))
    assert [(one.verdict, one.severity, one.measured) for one in found] == expected
    assert symptoms(replace(step, calls=at(step.calls, 5, saturated=1.0))) == (), "the network's own output may be"


def test_a_gradient_that_shrinks_behind_a_dead_layer_is_no_second_finding() -> None:
    step = chain(along(1 / 101.0))
    dead = symptoms(replace(step, calls=at(step.calls, 2, silent=1.0, units=WIDTH, activation="relu")))
    assert [(one.verdict, one.starts_at, one.measured) for one in dead] == [("dead", "2", 1.0)]
    grows = chain(along(101.0))
    both = symptoms(replace(grows, calls=at(grows.calls, 2, silent=1.0, units=WIDTH, activation="relu")))
    assert {one.verdict for one in both} == {"dead", "exploding"}
    expected = chain(along(1 / 101.0), sigma_w=HE * 101.0**-0.25)
    also = symptoms(replace(expected, calls=at(expected.calls, 2, silent=1.0, units=WIDTH, activation="relu")))
    assert {one.verdict for one in also} == {"dead", "vanishing"}


def test_a_batch_of_one_tells_nothing_of_dead_units() -> None:
    step = chain((1.0,) * 5)
    calls = at(step.calls, 2, silent=0.9, units=WIDTH, activation="relu", shape=(1, WIDTH))
    (found,) = symptoms(replace(step, calls=calls))
    assert (found.verdict, found.confidence) == ("inconclusive", 0.5)


def test_parameters_without_a_gradient_are_cut_off_unless_they_lie_beside_modules() -> None:
    step = chain((1.0,) * 5)
    missing = tuple(replace(one, gradient_norm=None) if one.module in ("0", "1") else one for one in step.parameters)
    (found,) = symptoms(replace(step, parameters=missing))
    assert (found.verdict, found.severity, found.measured) == ("cut off", "hinders", 2)
    assert (found.layers, found.starts_at, found.confidence) == (("0.weight", "1.weight"), "1.weight", 1.0)


def test_the_worst_that_hinders_is_the_verdict_and_notes_decide_nothing() -> None:
    step = chain((1.0,) * 5)
    finding = Finding("exploding", ("0",), "0", 101.0, None, None, None)
    assert verdict(step, ()) == "healthy"
    assert verdict(step, (finding,)) == "exploding"
    assert verdict(step, (replace(finding, severity="note"),)) == "healthy"
    assert verdict(replace(step, calls=step.calls[:1]), ()) == "inconclusive"


@pytest.mark.parametrize(("place", "deltas"), [(0, (1e4, 1.0, 1.0, 1.0, 1.0)), (4, (1.0, 1.0, 1.0, 1.0, 1e4))])
def test_a_ratio_at_a_layer_of_odd_weights_is_no_second_finding(place: int, deltas: tuple[float, ...]) -> None:
    step = chain(deltas)
    odd = tuple(
        replace(reading, norm=reading.norm * 50) if int(reading.module) == place else reading
        for reading in step.parameters
    )
    assert [found.reason for found in symptoms(replace(step, parameters=odd))] == ["weights"]
    beyond = replace(step, calls=at(step.calls, 2, delta_norm=1e-4), parameters=odd)
    assert {found.reason for found in symptoms(beyond)} == {"weights"}, "back and forth is no ratio"
