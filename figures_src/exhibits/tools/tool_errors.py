"""Reasons for which tools err, each shown by a member of the bank: gradients of weights beside deltas, norms, zeros."""

from dataclasses import dataclass

import torch
from matplotlib.figure import Figure

from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, SECOND, layer_ticks
from figures_src.exhibits._shared.labels import LAYER, decades, percent
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.probing import probe
from gradlab.probing.bank import MEMBERS, Member

TITLE = Text(zh="工具为什么会错", en="Why tools err")
NORM = Text(zh="范数，第一层为 1（对数坐标）", en="norm, first layer = 1 (log scale)")
DELTA = Text(zh="预激活值的梯度", en="gradient of pre-activations")
WEIGHT = Text(zh="权重的梯度", en="gradient of weights")

EXPLODING = "exploding: depth 20, width 64, sigma_w 2.4"
HEALTHY = "healthy: depth 20, width 64"
TINY_LOSS = "vanishing: loss_scale 1e-20, sigma_w 0.577"
SMALL_LOSS = "healthy: loss_scale 1e-08"
THRESHOLD = 1e-7
"""Below it, the largest gradient of a parameter is called vanishing by torchdiag, and a norm by two more tools."""


@dataclass(frozen=True)
class Result:
    """Measurements on four members.

    Attributes:
        config: their names.
        delta: ‖δ‖ of every hidden layer of the exploding one.
        weight: ‖∂loss/∂W‖ of the same layers.
        norm: norm of the first layer's weight gradient where gradients vanish and the loss is tiny, in float64.
        float32_norm: the same in float32.
        largest: largest element of any weight's gradient with the small loss.
        zeros: largest share of zeros in an activation of the healthy one.
        silent: largest share of units there that are 0 for the whole batch.

    """

    config: tuple[str, ...]
    delta: tuple[float, ...]
    weight: tuple[float, ...]
    norm: float
    float32_norm: float
    largest: float
    zeros: float
    silent: float


def _member(name: str) -> Member:
    return next(member for member in MEMBERS if member.name == name)


def _gradients(name: str) -> list[torch.Tensor]:
    """The gradients of the weights, of a loss averaged over the batch."""
    member = _member(name)
    model, x = member.make()
    weights = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    return list(torch.autograd.grad(member.loss(model(x)) / len(x), weights))


def _zeros(name: str) -> tuple[float, float]:
    """The largest shares of zeros and of silent units behind a ReLU."""
    model, x = _member(name).make()
    zeros, silent = [], []
    for module in model.children():
        x = module(x)
        if isinstance(module, torch.nn.ReLU):
            zeros.append(float((x == 0).double().mean()))
            silent.append(float((x == 0).all(0).double().mean()))
    return max(zeros), max(silent)


def compute() -> Result:
    """Measure four members."""
    member = _member(EXPLODING)
    model, x = member.make()
    with probe(model) as record:
        loss: torch.Tensor = member.loss(model(x)) / len(x)
        torch.autograd.backward(loss)
    rows = [row for row in record.report().rows if row.kind == "Linear"][: member.depth]
    first = _gradients(TINY_LOSS)[0]
    zeros, silent = _zeros(HEALTHY)
    return Result(
        config=(EXPLODING, HEALTHY, TINY_LOSS, SMALL_LOSS),
        delta=tuple(row.delta or 0.0 for row in rows),
        weight=tuple(row.weight_gradient or 0.0 for row in rows),
        norm=float(torch.linalg.vector_norm(first.double())),
        float32_norm=float(torch.linalg.vector_norm(first)),
        largest=max(float(gradient.abs().max()) for gradient in _gradients(SMALL_LOSS)),
        zeros=zeros,
        silent=silent,
    )


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw both norms of the exploding network against the layer."""
    axes = figure.subplots()
    layers = range(1, len(result.delta) + 1)
    for norms, label, color, marker in (
        (result.delta, DELTA, FIRST, "o"),
        (result.weight, WEIGHT, SECOND, "s"),
    ):
        relative = [norm / norms[0] for norm in norms]
        axes.plot(layers, relative, color=color, marker=marker, linestyle="none", label=text(label))
    axes.set(xlabel=text(LAYER), ylabel=text(NORM), yscale="log")
    layer_ticks(axes, len(result.delta))
    label_curves(axes)


def data(result: Result) -> Table:
    """Both norms of every layer."""
    rows = tuple((layer, *norms) for layer, norms in enumerate(zip(result.delta, result.weight, strict=True), 1))
    return Table(("layer", "delta_norm", "weight_gradient_norm"), rows)


def numbers(result: Result) -> dict[str, Number]:
    return {
        "layers": Number(len(result.delta), "d"),
        "delta_growth": decades(result.delta[0] / result.delta[-1]),
        "weight_range": Number(max(result.weight) / min(result.weight), ".1f"),
        "norm": decades(result.norm),
        "float32_norm": Number(result.float32_norm, "g"),
        "largest": decades(result.largest),
        "threshold": Number(THRESHOLD, ".0e"),
        "zeros": percent(result.zeros, 0),
        "silent": percent(result.silent, 0),
    }


def checks(result: Result) -> dict[str, Check]:
    one_network = Text(zh="同一个网络，没有误差可言", en="one and the same network: there is no error to allow for")
    return {
        "weights_are_flat": Check(
            sentence=Text(
                zh="δ 从最后一个隐藏层到第一层爆炸，而各层权重梯度的范数，最大与最小之比不到 10",
                en="While δ explodes on its way back through the hidden layers, the norms of the weights' gradients "
                "differ by less than a factor of 10",
            ),
            measured=Number(max(result.weight) / min(result.weight), ".1f"),
            relation="<",
            predicted=Number(10, "d"),
            because=one_network,
            source="‖∂L/∂W‖ = ‖δ aᵀ‖",
        ),
        "underflow": Check(
            sentence=Text(
                zh="梯度消失的网络，损失再乘上 10⁻²⁰，第一层梯度的范数用 float32 算恰好为 0",
                en="Where gradients vanish and the loss is multiplied by 10⁻²⁰, the norm of the first layer's gradient "
                "is exactly 0 when it is computed in float32",
            ),
            measured=Number(result.float32_norm, "g"),
            relation="=",
            predicted=Number(0, "d"),
            because=one_network,
            source=Text(
                zh="小于 10⁻²³ 的分量，平方之后小于 float32 最小的数",
                en="squares of elements below 10⁻²³ lie below the smallest number of float32",
            ),
        ),
        "below_threshold": Check(
            sentence=Text(
                zh="把健康网络的损失乘上 10⁻⁸，它的每个权重梯度都落到绝对阈值 10⁻⁷ 以下",
                en="With the loss of a healthy network multiplied by 10⁻⁸, every element of the weights' gradients "
                "is below an absolute threshold of 10⁻⁷",
            ),
            measured=decades(result.largest),
            relation="<",
            predicted=Number(THRESHOLD, ".0e"),
            because=one_network,
            source=Text(zh="梯度与损失成正比", en="gradients are linear in the loss"),
        ),
        "zeros_are_not_dead": Check(
            sentence=Text(
                zh="在健康的 ReLU 网络里，激活值为零的最高比例超过一半",
                en="In a healthy ReLU network the largest share of zeros in an activation is above one half",
            ),
            measured=percent(result.zeros),
            relation=">",
            predicted=percent(0.5),
            because=one_network,
            source=Text(zh="预激活值正负各占一半", en="a symmetric pre-activation is negative half of the time"),
        ),
    }
