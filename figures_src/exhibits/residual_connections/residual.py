"""Residual connections: unscaled they double the squared gradient at every block, scaled they keep it."""

import math
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_curves
from figures_src.exhibits._shared.agreement import errors_of_seeds, standard_errors
from figures_src.exhibits._shared.labels import decades, factor, magnitude, percent
from figures_src.exhibits._shared.results import Results
from figures_src.exhibits.residual_connections._residual import BRANCHES
from figures_src.model.exhibit import Answer, Check, Number, Question, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.architecture import residual
from gradlab.probing.diagnosis import NOTICEABLE

CONFIG = residual.Config()
TITLE = Text(zh="残差连接与梯度", en="Residual connections and the gradient")
NETWORK = Text(
    zh=f"网络（{CONFIG.blocks} 块，宽度 {CONFIG.width}）", en=f"Network ({CONFIG.blocks} blocks, width {CONFIG.width})"
)
FORWARD = Text(zh="前向：每块 ‖z‖² 的因子", en="Forward: factor of ‖z‖² per block")
BACKWARD = Text(zh="反向：每块 ‖δ‖² 的因子", en="Backward: factor of ‖δ‖² per block")
PREDICTED_BACKWARD = Text(zh="反向的预测值", en="Backward, predicted")
GRADIENT = Text(zh=f"{CONFIG.blocks} 块之后的 ‖δ‖", en=f"‖δ‖ after {CONFIG.blocks} blocks")
RELU_PLAIN = Text(zh="ReLU，He，无残差", en="ReLU, He, plain")
RELU = Text(zh="ReLU，He，残差", en="ReLU, He, residual")
RELU_SCALED = Text(zh="ReLU，He，残差 × 1/√L", en="ReLU, He, residual × 1/√L")
RELU_NORMALIZED = Text(zh="ReLU，He，残差，分支有 BN", en="ReLU, He, residual, BN in the branch")
SIGMOID_PLAIN = Text(zh="Sigmoid，Xavier，无残差", en="Sigmoid, Xavier, plain")
SIGMOID = Text(zh="Sigmoid，Xavier，残差", en="Sigmoid, Xavier, residual")
TANH_PLAIN = Text(zh="Tanh，Xavier，无残差", en="Tanh, Xavier, plain")
TANH = Text(zh="Tanh，Xavier，残差", en="Tanh, Xavier, residual")
PASSED = Text(zh="经过的块数", en="blocks passed")
GROWTH = Text(zh="范数平方的倍数（对数坐标）", en="growth of the squared norm (log scale)")


NORM_ERRORS = Text(
    zh=f"{errors_of_seeds(CONFIG.seeds).zh}（范数的误差是其平方的一半）",
    en=f"{errors_of_seeds(CONFIG.seeds).en} (a norm's error is half that of its square)",
)
NOTICED = math.exp(NOTICEABLE)
"""Factor from which the probe takes notice."""


@dataclass(frozen=True)
class Result(Results):
    """Branches at scale 1, and scaled by 1/√L."""

    one: residual.Result
    scaled: residual.Result

    @property
    def branches(self) -> dict[str, residual.Series]:
        """The three ReLU networks of the figure, by key of `BRANCHES`."""
        return {
            "one": self.one.relu,
            "inverse_sqrt_depth": self.scaled.relu,
            "batch_norm": self.one.relu_batch_norm,
        }


def compute() -> Result:
    """Run both scales of the branch."""
    scaled = residual.Config(scale="inverse_sqrt_depth")
    return Result(measured(residual, CONFIG), measured(residual, scaled))


def draw(figure: Figure, result: Result, text: Localize) -> None:
    """Draw both profiles of three networks against the blocks passed: the signal forward, the gradient backward."""
    axes = figure.subplots()
    blocks = result.one.config.blocks
    passed = range(blocks + 1)
    some = slice(0, None, 4)
    for name, series in result.branches.items():
        label, color, marker, dashes = BRANCHES[name]
        forward, backward = series.predicted_forward_profile, series.predicted_backward_profile[::-1]
        for prediction in (forward, backward):
            axes.plot(passed, prediction, color=color, linestyle=dashes, linewidth=1.2)
        dots: dict[str, Any] = {"color": color, "marker": marker, "linestyle": "none"}
        axes.plot(passed[some], series.backward_profile[::-1][some], label=text(label), **dots)
        axes.plot(passed[some], series.forward_profile[some], markerfacecolor="none", markersize=7, **dots)
    axes.set(yscale="log", xlabel=text(PASSED), ylabel=text(GROWTH), xlim=(-0.7, blocks + 0.7), ylim=(0.6, 2e10))
    axes.set_xticks(range(0, blocks + 1, 8))
    label_curves(axes)


