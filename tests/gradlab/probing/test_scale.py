"""Weight scales of a finding's layers, and names of layers as code has them."""

import math
from dataclasses import replace
from typing import Any

import pytest

from gradlab.probing import scale
from gradlab.probing.finding import Finding
from gradlab.probing.scale import as_code
from gradlab.probing.step import LayerCall, ParameterReading, Step
from tests.gradlab.probing.test_diagnosis import WIDTH, at, chain

STEP = chain((1.0,) * 4)


def of(*labels: str) -> Finding:
    return Finding("vanishing", labels, labels[0], 0.1, None, None, None)


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["a", "b", "c", "d"], '["a", "b", "c", "d"]'),
        (["0", "1", "2", "3", "4"], "map(str, range(0, 5))"),
        (["1", "4", "7", "10", "13"], "map(str, range(1, 14, 3))"),
        ([f"a.{i}.b" for i in range(5)], '[f"a.{i}.b" for i in range(0, 5)]'),
        ([f"a2.{i}.b3" for i in range(5)], '[f"a2.{i}.b3" for i in range(0, 5)]'),
    ],
)
def test_names_as_code(names: list[str], code: str) -> None:
    assert as_code(names) == code
    assert list(eval(code)) == names  # noqa: S307


@pytest.mark.parametrize(
    "names",
    [
        ["0", "1", "2", "4", "5"],
        ["a", "b", "c", "d", "e"],
        ["a.0", "a.1", "a.2", "b.3", "b.4"],
        ["0.0", "1.1", "2.2", "3.3", "4.4"],
        [f"encoder.layers.{place}.attention.output" for place in (0, 1, 2, 4, 8, 16, 32)],
    ],
)
def test_names_without_a_rule_are_written_out_in_lines_that_fit(names: list[str]) -> None:
    code = as_code(names)
    first, *lines, last = code.splitlines()
    assert (first, last) == ("[", "]")
    assert all(line.startswith('    "') and line.endswith('",') and len(line) <= 80 for line in lines)
    assert len(lines) == (4 if len(names[0]) > 3 else 1)
    assert eval(code) == names  # noqa: S307


def test_numbers_as_code() -> None:
    assert scale.as_code_of_numbers([3, 5, 7]) == "range(3, 8, 2)"
    assert scale.as_code_of_numbers([3, 4]) == "range(3, 5)"
    assert scale.as_code_of_numbers([3, 4, 6]) == "[3, 4, 6]"
    assert scale.as_code_of_numbers([3]) == "[3]"


@pytest.mark.parametrize(
    ("activation", "sigma_w"),
    [
        ("relu", math.sqrt(2)),
        ("relu6", math.sqrt(2)),
        ("leaky_relu", math.sqrt(2 / 1.0001)),
        ("prelu", math.sqrt(2 / 1.0625)),
        ("tanh", 1.0),
        ("elu", 1.0),
        ("hardtanh", 1.0),
        ("linear", 1.0),
        ("sigmoid", None),
        ("gelu", None),
    ],
)
def test_the_critical_scale_of_an_activation_function(activation: str, sigma_w: float | None) -> None:
    assert scale.critical(activation) == (None if sigma_w is None else pytest.approx(sigma_w))


def test_the_layers_of_a_finding_are_those_from_its_first_to_its_last() -> None:
    found = scale.scales(of("1", "3"), STEP)
    assert (found.names, found.kinds) == (("1", "2", "3"), ("Linear",) * 3)
    assert found.activation == "relu"
    assert found.wanted == pytest.approx(math.sqrt(2))
    assert found.sigma_w == pytest.approx((math.sqrt(2),) * 3)
    assert found.typical == pytest.approx(math.sqrt(2))
    assert not found.transposed
    assert scale.scales(of("9"), STEP).names == ()
    assert scale.scales(of("9"), STEP).typical is None
    assert scale.scales_of(("2",), STEP, "tanh").wanted == 1.0


def test_the_typical_scale_is_the_median_of_those_that_are_known() -> None:
    norms = (1.0, 2.0, 5.0, 7.0, 1.0)
    weights = tuple(
        replace(one, norm=math.sqrt(WIDTH) * norm, mean=None if norm == 7.0 else 0.0)
        for one, norm in zip(STEP.parameters, norms, strict=True)
    )
    found = scale.scales(of("0", "3"), replace(STEP, parameters=weights))
    assert found.sigma_w[:3] == pytest.approx((1.0, 2.0, 5.0))
    assert found.sigma_w[3] is None
    assert found.typical == pytest.approx(2.0)


@pytest.mark.parametrize("kind", ["Conv1D", "ConvTranspose2d"])
def test_a_weight_may_have_its_input_first(kind: str) -> None:
    weights = at_parameter(2, shape=(WIDTH, 16))
    found = scale.scales_of(("2",), replace(STEP, calls=at(STEP.calls, 2, kind=kind), parameters=weights), "relu")
    assert found.transposed
    assert found.sigma_w == pytest.approx((math.sqrt(2 * WIDTH / 16),))


def at_parameter(place: int, **values: Any) -> tuple[ParameterReading, ...]:
    return tuple(replace(one, **values) if number == place else one for number, one in enumerate(STEP.parameters))


