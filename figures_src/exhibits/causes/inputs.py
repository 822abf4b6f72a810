"""Inputs and targets from which a network cannot learn, each beside the same training with others."""

import torch
from torch.nn import functional

from figures_src.exhibits.causes import _pairs
from figures_src.exhibits.causes._pairs import CLASSES, Data, Pair, Result, Setting, accuracy, network
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Localize, Text

TITLE = Text(zh="输入与目标", en="Inputs and targets")
STEPS, RATE = 300, 0.1
SCALE, CENTRE = 200.0, 3.0


def _setting(x: torch.Tensor, classes: torch.Tensor) -> Setting:
    return Setting(network(CLASSES), lambda output: functional.cross_entropy(output, classes), x, RATE)


def _scaled(known: Data, faulty: bool) -> Setting:
    return _setting(SCALE * (known.x + CENTRE) if faulty else known.x, known.classes)


def _alike(known: Data, faulty: bool) -> Setting:
    return _setting(known.x[:1].expand_as(known.x) if faulty else known.x, known.classes)


def _one(known: Data, faulty: bool) -> Setting:
    return _setting(known.x, torch.ones_like(known.classes) if faulty else known.classes)


PAIRS = {
    "scale": Pair("inputs not scaled", Text(zh="输入没有缩放", en="Inputs that are not scaled"), _scaled, accuracy),
    "alike": Pair("inputs alike", Text(zh="所有样本都一样", en="Samples that are all the same"), _alike, accuracy),
    "one_target": Pair("one target", Text(zh="一批里只有一种目标", en="A batch with a single target"), _one, accuracy),
}


def compute() -> Result:
    """Every pair."""
    return _pairs.outcomes(PAIRS, STEPS)


def listings(result: Result, language: Language) -> dict[str, str]:
    """What the probe says of every fault."""
    return _pairs.listings(result, language)


def table(result: Result, text: Localize) -> Table:
    """What each has learned."""
    return _pairs.table(PAIRS, result, text)


def numbers(_: Result) -> dict[str, Number]:
    return {
        "steps": Number(STEPS, "d"),
        "rate": Number(RATE, "g"),
        "factor": Number(SCALE, "g"),
        "centre": Number(CENTRE, "g"),
    }


def checks(result: Result) -> dict[str, Check]:
    faulty = [outcome.score or 0.0 for outcome in result.faulty.values()]
    mended = [outcome.score or 0.0 for outcome in result.mended.values()]
    return _pairs.told(PAIRS, result) | {
        "mended": _pairs.learned(
            min(mended),
            ">",
            Text(
                zh="输入与目标都正常时，网络学到了九成以上（实测：最差的一个）",
                en="With sound inputs and targets the network learns nine tenths of what there is (measured: the "
                "worst)",
            ),
            "(p - 1/k)/(1 - 1/k)",
        ),
        "faulty": _pairs.learned(
            max(faulty),
            "<",
            Text(
                zh="同样的步数，输入没有缩放、样本都一样、目标只有一种时，学到的都更少（实测：最好的一个）",
                en="In as many steps less is learned from inputs that are not scaled, from samples that are all the "
                "same and from a single target (measured: the best of them)",
            ),
            "(p - 1/k)/(1 - 1/k)",
        ),
    }
