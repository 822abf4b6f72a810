"""Losses and outputs that do not go together, as the graph of the loss alone tells."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gradlab.language import Text
from gradlab.probing import classification, lossgraph, recovered
from gradlab.probing.causes.common import (
    AS_REAL,
    BINARY_LOSS,
    ON_VALUES,
    are_labels,
    call_of,
    in_code,
    misconfigured,
    off_the_output,
    on_logits,
    range_of,
    shown,
    where,
    without_activation,
)
from gradlab.probing.finding import Advice, Cause, Finding, Sentence
from gradlab.probing.lossgraph import LossNode
from gradlab.probing.recovered import ABSOLUTE, SQUARED, OutputReading
from gradlab.probing.step import LayerCall, Step

_ON_LOGITS = {
    "LogSoftmax": ("cross_entropy", "softmax"),
    "Softmax": ("softmax", "softmax"),
    "BinaryCrossEntropyWithLogits": (BINARY_LOSS, "sigmoid"),
    "LogSigmoid": ("logsigmoid", "sigmoid"),
}
"""Operations that take logits: what the call is named, and what it applies to them."""
_NORMALIZED = ("softmax", "sigmoid")
_CUTTING = ("relu", "relu6", "tanh", "hardtanh", "softsign")
_ON_PROBABILITIES = {
    "NllLoss": ("nll_loss", "log_softmax"),
    "NllLoss2D": ("nll_loss", "log_softmax"),
    "CtcLoss": ("ctc_loss", "log_softmax"),
    "BinaryCrossEntropy": ("binary_cross_entropy", "sigmoid"),
}
"""Losses on probabilities or their logarithms: what the call is named, and what has to come before it."""
_CLIPPING = ("Clamp", "ClampMin", "ClampMax")
_NO_PROBABILITIES = ("linear", "relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "tanh")
_NO_LOGARITHMS = (*_NO_PROBABILITIES, "softmax", "sigmoid")
PASSED = 1e-4
"""Share of δ that comes through an output, below which the output blocks it."""


@dataclass(frozen=True)
class _Source:
    """Origin of an operand of the loss: the operation that made it, and the call, if any."""

    operation: str
    call: LayerCall | None
    node: LossNode | None = None


def _source(step: Step, nodes: Sequence[LossNode], place: int | None) -> _Source | None:
    """Origin of a node's result, past operations that only move, pick or clip elements."""
    while place is not None:
        node = nodes[place]
        if node.call is not None:
            operation, call = recovered.last_operation(step.calls, step.calls[node.call], step.owners)
            return _Source(operation, step.calls[call.index], node)
        if not (lossgraph.is_neutral(node) or node.operation in _CLIPPING) or not node.following:
            return _Source(classification.applied(node.operation) or "", None, node)
        place = next((one for one in node.following if one is not None), None)
    return None


def _read_out(step: Step, nodes: Sequence[LossNode], place: int) -> LayerCall | None:
    """The recorded call from which an operation of the loss takes its values, whatever lies between."""
    waiting, seen = [place], {place}
    while waiting:
        node = nodes[waiting.pop(0)]
        if node.call is not None:
            return step.calls[node.call]
        for following in node.following:
            if following is not None and following not in seen:
                seen.add(following)
                waiting.append(following)
    return None


def found(step: Step, nodes: Sequence[LossNode], readings: Mapping[int, OutputReading]) -> Iterator[Finding]:
    """Contradictions that the operations between output and loss tell, each once for a layer."""
    told: set[tuple[Cause, str]] = set()
    for place, node in enumerate(nodes):
        for finding in (
            *_logits(step, nodes, node, place, readings),
            *_probabilities(step, nodes, node, place),
            *_dimension(step, nodes, node, place),
            *_shapes(step, nodes, node, place),
            *_limits(step, nodes, node, place),
        ):
            if (finding.cause, finding.starts_at) not in told:
                told.add((finding.cause, finding.starts_at))
                yield finding


