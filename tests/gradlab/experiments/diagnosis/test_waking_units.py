"""Silent units that wake, and dead layers that do not."""

import math

import pytest

from gradlab.experiments.diagnosis import waking_units
from gradlab.experiments.diagnosis.waking_units import Case, CaseResult, Config, Outcome


def test_silent_units_wake_and_killed_ones_do_not() -> None:
    cases = (
        Case("deep", 20, "descent", 0.1, steps=60),
        Case("killed", 5, "adam", 0.003, killed_with=1.0, steps=60),
    )
    deep, killed = waking_units.run(Config(cases=cases, seeds=1, killing_steps=60)).cases
    assert deep.case is cases[0]
    assert deep.woken_share > 0.5
    assert deep.outcomes[0].dead == 0
    assert killed.woken_share == 0
    assert killed.outcomes[0].dead > 0
    assert killed.outcomes[0].dead_woken == 0


def test_a_rate_of_almost_nothing_wakes_no_unit() -> None:
    (still,) = waking_units.run(Config(cases=(Case("still", 20, "descent", 1e-9, steps=3),), seeds=1)).cases
    assert still.outcomes[0].silent > 0
    assert still.woken_share == 0


def test_without_silent_units_there_is_no_share() -> None:
    assert math.isnan(CaseResult(Case("awake", 1, "descent", 0.1), (Outcome(0, 0, 0, 0),)).woken_share)


def test_wrong_settings_are_refused() -> None:
    for wrong in ({"depth": 0}, {"optimizer": "sgd"}, {"learning_rate": 0.0}, {"killed_with": -1.0}, {"steps": 0}):
        settings = {"name": "one", "depth": 5, "optimizer": "descent", "learning_rate": 0.1, **wrong}
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Case(**settings)  # type: ignore[arg-type]
    for wrong_config in ({"seeds": 0}, {"points": 2}, {"cases": waking_units.CASES[:1] * 2}):
        with pytest.raises(ValueError, match=next(iter(wrong_config))):
            Config(**wrong_config)
