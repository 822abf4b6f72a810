"""Over steps: a rate too high or too low, too few steps, a loss that stays at that of a constant guess.

How far a weight has gone is measured by itself: the ratios ‖ΔW‖/‖W‖ of its updates, added up. A network in which no
weight has gone as far as its own size has seen little of its training, and one in which a single update is as large as
the weight forgets with it what it knew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from gradlab.language import Text
from gradlab.probing.causes import written
from gradlab.probing.causes.common import (
    BINARY_LOSS,
    Origins,
    always,
    misconfigured,
    off_the_output,
    on_logits,
    shown,
    without_activation,
)
from gradlab.probing.finding import ORDER, Advice, Cause, Finding, Sentence, Severity, Verdict
from gradlab.probing.recovered import last_operation
from gradlab.probing.step import ParameterReading, Step

FEWEST = 12
"""Recorded steps below which nothing is said of their course."""
LEARNED = 0.1
"""Share of the loss of guessing that a network which learns has left behind."""
LONG = 100
"""Steps from which on it is the rate, and not their number, that is too small."""
WHOLE = 1.0
"""A weight's own size, as a ratio of its update or of all its updates together."""
LOOKED_AT = 200
"""Recorded steps that are looked at; of more, evenly spaced ones."""
PACE: frozenset[Cause] = frozenset({"rate too high", "rate too low", "too few steps", "decay too large"})
"""Causes that another learning rate, or more steps, are the answer to."""
_UNSCALED: frozenset[Cause] = frozenset({"inputs not scaled"})
_VANISHING: frozenset[Verdict] = frozenset({"vanishing"})
_ANY: frozenset[Verdict] = frozenset(ORDER)
FOLLOWS: Mapping[Cause, Origins] = {
    "rate too high": Origins(_UNSCALED, others=PACE),
    "decay too large": Origins(_UNSCALED, others=PACE),
    "rate too low": Origins(_UNSCALED, verdicts=_VANISHING, others=PACE),
    "too few steps": Origins(_UNSCALED, verdicts=_VANISHING, others=PACE),
    "constant guess": Origins(verdicts=_ANY, others=frozenset()),
}
"""Origins of findings about the pace: any cause that hinders, and inputs that are not scaled, although many networks
get over them; where the gradient vanishes, steps are small because of that."""
SHRUNK = 0.5
"""Share of its first size below which a weight has been taken back by weight decay, if it is that which moves it."""
DIVERGED = 100.0
"""Growth of a weight beyond which no training is that converges."""
WORSE = 2.0
"""A training that ends with this many times its first loss has gone the wrong way."""


