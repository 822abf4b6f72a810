"""The first loss with a tied table."""

import math

import pytest

from gradlab.experiments.transformers import first_loss
from gradlab.experiments.transformers.first_loss import Config


def test_a_large_table_says_the_word_it_has_just_read() -> None:
    result = first_loss.run(Config(widths=(256,), seeds=3))
    large, small = result.points
    assert (large.scale, small.scale) == (1.0, 0.02)
    assert large.loss == pytest.approx(large.predicted_loss, abs=5 * large.loss_standard_error)
    assert large.loss_standard_error < 0.1 * large.loss
    assert result.guessing == math.log(64)
    assert small.loss == pytest.approx(result.guessing, rel=0.05)


def test_a_scale_of_0_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^scales: found 0.0, allowed: "):
        Config(scales=(0.0,))
