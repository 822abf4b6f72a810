"""Weights that are not finite, or have grown until numbers overflow: whether an update made them so.

Where the gradients were not finite already, the origin lies in the step before, and another family tells it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from gradlab.language import Text
from gradlab.probing.causes.course import DIVERGED
from gradlab.probing.finding import Advice, Cause, Finding, Sentence
from gradlab.probing.step import Step

Origin = Callable[[Step], Iterator[Finding]]
"""Yields where the values of a step that are not finite come from."""


def is_undefined(step: Step) -> bool:
    """Whether any output, or any gradient at one, is not finite."""
    return any(call.nonfinite or call.delta_nonfinite for call in step.calls)


def undefined_weights(step: Step) -> list[str]:
    """The parameters of the first layer with such outputs that were not finite as the step began."""
    first = next((call for call in step.calls if call.nonfinite), None)
    if first is None:
        return []
    # One that lies beside the modules, as a position's embedding does, is used by none of the calls.
    calls = {call.name for call in step.calls}
    own = (
        parameter
        for parameter in step.parameters
        if parameter.module == first.name or (not first.parents and parameter.module not in calls)
    )
    return [one.name for one in own if one.elements and one.shape and not math.isfinite(one.norm)]


def undefined_gradients(step: Step) -> bool:
    """Whether the gradient of any parameter is not finite."""
    sizes = (parameter.gradient_norm for parameter in step.parameters)
    return any(size is not None and not math.isfinite(size) for size in sizes)


def find(step: Step, earlier: Sequence[Step], origin: Origin) -> Iterator[Finding]:
    """Weights that an update made so, or that had become so before; ``origin`` tells of the step before."""
    broken, before = step, None
    for other in reversed(earlier):
        if is_undefined(other) and undefined_weights(other):
            broken = other
        else:
            before = other
            break
    layers = tuple(call.label for call in step.calls if call.nonfinite)
    measured = float(sum(not math.isfinite(parameter.norm) for parameter in step.parameters if parameter.elements))
    told = partial(Finding, "non-finite", layers, layers[0], measured, None, None, 1.0)
    since: tuple[tuple[str, float | str], ...] = (("since", str(broken.number)),)
    if before is not None:
        grown = _growth(before, earlier)
        origins = () if grown else tuple(origin(before))
        if origins:
            facts = (*since, ("before", str(before.number)))
            yield told(cause="gradient not finite before", facts=facts)
            yield from origins
            return
        if not grown and undefined_gradients(before):
            root = before.readings.loss is not None and any(
                one.operation == "Sqrt" for one in before.readings.loss.nodes
            )
            facts = (*since, ("before", str(before.number)), ("outputs", "root" if root else "finite"))
            yield told(cause="root of 0" if root else "gradient not finite before", facts=facts)
            return
        if grown:
            since += grown
        elif broken.number - before.number > 1:
            since += (("gap", str(before.number)),)
        elif not is_undefined(before) and not undefined_gradients(before):
            since += (("finite", "1"),)
    yield told(cause="update not finite", facts=(*since, *_optimizer(step)))


def grown_too_large(step: Step, earlier: Sequence[Step]) -> Finding | None:
    """Weights that have grown until the outputs overflow; None where a training may grow them as much."""
    grown = _growth(step, earlier)
    if grown is None:
        return None
    layers = tuple(call.label for call in step.calls if call.nonfinite or call.delta_nonfinite)
    measured = float(sum(call.nonfinite + call.delta_nonfinite for call in step.calls))
    facts = (*grown, *_optimizer(step))
    return Finding("non-finite", layers, layers[0], measured, None, None, 1.0, cause="update not finite", facts=facts)


def _growth(step: Step, earlier: Sequence[Step]) -> tuple[tuple[str, float | str], ...] | None:
    """Facts of the weights' growth since the first recorded step; None where a training may do as much."""
    if not earlier or earlier[0].number >= step.number:
        return None
    first = {parameter.name: parameter.norm for parameter in earlier[0].parameters if len(parameter.shape) > 1}
    sizes = ((parameter.norm, first.get(parameter.name, 0.0)) for parameter in step.parameters)
    grown = max((now / then for now, then in sizes if 0 < then < math.inf and math.isfinite(now)), default=0.0)
    return (("grown", grown), ("first", str(earlier[0].number))) if grown >= DIVERGED else None


def _optimizer(step: Step) -> tuple[tuple[str, float | str], ...]:
    connection = step.readings.connection
    optimizer = None if connection is None else connection.optimizer
    if optimizer is None:
        return ()
    facts: tuple[tuple[str, float | str], ...] = (("optimizer", optimizer.kind), ("rate", optimizer.rate))
    return (*facts, ("eps", optimizer.eps or 0.0), ("lost", optimizer.lost)) if optimizer.lost else facts


# Sentences


