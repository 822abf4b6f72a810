"""Advice for this network: what helps against a finding in its own layers, and what does not.

It names the layers, their activation function, and the weight scale that was measured and the one that is wanted; what
it says rests on the checks of the site's experiments. It says nothing that the network's own prediction contradicts:
another weight scale is advised only where it lies on the side that mends the finding, and where the weights explain it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from gradlab import activations, theory
from gradlab.language import Text
from gradlab.probing import causes, scale, snippets
from gradlab.probing.classification import ACTIVATIONS, NORMALIZATIONS
from gradlab.probing.finding import Advice, Finding
from gradlab.probing.measures import SATURATION
from gradlab.probing.step import LayerCall, Step
from gradlab.probing.told import told


class _Words(NamedTuple):
    """Advice in one network: a remedy, its code, and one that fails."""

    helps: Text
    code: str
    fails: Text


@dataclass(frozen=True)
class _Prescription:
    """Advice against one cause.

    Attributes:
        write: words it for a finding in the network of a step.
        page: name of the site's page that shows it.
        evidence: the site's checks that it rests on.

    """

    write: Callable[[Finding, Step], _Words]
    page: str
    evidence: tuple[str, ...]


_RATE = Text(
    en="Another learning rate: the ratio between the layers is there before the first step, whatever the rate.",
    zh="调整学习率：层与层之间的比值在第一步之前就已存在，与学习率无关。",
)
_SATURATED_RATE = Text(
    en="Another learning rate: a layer that is saturated before the first step is so at any rate.",
    zh="调整学习率：第一步之前就饱和的层，换什么学习率都已经饱和。",
)
_CLIP = Text(
    en="Gradient clipping alone: it multiplies all gradients by one number, and the ratio between the layers stays.",
    zh="只用梯度裁剪：所有梯度乘以同一个数，层与层之间的比值不变。",
)
_CLIP_INFINITE = Text(
    en="Clipping a gradient that is infinite already: it becomes NaN, or 0.",
    zh="对已经无穷大的梯度做裁剪：结果是 NaN 或 0。",
)
_RELU = Text(
    en="He initialization: σ_w of {names} is {measured}, and {activation} needs {wanted}, for it passes on about half "
    "of the squared gradient.",
    zh="改用 He 初始化：层 {names} 的 σ_w 是 {measured}，而 {activation} 需要 {wanted}，"
    "因为它大约只传回梯度平方的一半。",
)
_TANH = Text(
    en="A weight scale of {wanted}, which is critical for {activation}, as Xavier initialization has it in layers as "
    "wide as their input: σ_w of {names} is {measured}.{deep}",
    zh="把权重尺度调到 {activation} 的临界值 {wanted}（各层宽度相同时就是 Xavier 初始化）："
    "层 {names} 的 σ_w 是 {measured}。{deep}",
)
_DEEP = Text(
    en=" With as many layers as here, residual connections help further.", zh="像这里这么多层，再加残差连接更好。"
)
_UNEXPLAINED = Text(
    en="Scaling {names} on a batch of your own, until each puts out variance 1 (LSUV): their σ_w of {measured} does "
    "not explain what is measured.",
    zh="用自己的一批数据逐层缩放层 {names}，直到每层输出方差为 1（LSUV）："
    "它们的 σ_w 为 {measured}，解释不了测得的比值。",
)
_NO_CLOSED_FORM = Text(
    en="Scaling {names} on a batch of your own, until each puts out variance 1 (LSUV): no weight scale is critical for "
    "{activation} in closed form.",
    zh="用自己的一批数据逐层缩放层 {names}，直到每层输出方差为 1（LSUV）：{activation} 没有闭式的临界权重尺度。",
)
_BATCH = Text(
    en="{kind} between {names} and {activation}, whose slope is at most {slope}.",
    zh="在层 {names} 与 {activation} 之间加 {kind}：{activation} 的导数最大只有 {slope}。",
)
_SMOOTH = Text(
    en="{kind} behind {names}, before what follows them: it gives each layer inputs of one scale, whatever is done to "
    "them on the way.",
    zh="在层 {names} 之后紧接着加 {kind}：无论中间怎样改变尺度，每层的输入都保持同一尺度。",
)
_CONNECT = Text(
    en="Residual connections around {names}, each branch divided by √{count}: the normalizations in between cancel the "
    "scale of the weights.",
    zh="给层 {names} 加残差连接，每个分支除以 √{count}：中间的归一化会约去权重的尺度。",
)
_TRANSFORMER = Text(
    en="Residual connections around {names}, each divided by √{count}, and a layer normalization in front "
    "of each: nothing passes these blocks by, so that what each leaves of the gradient multiplies.",
    zh="给块 {names} 加残差连接，每块的输出除以 √{count}，并在每块之前加层归一化："
    "现在没有任何通路绕过这些块，每块留下的梯度只能连乘。",
)
_TRANSFORMER_NORMALIZED = Text(
    en="Residual connections around {names}, each divided by √{count}: nothing passes these blocks by, and "
    "the normalizations in them cancel the scale of the weights.",
    zh="给块 {names} 加残差连接，每块的输出除以 √{count}：现在没有任何通路绕过这些块，而块里的归一化会约去权重的尺度。",
)
_RECURRENT = Text(
    en="A residual connection around each of {names}: gates pass on only a part of the gradient{quarter}.",
    zh="在每个循环层（{names}）外加残差连接：门只传回一部分梯度{quarter}。",
)
_QUARTER = Text(
    en=", about a quarter per stacked LSTM at PyTorch's initialization",
    zh="，按 PyTorch 的初始化，每叠一层 LSTM 只剩约四分之一",
)
_SMALLER = Text(
    en="A smaller weight scale: σ_w of {names} is {measured}, and {activation} needs {wanted}.",
    zh="减小权重尺度：层 {names} 的 σ_w 是 {measured}，而 {activation} 需要 {wanted}。",
)
_SMALLER_NORMALIZED = Text(
    en="A smaller weight scale, and {kind} behind the layers: σ_w of {names} is {measured}, in place of about 1.",
    zh="减小权重尺度，并在各层之后加 {kind}：层 {names} 的 σ_w 是 {measured}，取 1 左右即可。",
)
_NORMALIZED = Text(
    en="Residual connections around {names}, each branch divided by √{count}: {why}, whatever the weights.",
    zh="给层 {names} 加残差连接，每个分支除以 √{count}：{why}，与权重无关。",
)
_BY_RELU = Text(
    en="in plain ReLU networks batch normalization itself multiplies the gradient by about 1.21 per layer",
    zh="在普通 ReLU 网络里，批量归一化本身每层把梯度放大约 1.21 倍",
)
_BY_OTHER = Text(
    en="without them batch normalization and {activation} multiply the gradient by {factor} per layer here",
    zh="没有残差连接时，批量归一化与 {activation} 在这里每层把梯度乘以 {factor}",
)
_BRANCHES = Text(
    en="The branches, which end in {names}, divided by √{count}, the root of their number: unscaled, every block "
    "multiplies the norm by {factor} here.",
    zh="把以 {names} 结尾的残差分支除以 √{count}（块数的平方根）：不缩放时，这里每块使范数变为原来的 {factor} 倍。",
)
_NARROW = Text(
    en="Wider layers, then He initialization: of ReLU networks with as few units as here ({widths}) in {count} layers "
    "and weights around 0, a share of {share} is dead, whatever the weight scale.",
    zh="先加宽各层，再用 He 初始化：像这里这样每层单元很少（{widths}）、共 {count} 层、权重均值为 0 的 ReLU 网络，"
    "无论权重尺度多大，都有 {share} 的比例是死的。",
)
_APART = Text(
    en="Weights of the scale that the layers like it have: σ_w of {names} is {ratio} times that of its siblings.",
    zh="把权重调到同类层的尺度：层 {names} 的 σ_w 是同类层的 {ratio} 倍。",
)
_STREAM = Text(
    en="Nothing is needed while the loss falls. The last normalization of each branch, {names}, can start at 0: then "
    "every block is the identity at first, and the growth is gone (zero_init_residual=True in torchvision).",
    zh="只要损失在下降，就不必处理。也可以让每个分支最后的归一化 {names} 从 0 开始："
    "这样每块起初都是恒等映射，梯度不再逐块变化（torchvision 中为 zero_init_residual=True）。",
)
_STREAM_PLAIN = Text(
    en="Nothing is needed while the loss falls. A branch whose last layer starts at 0 makes its block the identity at "
    "first, and the ratio between the blocks is gone.",
    zh="只要损失在下降，就不必处理。若让每个分支的最后一层从 0 开始，每块起初都是恒等映射，块与块之间的比值随之消失。",
)
_BLOCKED = Text(
    en="Look at the weights of {start} and at the loss: a product with 0, or a number too small for its type, ends "
    "every gradient. A last layer that starts at 0 gets a gradient of its own, so that its first update opens the way: "
    "then probe the second step.",
    zh="检查层 {start} 的权重和损失：与 0 相乘，或数值小到该类型无法表示，都会使梯度到此为止。"
    "从 0 开始的最后一层自己有梯度，更新一次之后梯度就能通过：这种情况请观察第二步。",
)
_SCALER = Text(
    en="Nothing is needed while it is rare: the scaler lowers its factor until the gradient fits. If it happens at "
    "every step, look for a logarithm or root of 0 in the loss.",
    zh="偶尔发生不必处理：缩放器会减小缩放倍数，直到梯度不再上溢。若每一步都发生，检查损失里是否对 0 取对数或开方。",
)
_DEAD = Text(
    en="Look at the bias of {names} and at the scale and mean of its input; then a smaller learning rate, because a "
    "large step is what kills units during training.",
    zh="检查层 {names} 的偏置，以及输入的尺度和均值；再减小学习率，因为训练中单元往往死于过大的一步。",
)
_WAITING = Text(
    en="Waiting for the units themselves: one that is off for every input gets no gradient. It can return only if the "
    "layers before it move, and a layer that is off as a whole lets no gradient through to them.",
    zh="等这些单元自己恢复：对所有输入都关闭的单元得不到梯度，前面的层变动了，它才可能重新激活；"
    "整层都关闭时，前面的层也得不到梯度。",
)
_SATURATED = Text(
    en="A smaller weight scale: σ_w of {names}, in front of the saturated units, is {measured}.",
    zh="减小权重尺度：饱和单元之前的层 {names}，σ_w 是 {measured}。",
)
_SATURATED_INPUT = Text(
    en="Inputs of mean 0 and variance 1: σ_w of {names}, in front of the saturated units, is {measured}, and does not "
    "saturate them by itself.",
    zh="把输入缩放到均值 0、方差 1：饱和单元之前的层 {names}，σ_w 是 {measured}，本身不至于使它们饱和。",
)
_NON_FINITE = Text(
    en="Look at {start} first: too large weights or inputs, a logarithm or root of 0, or a learning rate above "
    "2/λ_max. torch.autograd.detect_anomaly() names the operation.",
    zh="先看层 {start}：权重或输入过大、对 0 取对数或开方，或学习率超过 2/λ_max。"
    "torch.autograd.detect_anomaly() 会指出是哪个运算。",
)
_CUT_OFF = Text(
    en="Look for detach(), torch.no_grad(), .item() or NumPy between {names} and the loss.",
    zh="查找 {names} 与损失之间的 detach()、torch.no_grad()、.item() 或 NumPy 运算。",
)
_BIAS_ALONE = "    if layer.bias is not None:\n        torch.nn.init.zeros_(layer.bias)"
_BLOCK = """# in a residual block, with `blocks` of them in the network
def forward(self, x):
    return x + self.branch(x) / blocks**0.5"""
_NORMALIZE = """# in forward, behind each of these layers
x = torch.nn.functional.layer_norm(x, x.shape[-1:])"""
_ORDINARY = 3.0
"""A σ_w within this factor of the critical one does not saturate units by itself."""
_NOTICEABLE = 1.1
"""Ratio of two weight scales from which one is another."""
_MANY = 30
"""Layers from which residual connections are advised beside a weight scale."""
_EXPLAINED = 0.5
"""Share of ln of the ratio that the weights have to predict, so that others are advised."""
_TOO_MANY_DEAD = 0.1
"""Share of dead networks from which width comes before any weight scale."""
_BY_REASON = {"learned": "learned", "weights": "apart", "stream": "stream", "blocked": "blocked", "scaler": "scaler"}
_IN_PLACE = ("relu", "leaky_relu", "relu6", "elu", "silu", "mish", "hardtanh")
"""Activation functions that PyTorch's modules can apply in place."""
_LIKE_RELU = ("relu", "leaky_relu", "prelu", "relu6")


