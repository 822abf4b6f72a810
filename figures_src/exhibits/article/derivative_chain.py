"""The chain of derivatives: the best case (1/4)^k beside what sigmoid networks measure."""

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, FOURTH, PREDICTION, SECOND, THIRD
from figures_src.exhibits._shared import scales
from figures_src.exhibits._shared.labels import (
    LAYERS_BACK,
    PYTORCH_DEFAULT,
    RELATIVE_GRADIENT,
    XAVIER,
    decades,
    factor,
    magnitude,
)
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.scale import sigma_map

# Times Xavier, whose σ_w is 1.
LARGE, LARGEST = 4.0, 12.0
TITLE = Text(
    zh="导数的连乘与 Sigmoid 网络的真实梯度",
    en="The chain of derivatives and the real gradient of sigmoid networks",
)
BEST_CASE = Text(zh="“最好情形” (1/4)ᵏ", en="“best case” (1/4)ᵏ")
FOUR = Text(zh=f"Xavier 的 {LARGE:g} 倍", en=f"{LARGE:g} × Xavier")
TWELVE = Text(zh=f"Xavier 的 {LARGEST:g} 倍", en=f"{LARGEST:g} × Xavier")
NETWORK = Text(zh="Sigmoid 网络", en="Sigmoid network")
SIGMA_W = Text(zh="尺度 $\\sigma_w$", en="Scale $\\sigma_w$")
FACTOR_MEASURED = Text(zh="逐层因子", en="Factor per layer")
FACTOR_PREDICTED = Text(zh="平均场<wbr>预测", en="Mean field")
RATIO = Text(
    zh=f"往回\N{NO-BREAK SPACE}{scales.SIGMOID.depth - 1}\N{NO-BREAK SPACE}层<wbr>的梯度",
    en=f"Gradient {scales.SIGMOID.depth - 1} layers back",
)

# Name, weight scale, label, colour and marker; the steepest last.
NETWORKS = (
    ("twelve", LARGEST, TWELVE, FOURTH, "D"),
    ("four", LARGE, FOUR, THIRD, "^"),
    ("xavier", scales.XAVIER, XAVIER, FIRST, "o"),
    ("default", scales.PYTORCH_DEFAULT, PYTORCH_DEFAULT, SECOND, "s"),
)


def compute() -> sigma_map.Result:
    """Measure sigmoid networks at many weight scales; this exhibit shows four of them."""
    return measured(sigma_map, scales.SIGMOID)


def _best_case(result: sigma_map.Result) -> list[float]:
    maximum = theory.derivative_maximum("sigmoid")
    return [maximum**k for k in range(result.config.depth)]


def draw(figure: Figure, result: sigma_map.Result, text: Localize) -> None:
    """Draw the gradient norm against the distance from the last layer, on a log axis."""
    axes = figure.subplots()
    back = range(result.config.depth)
    for _, sigma_w, label, color, marker in NETWORKS:
        point = scales.at(result, sigma_w)
        axes.plot(back, point.predicted_profile, color=color, linewidth=1.2)
        axes.plot(back, point.profile, color=color, marker=marker, linestyle="none", label=text(label))
    axes.plot(back, _best_case(result), color=PREDICTION, linestyle="--", label=text(BEST_CASE))
    axes.set_yscale("log")
    axes.set_xlabel(text(LAYERS_BACK))
    axes.set_ylabel(text(RELATIVE_GRADIENT))
    axes.set_xlim(-0.5, result.config.depth - 0.5)
    axes.set_xticks([0, 5, 10, 15, result.config.depth - 1])
    label_curves(axes)


def table(result: sigma_map.Result, text: Localize) -> Table:
    """List the networks, and the best case, by factor and by gradient after all layers."""
    maximum, best = theory.derivative_maximum("sigmoid"), _best_case(result)[-1]
    rows: list[tuple[str, ...]] = [(text(BEST_CASE), "–", "–", str(factor(maximum)), str(decades(best)))]
    for _, sigma_w, label, _, _ in NETWORKS:
        point = scales.at(result, sigma_w)
        numbers = (Number(sigma_w, ".3g"), factor(point.factor), factor(point.predicted_factor))
        rows.append((text(label), *map(str, numbers), str(magnitude(point.profile[-1]))))
    return Table(tuple(map(text, (NETWORK, SIGMA_W, FACTOR_MEASURED, FACTOR_PREDICTED, RATIO))), tuple(rows))


