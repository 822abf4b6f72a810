"""The bank of published programs: what Keras does is rebuilt, the record is of today's bank, today's probe says so."""

import math

import pytest
import torch
from torch import Tensor

from figures_src.exhibits.tools._published import SYMPTOMS, read
from gradlab.probing import causes
from tests.published import data, keras, running
from tests.published.bank import APART, PROGRAMS
from tests.published.programs import FAULTS, SETTINGS, Program, score

P = torch.tensor([[0.2, 0.6, 0.4], [0.9, 0.3, 0.3]])
"""Outputs that are no distribution, whose rows Keras divides by their sums."""
ONE_HOT = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])


def named(name: str) -> Program:
    return next(program for program in PROGRAMS if program.name == name)


def test_at_least_45_programs_are_rebuilt_and_a_third_is_kept_apart() -> None:
    assert len({program.name for program in PROGRAMS}) == len(PROGRAMS) >= 45
    assert {fault for program in PROGRAMS for fault in program.faults} == set(FAULTS)
    assert len(APART) == len(PROGRAMS[2::3])


def test_what_counts_is_what_the_probe_can_name() -> None:
    names = {*causes.SENTENCES, *SYMPTOMS}
    assert {name for program in PROGRAMS for name in (*program.causes, *program.verdicts)} <= names


def test_the_losses_are_those_of_keras() -> None:
    expected = -(math.log(0.6 / 1.2) + math.log(0.9 / 1.5)) / 2
    assert float(keras.categorical_crossentropy(P, ONE_HOT)) == pytest.approx(expected)
    index = ONE_HOT.argmax(1)
    assert float(keras.sparse_categorical_crossentropy(P, index)) == pytest.approx(expected)
    two = torch.tensor([[0.25, 1.0]])
    assert float(keras.binary_crossentropy(two, torch.tensor([[1.0, 0.0]]))) == pytest.approx(
        -(math.log(0.25) + math.log(1e-7)) / 2, rel=0.02
    )


@pytest.mark.parametrize(
    ("layer", "limit"), [(keras.dense(6), math.sqrt(6 / 16)), (keras.dense(6, initialization="uniform"), 0.05)]
)
def test_weights_begin_as_those_of_keras(layer: keras.Layer, limit: float) -> None:
    torch.manual_seed(0)
    (linear,) = keras.sequential((layer,), torch.zeros(2, 10))
    assert isinstance(linear, torch.nn.Linear)
    largest = float(linear.weight.detach().abs().max())
    assert 0.8 * limit < largest <= limit
    assert not linear.bias.any()


def test_an_lstm_remembers_at_first() -> None:
    lstm = keras.LSTM(3, 4).lstm
    assert lstm.bias_ih_l0.tolist() == [0.0] * 4 + [1.0] * 4 + [0.0] * 8  # type: ignore[operator]
    gram: Tensor = lstm.weight_hh_l0.T @ lstm.weight_hh_l0  # type: ignore[operator]
    assert torch.allclose(gram, torch.eye(4), atol=1e-5)


def test_the_optimizers_have_the_rates_of_keras() -> None:
    model = torch.nn.Linear(1, 1)
    rates = {name: keras.Optimizer(name).of(model).defaults["lr"] for name in ("sgd", "adam", "adamax", "rmsprop")}
    assert rates == {"sgd": 0.01, "adam": 0.001, "adamax": 0.002, "rmsprop": 0.001}
    assert keras.Optimizer("rmsprop").of(model).defaults["alpha"] == 0.9
    assert keras.Optimizer("sgd", 0.1, 0.9).of(model).defaults["nesterov"]


def test_guessing_has_a_score_of_0_and_knowing_all_of_1() -> None:
    program = named("33969059")
    made = program.make("faulty")
    # A softmax over one output says 1, which is the mean of these targets but for chance.
    assert score(made) == pytest.approx(0, abs=0.05)
    assert data.xor(torch.Generator()).y.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_program_is_the_same_whenever_it_is_made(setting: str) -> None:
    program = named("59278771")
    assert float(program.make(setting).step()) == float(program.make(setting).step())


def test_the_record_is_of_this_bank() -> None:
    _, published = read()
    recorded = [(one.name, one.what, one.faults, one.allowed, one.apart) for one in published.programs]
    today = [
        (program.name, program.what, program.faults, (*program.causes, *program.verdicts), program.name in APART)
        for program in PROGRAMS
    ]
    assert recorded == today, "run `make record-published`"


@pytest.mark.parametrize("name", ["47352366", "48594888", "48934338", "MovieReviews_Keras", "59282996"])
def test_the_probe_says_today_what_is_recorded(name: str) -> None:
    _, published = read()
    (old,) = (one for one in published.programs if one.name == name)
    new = running.asked(named(name), old, published.config)
    assert (new.faulty, new.patched) == (old.faulty, old.patched), "run `make record-published`"


@pytest.mark.parametrize(
    "step", [pytest.param(3, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.every_combination)]
)
def test_the_probe_says_today_what_is_recorded_of_every_nth(step: int) -> None:
    _, published = read()
    for program, old in list(zip(PROGRAMS, published.programs, strict=True))[::step]:
        assert running.asked(program, old, published.config) == old, "run `make record-published`"