@dataclass(frozen=True)
class _Course:
    """Course of the loss and of the weights over the recorded steps.

    Attributes:
        losses: of the steps, in order.
        guess: loss of a constant guess, None where it is unknown.
        path: for each weight, the ratios of its updates added up over all steps, also those that are not recorded.
        largest: the largest ratio of one update, and the weight it was seen at.
        steps: how many steps the block has had.

    """

    losses: tuple[float, ...]
    guess: float | None
    path: Mapping[str, float]
    largest: tuple[float, str]
    steps: int

    @property
    def end(self) -> float:
        """Median of the last third of the losses."""
        return median(self.losses[-max(len(self.losses) // 3, 1) :])

    @property
    def start(self) -> float:
        """The first loss."""
        return self.losses[0]

    @property
    def is_stuck(self) -> bool:
        """Whether the network, at the end, is no better than a constant guess."""
        return self.guess is not None and self.end > (1 - LEARNED) * self.guess

    @property
    def still_falls(self) -> bool:
        """Whether the second half of the steps has lowered the loss by at least a third as much as the first.

        A straight line has them alike, and a training that comes to its end has nearly all in the first.
        """
        half = len(self.losses) // 2
        first, second, third = (
            median(part)
            for part in (
                self.losses[: half // 2],
                self.losses[half - half // 4 : half + half // 4 + 1],
                self.losses[-(half // 2) :],
            )
        )
        return second < first and second - third > (first - second) / 3


def _weights(step: Step) -> Iterator[ParameterReading]:
    for parameter in step.parameters:
        if len(parameter.shape) > 1 and parameter.update_ratio is not None and parameter.norm > 0:
            yield parameter


def _guess(steps: Sequence[Step]) -> float | None:
    """The loss of a constant guess: the mean over the steps whose targets are looked at."""
    told = [guess for step in steps if (guess := _guess_of(step)) is not None]
    return sum(told) / len(told) if told else None


def _guess_of(step: Step) -> float | None:
    if len(step.readings.written) > 1 or len(step.readings.outputs) > 1:
        return None
    for reading in step.readings.written:
        if reading.guess is not None:
            return reading.guess
    for output in step.readings.outputs:
        squared = step.readings.loss is not None and step.readings.loss.nodes[0].operation == "MseLoss"
        if squared and output.target_deviation is not None:
            return output.target_deviation**2
    return None


def _looked_at(step: Step, earlier: Sequence[Step]) -> list[Step]:
    """All earlier steps, or of very many evenly spaced ones and the last; then this one."""
    count = len(earlier)
    places = sorted({*range(0, count, math.ceil(count / LOOKED_AT) or 1), max(count - 1, 0)})
    return [*(earlier[place] for place in places if place < count), step]


def _course(looked_at: Sequence[Step]) -> _Course | None:
    """The course of some steps; None where it is too short, or losses or updates are not known."""
    steps = [one for one in looked_at if one.has_update]
    losses = [one.readings.loss.value for one in steps if one.readings.loss is not None]
    if len(steps) < FEWEST or len(losses) < len(steps) or not all(map(math.isfinite, losses)):
        return None
    path: dict[str, float] = {}
    largest = (0.0, "")
    gaps = [later.number - former.number for former, later in pairwise(steps)]
    for one, gap in zip(steps, (*gaps, gaps[-1]), strict=True):
        for parameter in _weights(one):
            ratio = parameter.update_ratio or 0.0
            path[parameter.name] = path.get(parameter.name, 0.0) + ratio * gap
            largest = max(largest, (ratio, parameter.module))
    if not path:
        return None
    return _Course(tuple(losses), _guess(steps), path, largest, steps[-1].number - steps[0].number + gaps[-1])


def find(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Causes that several steps show together."""
    steps = _looked_at(step, earlier)
    course = _course(steps)
    yield from _distances(step, written.informed(step, earlier), course)
    if course is None:
        yield from (*_grown(steps), *_thrown(steps))
    else:
        decayed = tuple(_decay(steps, course))
        yield from decayed or _pace(step, course)


def _grown(steps: Sequence[Step]) -> Iterator[Finding]:
    """Weights that have been thrown far away, where the probe was not given the optimizer and knows no update."""
    losses = [one.readings.loss.value for one in steps if one.readings.loss is not None]
    if len(steps) < FEWEST or len(losses) < len(steps) or not all(map(math.isfinite, losses)):
        return
    if any(one.has_update for one in steps):
        return
    course = _Course(tuple(losses), _guess(steps), {}, (0.0, ""), steps[-1].number - steps[0].number + 1)
    first = {one.name: one.norm for one in steps[0].parameters if len(one.shape) > 1 and one.norm > 0}
    grown = {one: one.norm / first[one.name] for one in steps[-1].parameters if one.name in first}
    weight = max(grown, key=lambda one: grown[one], default=None)
    worse = course.start > 0 and course.end > WORSE * course.start
    if weight is not None and DIVERGED <= grown[weight] < math.inf and (worse or course.is_stuck):
        facts: dict[str, float | str] = {"first": course.start, "last": course.end, "steps": str(course.steps)}
        yield misconfigured("rate too high", weight.module, grown[weight], grown=grown[weight], known=facts)


def _thrown(steps: Sequence[Step]) -> Iterator[Finding]:
    """A loss that ceased to be finite after an update as large as the weight, however few steps that took."""
    losses = [one.readings.loss.value for one in steps if one.readings.loss is not None]
    if len(losses) < len(steps) or not math.isfinite(losses[0]) or math.isfinite(losses[-1]):
        return
    ratios = ((one.update_ratio or 0.0, one.module) for earlier in steps[:-1] for one in _weights(earlier))
    ratio, weight = max((one for one in ratios if one[0] < math.inf), default=(0.0, ""))
    if ratio >= WHOLE:
        count = str(steps[-1].number - steps[0].number)
        facts: dict[str, float | str] = {"first": losses[0], "last": losses[-1], "steps": count}
        yield misconfigured("rate too high", weight, ratio, ratio=ratio, known=facts)


def _decay(looked_at: Sequence[Step], course: _Course) -> Iterator[Finding]:
    """Weights that all shrink because their decay is larger than their gradients, and nothing is learned."""
    step = looked_at[-1]
    connection = step.readings.connection
    optimizer = None if connection is None else connection.optimizer
    if optimizer is None or not optimizer.decay or not _no_better(course):
        return
    steps = [one for one in looked_at if one.has_update]
    first = {one.name: one.norm for one in _weights(steps[0])}
    last = {one.name: one.norm for one in _weights(step)}
    shrunk = [last[name] / size for name, size in first.items() if name in last]
    if not shrunk or max(shrunk) > SHRUNK:
        return
    if optimizer.kind in _DECOUPLED:
        is_decay = (1 - optimizer.rate * optimizer.decay) ** course.steps < SHRUNK
    else:
        is_decay = all(optimizer.decay * math.hypot(*sizes) > math.hypot(*pulls) for sizes, pulls in map(_sizes, steps))
    if is_decay:
        module = max(_weights(step), key=lambda one: first.get(one.name, 0.0)).module
        facts: dict[str, float | str] = {"decay": optimizer.decay, "last": course.end, "steps": str(course.steps)}
        left = sum(shrunk) / len(shrunk)
        yield misconfigured("decay too large", module, left, left=f"{left:.0%}", first=course.start, known=facts)


def _sizes(step: Step) -> tuple[list[float], list[float]]:
    """Norms of the weights and of their gradients."""
    weights = [one for one in _weights(step) if one.gradient_norm is not None]
    return [one.norm for one in weights], [one.gradient_norm or 0.0 for one in weights]


_DECOUPLED = ("AdamW", "SGDW", "NAdamW", "Lion")


def _pace(step: Step, course: _Course) -> Iterator[Finding]:
    """Steps that are too large, too small or too few."""
    ratio, weight = course.largest
    worse = course.start > 0 and course.end > WORSE * course.start
    facts: dict[str, float | str] = {"first": course.start, "last": course.end, "steps": str(course.steps)}
    if (worse or course.is_stuck) and ratio >= (LEARNED if worse else WHOLE):
        yield misconfigured("rate too high", weight, ratio, ratio=ratio, known=facts)
        return
    farthest = max(course.path, key=lambda name: course.path[name])
    gone = course.path[farthest]
    module = next(one.module for one in step.parameters if one.name == farthest)
    if gone >= WHOLE and course.is_stuck and course.steps >= LONG:
        facts |= {"guess": course.guess or 0.0, "gone": gone}
        yield misconfigured("constant guess", module, gone, severity="note", known=facts)
    if gone == 0 or gone >= WHOLE or course.end <= 0:
        return
    pace = course.steps / gone
    facts |= {"gone": f"{gone:.1%}", "needed": f"{pace:,.0f}"}
    if course.guess is not None and course.is_stuck:
        cause: Cause = "rate too low" if course.steps >= LONG else "too few steps"
        severity: Severity = "hinders" if course.steps >= LONG else "note"
        yield misconfigured(cause, module, gone, severity=severity, guess=course.guess, known=facts)
    elif course.still_falls and course.guess is not None and course.end > course.guess / 2:
        yield misconfigured("too few steps", module, gone, severity="note", known=facts)


def _distances(step: Step, known: Step, course: _Course | None) -> Iterator[Finding]:
    """A squared or absolute error between probabilities and classes, as a step knows that looked at the targets."""
    loss = step.readings.loss
    for reading in known.readings.written:
        if loss is None or not reading.binary or reading.kind != "distance" or reading.call >= len(step.calls):
            continue
        last, call = last_operation(step.calls, step.calls[reading.call], step.owners)
        if last not in ("sigmoid", "softmax"):
            continue
        stuck = course is not None and course.steps >= LONG and _no_better(course)
        yield misconfigured(
            "wrong loss",
            step.calls[call.index].label,
            loss.value,
            severity="hinders" if stuck else "note",
            ends=last,
            loss=_LOSSES.get(loss.nodes[0].operation, "mse_loss"),
            instead=BINARY_LOSS if last == "sigmoid" else "cross_entropy",
        )


_LOSSES = {"MseLoss": "mse_loss", "L1Loss": "l1_loss", "SmoothL1Loss": "smooth_l1_loss", "HuberLoss": "huber_loss"}


def _no_better(course: _Course) -> bool:
    return course.is_stuck if course.guess is not None else course.end > (1 - LEARNED) * course.start


def _threw(found: Finding) -> tuple[Text, ...]:
    return (_GROWN if "grown" in dict(found.facts) else _AT_ONCE,)


_AT_ONCE = Text(
    en="The learning rate is too high: one update changed the weight of {start} by {ratio} times its own size, and "
    "the loss, {first} at first, is {last} after {steps} steps.",
    zh="学习率太大：一次更新就让 {start} 的权重变了自身大小的 {ratio} 倍；"
    "损失起初是 {first}，{steps} 步之后是 {last}。",
)
_GROWN = Text(
    en="The learning rate is too high: in {steps} steps the weight of {start} has become {grown} times as large, and "
    "the loss, {first} at first, is {last}.",
    zh="学习率太大：{steps} 步之后，{start} 的权重成了原来的 {grown} 倍；损失起初是 {first}，现在是 {last}。",
)
SENTENCES: Mapping[Cause, Sentence] = {
    "rate too high": _threw,
    "decay too large": Text(
        en="The weight decay of {decay} is too large: in {steps} steps it has taken the weights down to {left} of "
        "their size, against which no gradient comes up, and the loss, {first} at first, is {last}.",
        zh="权重衰减 {decay} 太大：{steps} 步里，它把权重缩到了原来大小的 {left}，梯度抵不过它；"
        "损失起初是 {first}，现在是 {last}。",
    ),
    "rate too low": Text(
        en="The learning rate is too low: in {steps} steps even the weight that went farthest, that of {start}, has "
        "gone {gone} of its own size, and the loss of {last} is no better than that of a constant guess ({guess}). At "
        "this pace it takes {needed} steps to go as far as it is large.",
        zh="学习率太小：{steps} 步里走得最远的权重（{start}）也只走了自身大小的 {gone}，"
        "损失 {last} 并不比猜一个常数（{guess}）好。"
        "照这个速度，要走完自身大小的距离得 {needed} 步。",
    ),
    "too few steps": Text(
        en="The training is at its beginning: in {steps} steps the weight that went farthest, that of {start}, has "
        "gone {gone} of its own size, and the loss of {last} (at first {first}) still falls. At this pace it takes "
        "{needed} steps to go as far as it is large.",
        zh="训练才刚开头：{steps} 步里走得最远的权重（{start}）只走了自身大小的 {gone}，"
        "损失从 {first} 降到 {last}，还在下降。"
        "照这个速度，要走完自身大小的距离得 {needed} 步。",
    ),
    "constant guess": Text(
        en="Nothing is learned but a constant guess: after {steps} steps, in which the weight of {start} has gone "
        "{gone} times its own size, the loss is {last}, and the best constant has {guess}.",
        zh="除了猜一个常数，什么也没学到：{steps} 步之后，{start} 的权重已走了自身大小的 {gone} 倍，损失是 {last}，"
        "而最好的常数的损失是 {guess}。",
    ),
    "wrong loss": Text(
        en="A distance is the loss of classes: {start} ends in {ends}, all targets are 0 or 1, and {loss} compares "
        "them. Where the output is sure and wrong, {ends} is flat, and next to nothing comes through.",
        zh="分类用了距离作损失：{start} 末尾是 {ends}，目标全是 0 或 1，用的却是 {loss}。"
        "输出十分肯定却错了的地方，{ends} 是平的，梯度几乎传不过去。",
    ),
}


def _too_high(finding: Finding, _: Step) -> Advice:
    # The size of one update tells by how much; the way of all of them does not.
    factor = 0.1 if "grown" in dict(finding.facts) else 0.01 / max(finding.measured, 0.01)
    return Advice(
        Text(
            en="Lower the rate until the largest update is a hundredth of the weight or less, and start from fresh "
            "weights: those that were thrown far away do not come back. Clipping the gradient bounds a single step.",
            zh="降低学习率，直到最大的更新不超过权重的百分之一；而且要从新的权重开始，被甩远的权重回不来。裁剪梯度能限制单独一步。",
        ),
        f"for group in optimizer.param_groups:\n    group['lr'] *= {factor:.2g}",
        Text(
            en="More steps: where the weights are by now there is often no gradient left.",
            zh="多训练几步：权重到了现在的地方，往往已经没有梯度了。",
        ),
        "causes",
        ("over_steps.too_high",),
    )


def _wrong_loss(finding: Finding, step: Step) -> Advice:
    facts = shown(finding)
    take = off_the_output(finding, facts["ends"])
    return Advice(
        Text(
            en=f"{take.en}, and give the logits to {facts['instead']}, whose gradient is the probability less the "
            "target, wherever the output is.",
            zh=f"{take.zh}，把 logits 交给 {facts['instead']}：不管输出在哪里，它的梯度都是概率减去目标。",
        ),
        f"{without_activation(finding, step, facts['ends'])}\n{on_logits(facts['instead'])}",
        Text(
            en="Another initialization: the flat ends of the output stay where they are.",
            zh="换初始化：输出两端的平坦处还在那里。",
        ),
        "causes",
        (),
    )


ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = {
    "rate too high": _too_high,
    "decay too large": always(
        Text(
            en="A weight decay of 0.0005 or less for SGD, of 0.1 or less for AdamW, from fresh weights.",
            zh="SGD 的权重衰减取 0.0005 或更小，AdamW 的取 0.1 或更小，并从新的权重开始。",
        ),
        "for group in optimizer.param_groups:  # of a model made anew\n    group['weight_decay'] = 5e-4",
        Text(
            en="Another learning rate: the weights come down to the same size, sooner or later.",
            zh="调整学习率：权重迟早还是缩到那么小。",
        ),
    ),
    "rate too low": always(
        Text(
            en="Raise the rate tenfold, and again as long as the loss falls faster for it; or take Adam, whose steps "
            "do not depend on the scale of the gradient.",
            zh="把学习率提高到十倍，只要损失因此降得更快就再提高；或者改用 Adam，它的步长与梯度的大小无关。",
        ),
        "for group in optimizer.param_groups:\n    group['lr'] *= 10",
        Text(
            en="Waiting: at this pace nothing comes of it in time.",
            zh="干等：照这个速度等不出结果。",
        ),
        "over_steps.too_low",
    ),
    "too few steps": always(
        Text(
            en="Train on, and watch again: nothing in these steps speaks against it. Where training ends here, it ends "
            "too early.",
            zh="接着训练，再看一次：这些步里没有什么不对。要是训练就到此为止，那就停得太早了。",
        ),
        "",
        Text(
            en="Another architecture: this one has not been tried yet.",
            zh="换结构：现在这个还没有真正试过。",
        ),
        "over_steps.short",
    ),
    "constant guess": always(
        Text(
            en="Look at whether inputs and targets belong together, and whether the outputs differ from sample to "
            "sample: a network that moves and learns nothing is given nothing to learn, or cannot tell samples apart.",
            zh="检查输入与目标是否对得上，再看各个样本的输出是否不同：权重在动却学不到东西，"
            "要么数据里没有可学的，要么网络分不清样本。",
        ),
        "output = model(x)\nprint(output.std(0))  # next to 0: one answer for all samples\nprint(x[:3], targets[:3])",
        Text(
            en="More steps at this rate: the weights have moved far already.",
            zh="以这个学习率再多训练几步：权重已经走得够远了。",
        ),
    ),
    "wrong loss": _wrong_loss,
}