def _label(activation: str) -> str:
    known = activations.ACTIVATIONS.get(activation)
    return known.label if known else activation


def _explains(finding: Finding) -> bool:
    """Whether the network's own weights predict what is measured, as far as there is a prediction."""
    if finding.predicted is None or not 0 < finding.measured < math.inf:
        return True
    measured, predicted = math.log(finding.measured), math.log(max(finding.predicted, 1e-300))
    return measured * predicted > 0 and abs(predicted) > _EXPLAINED * abs(measured)


def _mends(finding: Finding, found: scale.Scales) -> bool:
    """Whether the critical scale is known, lies on the side that mends the finding, and the weights explain it."""
    if found.wanted is None or found.typical is None:
        return found.wanted is not None
    ratio = found.wanted / found.typical
    return (ratio if finding.verdict == "vanishing" else 1 / ratio) > _NOTICEABLE and _explains(finding)


def _measured(found: scale.Scales) -> str:
    return "–" if found.typical is None else f"{found.typical:.3g}"


def _scaled(text: Text, found: scale.Scales, fails: Text, deep: Text | str = "") -> _Words:
    helps = told(
        text,
        names=found.names,
        measured=_measured(found),
        activation=_label(found.activation),
        wanted=f"{found.wanted or 0:.3g}",
        deep=deep,
    )
    return _Words(helps, snippets.initialize(found), fails)


