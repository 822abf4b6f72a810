"""Properties that hold for every network and every argument of theory, tried on examples that hypothesis draws."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import binary_cross_entropy_with_logits

from gradlab import activations, initialization, theory
from gradlab.networks import MLP, MLPConfig
from gradlab.passes import LayerRecord, record

F64 = torch.float64
EXAMPLES = settings(max_examples=60, deadline=None, derandomize=True)
names = st.sampled_from(sorted(activations.ACTIVATIONS))
scales = st.floats(0.1, 4.0)
variances = st.floats(1e-6, 1e6)
seeds = st.integers(0, 2**32 - 1)


@st.composite
def configs(draw: st.DrawFn, activation: str | None = None) -> MLPConfig:
    """A plain network of any shape."""
    return MLPConfig(
        width=draw(st.integers(1, 6)),
        depth=draw(st.integers(1, 5)),
        activation=activation or draw(names),
        initialization=draw(st.sampled_from(sorted(initialization.INITIALIZATIONS))),
        sigma_w=draw(st.none() | scales),
        input_width=draw(st.none() | st.integers(1, 6)),
        output_width=draw(st.none() | st.integers(1, 6)),
        bias=draw(st.sampled_from(initialization.BIASES)),
    )


def passed(config: MLPConfig, seed: int) -> tuple[MLP, torch.Tensor, tuple[LayerRecord, ...]]:
    generator = torch.Generator().manual_seed(seed)
    network = MLP(config, generator)
    x = torch.empty(3, config.widths[0], dtype=F64).normal_(generator=generator)
    return network, x, record(network, x, lambda output: output.square().sum())


@EXAMPLES
@given(config=configs(), seed=seeds)
def test_a_network_is_what_the_formulas_of_backpropagation_say(config: MLPConfig, seed: int) -> None:
    network, x, layers = passed(config, seed)
    below = [x, *(layer.a for layer in layers)]
    for index, layer in enumerate(layers):
        # z = W a + b, and dW = δᵀ a.
        bias = network.linear_layers[index].bias
        torch.testing.assert_close(layer.z, below[index] @ layer.W.T + (0 if bias is None else bias.detach()))
        torch.testing.assert_close(layer.dW, layer.dz.T @ below[index])
        hidden = index < config.depth
        torch.testing.assert_close(layer.a, activations.get(config.activation)(layer.z) if hidden else layer.z)
        if index + 1 < len(layers):
            # δ_l = φ'(z_l) Wᵀ δ_{l+1}, with the convention of autograd at a kink.
            z = layer.z.clone().requires_grad_()
            (slope,) = torch.autograd.grad(activations.get(config.activation)(z).sum(), z)
            torch.testing.assert_close(layer.dz, slope * (layers[index + 1].dz @ layers[index + 1].W))


@EXAMPLES
@given(config=configs(activation="relu"), seed=seeds, factor=st.sampled_from([0.5, 2.0, 4.0]))
def test_weights_of_relu_times_a_power_of_two_scale_every_layer_exactly(
    config: MLPConfig, seed: int, factor: float
) -> None:
    network, x, _ = passed(config, seed)
    for layer in network.linear_layers:
        if layer.bias is not None:
            torch.nn.init.zeros_(layer.bias)
    summed = record(network, x)
    with torch.no_grad():
        for layer in network.linear_layers:
            layer.weight.mul_(factor)
    depth = len(summed)
    for one, other in zip(summed, record(network, x), strict=True):
        assert torch.equal(other.z, one.z * factor**one.layer)
        assert torch.equal(other.dz, one.dz * factor ** (depth - one.layer))


@EXAMPLES
@given(config=configs(), seed=seeds)
def test_the_state_of_the_generator_is_the_network(config: MLPConfig, seed: int) -> None:
    state = torch.get_rng_state()
    first, second = (MLP(config, torch.Generator().manual_seed(seed)).state_dict() for _ in range(2))
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    assert torch.equal(torch.get_rng_state(), state)


@EXAMPLES
@given(
    name=st.sampled_from(sorted(initialization.INITIALIZATIONS)),
    shape=st.tuples(st.integers(1, 8), st.integers(1, 8)),
    sigma_w=scales,
    seed=seeds,
)
def test_sigma_w_changes_the_scale_of_a_draw_and_nothing_else(
    name: str, shape: tuple[int, int], sigma_w: float, seed: int
) -> None:
    drawn = initialization.get(name)
    own, scaled = (
        drawn.fill_(torch.empty(shape, dtype=F64), torch.Generator().manual_seed(seed), sigma)
        for sigma in (None, sigma_w)
    )
    fan_out, fan_in = shape
    torch.testing.assert_close(scaled, own * (sigma_w / drawn.sigma_w(fan_in, fan_out)), rtol=1e-14, atol=0)


@EXAMPLES
@given(name=names, q=variances, sigma_w=scales, sigma_b=st.floats(0, 2))
def test_the_maps_stay_between_their_bounds(name: str, q: float, sigma_w: float, sigma_b: float) -> None:
    steepest = theory.derivative_maximum(name)
    # Quadrature errs by 1e-13; a bound that is reached (linear) is then missed by as much.
    assert 0 <= theory.chi(name, q, sigma_w) <= sigma_w**2 * steepest**2 * (1 + 1e-12)
    at_zero = activations.get(name)(torch.zeros((), dtype=F64)).item()
    largest = (abs(at_zero) + steepest * math.sqrt(q)) ** 2
    assert sigma_b**2 <= theory.next_q(name, q, sigma_w, sigma_b) <= (sigma_w**2 * largest + sigma_b**2) * (1 + 1e-12)


@EXAMPLES
@given(name=names, q=st.floats(1e-3, 1e3), sigma_w=scales, sigma_b=st.floats(0, 2), c=st.floats(-1, 1))
def test_correlations_stay_correlations_and_the_same_input_stays_the_same(
    name: str, q: float, sigma_w: float, sigma_b: float, c: float
) -> None:
    assert theory.next_correlation(name, 1.0, q, sigma_w, sigma_b) == pytest.approx(1, abs=1e-9)
    found = theory.next_correlation(name, c, q, sigma_w, sigma_b)
    assert -1 <= found <= 1
    # All these activations but the non-monotone ones keep the order of correlations.
    if name not in {"gelu", "silu"}:
        assert found <= theory.next_correlation(name, min(1.0, c + 0.1), q, sigma_w, sigma_b) + 1e-9


@EXAMPLES
@given(name=names, sigma_w=scales, depth=st.integers(2, 8), q_0=st.floats(0.01, 10), sigma_b=st.floats(0, 1))
def test_a_mean_field_is_its_maps_one_after_the_other(
    name: str, sigma_w: float, depth: int, q_0: float, sigma_b: float
) -> None:
    field = theory.mean_field(name, sigma_w, depth, q_0, sigma_b)
    assert len(field.q) == len(field.chi) == len(field.profile) == depth
    for one, following in zip(field.q, field.q[1:], strict=False):
        assert following == pytest.approx(theory.next_q(name, one, sigma_w, sigma_b), rel=1e-12)
    assert field.profile[-1] == pytest.approx(field.factor ** (depth - 1), rel=1e-10)
    assert field.profile[-1] ** 2 == pytest.approx(math.prod(field.chi[:-1]), rel=1e-10)


@EXAMPLES
@given(width=st.integers(1, 40), depth=st.integers(1, 60))
def test_a_network_is_dead_with_a_probability_that_falls_with_the_width_and_rises_with_the_depth(
    width: int, depth: int
) -> None:
    share = theory.death_probability(width, depth)
    assert 0 <= share <= 1
    assert theory.death_probability(width + 1, depth) <= share <= theory.death_probability(width, depth + 1)


@EXAMPLES
@given(norm=st.floats(0, 1e12), maximum=st.floats(1e-6, 1e6))
def test_clipping_leaves_no_norm_above_its_maximum(norm: float, maximum: float) -> None:
    coefficient = theory.clipping_coefficient(norm, maximum)
    assert 0 < coefficient <= 1
    assert norm * coefficient <= maximum * (1 + 1e-15)
    # It shortens nothing that is short enough.
    assert coefficient == 1 or norm > maximum - 2e-6


@EXAMPLES
@given(mean=st.floats(-1, 1), variance=st.floats(1e-4, 4), layers=st.integers(1, 200), factor=st.floats(1, 1e6))
def test_shares_of_pairs_are_shares(mean: float, variance: float, layers: int, factor: float) -> None:
    law = theory.LogLaw(mean, variance, 0.0)
    share = law.pair_share(factor, layers)
    assert 0 <= share <= 1
    assert law.pair_share(factor * 1.5, layers) <= share
    assert (share >= 0.5) == (factor <= law.pair_factor(layers) * (1 + 1e-12))
    assert law.typical_factor(layers) == pytest.approx(math.exp(mean / 2), rel=1e-14)


@EXAMPLES
@given(z=st.floats(-30, 30), label=st.sampled_from([0.0, 1.0]))
def test_the_gradients_of_both_losses_are_those_of_autograd(z: float, label: float) -> None:
    logit = torch.tensor(z, dtype=F64, requires_grad=True)
    for loss, found in (
        (
            binary_cross_entropy_with_logits(logit, torch.tensor(label, dtype=F64)),
            theory.cross_entropy_gradient(z, label),
        ),
        ((torch.sigmoid(logit) - label) ** 2, theory.squared_error_gradient(z, label)),
    ):
        (expected,) = torch.autograd.grad(loss, logit)
        # Near a label of 1 the difference of p and 1 loses digits: 1e-16 of 1.
        assert found == pytest.approx(expected.item(), rel=1e-9, abs=1e-15)
