"""The network of `mended` as its report sees it: the gradient of every layer, before and after, with theory."""

import math

from matplotlib.figure import Figure

from figures_src.drawing.end_labels import label_curves
from figures_src.drawing.style import FIRST, PREDICTION, SECOND, layer_ticks
from figures_src.exhibits._shared.labels import HE, LAYER, PYTORCH_DEFAULT, decades, factor
from figures_src.exhibits.diagnosis.mended import compute as compute
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.diagnosis import mended
from gradlab.probing import prediction, structure
from gradlab.probing.diagnosis import BAND
from gradlab.probing.step import Step

TITLE = Text(zh="照报告修好一个网络：梯度", en="A network mended by its report: the gradient")
GRADIENT = Text(zh="‖δ‖（对数坐标）", en="‖δ‖ (log scale)")


def _measured(step: Step) -> list[float]:
    (stretch,) = structure.stretches(step)
    return [call.delta_norm or 0.0 for call in stretch.calls]


def _predicted(step: Step) -> list[float]:
    """‖δ‖ from the last hidden layer back, by the factors that theory gives these weights."""
    (stretch,) = structure.stretches(step)
    weights = {parameter.name: parameter for parameter in step.parameters}
    values = [stretch.calls[-1].delta_norm or 0.0]
    for link in reversed(stretch.links):
        values.append(values[-1] * math.exp(prediction.log_factor(link, weights) or 0.0))
    return values[::-1]


def _deviation(step: Step) -> float:
    """By how many standard deviations of the finite-width law the whole ratio is off its prediction."""
    (stretch,) = structure.stretches(step)
    expected = prediction.expectation(stretch, {parameter.name: parameter for parameter in step.parameters})
    off = math.log(_measured(step)[0] / _measured(step)[-1]) - (expected.predicted or 0.0) - expected.drift
    return abs(off) / expected.standard_deviation


def draw(figure: Figure, result: mended.Result, text: Localize) -> None:
    """Draw the gradient along the layers with the prediction, before and after."""
    axes = figure.subplots()
    for run, color, marker, label in (
        (result.he, FIRST, "o", HE),
        (result.default, SECOND, "s", PYTORCH_DEFAULT),
    ):
        layers = range(1, len(_measured(run.step)) + 1)
        axes.plot(layers, _predicted(run.step), color=PREDICTION, linewidth=1.2)
        axes.plot(layers, _measured(run.step), color=color, marker=marker, linestyle="none", label=text(label))
    axes.set_yscale("log")
    axes.set_xlabel(text(LAYER))
    axes.set_ylabel(text(GRADIENT))
    layer_ticks(axes, len(_measured(result.he.step)))
    label_curves(axes, "left")


def data(result: mended.Result) -> Table:
    """Both networks with their predictions."""
    columns = [values for run in (result.default, result.he) for values in (_measured(run.step), _predicted(run.step))]
    header = ("layer", "default", "default_predicted", "he", "he_predicted")
    return Table(header, tuple(zip(range(1, len(columns[0]) + 1), *columns, strict=True)))


def numbers(result: mended.Result) -> dict[str, Number]:
    offered: dict[str, Number] = {}
    for name, run in (("default", result.default), ("he", result.he)):
        values, expected = _measured(run.step), _predicted(run.step)
        ratio, steps = values[0] / values[-1], len(values) - 1
        offered |= {
            f"{name}_ratio": decades(ratio) if name == "default" else Number(ratio, ".2f"),
            f"{name}_factor": factor(ratio ** (1 / steps)),
            f"{name}_predicted": factor((expected[0] / expected[-1]) ** (1 / steps)),
        }
    return offered


def checks(result: mended.Result) -> dict[str, Check]:
    return {
        "theory": Check(
            sentence=Text(
                zh="前后两个网络的梯度都在预测值的噪声带之内（实测：差了几个标准差，取较大者）",
                en="Before and after, the gradient lies within the noise band of its prediction (measured: standard "
                "deviations off, the larger of the two)",
            ),
            measured=Number(max(_deviation(result.default.step), _deviation(result.he.step)), ".2f"),
            relation="<",
            predicted=Number(BAND, ".0f"),
            because=Text(zh="3 个标准差", en="three standard deviations"),
            source="Var ln ‖δ‖², Hanin & Nica 2020, arXiv:1812.05994",
        )
    }
