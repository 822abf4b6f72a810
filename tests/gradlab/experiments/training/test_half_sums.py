"""Sums in 16 bits: they stand still where theory says, and float32 keeps what they lose."""

import pytest

from gradlab.experiments.training import half_sums
from gradlab.experiments.training.half_sums import Config


def test_ones_are_counted_up_to_the_standstill() -> None:
    half, brain = half_sums.run(Config(terms=2200, updates=10, harmonic=10)).sums
    for sums in (half, brain):
        end = int(sums.predicted_standstill)
        assert sums.counted[:end] == tuple(map(float, range(1, end + 1)))
        assert set(sums.counted[end:]) == {end}


def test_a_weight_moves_only_by_more_than_half_a_step() -> None:
    half, brain = half_sums.run(Config(terms=1, updates=100, step=6e-4, harmonic=10)).sums
    # 6e-4 is above 2^-11 and below 2^-8.
    assert half.weight > 1.05
    assert brain.weight == 1
    assert half.master_weight == pytest.approx(1.06, abs=5e-4)
    assert half.smallest_step == 2**-11


def test_small_terms_first_lose_less() -> None:
    result = half_sums.run(Config(terms=1, updates=1))
    half = result.sums[0]
    assert result.exact_weight == 1.0001
    assert abs(half.small_first - result.exact_harmonic) < abs(half.large_first - result.exact_harmonic) / 10


@pytest.mark.parametrize(("argument", "value"), [("terms", 0), ("updates", 0), ("step", 0.0), ("harmonic", 0)])
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found .*, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
