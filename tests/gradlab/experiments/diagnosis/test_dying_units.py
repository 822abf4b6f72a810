"""Units that die of a large step."""

import pytest

from gradlab.experiments.diagnosis import dying_units
from gradlab.experiments.diagnosis.dying_units import Config


def test_a_large_rate_kills_and_a_small_one_does_not() -> None:
    result = dying_units.run(Config(seeds=1, steps=40))
    assert result.large[0].verdicts[0] == "healthy"
    assert result.large[0].verdicts[-1] == result.afterwards[0].verdicts[-1] == "dead"
    assert result.afterwards[0].silent >= 0.9
    assert result.small[0].loss < result.large[0].loss
    assert "dead" not in result.small[0].verdicts
    assert [step.number for step in result.steps] == [0, 4, 8, 12, 16]
    assert [step.number for step in result.mended_steps] == [0, 10, 20, 30, 40]
    assert all(parameter.update_ratio is not None for parameter in result.mended_steps[-1].parameters)


def test_wrong_settings_are_refused() -> None:
    for wrong in ({"large": 0.0}, {"every": 0}, {"points": 2}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Config(**wrong)
