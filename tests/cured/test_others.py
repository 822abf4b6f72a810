"""Other banks: what is cured of them, what is left to the person, and what counts."""

from dataclasses import replace

import pytest

from figures_src.exhibits.cures import _others
from figures_src.exhibits.cures.cured import REMEDIES
from gradlab.experiments.diagnosis._paired import Ended, Pairs
from tests.cured import others
from tests.cured.others import Outcome
from tests.cured.reports import REPORTS
from tests.published.bank import PROGRAMS

WON = Pairs((Ended(0.5, 1.0),) * 2, (Ended(0.6, 1.0),) * 2)
ILL = Outcome("ill", "vanishing", True, ("normalization",), sound=True, pairs=WON)


def test_a_cured_network_is_sound_and_trains_as_well_as_its_twin() -> None:
    assert ILL.cured
    assert not replace(ILL, pairs=Pairs((Ended(0.7, 1.0),) * 14, (Ended(0.6, 1.0),) * 14)).cured
    assert not replace(ILL, sound=False).cured
    assert not replace(ILL, left=("wrong loss",)).has_remedy


@pytest.mark.parametrize(
    ("bank", "name", "kinds", "left"),
    [
        ("programs", "39525358", ("standardization", "rate"), ()),
        ("programs", "46642627", ("standardization",), ("logits as probabilities",)),
        ("reports", "focal_loss", ("operands",), ()),
        ("networks", "MLP, 8 hidden layers, ReLU, he: sigmoid for the activation", ("activation",), ()),
    ],
)
def test_some_are_treated(bank: str, name: str, kinds: tuple[str, ...], left: tuple[str, ...]) -> None:
    (found,) = others.outcomes(bank, (name,))
    assert (found.kinds, found.left, found.cured) == (kinds, left, not left)
    assert bool(found.pairs.treated) is not bool(left)


def test_the_page_counts_what_has_a_remedy() -> None:
    left = Outcome("left", "misconfigured", True, ("rate",), ("wrong loss",))
    lines = list(others.page([ILL, left, Outcome("healthy", "healthy")]))
    assert lines[-1] == "3 treated, 1 with a remedy, 1 cured"
    assert [line.split()[0] for line in lines[1:-1]] == ["ill", "left"]


def test_the_record_is_of_these_banks_and_of_remedies_that_the_page_names() -> None:
    _, kept = _others.read()
    assert [case.name for case in kept.of("programs")] == [one.name for one in PROGRAMS if one.faulty]
    assert [case.name for case in kept.of("reports")] == [one.__name__ for one in REPORTS], "run `make record-cures`"
    assert {kind for case in kept.cases for kind in case.remedies} <= set(REMEDIES)
