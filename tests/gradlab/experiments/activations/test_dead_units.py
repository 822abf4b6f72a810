"""Silent units: their share against the correlation of the inputs."""

import math
import re
from dataclasses import replace

import pytest
import torch

from gradlab.experiments.activations import dead_units
from gradlab.experiments.activations.dead_units import CASES, Case, Config, Result, Series
from gradlab.networks import MLP, MLPConfig


@pytest.fixture(scope="module")
def default() -> Result:
    return dead_units.run()


def _series(result: Result, name: str) -> Series:
    return next(series for series in result.series if series.case.name == name)


def _standard_error(series: Series, layer: int, config: Config) -> float:
    """The larger of the measured standard error and the binomial one, since 5 seeds may agree by chance."""
    p = series.predicted[layer]
    return max(series.standard_error[layer], math.sqrt(p * (1 - p) / (config.width * config.seeds)))


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_the_share_is_the_prediction(default: Result, name: str) -> None:
    series = _series(default, name)
    for layer in range(default.config.depth):
        # 4 standard errors; 5 % and one unit in 1,000 for the finite width, at which correlations scatter.
        tolerance = 4 * _standard_error(series, layer, default.config) + 0.05 * series.predicted[layer] + 1e-3
        assert abs(series.share[layer] - series.predicted[layer]) < tolerance


def test_the_default_kills_most_through_its_bias(default: Result) -> None:
    he, with_bias, without = (_series(default, name) for name in ("he", "default", "default_without_bias"))
    # At layer 5, where the signal has shrunk below the bias: more than three times as many.
    assert with_bias.share[4] > 3 * he.share[4]
    assert with_bias.share[-1] == pytest.approx(0.5, abs=0.06)
    # Without bias the scale of the weights does nothing: same prediction, 4 standard errors of the difference.
    assert without.predicted == pytest.approx(he.predicted, rel=1e-12)


def test_depth_alone_silences_units(default: Result) -> None:
    he = _series(default, "he")
    assert he.predicted == tuple(sorted(he.predicted))
    assert he.share[-1] > 0.2
    assert he.share[0] == 0


def test_uncentred_inputs_silence_units_of_the_first_layers(default: Result) -> None:
    # c_1 = 1/2: 1/(B + 1) of the units of layer 1.
    uncentred = _series(default, "he_uncentred")
    assert uncentred.correlation[0] == pytest.approx(0.5, rel=1e-12)
    assert uncentred.predicted[0] == pytest.approx(1 / 129, rel=1e-9)
    assert uncentred.share[4] > _series(default, "he").share[4]


def test_batch_normalization_leaves_no_unit_silent(default: Result) -> None:
    assert _series(default, "he_batch_norm").share == (0.0,) * 20


def test_many_networks_confirm_the_uniform_bias() -> None:
    config = Config(cases=(CASES[2],), depth=6, batch=64, seeds=40)
    (series,) = dead_units.run(config).series
    for layer in (4, 5):
        # 40 seeds: standard errors of 0.005, 1.5 % of the share; 2 % for the finite width. A normal bias of the
        # same variance would give 8 % less at layer 5.
        tolerance = 4 * series.standard_error[layer] + 0.02 * series.predicted[layer]
        assert abs(series.share[layer] - series.predicted[layer]) < tolerance


def test_rescaled_weights_silence_the_same_units() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.empty(16, 32, dtype=torch.float64).normal_(generator=generator)
    silent = []
    for sigma_w in (0.5, 3.0):
        network = MLP(MLPConfig(32, 6, sigma_w=sigma_w), torch.Generator().manual_seed(1))
        silent.append(torch.stack([(step.a == 0).all(dim=0) for step in network.trace(x)]))
    assert torch.equal(*silent)
    assert bool(silent[0].any())


def test_the_same_configuration_gives_the_same_result() -> None:
    small = Config(width=8, depth=3, batch=4, seeds=2)
    assert dead_units.run(small) == dead_units.run(small)
    alone = dead_units.run(replace(small, cases=(CASES[3],)))
    assert alone.series[0] == dead_units.run(small).series[3]


@pytest.mark.parametrize(
    ("argument", "value"),
    [("width", 0), ("depth", 1), ("batch", 1), ("seeds", 1)],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("argument", "value"),
    [("name", ""), ("initialization", "hee"), ("bias", "one"), ("offset", math.nan), ("normalization", "layer")],
)
def test_a_bad_case_is_refused(argument: str, value: object) -> None:
    values: dict[str, object] = {"name": "case"} | {argument: value}
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Case(**values)  # type: ignore[arg-type]


def test_a_name_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^cases: found \['he', 'he'\], allowed: "):
        Config(cases=(Case("he"), Case("he")))
