"""Hit rate of the probe: networks whose truth is known by construction, and fresh ones drawn at random."""

from figures_src.cache.results import measured
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.diagnosis import truth_bank
from gradlab.probing.wording import NAMES

TITLE = Text(zh="探针说对了多少次", en="How often the probe is right")
TRUTH = Text(zh="已知的真相", en="Known truth")
BANK = Text(zh="题库", en="In the bank")
BANK_RIGHT = Text(zh="正确", en="Right")
FRESH = Text(zh="新抽", en="Fresh")


def compute() -> truth_bank.Result:
    """Diagnose the whole bank, and a hundred fresh members."""
    return measured(truth_bank, truth_bank.Config())


def table(result: truth_bank.Result, text: Localize) -> Table:
    """Count by truth."""
    rows = []
    for truth in dict.fromkeys(entry.truth for entry in result.bank):
        row: list[str | int] = [text(NAMES[truth])]
        for entries in (result.bank, result.fresh):
            mine = [entry.right for entry in entries if entry.truth == truth]
            row += [len(mine), sum(mine)]
        rows.append(tuple(row))
    return Table(tuple(map(text, (TRUTH, BANK, BANK_RIGHT, FRESH, BANK_RIGHT))), tuple(rows))


def numbers(result: truth_bank.Result) -> dict[str, Number]:
    return {
        "members": Number(len(result.bank), "d"),
        "right": Number(sum(entry.right for entry in result.bank), "d"),
        "fresh": Number(len(result.fresh), "d"),
        "fresh_right": Number(sum(entry.right for entry in result.fresh), "d"),
    }


def checks(result: truth_bank.Result) -> dict[str, Check]:
    offered = numbers(result)
    ill = sum(entry.truth == "healthy" != entry.verdict for entry in (*result.bank, *result.fresh))
    counted = Text(zh="逐个计数", en="counted one by one")
    return {
        "members": Check(
            sentence=Text(
                zh="题库中每个网络的诊断都正确（实测：正确的个数）",
                en="Every network of the bank is diagnosed right (measured: how many)",
            ),
            measured=offered["right"],
            relation="=",
            predicted=offered["members"],
            because=counted,
            source="gradlab.probing.bank",
        ),
        "fresh": Check(
            sentence=Text(
                zh="随机新抽的网络至少有 99% 诊断正确（实测：正确的个数）",
                en="Of fresh random networks at least 99% are diagnosed right (measured: how many)",
            ),
            measured=offered["fresh_right"],
            relation=">",
            predicted=Number(0.99 * len(result.fresh) - 1, ".0f"),
            because=Text(
                zh="健康网络越出 10 倍的概率约为千分之一",
                en="a healthy network leaves a factor of 10 about once in a thousand",
            ),
            source="gradlab.probing.bank",
        ),
        "no_false_alarm": Check(
            sentence=Text(
                zh="没有一个正常的网络被说成有病（实测：误报的个数）",
                en="No healthy network is called ill (measured: how many are)",
            ),
            measured=Number(ill, "d"),
            relation="=",
            predicted=Number(0, "d"),
            because=counted,
            source="gradlab.probing.bank",
        ),
    }
