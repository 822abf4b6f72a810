"""Seven starts of a transformer's branches: growth of stream and gradient over all blocks."""

from figures_src.cache.results import measured
from figures_src.exhibits._shared.agreement import errors_of_seeds, standard_errors, worst
from figures_src.exhibits._shared.labels import magnitude
from figures_src.exhibits.transformers._placements import POST, PRE
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.transformers import branch_starts

CONFIG = branch_starts.Config()
TITLE = Text(zh="分支怎样开始", en="How branches begin")
START = Text(zh="开始的办法", en="Start")
STARTS = {
    "none": Text(zh="没有归一化", en="no normalization"),
    "post": POST,
    "pre": PRE,
    "gpt2": Text(zh="GPT-2：前置，输出 ÷ √(2L)", en="GPT-2: pre-norm, outputs ÷ √(2L)"),
    "deepnorm": Text(zh="DeepNorm：后置，流的份额加大", en="DeepNorm: post-norm, larger stream"),
    "fixup": Text(zh="Fixup：无归一化，输出为 0", en="Fixup: no normalization, outputs 0"),
    "rezero": Text(zh="ReZero：无归一化，系数为 0", en="ReZero: no normalization, factor 0"),
}
SMALL = ("gpt2", "deepnorm", "fixup", "rezero")
"""Starts whose branches are small beside the stream."""
# Theory is for infinitely many units, and each of these starts adds in all blocks together no more than one block does.
BIAS = 0.03


def compute() -> branch_starts.Result:
    """Measure every start at every depth."""
    return measured(branch_starts, CONFIG)


def _points(result: branch_starts.Result, blocks: int) -> dict[str, branch_starts.Point]:
    return {point.start: point for point in result.points if point.blocks == blocks}


def table(result: branch_starts.Result, text: Localize) -> Table:
    """List every start, with the deepest network."""
    deepest = CONFIG.blocks[-1]
    columns = (
        START,
        Text(zh=f"残差流（{deepest} 块）", en=f"Stream ({deepest} blocks)"),
        Text(zh="预测", en="Predicted"),
        Text(zh="梯度，往回", en="Gradient, on the way back"),
        Text(zh="梯度的预测", en="Gradient, predicted"),
    )
    rows = tuple(
        (
            text(STARTS[name]),
            str(magnitude(point.stream)),
            str(magnitude(point.predicted_stream)),
            str(magnitude(point.gradient)),
            str(magnitude(point.predicted_gradient)),
        )
        for name, point in _points(result, deepest).items()
    )
    return Table(tuple(map(text, columns)), rows)


def numbers(result: branch_starts.Result) -> dict[str, Number]:
    deepest = CONFIG.blocks[-1]
    return {
        "blocks": Number(deepest, "d"),
        "none_stream": magnitude(_points(result, deepest)["none"].stream),
        "pre_stream": magnitude(_points(result, deepest)["pre"].stream),
        "gpt2_stream": magnitude(_points(result, deepest)["gpt2"].stream),
        "gpt2_factor": Number((2 * deepest) ** -0.5, ".3f"),
        "gpt2_deviation": Number(0.02 * (2 * deepest) ** -0.5, ".4f"),
    }


def checks(result: branch_starts.Result) -> dict[str, Check]:
    deepest = _points(result, CONFIG.blocks[-1])
    small = [point for point in result.points if point.start in SMALL]
    because = Text(
        zh=f"{errors_of_seeds(CONFIG.seeds).zh}，再加有限宽度的偏差 {BIAS:.0%}",
        en=f"{errors_of_seeds(CONFIG.seeds).en}, and a bias of {BIAS:.0%} of the finite width",
    )
    return {
        "small": worst(
            standard_errors(measured, predicted, error, BIAS)
            for point in small
            for measured, predicted, error in (
                (point.stream, point.predicted_stream, point.stream_standard_error),
                (point.gradient, point.predicted_gradient, point.gradient_standard_error),
            )
        ).check(
            sentence=Text(
                zh="GPT-2、DeepNorm、Fixup 和 ReZero 的开始办法都使残差流与梯度保持大小，与块数无关，与理论相符"
                "（取最接近出界的一个）",
                en="The starts of GPT-2, DeepNorm, Fixup and ReZero keep stream and gradient at their size whatever "
                "the number of blocks, as theory says (the one closest to failing)",
            ),
            shown=".3f",
            because=because,
            source="q′ = a² q + g u",
        ),
        "none": Check(
            sentence=Text(
                zh=f"没有归一化，分支也不缩小时，残差流在 {CONFIG.blocks[-1]} 块之后增长到一千倍以上",
                en=f"With neither normalization nor small branches the stream grows more than a thousandfold over "
                f"{CONFIG.blocks[-1]} blocks",
            ),
            measured=magnitude(deepest["none"].stream),
            relation=">",
            predicted=Number(1000, "d"),
            because=Text(zh="界限远低于实测值", en="the bound is far below what is measured"),
            source="(1 + g)^L",
        ),
    }
