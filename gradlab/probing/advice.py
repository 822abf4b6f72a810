"""Advice: remedies that help against a finding and others that do not, by the evidence of the site's experiments."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gradlab.language import Text
from gradlab.probing import causes
from gradlab.probing.classification import ACTIVATIONS
from gradlab.probing.finding import Advice, Finding
from gradlab.probing.measures import SATURATION
from gradlab.probing.step import LayerCall, Step

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
_HE = """for module in model.modules():
    if isinstance(module, (torch.nn.Linear, torch.nn.Conv2d)):
        torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")"""
_XAVIER = """for module in model.modules():
    if isinstance(module, torch.nn.Linear):
        torch.nn.init.xavier_normal_(module.weight)"""
_NORMALIZE = """# between every linear layer and its activation function
torch.nn.Linear(n, n, bias=False),
torch.nn.BatchNorm1d(n),"""
_SCALED = """# in a residual block, with `blocks` of them in the network
def forward(self, x):
    return x + self.branch(x) / blocks**0.5"""

_BY_CAUSE = {
    "vanishing-relu": Advice(
        Text(
            en="He initialization: ReLU passes on half of the squared gradient, so σ_w² has to be 2; "
            "PyTorch's default is 1/3.",
            zh="改用 He 初始化：ReLU 只传回梯度平方的一半，所以 σ_w² 应为 2；PyTorch 的默认值是 1/3。",
        ),
        _HE,
        _RATE,
        "sigma-w-map",
        ("repair.default", "repair.he", "advice.vanishing_relu", "learning_rate.same_gradient"),
    ),
    "vanishing-saturating": Advice(
        Text(
            en="Batch normalization before the activation function, or ReLU with He initialization.",
            zh="在激活函数之前加批量归一化，或者改用 ReLU 与 He 初始化。",
        ),
        _NORMALIZE,
        _RATE,
        "batch-normalization",
        ("batch_normalization.sigmoid", "training.bn_trains", "advice.vanishing_saturating", "training.large_rate"),
    ),
    "vanishing-tanh": Advice(
        Text(
            en="Xavier initialization, whose σ_w of 1 is critical for tanh; with very many layers also residual "
            "connections.",
            zh="改用 Xavier 初始化，其 σ_w = 1 正是 Tanh 的临界值；层数很多时再加残差连接。",
        ),
        _XAVIER,
        _RATE,
        "sigma-w-map",
        (
            "tanh_criticality.critical",
            "remedies.tanh_xavier",
            "remedies.tanh_residual",
            "advice.vanishing_tanh",
            "remedies.tanh_rate",
        ),
    ),
    "vanishing-recurrent": Advice(
        Text(
            en="A residual connection around each recurrent layer: gates pass on only a part of the gradient, about a "
            "quarter per stacked LSTM at PyTorch's initialization.",
            zh="在每个循环层外加残差连接：门只传回一部分梯度，按 PyTorch 的初始化，每叠一层 LSTM 只剩约四分之一。",
        ),
        """# layers = torch.nn.ModuleList(torch.nn.LSTM(n, n, batch_first=True) for _ in range(depth))
for layer in layers:
    x = x + layer(x)[0]""",
        _RATE,
        "reading-the-report",
        ("advice.recurrent_factor", "advice.vanishing_recurrent", "learning_rate.same_gradient"),
    ),
    "vanishing-smooth": Advice(
        Text(
            en="Layer normalization before every activation function: it gives each layer inputs of one scale, "
            "whatever the function does to it.",
            zh="在每个激活函数之前加层归一化：无论激活函数怎样改变尺度，每层的输入都保持同一尺度。",
        ),
        """# between every linear layer and its activation function
torch.nn.Linear(n, n),
torch.nn.LayerNorm(n),""",
        _RATE,
        "batch-normalization",
        ("advice.vanishing_smooth", "learning_rate.same_gradient"),
    ),
    "exploding-weights": Advice(
        Text(
            en="A smaller weight scale: He initialization for ReLU, Xavier for tanh.",
            zh="减小权重尺度：ReLU 用 He 初始化，Tanh 用 Xavier 初始化。",
        ),
        _HE,
        _CLIP,
        "sigma-w-map",
        ("sigma_map.relu_explodes", "repair.he", "advice.exploding_weights", "clipping.ratio"),
    ),
    "exploding-normalized": Advice(
        Text(
            en="Residual connections: in plain ReLU networks batch normalization itself multiplies the gradient by "
            "about 1.21 per layer, whatever the weights.",
            zh="加残差连接：在普通 ReLU 网络里，批量归一化本身每层把梯度放大约 1.21 倍，与权重无关。",
        ),
        _SCALED,
        Text(
            en="Another initialization: batch normalization cancels the scale of the weights.",
            zh="换一种初始化：批量归一化会约去权重的尺度。",
        ),
        "batch-normalization",
        (
            "batch_normalization.relu",
            "batch_normalization.scale",
            "remedies.deep_residual",
            "advice.exploding_normalized",
        ),
    ),
    "narrow": Advice(
        Text(
            en="Wider layers, then He initialization: of ReLU networks with n units in each of L layers and weights "
            "around 0, a share of 1 − (1 − 2⁻ⁿ)ᴸ is dead, whatever the weight scale.",
            zh="先加宽各层，再用 He 初始化：L 层、每层 n 个单元、权重均值为 0 的 ReLU 网络，"
            "无论权重尺度多大，都有 1 − (1 − 2⁻ⁿ)ᴸ 的比例是死的。",
        ),
        """layers = [m for _ in range(depth) for m in (torch.nn.Linear(64, 64), torch.nn.ReLU())]
for linear in layers[::2]:
    torch.nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")""",
        Text(
            en="He initialization at this width: many such networks are dead before they have learned anything.",
            zh="宽度不变，只换 He 初始化：这样的网络有许多一开始就是死的。",
        ),
        "finite-width",
        ("dead_networks.width_1", "dead_networks.law", "advice.narrow"),
    ),
    "apart": Advice(
        Text(
            en="Weights of the scale that the layers like it have: compare σ_w in the table.",
            zh="把该层的权重调到与同类层相同的尺度：比较表中的 σ_w。",
        ),
        """with torch.no_grad():
    layer.weight.mul_(layer_like_it.weight.std() / layer.weight.std())""",
        Text(
            en="One learning rate for all layers, whatever it is: this layer learns at another pace than the others.",
            zh="更换全网统一的学习率：这一层的学习步调仍与其他层不同。",
        ),
        "reading-the-report",
        ("advice.apart", "learning_rate.same_gradient"),
    ),
    "stream": Advice(
        Text(
            en="Nothing is needed while the loss falls. Where branches end in a batch normalization, its weight can "
            "start at 0: then every block is the identity at first, and the growth is gone (zero_init_residual=True "
            "in torchvision).",
            zh="只要损失在下降，就不必处理。若残差分支以批量归一化结尾，可以让它的权重从 0 开始："
            "这样每块起初都是恒等映射，梯度不再逐块变大（torchvision 中为 zero_init_residual=True）。",
        ),
        """for block in blocks:  # the last normalization of each branch
    torch.nn.init.zeros_(block.bn3.weight)""",
        Text(
            en="Another scale of the weights before a normalization: it cancels that scale.",
            zh="改变归一化之前权重的尺度：归一化会把这个尺度约去。",
        ),
        "residual-connections",
        ("advice.stream", "batch_normalization.scale"),
    ),
    "blocked": Advice(
        Text(
            en="Look at the weights of that layer and at the loss: a product with 0, or a number too small for its "
            "type, ends every gradient. A last layer that starts at 0 gets a gradient of its own, so that its first "
            "update opens the way: then probe the second step.",
            zh="检查这一层的权重和损失：与 0 相乘，或数值小到该类型无法表示，都会使梯度到此为止。"
            "从 0 开始的最后一层自己有梯度，更新一次之后梯度就能通过：这种情况请观察第二步。",
        ),
        """for name, parameter in model.named_parameters():
    print(name, bool(parameter.any()), bool(parameter.grad.any()))""",
        Text(
            en="Another learning rate: a step of any length in the direction of 0 leaves the weights where they are.",
            zh="调整学习率：梯度为 0，步长再大，权重也不动。",
        ),
        "reading-the-report",
        ("advice.blocked",),
    ),
    "scaler": Advice(
        Text(
            en="Nothing is needed while it is rare: the scaler lowers its factor until the gradient fits. If it "
            "happens at every step, look for a logarithm or root of 0 in the loss.",
            zh="偶尔发生不必处理：缩放器会减小缩放倍数，直到梯度不再上溢。"
            "若每一步都发生，检查损失里是否对 0 取对数或开方。",
        ),
        """scaler.step(optimizer)
scaler.update()
print(scaler.get_scale())""",
        Text(
            en="Clipping a gradient that is infinite already: it becomes NaN, or 0.",
            zh="对已经无穷大的梯度做裁剪：结果是 NaN 或 0。",
        ),
        "learning-rate-and-clipping",
        ("clipping_limits.infinite",),
    ),
    "exploding-residual": Advice(
        Text(
            en="Scale the branch by 1/√blocks, or normalize at its head; unscaled, every block multiplies the norm by "
            "√2.",
            zh="把残差分支乘以 1/√块数，或在分支开头做归一化；不缩放时，每块使范数变为原来的 √2 倍。",
        ),
        _SCALED,
        _CLIP,
        "residual-connections",
        (
            "residual.doubles",
            "residual.scaled",
            "residual_depth.batch_norm",
            "advice.exploding_residual",
            "clipping.ratio",
        ),
    ),
    "dead": Advice(
        Text(
            en="Look at the layer's bias and at the scale and mean of its input; then a smaller learning rate, "
            "because a large step is what kills units during training.",
            zh="检查该层的偏置，以及输入的尺度和均值；再减小学习率，因为训练中单元往往死于过大的一步。",
        ),
        """with torch.no_grad():
    layer.bias.zero_()
    torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")""",
        Text(
            en="Waiting for the units themselves: one that is off for every input gets no gradient. It can return only "
            "if the layers before it move, and a layer that is off as a whole lets no gradient through to them.",
            zh="等这些单元自己恢复：对所有输入都关闭的单元得不到梯度，前面的层变动了，它才可能重新激活；"
            "整层都关闭时，前面的层也得不到梯度。",
        ),
        "reading-the-report",
        ("advice.dead", "dying_units.one_step", "dying_units.waiting", "waking_units.deep", "waking_units.dead"),
    ),
    "saturated": Advice(
        Text(
            en="Inputs of mean 0 and variance 1, a smaller weight scale, or batch normalization before the activation "
            "function.",
            zh="把输入缩放到均值 0、方差 1，减小权重尺度，或在激活函数之前加批量归一化。",
        ),
        _XAVIER,
        _SATURATED_RATE,
        "reading-the-report",
        ("advice.saturated", "learning_rate.same_gradient"),
    ),
    "non-finite": Advice(
        Text(
            en="Look at the first layer named here: too large weights or inputs, a logarithm or root of 0, or a "
            "learning rate above 2/λ_max.",
            zh="检查这里列出的第一层：权重或输入过大、对 0 取对数或开方，或学习率超过 2/λ_max。",
        ),
        """assert torch.isfinite(x).all()
with torch.autograd.detect_anomaly():
    loss_fn(model(x), y).backward()""",
        Text(
            en="Clipping a gradient that is infinite already: it becomes NaN, or 0.",
            zh="对已经无穷大的梯度做裁剪：结果是 NaN 或 0。",
        ),
        "learning-rate-and-clipping",
        ("advice.non_finite", "stable_rate.above", "clipping_limits.infinite"),
    ),
    "cut off": Advice(
        Text(
            en="Look for detach(), torch.no_grad(), .item() or NumPy between these parameters and the loss.",
            zh="查找这些参数与损失之间的 detach()、torch.no_grad()、.item() 或 NumPy 运算。",
        ),
        """loss = loss_fn(model(x), y)
for name, p in model.named_parameters():
    print(name, torch.autograd.grad(loss, p, retain_graph=True, allow_unused=True)[0] is not None)""",
        Text(en="Any other initialization or optimizer.", zh="更换初始化或优化器。"),
        "reading-the-report",
        ("advice.cut_off",),
    ),
    "inconclusive": Advice(
        Text(
            en="Look again with other seeds, a larger batch, or more steps: what is seen lies within what chance "
            "shows.",
            zh="换几个随机种子、用更大的批或更多步再看：目前所见仍在偶然的范围之内。",
        ),
        """for seed in range(5):
    torch.manual_seed(seed)
    model = make_model()""",
        Text(en="Changing the network on this evidence.", zh="凭这点证据就改动网络。"),
        "finite-width",
        ("finite_width.pairs", "finite_width.distribution"),
    ),
    "learned": Advice(
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
        "reading-the-report",
        ("dying_units.fitted", "dying_units.fitted_ratio"),
    ),
}
_TOO_MANY_DEAD = 0.1
"""Share of dead networks from which width comes before any weight scale."""


