"""The bank as an experiment."""

import pytest

from gradlab.experiments.diagnosis import truth_bank
from gradlab.experiments.diagnosis.truth_bank import Config, Entry
from gradlab.probing.bank import random_members


def test_fresh_members_are_those_of_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truth_bank, "MEMBERS", ())
    result = truth_bank.run(Config(fresh=3, seed=5))
    assert result.bank == ()
    assert [entry.truth for entry in result.fresh] == [member.truth for member in random_members(3, 5)]
    assert all(entry.right for entry in result.fresh)


def test_an_entry_is_right_where_both_agree() -> None:
    assert Entry("x", "dead", "dead").right
    assert not Entry("x", "dead", "healthy").right


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="fresh"):
        Config(fresh=0)
    with pytest.raises(ValueError, match="seed"):
        Config(seed=-1)
