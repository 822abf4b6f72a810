"""One network layer by layer: as one network after the other, as the probe sees it, and as theory says."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import gradlab
from gradlab import initialization
from gradlab.experiments._shared import gaussian
from gradlab.experiments.activations import explosion
from gradlab.experiments.article import _probed, layer_profiles
from gradlab.experiments.article.layer_profiles import ARTICLE, Config, Result, run
from gradlab.networks import MLP, MLPConfig
from gradlab.passes import LayerRecord
from gradlab.probing.measures import saturated_share


def shape(config: Config) -> MLPConfig:
    """The same network for the plain recording."""
    return MLPConfig(
        width=config.width,
        depth=config.depth,
        activation=config.activation,
        initialization=config.initialization,
        sigma_w=config.sigma_w,
        normalization=None if config.normalization == "none" else config.normalization,
        residual_scale=config.residual_scale,
        bias=config.bias,
    )


def recorded(config: Config) -> list[tuple[LayerRecord, ...]]:
    """The networks of all seeds, one after the other, none of them side by side with another."""
    return [gaussian.record_pass(shape(config), config.batch, seed) for seed in range(config.seeds)]


SETTINGS = [
    Config(width=8, depth=6, seeds=3),
    Config("tanh", "pytorch_default", bias="uniform", width=8, depth=5, seeds=3, normalization="layer"),
    Config("sigmoid", "orthogonal", sigma_w=2.0, width=8, depth=5, seeds=3, residual="one"),
    Config("gelu", "xavier", width=8, depth=5, seeds=2, normalization="batch", residual="inverse_sqrt_depth"),
    Config("leaky_relu", "normal", sigma_w=1.7, width=4, depth=7, seeds=4),
]


@pytest.mark.parametrize("config", SETTINGS)
def test_it_is_what_one_network_after_the_other_gives(config: Config) -> None:
    result, seeds = run(config), recorded(config)
    for index, layer in enumerate(result.layers):
        gradients = sorted(records[index].dz_norm / records[-1].dz_norm for records in seeds)
        weights = sorted(records[index].dW_norm / records[-1].dW_norm for records in seeds)
        sizes = sorted(float(records[index].a.square().mean().sqrt()) for records in seeds)
        middle = (config.seeds - 1) // 2
        assert layer.layer == index + 1
        found = (layer.gradient_z_low, layer.gradient_z, layer.gradient_z_high)
        assert found == pytest.approx((gradients[0], gradients[middle], gradients[-1]), rel=1e-9)
        assert (layer.gradient_w_low, layer.gradient_w_high) == pytest.approx((weights[0], weights[-1]), rel=1e-9)
        assert (layer.activation_low, layer.activation_high) == pytest.approx((sizes[0], sizes[-1]), rel=1e-9)
        a = torch.stack([records[index].a for records in seeds])
        if config.activation in ("tanh", "sigmoid"):
            assert layer.saturated == pytest.approx(saturated_share(a, config.activation), abs=1e-12)
        else:
            assert layer.saturated is None
        silent = float((a == 0).all(dim=1).double().mean())
        assert layer.silent == (pytest.approx(silent, abs=1e-12) if config.activation in ("relu", "gelu") else None)


class Residual(nn.Module):
    """z + s W φ(N(z)): a block as in `gradlab.networks`, such as the probe watches."""

    def __init__(self, scale: float, *body: nn.Module) -> None:
        super().__init__()
        self.scale = scale
        self.body = nn.Sequential(*body)

    def forward(self, z: Tensor) -> Tensor:
        output: Tensor = z + self.scale * self.body(z)
        return output


PHI = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU, "leaky_relu": nn.LeakyReLU}


def module(config: Config, seed: int) -> tuple[nn.Module, Tensor, Tensor]:
    """The network of a seed as modules, such as the probe watches, with its input and output gradient."""
    x, network, v = gaussian.draw(shape(config), config.batch, seed)
    between: list[list[nn.Module]] = [
        [*([] if config.normalization == "none" else [normalization]), PHI[config.activation]()]
        for normalization in network.normalizations
    ]
    first, *others = network.linear_layers
    body: list[nn.Module] = [first]
    for before, linear in zip(between, others, strict=False):
        layer = [*before, linear]
        body += layer if config.residual_scale is None else [Residual(config.residual_scale, *layer)]
    return nn.Sequential(*body, *between[-1]), x, v


@pytest.mark.parametrize(
    "config",
    [
        Config(width=32, depth=8, seeds=3),
        Config(width=32, depth=20, seeds=3, normalization="batch"),
        Config("sigmoid", "xavier", width=16, depth=10, seeds=3),
        Config("tanh", sigma_w=8.0, width=32, depth=10, seeds=3),
        Config(width=4, depth=30, seeds=3),
        Config("gelu", "pytorch_default", bias="uniform", width=32, depth=12, seeds=3, normalization="layer"),
        Config("leaky_relu", width=4, depth=10, normalization="batch", residual="one"),
        Config("tanh", "normal", sigma_w=10.149263710019527, width=16, depth=10),
        Config("sigmoid", "xavier", width=16, depth=12, residual="inverse_sqrt_depth"),
    ],
)
def test_the_verdict_is_that_of_the_probe(config: Config) -> None:
    result, verdicts = run(config), []
    for seed in range(config.seeds):
        model, x, v = module(config, seed)
        with gradlab.probe(model) as record:
            (model(x) * v).sum().backward()
        verdicts.append(record.report().verdict)
    assert verdicts.count(result.verdict) == result.agreeing
    assert result.agreeing == max(map(verdicts.count, verdicts))


def test_units_that_are_rarely_on_are_told_from_dead_ones_as_the_probe_does() -> None:
    measured = layer_profiles._measure(Config(width=64, depth=2, batch=8, seeds=2))
    assert measured.silent is not None
    # Two layers of 64 units: 58 silent in both, most of them only rarely on in the second.
    silent = torch.full_like(measured.silent, 58 / 64)
    kind = _probed.Kind("relu", "none", False, (8, 64))
    for rare, verdict in ((0.0, "dead"), (0.5, "healthy")):
        changed = replace(measured, silent=silent, rare=torch.full_like(silent, rare))
        assert set(_probed.verdicts(kind, changed)) == {verdict}


def test_what_is_rare_is_asked_only_where_many_are_silent() -> None:
    a = torch.zeros(1, 3, 4, 9, dtype=torch.float64)
    a[0, 0, :, :6] = 1.0  # a third is silent
    a[0, 1, torch.arange(3), torch.arange(3)] = 1.0  # two thirds are, and the rest is on for one input each
    silent = (a.sum(dim=2) == 0).double().mean(dim=2)
    assert silent.tolist()[0] == pytest.approx([1 / 3, 2 / 3, 1.0])
    # Chao: 3/4 · 3 · 2/2 units of nine.
    assert _probed.rare_share(a, silent).tolist()[0] == pytest.approx([0.0, 0.25, 0.0])


def _first(config: Config) -> tuple[float, float | None, Result]:
    result = run(config)
    return result.layers[0].gradient_z, result.layers[0].predicted_gradient_z, result


@pytest.mark.parametrize(
    "settings",
    [
        {"initialization": "pytorch_default", "bias": "uniform"},
        {"activation": "tanh", "sigma_w": 2.0},
        {"activation": "sigmoid", "initialization": "xavier"},
        {"normalization": "batch"},
        {"normalization": "layer", "activation": "tanh"},
        {"residual": "one"},
        {"residual": "inverse_sqrt_depth", "activation": "gelu"},
        {"residual": "one", "initialization": "pytorch_default", "bias": "uniform", "width": 32},
        {"residual": "one", "normalization": "batch"},
    ],
)
def test_theory_is_near_at_some_width(settings: dict[str, Any]) -> None:
    measured, predicted, result = _first(replace(Config(width=128, depth=10, seeds=5), **settings))
    assert predicted is not None
    # The logarithm of a wide network's ratio deviates by about √(5 L/n)/2 from seed to seed, as of ReLU.
    spread = math.sqrt(5 * 10 / result.config.width) / 2
    assert abs(math.log(measured / predicted)) < 3 * spread
    assert result.layers[-1].activation == pytest.approx(result.layers[-1].predicted_activation, rel=3 * spread)
    assert result.layers[-1].gradient_z == result.layers[-1].gradient_w == 1


def test_without_a_theory_there_is_no_line() -> None:
    _, predicted, result = _first(Config(normalization="layer", residual="one", width=8, depth=4, seeds=2))
    assert predicted is None
    assert result.layers[0].predicted_activation is None


def test_the_articles_network_is_the_articles() -> None:
    config = Config(initialization=ARTICLE, width=1, batch=1, seeds=1)
    result = run(config)
    listed = explosion.run(explosion.Config(dtype="float64", spread_seeds=2)).layers
    last = listed[-1].gradient_weight
    for layer, own in zip(result.layers, listed, strict=True):
        assert layer.gradient_z == pytest.approx(own.gradient_z, rel=1e-12)
        assert layer.gradient_w == pytest.approx(own.gradient_weight / last, rel=1e-12)
        assert layer.activation == pytest.approx(own.activation, rel=1e-12)
    assert (result.verdict, result.agreeing) == ("exploding", 1)
    assert f"{result.layers[0].gradient_z:.3f}" == "2602.295"


def test_where_nothing_arrives_there_is_zero() -> None:
    result = run(Config(width=2, depth=30, seeds=3))
    assert result.verdict == "dead"
    assert result.layers[0].gradient_z == 0
    assert result.layers[-1].silent == 1


def test_scales_are_those_of_the_initializations() -> None:
    for name in ("he", "xavier", "normal", "orthogonal", "pytorch_default"):
        config = Config(initialization=name, width=16, depth=2, batch=4, seeds=1)
        scaled = Config(
            initialization=name, sigma_w=initialization.get(name).sigma_w(16), width=16, depth=2, batch=4, seeds=1
        )
        assert run(config).layers[0].activation == pytest.approx(run(scaled).layers[0].activation, rel=1e-12)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"activation": "rel"}, "activation: found 'rel', .*nearest: 'relu'"),
        ({"initialization": "hi"}, "initialization: found 'hi'"),
        ({"depth": 1}, "depth: found 1, allowed: an integer of at least 2"),
        ({"residual": "two"}, "residual: found 'two'"),
        ({"normalization": "batch", "batch": 1}, "batch: found 1, allowed: an integer of at least 2"),
        ({"initialization": "article"}, "width: found 128, allowed for the article's network: 1"),
        ({"sigma_w": 0.0}, "sigma_w: found 0.0"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^{message}"):
        Config(**settings)  # type: ignore[arg-type]


def test_the_same_seeds_give_the_same_result() -> None:
    config = Config(width=8, depth=4, seeds=2)
    first = run(config)
    layer_profiles._draw.cache_clear()
    assert run(config) == first
    assert isinstance(MLP(shape(config), torch.Generator()), MLP)


def test_networks_of_several_widths_share_a_prediction_where_theory_knows_no_width() -> None:
    narrow, wide = (Config(width=width, depth=4, sigma_w=1.2) for width in (4, 16))
    assert layer_profiles._predict(narrow) is layer_profiles._predict(wide)
    biased = (replace(config, bias="uniform") for config in (narrow, wide))
    assert len({layer_profiles._predict(config) for config in biased}) == 2