def _after_update(found: Finding) -> tuple[Text, ...]:
    facts = dict(found.facts)
    since = Text(
        en="The weights were no longer finite as step {since} began ({measured} of the parameters): an update made "
        "them so, and no layer did.",
        zh="第 {since} 步开始时，权重已不再有限（其中 {measured} 个参数）：是更新造成的，不是哪一层。",
    )
    if facts.get("since") == "0":
        since = Text(
            en="The weights were not finite as the first step began ({measured} of the parameters): they were loaded "
            "or drawn so, or an earlier update made them so.",
            zh="第一步开始时，权重就已不是有限的（其中 {measured} 个参数）：它们加载或初始化时就是这样，"
            "或者是更早的更新造成的。",
        )
    if "since" not in facts:
        since = Text(
            en="The numbers overflow because the weights have grown, and not by what one layer does.",
            zh="数值上溢是因为权重变大了，不是哪一层造成的。",
        )
    grown = Text(
        en=" Updates had made the weights {grown} times as large as in step {first}.",
        zh="在此之前，更新已使权重变为第 {first} 步时的 {grown} 倍。",
    )
    gap = Text(
        en=" Of the steps between it and step {gap}, when all was finite, none was recorded.",
        zh="第 {gap} 步时一切都还有限，这两步之间的各步没有记录。",
    )
    by = Text(en=" It was {optimizer} with a learning rate of {rate}.", zh="优化器是 {optimizer}，学习率为 {rate}。")
    finite = Text(en=" The gradients before it were finite.", zh="更新之前的梯度都是有限的。")
    lost = Text(
        en=" Its eps of {eps} is 0 in {lost}, so that it divides by 0 where a gradient is 0.",
        zh="它的 eps（{eps}）在 {lost} 里就是 0，梯度为 0 的地方便成了除以 0。",
    )
    parts = [(grown, "grown"), (gap, "gap"), (finite, "finite"), (by, "optimizer"), (lost, "lost")]
    return (since, *(text for text, name in parts if name in facts))


def _gradient_before(found: Finding) -> tuple[Text, ...]:
    facts = dict(found.facts)
    return (BEFORE, OF_WEIGHTS if "outputs" in facts else _FOLLOWS)


BEFORE = Text(
    en="The weights were no longer finite as step {since} began ({measured} of the parameters): the gradients of step "
    "{before} were not finite already, and the update carried them over.",
    zh="第 {since} 步开始时，权重已不再有限（其中 {measured} 个参数）：第 {before} 步的梯度就已不再有限，"
    "更新把它们带进了权重。",
)
_FOLLOWS = Text(en=" What follows is of step {before}.", zh="下面说的是第 {before} 步。")
OF_WEIGHTS = Text(
    en=" There all outputs were finite, and so was the gradient at them: it is that of the weights alone, as of a "
    "penalty on them, or of a gradient of which another is taken.",
    zh="那一步里所有输出都有限，输出处的梯度也有限：不再有限的只是权重的梯度，"
    "例如来自对权重的惩罚项，或来自对梯度再求的梯度。",
)
ROOT = Text(
    en=" The loss takes a root: at 0 the root is finite, and its derivative is infinite.",
    zh="损失里有一次开方：0 的平方根是有限的，它在 0 处的导数却是无穷大。",
)
SENTENCES: Mapping[Cause, Sentence] = MappingProxyType(
    {"update not finite": _after_update, "gradient not finite before": _gradient_before}
)

CLIP = Text(
    en="Clipping a gradient that is infinite already: it becomes NaN, or 0.",
    zh="对已经无穷大的梯度做裁剪：结果是 NaN 或 0。",
)


def _smaller_rate(found: Finding, _: Step) -> Advice:
    facts = dict(found.facts)
    if "lost" in facts:
        helps = Text(
            en="An eps that does not round to 0 in the parameters' type, or parameters in float32 under autocast.",
            zh="换一个在参数的类型里不会舍入为 0 的 eps，或者用 autocast，让参数保持 float32。",
        )
        code = "for group in optimizer.param_groups:\n    group['eps'] = 1e-4  # the smallest number of float16 is 6e-8"
        return Advice(helps, code, CLIP, "causes", ("undefined.eps",))
    helps = Text(
        en="A smaller learning rate, from the start: weights that are NaN stay so. Clipping helps while the gradient "
        "is finite.",
        zh="从头用更小的学习率训练：变成 NaN 的权重恢复不了。梯度还有限的时候，裁剪也有用。",
    )
    rate = facts.get("rate")
    smaller = f"{float(rate) / 10:.3g}" if rate is not None else "group['lr'] / 10"
    code = f"for group in optimizer.param_groups:  # of a model made anew\n    group['lr'] = {smaller}"
    return Advice(helps, code, CLIP, "causes", ("undefined.update",))


def _begin_again(found: Finding, _: Step) -> Advice:
    facts = dict(found.facts)
    if "outputs" in facts:
        helps = Text(
            en="Let autograd look for the operation, from weights of before that step, and make what it names safe: "
            "NaN stays.",
            zh="从那一步之前的权重开始，让 autograd 找出是哪个运算，再让那个运算变得安全：NaN 不会自己消失。",
        )
        return Advice(helps, "with torch.autograd.detect_anomaly():\n    loss.backward()", CLIP, "causes", ())
    helps = Text(
        en="Do what is said of that step, and begin again with weights from before it: NaN stays.",
        zh="按对那一步的说明去改，再从那一步之前的权重重新开始：NaN 不会自己消失。",
    )
    code = f"print(record.report(step={facts['before']}))"
    return Advice(helps, code, CLIP, "causes", ("undefined.before",))


ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = MappingProxyType(
    {"update not finite": _smaller_rate, "gradient not finite before": _begin_again}
)