def _on_a_batch(found: scale.Scales, fails: Text) -> _Words:
    """Data-dependent scaling, where no closed form fits."""
    text = _NO_CLOSED_FORM if found.wanted is None else _UNEXPLAINED
    helps = told(text, names=found.names, measured=_measured(found), activation=_label(found.activation))
    return _Words(helps, snippets.unit_variance(found.names), fails)


def _operations(finding: Finding, step: Step) -> Counter[str]:
    return Counter(operation for call in scale.between(finding, step) for operation in call.operations)


def _is_normalized(finding: Finding, step: Step) -> bool:
    return any(_operations(finding, step)[name] for name in NORMALIZATIONS)


def _connected(text: Text, found: scale.Scales, fails: Text, **values: object) -> _Words:
    """Residual connections around the layers; code that does it where their names tell that they are in a sequence."""
    helps = told(text, names=found.names[1:], count=len(found.names) - 1, **values)
    return _Words(helps, snippets.connect_named(found.names, in_place=found.activation in _IN_PLACE) or _BLOCK, fails)


def _normalizer(names: Sequence[str], finding: Finding, step: Step, *, over_batch: bool) -> str:
    """The class of a normalization for the output of these layers."""
    calls = [call for call in scale.between(finding, step) if call.name in names]
    if over_batch and all(len(call.shape) == 2 for call in calls):
        return "BatchNorm1d"
    if all(call.kind == "Conv2d" for call in calls):
        return "BatchNorm2d" if over_batch else "GroupNorm"
    return "LayerNorm"


