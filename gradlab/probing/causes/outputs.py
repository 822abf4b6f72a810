"""Output and targets contradict each other, as δ at the output tells; of output and loss, see `losses`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from gradlab.language import Text
from gradlab.probing import recovered
from gradlab.probing.causes import losses
from gradlab.probing.causes.common import (
    AS_REAL,
    EARLY,
    ON_VALUES,
    always,
    call_of,
    in_code,
    misconfigured,
    off_the_output,
    range_of,
    shown,
    without_activation,
)
from gradlab.probing.finding import Advice, Cause, Finding, Sentence, Severity
from gradlab.probing.recovered import OutputReading
from gradlab.probing.step import Step

UNREACHABLE = 0.05
"""Share of the loss of guessing from which on targets that cannot be reached hinder training."""
OUTSIDE = 0.01
"""Share of targets out of range below which the finding is a note."""
TOO_LARGE = 3.0
"""A first cross-entropy this many times that of guessing is one of outputs that are too large."""
FAR = 100.0
"""Targets this many times as large as the first outputs are out of their reach for a long time."""
FEWEST_ROWS = 2
AWAY = 0.5
NOTICEABLE = 10.0
"""Factor from a scale of 1 from which on that of inputs is worth a word."""


def find(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Outputs that do not fit the loss or the targets."""
    loss = step.readings.loss
    if loss is None:
        return
    readings = {reading.call: reading for reading in informed(step, earlier).readings.outputs}
    for reading in step.readings.outputs:
        known = readings.get(reading.call, reading)
        own = replace(known, away=reading.away, passed=reading.passed, compensated=reading.compensated)
        readings[reading.call] = reading if reading.rows is not None else own
    told = [*losses.found(step, loss.nodes, readings)]
    yield from told
    connection = step.readings.connection
    if connection is not None and connection.unregistered:
        return  # layers that no module holds are not seen, and the last one that is seen may not be the output
    for reading in readings.values():
        yield from _by_values(step, reading, is_told=bool(told))
    first = earlier[0] if earlier else step
    if first.number == 0 and not told and len(first.calls) == len(step.calls):
        for reading in first.readings.outputs:
            yield from _at_first(step, first, reading, earlier)


def informed(step: Step, earlier: Sequence[Step]) -> Step:
    """The last step that knows of the targets: they are looked at in the first steps, and a data set keeps its own."""
    known = (
        one
        for one in (step, *reversed(earlier[:EARLY]))
        if any(reading.rows is not None for reading in one.readings.outputs) and len(one.calls) == len(step.calls)
    )
    return next(known, step)


def learns(step: Step, earlier: Sequence[Step]) -> bool:
    """Whether the loss has come to less than half of that of guessing."""
    loss = step.readings.loss
    if loss is None:
        return False
    for reading in informed(step, earlier).readings.outputs:
        if reading.cross_entropy is not None and reading.classes is not None:
            return loss.value < math.log(reading.classes) / 2
        if reading.target_deviation is not None:
            operations = {node.operation for node in loss.nodes}
            guess = math.log(2) if any(map(_is_binary, operations)) else reading.target_deviation**2
            return loss.value < guess / 2
    return False


def _is_binary(operation: str) -> bool:
    return operation.startswith("BinaryCrossEntropy")


def _by_values(step: Step, reading: OutputReading, *, is_told: bool) -> Iterator[Finding]:
    """Findings by δ of an output, and by the targets that it tells."""
    operation, last = recovered.last_operation(step.calls, step.calls[reading.call], step.owners)
    call = step.calls[last.index]
    share = max(reading.outside or 0.0, reading.beyond or 0.0)
    if share > 0 and not is_told:
        hinders = (reading.unreachable or 0.0) > UNREACHABLE or (reading.beyond or 0.0) > UNREACHABLE
        severity: Severity = "hinders" if hinders and share > OUTSIDE else "note"
        yield misconfigured(
            "targets out of range",
            call.label,
            share,
            severity=severity,
            share=f"{share:.0%}",
            range=range_of(operation),
            ends=in_code(operation, call),
        )
    if _is_blocked(reading):
        passed = reading.passed or 0.0
        yield misconfigured(
            "output saturated",
            call.label,
            passed,
            verdict="saturated" if passed else "cut off",
            share=f"{reading.away:.0%}",
            passed=passed,
            ends=in_code(operation, call),
        )


