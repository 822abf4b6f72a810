"""Advice names this network's own layers and numbers, runs as printed, and speaks of nothing that is not there."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import gradlab
from gradlab.probing import Report, advice
from gradlab.probing.bank import HE, PYTORCH_DEFAULT, Member
from gradlab.probing.diagnosis import symptoms
from gradlab.probing.finding import Finding
from gradlab.probing.scale import as_code
from gradlab.probing.step import Step
from tests.gradlab.probing.test_diagnosis import along, at, chain


def of(model: nn.Module, x: Tensor) -> Report:
    with gradlab.probe(model) as record:
        model(x).square().mean().backward()
    return record.report()


def plain(depth: int, activation: type[nn.Module], sigma_w: float, *, bias: bool = True, width: int = 32) -> nn.Module:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for _ in range(depth):
        linear = nn.Linear(width, width, bias=bias)
        nn.init.normal_(linear.weight, std=sigma_w / math.sqrt(width))
        layers += [linear, activation()]
    return nn.Sequential(*layers, nn.Linear(width, 1, bias=bias))


def said(report: Report, language: str = "en") -> str:
    return " ".join(finding.advice.helps(language) for finding in report.findings)


HEALED = {
    "relu vanishes": lambda: plain(16, nn.ReLU, PYTORCH_DEFAULT),
    "relu without a bias": lambda: plain(16, nn.ReLU, PYTORCH_DEFAULT, bias=False),
    "relu explodes": lambda: plain(16, nn.ReLU, 3.0),
    "leaky relu vanishes": lambda: plain(16, nn.LeakyReLU, PYTORCH_DEFAULT),
    "tanh vanishes": lambda: plain(16, nn.Tanh, PYTORCH_DEFAULT),
    "tanh explodes": lambda: plain(30, nn.Tanh, 4.0, width=128),
    "sigmoid vanishes": lambda: plain(8, nn.Sigmoid, 1.0),
    "batch normalization explodes": lambda: Member("", "", normalization="batch", depth=30, width=32).make()[0],
    "unscaled branches explodes": lambda: Member("", "", residual=1.0, depth=24, width=32).make()[0],
    "gelu vanishes": lambda: plain(16, nn.GELU, 1.0),
}


OF_RECURRENT = {
    "exploding": {"sigma_w": 3.5, "depth": 10},
    "dead": {"fault": "dead", "depth": 4},
    "saturated": {"fault": "saturated", "activation": "tanh", "sigma_w": 1.0, "depth": 4},
}


@pytest.mark.parametrize("truth", OF_RECURRENT)
def test_the_code_of_an_advice_heals_plain_recurrent_layers(truth: str) -> None:
    model, x = Member("", truth, kind="rnn", batch=8, **OF_RECURRENT[truth]).make()  # type: ignore[arg-type]
    before = of(model, x)
    assert before.verdict == truth
    exec(before.findings[0].advice.code, {"model": model, "torch": torch})  # noqa: S102
    assert of(model, x).verdict == "healthy"


def attention(depth: int, *, bypassed: bool, normalized: bool = False) -> tuple[nn.Module, Tensor]:
    """Blocks of attention, passed by or not; with a normalization behind each if wished."""
    member = Member("", "", kind="transformer", bypassed=bypassed, depth=depth, width=16, batch=4)
    model, x = member.make()
    assert isinstance(model, nn.Sequential)
    if normalized:
        blocks = (nn.Sequential(model[place], nn.LayerNorm(16)) for place in range(depth))
        model = nn.Sequential(*blocks, model[depth])
    return model, x


def test_a_transformer_that_nothing_passes_by_is_told_of_connections_and_normalization_first() -> None:
    model, x = attention(12, bypassed=False)
    report = of(model, x)
    assert report.verdict == "vanishing"
    finding = report.findings[0]
    assert advice.cause(finding, report.step) == "vanishing-transformer"
    english, chinese = finding.advice.helps("en"), finding.advice.helps("zh")
    assert english.startswith("Residual connections around layer 0, …, layer 11, each divided by √12, and a layer norm")
    assert "给块 0、…、11 加残差连接，每块的输出除以 √12，并在每块之前加层归一化" in chinese
    assert "He init" not in english
    exec(finding.advice.code, {"model": model, "torch": torch})  # noqa: S102
    assert of(model, x).verdict == "healthy"
    assert sum(isinstance(one, nn.LayerNorm) for one in model.modules()) == 12


def test_where_blocks_of_attention_are_normalized_no_normalization_is_advised() -> None:
    model, x = attention(12, bypassed=False, normalized=True)
    step = of(model, x).step
    labels = tuple(call.label for call in step.calls if call.role == "attention")
    finding = Finding("vanishing", labels, labels[0], 1e-6, None, 0.3, None, reason="ratio")
    found = advice.advised(finding, step).advice
    assert "each divided by √12: nothing passes these blocks by" in found.helps("en")
    assert "LayerNorm" not in found.code
    exec(found.code, {"model": model, "torch": torch})  # noqa: S102
    assert torch.isfinite(model(x)).all()


def test_blocks_of_attention_that_are_passed_by_are_not_told_of_connections() -> None:
    model, x = attention(4, bypassed=True)
    step = of(model, x).step
    labels = tuple(call.label for call in step.calls if call.label.endswith("linear1"))
    finding = Finding("vanishing", labels, labels[0], 1e-6, None, 0.3, None, reason="ratio")
    assert advice.cause(finding, step) != "vanishing-transformer"


@pytest.mark.parametrize("name", HEALED)
def test_the_code_of_an_advice_heals_as_it_is_printed(name: str) -> None:
    model, x = HEALED[name](), torch.randn(64, 128 if "tanh explodes" in name else 32)
    before = of(model, x)
    assert before.verdict == ("exploding" if "explodes" in name else "vanishing")
    exec(before.findings[0].advice.code, {"model": model, "torch": torch, "x": x})  # noqa: S102
    assert of(model, x).verdict == "healthy"


def test_layers_activation_and_scales_are_named() -> None:
    report = of(HEALED["relu vanishes"](), torch.randn(64, 32))
    assert "He initialization: σ_w of layer 0, …, layer 32 is 0.57" in said(report)
    assert "ReLU needs 1.41" in said(report)
    assert "map(str, range(0, 33, 2))" in report.findings[0].advice.code
    assert "ReLU 需要 1.41" in said(report, "zh")


def test_a_tanh_network_that_explodes_is_not_told_of_relu_or_of_a_larger_scale() -> None:
    report = of(HEALED["tanh explodes"](), torch.randn(64, 128))
    assert "A smaller weight scale: σ_w of" in said(report)
    assert "Tanh needs 1." in said(report)
    assert "He " not in said(report)
    assert "relu" not in report.findings[0].advice.code


def test_a_scale_that_is_right_already_is_not_advised() -> None:
    """Something between the layers shrinks every gradient, whatever the weights."""

    class Shrunk(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.relu(x) * 0.3

    model = plain(12, Shrunk, HE)
    report = of(model, torch.randn(64, 32))
    assert report.verdict == "vanishing"
    assert "He initialization" not in said(report)
    assert "LSUV" in said(report)


def test_networks_with_layer_normalization_are_not_told_of_batch_normalization() -> None:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for _ in range(40):
        layers += [nn.Linear(16, 16), nn.LayerNorm(16), nn.Tanh(), nn.Sigmoid()]
    report = of(nn.Sequential(*layers, nn.Linear(16, 1)), torch.randn(64, 16))
    assert report.findings
    assert "atch normalization" not in said(report)
    assert "BatchNorm" not in "".join(finding.advice.code for finding in report.findings)


def test_the_odd_layer_is_compared_with_its_siblings() -> None:
    model = Member("", "", activation="tanh", sigma_w=1.0, depth=6, fault="saturated")
    network, x = model.make()
    report = of(network, x)
    assert "σ_w of layer 6 is 1.01e+03 times that of its siblings" in said(report)


def test_names_are_a_range_where_they_are_one() -> None:
    assert as_code([f"layers.{i}.fc" for i in range(6)]) == '[f"layers.{i}.fc" for i in range(0, 6)]'
    assert as_code(["0", "2", "4", "6", "8"]) == "map(str, range(0, 9, 2))"
    assert as_code(["a", "b"]) == '["a", "b"]'
    uneven = ["0", "3", "4", "8", "9"]
    assert eval(as_code(uneven)) == uneven  # noqa: S307


def convolutional(step: Step) -> Step:
    """The same layers as convolutions."""
    return replace(
        step, calls=tuple(replace(call, kind="Conv2d", shape=(8, *call.shape[1:], 4, 4)) for call in step.calls)
    )


def sequences(step: Step) -> Step:
    """The same layers with outputs at several time steps."""
    return replace(step, calls=tuple(replace(call, shape=(8, 4, call.shape[1])) for call in step.calls))


FALLS, GROWS = along(1e-4), along(1e4)


@pytest.mark.parametrize(
    ("step", "cause", "english", "chinese", "code"),
    [
        (
            chain(along(1 / 300), sigma_w=0.5),
            "vanishing-relu",
            "σ_w of layer 0, …, layer 5 is 0.5, and ReLU needs 1.41",
            "层 0、…、5 的 σ_w 是 0.5，而 ReLU 需要 1.41",
            "for name in map(str, range(0, 6)):\n    layer = model.get_submodule(name)\n"
            '    torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")',
        ),
        # Half of ln of the ratio is what the weights have to explain.
        (chain(along(1 / 270), sigma_w=0.5), "vanishing-relu", "He initialization", "", "kaiming"),
        (chain(along(1 / 240), sigma_w=0.5), "vanishing-relu", "He initialization", "", "kaiming"),
        (
            chain(along(1 / 260), sigma_w=0.71),
            "vanishing-relu",
            "their σ_w of 0.71 does not",
            "σ_w 为 0.71",
            "orthogonal_",
        ),
        (chain(FALLS), "vanishing-relu", "their σ_w of 1.41 does not explain", "σ_w 为 1.41，解释不了", "orthogonal_"),
        (
            chain(along(1e-4, 29), operation="tanh", sigma_w=0.5),
            "vanishing-tanh",
            "A weight scale of 1, which is critical for Tanh",
            "调到 Tanh 的临界值 1",
            'nonlinearity="linear"',
        ),
        (
            chain(along(1e-4, 30), operation="tanh", sigma_w=0.5),
            "vanishing-tanh",
            "is 0.5. With as many layers as here, residual connections help further.",
            "是 0.5。像这里这么多层，再加残差连接更好。",
            'nonlinearity="linear"',
        ),
        (
            chain(FALLS, operation="hardtanh", sigma_w=0.5),
            "vanishing-tanh",
            "critical for hardtanh",
            "hardtanh 的临界值 1",
            'nonlinearity="linear"',
        ),
        (
            chain(FALLS, operation="sigmoid", sigma_w=1.0),
            "vanishing-saturating",
            "BatchNorm1d between layer 0, …, layer 4 and Sigmoid, whose slope is at most 0.25.",
            "在层 0、…、4 与 Sigmoid 之间加 BatchNorm1d：Sigmoid 的导数最大只有 0.25。",
            "torch.nn.BatchNorm1d(layer.weight.shape[0])",
        ),
        (
            convolutional(chain(FALLS, operation="sigmoid", sigma_w=1.0)),
            "vanishing-saturating",
            "BatchNorm2d between",
            "之间加 BatchNorm2d",
            "torch.nn.BatchNorm2d(layer.weight.shape[0])",
        ),
        (
            sequences(chain(FALLS, operation="sigmoid", sigma_w=1.0)),
            "vanishing-saturating",
            "LayerNorm between",
            "之间加 LayerNorm",
            "torch.nn.LayerNorm(layer.weight.shape[0])",
        ),
        (
            chain(FALLS, operation="gelu", sigma_w=1.0),
            "vanishing-smooth",
            "LayerNorm behind layer 0, …, layer 4, before",
            "在层 0、…、4 之后紧接着加 LayerNorm",
            "torch.nn.LayerNorm(layer.weight.shape[0])",
        ),
        (
            convolutional(chain(FALLS, operation="gelu", sigma_w=1.0)),
            "vanishing-smooth",
            "GroupNorm behind",
            "加 GroupNorm",
            "torch.nn.GroupNorm(1, layer.weight.shape[0])",
        ),
        *(
            (
                chain(along(1e-9), operation=operation),
                "vanishing-smooth",
                "Residual connections around layer 1, …, layer 4, each branch divided by √4: the normalizations",
                "给层 1、…、4 加残差连接，每个分支除以 √4：中间的归一化",
                "return x + self.branch(x) / blocks**0.5",
            )
            for operation in ("layer_norm", "group_norm", "rms_norm", "batch_norm")
        ),
        (
            chain(along(1e9), operation="layer_norm"),
            "exploding-weights",
            "Residual connections around layer 1, …, layer 4, each branch divided by √4",
            "给层 1、…、4 加残差连接",
            "blocks**0.5",
        ),
        (
            chain(along(1e9), operation="batch_norm"),
            "exploding-normalized",
            "batch normalization and Linear multiply the gradient by 178 per layer",
            "批量归一化与 Linear 在这里每层把梯度乘以 178",
            "blocks**0.5",
        ),
        (chain(GROWS, operation="add"), "exploding-residual", "of 1.41 does not explain", "σ_w 为 1.41", "orthogonal_"),
        (
            chain(GROWS, sigma_w=6.0),
            "exploding-weights",
            "A smaller weight scale: σ_w of layer 0, …, layer 4 is 6, and ReLU needs 1.41.",
            "减小权重尺度：层 0、…、4 的 σ_w 是 6，而 ReLU 需要 1.41。",
            'nonlinearity="relu"',
        ),
        (chain(GROWS), "exploding-weights", "of 1.41 does not explain", "σ_w 为 1.41，解释不了", "orthogonal_"),
        (
            chain(GROWS, operation="sigmoid", sigma_w=20.0),
            "exploding-weights",
            "A smaller weight scale, and BatchNorm1d behind the layers: σ_w of layer 0, …, layer 4 is 20",
            "减小权重尺度，并在各层之后加 BatchNorm1d：层 0、…、4 的 σ_w 是 20",
            "std=1 / fan_in**0.5)\nfor name in",
        ),
        (
            chain(GROWS, operation="gelu", sigma_w=4.0),
            "exploding-weights",
            "(LSUV): no weight scale is critical for GELU in closed form",
            "GELU 没有闭式的临界权重尺度",
            "orthogonal_",
        ),
        (
            chain(FALLS, width=3, sigma_w=0.1),
            "narrow",
            "as few units as here (3) in 4 layers and weights around 0, a share of 41% is dead",
            "这样每层单元很少（3）、共 4 层、权重均值为 0 的 ReLU 网络，无论权重尺度多大，都有 41% 的比例是死的",
            "for _ in range(4) for m in",
        ),
        (chain(along(50.0)), "learned", "a fresh copy tells", "一个重新初始化的副本", "fresh = make_model()"),
        (chain(along(50.0), width=3), "inconclusive", "with other seeds", "换几个随机种子", "for seed in range(5)"),
        (
            chain((0.0, 0.0, 0.0, 1.0, 1.0)),
            "blocked",
            "Look at the weights of layer 3 and at the loss",
            "检查层 3 的权重和损失",
            "bool(parameter.any())",
        ),
    ],
)
def test_the_advice_is_that_of_the_layers_and_scales(
    step: Step, cause: str, english: str, chinese: str, code: str
) -> None:
    applied = tuple(replace(call, activation="relu", units=call.shape[-1]) for call in step.calls[1:-1])
    step = replace(step, calls=(step.calls[0], *applied, step.calls[-1])) if cause == "narrow" else step
    (finding,) = symptoms(step)
    assert advice.cause(finding, step) == cause
    found = advice.advised(finding, step).advice
    assert english in found.helps("en")
    assert chinese in found.helps("zh")
    assert code in found.code


def advised(step: Step, **facts: Any) -> advice.Advised:
    """The advice for a finding in layer 2 of a step."""
    values: dict[str, Any] = {
        "layers": ("2",),
        "starts_at": "2",
        "measured": 1.0,
        "predicted": None,
        "per_layer": None,
    } | facts
    return advice.advised(Finding(confidence=None, **values), step)


def test_a_layer_of_another_scale_is_brought_to_that_of_the_others() -> None:
    found = advised(chain((1.0,) * 5), verdict="exploding", reason="weights", measured=50.0).advice
    assert "σ_w of layer 2 is 50 times that of its siblings" in found.helps("en")
    assert "层 2 的 σ_w 是同类层的 50 倍" in found.helps("zh")
    assert 'for name in ["2"]:\n        model.get_submodule(name).weight.mul_(1 / 50)' in found.code
    assert "One learning rate for all layers" in found.fails("en")
    full = advised(chain((1.0,) * 5), verdict="saturated", reason="weights", measured=50.0).advice
    assert "mul_(1 / 50)" in full.code
    assert "at any rate" in full.fails("en")


@pytest.mark.parametrize(
    ("sigma_w", "english", "chinese", "code"),
    [
        (
            3.0,
            "σ_w of layer 2, in front of the saturated units, is 3, and does not",
            "层 2，σ_w 是 3，本身",
            "x = (x - mean)",
        ),
        (
            3.1,
            "A smaller weight scale: σ_w of layer 2, in front of",
            "减小权重尺度：饱和单元之前的层 2",
            'nonlinearity="linear"',
        ),
    ],
)
def test_saturated_units_are_due_to_the_weights_where_those_are_three_times_the_critical_ones(
    sigma_w: float, english: str, chinese: str, code: str
) -> None:
    step = chain((1.0,) * 5, sigma_w=sigma_w, operation="tanh")
    found = advised(step, verdict="saturated").advice
    assert english in found.helps("en")
    assert chinese in found.helps("zh")
    assert code in found.code


def test_recurrent_layers_of_a_finding_get_residual_connections_and_no_others() -> None:
    step = chain((1.0,) * 4)
    kinds = {1: "LSTM", 2: "LSTM", 3: "GRU"}
    calls = step.calls
    for place, kind in kinds.items():
        calls = at(calls, place, role="recurrent", kind=kind, weight=None)
    step = replace(step, calls=calls)
    found = advised(step, verdict="vanishing", layers=("1", "2"), measured=1e-4, per_layer=1e-2).advice
    assert found.helps("en") == (
        "A residual connection around each of layer 1, layer 2: gates pass on only a part of the gradient, about a "
        "quarter per stacked LSTM at PyTorch's initialization."
    )
    assert found.helps("zh") == (
        "在每个循环层（1、2）外加残差连接：门只传回一部分梯度，按 PyTorch 的初始化，每叠一层 LSTM 只剩约四分之一。"
    )
    assert found.code == (
        '# in forward, with layers = [model.get_submodule(name) for name in ["1", "2"]]\n'
        "for layer in layers:\n    x = x + layer(x)[0]"
    )
    mixed = advised(step, verdict="vanishing", layers=("2", "3"), measured=1e-4, per_layer=1e-2).advice
    assert mixed.helps("en").endswith("layer 2, layer 3: gates pass on only a part of the gradient.")


def test_dead_units_are_drawn_anew_and_layers_without_weights_lose_their_bias() -> None:
    step = chain((1.0,) * 5)
    found = advised(step, verdict="dead").advice
    assert "the bias of layer 2 and" in found.helps("en")
    assert 'for name in ["2"]' in found.code
    assert 'nonlinearity="relu"' in found.code
    other = replace(step, calls=at(step.calls, 2, role="other", parents=()))
    assert advised(other, verdict="dead").advice.code == (
        'for name in ["2"]:\n    layer = model.get_submodule(name)\n    if layer.bias is not None:\n'
        "        torch.nn.init.zeros_(layer.bias)"
    )


@pytest.mark.parametrize(
    ("verdict", "reason", "cause", "english", "fails", "code"),
    [
        (
            "non-finite",
            "",
            "non-finite",
            "Look at layer 2 first",
            "infinite already",
            "torch.isfinite(parameter).all()",
        ),
        ("non-finite", "scaler", "scaler", "while it is rare", "infinite already", "scaler.get_scale()"),
        ("cut off", "", "cut off", "NumPy between layer 2 and the loss", "Any other", "allow_unused=True"),
        ("exploding", "stream", "stream", "Nothing is needed while", "before a normalization", "blocks**0.5"),
        ("healthy", "", "inconclusive", "Look again", "on this evidence", "make_model"),
    ],
)
def test_the_advice_for_what_no_ratio_tells(
    verdict: str, reason: str, cause: str, english: str, fails: str, code: str
) -> None:
    step = chain((1.0,) * 5)
    found = advised(step, verdict=verdict, reason=reason)
    assert advice.cause(found, step) == cause
    assert english in found.advice.helps("en")
    assert fails in found.advice.fails("en")
    assert code in found.advice.code


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU])
@pytest.mark.parametrize("wrap", [nn.utils.parametrizations.weight_norm, nn.utils.parametrizations.spectral_norm])
def test_weights_that_are_made_anew_before_every_use_are_not_drawn(activation: type[nn.Module], wrap: Any) -> None:
    model, x = plain(16, activation, 0.5), torch.randn(64, 32)
    for linear in model[:-1:2]:  # type: ignore[index]
        nn.init.normal_(linear.weight, std=0.5 / math.sqrt(32))
        wrap(linear)
    if wrap is nn.utils.parametrizations.spectral_norm:
        model = nn.Sequential(*(one for layer in model for one in (layer, Scaled())))  # type: ignore[attr-defined]
    before = of(model, x)
    assert before.verdict == "vanishing"
    kind = "BatchNorm1d" if activation is nn.Sigmoid else "LayerNorm"
    assert f"{kind} behind layer 0, …, layer " in said(before)
    assert "σ_w" not in said(before)
    exec(before.findings[0].advice.code, {"model": model, "torch": torch})  # noqa: S102
    assert of(model, x).verdict == "healthy"


class Scaled(nn.Module):
    """Half of its input."""

    def forward(self, x: Tensor) -> Tensor:
        return x / 2


@pytest.mark.parametrize(("kind", "expected"), [("Linear", "LayerNorm"), ("Conv2d", "GroupNorm")])
def test_where_no_weight_is_known_a_normalization_is_advised(kind: str, expected: str) -> None:
    step = chain(GROWS)
    calls = tuple(replace(call, weight=None, kind=kind) for call in step.calls)
    (finding,) = symptoms(replace(step, calls=calls, parameters=()))
    found = advice.advised(finding, replace(step, calls=calls, parameters=())).advice
    assert f"{expected} behind layer 0, …, layer 4" in found.helps("en")
    assert "layers stays" in found.fails("en")
    blocks = replace(step, calls=tuple(replace(call, role="block", weight=None) for call in calls), parameters=())
    (along_blocks,) = symptoms(blocks)
    within = advice.advised(along_blocks, blocks).advice
    assert "LayerNorm behind layer 0, …, layer 5" in within.helps("en")
    assert "layer_norm(x, x.shape[-1:])" in within.code


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu"])
def test_scales_that_a_normalization_cancels_are_not_advised(activation: str) -> None:
    step = chain(along(1e-9), operation=activation)
    calls = tuple(replace(call, operations=(*call.operations, "group_norm")) for call in step.calls)
    step = replace(step, calls=calls)
    (finding,) = symptoms(step)
    found = advice.advised(finding, step).advice
    assert found.helps("en").startswith("Residual connections around layer 1, …, layer ")
    assert "blocks**0.5" in found.code
    assert "Another learning rate" in found.fails("en")
    added = tuple(replace(call, operations=(*call.operations, "add")) for call in step.calls)
    (residual,) = symptoms(replace(step, calls=added))
    assert advice.advised(residual, replace(step, calls=added)).advice.helps("en").startswith("Nothing is needed while")