def _drawn(finding: Finding, step: Step) -> scale.Scales:
    """The layers of a finding, with the read-out where it was drawn as they were."""
    return scale.with_read_out(scale.scales(finding, step), step)


def _vanishing_relu(finding: Finding, step: Step) -> _Words:
    found = _drawn(finding, step)
    if _is_normalized(finding, step):
        return _cancelled(finding, step, found)
    return _scaled(_RELU, found, _RATE) if _mends(finding, found) else _on_a_batch(found, _RATE)


def _vanishing_tanh(finding: Finding, step: Step) -> _Words:
    found = _drawn(finding, step)
    if _is_normalized(finding, step):
        return _cancelled(finding, step, found)
    many = len(found.names) >= _MANY and not _operations(finding, step)["add"]
    return _scaled(_TANH, found, _RATE, _DEEP if many else "") if _mends(finding, found) else _on_a_batch(found, _RATE)


def _cancelled(finding: Finding, step: Step, found: scale.Scales) -> _Words:
    """Advice where normalizations cancel the scale of the weights: residual connections where there are none."""
    if _operations(finding, step)["add"]:
        return _Words(_STREAM_PLAIN, _BLOCK, _RATE)
    return _connected(_CONNECT, found, _RATE)


def _vanishing_saturating(finding: Finding, step: Step) -> _Words:
    found = scale.scales(finding, step)
    if _is_normalized(finding, step):
        return _cancelled(finding, step, found)
    kind = _normalizer(found.names, finding, step, over_batch=True)
    slope = theory.derivative_maximum(found.activation) if found.activation in activations.ACTIVATIONS else 1.0
    helps = told(_BATCH, kind=kind, names=found.names, activation=_label(found.activation), slope=f"{slope:.3g}")
    return _Words(helps, snippets.normalize(found.names, kind), _RATE)


