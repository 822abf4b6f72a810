"""The article's network as a drawing: the signal grows on its way forward, the gradient on its way back.

It is a block of HTML, for the style sheet `hero.css` moves it. Two covers lie on the bars, so that a reader can guess
first; once the box is ticked they slide off, first forward, then back. Where nothing may move they are gone at once,
and paper sees all bars.
"""

import math
from collections.abc import Iterator

from figures_src.cache.results import measured
from figures_src.exhibits.article.explosion import CONFIG
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Text, localizer
from gradlab.experiments.activations import explosion

TITLE = Text(zh="信号向前，梯度向后", en="The signal goes forward, the gradient comes back")
SIGNAL = Text(zh="信号，前向传播 →", en="signal, forward →")
GRADIENT = Text(zh="← 梯度，反向传播", en="← gradient, backward")
START = Text(zh="显示柱子：先是信号，再是梯度", en="Show the bars: first the signal, then the gradient")
# It is heard before the guess: the sizes are in the text.
DESCRIPTION = Text(
    zh="{layers} 层连成一串。上面的柱子是每一层的信号，下面的柱子是每一层的梯度，刻度是对数的。",
    en="{layers} layers in a row. The bars above are the signal at every layer, the bars below the gradient. The scale "
    "is logarithmic.",
)

# The page's example of a factor: so many layers, a tenth below 1 and a tenth above.
STEPS, BELOW, ABOVE = 50, 0.9, 1.1

# In percent of the drawing: the row of units, what bars keep away from it, the height of a decade, a bar's width.
MIDDLE, GAP, DECADE, BAR = 50.0, 5.0, 9.0, 0.6


def compute() -> explosion.Result:
    """The source's own network, which the figure of the explosion shares."""
    return measured(explosion, CONFIG)


def data(result: explosion.Result) -> Table:
    """Every layer's signal and gradient."""
    rows = tuple((layer.layer, layer.weight, layer.activation, layer.gradient_z) for layer in result.layers)
    return Table(("layer", "weight", "activation", "gradient_z"), rows)


def numbers(result: explosion.Result) -> dict[str, Number]:
    first, last = result.layers[0], result.layers[-1]
    weights = [layer.weight for layer in result.layers]
    return {
        "steps": Number(STEPS, "d"),
        "below": Number(BELOW, "g"),
        "above": Number(ABOVE, "g"),
        "below_power": Number(BELOW**STEPS, ".2g"),
        "above_power": Number(ABOVE**STEPS, ".0f"),
        "layers": Number(len(result.layers), "d"),
        "smallest_weight": Number(min(weights), ".2f"),
        "largest_weight": Number(max(weights), ".2f"),
        "second_last_gradient": _size(result.layers[-2].gradient_z),
        "third_last_gradient": _size(result.layers[-3].gradient_z),
        "last_signal": _size(last.activation),
        "first_gradient": _size(first.gradient_z),
    }


def checks(result: explosion.Result) -> dict[str, Check]:
    products = [layer.pre_activation * layer.gradient_z for layer in result.layers]
    worst = max(products, key=lambda product: abs(product - result.output))
    return {
        "constant": Check(
            sentence=Text(
                zh="在每一层，信号与梯度之积都等于网络的输出（这里是相差最多的一层）",
                en="At every layer the product of signal and gradient is the network's output (here the layer that is "
                "farthest from it)",
            ),
            measured=Number(worst, ".4f"),
            relation="≈",
            predicted=Number(result.output, ".4f"),
            tolerance=2 * CONFIG.num_layers * 2.0**-23,
            because=Text(
                zh=f"float32 的前向与反向传播各 {CONFIG.num_layers} 次乘法，每次舍入至多 2⁻²³",
                en=f"{CONFIG.num_layers} multiplications in float32 forward and as many backward, each within 2⁻²³",
            ),
            source="z_l ∂y/∂z_l = y",
        )
    }


def _size(value: float) -> Number:
    """A signal or a gradient as a beginner reads it."""
    return Number(value, ".0f" if value >= 10 or value == 1 else ".1f")


def blocks(result: explosion.Result, language: Language) -> dict[str, str]:
    """The drawing, and the switch that starts it."""
    text = localizer(language)
    described = DESCRIPTION(language, **numbers(result))
    return {
        "figure": (
            '<div class="chain" id="figure-chain" data-search-exclude="true">'
            f'<svg role="img" aria-label="{described}">'
            f'<g class="chain-signal">{"".join(_bars(result, up=True))}</g>'
            f'<g class="chain-gradient">{"".join(_bars(result, up=False))}</g>{_covers()}'
            f'<line class="chain-row" x2="100%" y1="{MIDDLE}%" y2="{MIDDLE}%"/>'
            f'{"".join(_units(result))}<text x="0" y="16" class="chain-signal">{text(SIGNAL)}</text>'
            f'<text x="100%" y="100%" dy="-8" text-anchor="end" class="chain-gradient">{text(GRADIENT)}</text></svg>'
            f'<label class="chain-start"><input type="checkbox" autocomplete="off"> {text(START)}</label></div>\n'
        )
    }


def _center(layer: int, layers: int) -> str:
    return f"{100 * (layer - 0.5) / layers:.4g}%"


def _labelled(layer: int) -> bool:
    return layer == 1 or layer % 5 == 0


def _bars(result: explosion.Result, *, up: bool) -> Iterator[str]:
    """A bar for every layer, and the value at some."""
    layers = len(result.layers)
    for layer in result.layers:
        value = layer.activation if up else layer.gradient_z
        length = DECADE * math.log10(value)
        top = MIDDLE - GAP - length if up else MIDDLE + GAP
        left = 100 * (layer.layer - 0.5 - BAR / 2) / layers
        yield f'<rect x="{left:.4g}%" y="{top:.4g}%" width="{100 * BAR / layers:.4g}%" height="{length:.4g}%"/>'
        if _labelled(layer.layer):
            at, shift = (top, -4) if up else (top + length, 13)
            place, anchor = _center(layer.layer, layers), ""
            if layer.layer in (1, layers):  # a label at an edge stays inside
                place, anchor = ("0", ' text-anchor="start"') if layer.layer == 1 else ("100%", ' text-anchor="end"')
            yield f'<text x="{place}" y="{at:.4g}%" dy="{shift}"{anchor}>{_size(value)}</text>'


def _units(result: explosion.Result) -> Iterator[str]:
    """The units of the network, numbered at some layers."""
    layers = len(result.layers)
    for layer in range(1, layers + 1):
        yield f'<circle cx="{_center(layer, layers)}" cy="{MIDDLE}%" r="5"/>'


def _covers() -> str:
    """Covers that hide the bars while the signal, or the gradient, has not come to them."""
    return (
        f'<rect class="chain-cover" width="100%" height="{MIDDLE}%"/>'
        f'<rect class="chain-cover chain-back" width="100%" y="{MIDDLE}%" height="{MIDDLE}%"/>'
    )
