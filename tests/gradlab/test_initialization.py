"""Initializations: their scale, their shape and their randomness."""

import math

import pytest
import torch

from gradlab import initialization


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("name", "sigma_w"),
    [
        ("normal", 1.0),
        ("he", math.sqrt(2)),
        ("xavier", 1.0),
        ("pytorch_default", math.sqrt(1 / 3)),
        ("orthogonal", 1.0),
    ],
)
def test_sigma_w_of_a_square_layer(name: str, sigma_w: float) -> None:
    assert initialization.get(name).sigma_w(64) == pytest.approx(sigma_w, rel=1e-15)


@pytest.mark.parametrize("name", initialization.INITIALIZATIONS)
@pytest.mark.parametrize(("fan_out", "fan_in"), [(200, 200), (100, 300), (300, 100)])
@pytest.mark.parametrize("sigma_w", [None, 2.5])
def test_the_drawn_weights_have_that_scale(name: str, fan_out: int, fan_in: int, sigma_w: float | None) -> None:
    distribution = initialization.get(name)
    W = distribution.fill_(torch.empty(fan_out, fan_in, dtype=torch.float64), _generator(), sigma_w)
    expected = distribution.sigma_w(fan_in, fan_out) if sigma_w is None else sigma_w
    measured = math.sqrt(fan_in * W.square().mean().item())
    # The relative standard error of a standard deviation from N >= 30,000 normal numbers is 1/√(2N) = 0.4 %;
    # 2 % is 5 of them.
    assert measured == pytest.approx(expected, rel=0.02)
    assert abs(W.mean().item()) < 5 * expected / math.sqrt(fan_in) / math.sqrt(W.numel())


def test_orthogonal_rows_or_columns_are_orthonormal_in_every_network_of_a_batch() -> None:
    for fan_out, fan_in in ((6, 4), (4, 6), (5, 5)):
        W = initialization.get("orthogonal").fill_(torch.empty(3, fan_out, fan_in, dtype=torch.float64), _generator())
        gram = W.mT @ W if fan_out >= fan_in else W @ W.mT
        torch.testing.assert_close(gram, torch.eye(min(fan_out, fan_in), dtype=torch.float64).expand_as(gram))
        assert not torch.equal(W[0], W[1])


def test_pytorch_default_draws_what_a_linear_layer_draws() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(7)
        layer = torch.nn.Linear(16, 5)
    generator = _generator(7)
    weight = initialization.get("pytorch_default").fill_(torch.empty(5, 16), generator)
    bias = initialization.fill_bias_(torch.empty(5), "uniform", 16, generator)
    assert torch.equal(weight, layer.weight)
    assert torch.equal(bias, layer.bias)


def test_the_zero_bias_draws_nothing() -> None:
    generator = _generator()
    before = generator.get_state()
    assert torch.equal(initialization.fill_bias_(torch.ones(3), "zero", 4, generator), torch.zeros(3))
    assert torch.equal(generator.get_state(), before)


def test_the_global_random_state_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    for distribution in initialization.INITIALIZATIONS.values():
        distribution.fill_(torch.empty(4, 4), _generator())
    assert torch.equal(torch.random.get_rng_state(), before)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^initialization: found 'hee', .*nearest: 'he'$"):
        initialization.get("hee")
    he = initialization.get("he")
    with pytest.raises(ValueError, match=r"^fan_in: found 0, allowed: an integer of at least 1$"):
        he.sigma_w(0)
    with pytest.raises(ValueError, match=r"^weight: found shape \(3,\), allowed: "):
        he.fill_(torch.empty(3), _generator())
    with pytest.raises(ValueError, match=r"^sigma_w: found nan, allowed: a finite number above 0$"):
        he.fill_(torch.empty(3, 3), _generator(), math.nan)
    with pytest.raises(ValueError, match=r"^bias: found 'none', allowed: one of zero, uniform"):
        initialization.fill_bias_(torch.empty(3), "none", 3, _generator())
