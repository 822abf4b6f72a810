"""All banks counted together: what counts as treated, as cured, and as left to the person."""

from dataclasses import replace

from figures_src.exhibits.cures import every_bank
from figures_src.exhibits.cures._others import Others
from figures_src.exhibits.cures._outside import Outside
from figures_src.exhibits.cures._treated import Config, Kept
from figures_src.exhibits.cures._whole import Kept as OfBank
from figures_src.exhibits.cures._whole import Whole
from figures_src.exhibits.cures.every_bank import Result

CURED = Kept("cured", "programs", "vanishing", True, ("normalization", "rate"), (), True, 0.5, 0.6, pairs=2, worse=0)
WORSE = replace(CURED, name="worse", pairs=14, worse=14)
LEFT = replace(CURED, name="left", left=("wrong loss",))
BY_RATE = replace(LEFT, name="by its rate alone", remedies=("rate",))
SOUND = replace(CURED, name="sound", ill=False, remedies=())
RESULT = Result(
    Whole(Config(), (OfBank("one", "dead", ("biases",), True, 2, 0), OfBank("cut", "cut off", (), False, 0, 0))),
    Outside(Config(), {}, (replace(CURED, made_by="own"), replace(SOUND, verdict="healthy")), ("untried",)),
    Others(Config(), (CURED, WORSE, LEFT, BY_RATE, SOUND, replace(CURED, made_by="reports"))),
)


def test_banks_add_up() -> None:
    table = every_bank.table(RESULT, lambda text: text.en)
    assert [row[1:] for row in table.rows] == [
        (2, 1, 1, 0),
        (1, 1, 1, 0),
        (4, 2, 1, 1),
        (1, 1, 1, 0),
        (8, 5, 4, 1),
    ]
    offered = {name: str(number) for name, number in every_bank.numbers(RESULT).items()}
    assert (offered["cured"], offered["treatable"], offered["partly"]) == ("4", "5", "1")
    assert (offered["share"], offered["share_with_partly"]) == ("80.0%", "66.7%")


def test_four_of_five_are_too_few() -> None:
    assert not every_bank.checks(RESULT)["cured"].holds


def test_the_records_hold() -> None:
    result = every_bank.compute()
    assert every_bank.checks(result)["cured"].holds
    assert {case.made_by for case in result.others.cases} == {"programs", "reports"}


def test_the_page_names_every_network_that_is_not_cured() -> None:
    result = every_bank.compute()
    cases = (*result.outside.cases, *result.others.cases)
    assert [case.name for case in cases if case.ill and not case.waits and case.has_remedy and not case.cured] == [
        "34311586",
    ]
    assert all(case.cured for case in result.whole.with_remedy)
