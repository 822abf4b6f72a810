"""Offers of an exhibit, as tests of the cache write and read it."""

from figures_src.model.exhibit import Answer, Check, Number, Offered, Question
from figures_src.model.language import Text

NAME = Text(zh="名", en="name")
CHECK = Check(
    sentence=NAME,
    measured=Number(1.04, ".2f"),
    relation="≈",
    predicted=Number(1, "d"),
    because=NAME,
    source="a formula",
    tolerance=0.05,
)
QUESTION = Question(
    answers=(
        Answer(Number(2.0, ".1f"), (Number(2, "d"), Number(8, "d")), NAME),
        Answer(Number(3.0, ".1f"), (Number(9, "d"), Number(3, "d"))),
    ),
)
OFFERED = Offered(
    title=NAME,
    settings="depth=2",
    numbers={"loss": Number(0.25, ".2f"), "count": Number(7, "d")},
    listings={"program": {"zh": "一", "en": "one"}},
    checks={"near": CHECK},
    questions={"which": QUESTION},
)
