"""Inputs and targets: their scale and centre, and whether they differ at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from gradlab.language import Text
from gradlab.probing import snippets
from gradlab.probing.causes import outputs
from gradlab.probing.causes.common import EARLY, always, call_of, misconfigured
from gradlab.probing.entering import InputReading
from gradlab.probing.finding import Advice, Cause, Finding, Sentence, Severity
from gradlab.probing.measures import SATURATION
from gradlab.probing.recovered import OutputReading
from gradlab.probing.step import LayerCall, Step

LARGE = 100.0
"""Factor from a scale of 1, either way, from which on inputs hinder training: the best rate goes with its square."""
_NOT_ADAPTIVE = ("SGD", "ASGD", "LBFGS")
FEWEST = 16
"""Samples, at least, whose targets or inputs are one by no accident."""
FEWEST_STEPS, FEWEST_CLASSES = 3, 3


def find(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Inputs from which the network cannot learn well, and targets that tell nothing."""
    known = next((one for one in (step, *reversed(earlier[:EARLY])) if one.readings.inputs), step)
    first = (reading for reading in known.readings.inputs if reading.call < len(step.calls))
    for reading in sorted(first, key=lambda reading: -reading.rms)[:1]:
        yield from _scale(step, earlier, reading)
        yield from _alike(step, earlier, reading)
    yield from _one_target(step, earlier)


def _scale(step: Step, earlier: Sequence[Step], reading: InputReading) -> Iterator[Finding]:
    """Inputs far from a scale of 1, which nothing behind them takes away."""
    size = max(reading.rms, 1 / reading.rms) if 0 < reading.rms < math.inf else 0.0
    call = step.calls[reading.call]
    if size < outputs.NOTICEABLE or _is_normalized(step):
        # The scale of all is taken away, or as it should be; that of features among each other is not.
        if LARGE <= reading.outweighs < math.inf:
            ratio = reading.outweighs
            yield misconfigured("inputs not scaled", call.label, ratio, severity="note", outweighs=ratio)
        return
    # Around 0, a scale is the same as one of the first layer's weights; beside 0, one direction outweighs all others,
    # which Adam makes up for, but not for features of different scales.
    connection = step.readings.connection
    optimizer = None if connection is None else connection.optimizer
    adapts = optimizer is not None and optimizer.kind not in _NOT_ADAPTIVE
    uneven = reading.spread >= LARGE or (reading.offset > reading.deviation and not adapts)
    hinders = size >= LARGE and uneven and not _saturates(step, call) and not outputs.learns(step, earlier)
    facts: dict[str, float | str] = {
        "rms": reading.rms,
        "mean": reading.mean,
        "deviation": reading.deviation,
        "out": call.rms,
    }
    severity: Severity = "hinders" if hinders else "note"
    yield misconfigured("inputs not scaled", call.label, reading.rms, severity=severity, known=facts)


def _is_normalized(step: Step) -> bool:
    """Whether something behind the inputs has a scale of its own, whatever theirs is."""
    return any(call.role in ("normalization", "recurrent", "attention") for call in step.calls) or any(
        operation.endswith("_norm") for call in step.calls for operation in call.operations
    )


def _saturates(step: Step, first: LayerCall) -> bool:
    """Whether an activation with two limits follows, behind which the scale is gone."""
    takers = [call for call in step.calls if first.index in call.parents]
    return any(call.activation in SATURATION or set(call.operations) & set(SATURATION) for call in takers)


def _alike(step: Step, earlier: Sequence[Step], reading: InputReading) -> Iterator[Finding]:
    """Samples that are all the same, although their targets are not."""
    known = outputs.informed(step, earlier).readings.outputs
    differ = any(one.one == 0 or (one.target_deviation or 0) > 1e-3 * abs(one.target_mean or 0) for one in known)
    if reading.one == 1 and reading.samples >= FEWEST and differ:
        call = step.calls[reading.call]
        yield misconfigured("inputs alike", call.label, float(reading.samples), samples=str(reading.samples))


