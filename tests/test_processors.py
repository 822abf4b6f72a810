"""Other kinds of processor: what readers see there is compared, and no check of a training hangs on a rounding."""

import pytest

from figures_src.cache import processor
from gradlab.experiments.training import spirals
from tests import processors
from tests.processors import Kind, compared, differing, failing, kinds, short


def test_every_exhibit_that_trains_for_a_moment_is_found_by_what_it_imports() -> None:
    found = set(short())
    assert {"symptom_unmoved", "mended", "waking_units"} <= found
    assert found.isdisjoint({"sigmoid", "remedies", "training", "clipped_training"})


def test_other_kinds_are_older_ones_or_have_more_threads_or_other_products() -> None:
    found = kinds()
    assert [kind.threads for kind in found if kind.threads != 1] == [4]
    products = [kind.variables["MKL_CBWR"] for kind in found if "MKL_CBWR" in kind.variables]
    assert products == ["COMPATIBLE", "AVX", "AVX2"]
    assert [kind.data_seed for kind in found if kind.data_seed] == [1, 2, 3]
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


def test_of_other_data_checks_alone_are_counted() -> None:
    here = {"one": {"number a": "1", "check c": "1 < 2 holds", "check d": "1 < 2 holds"}}
    there = {"one": {"number a": "3", "check c": "3 < 2 does not hold", "check d": "0 < 2 holds"}}
    assert list(compared(here, Kind("data", {}, data_seed=1), there)) == [
        "data: 1 of 2 checks hold",
        "  one: check c: 3 < 2 does not hold",
    ]


def test_experiments_that_have_data_with_noise_draw_it_from_the_seed() -> None:
    try:
        assert spirals.__name__ in processors.of_other_data(2)
        assert (spirals.Config().data_seed, spirals.Config(data_seed=1).data_seed) == (2, 1)
        assert spirals.Config().points == spirals.Config.points
    finally:
        processors.of_other_data(0)
    assert spirals.Config().data_seed == 0


@pytest.mark.every_combination
@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_no_check_of_a_short_training_hangs_on_a_rounding(kind: Kind) -> None:
    assert failing(processors.made(short(), kind)) == []
