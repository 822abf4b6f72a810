"""One call blocks the gradient: a softmax over one element, a normalization over one, a mask over a whole row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from gradlab.language import Text
from gradlab.probing import flat, snippets
from gradlab.probing.causes import wiring
from gradlab.probing.causes.common import BINARY_LOSS, ON_VALUES, are_labels, on_logits, without_activation
from gradlab.probing.finding import Advice, Cause, Finding, Sentence, Verdict
from gradlab.probing.step import LayerCall, ParameterReading, Step

_ROUNDING = 1e-3
"""Largest rest by rounding, even in half precision, of a value or a gradient that is 0 by the rules."""


def find(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Calls that let no gradient through, whatever the weights."""
    yield from _at_calls(step)
    yield from _in_the_loss(step)
    told = tuple(_zeros(step))
    yield from told or _zero_parameters(step, earlier)


def _transmission(step: Step, call: LayerCall) -> float | None:
    """The factor of ‖δ‖ across a call, from its output to the outputs before it; None where one is not known."""
    before = [step.calls[parent].delta_norm for parent in call.parents]
    if not call.delta_norm or not before or any(size is None for size in before):
        return None
    total = sum(size * size for size in before if size is not None)
    return float(total**0.5) / call.delta_norm


def _at_calls(step: Step) -> Iterator[Finding]:
    """Calls across which δ becomes 0, for a reason that their operations tell."""
    operations = dict(step.readings.flat)
    weights = {parameter.module: parameter for parameter in step.parameters if parameter.name.endswith("weight")}
    for call in step.calls:
        passed = _transmission(step, call)
        if passed is None or passed >= _ROUNDING:
            continue
        operation = operations.get(f"{call.name} {call.number}")
        cause: Cause | None = None
        if operation is not None and passed == 0:
            cause = "softmax of one" if operation == flat.SOFTMAX else "step function"
        elif call.role == "normalization" and _is_of_one(step, call, weights.get(call.name)):
            cause = "normalization of one"
        if cause is not None:
            facts = (("operation", operation or call.kind), ("shape", "×".join(map(str, call.shape))))
            yield _blocked(step, cause, call, facts)
            return


def _is_of_one(step: Step, call: LayerCall, weight: ParameterReading | None) -> bool:
    """Whether a normalization puts out 0 for inputs that are not: each element less its own mean.

    With a shift that has been trained it does not, and only the number of units tells of a layer normalization.
    """
    if "Layer" in call.kind and call.shape[-1:] == (1,):
        return True
    scale = 1.0 if weight is None or not weight.elements else weight.norm / weight.elements**0.5
    given = any(step.calls[parent].norm for parent in call.parents)
    return given and scale > 0 and call.rms < _ROUNDING * scale


def _in_the_loss(step: Step) -> Iterator[Finding]:
    """A loss without a gradient: a softmax over a single class is 0 whatever the output is, and a sign is flat."""
    loss = step.readings.loss
    told = [call for call in step.calls if call.delta_norm is not None]
    if loss is None or not told or any(call.delta_norm for call in told):
        return
    for node in loss.nodes:
        if node.operation in ("LogSoftmax", "Softmax") and len(node.shape) > 1 and node.shape[1] == 1:
            last = told[-1]
            facts = (("operation", flat.SOFTMAX), ("shape", "×".join(map(str, node.shape))), ("loss", loss.value))
            yield _blocked(step, "softmax of one", last, facts)
            return
        if node.operation in flat.STEPS:
            facts = (("operation", node.operation.lower()), ("shape", ""), ("loss", loss.value))
            yield _blocked(step, "step function", told[-1], facts)
            return


def _blocked(step: Step, cause: Cause, call: LayerCall, facts: tuple[tuple[str, float | str], ...]) -> Finding:
    """A call behind which no gradient is left, or next to none, as rounding makes it."""
    zero = tuple(other.label for other in step.calls if other.delta_norm == 0)
    if zero:
        return Finding("cut off", zero, call.label, len(zero), None, None, 1.0, cause=cause, facts=facts)
    before = tuple(other.label for other in step.calls[: call.index] if other.delta_norm is not None)
    return Finding("vanishing", before, call.label, len(before), None, None, 1.0, cause=cause, facts=facts)