def _vanishing_smooth(finding: Finding, step: Step) -> _Words:
    found = scale.scales(finding, step)
    if _is_normalized(finding, step):
        return _cancelled(finding, step, found)
    kind = _normalizer(found.names, finding, step, over_batch=False)
    return _Words(told(_SMOOTH, kind=kind, names=found.names), snippets.normalize(found.names, kind), _RATE)


def _without_weights(finding: Finding, step: Step) -> _Words:
    """Advice where the layers' weights are no parameters that could be drawn anew: a normalization behind them."""
    inside = scale.between(finding, step)
    names = tuple(dict.fromkeys(call.name for call in inside if call.role == "linear"))
    over_batch = _saturates_off_centre(scale.activation(inside))
    kind = _normalizer(names, finding, step, over_batch=over_batch) if names else "LayerNorm"
    code = snippets.normalize(names, kind) if names else _NORMALIZE
    fails = _RATE if finding.verdict == "vanishing" else _CLIP
    return _Words(told(_SMOOTH, kind=kind, names=names or finding.layers), code, fails)


def _vanishing_transformer(finding: Finding, step: Step) -> _Words:
    names = scale.attention_blocks(finding, step)
    normalized = _is_normalized(finding, step)
    units = next(call.shape[-1] for call in step.calls if call.role == "attention")
    helps = told(_TRANSFORMER_NORMALIZED if normalized else _TRANSFORMER, names=names, count=len(names))
    return _Words(helps, snippets.connect_blocks(names, None if normalized else units), _RATE)


def _vanishing_recurrent(finding: Finding, step: Step) -> _Words:
    calls = [call for call in step.calls if call.role == "recurrent" and call.label in finding.layers]
    quarter = _QUARTER if all(call.kind == "LSTM" for call in calls) else ""
    names = tuple(dict.fromkeys(call.name for call in calls))
    every = f"model.get_submodule(name) for name in {scale.as_code(names)}"
    code = f"# in forward, with layers = [{every}]\nfor layer in layers:\n    x = x + layer(x)[0]"
    return _Words(told(_RECURRENT, names=names, quarter=quarter), code, _RATE)


def _exploding_weights(finding: Finding, step: Step) -> _Words:
    recurrent = scale.of_recurrent(finding, step)
    if recurrent.names:
        return _scaled(_SMALLER, recurrent, _CLIP)
    found = scale.scales(finding, step)
    if _is_normalized(finding, step):
        return _connected(_CONNECT, found, _CLIP)
    if _saturates_off_centre(found.activation):
        kind = _normalizer(found.names, finding, step, over_batch=True)
        code = "\n".join([snippets.draw(found.names, 1.0), snippets.normalize(found.names, kind)])
        helps = told(_SMALLER_NORMALIZED, names=found.names, measured=_measured(found), kind=kind)
        return _Words(helps, code, _CLIP)
    return _scaled(_SMALLER, found, _CLIP) if _mends(finding, found) else _on_a_batch(found, _CLIP)


def _saturates_off_centre(activation: str) -> bool:
    limits = SATURATION.get(activation)
    return limits is not None and limits[0] != 0


def _exploding_normalized(finding: Finding, step: Step) -> _Words:
    found = scale.scales(finding, step)
    other = told(_BY_OTHER, activation=_label(found.activation), factor=f"{finding.per_layer or math.nan:.3g}")
    fails = Text(
        en="Another initialization: batch normalization cancels the scale of the weights.",
        zh="换一种初始化：批量归一化会约去权重的尺度。",
    )
    return _connected(_NORMALIZED, found, fails, why=_BY_RELU if found.activation == "relu" else other)


def _exploding_residual(finding: Finding, step: Step) -> _Words:
    names = scale.ends_of_branches(finding, step)
    if not names:
        found = scale.scales(finding, step)
        return _on_a_batch(found, _CLIP)
    factor = f"{finding.per_layer or math.nan:.3g}"
    helps = told(_BRANCHES, names=names, count=len(names), factor=factor)
    return _Words(helps, snippets.divide(names), _CLIP)