def _one_target(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Batches in which all targets are the same: a note, unless batch after batch of several classes is so."""
    known = outputs.informed(step, earlier)
    for reading in known.readings.outputs:
        rows = reading.rows or 0.0
        call = step.calls[reading.call] if reading.call < len(step.calls) else None
        # A discriminator's step has a pass of its own for each of its two targets.
        if _is_one(reading) and rows >= FEWEST and call is not None and call.backward_passes <= 1:
            several = (reading.classes or 0) >= FEWEST_CLASSES and len(call.shape) == 2
            batches = [one for one in (*earlier[:EARLY], step) if _has_one(one, reading.call)]
            seen = [one for one in (*earlier[:EARLY], step) if _has_one(one, reading.call) is not None]
            hinders = several and len(seen) >= FEWEST_STEPS and len(batches) == len(seen)
            severity: Severity = "hinders" if hinders and not outputs.learns(step, earlier) else "note"
            facts: dict[str, float | str] = {"rows": f"{rows:.0f}", "batches": str(len(batches))}
            yield misconfigured("one target", call.label, rows, severity=severity, known=facts)


def _has_one(step: Step, call: int) -> bool | None:
    """Whether a step's targets are all the same; None where it does not know."""
    own = next((one for one in step.readings.outputs if one.call == call and one.rows), None)
    return None if own is None else _is_one(own)


def _is_one(reading: OutputReading) -> bool:
    """Whether all targets of an output are the same."""
    return reading.one == 1 or (
        reading.target_deviation is not None
        and reading.target_deviation <= 1e-4 * max(abs(reading.target_mean or 0.0), 1e-2)
    )


_SCALE = Text(
    en="The inputs are not scaled: what {start} is given has an rms of {rms} and a mean of {mean}, in place of 1 "
    "and 0, and its output one of {out}. The rate that fits goes with the inverse square of that.",
    zh="输入没有缩放：{start} 得到的输入均方根是 {rms}，平均值是 {mean}，而不是 1 与 0；"
    "它的输出均方根是 {out}。合适的学习率与输入尺度的平方成反比。",
)
_OUTWEIGHED = Text(
    en="The features of the inputs are not scaled to each other: of what {start} is given, one feature is {outweighs} "
    "times as large as all others together. Beside it, the others hardly count until their weights have grown as much.",
    zh="输入的各个特征没有缩放到同一尺度：{start} 得到的特征中，有一个的大小是其余所有特征合起来的 {outweighs} 倍。"
    "在它旁边，其余特征几乎不起作用，除非它们的权重也长大这么多倍。",
)


def _unscaled(finding: Finding) -> tuple[Text, ...]:
    return (_OUTWEIGHED,) if "outweighs" in dict(finding.facts) else (_SCALE,)


SENTENCES: Mapping[Cause, Sentence] = {
    "inputs not scaled": _unscaled,
    "inputs alike": Text(
        en="All {samples} samples that {start} is given are the same, and their targets are not: there is nothing by "
        "which the network could tell them apart.",
        zh="{start} 得到的 {samples} 个样本完全相同，目标却不同：网络无从区分它们。",
    ),
    "one target": Text(
        en="All {rows} targets of the batch are the same, in {batches} of the steps looked at: the network can only "
        "learn to put that out.",
        zh="这一批的 {rows} 个目标完全相同（查看过的步中有 {batches} 步如此）：网络只能学会输出这一个值。",
    ),
}


def _not_scaled(finding: Finding, step: Step) -> Advice:
    first = call_of(finding, step)
    return Advice(
        Text(
            en="Subtract the mean of the training set from every feature and divide by its standard deviation, "
            "pixels by their channel; or put a normalization in front.",
            zh="每个特征减去训练集上的平均值，再除以标准差（图像按通道）；或者在最前面加一个归一化层。",
        ),
        snippets.standardize(len(first.shape) if first else 2),
        Text(
            en="Another initialization: the layers behind the first see the same scale from any of them.",
            zh="更换初始化：无论哪一种，第一层之后的各层看到的尺度都一样大。",
        ),
        "causes",
        ("inputs.scale",),
    )


ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = {
    "inputs not scaled": _not_scaled,
    "inputs alike": always(
        Text(
            en="Look at a batch before it goes into the network: at what reads the samples, and at what overwrites "
            "them.",
            zh="先看一看送进网络的这一批：样本是怎么读出来的，又在哪里被覆盖了。",
        ),
        "x, y = next(iter(loader))\nprint(x.shape, x.std(0).max())  # 0: all samples are the same",
        Text(en="Anything about the network or the rate.", zh="改网络、改学习率。"),
        "inputs.alike",
    ),
    "one target": always(
        Text(
            en="Shuffle the data, and look at what the labels of a batch are; with classes of very different size, "
            "larger batches.",
            zh="打乱数据，看一看一批里的标签都是什么；各类数目悬殊时，用更大的批。",
        ),
        "loader = torch.utils.data.DataLoader(dataset, batch_size=64, shuffle=True)\n"
        "print(y.unique(return_counts=True))",
        Text(
            en="A smaller rate: each batch still pulls all outputs to its own target.",
            zh="减小学习率：每一批仍把所有输出拉向自己的那个目标。",
        ),
        "inputs.one_target",
    ),
}
