"""The fan at the top of the article: thirty measured networks, one of which the reader picks.

It is a block of HTML, for a picture that one can touch without a script: radio buttons choose, and the style sheet
`hero.css` shows the curve and the answer that belong to them. Curves lie in a drawing that stretches with the page;
labels lie beside it and keep the size of the text.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from figures_src.cache.results import measured
from figures_src.drawing import powers
from figures_src.exhibits._shared.labels import ACTIVATIONS, magnitude
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Localize, Text, localizer
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
ANSWERS = {
    "vanishing": Text(zh="梯度消失。", en="It vanishes."),
    "exploding": Text(zh="梯度爆炸。", en="It explodes."),
    "kept": Text(zh="既没有消失，也没有爆炸。", en="It neither vanishes nor explodes."),
}
ANSWER_OF = Text(zh="{answer}{network}", en="{answer} {network}")
EXPLODES = Text(zh="爆炸", en="explodes")
VANISHES = Text(zh="消失", en="vanishes")
BACKWARD = Text(zh="← 反向传播 · 层", en="← backward pass · layer")
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
# Units of the drawing for one layer and for one decade: a step is a fraction of a pixel on any screen.
ACROSS, DOWN = 10, 40


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


def kind(ratio: float) -> str:
    """The fate of a gradient, by the factor that the whole site uses."""
    if abs(math.log(ratio)) <= NOTICEABLE:
        return "kept"
    return "exploding" if ratio > 1 else "vanishing"


def blocks(result: Result, language: Language) -> dict[str, str]:
    """The question, the answers of all networks, their curves, and the radio buttons that choose."""
    text = localizer(language)
    last = Point().depth
    ratios = [result.ratio(*pair) for pair in result.networks]
    ends = {"most": magnitude(max(ratios)), "least": magnitude(min(ratios))}
    described = DESCRIPTION(language, count=len(ratios), last=last, **ends)
    return {
        "figure": "".join(
            (
                # No other figure inside: the search's index would take the end of that for the end of this.
                '<figure class="fan" id="figure-fan" aria-labelledby="fan-question" data-search-exclude="true">',
                f'<p class="fan-question" id="fan-question">{QUESTION(language, last=last)}</p>',
                f'<div class="fan-answers" role="status">{"".join(_answers(result, language))}</div>',
                f'<div class="fan-plot"><svg class="fan-axis" aria-hidden="true">{"".join(_ticks())}</svg>',
                f'<svg class="fan-curves" role="img" aria-label="{described}">{_zones(text)}{_curves(result)}</svg>',
                f'<svg class="fan-layers" aria-hidden="true">{"".join(_layers(last, text))}</svg></div>',
                f'<div class="fan-choices">{_choices(language)}</div></figure>\n',
            )
        )
    }


def _classes(activation: str, weights: str) -> str:
    """The classes by which the style sheet knows what belongs to a choice."""
    first = " fan-first" if (activation, weights) == CHOSEN else ""
    return f"fan-network fan-{activation} fan-{WEIGHTS.index(weights)}{first}"


def _answers(result: Result, language: Language) -> Iterator[str]:
    for pair in result.networks:
        ratio = result.ratio(*pair)
        word = kind(ratio)
        network = f'<small class="fan-which">{ACTIVATIONS[pair[0]](language)} {SCALES[pair[1]]}</small>'
        said = ANSWER_OF(language, answer=ANSWERS[word](language), network=network)
        yield f'<p class="{_classes(*pair)} {word}"><b>{magnitude(ratio)}</b> {said}</p>'


def _height(decade: float) -> str:
    """The place of a power of ten, down from the top, in percent."""
    return f"{100 * (TOP - decade) / (TOP - BOTTOM):.4g}%"


def _decades() -> range:
    return range(BOTTOM + BETWEEN, TOP, BETWEEN)


def _ticks() -> Iterator[str]:
    for exponent in _decades():
        yield f'<text x="100%" y="{_height(exponent)}" dx="-6" dy="4">{powers.raised(powers.decade(exponent))}</text>'


def _zones(text: Localize) -> str:
    """The two zones, the line of no change, and their names."""
    lines = "".join(
        f'<line x2="100%" y1="{_height(decade)}" y2="{_height(decade)}"/>' for decade in _decades() if decade
    )
    edge = NOTICEABLE / math.log(10)
    return (
        f'<rect class="exploding" width="100%" height="{_height(edge)}"/>'
        f'<rect class="vanishing" width="100%" y="{_height(-edge)}" height="{_height(edge)}"/>{lines}'
        f'<text class="exploding" x="100%" y="20" dx="-10" text-anchor="end">{text(EXPLODES)}</text>'
        f'<text class="vanishing" x="100%" y="100%" dx="-10" dy="-10" text-anchor="end">{text(VANISHES)}</text>'
    )


def _curves(result: Result) -> str:
    """All curves, faint, and each again, to be shown when it is chosen, with a dot at its end."""
    width, height = ACROSS * (Point().depth - 1), DOWN * (TOP - BOTTOM)
    faint, chosen = [], []
    for (activation, weights), network in result.networks.items():
        heights = [round(DOWN * (TOP - math.log10(layer.gradient_z))) for layer in network.layers]
        steps = "".join(f"l-{ACROSS} {one - other}" for one, other in zip(heights[-2::-1], heights[:0:-1], strict=True))
        # Twice, not by reference: what is referred to loses the stroke that a stretched drawing leaves as it is.
        curve = f'<path d="M{width} {heights[-1]}{steps}"/>'
        faint.append(curve)
        fate = kind(network.layers[0].gradient_z)
        chosen.append(f'<g class="{_classes(activation, weights)} {fate}">{curve}<path d="M0 {heights[0]}h0"/></g>')
    return (
        f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="none"><g class="fan-all">{"".join(faint)}</g>'
        f'<g class="fan-chosen">{"".join(chosen)}</g></svg>'
    )


def _layers(last: int, text: Localize) -> Iterator[str]:
    for layer in (1, *range(5, last + 1, 5)):
        anchor = {1: "start", last: "end"}.get(layer, "middle")
        yield f'<text x="{100 * (layer - 1) / (last - 1):.4g}%" y="14" text-anchor="{anchor}">{layer}</text>'
    yield f'<text x="50%" y="32" text-anchor="middle">{text(BACKWARD)}</text>'


def _choices(language: Language) -> str:
    activations = "".join(
        _choice("activation", name, f"<b>{ACTIVATIONS[name](language)}</b>", name == CHOSEN[0]) for name in CRITICAL
    )
    scales = "".join(
        _choice(
            "scale",
            str(WEIGHTS.index(name)),
            f"<b>{SCALES[name]}</b><small>{NAMES.get(name, '')}</small>",
            name == CHOSEN[1],
        )
        for name in WEIGHTS
    )
    return (
        f"<fieldset><legend>{ACTIVATION(language)}</legend><div>{activations}</div></fieldset>"
        f"<fieldset><legend>{SCALE(language)}</legend><div>{scales}</div></fieldset>"
    )


def _choice(group: str, value: str, label: str, chosen: bool) -> str:
    checked = " checked" if chosen else ""
    return f'<label><input type="radio" name="fan-{group}" value="{value}" autocomplete="off"{checked}>{label}</label>'
