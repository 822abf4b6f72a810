"""Glorot and Bengio's tanh networks: gradients by layer with the initialization of 2010 and with theirs."""

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, MUTED_LINE, PREDICTION, SECOND, THIRD
from figures_src.exhibits._shared.agreement import errors_and_width, standard_errors, worst
from figures_src.exhibits._shared.labels import LAYER, LAYER_COLUMN, factor
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.scale import standard_initialization
from gradlab.experiments.scale.standard_initialization import Profile

CONFIG = standard_initialization.Config()
TITLE = Text(zh="Glorot 与 Bengio：两种初始化下各层的梯度", en="Glorot and Bengio: gradients under two initializations")
SIZE = Text(zh="与最后一层之比（对数坐标）", en="relative to the last layer (log scale)")
STANDARD = Text(zh="当时的标准", en="standard of 2010")
NORMALIZED = Text(zh="他们提出的", en="theirs")
WEIGHTS = Text(zh="标准：权重的梯度", en="standard: weights")
STANDARD_COLUMN = Text(zh="‖δ‖，当时的标准", en="‖δ‖, standard of 2010")
NORMALIZED_COLUMN = Text(zh="‖δ‖，他们提出的", en="‖δ‖, theirs")
WEIGHTS_COLUMN = Text(zh="‖∂W‖，当时的标准", en="‖∂W‖, standard of 2010")
BIAS = 5 / (4 * CONFIG.width)
ALIKE = 1.2
"""Factor within which the layers' weight gradients count as alike."""
HALF = 0.5


def compute() -> standard_initialization.Result:
    """Record both kinds of networks."""
    return measured(standard_initialization, CONFIG)


def draw(figure: Figure, result: standard_initialization.Result, text: Localize) -> None:
    """Draw the gradients of both kinds by layer, and the weights' gradients of the first."""
    axes = figure.subplots()
    layers = range(1, result.config.depth + 1)
    standard, normalized = result.profiles
    axes.axhline(1, color=MUTED_LINE, linewidth=0.7)
    for profile, color, marker, label in ((standard, FIRST, "o", STANDARD), (normalized, SECOND, "s", NORMALIZED)):
        axes.plot(layers, profile.predicted_delta, color=PREDICTION, linewidth=1.2)
        axes.errorbar(
            layers,
            profile.delta,
            yerr=[2 * error for error in profile.delta_standard_error],
            color=color,
            marker=marker,
            linestyle="none",
            elinewidth=1,
            label=text(label),
        )
    axes.plot(layers, standard.weight_gradient, color=THIRD, marker="^", linestyle=":", label=text(WEIGHTS))
    axes.set_yscale("log")
    axes.set_xticks(list(layers))
    axes.set(xlabel=text(LAYER), ylabel=text(SIZE), ylim=(0.05, 2))
    label_curves(axes, "left")


def data(result: standard_initialization.Result) -> Table:
    """Every profile, layer by layer."""
    rows = tuple(
        (profile.initialization, layer, *row)
        for profile in result.profiles
        for layer, row in enumerate(
            zip(
                profile.delta,
                profile.delta_standard_error,
                profile.predicted_delta,
                profile.weight_gradient,
                profile.activation,
                strict=True,
            ),
            1,
        )
    )
    header = ("initialization", "layer", "delta", "standard_error", "mean_field", "weight_gradient", "activation")
    return Table(header, rows)


def table(result: standard_initialization.Result, text: Localize) -> Table:
    """List the sizes relative to the last layer."""
    standard, normalized = result.profiles
    columns = zip(standard.delta, normalized.delta, standard.weight_gradient, strict=True)
    rows: list[tuple[str | int, ...]] = []
    for layer, cells in enumerate(columns, 1):
        rows.append((layer, *(str(factor(cell)) for cell in cells)))
    return Table(tuple(map(text, (LAYER_COLUMN, STANDARD_COLUMN, NORMALIZED_COLUMN, WEIGHTS_COLUMN))), tuple(rows))


def _spread(profile: Profile) -> float:
    return max(profile.weight_gradient) / min(profile.weight_gradient)


