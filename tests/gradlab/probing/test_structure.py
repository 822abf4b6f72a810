"""Stretches of like layers: which calls make one, what leads past it, and what a mean over positions takes away."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from gradlab.probing import silence, structure
from gradlab.probing.step import LayerCall, Step
from gradlab.probing.structure import Link, Stretch, Ways
from tests.gradlab.probing.test_diagnosis import at, chain

CALL = chain((1.0,) * 2).calls[0]


def calls(*parents: Sequence[int], **values: Any) -> tuple[LayerCall, ...]:
    """Calls that take these outputs."""
    return tuple(
        replace(CALL, index=index, name=f"{index}", weight=None, parents=tuple(taken), **values)
        for index, taken in enumerate(parents)
    )


RESIDUAL = calls((), (0,), (0, 1), (2,), (2, 3), (4,))
"""Two blocks, each of a call that another one passes by, and a last call."""


def test_every_way_to_the_loss_passes_the_sums_and_not_the_branches() -> None:
    ways = Ways(RESIDUAL)
    assert [list(ways.always_passed(index)) for index in range(6)] == [[2, 4, 5], [2, 4, 5], [4, 5], [4, 5], [5], []]
    assert ways.passes(RESIDUAL[0], RESIDUAL[4])
    assert not ways.passes(RESIDUAL[0], RESIDUAL[1])
    apart = Ways(calls((), (0,), (0,)))
    assert list(apart.always_passed(0)) == [], "two outputs, each of which the loss takes"


def test_a_read_out_is_a_linear_layer_that_no_other_takes() -> None:
    ways = Ways(RESIDUAL)
    assert [ways.is_read_out(call) for call in RESIDUAL] == [False] * 5 + [True]
    ended = at(RESIDUAL, 5, role="activation")
    assert Ways(ended).is_read_out(ended[4])
    assert not Ways(ended).is_read_out(ended[5])
    assert not Ways(at(RESIDUAL, 5, role="normalization")).is_read_out(RESIDUAL[4])


@pytest.mark.parametrize(
    ("name", "is_block", "place"),
    [
        ("layer2.0.conv1", False, "layer#.#.conv1"),
        ("blocks.0.1", False, "blocks.#.1"),
        ("blocks.0.1", True, "blocks.#.#"),
        ("blocks.0", False, "blocks.#"),
        ("fc1", False, "fc#"),
        ("12", False, "#"),
        ("body.fc1", False, "body.fc#"),
    ],
)
def test_the_place_of_a_module_is_its_name_without_the_number_of_its_block(
    name: str, is_block: bool, place: str
) -> None:
    assert structure.place_of(name, is_block=is_block) == place
    call = replace(CALL, name=name, role="block" if is_block else "linear")
    assert structure.place(call) == place


def found(step: Step) -> list[tuple[str, tuple[str, ...], bool]]:
    """Kind, layers and whether it is bypassed, of every stretch."""
    return [(one.kind, tuple(call.name for call in one.calls), one.bypassed) for one in structure.stretches(step)]


def test_a_chain_is_of_linear_layers_and_ends_before_the_read_out_where_two_are_left() -> None:
    assert found(chain((1.0,) * 4)) == [("chain", ("0", "1", "2", "3"), False)]
    assert found(chain((1.0,) * 2)) == [("chain", ("0", "1"), False)]
    assert found(chain((1.0,))) == [("chain", ("0", "1"), False)], "of two there is nothing to leave out"
    assert found(chain((1.0, None, 1.0, 1.0, 1.0))) == [("chain", ("2", "3", "4"), False)]


def test_a_read_out_that_is_activated_like_the_others_belongs_to_the_chain() -> None:
    step = chain((1.0,) * 3)
    ended = replace(step.calls[3], index=4, name="end", role="activation", parents=(3,), delta_norm=1.0)
    assert found(replace(step, calls=(*step.calls, ended))) == [("chain", ("0", "1", "2", "3"), False)]
    other = replace(ended, operations=("tanh",))
    assert found(replace(step, calls=(*step.calls, other))) == [("chain", ("0", "1", "2"), False)]


def test_what_comes_between_two_layers_is_told_from_the_lower_to_the_upper() -> None:
    step = chain((1.0,) * 4)
    with_norm = at(at(step.calls, 2, role="normalization", operations=("batch_norm",)), 3, operations=("tanh", "relu"))
    (stretch,) = structure.stretches(replace(step, calls=with_norm))
    first, *_ = (link for link in stretch.links if link.between)
    assert (first.lower.name, first.upper.name) == ("1", "3")
    assert first.operations == ("batch_norm", "relu", "tanh")
    assert [call.name for call in first.between] == ["2"]
    product = at(step.calls, 2, operations=("multiply_matrices", "relu"))
    (own,) = structure.stretches(replace(step, calls=product))
    assert own.links[1].operations == ("relu",), "a product without a bias is the layer's own"


@pytest.mark.parametrize("role", ["recurrent", "attention", "embedding"])
def test_a_chain_does_not_lead_through_other_layers_with_weights(role: str) -> None:
    step = chain((1.0,) * 6)
    through = found(replace(step, calls=at(step.calls, 2, role=role)))
    assert [names for kind, names, _ in through if kind == "chain"] == [("3", "4", "5")]


def test_blocks_are_those_that_all_of_the_gradient_passes() -> None:
    step = replace(chain((1.0,)), calls=RESIDUAL, parameters=())
    longer = calls((), (0,), (0, 1), (2,), (2, 3), (4,), (4, 5), (6,))
    named = tuple(
        replace(call, name=f"sum{call.index}", role="function", kind="add") if call.index in (2, 4, 6) else call
        for call in longer
    )
    assert ("blocks", ("sum2", "sum4", "sum6"), False) in found(replace(step, calls=named))
    two = tuple(replace(call, role="other") if call.index == 6 else call for call in named)
    assert not any(kind == "blocks" for kind, *_ in found(replace(step, calls=two)))
    beside = (*named[:6], replace(named[6], parents=(2, 5)), named[7])
    assert ("layers", ("sum2", "sum4", "sum6"), True) in found(replace(step, calls=beside))


def test_layers_of_one_place_are_compared_where_they_are_as_wide() -> None:
    """Branches of three blocks."""
    longer = calls((), (0,), (0, 1), (2,), (2, 3), (4,), (4, 5), (6,))
    named = tuple(
        replace(call, name=f"blocks.{call.index}.fc") if call.index in (1, 3, 5) else replace(call, role="function")
        for call in longer
    )
    step = replace(chain((1.0,)), calls=named, parameters=())
    assert ("layers", ("blocks.1.fc", "blocks.3.fc", "blocks.5.fc"), True) in found(step)
    narrow = tuple(replace(call, shape=(8, 4)) if call.index == 5 else call for call in named)
    assert not any(kind == "layers" and "blocks.1.fc" in names for kind, names, _ in found(replace(step, calls=narrow)))
    assert structure.sizes(step) == (3, 3)
    assert structure.sizes(chain((1.0,) * 3)) == (4, 4)


def test_the_ratio_is_that_of_the_first_to_the_last_without_what_means_take_away() -> None:
    lower, middle, upper = (replace(CALL, index=index, delta_norm=delta) for index, delta in enumerate((6.0, 3.0, 1.5)))
    plain = Stretch("chain", (lower, middle, upper), (Link(lower, middle, ()), Link(middle, upper, ())))
    assert plain.ratio == pytest.approx(4.0)
    averaged = replace(plain, links=(Link(lower, middle, ()), Link(middle, upper, (), averaged=9.0)))
    assert averaged.ratio == pytest.approx(12.0)
    assert averaged.links[1].factor == pytest.approx(6.0)
    assert [math.exp(log) for log in averaged.logs] == pytest.approx([18.0, 9.0, 1.5])
    stopped = Stretch("chain", (lower, replace(upper, delta_norm=0.0)), (Link(lower, upper, ()),))
    assert stopped.log_ratio is stopped.ratio is None
    assert Link(lower, replace(upper, delta_norm=0.0), ()).factor is None
    assert Link(replace(lower, delta_norm=None), upper, ()).factor is None
    zero, undefined = (replace(lower, delta_norm=delta) for delta in (0.0, math.nan))
    nothing = Stretch("chain", (zero, upper), (Link(zero, upper, ()),))
    assert (nothing.ratio, nothing.log_ratio) == (0.0, -math.inf)
    assert Stretch("chain", (undefined, upper), (Link(undefined, upper, ()),)).ratio is None


@pytest.mark.parametrize(
    ("values", "averaged"),
    [
        ({"operations": ("average",), "role": "other", "shape": (8, 3)}, 16.0),
        ({"operations": ("relu",), "role": "other", "shape": (8, 3)}, 1.0),
        ({"operations": ("average",), "role": "linear", "shape": (8, 7), "weight": "2.weight"}, 16.0),
        ({"operations": ("average",), "role": "linear", "kind": "Conv2d", "shape": (8, 7), "weight": "2.weight"}, 1.0),
        ({"operations": ("average",), "role": "linear", "shape": (8, 7), "weight": None}, 1.0),
    ],
)
def test_a_mean_over_positions_is_taken_out_of_the_ratio(values: dict[str, Any], averaged: float) -> None:
    """Of 16 positions with 3 channels each a mean is taken, by a call of its own or on the way to a linear layer."""
    step = chain((1.0,) * 4)
    first = at(step.calls, 1, kind="Conv2d", shape=(8, 3, 4, 4))
    weights = tuple(replace(one, shape=(7, 3)) if one.module == "2" else one for one in step.parameters)
    (stretch,) = structure.stretches(replace(step, calls=at(first, 2, **values), parameters=weights))
    assert max(link.averaged for link in stretch.links) == averaged


@pytest.mark.parametrize(
    ("silent", "rare", "layers", "is_dead"),
    [
        (None, None, 1, False),
        (1.0, None, 1, True),
        (0.67, None, 1, True),
        (0.66, None, 1, False),
        (0.7, 0.05, 1, False),
        (0.75, 0.05, 1, True),
    ],
)
def test_a_layer_is_dead_where_two_thirds_of_its_units_are_beyond_those_that_are_rare(
    silent: float | None, rare: float | None, layers: int, is_dead: bool
) -> None:
    call = replace(CALL, silent=silent, rare=rare, units=1000, activation="relu")
    assert silence.is_dead(call, layers) == is_dead


def test_few_units_are_silent_by_chance_the_more_so_in_many_layers() -> None:
    call = replace(CALL, silent=31 / 40, units=40)
    assert silence.significance(call) == silence.tail(40, 31)
    assert silence.is_dead(replace(call, silent=33 / 40), 1)
    assert not silence.is_dead(replace(call, silent=33 / 40), 100)
    assert silence.inputs(replace(call, shape=(8, 40, 5, 5))) == 200
    assert silence.inputs(replace(call, units=None, shape=(8, 40))) == 320
    assert silence.baseline(call) == silence.BOUND
    assert silence.baseline(replace(call, overlap=math.nan, activation="relu")) == silence.BOUND
    assert silence.baseline(replace(call, overlap=0.9, activation="relu6")) == silence.BOUND
    assert 0 < silence.baseline(replace(call, overlap=0.9, activation="relu")) < silence.BOUND


def test_the_stretches_of_a_step_are_found_once_and_those_of_an_other_step_are_its_own() -> None:
    step = chain((1.0,) * 4)
    other = replace(step, calls=step.calls[:3])
    found = structure.stretches(step)
    assert structure.stretches(step) is found
    assert structure.ways_through(step) is structure.ways_through(step)
    assert structure.ways_through(other).calls is other.calls
    assert structure.stretches(other) != found
    assert structure.stretches(step) == found
