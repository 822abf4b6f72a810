"""Nielsen's networks: neighboring layers differ by what mean-field theory says, as they do in his book."""

import math

import pytest
import torch

from gradlab.experiments.scale import first_layers
from gradlab.experiments.scale.first_layers import STORED_NORMS, Config


def test_wide_networks_have_the_mean_field_ratio() -> None:
    result = first_layers.run(Config(width=300, inputs=100, depths=(3,), networks=20, samples=10))
    assert [pair.layer for pair in result.pairs] == [1, 2]
    for pair in result.pairs:
        assert pair.root_mean_square == pytest.approx(pair.predicted, rel=0.03)
        assert pair.ratios == tuple(sorted(pair.ratios))


def test_ratios_are_those_of_the_bias_gradients() -> None:
    config = Config(width=5, inputs=7, depths=(2,), networks=20, samples=10)
    result = first_layers.run(config)
    generator = torch.Generator().manual_seed(0)
    x, y = first_layers._images(config, generator)
    layers = []
    for fan_in, fan_out in ((7, 5), (5, 5), (5, 10)):
        W = torch.empty(20, fan_out, fan_in, dtype=torch.float64).normal_(0.0, fan_in**-0.5, generator=generator)
        layers.append((W, torch.empty(20, 1, fan_out, dtype=torch.float64).normal_(generator=generator)))
    ratios = []
    for network in range(20):
        (W_1, b_1), (W_2, b_2), (W_3, b_3) = ((W[network], b[network]) for W, b in layers)
        a_1 = torch.sigmoid(x @ W_1.T + b_1)
        a_2 = torch.sigmoid(a_1 @ W_2.T + b_2)
        delta_3 = torch.sigmoid(a_2 @ W_3.T + b_3) - y
        delta_2 = delta_3 @ W_3 * a_2 * (1 - a_2)
        delta_1 = delta_2 @ W_2 * a_1 * (1 - a_1)
        ratios.append(float(delta_1.mean(dim=0).norm() / delta_2.mean(dim=0).norm()))
    assert result.pairs[0].ratios == pytest.approx(sorted(ratios))


def test_the_book_has_a_network_of_each_depth() -> None:
    assert tuple(map(len, STORED_NORMS)) == Config().depths
    ratios = [norms[k] / norms[k + 1] for norms in STORED_NORMS for k in range(len(norms) - 1)]
    assert [round(ratio, 3) for ratio in ratios] == [0.213, 0.197, 0.212, 0.174, 0.246, 0.244]


def test_images_fill_masks_of_the_share_that_is_asked_for() -> None:
    x, y = first_layers._images(Config(), torch.Generator().manual_seed(0))
    assert float(x.square().mean()) == pytest.approx(0.1, rel=0.05)
    assert y.sum(dim=1).tolist() == [1.0] * len(y)
    same = [index for index in range(len(y)) if index % 10 == 0]
    assert float((x[same] > 0).any(dim=0).double().mean()) == pytest.approx(0.3, abs=0.07)


@pytest.mark.parametrize(
    ("argument", "value"), [("depths", (1,)), ("filled", 0.0), ("filled", math.nan), ("networks", 1), ("width", 0)]
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found .*, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
