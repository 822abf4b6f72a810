"""Noise behind batch normalization: the inputs of layers are unstable, and the network learns all the same."""

import math

import pytest
import torch

from gradlab.experiments.training import noisy_normalization
from gradlab.experiments.training.noisy_normalization import Config

SMALL = Config(width=12, depth=2, steps=15, seeds=2)


def test_noise_moves_the_means_and_the_loss_still_falls() -> None:
    result = noisy_normalization.run(SMALL)
    drifts = {one.kind: max(one.drifts) for one in result.trainings}
    assert drifts["noisy"] > 5 * max(drifts["plain"], drifts["normalized"])
    for one in result.trainings:
        assert [len(losses) for losses in one.losses] == [SMALL.steps + 1] * SMALL.seeds
        assert len(one.final_losses) == len(one.drifts) == SMALL.seeds
    losses = {one.kind: one.median_losses for one in result.trainings}
    assert losses["normalized"][-1] < losses["normalized"][0]
    assert losses["noisy"][-1] < losses["noisy"][0]


def test_without_noise_the_noisy_kind_is_the_normalized_one() -> None:
    still = noisy_normalization.run(Config(**{**vars(SMALL), "shift": 0.0, "spread": 1.0}))
    normalized, noisy = still.trainings[1:]
    assert noisy.median_losses == pytest.approx(normalized.median_losses)


def test_the_noise_lies_within_its_bounds() -> None:
    network = noisy_normalization._Network(Config(width=500, shift=0.5, spread=2.0), "noisy", 0)
    generator = torch.Generator().manual_seed(1)
    shifted = network._noisy(torch.zeros(1, 500, dtype=torch.float64), generator)
    assert -0.5 <= shifted.min() < -0.45
    assert 0.45 < shifted.max() <= 0.5
    spread = network._noisy(torch.full((1, 500), 100.0, dtype=torch.float64), generator)
    assert 99.5 <= spread.min() < 110
    assert 190 < spread.max() <= 200.5


@pytest.mark.parametrize(
    ("argument", "value"),
    [("kinds", ("layer",)), ("points", 5), ("shift", -1.0), ("spread", 0.5), ("spread", math.nan)],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found .*, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
