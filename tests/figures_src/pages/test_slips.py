"""Slips planted by rule into the real pages: nearly all that change what is published are told, most in one line."""

import pytest

from figures_src.cache.catalog import Catalog
from tests.figures_src.pages import slips


@pytest.mark.slow  # 7 s
def test_planted_slips_are_told(made: Catalog) -> None:
    found = list(slips.outcomes(1, made))
    missed = [outcome.slip.kind for outcome in found if not outcome.told]
    assert len(found) > 40
    assert missed == []