def _narrow(finding: Finding, step: Step) -> _Words:
    inside = [call for call in scale.between(finding, step) if call.activation == "relu"]
    widths = sorted({call.units or 1 for call in inside})
    helps = told(
        _NARROW,
        widths=", ".join(map(str, widths)),
        count=len(inside),
        share=f"{1 - _alive(inside):.0%}",
    )
    code = f"""layers = [m for _ in range({len(inside)}) for m in (torch.nn.Linear(64, 64), torch.nn.ReLU())]
for linear in layers[::2]:
    torch.nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")"""
    fails = Text(
        en="He initialization at this width: many such networks are dead before they have learned anything.",
        zh="宽度不变，只换 He 初始化：这样的网络有许多一开始就是死的。",
    )
    return _Words(helps, code, fails)


def _apart(finding: Finding, step: Step) -> _Words:
    fails = Text(
        en="One learning rate for all layers, whatever it is: this layer learns at another pace than the others.",
        zh="更换全网统一的学习率：这一层的学习步调仍与其他层不同。",
    )
    return _Words(told(_APART, names=finding.layers, ratio=finding.measured), _to_its_like(finding, step), fails)


def _to_its_like(finding: Finding, step: Step) -> str:
    """Code that gives a layer the scale of those like it."""
    recurrent = scale.of_recurrent(finding, step)
    if recurrent.names:
        return snippets.initialize(recurrent)
    return snippets.multiply(finding.layers, f"1 / {finding.measured:.4g}")


def _stream(finding: Finding, step: Step) -> _Words:
    names = scale.ends_of_branches(finding, step)
    kinds = {call.role for call in step.calls if call.name in names}
    fails = Text(
        en="Another scale of the weights before a normalization: it cancels that scale.",
        zh="改变归一化之前权重的尺度：归一化会把这个尺度约去。",
    )
    if names and kinds == {"normalization"}:
        code = snippets.each(names, "    torch.nn.init.zeros_(layer.weight)")
        return _Words(told(_STREAM, names=names), code, fails)
    code = snippets.each(names, "    torch.nn.init.zeros_(layer.weight)", _BIAS_ALONE) if names else _BLOCK
    return _Words(_STREAM_PLAIN, code, fails)


def _blocked(finding: Finding, _: Step) -> _Words:
    code = """for name, parameter in model.named_parameters():
    gradient = parameter.grad is not None and bool(parameter.grad.any())
    print(name, bool(parameter.any()), gradient)"""
    fails = Text(
        en="Another learning rate: a step of any length in the direction of 0 leaves the weights where they are.",
        zh="调整学习率：梯度为 0，步长再大，权重也不动。",
    )
    return _Words(told(_BLOCKED, start=(finding.starts_at,)), code, fails)


def _scaler(_: Finding, __: Step) -> _Words:
    code = """scaler.step(optimizer)
scaler.update()
print(scaler.get_scale())"""
    return _Words(_SCALER, code, _CLIP_INFINITE)


def _dead(finding: Finding, step: Step) -> _Words:
    recurrent = scale.of_recurrent(finding, step)
    found = recurrent if recurrent.names else scale.scales_of(scale.before(finding, step), step, "relu")
    code = snippets.initialize(found) if found.names else snippets.zero_bias(finding.layers)
    return _Words(told(_DEAD, names=found.names or finding.layers), code, _WAITING)


def _saturated(finding: Finding, step: Step) -> _Words:
    if finding.reason == "weights":
        helps = told(_APART, names=finding.layers, ratio=finding.measured)
        return _Words(helps, _to_its_like(finding, step), _SATURATED_RATE)
    recurrent = scale.of_recurrent(finding, step)
    names = recurrent.names or scale.before(finding, step)
    labels = set(finding.layers)
    used = next((call.activation for call in step.calls if call.label in labels and call.activation), "tanh")
    found = recurrent if recurrent.names else scale.scales_of(names, step, used)
    wanted = found.wanted or 1.0
    if found.typical is not None and found.typical <= _ORDINARY * wanted:
        helps = told(_SATURATED_INPUT, names=names, measured=_measured(found))
        return _Words(helps, snippets.standardize(2), _SATURATED_RATE)
    helps = told(_SATURATED, names=names or finding.layers, measured=_measured(found))
    return _Words(helps, snippets.initialize(found, wanted), _SATURATED_RATE)


def _non_finite(finding: Finding, _: Step) -> _Words:
    code = """for name, parameter in model.named_parameters():
    if not torch.isfinite(parameter).all():
        print(name)"""
    return _Words(told(_NON_FINITE, start=(finding.starts_at,)), code, _CLIP_INFINITE)