_BY_REASON = {"learned": "learned", "weights": "apart", "stream": "stream", "blocked": "blocked", "scaler": "scaler"}
_LIKE_RELU = ("relu", "leaky_relu", "prelu", "relu6")


def cause(finding: Finding, step: Step) -> str:
    """The cause of a finding, as far as the operations between its layers tell."""
    if finding.reason in _BY_REASON and finding.verdict != "saturated":
        return _BY_REASON[finding.reason]
    if finding.verdict not in ("vanishing", "exploding"):
        return finding.verdict
    inside = _between(finding, step)
    operations = Counter(operation for call in inside for operation in call.operations)
    if not operations["add"] and _is_narrow(inside):
        return "narrow"
    if finding.verdict == "exploding":
        if operations["add"]:
            return "exploding-residual"
        return "exploding-normalized" if operations["batch_norm"] else "exploding-weights"
    if any(call.role == "recurrent" and call.label in finding.layers for call in step.calls):
        return "vanishing-recurrent"
    used = {name: operations[name] for name in ACTIVATIONS if operations[name]}
    commonest = max(used, key=lambda name: used[name], default="")
    limits = SATURATION.get(commonest)
    if limits and limits[0] != 0:
        return "vanishing-saturating"
    if limits or commonest == "hardtanh":
        return "vanishing-tanh"
    return "vanishing-relu" if commonest in _LIKE_RELU else "vanishing-smooth"


def _between(finding: Finding, step: Step) -> list[LayerCall]:
    """The calls from the first to the last layer of a finding."""
    concerned = [call.index for call in step.calls if call.label in finding.layers]
    return list(step.calls[min(concerned) : max(concerned) + 1])


def _is_narrow(calls: Sequence[LayerCall]) -> bool:
    """Whether plain ReLU layers of these widths would often be dead with weights around 0 (Lu et al. 2020)."""
    alive = math.prod(1 - 0.5 ** (call.units or 1) for call in calls if call.activation == "relu")
    return 1 - alive > _TOO_MANY_DEAD


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
    return Advised(**vars(finding), advice=own(finding, step) if own else _BY_CAUSE[cause(finding, step)])
