"""Treated networks beside sound ones: pairs settle which is worse, with chances that are known."""

import math
import random

import pytest

from gradlab.experiments.diagnosis import _paired, cures
from gradlab.experiments.diagnosis._paired import Ended, Pairs, compared, told_worse
from gradlab.experiments.diagnosis.cures import Config
from gradlab.probing.bank import HE, Member

MOST = Config().pairs
ILL = Member("", "", depth=6, width=8, batch=16, sigma_w=3 * HE)


def at(treated: float, twin: float) -> Pairs:
    return compared(lambda _: Ended(treated, 1.0), lambda _: Ended(twin, 1.0), MOST)


def test_two_pairs_that_are_won_settle_it_and_so_do_fourteen_that_are_lost() -> None:
    won = at(1.0, 1.0)
    assert (len(won.treated), won.worse, won.as_well) == (2, 0, True)
    lost = at(1.0, 0.9)
    assert (len(lost.treated), lost.worse, lost.as_well) == (14, 14, False)
    assert not at(math.inf, math.inf).as_well
    assert not at(math.nan, 1.0).as_well


def test_a_loss_below_a_ten_thousandth_of_the_first_is_as_good_as_another_and_no_higher_one_is() -> None:
    assert at(0.9e-4, 1e-9).worse == 0
    assert at(1.1e-4, 1e-9).worse == 14
    from_afar = compared(lambda _: Ended(0.5, 1e9), lambda _: Ended(1e-9, 1.0), MOST)
    assert from_afar.worse == 14, "one that began far above its twin has not come down"
    assert compared(lambda _: Ended(0.5, 1.0), lambda _: Ended(0.4, math.nan), MOST).worse == 14


def test_what_is_not_settled_is_not_said_to_train_as_well() -> None:
    in_turns = compared(lambda number: Ended(float(number % 3 > 0), 1.0), lambda _: Ended(0.5, 1.0), MOST)
    assert (len(in_turns.treated), in_turns.as_well) == (MOST, False)
    assert not Pairs().as_well


def test_networks_that_are_alike_are_told_apart_once_in_a_thousand_times_and_worse_ones_are_found() -> None:
    assert told_worse(0.5, MOST) == pytest.approx(1 / 905, rel=0.01)
    assert told_worse(0.8, MOST) == pytest.approx(0.85, abs=0.005)
    assert told_worse(0.9, MOST) == pytest.approx(0.98, abs=0.005)
    chances = [told_worse(share / 20, MOST) for share in range(21)]
    assert chances == sorted(chances)
    assert chances[-1] == pytest.approx(1)


def test_the_chances_are_those_of_the_comparison() -> None:
    drawn = random.Random(0)  # noqa: S311
    passed = sum(
        compared(lambda _: Ended(drawn.random(), 1.0), lambda _: Ended(0.3, 1.0), MOST).as_well for _ in range(2000)
    )
    assert 1 - passed / 2000 == pytest.approx(told_worse(0.7, MOST), abs=0.04)


def test_the_worse_are_found_more_often_and_the_alike_told_apart_less_often_than_by_one_draw_against_twenty() -> None:
    """One draw, no higher than the highest of 20 twins: the rule that a reader would think of first."""
    drawn = random.Random(0)  # noqa: S311

    def missed(behind: float) -> float:
        highest = (max(drawn.gauss(0, 1) for _ in range(20)) for _ in range(2000))
        return sum(drawn.gauss(behind, 1) <= one for one in highest) / 2000

    def share(behind: float) -> float:
        """The share of pairs in which a loss that lies so many standard deviations higher is the higher one."""
        return (1 + math.erf(behind / 2)) / 2

    for behind in (0.6, 1.2, 1.8, 2.4):
        assert told_worse(share(behind), MOST) > 1 - missed(behind) + 0.02
    assert told_worse(share(0), MOST) < (1 - missed(0)) / 10


def test_an_ill_network_without_a_remedy_does_not_train_as_well() -> None:
    untreated = cures.compared(ILL, (), Config(steps=2))
    assert not untreated.as_well
    assert untreated.worse == _paired.WORSE


def test_a_sound_network_trains_as_well_as_its_like() -> None:
    sound = cures.twin(ILL)
    assert sound.sigma_w == HE
    assert cures.compared(sound, (), Config(steps=2)).as_well
