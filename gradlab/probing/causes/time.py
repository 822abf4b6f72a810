"""Through time: δ of a recurrent layer's input by time step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from gradlab.language import Text
from gradlab.probing import snippets
from gradlab.probing.finding import Advice, Cause, Finding, Severity, Verdict
from gradlab.probing.step import Step
from gradlab.probing.through_time import FEWEST, ThroughTime

_TOLD = 100.0
"""Factor of ‖δ‖ over all time steps from which it is worth knowing: that at which a chain of layers is called ill."""
_LOST = 1e7
"""From this factor on what the first steps add to a float32 sum over all steps is rounded away."""
_EXPLODED = 1000.0
"""The same for a gradient that grows, where no theory tells what weights of this scale do."""

SENTENCES: Mapping[Cause, Text] = {
    "forgets over time": Text(
        en="Through time the gradient vanishes in {start}: over {steps} time steps ‖δ‖ of its input falls to "
        "{measured} of its largest value, by a factor of {per_layer} a step. What comes before time step {reach} adds "
        "less than a ten-millionth to the gradient of the weights; where that matters, it cannot be learned.",
        zh="{start} 的梯度沿时间消失：{steps} 个时间步里，其输入的 ‖δ‖ 降到最大值的 {measured}，"
        "平均每步乘以 {per_layer}。第 {reach} 步之前的内容对权重梯度的贡献不到千万分之一；"
        "如果要学的正是这些，就学不会。",
    ),
    "fades over time": Text(
        en="Through time the gradient shrinks in {start}: over {steps} time steps ‖δ‖ of its input falls to "
        "{measured} of its largest value, by a factor of {per_layer} a step. What comes early is learned slowly.",
        zh="{start} 的梯度沿时间变小：{steps} 个时间步里，其输入的 ‖δ‖ 降到最大值的 {measured}，"
        "平均每步乘以 {per_layer}。较早的内容学得慢。",
    ),
    "explodes over time": Text(
        en="Through time the gradient explodes in {start}: from the last time step back to the first, of {steps}, ‖δ‖ "
        "of its input is multiplied by {measured}, which is {per_layer} a step.",
        zh="{start} 的梯度沿时间爆炸：共 {steps} 个时间步，从最后一步回到第一步，其输入的 ‖δ‖ 变为原来的 {measured}，"
        "平均每步乘以 {per_layer}。",
    ),
}


def find(step: Step, _: Sequence[Step]) -> Iterator[Finding]:
    """Recurrent layers that do not carry a gradient through time, though their units are alive."""
    clearest: dict[Cause, list[Finding]] = {}
    off = {call.name for call in step.calls if call.role == "recurrent" and call.silent == 1}
    for profile in (*step.readings.through_time, *_cells(step)):
        finding = None if profile.name in off else _along(profile)
        if finding is not None:
            clearest.setdefault(finding.cause, []).append(finding)
    for alike in clearest.values():
        worst = max(alike, key=lambda finding: abs(math.log(finding.measured)) if finding.measured else math.inf)
        yield replace(worst, layers=tuple(dict.fromkeys(finding.starts_at for finding in alike)))


def _cells(step: Step) -> Iterator[ThroughTime]:
    """The same of cells that a loop calls once for every time step, from δ of their calls."""
    deltas: dict[tuple[str, str], list[float]] = {}
    for call in step.calls:
        if call.role == "recurrent" and call.delta_norm is not None:
            deltas.setdefault((call.name, call.kind), []).append(call.delta_norm)
    for (name, kind), sizes in deltas.items():
        if len(sizes) >= FEWEST:
            yield ThroughTime(name, kind, tuple(sizes))


def _along(profile: ThroughTime) -> Finding | None:
    """Finding by the sizes of δ over time, or None; steps at the end of which the loss makes no use do not count."""
    sizes = profile.deltas
    used = [place for place, size in enumerate(sizes) if size > 0]
    if not used or not all(map(math.isfinite, sizes)) or used[-1] + 1 < FEWEST:
        return None
    sizes = sizes[: used[-1] + 1]
    largest = max(sizes)
    if sizes[0] * _TOLD < largest:
        ratio, steps = sizes[0] / largest, sizes.index(largest)
        lost = sizes[0] * _LOST < largest
        reach = next(place for place, size in enumerate(sizes) if size * _LOST >= largest)
        verdict: Verdict = "inconclusive" if lost else "vanishing"
        cause: Cause = "forgets over time" if lost else "fades over time"
        return _finding(verdict, profile, ratio, steps, cause, severity="hinders" if lost else "note", reach=reach + 1)
    ratio = sizes[0] / sizes[-1]
    if ratio > _TOLD and sizes[0] * _TOLD >= largest:
        severity: Severity = "hinders" if ratio > _EXPLODED else "note"
        return _finding("exploding", profile, ratio, len(sizes) - 1, "explodes over time", severity=severity)
    return None


def _finding(
    verdict: Verdict,
    profile: ThroughTime,
    ratio: float,
    steps: int,
    cause: Cause,
    *,
    severity: Severity,
    reach: int = 1,
) -> Finding:
    name = profile.name or profile.kind
    facts: tuple[tuple[str, float | str], ...] = (
        ("steps", str(len(profile.deltas))),
        ("reach", str(reach)),
        ("kind", profile.kind),
    )
    per_step = ratio ** (1 / steps) if steps else ratio
    return Finding(verdict, (name,), name, ratio, None, per_step, None, severity=severity, cause=cause, facts=facts)


def _gate(finding: Finding, step: Step) -> Advice:
    """Advice against a gradient that shrinks through time, for the kind of layer that it is."""
    facts = dict(finding.facts)
    kind, steps = str(facts["kind"]), int(str(facts["steps"]))
    name = finding.starts_at
    if kind.startswith("RNN"):
        return _orthogonal(name)
    gated = "LSTM" if kind.startswith("LSTM") else "GRU"
    has_bias = any(parameter.module == name and ".bias" in f".{parameter.name}" for parameter in step.parameters)
    return _forget(name, gated, math.log(steps), has_bias=has_bias)


def _forget(name: str, kind: str, value: float, *, has_bias: bool) -> Advice:
    gate = {"LSTM": Text(en="forget gate", zh="遗忘门"), "GRU": Text(en="update gate", zh="更新门")}[kind]
    helps = Text(
        en=f"The bias of the {gate.en} of {name} at about {value:.2g}, the logarithm of the number of time steps "
        "(Tallec and Ollivier 2018): the gate starts at one half, which halves the gradient at every step.",
        zh=f"把 {name} 的{gate.zh}偏置设为 {value:.2g} 左右，即时间步数的对数（Tallec 与 Ollivier 2018）："
        "这个门初始约为二分之一，梯度每步减半。",
    )
    code = snippets.forget((name,), value)
    if not has_bias:
        code = f"# {name} has no bias: make it with bias=True first\n{code}"
    return Advice(helps, code, _CLIPPING, "causes", ("through_time.lstm", "through_time.bias_trains"))


def _orthogonal(name: str) -> Advice:
    helps = Text(
        en=f"An LSTM in place of {name}, with a forget-gate bias of the logarithm of the number of time steps; or, "
        "where it has to stay a plain recurrent layer, orthogonal recurrent weights, which keep the norm of what they "
        "multiply.",
        zh=f"用 LSTM 代替 {name}，遗忘门偏置取时间步数的对数；若必须用普通循环层，就用正交的循环权重，"
        "它不改变所乘向量的范数。",
    )
    code = snippets.make_orthogonal((name,))
    return Advice(helps, code, _CLIPPING, "causes", ("through_time.rnn", "through_time.orthogonal"))


def _clipped(finding: Finding, _: Step) -> Advice:
    name = finding.starts_at
    helps = Text(
        en=f"Recurrent weights of {name} with no eigenvalue beyond 1, such as orthogonal ones; and clipping the norm "
        "of the gradient, which keeps a rare large step from undoing what was learned (Pascanu et al. 2013).",
        zh=f"让 {name} 的循环权重没有大于 1 的特征值，例如用正交矩阵；再裁剪梯度范数，"
        "免得偶尔一次大的更新毁掉学到的东西（Pascanu 等 2013）。",
    )
    code = snippets.make_orthogonal((name,))
    fails = Text(
        en="A smaller learning rate alone: the first time steps still get a gradient this many times larger.",
        zh="只减小学习率：最初几个时间步的梯度仍大这么多倍。",
    )
    return Advice(helps, code, fails, "causes", ("through_time.exploding", "through_time.orthogonal"))


_CLIPPING = Text(
    en="Gradient clipping: it multiplies all gradients by one number, and the first time steps get no larger a share.",
    zh="梯度裁剪：所有梯度乘以同一个数，最初几个时间步所占的份额并不增加。",
)
ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = {
    "forgets over time": _gate,
    "fades over time": _gate,
    "explodes over time": _clipped,
}
