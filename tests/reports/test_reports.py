"""The probe on public reports: causes are named, what resolved them is not called ill, nor are sound trainings.

Of all of them a few run in every suite, one of each kind; the whole bank is slow.
"""

import pytest
import torch

from gradlab.probing import ProbeError, causes
from tests.reports.asking import Told, named, told
from tests.reports.bank import REPORTS, SOUND
from tests.reports.case import Case

# Torch warns of some of what was reported, and was not heard.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
CASES = {case.name: case for case in (*REPORTS, *SOUND)}
# One of each kind, and those of which something false was said once.
SAMPLE = (
    "scheduler_in_place_of_the_optimizer",
    "direction_by_the_sign",
    "linear_layers_of_zeros",
    "loss_made_to_require_a_gradient",
    "log_softmax_over_the_batch",
    "depth_of_another_shape",
    "target_of_q_learning_without_a_dimension",
    "survival_with_raw_features",
    "angle_between_two_views",
    "gradient_penalty_of_a_zero_gradient",
    "captcha_that_is_too_narrow",
    "weight_decay_of_a_half",
)
UNTOLD = {"exponential_of_the_cross_entropy"}
"""Reports whose cause no trace tells: here the update did make the weights so, as a rate that is too high does."""
ONLY_GIVEN = {"weight_decay_of_a_half"}
"""Reports whose cause is told only if the probe is given the optimizer."""
NOT_ILL = {"inconclusive"}
"""Verdicts that say nothing of a network: the step does not tell."""
FAILED = "A hook of the probe failed"


def answer(case: Case, faulty: bool, optimizer: bool) -> Told:
    torch.manual_seed(0)
    try:
        found = told(case.made(faulty), optimizer)
    except ProbeError as error:
        return Told(frozenset(), frozenset(), str(error))
    assert FAILED not in found.text
    return found


def ill(case: Case, optimizer: bool) -> frozenset[str]:
    return answer(case, False, optimizer).hindering - NOT_ILL


def test_every_report_says_what_it_wants_and_where_it_can_be_read() -> None:
    assert len(CASES) == len(REPORTS) + len(SOUND)
    assert len(REPORTS) >= 30
    assert len(SOUND) >= 30
    for case in REPORTS:
        assert case.seen
        assert case.resolution
        assert case.causes or case.says
        assert case.address.startswith("https://")
    assert len({case.address for case in REPORTS}) == len(REPORTS)
    assert {name for case in REPORTS for name in case.causes} <= {*causes.SENTENCES, "dead"}
    assert {*SAMPLE, *UNTOLD, *ONLY_GIVEN} <= {case.name for case in REPORTS}


@pytest.mark.parametrize("name", SAMPLE)
def test_a_report_is_told_by_its_cause_and_its_resolution_is_sound(name: str) -> None:
    assert named(CASES[name], answer(CASES[name], True, optimizer=True))
    assert not ill(CASES[name], optimizer=True)


@pytest.mark.slow  # 6 s
@pytest.mark.parametrize("optimizer", [True, False], ids=["optimizer", "alone"])
def test_nearly_all_reports_are_told_by_their_causes(optimizer: bool) -> None:
    missed = {case.name for case in REPORTS if not named(case, answer(case, True, optimizer))}
    assert missed == (UNTOLD if optimizer else UNTOLD | ONLY_GIVEN)


@pytest.mark.slow  # 15 s
@pytest.mark.parametrize("optimizer", [True, False], ids=["optimizer", "alone"])
def test_no_sound_training_is_called_ill(optimizer: bool) -> None:
    called = {case.name: ill(case, optimizer) for case in CASES.values()}
    assert not {name: found for name, found in called.items() if found}
