"""Xiong et al. 2020 at the sizes of their figure: the last layer's gradient with both places of the normalization."""

from matplotlib.figure import Figure

from figures_src.cache.results import measured
from figures_src.exhibits.transformers._placements import SOURCE, data, draw_gradients, of, shown, slope, slope_checks
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Localize, Text
from gradlab.experiments.transformers import norm_placement

CONFIG = norm_placement.Config(blocks=(6, 8, 10, 12, 14), seeds=12)
TITLE = Text(zh="Xiong 等 2020：最后一层的梯度", en="Xiong et al. 2020: the gradient of the last layer")

__all__ = ["data"]


def compute() -> norm_placement.Result:
    """Measure both placements at their sizes."""
    return measured(norm_placement, CONFIG)


def draw(figure: Figure, result: norm_placement.Result, text: Localize) -> None:
    """Draw the last layer's gradient against the number of blocks."""
    draw_gradients(figure.subplots(), result, text)


def numbers(result: norm_placement.Result) -> dict[str, Number]:
    pre, post = of(result, "pre"), of(result, "post")
    return {
        "first": Number(CONFIG.blocks[0], "d"),
        "last": Number(CONFIG.blocks[-1], "d"),
        "seeds": Number(CONFIG.seeds, "d"),
        "width": Number(CONFIG.width, "d"),
        "positions": Number(CONFIG.positions, "d"),
        "words": Number(CONFIG.words, "d"),
        "pre_slope": shown(slope(result, "pre").value),
        "predicted_slope": shown(slope(result, "pre").predicted),
        "post_slope": shown(slope(result, "post").value),
        "pre_left": Number(pre[-1].gradient / pre[0].gradient, ".2f"),
        "post_left": Number(post[-1].gradient / post[0].gradient, ".2f"),
        "ratio": Number(post[-1].gradient / pre[-1].gradient, ".1f"),
    }


def checks(result: norm_placement.Result) -> dict[str, Check]:
    pre, post = of(result, "pre"), of(result, "post")
    return {
        **slope_checks(result, CONFIG),
        "larger": Check(
            sentence=Text(
                zh="每种块数下，后置归一化时最后一层的梯度都大于前置归一化时（实测值是最小的商）",
                en="At every number of blocks the last layer's gradient is larger with post-norm than with pre-norm "
                "(measured: the smallest quotient)",
            ),
            measured=Number(min(one.gradient / other.gradient for one, other in zip(post, pre, strict=True)), ".2f"),
            relation=">",
            predicted=Number(1, "d"),
            because=Text(zh="界限离实测值很远", en="the bound is far from what is measured"),
            source=SOURCE,
        ),
    }