def _logits(
    step: Step, nodes: Sequence[LossNode], node: LossNode, place: int, readings: Mapping[int, OutputReading]
) -> Iterator[Finding]:
    """Losses on logits that are given something else."""
    if node.operation not in _ON_LOGITS:
        return
    source = _source(step, nodes, node.following[0])
    call = None if source is None else source.call or _read_out(step, nodes, place)
    if source is None or call is None:
        return
    loss, again = _ON_LOGITS[node.operation]
    if source.operation in _NORMALIZED and not (node.operation == "Softmax" and source.operation == "sigmoid"):
        classes = _classes(node, readings.get(call.index)) if again == "softmax" else 2
        floor = math.log(1 + (classes - 1) / math.e)
        yield misconfigured(
            "normalized twice", call.label, floor, loss=loss, again=again, ends=source.operation, floor=floor
        )
    elif source.operation in _CUTTING and node.operation != "Softmax":
        low, _ = recovered.RANGES[source.operation]
        span = range_of(source.operation)
        yield misconfigured("output cut", call.label, low, loss=loss, ends=source.operation, range=span)


def _classes(node: LossNode, reading: OutputReading | None) -> int:
    if reading is not None and reading.classes is not None:
        return reading.classes
    return node.shape[1] if len(node.shape) > 1 else node.shape[0]


def _probabilities(step: Step, nodes: Sequence[LossNode], node: LossNode, place: int) -> Iterator[Finding]:
    """Losses on probabilities that are given something else."""
    if node.operation not in _ON_PROBABILITIES:
        return
    loss, needs = _ON_PROBABILITIES[node.operation]
    source = _source(step, nodes, node.following[0])
    if source is None:
        return
    last = source.operation
    if needs == "log_softmax" and source.node is not None and source.node.operation == "Log":
        # Sigmoids are no distribution over classes, and nothing holds back those of the others.
        inner = _source(step, nodes, source.node.following[0])
        if inner is None or inner.operation not in ("sigmoid", *_NO_PROBABILITIES):
            return
        last = f"log({inner.operation})"
    elif last not in (_NO_PROBABILITIES if needs == "sigmoid" else _NO_LOGARITHMS):
        return
    call = source.call or _read_out(step, nodes, place)
    if call is not None:
        yield misconfigured(
            "logits as probabilities", call.label, 1.0, loss=loss, needs=needs, ends=in_code(last, call)
        )


def _dimension(step: Step, nodes: Sequence[LossNode], node: LossNode, place: int) -> Iterator[Finding]:
    """Logarithms of probabilities that were normalized along another dimension than that of the classes."""
    if node.operation not in ("NllLoss", "NllLoss2D") or node.following[0] is None:
        return
    given = nodes[node.following[0]]
    along, call = given.dimension, _read_out(step, nodes, place)
    if along in (None, 1) or call is None or len(given.shape) < 2 or 1 in (given.shape[along], given.shape[1]):
        return
    shape = "×".join(map(str, given.shape))
    facts = {"axis": str(along), "shape": shape, "loss": _ON_PROBABILITIES[node.operation][0]}
    yield misconfigured("wrong dimension", call.label, float(given.shape[along]), known=facts)


def _lengths(shape: Sequence[int]) -> list[int]:
    return [length for length in shape if length != 1]


def _is_picked(nodes: Sequence[LossNode], place: int) -> bool:
    """Whether a node's result is some elements of an output, such as the one of the action taken, and nothing else."""
    while nodes[place].call is None:
        following = [one for one in nodes[place].following if one is not None]
        if len(following) != 1 or not (lossgraph.is_neutral(nodes[place]) or nodes[place].operation == "Gather"):
            return False
        (place,) = following
    return True


_AVERAGING = frozenset({"Mean", "Sum", "Mul", "Div", "Add"})


def _is_distance_by_hand(nodes: Sequence[LossNode], place: int) -> bool:
    """Whether a node is a difference whose square or absolute value is averaged.

    What takes the least of all distances, or a kernel of them, wants all pairs.
    """
    takers = [at for at, other in enumerate(nodes) if place in other.following]
    after = {nodes[at].operation for taker in takers for at in lossgraph.consumers(nodes, taker)}
    is_size = bool(takers) and {nodes[at].operation for at in takers} <= {"Pow", "Abs", "Mul"}
    return nodes[place].operation in ("Sub", "Rsub") and is_size and after <= _AVERAGING


