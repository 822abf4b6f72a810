"""Equal weights: units that start alike stay alike, and random ones do not."""

import re

import pytest
import torch

from figures_src.cache.results import measured
from gradlab.datasets import two_spirals
from gradlab.experiments.training import symmetry
from gradlab.experiments.training.symmetry import Config, distinct_columns, rank

SMALL = Config(points=32, width=4, depth=2, steps=20)


def test_zero_weights_have_no_gradient_and_constant_ones_have() -> None:
    result = measured(symmetry, Config())
    zero, constant, random = map(result.case, symmetry.CASES)
    assert (zero.gradient, zero.smallest_gradient, zero.rank) == (0.0, 0.0, 0)
    assert constant.smallest_gradient > 1e-3
    assert (constant.rank, constant.distinct_units) == (1, 1)
    assert random.rank > 10
    assert random.distinct_units == result.config.width
    assert random.final_loss < 0.1 < constant.final_loss < zero.final_loss == pytest.approx(0.6931, abs=1e-4)


@pytest.mark.parametrize("seed", [1, 2])
def test_it_does_not_depend_on_the_seed(seed: int) -> None:
    result = symmetry.run(Config(seed=seed))
    assert result.case("constant").distinct_units == 1
    assert result.case("random").final_loss < 0.1 < result.case("constant").final_loss


def test_a_layer_of_equal_units_draws_a_straight_line() -> None:
    data = two_spirals(SMALL.points, torch.Generator().manual_seed(0))
    made = symmetry.network(SMALL, "constant", torch.Generator().manual_seed(0))
    output = made(data.x).squeeze(1)
    # Monotone in x_1 + x_2, the one direction that its first layer sees.
    order = data.x.sum(dim=1).argsort()
    assert bool((output[order].diff() >= 0).all())


def test_ranks_and_different_columns_are_counted() -> None:
    assert rank(torch.zeros(3, 3)) == 0
    assert rank(torch.ones(3, 4, dtype=torch.float64)) == 1
    assert rank(torch.eye(3, dtype=torch.float64)) == 3
    columns = torch.tensor([[1.0, 2.0, 1.0, 2.0], [0.0, 0.0, 0.0, 1.0]], dtype=torch.float64)
    assert distinct_columns(columns) == 3


def test_the_same_configuration_gives_the_same_result() -> None:
    assert symmetry.run(SMALL) == symmetry.run(SMALL)


def test_an_unknown_case_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^name: found 'zeros', allowed: one of zero, constant, random; nearest: 'zero'"
    ):
        symmetry.run(SMALL).case("zeros")


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("points", 2),
        ("points", 5),
        ("width", 1),
        ("depth", 1),
        ("steps", 0),
        ("learning_rate", 0.0),
        ("seed", -1),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
