"""Attention before training: how many positions it looks at, and how fast it makes them alike."""

import math

import pytest
import torch

from gradlab.experiments.transformers import attention_start
from gradlab.experiments.transformers.attention_start import Config


def test_a_head_looks_at_nearly_all_positions() -> None:
    result = attention_start.run(Config(seeds=3, layers=1))
    # The first correction in 1/n is as large as the variance of the scores allows.
    assert result.seen == pytest.approx(result.predicted_seen, rel=0.03)
    assert result.seen < 32


def test_every_layer_of_attention_alone_cubes_what_is_left() -> None:
    result = attention_start.run(Config(seeds=3))
    logarithms = [math.log(left) for left in result.alone]
    assert len(logarithms) >= 4
    assert 2 < logarithms[3] / logarithms[2] < 5
    # With skip connections most is left behind the same layers.
    assert len(result.skipped) == 7
    assert result.skipped[-1] > 0.5


def test_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(1)
    expected = torch.rand(())
    torch.manual_seed(1)
    attention_start.run(Config(width=16, positions=4, layers=1, seeds=2))
    assert torch.rand(()) == expected


def test_a_single_position_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^positions: found 1, allowed: "):
        Config(positions=1)
