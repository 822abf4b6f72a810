"""Pre-norm against post-norm: how the gradient of the last layer depends on the number of blocks."""

import math

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.exhibits._shared.agreement import standard_errors
from figures_src.exhibits.transformers._placements import data, draw_gradients, of, shown, slope, slope_checks
from figures_src.model.exhibit import Answer, Check, Number, Question, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.transformers import norm_placement

CONFIG = norm_placement.Config()
TITLE = Text(zh="归一化的位置与最后一层的梯度", en="The place of the normalization and the last layer's gradient")
PLACED = {"pre": Text(zh="前置", en="pre-norm"), "post": Text(zh="后置", en="post-norm")}
NORMALIZATION = Text(zh="归一化", en="Normalization")
BLOCKS_COLUMN = Text(zh="块数 L", en="Blocks L")
GRADIENT_COLUMN = Text(zh="最后一层的梯度", en="Gradient of the last layer")
STREAM = Text(zh="流的均方值", en="Mean square of the stream")
STREAM_PREDICTED = Text(zh="均方值的预测", en="Mean square, predicted")
DELTA = Text(zh="‖δ‖ 往回的倍数", en="Growth of ‖δ‖ on the way back")
DELTA_PREDICTED = Text(zh="倍数的预测", en="Growth, predicted")
# The exercise asks for more blocks than were measured.
EXERCISE_BLOCKS = 96

__all__ = ["data"]


def compute() -> norm_placement.Result:
    """Measure both placements at every depth."""
    return measured(norm_placement, CONFIG)


def draw(figure: Figure, result: norm_placement.Result, text: Localize) -> None:
    """Draw the last layer's gradient against the number of blocks."""
    draw_gradients(figure.subplots(), result, text)


def table(result: norm_placement.Result, text: Localize) -> Table:
    """List every point."""
    rows = tuple(
        (
            text(PLACED[point.placement]),
            point.blocks,
            f"{point.gradient:.3f}",
            f"{point.stream[-1]:.1f}",
            f"{point.predicted_stream[-1]:.1f}",
            f"{point.delta[0]:.2f}",
            f"{point.predicted_delta[0]:.2f}",
        )
        for point in result.points
    )
    columns = (NORMALIZATION, BLOCKS_COLUMN, GRADIENT_COLUMN, STREAM, STREAM_PREDICTED, DELTA, DELTA_PREDICTED)
    return Table(tuple(map(text, columns)), rows)


def _share(blocks: int) -> float:
    """By what the final normalization divides the gradient, for any depth."""
    return 1 / math.sqrt(theory.transformer_mean_field("pre", blocks, CONFIG.positions).q[-1])


def numbers(result: norm_placement.Result) -> dict[str, Number]:
    pre, post = of(result, "pre"), of(result, "post")
    first, last = CONFIG.blocks[0], CONFIG.blocks[-1]
    return {
        "first": Number(first, "d"),
        "last": Number(last, "d"),
        "times": Number(last // first, "d"),
        "seeds": Number(CONFIG.seeds, "d"),
        "width": Number(CONFIG.width, "d"),
        "positions": Number(CONFIG.positions, "d"),
        "words": Number(CONFIG.words, "d"),
        "pre_left": Number(pre[-1].gradient / pre[0].gradient, ".2f"),
        "post_left": Number(post[-1].gradient / post[0].gradient, ".2f"),
        "root_left": Number(math.sqrt(first / last), ".2f"),
        "inverse_left": Number(first / last, ".3f"),
        "squared_left": Number((first / last) ** 2, ".3f"),
        "pre_slope": shown(slope(result, "pre").value),
        "pre_predicted_slope": shown(slope(result, "pre").predicted),
        "post_slope": shown(slope(result, "post").value),
        "stream_first": Number(pre[0].stream[-1], ".0f"),
        "stream_last": Number(pre[-1].stream[-1], ".0f"),
        "pre_delta": Number(pre[-1].delta[0], ".1f"),
        "post_delta": Number(post[-1].delta[0], ".1f"),
        "exercise_blocks": Number(EXERCISE_BLOCKS, "d"),
        "exercise_left": Number(_share(EXERCISE_BLOCKS) / _share(last), ".2f"),
        "exercise_root": Number(math.sqrt(last / EXERCISE_BLOCKS), ".2f"),
    }


def checks(result: norm_placement.Result) -> dict[str, Check]:
    deepest = of(result, "pre")[-1]
    grown = standard_errors(deepest.stream[-1], deepest.predicted_stream[-1], 0.0, bias=0.25)
    post = of(result, "post")[-1]
    return {
        **slope_checks(result, CONFIG),
        "stream": grown.check(
            sentence=Text(
                zh=f"前置归一化时，残差流的均方值在 {deepest.blocks} 块之后增长到预测的倍数",
                en=f"With pre-norm the stream's mean square grows over {deepest.blocks} blocks as predicted",
            ),
            shown=".1f",
            because=Text(
                zh=f"宽度只有 {CONFIG.width}，每块的份额与无限宽时相差至多四分之一",
                en=f"at a width of {CONFIG.width} a block's share is within a quarter of that at infinite width",
            ),
            source="q′ = q + g u",
        ),
        "post_arrives": Check(
            sentence=Text(
                zh=f"后置归一化时，{post.blocks} 块之后梯度仍有四分之一以上",
                en=f"With post-norm more than a quarter of the gradient is left after {post.blocks} blocks",
            ),
            measured=Number(post.delta[0], ".2f"),
            relation=">",
            predicted=Number(0.25, "g"),
            because=Text(
                zh=f"理论值是 {post.predicted_delta[0]:.2f}，界限远低于它",
                en=f"theory says {post.predicted_delta[0]:.2f}, far above the bound",
            ),
            source="∏ √((1 + g r)/q′)",
        ),
    }


def questions(result: norm_placement.Result) -> dict[str, Question]:
    pre = of(result, "pre")
    offered = numbers(result)
    guesses = (Number(1, "d"), offered["root_left"], offered["inverse_left"], offered["squared_left"])
    return {"last_layer": Question((Answer(Number(pre[-1].gradient / pre[0].gradient, ".2f"), guesses),))}