def _cut_off(finding: Finding, _: Step) -> _Words:
    code = """loss = loss_fn(model(x), y)
for name, p in model.named_parameters():
    print(name, torch.autograd.grad(loss, p, retain_graph=True, allow_unused=True)[0] is not None)"""
    fails = Text(en="Any other initialization or optimizer.", zh="更换初始化或优化器。")
    return _Words(told(_CUT_OFF, names=finding.layers), code, fails)


def _inconclusive(_: Finding, __: Step) -> _Words:
    return _Words(
        Text(
            en="Look again with other seeds, a larger batch, or more steps: what is seen lies within what chance "
            "shows.",
            zh="换几个随机种子、用更大的批或更多步再看：目前所见仍在偶然的范围之内。",
        ),
        """for seed in range(5):
    torch.manual_seed(seed)
    model = make_model()""",
        Text(en="Changing the network on this evidence.", zh="凭这点证据就改动网络。"),
    )


def _learned(_: Finding, __: Step) -> _Words:
    return _Words(
        Text(
            en="Look at the loss: while it falls, leave the network as it is. Whether its initialization is healthy, a "
            "fresh copy tells.",
            zh="看损失：只要还在下降，就不必改动网络。初始化是否健康，要看一个重新初始化的副本。",
        ),
        """fresh = make_model()
with gradlab.probe(fresh) as record:
    loss_fn(fresh(x), y).backward()""",
        Text(
            en="Changing the initialization on this evidence: these weights are not those that it gave.",
            zh="凭这点证据就改初始化：现在的权重已不是初始化给出的那些。",
        ),
    )


_BY_CAUSE: Mapping[str, _Prescription] = MappingProxyType(
    {
        "vanishing-relu": _Prescription(
            _vanishing_relu,
            "sigma-w-map",
            ("repair.default", "repair.he", "advice.vanishing_relu", "learning_rate.same_gradient"),
        ),
        "vanishing-saturating": _Prescription(
            _vanishing_saturating,
            "batch-normalization",
            ("batch_normalization.sigmoid", "training.bn_trains", "advice.vanishing_saturating", "training.large_rate"),
        ),
        "vanishing-tanh": _Prescription(
            _vanishing_tanh,
            "sigma-w-map",
            (
                "tanh_criticality.critical",
                "remedies.tanh_xavier",
                "remedies.tanh_residual",
                "advice.vanishing_tanh",
                "remedies.tanh_rate",
            ),
        ),
        "vanishing-transformer": _Prescription(
            _vanishing_transformer,
            "residual-connections",
            ("advice.vanishing_transformer", "learning_rate.same_gradient"),
        ),
        "vanishing-recurrent": _Prescription(
            _vanishing_recurrent,
            "reading-the-report",
            ("advice.recurrent_factor", "advice.vanishing_recurrent", "learning_rate.same_gradient"),
        ),
        "vanishing-smooth": _Prescription(
            _vanishing_smooth, "batch-normalization", ("advice.vanishing_smooth", "learning_rate.same_gradient")
        ),
        "exploding-weights": _Prescription(
            _exploding_weights,
            "sigma-w-map",
            ("sigma_map.relu_explodes", "repair.he", "advice.exploding_weights", "clipping.ratio"),
        ),
        "exploding-normalized": _Prescription(
            _exploding_normalized,
            "batch-normalization",
            (
                "batch_normalization.relu",
                "batch_normalization.scale",
                "remedies.deep_residual",
                "advice.exploding_normalized",
            ),
        ),
        "narrow": _Prescription(
            _narrow, "finite-width", ("dead_networks.width_1", "dead_networks.law", "advice.narrow")
        ),
        "apart": _Prescription(_apart, "reading-the-report", ("advice.apart", "learning_rate.same_gradient")),
        "stream": _Prescription(_stream, "residual-connections", ("advice.stream", "batch_normalization.scale")),
        "blocked": _Prescription(_blocked, "reading-the-report", ("advice.blocked",)),
        "scaler": _Prescription(_scaler, "learning-rate-and-clipping", ("clipping_limits.infinite",)),
        "exploding-residual": _Prescription(
            _exploding_residual,
            "residual-connections",
            (
                "residual.doubles",
                "residual.scaled",
                "residual_depth.batch_norm",
                "advice.exploding_residual",
                "clipping.ratio",
            ),
        ),
        "dead": _Prescription(
            _dead,
            "reading-the-report",
            ("advice.dead", "dying_units.one_step", "dying_units.waiting", "waking_units.deep", "waking_units.dead"),
        ),
        "saturated": _Prescription(
            _saturated, "reading-the-report", ("advice.saturated", "learning_rate.same_gradient")
        ),
        "non-finite": _Prescription(
            _non_finite,
            "learning-rate-and-clipping",
            ("advice.non_finite", "stable_rate.above", "clipping_limits.infinite"),
        ),
        "cut off": _Prescription(_cut_off, "reading-the-report", ("advice.cut_off",)),
        "inconclusive": _Prescription(
            _inconclusive, "finite-width", ("finite_width.pairs", "finite_width.distribution")
        ),
        "learned": _Prescription(_learned, "reading-the-report", ("dying_units.fitted", "dying_units.fitted_ratio")),
    }
)


