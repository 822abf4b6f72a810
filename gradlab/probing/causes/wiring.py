"""Nothing moves: parameters that no optimizer changes, gradients that are not cleared, a loss without the model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

import torch

from gradlab.language import Text
from gradlab.probing.causes.common import always
from gradlab.probing.connection import ConnectionReading
from gradlab.probing.finding import Advice, Cause, Finding, Sentence, Severity
from gradlab.probing.step import LayerCall, ParameterReading, Step

_FEWEST_UPDATES = 2
"""Steps of an optimizer, at least, over which a parameter that never changes is no accident of a single one."""
_TURN = 50
"""Steps, the first and the last ones, among which are some that trained the other of two networks in turn."""
_FEWEST_ELSEWHERE = 3
"""The same of optimizers that hold none of the model's: adversaries in turn train one or two networks at a time."""
_FEWEST_DISCARDED = 4
_FEWEST_DISCARDED_UNTOLD = 8
_FORGOTTEN = 0.5
"""Share of the weights up to which those that no optimizer holds were forgotten; above it the others were chosen."""


def find(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Parameters that are not trained as they are meant to be."""
    connection = step.readings.connection
    if connection is None:
        return
    if connection.unregistered:
        yield _misconfigured("weights not registered", connection.unregistered)
    if connection.uncleared:
        names = _with_gradient(step)
        yield _misconfigured("gradients not cleared", names or tuple(one.name for one in step.parameters))
    yield from _unmoved(step, connection, earlier)
    yield from _unheld(step, connection, earlier)
    yield from _cut(step, connection, earlier)
    if not connection.reached and any(call.index not in connection.ungraphed for call in step.calls):
        last = next(call for call in reversed(step.calls) if call.index not in connection.ungraphed)
        labels = tuple(call.label for call in step.calls)
        yield Finding("cut off", labels, last.label, len(labels), None, None, 1.0, cause="loss detached")


def without_gradient(step: Step) -> tuple[ParameterReading, ...]:
    """Trainable parameters of modules that ran, to which no gradient came although others got one."""
    if all(parameter.gradient_norm is None for parameter in step.parameters):
        return ()
    ran = step.ran
    return tuple(
        parameter
        for parameter in step.parameters
        if parameter.trainable and parameter.gradient_norm is None and parameter.module in ran
    )


def _misconfigured(
    cause: Cause, names: tuple[str, ...], *facts: tuple[str, float | str], severity: Severity = "hinders"
) -> Finding:
    return Finding("misconfigured", names, names[0], len(names), None, None, 1.0, severity, cause=cause, facts=facts)


def _with_gradient(step: Step) -> tuple[str, ...]:
    """Parameters that got a gradient, finite and not 0."""
    sizes = {parameter.name: parameter.gradient_norm for parameter in step.parameters if parameter.trainable}
    return tuple(name for name, size in sizes.items() if size is not None and 0 < size < math.inf)


def _still(step: Step, connection: ConnectionReading, earlier: Sequence[Step]) -> frozenset[str]:
    """Parameters that are as they were in the first recorded step, by their norms as well where those are known."""
    now = {parameter.name: parameter.norm for parameter in step.parameters}
    before = {parameter.name: parameter.norm for other in earlier[:1] for parameter in other.parameters}
    return frozenset(name for name in connection.unchanged if name not in before or before[name] == now.get(name))


def _unmoved(step: Step, connection: ConnectionReading, earlier: Sequence[Step]) -> Iterator[Finding]:
    """No parameter has changed since the block began, although gradients came."""
    names = _with_gradient(step)
    if names and connection.updates:
        yield from _without_effect(step, connection, earlier, names)
    if not names or connection.updates:
        return
    # Where the optimizer is known, its step ends one of the probe's, and without any there is but one: then it is by
    # the gradients that were cleared alone that nothing has changed.
    alone = connection.told and not earlier and not connection.unchanged
    if not alone and not _still(step, connection, earlier).issuperset(names):
        return
    if connection.elsewhere >= _FEWEST_ELSEWHERE:
        facts = (("elsewhere", str(connection.elsewhere)),)
        yield _misconfigured("weights unchanged", names, *facts)
    elif not connection.elsewhere:
        enough = _FEWEST_DISCARDED if connection.told else _FEWEST_DISCARDED_UNTOLD
        if connection.discarded >= enough:
            facts = (("discarded", str(connection.discarded)),)
            # Without an optimizer the loop may mean to measure alone.
            severity: Severity = "hinders" if connection.told else "note"
            yield _misconfigured("weights unchanged", names, *facts, severity=severity)


def updated_since(step: Step, earlier: Sequence[Step]) -> tuple[Step, ...]:
    """The last recorded steps before a step, between which the model's optimizer has made steps; none where too few."""
    steps = (*earlier[-_FEWEST_UPDATES:], step)
    counts = [0 if one.readings.connection is None else one.readings.connection.updates for one in steps]
    grows = all(before < after for before, after in pairwise(counts))
    return steps[:-1] if len(steps) > _FEWEST_UPDATES and grows else ()


def _without_effect(
    step: Step, connection: ConnectionReading, earlier: Sequence[Step], names: tuple[str, ...]
) -> Iterator[Finding]:
    """The model's own optimizer makes its steps, and they change nothing."""
    before = updated_since(step, earlier)
    norms = [{parameter.name: parameter.norm for parameter in one.parameters} for one in (*before, step)]
    if before and all(len({of_step.get(name) for of_step in norms}) == 1 for name in names):
        optimizer = connection.optimizer
        rate = math.nan if optimizer is None else optimizer.rate
        facts = (("updates", str(connection.updates)), ("rate", rate))
        # A schedule may begin or end at 0.
        severity: Severity = "note" if rate == 0 else "hinders"
        yield _misconfigured("weights unchanged", names, *facts, severity=severity)


def _unheld(step: Step, connection: ConnectionReading, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Parameters with a gradient that no optimizer holds, though one holds others."""
    got = _with_gradient(step)
    names = tuple(name for name in connection.unheld if name in got)
    if not names or not connection.updates:
        return
    still = _still(step, connection, earlier)
    moves = bool(still) and not still.issuperset(names)
    if moves:
        return  # something trains them that is no optimizer of torch
    order = [parameter.name for parameter in step.parameters if parameter.trainable]
    held = [name for name in order if name not in connection.unheld]
    elements = {parameter.name: parameter.elements for parameter in step.parameters}
    share = sum(elements[name] for name in connection.unheld) / sum(elements[name] for name in order)
    first_ones = not held or order.index(connection.unheld[-1]) < order.index(held[0])
    last_ones = bool(held) and order.index(connection.unheld[0]) > order.index(held[-1])
    proven = still.issuperset(names) and connection.updates >= _FEWEST_UPDATES
    # A head that is trained on fixed layers, or a few weights among them, is chosen so.
    forgotten = proven and (last_ones or (not first_ones and share < _FORGOTTEN))
    severity: Severity = "hinders" if connection.foreign or forgotten else "note"
    facts: tuple[tuple[str, float | str], ...] = (("all", str(len(order))),)
    if connection.foreign:
        facts += (("foreign", str(connection.foreign)),)
    yield _misconfigured("not in the optimizer", names, *facts, severity=severity)


def _cut(step: Step, connection: ConnectionReading, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Findings of a graph that ends between parameters without a gradient and the loss."""
    missing = without_gradient(step)
    if not missing:
        return
    names = {parameter.name for parameter in missing}
    before = (*earlier[:_TURN], *earlier[max(_TURN, len(earlier) - _TURN) :])
    trained = {one.name for other in before for one in other.parameters if one.gradient_norm is not None}
    modules = {parameter.module for parameter in missing}
    own = [call for call in step.calls if call.name in modules]
    ungraphed = set(connection.ungraphed)
    off = [call for call in own if call.index in ungraphed]
    # Of networks that learn in turn, this step may train the others alone.
    severity: Severity = "note" if names <= trained or names <= set(connection.unheld) else "hinders"
    on = [call for call in own if call.index not in ungraphed and call.delta_norm is None]
    if off and on and on[-1].index < off[0].index:
        off, on = own, []  # what lies before it gets none either
    if off and len(ungraphed) < len(step.calls):
        labels = tuple(name.name for name in missing if name.module in {call.name for call in off})
        start = _around([call for call in off if call.index in ungraphed], step, ungraphed)
        yield Finding("cut off", labels, start, len(labels), None, None, 1.0, severity, cause="graph switched off")
    if on:
        labels = tuple(name.name for name in missing if name.module in {call.name for call in on})
        behind = tuple(_behind(on, step))
        last = max(behind, key=lambda call: call.index)
        facts: tuple[tuple[str, float | str], ...] = ()
        if all(call.name in step.readings.offered for call in _ends(behind)):
            # A pooler, or an auxiliary head: returned beside other outputs, and not taken.
            severity, facts = "note", (("offered", "yes"),)
        cut = Finding("cut off", labels, last.label, len(labels), None, None, 1.0, severity, cause="graph cut")
        yield replace(cut, facts=facts)


def _around(off: Sequence[LayerCall], step: Step, ungraphed: set[int]) -> str:
    """The outermost module that these calls lie in and nothing of which has a graph; else the last of them."""
    parts = _shared([call.name for call in off])
    for depth in range(1, len(parts) + 1):
        outer = ".".join(parts[:depth])
        if all(call.index in ungraphed for call in step.calls if f"{call.name}.".startswith(f"{outer}.")):
            return outer
    return off[-1].label


def _shared(names: Sequence[str]) -> list[str]:
    """The parts of these names, from the first on, in which they agree."""
    shared: list[str] = []
    for parts in zip(*(name.split(".") for name in names), strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return shared


def _behind(on: Sequence[LayerCall], step: Step) -> Iterator[LayerCall]:
    """These calls and what was computed from them, as far as no gradient came."""
    reached = {call.index for call in on}
    for call in step.calls:
        if call.index in reached or (call.delta_norm is None and reached.intersection(call.parents)):
            reached.add(call.index)
            yield call


def _ends(calls: Sequence[LayerCall]) -> Iterator[LayerCall]:
    """Those of which none of the others was computed."""
    taken = {parent for call in calls for parent in call.parents}
    yield from (call for call in calls if call.index not in taken)


def _unchanged(found: Finding) -> tuple[Text, ...]:
    facts = dict(found.facts)
    if "updates" in facts:
        return (_NO_EFFECT,)
    return (_BY_ANOTHER,) if "elsewhere" in facts else (_DISCARDED,)


_BY_ANOTHER = Text(
    en="No parameter has changed since the block began, although all of these got gradients: {layers}. An optimizer "
    "made {elsewhere} steps meanwhile, and holds none of this model's parameters.",
    zh="从 with 块开始到现在，参数一个都没有变，尽管这些参数都有梯度：{layers}。这期间优化器更新了 {elsewhere} 次，"
    "可它管的都不是这个模型的参数。",
)
_NO_EFFECT = Text(
    en="The optimizer made {updates} steps, and no parameter changes, although all of these get gradients: {layers}. "
    "Gradients that are cleared between backward() and step() do that, a rate of 0 (it is {rate}), and updates that "
    "are rounded away.",
    zh="优化器更新了 {updates} 次，参数却一个也没有变，尽管这些参数都有梯度：{layers}。"
    "在 backward() 与 step() 之间清零了梯度、学习率为 0（现在是 {rate}），或更新量被舍入掉，都会这样。",
)
_DISCARDED = Text(
    en="No parameter has changed since the block began: {discarded} times in a row gradients came and were cleared, "
    "and no optimizer made a step. If this loop only measures, nothing is wrong.",
    zh="从 with 块开始到现在，参数一个都没有变：梯度连续 {discarded} 次算出来又被清零，优化器却一次也没有更新。"
    "如果这个循环只做测量，就没有问题。",
)
_UNHELD = Text(
    en="{measured} of {all} trainable parameters are in no group of the optimizer, though they get gradients, and stay "
    "as they are: {layers}.",
    zh="{all} 个可训练的参数中，有 {measured} 个虽有梯度，却不在优化器的任何参数组里，始终不变：{layers}。",
)
_FOREIGN = Text(
    en=" It holds {foreign} parameters instead that are not the model's and have no gradient: those of layers that "
    "were replaced after it was made.",
    zh="优化器管着的参数里却有 {foreign} 个不属于这个模型，也没有梯度：创建优化器之后，有些层被换掉了。",
)


_CUT = Text(
    en="The graph ends behind {start}: nothing that is computed from its output leads to the loss by way of "
    "autograd, and {measured} parameters get no gradient: {layers}. detach(), argmax, torch.tensor(), .item() "
    "and NumPy do that; so does a loss that leaves the output out.",
    zh="计算图到 {start} 为止：由它的输出算出的东西都没有经 autograd 通向损失，{measured} 个参数得不到梯度："
    "{layers}。detach()、argmax、torch.tensor()、.item() 和 NumPy 都会这样，损失里没有用到这个输出也会这样。",
)
_LEFT_OUT = Text(
    en="The output of {start} is returned beside others, and the loss does not depend on it: {measured} parameters get "
    "no gradient, and stay as they are: {layers}. That keeps nothing else from learning.",
    zh="{start} 的输出与别的输出一起返回，损失却不依赖它：{measured} 个参数得不到梯度，始终不变：{layers}。"
    "这不妨碍其余部分的训练。",
)


def _cut_or_left_out(found: Finding) -> tuple[Text, ...]:
    return (_LEFT_OUT,) if "offered" in dict(found.facts) else (_CUT,)


def _outside(found: Finding) -> tuple[Text, ...]:
    return (_UNHELD, _FOREIGN) if "foreign" in dict(found.facts) else (_UNHELD,)


SENTENCES: Mapping[Cause, Sentence] = MappingProxyType(
    {
        "weights unchanged": _unchanged,
        "not in the optimizer": _outside,
        "gradients not cleared": Text(
            en="Gradients are not cleared between updates: those of this step were added to those with which the "
            "optimizer had made its last step already. What is followed is the sum of all gradients so far.",
            zh="两次更新之间没有清零梯度：优化器上一次更新已经用过的梯度还在，这一步的梯度加在了上面。"
            "于是每次更新用的都是至今所有梯度之和。",
        ),
        "weights not registered": Text(
            en="The output depends on weights that are no parameters of the model, because they are kept where torch "
            "does not look: {layers}. model.parameters() lacks them, and so does an optimizer made from it.",
            zh="输出依赖一些不算模型参数的权重，因为它们放在 torch 不去找的地方：{layers}。"
            "model.parameters() 里没有它们，由它创建的优化器也就不更新它们。",
        ),
        "loss detached": Text(
            en="The loss does not depend on what the model puts out: no gradient came to any output, only to "
            "parameters themselves, from a penalty on them. Behind {start} something leaves the graph: detach(), "
            "torch.tensor(), .item(), NumPy, argmax.",
            zh="损失不依赖模型的输出：梯度没有到达任何一个输出，只有参数自己（由对它们的惩罚项）得到了梯度。"
            "层 {start} 之后有什么离开了计算图：detach()、torch.tensor()、.item()、NumPy 或 argmax。",
        ),
        "graph cut": _cut_or_left_out,
        "graph switched off": Text(
            en="{start} ran without a graph, although its parameters require gradients: {measured} parameters get "
            "none: {layers}. torch.no_grad() or inference_mode() is in force there, as a decorator perhaps, or its "
            "output is detached.",
            zh="{start} 运行时没有建计算图，尽管它的参数需要梯度：{measured} 个参数得不到梯度：{layers}。"
            "那里有 torch.no_grad() 或 inference_mode()（也许是装饰器），或者它的输出被 detach 了。",
        ),
    }
)

_WHATEVER = Text(en="Any other initialization or learning rate.", zh="更换初始化或学习率。")


def _optimizer(step: Step) -> str:
    """Line of code that makes the optimizer, of the class and with the rate that was seen."""
    connection = step.readings.connection
    seen = None if connection is None else connection.optimizer
    if seen is None or not math.isfinite(seen.rate) or not hasattr(torch.optim, seen.kind):
        return "optimizer = torch.optim.Adam(model.parameters(), 1e-3)"
    return f"optimizer = torch.optim.{seen.kind}(model.parameters(), {seen.rate:.3g})"


def _made_again(found: Finding, step: Step) -> Advice:
    if "updates" in dict(found.facts):
        helps = Text(
            en="Clear the gradients before backward(), and make the step right after it.",
            zh="在 backward() 之前清零梯度，紧接着它更新。",
        )
        code = "optimizer.zero_grad()\nloss.backward()\noptimizer.step()"
        return Advice(helps, code, _WHATEVER, "causes", ("wiring.unchanged",))
    helps = Text(
        en="Make the optimizer after the model is complete and in its place, and call its step() after backward().",
        zh="等模型建好、放到位之后再创建优化器，并在 backward() 之后调用它的 step()。",
    )
    return Advice(helps, _optimizer(step), _WHATEVER, "causes", ("wiring.unchanged",))


def _held(found: Finding, step: Step) -> Advice:
    if found.severity == "note":
        helps = Text(
            en="If they are to stay as they are, freeze them, which saves their gradients; if not, give them to the "
            "optimizer.",
            zh="若本来就不想训练它们，就把它们冻结，省下算梯度的时间；否则把它们交给优化器。",
        )
        frozen = f"model.get_submodule({_module(found)!r}).requires_grad_(False)"
        return Advice(helps, frozen, _WHATEVER, "causes", ("wiring.unheld",))
    helps = Text(
        en="Give them to the optimizer, which is made once the model is complete.",
        zh="把它们交给优化器；模型建好之后再创建优化器。",
    )
    return Advice(helps, _optimizer(step), _WHATEVER, "causes", ("wiring.unheld",))


def _module(found: Finding) -> str:
    """The module that all of a finding's parameters lie in."""
    return ".".join(_shared([name.rpartition(".")[0] for name in found.layers]))


def _registered(found: Finding, _: Step) -> Advice:
    helps = Text(
        en="Keep layers in nn.ModuleList or nn.ModuleDict, and single weights as nn.Parameter in an attribute.",
        zh="把层放进 nn.ModuleList 或 nn.ModuleDict，单个权重则作为 nn.Parameter 存为属性。",
    )
    place = found.starts_at.partition("[")[0].rpartition(".")[2]
    code = f"self.{place} = torch.nn.ModuleList(self.{place})  # in __init__, before the optimizer is made"
    if "[" not in found.starts_at:
        code = f"self.{place} = torch.nn.Parameter(self.{place}.detach())  # in __init__, before the optimizer is made"
    return Advice(helps, code, _WHATEVER, "causes", ("wiring.unregistered",))


def _graph_on(found: Finding, _: Step) -> Advice:
    helps = Text(
        en="Take torch.no_grad() away from it, or freeze its parameters if they are not to be trained.",
        zh="去掉那里的 torch.no_grad()；若本来就不想训练它，就把参数冻结。",
    )
    code = f"model.get_submodule({_module(found)!r}).requires_grad_(False)  # only if it is not to be trained"
    return Advice(helps, code, _WHATEVER, "causes", ("wiring.switched_off",))


def _led_to_the_loss(found: Finding, _: Step) -> Advice:
    if "offered" in dict(found.facts):
        helps = Text(
            en="If it is left out on purpose, freeze these parameters, or make the model without them; if not, add "
            "what is computed from it to the loss.",
            zh="若本来就不用它，就冻结这些参数，或者建模型时不要这一部分；否则把由它算出的东西加进损失。",
        )
        code = f"model.get_submodule({_module(found)!r}).requires_grad_(False)  # only if it is left out on purpose"
        return Advice(helps, code, _WHATEVER, "causes", ("wiring.cut",))
    helps = Text(
        en="Compute everything from that output to the loss with tensors of torch, and without detaching them.",
        zh="从那个输出到损失，全部用 torch 的张量来算，不要脱离计算图。",
    )
    return Advice(helps, _DIFFERENTIABLE, _WHATEVER, "causes", ("wiring.cut",))


_DIFFERENTIABLE = """log_probabilities = torch.stack(values)  # in place of torch.tensor(values)
choice = torch.nn.functional.gumbel_softmax(scores, hard=True)  # in place of argmax"""


ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = MappingProxyType(
    {
        "weights unchanged": _made_again,
        "not in the optimizer": _held,
        "gradients not cleared": always(
            Text(
                en="Clear the gradients once for every update.",
                zh="每次更新都清零一次梯度。",
            ),
            "optimizer.zero_grad()\nloss.backward()\noptimizer.step()",
            Text(
                en="A smaller learning rate alone: the sum grows with every step.",
                zh="只减小学习率：这个和一步比一步大。",
            ),
            "wiring.uncleared",
        ),
        "weights not registered": _registered,
        "graph cut": _led_to_the_loss,
        "loss detached": always(
            Text(
                en="Compute the loss from the model's output itself, with tensors of torch.",
                zh="直接由模型的输出、用 torch 的张量来计算损失。",
            ),
            _DIFFERENTIABLE,
            _WHATEVER,
            "wiring.detached",
        ),
        "graph switched off": _graph_on,
    }
)
