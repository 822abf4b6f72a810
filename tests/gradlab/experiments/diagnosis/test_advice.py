"""The probe's advice followed."""

import pytest

from gradlab.experiments.diagnosis import advice
from gradlab.experiments.diagnosis.advice import Config
from gradlab.probing.advice import _BY_CAUSE


def test_every_cause_is_found_and_every_remedy_heals() -> None:
    result = advice.run(Config(seeds=1))
    assert {row.cause for row in result.rows} == set(_BY_CAUSE) - {"inconclusive", "learned", "scaler"}
    for row in result.rows:
        assert (row.found, row.healthy) == (1, 1), row.cause
        if row.ratio_before is not None and row.ratio_after is not None:
            further = (
                row.ratio_before > 10
                if row.cause.startswith(("exploding", "narrow", "stream"))
                else row.ratio_before < 0.1
            )
            assert further
            assert 0.1 < row.ratio_after < 10


def test_too_few_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match="seeds"):
        Config(seeds=0)