def _zeros(step: Step) -> Iterator[Finding]:
    """Layers of zeros one after the other.

    The input of the last is 0, so that its weight gets no gradient, nor do those before it, to which it passes none.
    """
    weights = {parameter.name: parameter for parameter in step.parameters}
    stuck: dict[int, None] = {}
    for call in step.calls:
        if not _is_stuck(weights.get(call.weight or "")) or not call.delta_norm or not call.parents:
            continue
        before = list(_without_a_value(step, call))
        if any(_is_stuck(weights.get(step.calls[index].weight or "")) for index in before):
            stuck |= dict.fromkeys((*before, call.index))
    if stuck:
        calls = [step.calls[index] for index in sorted(stuck)]
        named = [call.label for call in calls if _is_stuck(weights.get(call.weight or ""))]
        labels = tuple(call.label for call in calls)
        facts = (
            ("count", str(len(named))),
            ("zeros", ", ".join(named)),
        )
        verdict: Verdict = "dead" if any(call.silent == 1 for call in calls) else "cut off"
        yield Finding(verdict, labels, named[0], len(named), None, None, 1.0, cause="zeros in a row", facts=facts)


def _zero_parameters(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """The same of weights that are used in no module of their own: they are 0, and stay so while others move."""
    before = wiring.updated_since(step, earlier)
    if not before:
        return
    still = [
        {one.name for one in taken.parameters if _is_stuck(one) and (len(one.shape) > 1 or one.elements == 1)}
        for taken in (*before, step)
    ]
    both = set.intersection(*still)
    names = tuple(parameter.name for parameter in step.parameters if parameter.name in both)
    if len(names) > 1:
        facts = (("count", str(len(names))), ("zeros", ", ".join(names)))
        yield Finding("cut off", names, names[0], len(names), None, None, 1.0, cause="zeros in a row", facts=facts)


def _is_stuck(weight: ParameterReading | None) -> bool:
    """Whether a weight is 0, is trained, and gets a gradient of exactly 0."""
    return weight is not None and weight.trainable and weight.norm == 0 and weight.gradient_norm == 0


def _without_a_value(step: Step, call: LayerCall) -> Iterator[int]:
    """The calls before one whose outputs are exactly 0, and get no gradient from it."""
    waiting, seen = list(call.parents), set(call.parents)
    for index in waiting:  # which grows
        before = step.calls[index]
        if before.norm == 0 and before.delta_norm == 0:
            yield index
            waiting += [parent for parent in before.parents if parent not in seen]
            seen |= set(before.parents)


def _softmax(found: Finding) -> tuple[Text, ...]:
    return (_SOFTMAX_IN_LOSS if "loss" in dict(found.facts) else _SOFTMAX,)


def _step_function(found: Finding) -> tuple[Text, ...]:
    return (_STEP_IN_LOSS if "loss" in dict(found.facts) else _STEP,)


_SOFTMAX = Text(
    en="No gradient gets past {start}: it takes a softmax over a dimension of size 1 ({shape}), which is 1 whatever it "
    "is given. Behind it ‖δ‖ is exactly 0.",
    zh="梯度到 {start} 为止，再传不过去：它在大小为 1 的一维上取 softmax（形状 {shape}），不管输入是什么，结果都是 1。"
    "在它之前，‖δ‖ 恰好是 0。",
)
_SOFTMAX_IN_LOSS = Text(
    en="The loss sends no gradient back: it takes a softmax over a single class ({shape}), which is 1 whatever the "
    "output of {start} is, so that the loss is {loss}.",
    zh="损失没有传回任何梯度：它只在一个类别上取 softmax（形状 {shape}），不管 {start} 的输出是什么，结果都是 1，"
    "损失就是 {loss}。",
)

_STEP = Text(
    en="No gradient gets past {start}: {operation} is taken there, whose derivative is 0 everywhere. Behind it "
    "‖δ‖ is exactly 0.",
    zh="梯度到 {start} 为止，再传不过去：那里用了 {operation}，它的导数处处为 0。在它之前，‖δ‖ 恰好是 0。",
)
_STEP_IN_LOSS = Text(
    en="The loss sends no gradient back: between it and {start} {operation} is taken, whose derivative is 0 "
    "everywhere.",
    zh="损失没有传回任何梯度：它与 {start} 之间用了 {operation}，它的导数处处为 0。",
)
SENTENCES: Mapping[Cause, Sentence] = MappingProxyType(
    {
        "softmax of one": _softmax,
        "normalization of one": Text(
            en="No gradient gets past {start}: it normalizes over a single element ({shape}), and an element less its "
            "own mean is 0, whatever it is.",
            zh="梯度到 {start} 为止，再传不过去：它只对一个元素做归一化（形状 {shape}），"
            "一个元素减去自己的均值总是 0。",
        ),
        "step function": _step_function,
        "zeros in a row": Text(
            en="Weights that are 0 follow each other: {zeros} ({count} in all). The input of the later one is "
            "0, so that it gets no gradient; the earlier one gets none because the later one is 0. None of them will "
            "ever move.",
            zh="相继的几层权重都是 0：{zeros}（共 {count} 个）。后一层的输入是 0，所以它没有梯度；"
            "后一层是 0，所以前一层也没有梯度。它们永远不会动。",
        ),
    }
)

_RATE = Text(
    en="Another learning rate: a step of any length along a gradient of 0 leaves the weights where they are.",
    zh="调整学习率：梯度为 0，步长再大，权重也不动。",
)


def _one_class(found: Finding, step: Step) -> Advice:
    helps = Text(
        en="One output for two classes goes with a sigmoid, best within the loss; a softmax needs an output for every "
        "class.",
        zh="二分类若只有一个输出，要用 sigmoid，最好放在损失里；softmax 则要每个类别一个输出。",
    )
    lines = on_logits(BINARY_LOSS, "targets.float().view(-1, 1)")
    if not are_labels(found):
        helps = Text(
            en="For two classes one output goes with a sigmoid, best within the loss; a softmax needs an output for "
            "every class. For a value, such as a price, leave the softmax out and take a distance.",
            zh="若是二分类，一个输出要用 sigmoid，最好放在损失里；softmax 则要每个类别一个输出。"
            "若是价格之类的数值，就去掉 softmax，用距离作损失。",
        )
        lines = f"{lines}  # for two classes\n{ON_VALUES}"
    code = lines if "loss" in dict(found.facts) else f"{without_activation(found, step, 'softmax')}\n{lines}"
    return Advice(helps, code, _RATE, "causes", ("passage.softmax",))


def _normalized(found: Finding, _: Step) -> Advice:
    helps = Text(
        en="Normalize over more than one element, or leave this normalization out.",
        zh="对多于一个元素做归一化，或者去掉这个归一化。",
    )
    name = found.starts_at.partition(" call ")[0]
    return Advice(
        helps,
        snippets.without(name),
        _RATE,
        "causes",
        ("passage.normalization",),
    )


def _differentiable(found: Finding, _: Step) -> Advice:
    helps = Text(
        en="Pass the gradient on as if the step were not there (the straight-through estimator of Bengio et al. 2013).",
        zh="让梯度直接通过，就当这一步不存在（直通估计，Bengio 等 2013）。",
    )
    operation = dict(found.facts)["operation"]
    if "loss" in dict(found.facts):
        smooth = Text(
            en="Take a smooth function in its place, whose slope tells which way is better.",
            zh="换成一个光滑的函数，它的斜率才能指出往哪边更好。",
        )
        code = f"agreement = torch.tanh(x)  # in place of torch.{operation}(x)"
        return Advice(smooth, code, _RATE, "causes", ("passage.step",))
    code = f"stepped = x + (torch.{operation}(x) - x).detach()  # in place of torch.{operation}(x)"
    return Advice(helps, code, _RATE, "causes", ("passage.step",))


def _drawn(found: Finding, step: Step) -> Advice:
    helps = Text(
        en="Let only the last layer of a branch start at 0, and draw the ones before it at random.",
        zh="每个分支只让最后一层从 0 开始，前面的层随机初始化。",
    )
    weights = {parameter.name: parameter for parameter in step.parameters}
    own = [call for call in step.calls if call.label in found.layers and _is_stuck(weights.get(call.weight or ""))]
    names = tuple(dict.fromkeys(call.name for call in own if not call.delta_norm))
    if not names:
        # Drawn alone, the first would feed another that is 0.
        drawn = found.layers[:-1]
        code = f"torch.nn.init.normal_(model.get_parameter({drawn[0]!r}), std=0.02)"
        if len(drawn) > 1:
            code = f"for name in {drawn!r}:\n    torch.nn.init.normal_(model.get_parameter(name), std=0.02)"
        return Advice(helps, code, _RATE, "causes", ("passage.zeros",))
    code = snippets.each(names, "    layer.reset_parameters()")
    return Advice(helps, code, _RATE, "causes", ("passage.zeros",))


ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = MappingProxyType(
    {
        "softmax of one": _one_class,
        "normalization of one": _normalized,
        "step function": _differentiable,
        "zeros in a row": _drawn,
    }
)
