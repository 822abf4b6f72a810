"""The record of the outside bank's treatments is of today's bank; what counts as cured."""

import math
from dataclasses import replace

from figures_src.exhibits.cures import _outside
from figures_src.exhibits.cures._treated import Config, Kept
from figures_src.exhibits.cures.cured import REMEDIES
from gradlab.experiments.diagnosis._paired import Ended, Pairs
from tests.cured.others import Outcome, kept
from tests.cured.outside import PLANTED

ILL = Kept("ill", "timm", "vanishing", True, ("normalization",), (), True, 0.5, 0.6, pairs=3, worse=1)


def test_the_record_is_of_this_bank() -> None:
    _, outside = _outside.read()
    tried = [entry.name for entry in PLANTED if entry.name not in outside.untried]
    assert [case.name for case in outside.cases] == tried, "run `make record-cures-outside`"
    assert set(outside.untried) <= {entry.name for entry in PLANTED}
    assert {kind for case in outside.cases for kind in case.remedies} <= set(REMEDIES)


def test_what_is_no_worse_than_its_twin_is_cured_and_nothing_else() -> None:
    assert replace(ILL, worse=0).cured
    assert not replace(ILL, pairs=14, worse=14).cured
    assert not ILL.cured
    assert not replace(ILL, worse=0, sound=False).cured
    for without in (replace(ILL, left=("wrong loss",)), replace(ILL, remedies=()), replace(ILL, ill=False)):
        assert not without.has_remedy


def test_what_waits_for_its_first_update_is_not_ill() -> None:
    waits = replace(ILL, verdict="inconclusive", remedies=())
    outside = _outside.Outside(Config(), {}, (ILL, waits, replace(ILL, ill=False)), ())
    assert (outside.ill, outside.waiting, outside.with_remedy) == ((ILL,), (waits,), (ILL,))


def test_the_record_keeps_what_was_told() -> None:
    treated, twins = (tuple(Ended(last, 1.0) for last in losses) for losses in ((0.7, 0.4, 0.5), (0.6, 0.7, 0.6)))
    told = Outcome("ill", "vanishing", True, ("normalization",), sound=True, pairs=Pairs(treated, twins))
    assert kept("timm", told) == ILL
    left = kept("own", Outcome("left", "cut off"))
    assert (left.loss, left.twin, left.pairs, left.has_remedy) == (None, None, 0, False)
    diverged = replace(told, pairs=Pairs((Ended(math.inf, 1.0),) * 14, (Ended(0.5, 1.0),) * 14))
    assert (kept("timm", diverged).loss, kept("timm", diverged).worse) == (None, 14)