def numbers(result: standard_initialization.Result) -> dict[str, Number]:
    standard, normalized = result.profiles
    return {
        "width": Number(CONFIG.width, "d"),
        "depth": Number(CONFIG.depth, "d"),
        "seeds": Number(CONFIG.seeds, "d"),
        "standard": factor(standard.delta[0]),
        "normalized": factor(normalized.delta[0]),
        "standard_fold": Number(1 / standard.delta[0], ".0f"),
        "normalized_fold": Number(1 / normalized.delta[0], ".1f"),
        "standard_linear": factor(3 ** (-(CONFIG.depth - 1) / 2)),
        "weights_spread": Number(_spread(standard) - 1, ".0%"),
        "standard_activation": factor(standard.activation[-1]),
        "normalized_activation": factor(normalized.activation[-1]),
    }


def _law(profile: Profile, sentence: Text) -> Check:
    layers = zip(profile.delta[:-1], profile.predicted_delta[:-1], profile.delta_standard_error[:-1], strict=True)
    return worst(standard_errors(*layer, BIAS * (CONFIG.depth - 1)) for layer in layers).check(
        sentence=sentence,
        shown=".4f",
        because=errors_and_width(CONFIG.seeds, CONFIG.width),
        source="∏ √χ_l, Schoenholz et al. 2017, arXiv:1611.01232",
    )


def checks(result: standard_initialization.Result) -> dict[str, Check]:
    standard, normalized = result.profiles
    return {
        "standard": _law(
            standard,
            Text(
                zh="Glorot 与 Bengio 的 tanh 网络用当时的标准初始化，梯度逐层变小，每层都符合平均场"
                "（取最接近出界的一层）",
                en="In Glorot and Bengio's tanh networks with the standard initialization of 2010 the gradient gets "
                "smaller layer by layer as mean-field theory says (the layer that comes closest to failing)",
            ),
        ),
        "normalized": _law(
            normalized,
            Text(
                zh="用他们提出的初始化，每层的梯度也符合平均场（取最接近出界的一层）",
                en="With the initialization that they propose it is in every layer what mean-field theory says, too "
                "(the layer that comes closest to failing)",
            ),
        ),
        "gains": Check(
            sentence=Text(
                zh="用他们提出的初始化，第一层的梯度是最后一层的多少，比当时的标准高出两倍以上（实测值是两者之商）",
                en="With the initialization that they propose the first layer keeps more than three times as much of "
                "the gradient as with the standard one (measured: the quotient)",
            ),
            measured=Number(normalized.delta[0] / standard.delta[0], ".2f"),
            relation=">",
            predicted=Number(3, "d"),
            because=Text(zh="界限离实测值很远", en="the bound is far from what is measured"),
            source=Text(zh="Glorot & Bengio 2010，图 7", en="Glorot & Bengio 2010, figure 7"),
        ),
        "weights": Check(
            sentence=Text(
                zh="两种初始化下，各层权重的梯度都一样大：最大与最小相差不到两成",
                en="Under either initialization the gradients of all layers' weights are alike: the largest is less "
                "than a fifth above the smallest",
            ),
            measured=Number(max(map(_spread, result.profiles)), ".3f"),
            relation="<",
            predicted=Number(ALIKE, "g"),
            because=Text(
                zh="a 变大的倍数正是 δ 变小的倍数，只差 tanh 的弯曲",
                en="a grows by the factor by which δ falls, but for the bend of tanh",
            ),
            source=Text(zh="Glorot & Bengio 2010，式 (14)", en="Glorot & Bengio 2010, equation (14)"),
        ),
        "still_falls": Check(
            sentence=Text(
                zh="用他们提出的初始化，梯度传到第一层仍不足一半",
                en="With the initialization that they propose less than half of the gradient arrives at layer 1",
            ),
            measured=factor(normalized.delta[0]),
            relation="<",
            predicted=Number(HALF, "g"),
            because=Text(
                zh="离零越远，tanh 的导数越小于 1；他们的推导只看零附近",
                en="off 0 the derivative of tanh is below 1, and their derivation is for small z",
            ),
            source="E tanh′² < 1",
        ),
    }
