"""Pace: the probe names the rates that are wrong, and nothing at the one that fits."""

import pytest

from gradlab.experiments.diagnosis import pace
from gradlab.experiments.diagnosis.pace import Config, Result
from gradlab.probing.causes.course import LONG
from gradlab.probing.report import report
from gradlab.probing.step import Step


@pytest.fixture(scope="module")
def result() -> Result:
    return pace.run(Config(steps=LONG + 20))


def causes(steps: tuple[Step, ...]) -> list[str]:
    return [finding.cause for finding in report(steps, "en").findings if finding.cause]


def test_each_pace_is_named(result: Result) -> None:
    assert causes(result.too_low) == ["rate too low"]
    assert causes(result.too_high) == ["rate too high"]
    assert causes(result.short) == ["too few steps"]
    assert causes(result.right) == []


def test_a_course_that_is_too_short_to_be_told_is_refused() -> None:
    with pytest.raises(ValueError, match="short"):
        Config(short=5)
    with pytest.raises(ValueError, match="steps"):
        Config(steps=100)
