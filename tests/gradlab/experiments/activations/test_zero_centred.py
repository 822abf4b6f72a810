"""Zero-centred activations: means and signs against their predictions."""

import functools
import re

import pytest

from figures_src.cache.results import measured
from gradlab.experiments.activations import zero_centred
from gradlab.experiments.activations.zero_centred import Config, Point


@functools.cache
def _points() -> dict[tuple[str, int], Point]:
    return {(point.activation, point.batch): point for point in measured(zero_centred, Config()).points}


def test_means_and_signs() -> None:
    points = _points()
    for (activation, batch), point in points.items():
        center = 0.5 if activation == "sigmoid" else 0.0
        spread = 0.208 if activation == "sigmoid" else 0.628
        # Independent units: spread/√(batch · width · seeds); 4 of those.
        assert point.mean_activation == pytest.approx(center, abs=4 * spread / (batch * 2560) ** 0.5)
        # Batch 512: the samples are only nearly independent, which is worth 0.4 %.
        tolerance = 4 * point.same_sign_share_standard_error + 0.004
        assert point.same_sign_share == pytest.approx(point.predicted_same_sign_share, abs=tolerance)


@pytest.mark.parametrize("name", ["leaky_relu", "gelu", "silu", "elu", "softplus", "mish", "linear"])
def test_every_activation_with_a_sign_agrees_as_predicted(name: str) -> None:
    for point in zero_centred.run(Config(activations=(name,))).points:
        tolerance = 4 * point.same_sign_share_standard_error + 0.004
        assert point.same_sign_share == pytest.approx(point.predicted_same_sign_share, abs=tolerance)


def test_one_sample_gives_a_sigmoid_layer_one_sign() -> None:
    points = _points()
    assert points["sigmoid", 1].same_sign_share == 1.0
    assert points["sigmoid", 512].same_sign_share > 0.8
    for batch in (1, 512):
        point = points["tanh", batch]
        assert abs(point.same_sign_share - point.coin_share) < 4 * point.same_sign_share_standard_error


@pytest.mark.parametrize("layer", [3, 5, 10])
def test_deeper_signs_of_a_sigmoid_agree_more_and_those_of_tanh_do_not(layer: int) -> None:
    sigmoid, tanh = measured(zero_centred, Config(depth=layer, layer=layer, batches=(512,), seeds=5)).points
    assert sigmoid.same_sign_share > 0.95
    # 4 standard errors, which from five seeds are uncertain themselves, and samples that are only nearly independent.
    tolerance = 4 * sigmoid.same_sign_share_standard_error + 0.004
    assert sigmoid.same_sign_share == pytest.approx(sigmoid.predicted_same_sign_share, abs=tolerance)
    assert abs(tanh.same_sign_share - tanh.coin_share) < 4 * tanh.same_sign_share_standard_error + 0.004


@pytest.mark.parametrize("offset", [0.0, 1.0, -4.0])
def test_the_mean_of_the_inputs_does_the_same(offset: float) -> None:
    config = Config(activations=("sigmoid",), depth=2, layer=1, offset=offset, batches=(1, 256))
    single, batch = zero_centred.run(config).points
    assert single.mean_to_spread == batch.mean_to_spread == abs(offset)
    # 10 seeds of 256 inputs, and of 256 times as many.
    assert single.mean_activation == pytest.approx(offset, abs=4 / 2560**0.5)
    assert batch.mean_activation == pytest.approx(offset, abs=4 / (256 * 2560) ** 0.5)
    for point in (single, batch):
        tolerance = 4 * point.same_sign_share_standard_error + 0.004
        assert point.same_sign_share == pytest.approx(point.predicted_same_sign_share, abs=tolerance)
    # N(1, 1) is positive with probability Φ(1).
    if offset == 1.0:
        assert single.predicted_same_sign_share == pytest.approx(0.8413, abs=1e-3)


def test_the_same_configuration_gives_the_same_result() -> None:
    config = Config(width=8, depth=2, batches=(3,), seeds=2)
    assert zero_centred.run(config) == zero_centred.run(config)


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [
        ("activations", (), ()),
        ("activations", ("relu",), "relu"),
        ("initialization", "", ""),
        ("width", 0, 0),
        ("depth", 1, 1),
        ("layer", 4, 4),
        ("layer", 0, 0),
        ("offset", 1.0, 1.0),
        ("batches", (1, 1), (1, 1)),
        ("batches", (0,), 0),
        ("seeds", 1, 1),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object, found: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
