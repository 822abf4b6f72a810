"""Other kinds of processor: what readers see there is compared, and no check of a training hangs on a rounding."""

import pytest

from figures_src.cache import processor
from tests import processors
from tests.processors import Kind, compared, differing, failing, kinds, short


def test_every_exhibit_that_trains_for_a_moment_is_found_by_what_it_imports() -> None:
    found = set(short())
    assert {"symptom_unmoved", "mended", "waking_units"} <= found
    assert found.isdisjoint({"sigmoid", "remedies", "training", "clipped_training"})


def test_other_kinds_are_older_ones_or_have_more_threads_or_other_products() -> None:
    found = kinds()
    assert [kind.threads for kind in found if kind.threads != 1] == [4]
    assert [kind.variables["MKL_CBWR"] for kind in found[-3:]] == ["COMPATIBLE", "AVX", "AVX2"]
    assert processor.capability() not in {kind.name for kind in found}


def test_what_differs_and_what_does_not_hold_is_counted_and_named() -> None:
    here = {"one": {"number a": "1", "number b": "2", "check c": "1 < 2 holds"}, "other": {}}
    there = {"one": {"number a": "1", "number b": "3", "check c": "3 < 2 does not hold"}}
    assert differing(here, there) == ["one: check c: 1 < 2 holds / 3 < 2 does not hold", "one: number b: 2 / 3"]
    assert failing(there) == ["one: check c: 3 < 2 does not hold"]
    assert list(compared(here, Kind("OTHER", {}), there)) == [
        "OTHER: 0 of 1 checks hold,",
        "  1 of 3 texts are the same to the last digit",
        "  one: check c: 3 < 2 does not hold",
        "  one: check c: 1 < 2 holds / 3 < 2 does not hold",
        "  one: number b: 2 / 3",
    ]


@pytest.mark.every_combination
@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_no_check_of_a_short_training_hangs_on_a_rounding(kind: Kind) -> None:
    assert failing(processors.made(short(), kind)) == []
