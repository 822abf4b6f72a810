"""Outputs and losses that contradict each other, each beside the same training without the contradiction."""

from figures_src.exhibits.causes import _pairs
from figures_src.exhibits.causes._pairs import scores
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Localize, Text
from gradlab.experiments.diagnosis.pairs import Result

TITLE = Text(zh="输出与损失互相矛盾", en="Output and loss contradict each other")
LABELS = {
    "normalized_twice": Text(zh="softmax 之后用交叉熵", en="Softmax before cross-entropy"),
    "logits_as_probabilities": Text(zh="nll_loss 直接用 logits", en="Logits into nll_loss"),
    "wrong_shapes": Text(zh="输出 (N)，目标 (N, 1)", en="Output (N), targets (N, 1)"),
    "output_cut": Text(zh="logits 后面有 Tanh", en="Tanh on the logits"),
    "targets_out_of_range": Text(zh="Sigmoid 输出，目标有正有负", en="Sigmoid output, targets of both signs"),
    "targets_not_scaled": Text(zh="目标没有缩放", en="Targets that are not scaled"),
    "first_loss_too_large": Text(zh="共用的嵌入层，标准差为 1", en="A tied embedding with a standard deviation of 1"),
    "output_saturated": Text(zh="判别器的 Sigmoid 饱和", en="A discriminator's saturated sigmoid"),
}
REGRESSIONS = ("wrong_shapes", "targets_out_of_range", "targets_not_scaled")


def compute() -> Result:
    """Every pair."""
    return _pairs.compute("outputs")


def listings(result: Result, language: Language) -> dict[str, str]:
    """The verdict and the findings on every fault."""
    return _pairs.listings(result, language)


def table(result: Result, text: Localize) -> Table:
    """The score of each pair, with the fault and without it."""
    return _pairs.table(LABELS, result, text)


def numbers(result: Result) -> dict[str, Number]:
    return {
        "steps": Number(result.config.steps, "d"),
        "shapes_score": Number(result.faulty["wrong_shapes"].score or 0.0, ".2f"),
    }


def checks(result: Result) -> dict[str, Check]:
    worst = min(scores(result.mended, [*LABELS]))
    best = max(scores(result.faulty, REGRESSIONS))
    return _pairs.told(LABELS, result) | {
        "mended": _pairs.learned(
            worst,
            ">",
            Text(
                zh="改正之后，每个网络都学到了九成以上（实测：最差的一个）",
                en="Once mended, every network learns nine tenths of what there is (measured: the worst of them)",
            ),
            "1 − MSE/Var",
        ),
        "regressions": _pairs.learned(
            best,
            "<",
            Text(
                zh="形状不同、目标超出范围、目标没有缩放：三者都学不到九成（实测：最好的一个）",
                en="With wrong shapes, targets out of range or targets not scaled nine tenths are not learned "
                "(measured: the best of the three)",
            ),
            "1 − MSE/Var",
        ),
    }
