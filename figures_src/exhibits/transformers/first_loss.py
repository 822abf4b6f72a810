"""The first loss of a transformer that uses its word table at the output as well."""

from figures_src.cache.results import measured
from figures_src.exhibits._shared.agreement import errors_of_seeds, standard_errors, worst
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Text
from gradlab.experiments.transformers import first_loss

CONFIG = first_loss.Config()
TITLE = Text(zh="权重共享与第一个损失", en="Tied embeddings and the first loss")
SMALL = 0.05
"""A loss may be that far from guessing, relative to it."""


def compute() -> first_loss.Result:
    """Measure every table."""
    return measured(first_loss, CONFIG)


def _points(result: first_loss.Result, scale: float) -> list[first_loss.Point]:
    return [point for point in result.points if point.scale == scale]


def numbers(result: first_loss.Result) -> dict[str, Number]:
    large, small = (_points(result, scale)[-1] for scale in CONFIG.scales)
    return {
        "width": Number(large.width, "d"),
        "words": Number(CONFIG.words, "d"),
        "guessing": Number(result.guessing, ".1f"),
        "large": Number(large.loss, ".0f"),
        "small": Number(small.loss, ".1f"),
        "small_scale": Number(small.scale, "g"),
    }


def checks(result: first_loss.Result) -> dict[str, Check]:
    large, small = (_points(result, scale) for scale in CONFIG.scales)
    because = errors_of_seeds(CONFIG.seeds)
    return {
        "large": worst(
            standard_errors(point.loss, point.predicted_loss, point.loss_standard_error, 0.05) for point in large
        ).check(
            sentence=Text(
                zh="词表的标准差为 1 且与输出层共享时，第一个损失与宽度成正比（取最接近出界的一个宽度）",
                en="With a tied table of standard deviation 1 the first loss is proportional to the width (the width "
                "that comes closest to failing)",
            ),
            shown=".1f",
            because=Text(
                zh=f"{because.zh}，再加 5%：其余的词也略有得分",
                en=f"{because.en}, and 5% for the scores of other words",
            ),
            source="(1 − 1/V) n/√q",
        ),
        "small": worst(
            standard_errors(point.loss, result.guessing, point.loss_standard_error, SMALL) for point in small
        ).check(
            sentence=Text(
                zh=f"词表的标准差为 {CONFIG.scales[1]:g} 时，第一个损失是随机猜测的 ln V（取最接近出界的一个宽度）",
                en=f"With a table of standard deviation {CONFIG.scales[1]:g} the first loss is ln V, that of guessing "
                "(the width that comes closest to failing)",
            ),
            shown=".2f",
            because=Text(zh=f"{because.zh}，再加 {SMALL:.0%}", en=f"{because.en}, and {SMALL:.0%}"),
            source="ln V",
        ),
    }
