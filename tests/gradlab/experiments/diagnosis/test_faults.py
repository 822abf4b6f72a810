"""Every fault is named from its trace, the mended program is blamed for nothing, and learns where the other fails."""

import math

import pytest

from gradlab.experiments.diagnosis import faults
from gradlab.experiments.diagnosis.faults import FAULTS, Config, Result


@pytest.fixture(scope="module")
def result() -> Result:
    return faults.run(Config(width=24, batch=48, steps=60, seeds=1))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_and_mended(name: str, result: Result) -> None:
    fault = result.of(name)
    (faulty,), (mended,) = fault.faulty, fault.mended
    assert faulty.causes[0] == FAULTS[name][2]
    assert mended.causes == ()
    assert mended.final_loss < mended.first_loss
    assert math.isnan(faulty.final_loss) or faulty.largest_loss > mended.largest_loss
    assert fault.family == FAULTS[name][0]


def test_too_few_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="recorded"):
        Config(recorded=3)
    with pytest.raises(ValueError, match="steps"):
        Config(recorded=5, steps=4)
