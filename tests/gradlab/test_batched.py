"""Many networks at once: the same numbers as one network after the other."""

import math

import pytest
import torch

from gradlab import batched, theory
from gradlab.networks import MLP, MLPConfig, replay_article_weights
from gradlab.passes import record

F64 = torch.float64


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("bias", ["none", "zero", "uniform"])
@pytest.mark.parametrize("input_width", [None, 2])
@pytest.mark.parametrize("normalization", [None, "batch", "layer"])
@pytest.mark.parametrize("residual_scale", [None, 0.7])
def test_the_batch_equals_the_plain_loop(
    bias: str, input_width: int | None, normalization: str | None, residual_scale: float | None
) -> None:
    config = MLPConfig(
        width=4,
        depth=3,
        activation="tanh",
        bias=bias,
        input_width=input_width,
        normalization=normalization,
        residual_scale=residual_scale,
    )
    many = batched.draw(config, 6, _generator())
    x = torch.empty(6, 5, config.widths[0], dtype=F64).normal_(generator=_generator(1))
    v = torch.empty(6, 5, 4, dtype=F64).normal_(generator=_generator(2))
    result = batched.run(many, x, v, weight_gradients=True)
    assert batched.run(many, x, v).dW == ()
    for s in range(6):
        network = MLP(config, _generator())
        network.load([W[s] for W in many.weights], [b[s] for b in many.biases] or None)
        records = record(network, x[s], lambda output, s=s: (v[s] * output).sum())  # type: ignore[misc]
        for layer in records:
            torch.testing.assert_close(result.z[layer.layer - 1][s], layer.z)
            torch.testing.assert_close(result.a[layer.layer - 1][s], layer.a)
            torch.testing.assert_close(result.dz[layer.layer - 1][s], layer.dz)
            torch.testing.assert_close(result.dW[layer.layer - 1][s], layer.dW)
            assert result.dz_norms[layer.layer - 1, s].item() == pytest.approx(layer.dz_norm, rel=1e-12)
            assert result.dW_norms[layer.layer - 1, s].item() == pytest.approx(layer.dW_norm, rel=1e-12)
        torch.testing.assert_close(result.dx[s], records[0].dz @ records[0].W)


def test_4000_seeds_of_the_articles_chain_in_one_call() -> None:
    weights = torch.stack([torch.cat(replay_article_weights(20, seed=seed)).flatten() for seed in range(4000)])
    norms = batched.run(batched.chains(weights, "relu"), torch.ones(1, 1, 1, dtype=F64)).dz_norms
    assert norms.shape == (20, 4000)
    products = weights.to(F64)[:, 1:].prod(dim=1)
    # 19 multiplications in float64.
    torch.testing.assert_close(norms[0], products, rtol=1e-14, atol=0)
    assert f"{norms[0, 42].item():.3f}" == "2602.295"
    law = theory.positive_chain_log_law(1.5, 0.1)
    logs = norms[0].log()
    # Standard errors over 4,000 chains: of the mean 0.292/√4000, of the deviation 1/√8000 of it. 5 of each.
    assert logs.mean().item() == pytest.approx(19 * law.mean / 2, abs=5 * 0.292 / math.sqrt(4000))
    assert logs.std().item() == pytest.approx(math.sqrt(19 * law.variance) / 2, rel=5 / math.sqrt(8000))


def test_a_single_input_is_shared_by_all_networks() -> None:
    many = batched.draw(MLPConfig(width=3, depth=2), 4, _generator())
    x = torch.ones(1, 2, 3, dtype=F64)
    shared, repeated = batched.run(many, x), batched.run(many, x.expand(4, 2, 3))
    assert torch.equal(shared.dx, repeated.dx)
    assert shared.dx.shape == (4, 2, 3)


def test_nothing_in_a_result_carries_a_graph() -> None:
    result = batched.run(batched.draw(MLPConfig(3, 2), 4, _generator()), torch.ones(1, 1, 3, dtype=F64))
    assert not any(t.requires_grad for t in (*result.z, *result.a, *result.dz, result.dx))


def test_what_is_not_available_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^output_width: found 1, allowed in a batch of networks: None$"):
        batched.draw(MLPConfig(width=3, depth=2, output_width=1), 4, _generator())
    many = batched.draw(MLPConfig(width=3, depth=2, normalization="batch"), 4, _generator())
    with pytest.raises(ValueError, match=r"^x: found a batch of 1, allowed: at least 2 samples"):
        batched.run(many, torch.ones(1, 1, 3, dtype=F64))
    with pytest.raises(ValueError, match=r"^normalization: found 'bath', .*nearest: 'batch'$"):
        batched.Networks(many.weights, (), "relu", "bath")


def test_bad_input_is_refused() -> None:
    config = MLPConfig(width=3, depth=2)
    with pytest.raises(ValueError, match=r"^networks: found 0, allowed: an integer of at least 1$"):
        batched.draw(config, 0, _generator())
    many = batched.draw(config, 4, _generator())
    with pytest.raises(ValueError, match=r"^x: found shape \(2, 1, 3\), allowed: \(4, batch, 3\)$"):
        batched.run(many, torch.ones(2, 1, 3, dtype=F64))
    with pytest.raises(ValueError, match=r"^x: found 3 entries that are NaN"):
        batched.run(many, torch.full((1, 1, 3), math.nan, dtype=F64))
    with pytest.raises(ValueError, match=r"^v: found shape \(4, 1, 2\), allowed: \(4, 1, 3\)$"):
        batched.run(many, torch.ones(1, 1, 3, dtype=F64), torch.ones(4, 1, 2, dtype=F64))
    with pytest.raises(ValueError, match=r"^activation: found 'rel', .*nearest: 'relu'$"):
        batched.chains([[1.0]], "rel")
    with pytest.raises(ValueError, match=r"^weights: found 1 entries that are NaN"):
        batched.chains([[math.nan]], "relu")
    with pytest.raises(ValueError, match=r"^weights: found no layer"):
        batched.Networks((), (), "relu")