def _shapes(step: Step, nodes: Sequence[LossNode], node: LossNode, place: int) -> Iterator[Finding]:
    """Distances of every output to every target: outputs of N samples have become N × N differences."""
    operands = [following for following in node.following if following is not None]
    is_of_torch = node.operation in SQUARED | ABSOLUTE
    if len(operands) != 1 or not (is_of_torch or _is_distance_by_hand(nodes, place)):
        return
    inner = operands[0]
    spread = nodes[inner].shape if is_of_torch else node.shape
    while nodes[inner].operation == "Expand":
        (inner,) = (following for following in nodes[inner].following if following is not None)
    own = _lengths(nodes[inner].shape)
    source = _read_out(step, nodes, inner)
    if source is None or not own or _lengths(spread) != [own[0], *own] or source.shape[:1] != (own[0],):
        return
    # A loss of torch repeats both until they agree; written by hand, pairs of vectors are what is wanted.
    if len(own) > 1 and not is_of_torch and nodes[operands[0]].operation != "Expand":
        return
    if math.prod(own) != source.elements and not _is_picked(nodes, inner):
        return
    # Where the loss takes the output in another way as well, pairs may be what is wanted.
    if not _reaches(nodes, source.index, without=place):
        layer = step.calls[recovered.last_operation(step.calls, source, step.owners)[1].index]
        given = "×".join(map(str, nodes[inner].shape))
        pairs = "×".join(map(str, spread))
        yield misconfigured("wrong shapes", layer.label, float(own[0]), output=f"({given})", pairs=f"({pairs})")


def _limits(step: Step, nodes: Sequence[LossNode], node: LossNode, place: int) -> Iterator[Finding]:
    """log(1 - D) of a network that is not watched, where D is 0: at its largest, and without a gradient."""
    loss = step.readings.loss
    source = _source(step, nodes, node.following[0]) if node.operation == "Log" else None
    if loss is None or source is None or source.node is None or source.node.operation not in ("Rsub", "Sub"):
        return
    inner = [following for following in source.node.following if following is not None]
    judged = _source(step, nodes, inner[0]) if len(inner) == 1 else None
    above = nodes[:place]
    if judged is None or judged.operation != "sigmoid" or judged.call is not None:
        return
    if any(one.operation not in ("Mean", "Sum", "Neg") and not lossgraph.is_neutral(one) for one in above):
        return
    sign = -1.0 if sum(one.operation == "Neg" for one in above) % 2 else 1.0
    count = math.prod(node.shape) if any(one.operation == "Sum" for one in above) else 1
    value = sign * loss.value / count
    call = _read_out(step, nodes, place)
    if sign > 0 and -PASSED < value <= 0 and call is not None:
        yield misconfigured("loss saturated", call.label, value, verdict="saturated", value=value)


def _reaches(nodes: Sequence[LossNode], call: int, *, without: int) -> bool:
    """Whether a call's output comes to the loss on a way around an operation."""
    waiting, seen = [0] if without else [], {0, without}
    while waiting:
        node = nodes[waiting.pop()]
        if node.call == call:
            return True
        for following in node.following:
            if following is not None and following not in seen:
                seen.add(following)
                waiting.append(following)
    return False


_TWICE = Text(
    en="The output is normalized twice: {start} ends in {ends}, and {loss} applies {again} to it once more. What "
    "the loss takes for logits lies between 0 and 1, so that it cannot fall below {floor}.",
    zh="输出归一化了两次：{start} 末尾已经是 {ends}，{loss} 又对它做了一次 {again}。"
    "损失所见的“logits”都在 0 与 1 之间，所以损失降不到 {floor} 以下。",
)
_SHARES = Text(
    en="The output is normalized twice: {start} ends in {ends}, which answers yes or no for each class by itself, and "
    "the loss then divides each row by its sum. Where all the answers of a row are alike, the sum cancels what {ends} "
    "says.",
    zh="输出归一化了两次：{start} 末尾是 {ends}，各个类别各自回答是与否，损失又把每一行除以它的和。"
    "一行里的回答都差不多时，{ends} 说了什么就被这个和约去了。",
)


def _twice(finding: Finding) -> tuple[Text, ...]:
    return (_SHARES,) if "shares" in dict(finding.facts) else (_TWICE,)


