"""Inputs and targets from which a network cannot learn, each beside the same training with others."""

from figures_src.exhibits.causes import _pairs
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Localize, Text
from gradlab.experiments.diagnosis.pairs import Result

TITLE = Text(zh="输入与目标", en="Inputs and targets")
LABELS = {
    "scale": Text(zh="输入没有缩放", en="Inputs that are not scaled"),
    "alike": Text(zh="所有样本都一样", en="Samples that are all the same"),
    "one_target": Text(zh="一批里只有一种目标", en="A batch with a single target"),
}


def compute() -> Result:
    """Every pair."""
    return _pairs.compute("inputs")


def listings(result: Result, language: Language) -> dict[str, str]:
    """The verdict and the findings on every fault."""
    return _pairs.listings(result, language)


def table(result: Result, text: Localize) -> Table:
    """The score of each pair, with the fault and without it."""
    return _pairs.table(LABELS, result, text)


def numbers(result: Result) -> dict[str, Number]:
    config = result.config
    return {
        "steps": Number(config.steps, "d"),
        "rate": Number(config.rate, "g"),
        "factor": Number(config.scale, "g"),
        "centre": Number(config.centre, "g"),
    }


def checks(result: Result) -> dict[str, Check]:
    faulty, mended = (_pairs.scores(of, [*LABELS]) for of in (result.faulty, result.mended))
    return _pairs.told(LABELS, result) | {
        "mended": _pairs.learned(
            min(mended),
            ">",
            Text(
                zh="输入与目标都正常时，网络学到了九成以上（实测：最差的一个）",
                en="With sound inputs and targets the network learns nine tenths of what there is (measured: the "
                "worst)",
            ),
            "(p − 1/k)/(1 − 1/k)",
        ),
        "faulty": _pairs.learned(
            max(faulty),
            "<",
            Text(
                zh="同样的步数，输入没有缩放、样本都一样、目标只有一种时，学到的都更少（实测：最好的一个）",
                en="In as many steps less is learned from inputs that are not scaled, from samples that are all the "
                "same and from a single target (measured: the best of them)",
            ),
            "(p − 1/k)/(1 − 1/k)",
        ),
    }