def cause(finding: Finding, step: Step) -> str:
    """The cause of a finding, as far as the operations between its layers tell."""
    if finding.reason in _BY_REASON and finding.verdict != "saturated":
        return _BY_REASON[finding.reason]
    if finding.verdict not in ("vanishing", "exploding"):
        return finding.verdict if finding.verdict in _BY_CAUSE else "inconclusive"
    inside = scale.between(finding, step)
    operations = Counter(operation for call in inside for operation in call.operations)
    if not operations["add"] and _is_narrow(inside):
        return "narrow"
    if finding.verdict == "exploding":
        if scale.of_recurrent(finding, step).names:
            return "exploding-weights"
        if operations["add"]:
            return "exploding-residual"
        return "exploding-normalized" if operations["batch_norm"] else "exploding-weights"
    return _vanishing(finding, step, operations)


def _vanishing(finding: Finding, step: Step, operations: Counter[str]) -> str:
    """The cause of a gradient that vanishes over these operations."""
    if any(call.role == "recurrent" and call.label in finding.layers for call in step.calls):
        return "vanishing-recurrent"
    if scale.attention_blocks(finding, step):
        return "vanishing-transformer"
    used = {name: operations[name] for name in ACTIVATIONS if operations[name]}
    commonest = max(used, key=lambda name: used[name], default="")
    if _saturates_off_centre(commonest):
        return "vanishing-saturating"
    if commonest in SATURATION or commonest == "hardtanh":
        return "vanishing-tanh"
    return "vanishing-relu" if commonest in _LIKE_RELU else "vanishing-smooth"


def _alive(calls: Sequence[LayerCall]) -> float:
    """The share of plain ReLU networks of these widths that are not dead, with weights around 0 (Lu et al. 2020)."""
    return math.prod(1 - 0.5 ** (call.units or 1) for call in calls if call.activation == "relu")


def _is_narrow(calls: Sequence[LayerCall]) -> bool:
    """Whether plain ReLU layers of these widths would often be dead."""
    return 1 - _alive(calls) > _TOO_MANY_DEAD


@dataclass(frozen=True, kw_only=True)
class Advised(Finding):
    """A :class:`Finding` with its advice; it has all of a finding's attributes.

    Attributes:
        advice: what helps, and what does not.

    """

    advice: Advice


def advised(finding: Finding, step: Step) -> Advised:
    """A finding of a step with its advice."""
    own = causes.ADVICE.get(finding.cause)
    return Advised(**vars(finding), advice=own(finding, step) if own else _written(finding, step))


_BEHIND = _Prescription(
    _without_weights, "batch-normalization", ("advice.vanishing_smooth", "learning_rate.same_gradient")
)


def _needs_weights(finding: Finding, step: Step) -> bool:
    """Whether a ratio would be mended by weights, and the step knows none: as of layers with weight normalization."""
    if finding.reason != "ratio" or cause(finding, step) in ("narrow", "vanishing-recurrent", "inconclusive"):
        return False
    known = (scale.scales(finding, step).names, scale.of_recurrent(finding, step).names)
    return not any((*known, scale.ends_of_branches(finding, step)))


def _written(finding: Finding, step: Step) -> Advice:
    what = _BEHIND if _needs_weights(finding, step) else _BY_CAUSE[cause(finding, step)]
    words = what.write(finding, step)
    return Advice(words.helps, words.code, words.fails, what.page, what.evidence)
