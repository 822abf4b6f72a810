"""Recording: against the chain rule by hand, without leaks between passes, and bad input."""

import gc
import math
import weakref

import pytest
import torch
from torch import Tensor

from gradlab.networks import MLP, ArticleNetwork, MLPConfig
from gradlab.passes import input_gradient, per_layer_factor, random_projection, record

F64 = torch.float64


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _network(output_width: int | None = 2) -> MLP:
    return MLP(MLPConfig(width=4, depth=3, activation="tanh", output_width=output_width), _generator())


def _input(seed: int = 1) -> Tensor:
    return torch.empty(5, 4, dtype=F64).normal_(generator=_generator(seed))


def test_the_records_are_the_chain_rule() -> None:
    network, x = _network(), _input()
    records = record(network, x, lambda output: (output**2).sum() / 2)
    assert [layer.layer for layer in records] == [1, 2, 3, 4]
    dz = records[-1].a
    for index in reversed(range(4)):
        layer = records[index]
        torch.testing.assert_close(layer.dz, dz)
        before = x if index == 0 else records[index - 1].a
        torch.testing.assert_close(layer.dW, dz.T @ before)
        dz = (dz @ layer.W) * (1 - before**2)
    torch.testing.assert_close(
        input_gradient(network, x, lambda output: (output**2).sum() / 2), records[0].dz @ records[0].W
    )


def test_the_norms_are_over_the_whole_batch() -> None:
    layer = record(_network(), _input())[1]
    for norm, tensor in (
        (layer.z_norm, layer.z),
        (layer.a_norm, layer.a),
        (layer.dz_norm, layer.dz),
        (layer.dW_norm, layer.dW),
    ):
        assert norm == pytest.approx(math.sqrt(sum(v * v for v in tensor.flatten().tolist())), rel=1e-14)


def test_two_passes_never_mix() -> None:
    network = _network()
    alone = record(network, _input(2))
    first = record(network, _input(1))
    kept = [layer.dz.clone() for layer in first]
    second = record(network, _input(2))
    assert len(first) == len(second) == 4
    for a, b, c, d in zip(alone, second, first, kept, strict=True):
        assert torch.equal(a.dz, b.dz)
        assert torch.equal(a.dW, b.dW)
        assert torch.equal(c.dz, d)
        assert not torch.equal(b.dW, c.dW)


def test_a_pass_leaves_nothing_in_the_network() -> None:
    network = _network()
    before = {name: type(value) for name, value in vars(network).items()}
    records = record(network, _input())
    assert {name: type(value) for name, value in vars(network).items()} == before
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(not module._forward_hooks and not module._backward_hooks for module in network.modules())
    pass_tensor = weakref.ref(records[0].z)
    del records
    gc.collect()
    assert pass_tensor() is None


def test_the_records_of_a_pass_outlive_a_change_of_the_weights() -> None:
    network = _network()
    layer = record(network, _input())[0]
    W = layer.W.clone()
    with torch.no_grad():
        network.linear_layers[0].weight.zero_()
    assert torch.equal(layer.W, W)
    assert not layer.z.requires_grad
    assert not layer.dz.requires_grad


def test_gradients_already_in_the_parameters_stay_as_they_are() -> None:
    network = _network()
    network(_input()).sum().backward()
    grads = [parameter.grad.clone() for parameter in network.parameters() if parameter.grad is not None]
    with torch.no_grad():
        record(network, _input(3))
    assert len(grads) == 8
    for parameter, grad in zip(network.parameters(), grads, strict=True):
        assert parameter.grad is not None
        assert torch.equal(parameter.grad, grad)


def test_the_articles_gradients_are_the_sources_digits() -> None:
    records = record(ArticleNetwork(20, dtype=torch.float32), torch.ones(1, 1))
    assert [f"{layer.dz_norm:.4f}" for layer in records] == [
        "2602.2952",
        "1658.9581",
        "1130.6781",
        "715.8470",
        "468.4397",
        "311.1282",
        "200.4341",
        "135.7804",
        "90.8224",
        "58.4957",
        "39.0192",
        "24.8071",
        "16.3926",
        "10.3332",
        "7.3891",
        "5.2363",
        "3.4564",
        "2.3368",
        "1.5991",
        "1.0000",
    ]


def test_a_random_projection_is_the_gradient_of_the_output() -> None:
    network, x = _network(), _input()
    v = torch.empty(5, 2, dtype=F64).normal_(generator=_generator(9))
    assert torch.equal(record(network, x, random_projection(_generator(9)))[-1].dz, v)


def test_a_network_without_gradient_is_refused() -> None:
    network = _network()
    network.linear_layers[1].weight.requires_grad_(False)
    with pytest.raises(ValueError, match=r"^network: found a weight without gradient in layer 2, allowed: "):
        record(network, _input())
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    with pytest.raises(ValueError, match=r"^network: found a weight without gradient in layer 1, allowed: "):
        record(network, _input())


def test_a_loss_that_cannot_be_differentiated_is_refused() -> None:
    network = _network()
    with pytest.raises(ValueError, match=r"^loss: found a value of shape \(5, 2\) with gradient, allowed: one number"):
        record(network, _input(), lambda output: output)
    with pytest.raises(ValueError, match=r"^loss: found a value of shape \(\) without gradient"):
        record(network, _input(), lambda output: output.detach().sum())


def test_an_input_that_is_not_finite_is_refused() -> None:
    x = _input()
    x[0, 0] = math.nan
    for function in (record, input_gradient):
        with pytest.raises(ValueError, match=r"^x: found 1 entries that are NaN or infinite"):
            function(_network(), x)


def test_the_factor_per_layer() -> None:
    assert per_layer_factor(8.0, 1.0, 4) == pytest.approx(2.0, rel=1e-15)
    with pytest.raises(ValueError, match=r"^layers: found 1, allowed: an integer of at least 2$"):
        per_layer_factor(1.0, 1.0, 1)
    with pytest.raises(ValueError, match=r"^last: found 0.0, allowed: a finite number above 0$"):
        per_layer_factor(1.0, 0.0, 3)


def test_a_network_or_an_input_that_does_not_fit_is_refused() -> None:
    network = ArticleNetwork(num_layers=2, mean=1.5, standard_deviation=0.1, seed=42)
    with pytest.raises(
        ValueError, match=r"^x: found torch\.float32, allowed: torch\.float64, the type of the network's"
    ):
        record(network, torch.ones(1, 1, dtype=torch.float32))
    with pytest.raises(ValueError, match=r"^x: found shape \(0, 1\), allowed: \(batch, 1\), batch at least 1$"):
        record(network, torch.ones(0, 1, dtype=torch.float64))
    with pytest.raises(ValueError, match=r"^network: found Linear, allowed: a network with linear_layers and trace$"):
        record(torch.nn.Linear(1, 1), torch.ones(1, 1))  # type: ignore[arg-type]
