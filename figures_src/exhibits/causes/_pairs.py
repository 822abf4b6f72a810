"""Shared by the exhibits of faults of outputs and inputs, each beside the same training without it."""

from collections.abc import Mapping, Sequence

from figures_src.cache.results import measured
from figures_src.model.exhibit import Check, Number, Relation, Table
from figures_src.model.language import Language, Localize, Text
from gradlab.experiments.diagnosis import pairs
from gradlab.experiments.diagnosis.pairs import PAIRS, Family, Outcome, Result
from gradlab.probing.report import report

FAULT = Text(zh="毛病", en="Fault")
FAULTY = Text(zh="有毛病", en="With the fault")
MENDED = Text(zh="改正之后", en="Without it")
LEARNED = 0.9
"""Share of what there is to learn, above which a network has learned it."""
Labels = Mapping[str, Text]
"""The faults in words, by the pair's name."""


def compute(family: Family) -> Result:
    """The pairs of a family, of one result that the exhibits share."""
    return measured(pairs, pairs.Config()).of(family)


def listings(result: Result, language: Language) -> dict[str, str]:
    """The verdict and the findings on every fault, without the table of layers."""
    return {
        name: report([outcome.step], language, address="").summary(width=10**6)
        for name, outcome in result.faulty.items()
    }


def table(labels: Labels, result: Result, text: Localize) -> Table:
    """The score of each pair, with the fault and without it."""
    rows = tuple(
        (text(label), *(str(Number(of[name].score or 0.0, ".2f")) for of in (result.faulty, result.mended)))
        for name, label in labels.items()
        if PAIRS[name].score is not None
    )
    return Table(tuple(map(text, (FAULT, FAULTY, MENDED))), rows)


def told(labels: Labels, result: Result) -> dict[str, Check]:
    """For every pair: the probe names the cause in the first step, and finds nothing where it is mended."""
    return {name: _told(name, label, result.faulty[name], result.mended[name]) for name, label in labels.items()}


def _told(name: str, label: Text, faulty: Outcome, mended: Outcome) -> Check:
    found = report([faulty.step], "en", address="").findings
    rest = report([mended.step], "en", address="").findings
    right = (bool(found) and found[0].cause == PAIRS[name].cause, not any(one.severity == "hinders" for one in rest))
    return Check(
        sentence=Text(
            zh=f"{label.zh}：探针在第一步就说出病因，改正之后什么毛病也不报（实测：说对的个数）",
            en=f"{label.en}: the probe names the cause in the first step, and finds nothing that hinders training "
            "once it is mended (measured: how many of the two are right)",
        ),
        measured=Number(sum(right), "d"),
        relation="=",
        predicted=Number(2, "d"),
        because=Text(zh="逐个计数", en="counted one by one"),
        source="gradlab.probing.causes",
    )


def learned(score: float, relation: Relation, sentence: Text, source: str) -> Check:
    """A check of a score against the share above which a network has learned what there is."""
    return Check(
        sentence=sentence,
        measured=Number(score, ".2f"),
        relation=relation,
        predicted=Number(LEARNED, "g"),
        because=Text(zh="训练集上的得分", en="score on the training set"),
        source=source,
    )


def scores(outcomes: Mapping[str, Outcome], names: Sequence[str]) -> list[float]:
    """The scores of some pairs."""
    return [score for name in names if (score := outcomes[name].score) is not None]
