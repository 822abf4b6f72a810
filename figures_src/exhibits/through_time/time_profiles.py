"""Recurrent layers that a reader chooses between: the gradient of their inputs, time step by time step."""

import math

from figures_src.cache.results import measured
from figures_src.exhibits._shared import fans
from figures_src.exhibits._shared.fans import Curve, Fan, Group, Scale
from figures_src.exhibits._shared.labels import decades, magnitude
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Text, localizer
from gradlab.experiments.recurrence import time_profiles
from gradlab.experiments.recurrence.time_profiles import Layer, Profile

CONFIG = time_profiles.Config()
TITLE = Text(zh="十种循环层的梯度，逐个时间步", en="The gradient of ten recurrent layers, time step by time step")
QUESTION = Text(
    zh="最后一步的输入，梯度大小为 1。{steps} 步中的第一步，还能得到多少？",
    en="The last input has a gradient of size 1. How much does the first of {steps} get?",
)
DESCRIPTION = Text(
    zh="对数坐标上，{count} 条曲线从最后一个时间步的 1 出发，向左展开：最高的在第一步到 {most}，最低的到 {least}。"
    "选中的一条加粗。",
    en="On a log axis {count} curves start from 1 at the last time step and fan out to the left: up to {most} at the "
    "first, and down to {least}. The chosen one is bold.",
)
LEGEND = Text(
    zh="普通循环层：循环矩阵取正交矩阵的几倍。LSTM：遗忘门的偏置",
    en="Plain layer: recurrent matrix, orthogonal times … LSTM: bias of the forget gate",
)
PLAIN = Text(zh="普通", en="plain")
AXIS = Text(zh="← 反向传播 · 时间步", en="← backward pass · time step")
TOP, BOTTOM, BETWEEN = 12, -18, 6
SMALL = 1e-6


def compute() -> time_profiles.Result:
    """Differentiate the loss with respect to every input, for every layer and seed."""
    return measured(time_profiles, CONFIG)


def _value(layer: Layer) -> str:
    if layer.value is None:
        return "PyTorch"
    return f"×\N{NO-BREAK SPACE}{layer.value:g}" if layer.kind == "plain" else f"{layer.value:.2g}"


def _kind(layer: Layer, language: Language) -> str:
    return PLAIN(language) if layer.kind == "plain" else "LSTM"


def _first(result: time_profiles.Result) -> list[float]:
    return [profile.deltas[0] for profile in result.profiles]


def blocks(result: time_profiles.Result, language: Language) -> dict[str, str]:
    """The layers, one of which the reader chooses."""
    last, ratios = result.config.time_steps, _first(result)
    layers = [profile.layer for profile in result.profiles]
    fan = Fan(
        name="time_profiles",
        question=QUESTION(language, steps=last),
        described=DESCRIPTION(language, count=len(ratios), most=magnitude(max(ratios)), least=magnitude(min(ratios))),
        curves=tuple(_curve(place, profile, language) for place, profile in enumerate(result.profiles)),
        groups=(
            Group(
                name="time-profiles",
                legend=LEGEND(language),
                labels=tuple(f"<b>{_value(one)}</b> <small>{_kind(one, language)}</small>" for one in layers),
                chosen=layers.index(Layer("lstm")),
            ),
        ),
        scale=Scale.of_decades(BOTTOM, TOP, BETWEEN),
        places=fans.places(last, every=10),
        axis=AXIS(language),
    )
    return {"figure": fan.html(localizer(language))}


def _curve(place: int, profile: Profile, language: Language) -> Curve:
    ratio = profile.deltas[0]
    fate = fans.fate(ratio)
    said = fans.answer((_kind(profile.layer, language), _value(profile.layer)), fans.ANSWERS[fate], language)
    return Curve((place,), tuple(map(math.log10, profile.deltas)), f"<b>{magnitude(ratio)}</b> {said}", fate)


def data(result: time_profiles.Result) -> Table:
    """Every time step of every layer."""
    rows = tuple(
        (profile.layer.kind, "" if profile.layer.value is None else profile.layer.value, step, delta)
        for profile in result.profiles
        for step, delta in enumerate(profile.deltas, 1)
    )
    return Table(("layer", "value", "time_step", "delta"), rows)


def numbers(result: time_profiles.Result) -> dict[str, Number]:
    return {
        "layers": Number(len(result.profiles), "d"),
        "seeds": Number(result.config.seeds, "d"),
        "kept": Number(sum(fans.fate(ratio) == fans.KEPT for ratio in _first(result)), "d"),
    }


def checks(result: time_profiles.Result) -> dict[str, Check]:
    default = [profile.deltas[0] for profile in result.profiles if profile.layer.value is None]
    return {
        "default": Check(
            sentence=Text(
                zh="按 PyTorch 默认初始化，普通循环层与 LSTM 的梯度传到第一个时间步，都不到最后一步的百万分之一"
                "（取较大的一个）",
                en="As PyTorch makes them, a plain recurrent layer and an LSTM both bring less than a millionth of the "
                "last time step's gradient to the first (the larger of the two)",
            ),
            measured=decades(max(default)),
            relation="<",
            predicted=decades(SMALL),
            because=Text(zh="各随机种子的几何平均", en="geometric mean of the seeds"),
            source="σ(0)ᵀ⁻¹; (1/√3)ᵀ⁻¹",
        )
    }