def data(result: Result) -> Table:
    """The profiles of the figure: forward from the first block on, backward from the last."""
    header = ["blocks_passed"]
    columns: list[tuple[float, ...]] = []
    for name, series in result.branches.items():
        header += [f"{name}_{part}" for part in ("forward", "predicted_forward", "backward", "predicted_backward")]
        columns += [
            series.forward_profile,
            series.predicted_forward_profile,
            series.backward_profile[::-1],
            series.predicted_backward_profile[::-1],
        ]
    return Table(tuple(header), tuple(zip(range(result.one.config.blocks + 1), *columns, strict=True)))


def table(result: Result, text: Localize) -> Table:
    """List the networks."""
    one = result.one
    listed = (
        (RELU_PLAIN, one.relu_plain),
        (RELU, one.relu),
        (RELU_SCALED, result.scaled.relu),
        (RELU_NORMALIZED, one.relu_batch_norm),
        (SIGMOID_PLAIN, one.sigmoid_plain),
        (SIGMOID, one.sigmoid),
        (TANH_PLAIN, one.tanh_plain),
        (TANH, one.tanh),
    )
    rows = tuple(
        (
            text(name),
            str(factor(series.forward_factor)),
            str(factor(series.backward_factor)),
            str(factor(series.predicted_backward_factor)),
            str(magnitude(series.gradient_ratio)),
        )
        for name, series in listed
    )
    return Table(tuple(map(text, (NETWORK, FORWARD, BACKWARD, PREDICTED_BACKWARD, GRADIENT))), rows)


def numbers(result: Result) -> dict[str, Number]:
    one, scaled = result.one, result.scaled
    return {
        "blocks": Number(one.config.blocks, "d"),
        "width": Number(one.config.width, "d"),
        "seeds": Number(one.config.seeds, "d"),
        "batch": Number(one.config.batch, "d"),
        "forward_factor": factor(one.relu.forward_factor),
        "backward_factor": factor(one.relu.backward_factor),
        "predicted_factor": Number(one.predicted_factor, "g"),
        "norm_factor": factor(math.sqrt(one.relu.backward_factor)),
        "total_backward": decades(one.relu.total_backward),
        "total_forward": decades(one.relu.total_forward),
        "gradient_ratio": decades(one.relu.gradient_ratio),
        "scaled_forward_factor": factor(scaled.relu.forward_factor),
        "scaled_backward_factor": factor(scaled.relu.backward_factor),
        "scaled_predicted_factor": factor(scaled.predicted_factor),
        "scaled_total_backward": Number(scaled.relu.total_backward, ".2f"),
        "scaled_total_forward": Number(scaled.relu.total_forward, ".2f"),
        "scaled_predicted_total": Number(scaled.predicted_total, ".2f"),
        "scaled_predicted_ratio": Number(math.sqrt(scaled.predicted_total), ".2f"),
        "scaled_gradient_ratio": Number(scaled.relu.gradient_ratio, ".2f"),
        "normalized_total_forward": Number(one.relu_batch_norm.total_forward, ".1f"),
        "normalized_predicted_forward": Number(one.relu_batch_norm.predicted_forward_profile[-1], ".0f"),
        "normalized_total_backward": Number(one.relu_batch_norm.total_backward, ".0f"),
        "largest_error": percent(max(_total_errors(result)), 0),
        "normalized_gradient_ratio": Number(one.relu_batch_norm.gradient_ratio, ".1f"),
        "tanh_ratio": Number(one.tanh.gradient_ratio, ".1f"),
        "tanh_ratio_plain": Number(one.tanh_plain.gradient_ratio, ".2f"),
        "sigmoid_ratio": Number(one.sigmoid.gradient_ratio, ".2f"),
        "sigmoid_ratio_plain": decades(one.sigmoid_plain.gradient_ratio),
    }


def _total_errors(result: Result) -> list[float]:
    """The relative standard errors of all totals in the figure, forward and backward."""
    blocks = result.one.config.blocks
    return [
        blocks * error / value
        for series in result.branches.values()
        for value, error in (
            (series.forward_factor, series.forward_factor_standard_error),
            (series.backward_factor, series.backward_factor_standard_error),
        )
    ]


