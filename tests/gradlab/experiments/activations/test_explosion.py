"""The article's explosion: the source's digits, the product of the weights, the law over seeds."""

import math

import pytest

from gradlab import theory
from gradlab.experiments.activations import explosion

SOURCE = (
    "2602.2952 1658.9581 1130.6781 715.8470 468.4397 311.1282 200.4341 135.7804 90.8224 58.4957 "
    "39.0192 24.8071 16.3926 10.3332 7.3891 5.2363 3.4564 2.3368 1.5991 1.0000"
)


@pytest.fixture(scope="module")
def result() -> explosion.Result:
    return explosion.run()


def test_the_sources_digits(result: explosion.Result) -> None:
    assert f"{result.output:.4f}" == "4255.4160"
    assert " ".join(f"{layer.gradient_z:.4f}" for layer in result.layers) == SOURCE
    assert [layer.layer for layer in result.layers] == list(range(1, 21))


def test_every_layer_is_consistent(result: explosion.Result) -> None:
    before = result.config.x
    for layer in result.layers:
        # One float32 multiplication each.
        assert layer.pre_activation == pytest.approx(layer.weight * before, rel=1e-7)
        assert layer.activation == layer.pre_activation
        assert layer.gradient_weight == pytest.approx(layer.gradient_z * before, rel=1e-7)
        before = layer.activation
    weights = [layer.weight for layer in result.layers]
    assert tuple(layer.predicted_gradient_z for layer in result.layers) == theory.chain_gradients(weights)


def test_the_gradient_is_the_product_of_the_weights() -> None:
    single, double = (
        explosion.run(explosion.Config(spread_seeds=2)),
        explosion.run(explosion.Config(spread_seeds=2, dtype="float64")),
    )
    # 19 multiplications, each rounded by at most 2^-24 or 2^-53.
    assert 0 < single.largest_relative_error < 19 * 2.0**-24
    assert double.largest_relative_error < 19 * 2.0**-53
    assert f"{double.layers[0].gradient_z:.4f}" == "2602.2955"


def test_removing_relu_changes_nothing(result: explosion.Result) -> None:
    assert result.output_without_relu == result.output
    assert result.gradient_without_relu == result.layers[0].gradient_z


def test_the_law_over_the_seeds(result: explosion.Result) -> None:
    # 4 standard errors; that of a standard deviation over S seeds is 1/√(2S).
    assert abs(result.log_mean - result.predicted_log_mean) < 4 * result.log_mean_standard_error
    assert result.log_standard_deviation == pytest.approx(
        result.predicted_log_standard_deviation, rel=4 / math.sqrt(2 * result.config.spread_seeds)
    )
    assert result.predicted_log_mean == pytest.approx(19 * math.log(1.5), abs=0.05)


def test_the_quantiles_surround_the_articles_network(result: explosion.Result) -> None:
    assert [row.layer for row in result.spread] == list(range(1, 21))
    assert result.spread[-1] == explosion.Quantiles(20, 1.0, 1.0, 1.0)
    for row in result.spread[:-1]:
        assert row.low < row.median < row.high
    assert result.spread[0].low < result.layers[0].gradient_z < result.spread[0].high


def test_seed_42_of_the_distribution_is_the_articles_network(result: explosion.Result) -> None:
    gradients = explosion.gradients_over_seeds(explosion.Config(spread_seeds=43))
    # The one is float32, the other float64.
    assert gradients[:, 42].tolist() == pytest.approx([layer.gradient_z for layer in result.layers], rel=19 * 2.0**-24)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("num_layers", 1),
        ("mean", -1.5),
        ("standard_deviation", 0.3),
        ("seed", -1),
        ("x", math.nan),
        ("spread_seeds", 1),
        ("dtype", "float16"),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {value!r}, allowed: "):
        explosion.Config(**{argument: value})  # type: ignore[arg-type]
