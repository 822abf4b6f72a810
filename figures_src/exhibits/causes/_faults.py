"""Shared by the exhibits of faults around a network: each beside the same program without it."""

import math
from collections.abc import Iterable
from statistics import median

from figures_src.cache.results import measured
from figures_src.exhibits._shared import labels
from figures_src.model.exhibit import Cell, Check, Number, Table
from figures_src.model.finite import Overflow
from figures_src.model.language import Language, Localize, Text
from gradlab.experiments.diagnosis import faults
from gradlab.experiments.diagnosis.faults import FAULTS, Family, Fault
from gradlab.probing.report import report

TRAINS = 0.8
"""The last loss over the first below which a program has learned something."""
LEARNED = 0.1
"""A loss below which a program has learned its task: how far below is another number on every kind of processor."""

FAULT = Text(zh="毛病", en="Fault")
FIRST_LOSS = Text(zh="最初的损失", en="First loss")
FAULTY = Text(zh="训练末段最大的损失：有毛病", en="Largest loss at the end: with the fault")
MENDED = Text(zh="训练末段的损失：改好之后", en="Loss at the end: mended")
NAMES: dict[str, Text] = {
    "unchanged": Text(zh="优化器是为更早的模型创建的", en="Optimizer of an older model"),
    "uncleared": Text(zh="梯度从不清零", en="Gradients never cleared"),
    "unheld": Text(zh="创建优化器之后换掉了最后一层", en="Last layer replaced after the optimizer was made"),
    "unregistered": Text(zh="层放在普通列表里", en="Layers in a plain list"),
    "cut": Text(zh="两个网络之间取 argmax", en="argmax between two networks"),
    "switched_off": Text(zh="编码器在 no_grad 里运行", en="Encoder under no_grad"),
    "detached": Text(zh="损失经过 item()", en="Loss by way of item()"),
    "root": Text(zh="0 的平方根", en="Root of 0"),
    "logarithm": Text(zh="0 的对数", en="Logarithm of 0"),
    "masked": Text(zh="先除以 0，再替换结果", en="Division by 0, replaced afterwards"),
    "exponential": Text(zh="太大的数取指数", en="Exponential too large"),
    "all_masked": Text(zh="注意力的一整行被掩掉", en="A row of attention masked as a whole"),
    "inputs": Text(zh="数据里有 NaN", en="NaN in the data"),
    "update": Text(zh="学习率太大", en="Learning rate too high"),
    "eps": Text(zh="半精度的 Adam", en="Adam in half precision"),
    "before": Text(zh="更早一步的梯度是 NaN", en="NaN in the gradient of an earlier step"),
    "softmax": Text(zh="对一个输出取 softmax", en="Softmax over one output"),
    "normalization": Text(zh="对一个元素做归一化", en="Normalization over one element"),
    "step": Text(zh="网络中间取整", en="Rounding within the network"),
    "zeros": Text(zh="相继两层都从 0 开始", en="Two layers in a row that start at 0"),
}
"""The faults as tables and checks name them."""


def compute() -> faults.Result:
    """Train every program, with its fault and without: one result, which the exhibits share."""
    return measured(faults, faults.Config())


def _of(result: faults.Result, family: Family) -> list[Fault]:
    return [fault for fault in result.faults if fault.family == family]


def listings(result: faults.Result, family: Family, language: Language) -> dict[str, str]:
    """The report on every fault, without the table of layers."""
    reports = {fault.name: str(report(fault.steps, language, address="")) for fault in _of(result, family)}
    return {name: printed.partition("\n\n")[2] for name, printed in reports.items()}


def numbers(result: faults.Result) -> dict[str, Number]:
    """Seeds, steps and recorded steps of every training."""
    config = result.config
    return {
        "seeds": Number(config.seeds, "d"),
        "steps": Number(config.steps, "d"),
        "recorded": Number(config.recorded, "d"),
    }


def _shown(losses: Iterable[float]) -> Cell:
    loss = median(losses)
    return Overflow("NaN") if math.isnan(loss) else labels.rough(loss, LEARNED)


def table(result: faults.Result, family: Family, text: Localize) -> Table:
    """The losses of every program before training and at its end, the median of the seeds."""
    rows = tuple(
        (
            text(NAMES[fault.name]),
            labels.rough(median(one.first_loss for one in fault.mended)),
            _shown(one.largest_loss for one in fault.faulty),
            _shown(one.final_loss for one in fault.mended),
        )
        for fault in _of(result, family)
    )
    return Table(tuple(map(text, (FAULT, FIRST_LOSS, FAULTY, MENDED))), rows)


def _named(fault: Fault, seeds: int) -> Check:
    expected = FAULTS[fault.name][2]
    pairs = zip(fault.faulty, fault.mended, strict=True)
    right = sum(faulty.causes[:1] == (expected,) and not mended.causes for faulty, mended in pairs)
    name = NAMES[fault.name]
    return Check(
        sentence=Text(
            zh=f"{name.zh}：有毛病时探针说得出病因，改好之后什么也不说（实测：做到的随机种子数）",
            en=f"{name.en}: with the fault the probe names its cause, and without it none (measured: from how many "
            "seeds)",
        ),
        measured=Number(right, "d"),
        relation="=",
        predicted=Number(seeds, "d"),
        because=Text(zh="逐个随机种子计数", en="counted seed by seed"),
        source=f"gradlab.probing.causes.{fault.family}",
    )


def checks(result: faults.Result, family: Family) -> dict[str, Check]:
    """For every fault whether it is named, and whether the mended programs train."""
    found = _of(result, family)
    left = max(one.final_loss / one.first_loss for fault in found for one in fault.mended)
    return {fault.name: _named(fault, result.config.seeds) for fault in found} | {
        "mended": Check(
            sentence=Text(
                zh="改好之后，这些程序都学得会：末段的损失与最初的损失之比，取最大的一个",
                en="Mended, all of these programs learn: the loss at the end over the first, the largest of all",
            ),
            measured=Number(left, ".2f"),
            relation="<",
            predicted=Number(TRAINS, ".1f"),
            because=Text(zh="所有程序、所有随机种子中最差的一个", en="the worst of all programs and seeds"),
            source=Text(zh="停在随机猜测，损失就没有下降", en="a loss of guessing does not fall"),
        )
    }