def checks(result: Result) -> dict[str, Check]:
    one, scaled = result.one, result.scaled
    blocks = one.config.blocks
    relu, normalized = one.relu, one.relu_batch_norm
    # A relative error of the factor per block becomes one as many times as large over all blocks.
    scaled_error = blocks * scaled.relu.backward_factor_standard_error / scaled.relu.backward_factor
    tanh_error = 2 * blocks * one.tanh.backward_factor_standard_error / one.tanh.backward_factor
    return {
        "doubles": Check(
            sentence=Text(
                zh="不缩放的 ReLU 残差块（He 初始化）每块使梯度的范数变为原来的 √2 倍",
                en="An unscaled ReLU block with He initialization multiplies the norm of the gradient by √2",
            ),
            measured=Number(math.sqrt(relu.backward_factor), ".4f"),
            relation="≈",
            predicted=Number(math.sqrt(one.predicted_factor), ".4f"),
            tolerance=standard_errors(
                relu.backward_factor, one.predicted_factor, relu.backward_factor_standard_error
            ).tolerance
            / 2,
            because=NORM_ERRORS,
            source="√(1 + s² σ_w²/2)",
        ),
        "scaled": Check(
            sentence=Text(
                zh="残差分支乘以 1/√L 后，全部 L 块合起来只把梯度的范数乘以 (1 + 1/L)^(L/2)，小于 √e",
                en="With the branch scaled by 1/√L, all L blocks together multiply the norm of the gradient "
                "by only (1 + 1/L)^(L/2), which is below √e",
            ),
            measured=Number(scaled.relu.gradient_ratio, ".4f"),
            relation="≈",
            predicted=Number(math.sqrt(scaled.predicted_total), ".4f"),
            tolerance=2 * scaled_error,
            because=NORM_ERRORS,
            source="(1 + 1/L)^(L/2), Hanin & Rolnick 2018, arXiv:1803.01719",
        ),
        "stream": Check(
            sentence=Text(
                zh="分支开头有批量归一化时，前向的 ‖z‖² 每块增加同样多，L 块之后是 1 + L/2 倍",
                en="With batch normalization at the head of the branch every block adds the same amount to ‖z‖² "
                "on the way forward: 1 + L/2 times after L blocks",
            ),
            measured=Number(normalized.total_forward, ".3f"),
            relation="≈",
            predicted=Number(normalized.predicted_forward_profile[-1], ".3f"),
            tolerance=4 * blocks * normalized.forward_factor_standard_error / normalized.forward_factor,
            because=errors_of_seeds(CONFIG.seeds),
            source="q_l = 2 + l, De & Smith 2020, arXiv:2002.10444",
        ),
        "tanh_grows": Check(
            sentence=Text(
                zh=f"残差分支不缩放时，Tanh 网络的梯度在 {CONFIG.blocks} 块之后增长到 {NOTICED:g} 倍以上",
                en=f"With the branch unscaled a tanh network's gradient grows by more than a factor of {NOTICED:g} "
                f"over {CONFIG.blocks} blocks",
            ),
            measured=Number(one.tanh.gradient_ratio * (1 - tanh_error), ".1f"),
            relation=">",
            predicted=Number(NOTICED, "g"),
            because=Text(
                zh="实测值已减去 4 倍标准误差；右边是探针开始留意的倍数",
                en="4 standard errors are already subtracted; on the right the factor from which the probe takes "
                "notice",
            ),
            source="gradlab.probing",
        ),
        "sigmoid": _arrives(
            one,
            one.sigmoid,
            Text(
                zh=f"有残差连接时，{CONFIG.blocks} 块之后 Sigmoid 网络的梯度仍与原来相当",
                en=f"With residual connections a sigmoid network's gradient is still there after {CONFIG.blocks} "
                "blocks",
            ),
        ),
        "tanh": _arrives(
            one,
            one.tanh,
            Text(
                zh=f"有残差连接时，Tanh 网络的梯度在 {CONFIG.blocks} 块之后不消失，增长到平均场预测的大小",
                en=f"With residual connections a tanh network's gradient does not vanish in {CONFIG.blocks} blocks, "
                "and grows by what mean-field theory predicts",
            ),
        ),
    }


def _arrives(result: residual.Result, series: residual.Series, sentence: Text) -> Check:
    # The norm is the root of what the factor per block multiplies.
    error = result.config.blocks / 2 * series.backward_factor_standard_error / series.backward_factor
    return Check(
        sentence=sentence,
        measured=Number(series.gradient_ratio, ".4f"),
        relation="≈",
        predicted=Number(series.predicted_gradient_ratio, ".4f"),
        tolerance=4 * error,
        because=errors_of_seeds(CONFIG.seeds),
        source="∏ √(1 + s² χ)",
    )


def questions(result: Result) -> dict[str, Question]:
    blocks = result.one.config.blocks
    scaled = Number(result.scaled.predicted_total, ".2f")
    guesses = (Number(1, "g"), scaled, Number(blocks, "d"), decades(result.one.predicted_total))
    answer = Answer(decades(result.one.relu.total_backward), guesses)
    blocks_axis = Text(zh="残差块", en="residual block")
    return {"growth": Question((answer,), curve=result.one.relu.backward_profile, axis=blocks_axis)}
