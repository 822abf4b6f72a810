"""Losses on probabilities that are written out: outputs that are none, and targets that do not fit a softmax."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from gradlab.language import Text
from gradlab.probing.causes.common import (
    BINARY_LOSS,
    EARLY,
    ON_VALUES,
    in_code,
    misconfigured,
    on_logits,
    shown,
    where,
    without_activation,
)
from gradlab.probing.finding import Advice, Cause, Finding
from gradlab.probing.recovered import last_operation
from gradlab.probing.step import LayerCall, Step
from gradlab.probing.written import WrittenReading

_NAMES = {"classes": ("nll_loss", "softmax"), "binary": ("binary_cross_entropy", "sigmoid")}
"""PyTorch's functions for a loss that is written out: the loss, and the one that has to come before it."""


def find(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Outputs and targets that a loss on probabilities cannot work with."""
    for reading in informed(step, earlier).readings.written:
        if reading.kind in _NAMES and reading.call < len(step.calls):
            yield from _of(step, reading)


def informed(step: Step, earlier: Sequence[Step]) -> Step:
    """The last step that knows of the targets, which are looked at in the first steps only."""
    return next((one for one in (step, *reversed(earlier[:EARLY])) if one.readings.written), step)


def _of(step: Step, reading: WrittenReading) -> Iterator[Finding]:
    call = step.calls[reading.call]
    loss, needs = _NAMES[reading.kind]
    ends = _ends(step, call)
    improper = ends not in ("sigmoid", "softmax") and bool(reading.improper)
    if ends == "softmax" and call.shape[-1] == 1:
        # Where the loss clips it, not even the softmax gets a gradient.
        yield _one(step, call)
    elif reading.single:
        yield misconfigured("divided by itself", call.label, 1.0, ends=ends, shape="×".join(map(str, call.shape)))
    elif improper and needs == "sigmoid" and step.readings.loss is not None and step.readings.loss.value < 0:
        value = step.readings.loss.value
        yield misconfigured("targets out of range", call.label, value, below=value, range="[0, 1]", ends=ends)
    elif improper:
        yield misconfigured(
            "logits as probabilities", call.label, reading.improper or 0.0, loss=loss, needs=needs, ends=ends
        )
    elif ends == "relu" and reading.kind in ("classes", "binary"):
        # Outputs of a ReLU may happen to be below 1, but where it lets nothing through there is no logarithm.
        yield misconfigured("logits as probabilities", call.label, 1.0, loss=loss, needs=needs, ends=ends)
    elif reading.outside:
        share = f"{reading.outside:.0%}"
        yield misconfigured("targets out of range", call.label, reading.outside, share=share, range="[0, 1]", ends=ends)
    elif reading.several:
        yield misconfigured("several targets", call.label, reading.several, share=f"{reading.several:.0%}", ends=ends)
    elif ends == "sigmoid" and reading.shares:
        yield misconfigured("normalized twice", call.label, 1.0, severity="note", ends=ends, shares="1")


def _one(step: Step, call: LayerCall) -> Finding:
    zero = tuple(other.label for other in step.calls if other.delta_norm == 0)
    facts = (("operation", "softmax"), ("shape", "×".join(map(str, call.shape))))
    return Finding("cut off", zero, call.label, len(zero), None, None, 1.0, cause="softmax of one", facts=facts)


def _ends(step: Step, call: LayerCall) -> str:
    """The operation that an output ends in, and that of a linear layer by its class."""
    operation, _ = last_operation(step.calls, call, step.owners)
    return in_code(operation, call)


SENTENCES: Mapping[Cause, Text] = MappingProxyType(
    {
        "divided by itself": Text(
            en="The loss divides every output of {start} by itself: it takes shares of a row, and a row ({shape}) has "
            "one element. That is 1 whatever the network says, and δ is nothing but rounding.",
            zh="损失把 {start} 的每个输出都除以了它自己：它取的是一行中的份额，而一行（{shape}）只有一个元素。"
            "不管网络说什么，结果都是 1，δ 里只剩舍入误差。",
        ),
        "several targets": Text(
            en="A softmax has to share out what belongs to several: in {share} of the rows, as δ tells, not exactly "
            "one class is right, and the outputs of {start} add up to 1 in each. Where two are right, neither can come "
            "near 1.",
            zh="softmax 要把一份分给几个类别：从 δ 可以算出，有 {share} 的行并非恰好一个类别是对的，"
            "而 {start} 的输出每一行之和都是 1。两个都对的时候，哪个也到不了 1。",
        ),
    }
)


def _off(finding: Finding, step: Step) -> str:
    """Lines that take what the output ends in off it; none where that is a layer."""
    ends = shown(finding)["ends"]
    return f"{without_activation(finding, step, ends)}\n" if ends in ("sigmoid", "softmax") else ""


def _divided(finding: Finding, step: Step) -> Advice:
    return Advice(
        Text(
            en=f"For two classes let {where(finding)} end in one logit, and take the binary cross-entropy, or let it "
            "have an output for each class; for a value, such as a price, take a distance.",
            zh=f"若是两个类别，让 {finding.starts_at} 输出一个 logit，用二元交叉熵，或者每个类别给一个输出；"
            "若是价格之类的数值，就用距离作损失。",
        ),
        f"{_off(finding, step)}{on_logits(BINARY_LOSS, 'targets.float().view(-1, 1)')}  # for classes\n{ON_VALUES}",
        Text(
            en="Any other rate or initialization: the loss does not depend on the output.",
            zh="换学习率或初始化：损失根本不依赖输出。",
        ),
        "causes",
        (),
    )


def _several(finding: Finding, step: Step) -> Advice:
    return Advice(
        Text(
            en=f"Let each output of {where(finding)} say yes or no by itself: logits without a softmax, and the "
            "binary cross-entropy of each.",
            zh=f"让 {finding.starts_at} 的每个输出各自回答是与否：去掉 softmax，用 logits，各算二元交叉熵。",
        ),
        f"{_off(finding, step)}{on_logits(BINARY_LOSS)}\npredicted = model(x) > 0  # where you predict",
        Text(
            en="More layers: the outputs add up to 1 whatever is before them.",
            zh="加层：不管前面是什么，输出之和都是 1。",
        ),
        "causes",
        (),
    )


ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = MappingProxyType(
    {"divided by itself": _divided, "several targets": _several}
)
