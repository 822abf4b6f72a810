"""The rulers of 16 bits: PyTorch's numbers are where theory has them."""

import pytest

from gradlab.experiments.training import number_spacing
from gradlab.experiments.training.number_spacing import Config


def test_every_step_and_every_end_is_predicted() -> None:
    half, brain = number_spacing.run().rulers
    for ruler in (half, brain):
        assert ruler.steps == ruler.predicted_steps
        assert ruler.smallest == ruler.predicted_smallest
        assert ruler.smallest_normal == ruler.predicted_smallest_normal
        assert ruler.largest == ruler.predicted_largest
    # float16 has neither 2^-25 nor 2^16, bfloat16 has both.
    assert (half.values[0], half.values[-1]) == (2.0**-24, 2.0**15)
    assert (brain.values[0], brain.values[-1]) == (2.0**-30, 2.0**19)
    assert half.steps[half.values.index(2048.0)] == 2


@pytest.mark.parametrize(("argument", "value"), [("formats", ("float32",)), ("exponents", (-151,)), ("formats", ())])
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found .*, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