SENTENCES: Mapping[Cause, Sentence] = {
    "normalized twice": _twice,
    "logits as probabilities": Text(
        en="{loss} needs what {needs} puts out, and is given that of {ends}: {start} stands directly before the loss.",
        zh="{loss} 要的是 {needs} 的输出，得到的却是 {ends} 的输出：{start} 直接接到了损失上。",
    ),
    "wrong dimension": Text(
        en="The softmax runs along the wrong dimension: {start} puts out log-probabilities of shape {shape} that are "
        "normalized along dimension {axis}, and {loss} has the classes in dimension 1. What adds up to 1 are not the "
        "classes of a sample.",
        zh="softmax 的维度不对：{start} 输出的对数概率形状是 {shape}，沿第 {axis} 维归一化，"
        "而 {loss} 的类别在第 1 维（维度从 0 数起）。加起来等于 1 的，不是一个样本的各个类别。",
    ),
    "wrong shapes": Text(
        en="Output and targets have different shapes: the loss compares every output of {start} with every target. It "
        "spreads {output} to {pairs}, so that the gradient of an output does not depend on its own target, and the "
        "network learns the mean of all targets.",
        zh="输出与目标的形状不同：损失把 {start} 的每个输出同每个目标都比了一遍，{output} 被广播成 {pairs}。"
        "于是一个输出的梯度与它自己的目标无关，网络学到的是所有目标的平均值。",
    ),
    "output cut": Text(
        en="The activation at the end cuts the logits: {start} ends in {ends}, whose values lie in {range}, and {loss} "
        "needs logits of both signs and any size.",
        zh="末尾的激活函数截断了 logits：{start} 末尾是 {ends}，取值只在 {range} 之内，"
        "而 {loss} 需要可正可负、大小不限的 logits。",
    ),
    "loss saturated": Text(
        en="The loss is at its limit on the wrong side: log(1 - D) of what {start} puts out is {value}, and can be no "
        "more than 0. There D is sure of itself, its sigmoid is saturated, and next to no gradient comes back.",
        zh="损失停在错误一侧的极限上：{start} 的输出对应的 log(1 - D) 是 {value}，最大也只能是 0。"
        "这时 D 十分肯定，它的 Sigmoid 已经饱和，几乎没有梯度传回来。",
    ),
}


def _not_shares(finding: Finding, step: Step) -> Advice:
    ends = shown(finding)["ends"]
    take = off_the_output(finding, ends)
    return Advice(
        Text(
            en=f"{take.en}, and give the logits to cross_entropy: its softmax lets the classes of a row compete, and "
            "is not flat where one of them is far from right.",
            zh=f"{take.zh}，把 logits 交给 cross_entropy：它的 softmax 让一行里的类别互相竞争，错得再远也不平。",
        ),
        f"{without_activation(finding, step, ends)}\n{on_logits('cross_entropy')}",
        Text(
            en="More units: each output still goes through its own flat ends first.",
            zh="加单元：每个输出仍要先经过各自平坦的两端。",
        ),
        "causes",
        (),
    )


def _normalized_twice(finding: Finding, step: Step) -> Advice:
    if "shares" in dict(finding.facts):
        return _not_shares(finding, step)
    facts = shown(finding)
    ends, loss, again = facts["ends"], facts["loss"], facts["again"]
    take, predict = off_the_output(finding, ends), "softmax(1)" if again == "softmax" else "sigmoid()"
    return Advice(
        Text(
            en=f"{take.en}, and give the loss the logits; {loss} applies {again} itself, in a way that does not "
            "overflow. Probabilities are for predictions.",
            zh=f"{take.zh}，把 logits 交给损失：{loss} 自己会做 {again}，而且不会上溢。要概率，到预测时再算。",
        ),
        f"{without_activation(finding, step, ends)}\nprobabilities = model(x).{predict}  # where you predict",
        Text(
            en="A higher rate or more steps: the least loss that such an output can have stays where it is.",
            zh="提高学习率或多训练几步：这样的输出，损失的下限就在那里。",
        ),
        "causes",
        ("outputs.normalized_twice",),
    )


