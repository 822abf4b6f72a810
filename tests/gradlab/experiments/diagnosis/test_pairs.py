"""Pairs of a fault and its mending: the fault is named in the first step, the mended training learns more."""

import pytest

from gradlab.experiments.diagnosis import pairs
from gradlab.experiments.diagnosis.pairs import PAIRS, Config, Result
from gradlab.probing.report import report


@pytest.fixture(scope="module")
def result() -> Result:
    return pairs.run(Config(steps=100))


@pytest.mark.parametrize("name", PAIRS)
def test_a_fault_is_named_and_its_mending_is_not_blamed(name: str, result: Result) -> None:
    faulty, mended = result.faulty[name], result.mended[name]
    assert report([faulty.step], "en").findings[0].cause == PAIRS[name].cause
    assert not any(finding.severity == "hinders" for finding in report([mended.step], "en").findings)


def test_the_mended_regressions_learn_and_the_faulty_do_not(result: Result) -> None:
    for name in ("wrong_shapes", "targets_out_of_range", "targets_not_scaled"):
        assert (result.faulty[name].score or 0.0) < 0.9 < (result.mended[name].score or 0.0)


def test_a_family_has_its_own_pairs_alone(result: Result) -> None:
    assert set(result.of("inputs").faulty) == {"scale", "alike", "one_target"}
    assert set(result.of("inputs").mended) | set(result.of("outputs").mended) == set(PAIRS)
