"""The gallery: every row is trained and looked at as it says, and the probe's step is that of the training."""

import math
import re

import pytest
import torch

from gradlab.experiments._shared.layers import look
from gradlab.experiments.diagnosis import symptoms
from gradlab.experiments.diagnosis.symptoms import Config
from gradlab.experiments.training import spirals
from gradlab.experiments.training.spirals import Row

SMALL = Config(
    rows=(
        Row("fault", activation="sigmoid", initialization="xavier"),
        Row("adam", optimizer="adam", learning_rate=1e-3),
        Row("clipped", learning_rate=1.0, maximum_norm=0.01),
        Row("overflow", sigma_w=20.0, dtype="float32"),
    ),
    depth=6,
    width=16,
    points=12,
    steps=5,
    seeds=2,
)


@pytest.fixture(scope="module")
def result() -> symptoms.Result:
    return symptoms.run(SMALL)


def test_the_training_is_that_of_the_spirals(result: symptoms.Result) -> None:
    assert result.training == spirals.run(SMALL.training)
    assert result.case("adam").trained is result.training.rows[1]
    with pytest.raises(KeyError):
        result.case("none")


@pytest.mark.parametrize("name", ["fault", "adam", "clipped"])
def test_one_step_moves_the_weights_by_what_the_probe_sees(name: str) -> None:
    row = next(row for row in SMALL.rows if row.name == name)
    case = symptoms.run(Config(rows=(row,), depth=4, width=8, points=12, steps=1, seeds=1)).cases[0]
    # The training's own step against one of PyTorch's optimizers.
    assert case.moved[0] == pytest.approx(case.start[0].update, rel=1e-9)


def test_every_layer_is_looked_at(result: symptoms.Result) -> None:
    for case in result.cases:
        for one in case.start:
            assert len(one.delta) == len(one.gradient) == len(one.update) == SMALL.depth
            assert len(one.silent) == (0 if case.trained.row.activation == "sigmoid" else SMALL.depth)
    first, last = result.case("fault").start[0].delta[1], result.case("fault").start[0].delta[-1]
    factor = result.case("fault").trained.factors[0]
    assert (first / last) ** (1 / (SMALL.depth - 2)) == pytest.approx(factor, rel=1e-12)


def test_what_overflows_is_not_looked_at_afterwards(result: symptoms.Result) -> None:
    overflow = result.case("overflow")
    assert overflow.end == (None, None)
    assert overflow.moved == ((), ())
    assert {one.verdict for one in overflow.start} == {"exploding"}
    assert all(step is not None for step in overflow.trained.diverged_at)


def test_a_look_changes_nothing(result: symptoms.Result) -> None:
    ((_, runs),) = spirals.runs(Config(rows=(Row("he"),), depth=3, width=8, points=12, steps=2, seeds=1).training)
    before = [parameter.clone() for parameter in runs[0].network.parameters()]
    look(runs[0].network, runs[0].rule, runs[0].samples)
    assert all(map(torch.equal, before, runs[0].network.parameters()))
    assert all(parameter.grad is None for parameter in runs[0].network.parameters())


def test_the_default_shows_what_it_is_named_after() -> None:
    names = {row.name for row in symptoms.ROWS}
    assert {"stuck", "overflow", "unmoved", "spikes", "dead", "deep"} <= names
    assert {f"{name}_fixed" for name in ("stuck", "overflow", "unmoved", "spikes", "dead", "deep")} <= names


@pytest.mark.parametrize(("argument", "value"), [("points", 5), ("depth", 0), ("seeds", 0), ("steps", -1)])
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]


def test_guessing_is_the_logarithm_of_two(result: symptoms.Result) -> None:
    assert result.chance_loss == math.log(2)
