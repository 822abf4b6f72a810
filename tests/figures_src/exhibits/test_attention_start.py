"""Attention at the start: a reader who cubes the number that the page shows has the exercise's answer."""

import pytest

from figures_src.exhibits.transformers import attention_start
from gradlab.experiments.transformers.attention_start import Result


@pytest.mark.parametrize(("third", "shown", "cubed"), [(1.63141e-7, "1.6", 4.096e-21), (9.96e-8, "1.0", 1e-21)])
def test_the_cube_of_what_is_shown_is_the_answer(third: float, shown: str, cubed: float) -> None:
    config = attention_start.CONFIG
    result = Result(config, 28.5, 0.1, 28.2, (1.0, 0.8, 0.02, third), (1.0,) * (config.layers + 1))
    numbers = attention_start.numbers(result)
    assert str(numbers["third"]).startswith(f"{shown}\N{NO-BREAK SPACE}×")
    assert numbers["fourth"].value == pytest.approx(cubed)
