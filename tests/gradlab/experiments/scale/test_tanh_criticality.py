"""tanh at its critical scale: the decay of signal and gradient, at infinite and at this width."""

import math
import re

import pytest
import torch

from figures_src.cache.results import measured
from gradlab import theory
from gradlab.experiments.scale import tanh_criticality
from gradlab.experiments.scale.tanh_criticality import Config, Result


@pytest.fixture(scope="module")
def default() -> Result:
    return measured(tanh_criticality, Config())


def test_the_variance_decays_as_predicted_at_this_width(default: Result) -> None:
    assert [layer.layer for layer in default.layers] == list(range(1, 101))
    for layer in default.layers:
        # 8 seeds: 4 standard errors, of which one estimated from 8 values is itself 27 % uncertain, and 2 % for
        # the order (l/n)² that the prediction leaves out.
        tolerance = 4 * 1.27 * layer.q_standard_error + 0.02 * layer.predicted_q
        assert abs(layer.q - layer.predicted_q) < tolerance
        assert layer.asymptotic_q == 1 / (2 * layer.layer)
    # A power of the depth: neither kept nor lost exponentially.
    assert default.layers[-1].q < default.layers[9].q / 8
    assert default.layers[-1].q > default.layers[9].q / 30


def test_the_decay_is_a_power_close_to_minus_one(default: Result) -> None:
    # The mean over networks of a logarithm lies below the logarithm of the mean, by half of its variance 2 l/(3 n)
    # for one input: 0.13 at layer 100, which is 0.057 of the exponent. 4 standard errors besides.
    tolerance = 4 * default.exponent_standard_error + 0.057
    assert abs(default.exponent - default.predicted_exponent) < tolerance
    assert default.predicted_exponent == pytest.approx(-1, abs=0.15)


def test_the_gradient_decays_as_predicted(default: Result) -> None:
    assert default.profile[-1] == default.predicted_profile[-1] == 1
    assert len(default.profile) == len(default.predicted_profile) == 100
    assert default.profile[0] == pytest.approx(default.ratio, rel=1e-12)
    # 8 seeds: 4 standard errors; the finite width takes at most e^(-L/(2n)) = 18 % of a typical gradient.
    tolerance = 4 * default.ratio_standard_error / default.ratio + 100 / (2 * 256)
    assert abs(math.log(default.ratio / default.predicted_ratio)) < tolerance
    # Far above what an activation with χ < 1 leaves of it: 0.97 a layer would be 0.05.
    assert 0.05 < default.ratio < 0.15


def test_the_critical_scale_is_the_first(default: Result) -> None:
    critical = default.scales[0]
    assert critical.sigma_w == 1.0
    assert critical.q == tuple(layer.q for layer in default.layers)
    assert critical.mean_field_q == tuple(layer.mean_field_q for layer in default.layers)
    assert critical.arrival[-1] == pytest.approx(default.ratio, rel=1e-12)
    assert critical.arrival[0] == critical.predicted_arrival[0] == 1


def test_on_either_side_of_the_critical_scale(default: Result) -> None:
    _, below, above = default.scales
    assert (below.sigma_w, above.sigma_w) == (0.9, 1.2)
    for scale in (below, above):
        for found, error, predicted in (
            (scale.q, scale.q_standard_error, scale.mean_field_q),
            (scale.arrival, scale.arrival_standard_error, scale.predicted_arrival),
        ):
            assert len(found) == len(error) == len(predicted) == 100
            # 8 seeds: 4 standard errors, themselves 27 % uncertain, and e^(-L/(2 n)) for the finite width.
            for one, spread, expected in zip(found, error, predicted, strict=True):
                assert abs(one - expected) < 4 * 1.27 * spread + 100 / (2 * 256) * expected
    # Where tanh is its argument: one factor sigma_w a layer for the gradient, one of its square for q.
    assert below.q[-1] / below.q[-2] == pytest.approx(0.81, abs=0.05)
    assert below.arrival[-1] / below.arrival[-2] == pytest.approx(0.9, abs=0.05)
    # Above it the variance stays at its fixed point.
    assert above.mean_field_q[-1] == pytest.approx(theory.fixed_point_q("tanh", 1.2), rel=1e-6)


def test_a_contrast_is_the_same_network_rescaled() -> None:
    def contrast(*sigma_w: float) -> tuple[tanh_criticality.Scale, ...]:
        return tanh_criticality.run(Config(width=8, depth=20, batch=2, seeds=2, contrast=sigma_w)).scales[1:]

    up, down = contrast(1.5, 0.5)
    assert contrast(0.5)[0].q == pytest.approx(down.q, rel=1e-12)
    assert contrast(1.5)[0].arrival == pytest.approx(up.arrival, rel=1e-12)
    assert contrast() == ()


def test_the_correction_of_finite_width_against_the_law_of_one_input() -> None:
    # Given the activations of one input, the pre-activations of the next layer are independent N(0, mean square):
    # the forward pass of 4,000 networks without their weights.
    n, S = 128, 4000
    generator = torch.Generator().manual_seed(0)
    infinite = theory.mean_field("tanh", 1.0, 60).q
    square = torch.empty(S, n, dtype=torch.float64).normal_(generator=generator).square().mean(dim=1)
    for layer in range(1, 61):
        z = torch.empty(S, n, dtype=torch.float64).normal_(generator=generator) * square.sqrt().unsqueeze(1)
        q = z.square().mean(dim=1)
        square = z.tanh().square().mean(dim=1)
        predicted = infinite[layer - 1] * theory.tanh_critical_q(layer, n) / theory.tanh_critical_q(layer)
        # 4 standard errors, and a few times 1/n: the order that the prediction leaves out.
        tolerance = 4 * float(q.std()) / math.sqrt(S) + 1.5 / n * predicted
        assert abs(float(q.mean()) - predicted) < tolerance
    # Without the correction it would be seen: 1 + 60/384.
    assert abs(float(q.mean()) - infinite[-1]) > 2 * tolerance


def test_the_same_configuration_gives_the_same_result() -> None:
    small = Config(width=8, depth=20, batch=2, seeds=2)
    assert tanh_criticality.run(small) == tanh_criticality.run(small)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("width", 0), ("depth", 19), ("batch", 0), ("seeds", 1)],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]


def test_a_contrast_has_to_be_one() -> None:
    with pytest.raises(ValueError, match=r"^contrast: found -0\.5, allowed: "):
        Config(contrast=(-0.5,))
    with pytest.raises(ValueError, match=r"^contrast: found \(1\.0, 1\.0\), allowed: "):
        Config(contrast=(1.0,))
