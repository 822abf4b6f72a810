"""The networks: against a plain loop, against the source's notebook, and bad input."""

import itertools
import math
from typing import Any

import pytest
import torch

from gradlab import networks
from gradlab.networks import MLP, ArticleNetwork, MLPConfig

F64 = torch.float64


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _input(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.empty(shape, dtype=F64).normal_(generator=_generator(seed))


def test_a_plain_network_is_a_loop_of_linear_layers() -> None:
    network = MLP(
        MLPConfig(width=5, depth=3, activation="tanh", input_width=2, output_width=4, bias="uniform"),
        _generator(),
    )
    x = _input(7, 2)
    a = x
    for index, layer in enumerate(network.linear_layers):
        z = a @ layer.weight.T + layer.bias
        a = z if index == 3 else torch.tanh(z)
        torch.testing.assert_close(network.trace(x)[index].z, z)
        torch.testing.assert_close(network.trace(x)[index].a, a)
    torch.testing.assert_close(network(x), a)
    assert network(x).shape == (7, 4)
    assert network(x).dtype == F64


def test_residual_connections_add_to_the_stream() -> None:
    network = MLP(MLPConfig(width=4, depth=3, residual_scale=0.5), _generator())
    x = _input(6, 4)
    first, second, third = (layer.weight for layer in network.linear_layers)
    h = x @ first.T
    for W in (second, third):
        h = h + 0.5 * torch.relu(h) @ W.T
    torch.testing.assert_close(network.trace(x)[-1].z, h)


@pytest.mark.parametrize(("normalization", "dim"), [("batch", 0), ("layer", 1)])
def test_normalization_comes_before_the_activation(normalization: str, dim: int) -> None:
    config = MLPConfig(width=8, depth=2, activation="linear", normalization=normalization, epsilon=1e-12)
    for step in MLP(config, _generator()).trace(_input(16, 8)):
        torch.testing.assert_close(step.a.mean(dim), torch.zeros_like(step.a.mean(dim)), atol=1e-9, rtol=0)
        torch.testing.assert_close(step.a.var(dim, unbiased=False), torch.ones_like(step.a.mean(dim)))
        assert not torch.allclose(step.z, step.a)


def test_the_same_generator_state_gives_the_same_network_and_the_global_state_is_left_alone() -> None:
    config = MLPConfig(width=3, depth=2, bias="uniform", normalization="batch")
    before = torch.random.get_rng_state()
    one, two, other = MLP(config, _generator()), MLP(config, _generator()), MLP(config, _generator(1))
    ArticleNetwork(3)
    assert torch.equal(torch.random.get_rng_state(), before)
    for a, b, c in zip(one.linear_layers, two.linear_layers, other.linear_layers, strict=True):
        assert torch.equal(a.weight, b.weight)
        assert torch.equal(a.bias, b.bias)
        assert not torch.equal(a.weight, c.weight)


def test_a_bias_can_be_left_out() -> None:
    assert all(layer.bias is None for layer in MLP(MLPConfig(3, 2, bias="none"), _generator()).linear_layers)
    assert all(layer.bias.abs().sum() == 0 for layer in MLP(MLPConfig(3, 2), _generator()).linear_layers)


def test_the_articles_weights_are_those_of_its_notebook() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(42)
        layers = [torch.nn.Linear(1, 1) for _ in range(20)]
        for layer in layers:
            torch.nn.init.normal_(layer.weight, mean=1.5, std=0.1)
    replayed = networks.replay_article_weights(20)
    assert all(torch.equal(layer.weight, W) for layer, W in zip(layers, replayed, strict=True))


@pytest.mark.parametrize("widths", [(1, 1, 1), (1, 16, 16, 1)])
def test_default_layers_are_replayed_to_the_bit(widths: tuple[int, ...]) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        layers = [torch.nn.Linear(a, b) for a, b in itertools.pairwise(widths)]
    draws = networks.replay_default_linear(widths, _generator(3))
    assert all(torch.equal(layer.weight, W) for layer, W in zip(layers, draws.weights, strict=True))
    assert all(torch.equal(layer.bias, b) for layer, b in zip(layers, draws.biases, strict=True))


def test_the_article_network_is_the_product_of_its_weights() -> None:
    network = ArticleNetwork(20)
    product = math.prod(layer.weight.item() for layer in network.linear_layers)
    # 20 multiplications in float64: relative error below 20 units of 1.1e-16.
    assert network(torch.ones(1, 1, dtype=F64)).item() == pytest.approx(product, rel=1e-14)
    assert f"{product:.4f}" == "4255.4161"
    single = ArticleNetwork(20, dtype=torch.float32)
    assert f"{single(torch.ones(1, 1)).item():.4f}" == "4255.4160"


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("width", -1),
        ("width", 2.5),
        ("depth", 0),
        ("activation", "rleu"),
        ("initialization", "kaiming"),
        ("sigma_w", math.nan),
        ("sigma_w", 0),
        ("normalization", "group"),
        ("residual_scale", math.inf),
        ("input_width", 0),
        ("output_width", -2),
        ("bias", "one"),
        ("epsilon", 0.0),
    ],
)
def test_a_bad_configuration_is_refused_at_once(argument: str, value: object) -> None:
    values: dict[str, Any] = {"width": 4, "depth": 3, argument: value}
    with pytest.raises(ValueError, match=rf"^{argument}: found {value!r}, allowed: ") as refusal:
        MLPConfig(**values)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("num_layers", 0), ("mean", math.nan), ("standard_deviation", -0.1), ("seed", -1), ("activation", "no")],
)
def test_a_bad_article_network_is_refused_at_once(argument: str, value: object) -> None:
    values: dict[str, Any] = {"num_layers": 3, argument: value}
    with pytest.raises(ValueError, match=rf"^{argument}: found {value!r}, allowed: "):
        ArticleNetwork(**values)


def test_a_bad_input_is_refused() -> None:
    network = MLP(MLPConfig(width=3, depth=2, normalization="batch"), _generator())
    with pytest.raises(ValueError, match=r"^x: found shape \(4, 2\), allowed: \(batch, 3\)$"):
        network(torch.ones(4, 2, dtype=F64))
    with pytest.raises(ValueError, match=r"^x: found 12 entries that are NaN or infinite"):
        network(torch.full((4, 3), math.nan, dtype=F64))
    with pytest.raises(ValueError, match=r"^x: found a batch of 1, allowed: at least 2 samples"):
        network(torch.ones(1, 3, dtype=F64))
    assert network.eval()(torch.ones(1, 3, dtype=F64)).shape == (1, 3)


def test_bad_parameters_are_not_loaded() -> None:
    network = ArticleNetwork(2)
    one = torch.ones(1, 1)
    with pytest.raises(ValueError, match=r"^weights: found 1 tensors, allowed: 2$"):
        network.load([one])
    with pytest.raises(ValueError, match=r"^weights: found shape \(2, 1\), allowed: \(1, 1\)$"):
        network.load([one, torch.ones(2, 1)])
    with pytest.raises(ValueError, match=r"^biases: found 1 entries that are NaN"):
        network.load([one, one], [torch.zeros(1), torch.tensor([math.nan])])
