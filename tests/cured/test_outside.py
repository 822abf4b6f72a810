"""The record of the outside bank's treatments is of today's bank; what counts as cured."""

from dataclasses import replace

from figures_src.exhibits.cures import _outside
from figures_src.exhibits.cures._treated import Config, Kept
from figures_src.exhibits.cures.cured import REMEDIES
from tests.cured.others import Outcome, kept
from tests.cured.outside import PLANTED

ILL = Kept("ill", "timm", "vanishing", True, ("normalization",), (), True, 0.5, 0.6)


def test_the_record_is_of_this_bank() -> None:
    _, outside = _outside.read()
    tried = [entry.name for entry in PLANTED if entry.name not in outside.untried]
    assert [case.name for case in outside.cases] == tried, "run `make record-cures-outside`"
    assert set(outside.untried) <= {entry.name for entry in PLANTED}
    assert {kind for case in outside.cases for kind in case.remedies} <= set(REMEDIES)


def test_what_is_no_worse_than_its_twin_is_cured_and_nothing_else() -> None:
    assert ILL.cured
    assert not replace(ILL, loss=0.7).cured
    assert not replace(ILL, loss=None).cured
    assert not replace(ILL, sound=False).cured
    for without in (replace(ILL, left=("wrong loss",)), replace(ILL, remedies=()), replace(ILL, ill=False)):
        assert not without.has_remedy


def test_what_waits_for_its_first_update_is_not_ill() -> None:
    waits = replace(ILL, verdict="inconclusive", remedies=())
    outside = _outside.Outside(Config(), {}, (ILL, waits, replace(ILL, ill=False)), ())
    assert (outside.ill, outside.waiting, outside.with_remedy) == ((ILL,), (waits,), (ILL,))


def test_the_record_keeps_what_was_told() -> None:
    told = Outcome("ill", "vanishing", True, ("normalization",), sound=True, own=0.5, twins=(0.4, 0.6))
    assert kept("timm", told) == ILL
    left = kept("own", Outcome("left", "cut off"))
    assert (left.loss, left.twin, left.has_remedy) == (None, None, False)
