"""The times of activation functions: how long they are is the machine's affair; their form and statistics are ours."""

import math
import re
import statistics
from typing import Any

import pytest
import torch

from gradlab.experiments.activations import activation_cost
from gradlab.experiments.activations.activation_cost import Config, Result, Spread, spread

SMALL = Config(activations=("relu", "tanh"), widths=(4, 8), batch=3, depth=2, rounds=5, block=1e-5)


@pytest.fixture(scope="module")
def result() -> Result:
    return activation_cost.run(SMALL)


def test_every_width_and_activation_is_there_with_positive_times(result: Result) -> None:
    assert [layer.width for layer in result.layers] == [4, 8]
    pairs = [(point.width, point.activation) for point in result.points]
    assert pairs == [(4, "relu"), (4, "tanh"), (8, "relu"), (8, "tanh")]
    for layer in result.layers:
        assert min(one.least for one in (layer.product, layer.layer, layer.network)) > 0
    for point in result.points:
        assert min(one.least for one in (point.forward, point.both, point.network, point.product_ratio)) > 0
        assert point.share.most < 1


def test_the_first_activation_is_the_measure_of_all(result: Result) -> None:
    one = Spread(1, 1, 1, 1, 1)
    for width in SMALL.widths:
        point = result.at(width, "relu")
        assert point.forward_ratio == point.both_ratio == point.network_ratio == point.predicted_ratio == one


def test_ratios_are_taken_round_by_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that slows down evenly by a factor leaves every ratio as it was."""
    clock = {("product", "linear"): 4.0, ("layer", "linear"): 12.0, ("network", "linear"): 20.0}
    clock |= {("forward", "relu"): 1.0, ("both", "relu"): 2.0, ("network", "relu"): 24.0}
    clock |= {("forward", "tanh"): 3.0, ("both", "tanh"): 5.0, ("network", "tanh"): 30.0}
    times = {what: [seconds * slower for slower in (1, 7, 2, 5, 3)] for what, seconds in clock.items()}
    monkeypatch.setattr(activation_cost, "_times", lambda config, width: times)
    point = activation_cost.run(SMALL).at(4, "tanh")

    def always(value: float) -> Spread:
        return Spread(value, value, value, value, value)

    assert point.forward_ratio == always(3)
    assert point.both_ratio == always(2.5)
    assert point.product_ratio == always(0.75)
    assert point.network_ratio == always(1.25)
    # Two layers, each 3 - 1 longer, on top of 24.
    assert point.predicted_ratio == always(1 + 2 * (3 - 1) / 24)
    assert point.share == always(1 - 20 / 30)
    assert point.forward == Spread(9, 6, 15, 3, 21)


def test_what_is_timed_is_what_it_says() -> None:
    jobs: dict[tuple[str, str], Any] = dict(activation_cost._jobs(SMALL, 4))
    assert jobs["forward", "tanh"]().shape == (3, 4)
    (dz,) = jobs["both", "relu"]()
    assert set(torch.unique(dz == 0).tolist()) == {False, True}
    assert [gradient.shape for gradient in jobs["layer", "linear"]()] == [(3, 4), (4, 4)]
    gradients = jobs["network", "tanh"]()
    assert [gradient.shape for gradient in gradients] == [(4, 4)] * 2
    assert all(gradient.dtype == torch.float32 for gradient in gradients)
    assert not torch.equal(gradients[0], jobs["network", "relu"]()[0])


def test_the_number_of_threads_is_put_back() -> None:
    torch.set_num_threads(2)
    try:
        activation_cost.run(SMALL)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_the_median_and_its_bounds() -> None:
    values = [float(value) for value in range(401)]
    found = spread(values[::-1])
    # The rank of the median is 200, with a standard error of √401/2 = 10.01.
    assert found == Spread(median=200, low=100, high=300, least=159, most=241)
    assert spread([5.0, 1, 4, 2, 3]) == Spread(3, 2, 4, 1, 5)


def test_the_bounds_hold_the_true_median() -> None:
    generator = torch.Generator().manual_seed(0)
    samples = torch.empty(300, 100, dtype=torch.float64).exponential_(generator=generator).tolist()
    spreads = [spread(sample) for sample in samples]
    # Four standard errors: one in 16,000 lies outside.
    assert all(one.least <= math.log(2) <= one.most for one in spreads)
    # The standard error of the median is 1/(2 √R f) with the density f = 1/2 there.
    assert statistics.fmean(one.most - one.least for one in spreads) == pytest.approx(8 / math.sqrt(100), rel=0.1)


@pytest.mark.parametrize("values", [(2, 1, 3, 1, math.inf), (1, 2, 3, 0, 4), (2, 1, 3, 2.5, 4)])
def test_a_spread_that_is_none_is_refused(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"^spread: found .*, allowed: "):
        Spread(*values)


def test_a_result_without_a_point_is_refused(result: Result) -> None:
    with pytest.raises(ValueError, match=r"^points: found \[\(4, 'relu'\).*, allowed: every width and activation"):
        Result(result.config, result.layers, result.points[:-1])
    with pytest.raises(ValueError, match=r"^layers: found the widths \[4\], allowed: those of the configuration"):
        Result(result.config, result.layers[:1], result.points)


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [
        ("activations", (), ()),
        ("activations", ("linear",), "linear"),
        ("widths", (8, 8), (8, 8)),
        ("widths", (8, 0), 0),
        ("batch", 0, 0),
        ("depth", 1.5, 1.5),
        ("rounds", 4, 4),
        ("block", 0.0, 0.0),
        ("seed", -1, -1),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object, found: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
