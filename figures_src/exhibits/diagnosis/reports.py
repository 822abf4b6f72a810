"""One small network for each verdict of the probe, with its report as it is printed."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from figures_src.exhibits._shared.labels import factor, magnitude
from figures_src.exhibits._shared.printed import printed
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Localize, Text
from gradlab.probing import diagnosis, probe, structure, wording
from gradlab.probing.bank import HE, PYTORCH_DEFAULT, Member
from gradlab.probing.diagnosis import (
    ALONE,
    BAND,
    HINDERING,
    NOTICEABLE,
    ODD,
    SATURATED_SHARE,
    WITHOUT_THEORY,
)
from gradlab.probing.finding import Finding
from gradlab.probing.prediction import expectation
from gradlab.probing.report import report
from gradlab.probing.silence import DEAD_SHARE
from gradlab.probing.step import Step

TITLE = Text(zh="各种诊断的小报告", en="Small reports, one for each verdict")

_SMALL = Member("", "healthy", depth=10, dtype=torch.float64)
_MILD = 5
"""Hidden layers with which PyTorch's default initialization hinders no training."""
MEMBERS = {
    "healthy": _SMALL,
    "vanishing": replace(_SMALL, truth="vanishing", sigma_w=PYTORCH_DEFAULT),
    "mild": replace(_SMALL, depth=_MILD, sigma_w=PYTORCH_DEFAULT),
    "exploding": replace(_SMALL, truth="exploding", sigma_w=2 * HE),
    "dead": replace(_SMALL, truth="dead", fault="dead"),
    # Saturated units amplify the last bit, up to the fourth digit: of this seed no third one is near to rounding up.
    "saturated": replace(_SMALL, truth="saturated", activation="tanh", sigma_w=1.0, fault="saturated", seed=6),
    "non_finite": replace(_SMALL, truth="non-finite", fault="infinite"),
    "cut_off": replace(_SMALL, truth="cut off", fault="detached"),
    # Narrow and deep, so that the seed decides.
    "inconclusive": replace(_SMALL, truth="inconclusive", width=8, seed=5),
}
LOSS_SCALES = (1e-8, 1e5)


@dataclass(frozen=True)
class Result:
    """The recorded steps.

    Attributes:
        config: the networks.
        steps: of each network, by name.
        recurrent: of a single LSTM, which gives nothing to compare.
        scaled: verdicts of each network with the loss multiplied by `LOSS_SCALES`.
        differing: parameters whose gradient is not bitwise that without the probe, in all networks together.
        parameters: how many there are.

    """

    config: tuple[Member, ...]
    steps: dict[str, Step]
    recurrent: Step
    scaled: dict[str, tuple[str, ...]]
    differing: int
    parameters: int


def _recorded(model: nn.Module, x: Tensor, loss: Callable[[Tensor], Tensor]) -> Step:
    with probe(model) as record:
        loss(model(x)).backward()  # type: ignore[no-untyped-call]
    return record.steps[-1]


def _step(member: Member) -> tuple[Step, list[bool]]:
    """The recorded step of a network, and for each parameter whether its gradient is the one without the probe."""
    model, x = member.make()
    member.loss(model(x)).backward()  # type: ignore[no-untyped-call]
    without = [parameter.grad for parameter in model.parameters()]
    model.zero_grad()
    step = _recorded(model, x, member.loss)
    same = [
        before is after.grad or (before is not None and after.grad is not None and _same_bits(before, after.grad))
        for before, after in zip(without, model.parameters(), strict=True)
    ]
    return step, same


def _same_bits(one: Tensor, other: Tensor) -> bool:
    return torch.equal(one.view(torch.int64), other.view(torch.int64))


def _recurrent() -> Step:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.LSTM(8, 16, dtype=torch.float64)
        x = torch.randn(5, 4, 8, dtype=torch.float64)
    return _recorded(model, x, lambda output: output[0].sum())


def _verdict(step: Step) -> str:
    return diagnosis.verdict(step, diagnosis.findings(step))


def compute() -> Result:
    """Run every network once, and once more with each scale of the loss."""
    made = {name: _step(member) for name, member in MEMBERS.items()}
    scaled = {
        name: tuple(_verdict(_step(replace(member, loss_scale=scale))[0]) for scale in LOSS_SCALES)
        for name, member in MEMBERS.items()
    }
    same = [one for _, all_same in made.values() for one in all_same]
    steps = {name: step for name, (step, _) in made.items()}
    return Result(tuple(MEMBERS.values()), steps, _recurrent(), scaled, same.count(False), len(same))


def _finding(result: Result, name: str) -> Finding:
    return diagnosis.findings(result.steps[name])[0]


def _deviation(step: Step, *, from_theory: bool) -> float:
    """By how many standard deviations of the finite-width law ln ‖δ_first‖/‖δ_last‖ is off."""
    (stretch,) = structure.stretches(step)
    expected = expectation(stretch, {parameter.name: parameter for parameter in step.parameters})
    centre = expected.drift + (expected.predicted or 0.0 if from_theory else 0.0)
    return abs(math.log(stretch.ratio or 0.0) - centre) / expected.standard_deviation


def _ratio(step: Step) -> float:
    (stretch,) = structure.stretches(step)
    return stretch.ratio or 0.0


def listings(result: Result, language: Language) -> dict[str, str]:
    """Every report as it is printed."""
    reports = {name: printed([step], language) for name, step in result.steps.items()}
    return reports | {"recurrent": printed([result.recurrent], language)}


