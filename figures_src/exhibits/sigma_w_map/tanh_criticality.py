"""tanh at its critical scale: signal and gradient die as a power of the depth, on either side as an exponential."""

from collections.abc import Iterator

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, FOURTH, MUTED_LINE, PREDICTION, SECOND
from figures_src.exhibits._shared import agreement
from figures_src.exhibits._shared.agreement import errors_and_width, errors_of_seeds
from figures_src.exhibits._shared.labels import LAYER_COLUMN, decades, factor, magnitude, with_error
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.scale import tanh_criticality

CONFIG = tanh_criticality.Config()
BELOW, ABOVE = CONFIG.contrast
SEEDS = errors_of_seeds(CONFIG.seeds)
TITLE = Text(zh="Tanh 在临界权重尺度处", en="Tanh at its critical weight scale")
SIGNAL = Text(zh="方差 q", en="variance q")
ARRIVAL = "‖δ_1‖/‖δ_l‖"
LOG_LAYER = Text(zh="层（对数坐标）", en="layer (log scale)")
Q_COLUMN = Text(zh="$q_l$（实测）", en="$q_l$ (measured)")
PREDICTED_Q = Text(zh=f"预测值（宽度 {CONFIG.width}）", en=f"predicted (width {CONFIG.width})")
ASYMPTOTE = Text(zh="1/(2l)", en="1/(2l)")
ASYMPTOTE_COLUMN = Text(zh="幂律 $1/(2l)$", en="power law $1/(2l)$")
ARRIVAL_COLUMN = Text(
    zh="$\\lVert\\delta_1\\rVert/\\lVert\\delta_l\\rVert$（实测）",
    en="$\\lVert\\delta_1\\rVert/\\lVert\\delta_l\\rVert$ (measured)",
)
PREDICTED_ARRIVAL = Text(zh="预测值", en="predicted")
STYLES = ((SECOND, "s"), (FOURTH, "v"), (FIRST, "^"))
"""Colour and marker of the critical scale, below it, above it."""
SHOWN = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 80, 100)
"""Layers with a point, about evenly spaced on a log axis."""
LISTED = (1, 2, 5, 10, 20, 50, 100)
LIMITS = 3e-6, 9.0
SHALLOW = 20
"""Depth from which the exercise extrapolates."""
SECOND_ORDER = 0.02
ASYMPTOTIC = 0.05
MILLIONTH = 1e-6
SEEDS_AND_SECOND_ORDER = Text(
    zh=f"{SEEDS.zh}，再加公式略去的二阶项 {SECOND_ORDER:.0%}",
    en=f"{SEEDS.en}, and {SECOND_ORDER:.0%} for the second order that the formula leaves out",
)
SEEDS_AND_WIDTH = errors_and_width(CONFIG.seeds, CONFIG.width)
MEAN_FIELD_SOURCE = "√(σ_w² E φ′(z)²), Schoenholz et al. 2017, arXiv:1611.01232"


def compute() -> tanh_criticality.Result:
    """Follow signal and gradient through a hundred layers, at the critical scale and on either side."""
    return measured(tanh_criticality, CONFIG)


def _panel(axes: Axes, result: tanh_criticality.Result, kind: str) -> None:
    layers = range(1, result.config.depth + 1)
    styled = zip(result.scales, STYLES, strict=True)
    for scale, (color, marker) in sorted(styled, key=lambda pair: -pair[0].sigma_w):
        signal = kind == "q"
        values, errors = (scale.q, scale.q_standard_error) if signal else (scale.arrival, scale.arrival_standard_error)
        predicted = scale.mean_field_q if signal else scale.predicted_arrival
        if signal and scale is result.scales[0]:
            predicted = tuple(layer.predicted_q for layer in result.layers)
        axes.plot(layers, predicted, color=PREDICTION, linewidth=1.1)
        axes.errorbar(
            SHOWN,
            [values[layer - 1] for layer in SHOWN],
            yerr=[2 * errors[layer - 1] for layer in SHOWN],
            color=color,
            marker=marker,
            linestyle="none",
            label=f"σ_w\xa0=\xa0{scale.sigma_w:g}",
        )
    axes.set(xscale="log", yscale="log", ylim=LIMITS, xlim=(0.93, 1.07 * result.config.depth))
    axes.set_xticks(LISTED, [f"{layer}" for layer in LISTED])
    axes.yaxis.set_major_locator(LogLocator(numticks=4))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())