def data(result: sigma_map.Result) -> Table:
    """The four profiles with the smallest and the largest of the seeds."""
    header = ["k", "best_case"]
    columns: list[tuple[float, ...]] = [tuple(_best_case(result))]
    for name, sigma_w, _, _, _ in NETWORKS:
        point = scales.at(result, sigma_w)
        header += [f"{name}_{part}" for part in ("measured", "lowest_seed", "highest_seed", "predicted")]
        columns += [point.profile, point.profile_low, point.profile_high, point.predicted_profile]
    return Table(tuple(header), tuple(zip(range(result.config.depth), *columns, strict=True)))


def numbers(result: sigma_map.Result) -> dict[str, Number]:
    best = _best_case(result)[-1]
    offered = {
        "layers": Number(result.config.depth, "d"),
        "steps": Number(result.config.depth - 1, "d"),
        "width": Number(result.config.width, "d"),
        "best_case": decades(best),
        "best_case_factor": Number(theory.derivative_maximum("sigmoid"), "g"),
        "four_sigma_w": Number(4, "g"),
        "twelve_sigma_w": Number(12, "g"),
        "four_over_best_case": decades(scales.at(result, 4.0).profile[-1] / best),
    }
    for name, sigma_w, _, _, _ in NETWORKS:
        point = scales.at(result, sigma_w)
        ratio = point.profile[-1]
        offered[name] = Number(ratio, ".2f") if ratio > 1 else decades(ratio)
        offered[f"{name}_factor"] = factor(point.factor)
        offered[f"{name}_predicted_factor"] = factor(point.predicted_factor)
    return offered


def checks(result: sigma_map.Result) -> dict[str, Check]:
    xavier, four, twelve = (scales.at(result, sigma_w) for sigma_w in (scales.XAVIER, 4.0, 12.0))
    compared = scales.comparison(result, xavier)
    return {
        "xavier": compared.check(
            sentence=Text(
                zh="用 Xavier 初始化的 Sigmoid 网络，逐层因子符合平均场预测",
                en="With Xavier initialization the gradient of a sigmoid network shrinks per layer by what "
                "mean-field theory predicts",
            ),
            shown=".4f",
            because=scales.FINITE,
            source=scales.MEAN_FIELD_SOURCE,
        ),
        "bound": Check(
            sentence=Text(
                zh=f"权重大（Xavier 的 {LARGE:g} 倍）时，梯度远远高于“最好情形” (1/4)ᵏ：它只是导数的上界，"
                "不是梯度的上界",
                en=f"With large weights ({LARGE:g} times those of Xavier) the gradient stays far above the best case "
                "(1/4)ᵏ, which bounds the derivatives and not the gradient",
            ),
            measured=decades(four.profile_low[-1]),
            relation=">",
            predicted=decades(_best_case(result)[-1]),
            because=Text(
                zh=f"取 {scales.SIGMOID.seeds} 个随机种子中最小的梯度",
                en=f"the smallest gradient of the {scales.SIGMOID.seeds} seeds",
            ),
            source="∏ σ′(z) ≤ (1/4)ᵏ",
        ),
        "explodes": Check(
            sentence=Text(
                zh=f"权重为 Xavier 的 {LARGEST:g} 倍时，Sigmoid 网络的梯度会爆炸：每往回一层都变大",
                en=f"With weights {LARGEST:g} times those of Xavier a sigmoid network explodes: the gradient grows at "
                "every layer",
            ),
            measured=Number(twelve.factor - 4 * twelve.factor_standard_error, ".3f"),
            relation=">",
            predicted=Number(1, "g"),
            because=Text(
                zh=f"实测值已减去 {LARGE:g} 倍标准误差",
                en="4 standard errors are already subtracted from the measurement",
            ),
            source=scales.MEAN_FIELD_SOURCE,
        ),
    }