def table(result: Result, text: Localize) -> Table:
    """The rows of the vanishing network's report, which the page explains column by column."""
    columns = ("layer", "kind", "shape", "rms", "delta", "factor", "predicted_factor", "silent", "sigma_w")
    rows = report([result.steps["vanishing"]], "en", address="").rows
    cells = tuple(tuple(wording.shown(column, getattr(row, column)) for column in columns) for row in rows)
    return Table(tuple(text(wording.COLUMNS[column]) for column in columns), cells)


def numbers(result: Result) -> dict[str, Number]:
    vanishing, exploding = (_finding(result, name) for name in ("vanishing", "exploding"))
    return {
        "depth": Number(_SMALL.depth, "d"),
        "width": Number(_SMALL.width, "d"),
        "batch": Number(_SMALL.batch, "d"),
        "noticeable": Number(math.exp(NOTICEABLE), ".0f"),
        "hindering": Number(math.exp(HINDERING), ".0f"),
        "without_theory": Number(math.exp(WITHOUT_THEORY), ".0f"),
        "odd": Number(ODD, ".0f"),
        "alone": Number(math.exp(ALONE), ".0f"),
        "mild_depth": Number(_MILD, "d"),
        "mild_ratio": magnitude(_finding(result, "mild").measured),
        "band": Number(BAND, ".0f"),
        "dead_share": Number(DEAD_SHARE, ".0%"),
        "saturated_share": Number(SATURATED_SHARE, ".0%"),
        "chain": Number(structure.SHORTEST_CHAIN, "d"),
        "group": Number(structure.SHORTEST_GROUP, "d"),
        "healthy_ratio": magnitude(_ratio(result.steps["healthy"])),
        "vanishing_ratio": magnitude(vanishing.measured),
        "vanishing_factor": factor(vanishing.per_layer or 0.0),
        "exploding_ratio": magnitude(exploding.measured),
        "exploding_factor": factor(exploding.per_layer or 0.0),
        "exploding_sigma_w": factor(2 * HE),
        "inconclusive_ratio": magnitude(_finding(result, "inconclusive").measured),
        "inconclusive_width": Number(MEMBERS["inconclusive"].width, "d"),
        "inconclusive_depth": Number(MEMBERS["inconclusive"].depth, "d"),
        "parameters": Number(result.parameters, "d"),
    }


def _count(value: int) -> Number:
    return Number(value, "d")


def checks(result: Result) -> dict[str, Check]:
    right = sum(_verdict(step) == MEMBERS[name].truth for name, step in result.steps.items())
    right += _verdict(result.recurrent) == "inconclusive"
    changed = sum(
        verdict != _verdict(result.steps[name]) for name, verdicts in result.scaled.items() for verdict in verdicts
    )
    counted = Text(zh="逐个计数", en="counted one by one")
    farthest = max(_deviation(result.steps[name], from_theory=True) for name in ("vanishing", "exploding"))
    law = "Var ln ‖δ‖², Hanin & Nica 2020, arXiv:1812.05994"
    return {
        "verdicts": Check(
            sentence=Text(
                zh="本页展示的每个网络，探针的诊断都与它被造成的样子相符（实测：相符的个数）",
                en="Of every network shown here the probe's verdict is what was built into it (measured: how many)",
            ),
            measured=_count(right),
            relation="=",
            predicted=_count(len(result.steps) + 1),
            because=counted,
            source="gradlab.probing.bank",
        ),
        "loss_scale": Check(
            sentence=Text(
                zh="损失乘以 10⁻⁸ 或 10⁵，没有一个诊断改变（实测：改变的个数）",
                en="With the loss multiplied by 10⁻⁸ or 10⁵ no verdict changes (measured: how many do)",
            ),
            measured=_count(changed),
            relation="=",
            predicted=_count(0),
            because=counted,
            source="δ(cL) = c δ(L)",
        ),
        "untouched": Check(
            sentence=Text(
                zh="在探针下算出的每个参数的梯度，与没有探针时逐位相同（实测：不同的参数个数）",
                en="The gradient of every parameter under the probe is bitwise the one without it "
                "(measured: how many parameters differ)",
            ),
            measured=_count(result.differing),
            relation="=",
            predicted=_count(0),
            because=Text(zh="逐位比较", en="compared bit by bit"),
            source="gradlab.probing",
        ),
        "theory": Check(
            sentence=Text(
                zh="消失与爆炸的两个网络里，‖δ‖ 的总倍数与由权重得到的预测之差在有限宽度的噪声带之内"
                "（实测：差了几个标准差，取较大者）",
                en="In the vanishing and in the exploding network the factor of ‖δ‖ over all layers lies within the "
                "finite-width band around the prediction from the weights (measured: standard deviations off, "
                "the larger of the two)",
            ),
            measured=Number(farthest, ".2f"),
            relation="<",
            predicted=Number(BAND, ".0f"),
            because=Text(zh="3 个标准差", en="three standard deviations"),
            source=law,
        ),
        "within_band": Check(
            sentence=Text(
                zh="无法判断的那个窄网络，‖δ‖ 的总倍数超过 10 倍，却仍在噪声带之内（实测：离期望几个标准差）",
                en="In the narrow network about which nothing can be said ‖δ‖ changes by more than a factor of 10, and "
                "yet lies within the band (measured: standard deviations from what is expected)",
            ),
            measured=Number(_deviation(result.steps["inconclusive"], from_theory=False), ".2f"),
            relation="<",
            predicted=Number(BAND, ".0f"),
            because=Text(zh="3 个标准差", en="three standard deviations"),
            source=law,
        ),
    }
