"""The record of the whole bank's treatments is of today's bank."""

from figures_src.exhibits.cures import _whole
from gradlab.experiments.diagnosis import cures
from gradlab.probing.bank import MEMBERS


def test_the_record_is_of_this_bank() -> None:
    _, whole = _whole.read()
    today = [member.name for member in cures.ill(whole.config.treated)]
    assert [case.name for case in whole.cases] == today, "run `make record-cures`"


def test_only_what_is_cut_off_has_no_remedy() -> None:
    _, whole = _whole.read()
    truths = {member.name: member.truth for member in MEMBERS}
    without = {case.name for case in whole.cases} - {case.name for case in whole.with_remedy}
    assert without == {name for name, truth in truths.items() if truth == "cut off"}
