"""The least number of cured networks: no fewer than the sentence of the check says."""

import pytest

from figures_src.exhibits.cures.cured import ENOUGH, exceeded


@pytest.mark.parametrize("count", [1, 27, 56, 100, 200])
def test_one_more_than_what_is_exceeded_is_the_fewest_that_is_enough(count: int) -> None:
    limit = exceeded(count).value
    assert limit / count < ENOUGH <= (limit + 1) / count