def draw(figure: Figure, result: tanh_criticality.Result, text: Localize) -> None:
    """Draw the variance above what of the gradient arrives at the first layer, all on log axes."""
    upper, lower = figure.subplots(2, 1, sharex=True)
    _panel(upper, result, "q")
    _panel(lower, result, "arrival")
    layers = range(1, result.config.depth + 1)
    asymptote = [layer.asymptotic_q for layer in result.layers]
    upper.plot(layers, asymptote, color=MUTED_LINE, linestyle=":", linewidth=1.4, label=text(ASYMPTOTE))
    upper.set_ylabel(text(SIGNAL))
    lower.set_ylabel(ARRIVAL)
    lower.set_xlabel(text(LOG_LAYER))
    label_curves(upper)
    label_curves(lower)


def table(result: tanh_criticality.Result, text: Localize) -> Table:
    """List some layers of the critical networks."""
    critical = result.scales[0]
    rows = tuple(
        (
            layer.layer,
            with_error(layer.q, layer.q_standard_error),
            f"{layer.predicted_q:.4f}",
            f"{layer.asymptotic_q:.4f}",
            str(factor(critical.arrival[layer.layer - 1])),
            str(factor(critical.predicted_arrival[layer.layer - 1])),
        )
        for layer in result.layers
        if layer.layer in LISTED
    )
    header = (LAYER_COLUMN, Q_COLUMN, PREDICTED_Q, ASYMPTOTE_COLUMN, ARRIVAL_COLUMN, PREDICTED_ARRIVAL)
    return Table(tuple(map(text, header)), rows)


def data(result: tanh_criticality.Result) -> Table:
    """Every layer at every scale; the prediction at this width is known for the critical one."""
    header = (
        "sigma_w",
        "layer",
        "q",
        "q_standard_error",
        "mean_field_q",
        "predicted_q_at_this_width",
        "gradient_1_over_gradient_l",
        "gradient_standard_error",
        "predicted_gradient",
    )

    def rows() -> Iterator[tuple[str | float, ...]]:
        for scale in result.scales:
            for place, layer in enumerate(result.layers):
                yield (
                    scale.sigma_w,
                    layer.layer,
                    scale.q[place],
                    scale.q_standard_error[place],
                    scale.mean_field_q[place],
                    layer.predicted_q if scale is result.scales[0] else "",
                    scale.arrival[place],
                    scale.arrival_standard_error[place],
                    scale.predicted_arrival[place],
                )

    return Table(header, tuple(rows()))


def _factor(result: tanh_criticality.Result, scale: tanh_criticality.Scale) -> agreement.Comparison:
    """The per-layer factor of the gradient beside mean field."""
    steps = result.config.depth - 1
    value = scale.arrival[-1] ** (1 / steps)
    error = value * scale.arrival_standard_error[-1] / scale.arrival[-1] / steps
    bias = 5 / (4 * result.config.width)
    return agreement.standard_errors(value, scale.predicted_arrival[-1] ** (1 / steps), error, bias)


def numbers(result: tanh_criticality.Result) -> dict[str, Number]:
    critical, below, above = result.scales
    last = result.layers[-1]
    steps = result.config.depth - 1
    shallow_factor = critical.arrival[SHALLOW - 1] ** (1 / (SHALLOW - 1))
    offered = {
        "layers": Number(result.config.depth, "d"),
        "steps": Number(steps, "d"),
        "width": Number(result.config.width, "d"),
        "seeds": Number(result.config.seeds, "d"),
        "q_10": factor(result.layers[9].q),
        "predicted_q_10": factor(result.layers[9].predicted_q),
        "q_last": Number(last.q, ".4f"),
        "q_last_error": Number(last.q_standard_error, ".4f"),
        "predicted_q_last": Number(last.predicted_q, ".4f"),
        "asymptotic_q_last": Number(last.asymptotic_q, ".4f"),
        "width_correction": Number(last.mean_field_q / last.predicted_q - 1, ".0%"),
        "shallow": Number(SHALLOW, "d"),
        "shallow_steps": Number(SHALLOW - 1, "d"),
        "shallow_factor": factor(shallow_factor),
        "extrapolated": decades(shallow_factor**steps),
        "nine_tenths": decades(0.9**steps),
        "late_factor": factor((critical.arrival[-1] / critical.arrival[SHALLOW - 1]) ** (1 / (steps + 1 - SHALLOW))),
        "fixed_point_above": factor(theory.fixed_point_q("tanh", above.sigma_w)),
    }
    for name, scale in (("critical", critical), ("below", below), ("above", above)):
        offered |= {
            f"{name}_sigma_w": Number(scale.sigma_w, "g"),
            f"{name}_ratio": magnitude(scale.arrival[-1]),
            f"{name}_predicted_ratio": magnitude(scale.predicted_arrival[-1]),
            f"{name}_signal": magnitude(scale.q[-1]),
            f"{name}_factor": factor(scale.arrival[-1] ** (1 / steps)),
        }
    return offered