def _as_probabilities(finding: Finding, step: Step) -> Advice:
    facts = shown(finding)
    needs, loss = facts["needs"], facts["loss"]
    with_logits = {"nll_loss": "cross_entropy", "binary_cross_entropy": BINARY_LOSS}.get(loss)
    if with_logits is None:
        code = "loss = torch.nn.functional.ctc_loss(logits.log_softmax(-1), targets, input_lengths, target_lengths)"
    else:
        code = on_logits(with_logits)
    own = without_activation(finding, step, facts["ends"])
    is_linear = (call := call_of(finding, step)) is not None and call.role == "linear"
    helps = Text(
        en=f"Give {loss} what it is made for: {needs} of the logits of {where(finding)}. The loss that takes "
        "logits does both at once.",
        zh=f"把 {loss} 需要的东西交给它：{finding.starts_at} 的 logits 的 {needs}。"
        "直接接受 logits 的损失把两步合成一步。",
    )
    if needs == "sigmoid" and not are_labels(finding):
        # A sigmoid would be wrong for a price, and what is clipped says nothing of its target.
        helps = Text(
            en=f"If all targets lie between 0 and 1, give {loss} what it is made for: {needs} of the logits of "
            f"{where(finding)}; the loss that takes logits does both at once. If they are values, such as prices, "
            "take a distance.",
            zh=f"若目标都在 0 与 1 之间，就把 {loss} 需要的东西交给它：{finding.starts_at} 的 logits 的 {needs}；"
            "直接接受 logits 的损失把两步合成一步。若目标是价格之类的数值，就用距离作损失。",
        )
        code = f"print(targets.min(), targets.max())\n{code}  # between 0 and 1\n{ON_VALUES}"
    return Advice(
        helps,
        code if is_linear else f"{own}\n{code}",
        Text(
            en="Clipping the output or the loss: what is not a probability does not become one by it.",
            zh="截断输出或损失：不是概率的数不会因此变成概率。",
        ),
        "causes",
        ("outputs.logits_as_probabilities",),
    )


def _wrong_dimension(finding: Finding, _: Step) -> Advice:
    instead = f"log_probabilities = logits.log_softmax(dim=1)  # in place of dim={shown(finding)['axis']}"
    return Advice(
        Text(
            en="Take the softmax along dimension 1, that of the classes, or give the logits to cross_entropy, which "
            "does.",
            zh="沿类别所在的第 1 维取 softmax；或者把 logits 交给 cross_entropy，由它来取。",
        ),
        instead,
        Text(
            en="Larger batches: a sample's probabilities then depend on still more samples.",
            zh="增大批：那样一个样本的概率只会取决于更多别的样本。",
        ),
        "causes",
        (),
    )


def _wrong_shapes(finding: Finding, _: Step) -> Advice:
    return Advice(
        Text(
            en=f"Give output and targets the same shape, {shown(finding)['output']}, and let the program say so when "
            "they differ.",
            zh=f"让输出与目标的形状相同，都是 {shown(finding)['output']}；不同时，让程序报错。",
        ),
        "output = model(x)\ntargets = targets.view_as(output)\nassert output.shape == targets.shape\n"
        "loss = torch.nn.functional.mse_loss(output, targets)",
        Text(
            en="Another network, rate or initialization: the loss itself asks for the mean.",
            zh="换网络、学习率或初始化：损失本身要的就是平均值。",
        ),
        "causes",
        ("outputs.wrong_shapes",),
    )


def _output_cut(finding: Finding, step: Step) -> Advice:
    facts = shown(finding)
    take = off_the_output(finding, facts["ends"])
    return Advice(
        Text(
            en=f"{take.en}: the last layer is linear, and {facts['loss']} does the rest.",
            zh=f"{take.zh}：最后一层就是线性层，其余由 {facts['loss']} 完成。",
        ),
        without_activation(finding, step, facts["ends"]),
        Text(
            en="Another initialization of the layers before: what is cut off gets no gradient, whatever they put out.",
            zh="更换前面各层的初始化：被截掉的部分得不到梯度，无论它们输出什么。",
        ),
        "causes",
        ("outputs.output_cut",),
    )


def _loss_saturated(finding: Finding, _: Step) -> Advice:
    return Advice(
        Text(
            en=f"Train the network that ends in {where(finding)} with -log D in place of log(1 - D), on the logits of "
            "D: its gradient is largest where D is sure.",
            zh=f"训练以 {finding.starts_at} 结尾的网络时，用 D 的 logits 算 -log D，不用 log(1 - D)："
            "D 越肯定，它的梯度越大。",
        ),
        f"logits = discriminator(generator(noise))  # without a sigmoid at its end\n{AS_REAL}",
        Text(
            en="A higher rate or another initialization of this network: the gradient is lost behind it.",
            zh="提高学习率或更换这个网络的初始化：梯度在它后面就已经丢了。",
        ),
        "causes",
        ("outputs.output_saturated",),
    )


ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = {
    "normalized twice": _normalized_twice,
    "logits as probabilities": _as_probabilities,
    "wrong dimension": _wrong_dimension,
    "wrong shapes": _wrong_shapes,
    "output cut": _output_cut,
    "loss saturated": _loss_saturated,
}
