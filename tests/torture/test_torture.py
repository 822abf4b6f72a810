"""A small part of `make torture`."""

from collections.abc import Iterator
from itertools import islice

import pytest

from tests.torture import kinds
from tests.torture.kinds import Outcome
from tests.torture.patient import Patient, prepared

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Patient:
    return prepared(tmp_path_factory.mktemp("torture"))


@pytest.mark.parametrize("kind", ["makers-killed", "clock-ahead"])
def test_what_is_disturbed_mends_itself(patient: Patient, kind: str) -> None:
    outcomes: Iterator[Outcome] = islice(kinds.KINDS[kind](patient, kinds.SEED), 1 if kind == "makers-killed" else None)
    wrong = [outcome.wrong for outcome in outcomes]
    assert wrong
    assert not any(wrong), wrong
