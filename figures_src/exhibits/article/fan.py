"""The fan at the top of the article: thirty measured networks, one of which the reader picks.

How it is made stands in `figures_src.exhibits._shared.fans`.
"""

import math
from dataclasses import dataclass

from figures_src.cache.results import measured
from figures_src.exhibits._shared import fans
from figures_src.exhibits._shared.fans import Curve, Fan, Group, Scale
from figures_src.exhibits._shared.labels import ACTIVATIONS, magnitude
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Text, localizer
from figures_src.playground.grid import config
from figures_src.playground.labels import SCALES
from figures_src.playground.settings import Point
from gradlab.experiments.article import layer_profiles
from gradlab.probing.diagnosis import NOTICEABLE

TITLE = Text(zh="梯度传回第 1 层时还剩多少", en="How much of a gradient reaches layer 1")
WEIGHTS = ("0.5", "default", "0.8", "xavier", "1.2", "he", "2", "3", "5", "critical")
NAMES = {"default": "PyTorch", "xavier": "Xavier", "he": "He"}
# The choice at first: the settings of nearly everybody who never thought about them.
CHOSEN = ("relu", "default")
# The article's activation functions, and the scale at which each keeps the gradient: what theory calls critical.
CRITICAL = {"sigmoid": "critical", "tanh": "xavier", "relu": "he"}

QUESTION = Text(
    zh="第 {last} 层有一个大小为 1 的梯度。传回第 1 层时，还剩多少？",
    en="A gradient of size 1 leaves layer {last}. How much of it reaches layer 1?",
)
ACTIVATION = Text(zh="激活函数", en="Activation function")
SCALE = Text(zh="权重尺度：权重有多大", en="Weight scale: how large the weights are")
DESCRIPTION = Text(
    zh="对数坐标上，{count} 条曲线从第 {last} 层的 1 出发，向左展开成扇形：上面的在第 1 层爆炸，最大 {most}；"
    "下面的消失，最小 {least}。选中的一条加粗。",
    en="On a log axis {count} curves start from 1 at layer {last} and fan out to the left: the upper ones explode, "
    "up to {most} at layer 1, the lower ones vanish, down to {least}. The chosen one is bold.",
)

# Of the log axis: decades at its ends, and between two ticks.
TOP, BOTTOM, BETWEEN = 18, -18, 6


@dataclass(frozen=True)
class Result:
    """The networks by activation function and weights."""

    networks: dict[tuple[str, str], layer_profiles.Result]

    @property
    def config(self) -> tuple[layer_profiles.Config, ...]:
        """The configurations of the run."""
        return tuple(network.config for network in self.networks.values())

    def ratio(self, activation: str, weights: str) -> float:
        """‖δ‖ of the first layer, relative to the last."""
        return self.networks[activation, weights].layers[0].gradient_z


def compute() -> Result:
    """Measure every network, as the playground does."""
    return Result(
        {
            (activation, weights): measured(layer_profiles, config(Point(activation=activation, weights=weights)))
            for activation in CRITICAL
            for weights in WEIGHTS
        }
    )


def data(result: Result) -> Table:
    """Every layer of every network."""
    header = ("activation", "sigma_w", "layer", "gradient_z", "gradient_z_low", "gradient_z_high")
    rows = tuple(
        (activation, SCALES[weights], layer.layer, layer.gradient_z, layer.gradient_z_low, layer.gradient_z_high)
        for (activation, weights), network in result.networks.items()
        for layer in network.layers
    )
    return Table(header, rows)


def numbers(result: Result) -> dict[str, Number]:
    point = Point()
    return {
        "networks": Number(len(result.networks), "d"),
        "seeds": Number(point.seeds, "d"),
        "layers": Number(point.depth, "d"),
        "width": Number(point.width, "d"),
        "between": Number(10**BETWEEN, "d"),
        "chosen": magnitude(result.ratio(*CHOSEN)),
    }


def checks(result: Result) -> dict[str, Check]:
    decades = [abs(math.log10(result.ratio(*pair))) for pair in CRITICAL.items()]
    default = [result.ratio(activation, "default") for activation in CRITICAL]
    bound = math.exp(NOTICEABLE)
    return {
        "default": Check(
            sentence=Text(
                zh="用 PyTorch 默认初始化，三种激活函数的梯度都消失：第一层收到的最多也不到最后一层的十分之一",
                en="With PyTorch's default initialization the gradient vanishes with all three activation functions: "
                "the most that a first layer gets is less than a tenth of the last layer's",
            ),
            measured=magnitude(max(default)),
            relation="<",
            predicted=Number(1 / bound, ".1f"),
            because=Text(zh="三个网络中最大的中位数", en="the largest median of the three networks"),
            source=Text(zh="本站把 10 倍以内视为无碍", en="what this site takes as harmless: a factor of 10"),
        ),
        "critical": Check(
            sentence=Text(
                zh="三种激活函数各有一个权重尺度，使梯度既不消失也不爆炸",
                en="Each of the three activation functions has a weight scale at which the gradient neither vanishes "
                "nor explodes",
            ),
            measured=Number(10 ** max(decades), ".2f"),
            relation="<",
            predicted=Number(bound, ".0f"),
            because=Text(
                zh="三个网络中，第一层与最后一层之比离 1 最远的一个",
                en="of the three networks the one whose ratio of the first layer to the last is farthest from 1",
            ),
            source="χ(σ_w) = 1, Schoenholz et al. 2017, arXiv:1611.01232",
        ),
    }


def blocks(result: Result, language: Language) -> dict[str, str]:
    """The question, the answers of all networks, their curves, and the radio buttons that choose."""
    last = Point().depth
    ratios = [result.ratio(*pair) for pair in result.networks]
    ends = {"most": magnitude(max(ratios)), "least": magnitude(min(ratios))}
    fan = Fan(
        name="fan",
        question=QUESTION(language, last=last),
        described=DESCRIPTION(language, count=len(ratios), last=last, **ends),
        curves=tuple(_curve(result, pair, language) for pair in result.networks),
        groups=_groups(language),
        scale=Scale.of_decades(BOTTOM, TOP, BETWEEN),
        places=fans.places(last),
        axis=fans.LAYERS(language),
    )
    return {"figure": fan.html(localizer(language))}


def _curve(result: Result, pair: tuple[str, str], language: Language) -> Curve:
    ratio = result.ratio(*pair)
    fate = fans.fate(ratio)
    activation, weights = pair
    said = fans.answer((f"{ACTIVATIONS[activation](language)} {SCALES[weights]}",), fans.ANSWERS[fate], language)
    return Curve(
        choice=([*CRITICAL].index(activation), WEIGHTS.index(weights)),
        values=tuple(math.log10(layer.gradient_z) for layer in result.networks[pair].layers),
        answer=f"<b>{magnitude(ratio)}</b> {said}",
        fate=fate,
    )


def _groups(language: Language) -> tuple[Group, Group]:
    activation, weights = CHOSEN
    return (
        Group(
            name="fan-activation",
            legend=ACTIVATION(language),
            labels=tuple(f"<b>{ACTIVATIONS[name](language)}</b>" for name in CRITICAL),
            chosen=[*CRITICAL].index(activation),
            lettered=True,
        ),
        Group(
            name="fan-scale",
            legend=SCALE(language),
            labels=tuple(f"<b>{SCALES[name]}</b><small>{NAMES.get(name, '')}</small>" for name in WEIGHTS),
            chosen=WEIGHTS.index(weights),
        ),
    )