def checks(result: tanh_criticality.Result) -> dict[str, Check]:
    critical, below, above = result.scales
    farthest = agreement.worst(
        agreement.standard_errors(layer.q, layer.predicted_q, layer.q_standard_error, SECOND_ORDER)
        for layer in result.layers
    )

    last = result.layers[-1]
    asymptotic = agreement.standard_errors(
        last.q, theory.tanh_critical_q(last.layer, result.config.width), last.q_standard_error, ASYMPTOTIC
    )

    def exponential(scale: tanh_criticality.Scale, sentence: Text) -> Check:
        compared = _factor(result, scale)
        return compared.check(
            sentence=sentence,
            shown=".4f",
            because=SEEDS_AND_WIDTH,
            source=MEAN_FIELD_SOURCE,
        )

    return {
        "variance": farthest.check(
            sentence=Text(
                zh="Tanh 配 Xavier 初始化，每一层预激活值的方差都符合这个宽度下的平均场预测（这里是最接近容差的一层）",
                en="With Xavier initialization the variance of tanh's pre-activations agrees with mean-field theory "
                "at this width, at every layer (here the one closest to its tolerance)",
            ),
            shown=magnitude,
            because=SEEDS_AND_SECOND_ORDER,
            source="q′ = σ_w² E φ(z)², Schoenholz et al. 2017, arXiv:1611.01232",
        ),
        "power": asymptotic.check(
            sentence=Text(
                zh=f"Tanh 配 Xavier 初始化，方差按幂律衰减而不按指数：第 {CONFIG.depth} 层仍是 1/(2l) 除以 1 + l/(3n)",
                en="With Xavier initialization the variance dies as a power and not as an exponential: at layer "
                f"{CONFIG.depth} it is still 1/(2l), divided by 1 + l/(3n)",
            ),
            shown=magnitude,
            because=Text(
                zh=f"{SEEDS.zh}，再加公式略去的 ln(l)/l 和 (l/n)² 阶项 {ASYMPTOTIC:.0%}",
                en=f"{SEEDS.en}, and {ASYMPTOTIC:.0%} for the orders ln(l)/l and (l/n)² that the formula leaves out",
            ),
            source=Text(
                zh="1/(2l)，Roberts, Yaida & Hanin 2022, arXiv:2106.10165，第 5.3.3 节",
                en="1/(2l), Roberts, Yaida & Hanin 2022, arXiv:2106.10165, section 5.3.3",
            ),
        ),
        "critical": exponential(
            critical,
            Text(
                zh=f"Tanh 配 Xavier 初始化，{CONFIG.depth} 层之后留下的梯度符合平均场预测（这里折算成逐层因子）",
                en=f"With Xavier initialization a tanh network of {CONFIG.depth} layers has the gradient left that "
                "mean-field theory predicts (here as a factor per layer)",
            ),
        ),
        "below": exponential(
            below,
            Text(
                zh=f"σ_w 略小于 1（这里是 {BELOW:g}），{CONFIG.depth} 层 Tanh 网络的梯度按指数消失",
                en=f"With σ_w slightly below 1 (here {BELOW:g}) the gradient of a tanh network of {CONFIG.depth} "
                "layers vanishes exponentially",
            ),
        ),
        "above": Check(
            sentence=Text(
                zh=f"σ_w 略大于 1（这里是 {ABOVE:g}），{CONFIG.depth} 层 Tanh 网络的梯度不消失，而是增长",
                en=f"With σ_w slightly above 1 (here {ABOVE:g}) the gradient of a tanh network of {CONFIG.depth} "
                "layers does not vanish but grows",
            ),
            measured=magnitude(above.arrival[-1] - 4 * above.arrival_standard_error[-1]),
            relation=">",
            predicted=Number(1, "g"),
            because=Text(
                zh=f"实测值已减去 {SEEDS.zh}",
                en=f"{SEEDS.en} are already subtracted from the measurement",
            ),
            source=MEAN_FIELD_SOURCE,
        ),
        "signal": Check(
            sentence=Text(
                zh=f"σ_w = {BELOW:g} 时，第 {CONFIG.depth} 层的方差不到 σ_w = 1 时的百万分之一",
                en=f"At σ_w = {BELOW:g} the variance at layer {CONFIG.depth} is less than a millionth of that at σ_w = "
                "1",
            ),
            measured=decades(below.q[-1] + 4 * below.q_standard_error[-1]),
            relation="<",
            predicted=decades(MILLIONTH * critical.q[-1]),
            because=Text(
                zh=f"σ_w = {BELOW:g} 的实测值已加上 4 倍标准误差",
                en=f"4 standard errors are already added to the value at σ_w = {BELOW:g}",
            ),
            source="q ∝ σ_w^(2l) < 1/(2l)",
        ),
    }