@pytest.mark.parametrize(("factor", "names"), [(1.2, ("2", "3", "4")), (1.3, ("2", "3")), (1 / 1.3, ("2", "3"))])
def test_the_read_out_belongs_to_the_layers_whose_scale_it_has(factor: float, names: tuple[str, ...]) -> None:
    step = replace(STEP, parameters=at_parameter(4, norm=math.sqrt(2 * WIDTH) * factor))
    assert scale.with_read_out(scale.scales(of("2", "3"), step), step).names == names


def test_the_linear_layers_before_a_finding_are_followed_through_what_comes_between() -> None:
    step = replace(STEP, calls=at(STEP.calls, 2, role="activation"))
    assert scale.before(of("2"), step) == ("1",)
    assert scale.before(of("2", "3"), step) == ("1", "3")
    assert scale.before(of("2"), replace(step, calls=at(step.calls, 2, role="activation", parents=(0, 1)))) == ()


def recurrent(**values: Any) -> Step:
    """A plain recurrent layer of 4 units that is given 3 features, whose weights have the norms 2 and 3."""
    call = replace(STEP.calls[2], role="recurrent", kind="RNN", shape=(5, 7, 4), **values)
    weights = (
        ParameterReading("2.weight_ih_l0", "2", (4, 3), True, 2.0, 0.0, 1.0, None),
        ParameterReading("2.weight_hh_l0", "2", (4, 4), True, 3.0, 0.0, 1.0, None),
        ParameterReading("2.bias_ih_l0", "2", (4,), True, 50.0, None, 1.0, None),
    )
    return replace(STEP, calls=(*STEP.calls[:2], call, *STEP.calls[3:]), parameters=weights)


def test_the_scale_of_a_plain_recurrent_layer_is_that_of_inputs_and_states_together() -> None:
    found = scale.of_recurrent(of("2"), recurrent(saturated=0.0))
    assert (found.names, found.kinds) == (("2",), ("RNN",))
    assert found.sigma_w == pytest.approx((math.sqrt(13 / 4),))
    assert (found.activation, found.wanted) == ("tanh", 1.0)
    small = recurrent(saturated=0.0)
    small = replace(small, parameters=tuple(replace(one, norm=one.norm / 10) for one in small.parameters))
    assert scale.of_recurrent(of("2"), small).sigma_w == pytest.approx((math.sqrt(0.13 / 4),))
    zero = replace(small, parameters=tuple(replace(one, norm=0.0) for one in small.parameters))
    assert scale.of_recurrent(of("2"), zero).sigma_w == (None,)
    rectified = scale.of_recurrent(of("2"), recurrent(silent=0.0))
    assert rectified.activation == "relu"
    assert rectified.wanted == pytest.approx(math.sqrt(2))
    gated = scale.of_recurrent(of("2"), recurrent())
    assert (gated.names, gated.wanted) == ((), None)


def test_the_ends_of_branches_are_what_blocks_add_to_what_passes_by() -> None:
    """Two blocks: x + layer(x), whose sum is a call of its own; the second with an activation function behind."""
    call = STEP.calls[0]
    calls = (
        call,
        replace(call, index=1, name="a", parents=(0,)),
        replace(call, index=2, name="sum", role="function", parents=(0, 1)),
        replace(call, index=3, name="b", parents=(2,)),
        replace(call, index=4, name="norm", role="normalization", parents=(3,)),
        replace(call, index=5, name="sum2", role="function", parents=(2, 4)),
        replace(call, index=6, name="relu", role="activation", parents=(5,)),
    )
    step = replace(STEP, calls=calls)
    assert scale.ends_of_branches(of("sum", "sum2"), step) == ("a", "norm")
    assert scale.ends_of_branches(of("sum", "relu"), step) == ("a", "norm")
    assert scale.ends_of_branches(of("sum"), step) == (), "a single block is no pair"
    rectified = (*calls[:4], replace(calls[4], role="activation", activation="relu"), *calls[5:])
    assert scale.ends_of_branches(of("sum", "sum2"), replace(step, calls=rectified)) == ("a", "b")
    other = (*calls[:4], replace(calls[4], role="other"), *calls[5:])
    assert scale.ends_of_branches(of("sum", "sum2"), replace(step, calls=other)) == ()


def test_the_first_branch_is_one_too_where_the_network_s_own_input_passes_it_by() -> None:
    """Three blocks, x + layer(x): only what layers put out is known to be taken."""
    call = STEP.calls[0]
    calls: list[LayerCall] = []
    for block in range(3):
        before = (2 * block - 1,) if block else ()
        layer = replace(call, index=2 * block, name=f"{block}.layer", parents=before)
        joined = replace(layer, index=2 * block + 1, name=f"{block}", role="block", parents=(*before, 2 * block))
        calls += [layer, replace(joined, operations=("add",))]
    step = replace(STEP, calls=tuple(calls))
    found = scale.ends_of_branches(of("0", "1", "2"), step)
    assert found == ("0.layer", "1.layer", "2.layer")
    other = replace(step, calls=(calls[0], replace(calls[1], operations=("multiply",)), *calls[2:]))
    assert scale.ends_of_branches(of("0", "1", "2"), other) == ("1.layer", "2.layer")