def _at_first(step: Step, first: Step, reading: OutputReading, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Outputs that were too large or too small when training began, as long as the loss has not made up for it."""
    _, last = recovered.last_operation(first.calls, first.calls[reading.call], first.owners)
    call = first.calls[last.index]
    # Outputs that are large because the inputs are, or what the last layer takes, have that as their cause.
    large = any(one.rms > NOTICEABLE for one in first.readings.inputs)
    large = large or any(first.calls[parent].rms > NOTICEABLE for parent in call.parents)
    loss = step.readings.loss
    if reading.cross_entropy is not None and reading.classes is not None and loss is not None and not large:
        guess = math.log(reading.classes)
        now = reading.cross_entropy if step is first else loss.value
        if (reading.rows or 0) >= FEWEST_ROWS and min(now, reading.cross_entropy) > TOO_LARGE * guess:
            ratio = reading.cross_entropy / guess
            # Sound networks begin so too, where an image is smaller than they are made for, and train.
            yield misconfigured(
                "first loss too large",
                call.label,
                ratio,
                severity="note",
                rms=call.rms,
                loss=reading.cross_entropy,
                guess=guess,
                ratio=ratio,
                classes=str(reading.classes),
            )
    elif reading.target_deviation is not None and not max(reading.outside or 0.0, reading.beyond or 0.0):
        size = math.hypot(reading.target_mean or 0.0, reading.target_deviation)
        output = first.calls[reading.call].rms
        if 0 < FAR * output < size and size > FAR and not learns(step, earlier):
            yield misconfigured("targets not scaled", call.label, size / output, size=size, rms=output)


def _is_blocked(reading: OutputReading) -> bool:
    """Whether an output is at its limits against the loss's will, and the loss does not make up for it."""
    if reading.away is None or reading.passed is None or reading.away <= AWAY or reading.passed >= losses.PASSED:
        return False
    if reading.passed == 0:
        return True
    compensated = reading.compensated
    return compensated is not None and not math.isnan(compensated) and compensated > -0.5


_BEYOND = Text(
    en="Targets lie out of range: {share} of them, as δ tells, are beyond {range}, which is all that there is for "
    "the output of {start} ({ends}) under this loss.",
    zh="目标超出范围：从 δ 可以算出，有 {share} 的目标在 {range} 之外，"
    "而在这个损失下，{start}（{ends}）的输出只能在这个范围之内。",
)
_BELOW = Text(
    en="Targets lie out of range: the loss is {below}, and a cross-entropy of {start} ({ends}) can be below 0 only "
    "where targets are beyond {range}.",
    zh="目标超出范围：损失是 {below}，而 {start}（{ends}）的交叉熵只有在目标超出 {range} 时才会小于 0。",
)


def _beyond(finding: Finding) -> tuple[Text, ...]:
    return (_BELOW if "below" in dict(finding.facts) else _BEYOND,)


SENTENCES: Mapping[Cause, Sentence] = {
    **losses.SENTENCES,
    "targets out of range": _beyond,
    "first loss too large": Text(
        en="The first loss is {loss}, {ratio} times that of guessing among {classes} classes ({guess}): the logits of "
        "{start} have an rms of {rms}, and are sure of themselves before anything is learned.",
        zh="第一个损失是 {loss}，是在 {classes} 类中随机猜测的损失（{guess}）的 {ratio} 倍："
        "{start} 的 logits 的均方根是 {rms}，什么都还没学就已十分肯定。",
    ),
    "targets not scaled": Text(
        en="The targets are not scaled: their rms is {size}, as δ tells, and that of the output of {start} {rms}. Each "
        "step has to cover that distance first.",
        zh="目标没有缩放：从 δ 可以算出，目标的均方根是 {size}，而 {start} 的输出只有 {rms}。训练要先走完这段距离。",
    ),
    "output saturated": Text(
        en="The output is saturated on the wrong side: {share} of the values that {start} ({ends}) puts out are at a "
        "limit, the loss wants them away from it, and only {passed} of δ comes through.",
        zh="输出饱和在错误的一侧：{start}（{ends}）的输出有 {share} 在极限处，"
        "损失要它们离开那里，δ 却只有 {passed} 能传过去。",
    ),
}


def _out_of_range(finding: Finding, step: Step) -> Advice:
    facts = shown(finding)
    call = call_of(finding, step)
    if "below" in facts:
        code = f"targets = (targets > 0).float()  # for labels of -1 and 1\n{ON_VALUES}"
        helps = Text(
            en="A cross-entropy is for targets between 0 and 1: give labels as 0 and 1, and compare values, such as "
            "prices, by a distance.",
            zh="交叉熵的目标要在 0 与 1 之间：标签用 0 和 1；价格之类的数值，用距离来比较。",
        )
    elif call is not None and call.role != "activation" and facts["ends"] == call.kind:
        code = "assert 0 <= targets.min() and targets.max() <= 1\ntargets = (targets > 0).float()  # of -1 and 1, say"
        helps = Text(
            en="Give this loss targets between 0 and 1; labels that are -1 and 1, or the numbers of several classes, "
            "are none.",
            zh="交给这个损失的目标要在 0 与 1 之间；取值 -1 和 1 的标签、多个类别的编号都不行。",
        )
    else:
        take = off_the_output(finding, facts["ends"])
        code = without_activation(finding, step, facts["ends"])
        helps = Text(
            en=f"{take.en}, so that it can have any value, or scale the targets into {facts['range']}.",
            zh=f"{take.zh}，让输出可以取任何值；或者把目标缩放到 {facts['range']} 之内。",
        )
    return Advice(
        helps,
        code,
        Text(
            en="Training for longer: the loss that is left is that of the targets which cannot be reached.",
            zh="训练更久：剩下的损失来自够不到的那些目标。",
        ),
        "causes",
        ("outputs.targets_out_of_range",),
    )


_TIED = Text(
    en=", which the embedding shares and PyTorch draws with a standard deviation of 1",
    zh="（嵌入层与输出层共用，PyTorch 的默认标准差是 1）",
)


def _first_loss(finding: Finding, step: Step) -> Advice:
    call, facts = call_of(finding, step), shown(finding)
    embeddings = {f"{one.name}.weight" for one in step.calls if one.role == "embedding"}
    own = call.weight if call is not None else None
    # Where no module makes the logits, a matrix with a row for each class may be what does.
    rows = (one.name for one in step.parameters if one.shape[:1] == (int(facts["classes"]),) and len(one.shape) == 2)
    name = own or next((one for one in rows if one in embeddings), None)
    shared_en, shared_zh = (_TIED.en, _TIED.zh) if name in embeddings else ("", "")
    if name is None:
        code = f"logits = logits / {facts['rms']}"
    elif name in embeddings:
        code = f'torch.nn.init.normal_(model.get_parameter("{name}"), std=0.02)'
    else:
        code = f'with torch.no_grad():\n    model.get_parameter("{name}").div_({facts["rms"]})'
    name_en, name_zh = (name, f" {name}") if name else ("the last weights", "最后的权重")
    return Advice(
        Text(
            en=f"Make {name_en} smaller{shared_en}: a fresh network guesses, and its first loss is the logarithm of "
            "the number of classes.",
            zh=f"减小{name_zh}{shared_zh}：没有训练过的网络只能猜，第一个损失应是类别数的对数。",
        ),
        code,
        Text(
            en="A smaller rate alone: the steps that unlearn the first guess only become more.",
            zh="只减小学习率：要抹掉开头的乱猜，反而需要更多步。",
        ),
        "causes",
        ("outputs.first_loss_too_large",),
    )


def _output_saturated(finding: Finding, step: Step) -> Advice:
    ends = shown(finding)["ends"]
    take = off_the_output(finding, ends)
    return Advice(
        Text(
            en=f"{take.en} and use a loss on logits, whose gradient does not vanish where the output is wrong; a "
            "generator is trained with the labels of real data.",
            zh=f"{take.zh}，改用接受 logits 的损失：输出越错，它的梯度越不会消失；训练生成器时，标签用真实数据的标签。",
        ),
        f"{without_activation(finding, step, ends)}\nlogits = model(x)\n{AS_REAL}",
        Text(
            en="A higher rate: what the output lets through is smaller than that by orders of magnitude.",
            zh="提高学习率：输出放过来的梯度小了许多个数量级。",
        ),
        "causes",
        ("outputs.output_saturated",),
    )


ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = {
    **losses.ADVICE,
    "targets out of range": _out_of_range,
    "first loss too large": _first_loss,
    "targets not scaled": always(
        Text(
            en="Subtract the mean of the training set's targets and divide by their standard deviation; multiply "
            "predictions by it again.",
            zh="目标减去训练集上的平均值，再除以标准差；预测时乘回去、加回去。",
        ),
        "mean, std = targets.mean(0), targets.std(0)  # of the training set\n"
        "loss = torch.nn.functional.mse_loss(model(x), (targets - mean) / std)\n"
        "prediction = model(x) * std + mean  # where you predict",
        Text(
            en="A higher rate: a squared error's gradient is as large as the distance, and the step overflows.",
            zh="提高学习率：平方误差的梯度与距离成正比，一步就会上溢。",
        ),
        "outputs.targets_not_scaled",
    ),
    "output saturated": _output_saturated,
}
