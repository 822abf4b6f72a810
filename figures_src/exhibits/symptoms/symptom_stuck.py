"""My loss is stuck at 0.693: the gradient vanishes, or one of three other causes."""

from figures_src.exhibits._shared import agreement
from figures_src.exhibits._shared.labels import factor, loss, magnitude, percent, power_of_ten
from figures_src.exhibits._shared.spirals import stays_above, stuck
from figures_src.exhibits.symptoms._gallery import (
    EVERY_SEED,
    SETTINGS,
    compute,
    delta_ratios,
    depth,
    every_learns,
    largest_updates,
    looks,
    middle,
    rate,
    silent_shares,
    span,
)
from figures_src.exhibits.symptoms._symptom import (
    DELTA_AXIS,
    DELTA_COLUMN,
    FINAL_LOSS,
    UPDATE_COLUMN,
    Column,
    Panels,
    Symptom,
)
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Localize, Text
from gradlab import estimates
from gradlab.experiments.diagnosis import symptoms

__all__ = ["TITLE", "checks", "compute", "data", "draw", "numbers", "table"]

DEPTH, ALIKE_DEPTH = depth("stuck"), depth("alike")
DEAD_RATE, SLOW_RATE = rate("dead"), power_of_ten(SETTINGS["slow"].learning_rate)

TITLE = Text(zh="症状：损失停在 0.693", en="Symptom: the loss is stuck at 0.693")
FAULT = Text(zh="Sigmoid，Xavier", en="Sigmoid, Xavier")
FIXED = Text(zh="加上 BN", en="with BN")
CAUSE = Text(zh="原因", en="Cause")
SILENT = Text(zh="训练后静默的单元", en="Silent units after training")
COSINE = Text(zh="输入之间的余弦", en="Cosine between inputs")
CAUSES = {
    "stuck": Text(zh=f"梯度消失：{DEPTH} 层 Sigmoid", en=f"Vanishing: {DEPTH} sigmoid layers"),
    "dead": Text(zh=f"整层死亡：Adam，学习率 {DEAD_RATE}", en=f"Dead layer: Adam, rate {DEAD_RATE}"),
    "alike": Text(zh=f"输入一样：{ALIKE_DEPTH} 层 ReLU", en=f"Inputs alike: {ALIKE_DEPTH} ReLU layers"),
    "slow": Text(zh=f"更新量太小：学习率 {SLOW_RATE}", en=f"Steps too small: rate {SLOW_RATE}"),
}


def _final_loss(result: symptoms.Result, name: str, text: Localize) -> str:
    return span(result.case(name).trained.final_losses, text, factor)


def _silent(result: symptoms.Result, name: str, _: Localize) -> str:
    # A network without a ReLU has no unit that could be silent.
    known = all(look.silent for look in looks(result, name, end=True))
    return middle(silent_shares(result, name), lambda share: percent(share, 0)) if known else "–"


SYMPTOM = Symptom(
    shown={"stuck": ("fault", FAULT), "stuck_fixed": ("fix", FIXED)},
    panels=Panels(DELTA_AXIS, lambda look: look.delta, lowest_loss=2e-2),
    first=CAUSE,
    rows=CAUSES,
    columns=(
        Column(FINAL_LOSS, _final_loss),
        DELTA_COLUMN,
        UPDATE_COLUMN,
        Column(SILENT, _silent),
        Column(COSINE, lambda result, name, _: middle(result.case(name).trained.similarities, factor)),
    ),
)
draw, data, table = SYMPTOM.draw, SYMPTOM.data, SYMPTOM.table


def numbers(result: symptoms.Result) -> dict[str, Number]:
    fault = result.case("stuck").trained
    config = result.config
    return {
        "guessing": Number(result.chance_loss, ".3f"),
        "layers": Number(fault.row.depth or config.depth, "d"),
        "width": Number(config.width, "d"),
        "points": Number(config.points, "d"),
        "seeds": Number(config.seeds, "d"),
        "steps": Number(fault.row.steps or config.steps, "d"),
        "learning_rate": Number(fault.row.learning_rate, "g"),
        "factor": factor(estimates.geometric_mean(fault.factors).value),
        "predicted_factor": factor(fault.predicted_factor or 0.0),
        "delta_ratio": magnitude(max(delta_ratios(result, "stuck"))),
        "fixed_loss": loss(max(result.case("stuck_fixed").trained.final_losses)),
        "alike_layers": Number(result.case("alike").trained.row.depth or config.depth, "d"),
        "alike_cosine": Number(min(result.case("alike").trained.similarities), ".3f"),
        "slow_rate": Number(result.case("slow").trained.row.learning_rate, ".0e"),
    }


def checks(result: symptoms.Result) -> dict[str, Check]:
    training = result.training
    fault, alike, slow = (result.case(name).trained for name in ("stuck", "alike", "slow"))
    estimate = estimates.geometric_mean(fault.factors)
    bias = 5 / (4 * result.config.width)
    predicted = fault.predicted_factor or 0.0
    return {
        "stuck": stuck(
            training,
            "stuck",
            Text(
                zh=f"{DEPTH} 层 Sigmoid 网络停在 ln 2 上，每个随机种子都如此",
                en=f"A sigmoid network of {DEPTH} layers stays at ln 2, from every seed",
            ),
        ),
        "factor": agreement.standard_errors(estimate.value, predicted, estimate.standard_error, bias).check(
            sentence=Text(
                zh="停住的网络每层把梯度乘以平均场预测的因子",
                en="The stuck network multiplies the gradient at every layer by the factor of mean-field theory",
            ),
            shown=factor,
            because=agreement.errors_and_width(result.config.seeds, result.config.width),
            source="∏ √χ, Schoenholz et al. 2017, arXiv:1611.01232",
        ),
        "fixed": every_learns(
            result,
            "stuck_fixed",
            Text(
                zh="同样的网络加上批量归一化，每个随机种子都学会了",
                en="The same network with batch normalization learns from every seed",
            ),
        ),
        "alike": stays_above(
            alike.final_losses,
            result.chance_loss / 2,
            Text(
                zh=f"{ALIKE_DEPTH} 层的 He 网络用普通梯度下降，每个随机种子都没有降到随机猜测的损失的一半",
                en=f"With plain gradient descent a He network of {ALIKE_DEPTH} layers gets below half the loss of "
                "guessing from no seed",
            ),
        ),
        "alike_cosine": Check(
            sentence=Text(
                zh=f"训练前，{ALIKE_DEPTH} 层 He 网络的最后一个隐藏层里，输入之间的余弦已经接近 1",
                en=f"Before training, the inputs of a He network of {ALIKE_DEPTH} layers are nearly parallel in its "
                "last hidden layer",
            ),
            measured=Number(min(alike.similarities), ".4f"),
            relation=">",
            predicted=Number(0.95, "g"),
            because=EVERY_SEED,
            source="0.95",
        ),
        "slow": Check(
            sentence=Text(
                zh="更新量太小的网络，一步改变不了任何一层权重的十万分之一",
                en="Where the steps are too small, one changes no layer's weights by more than a hundred-thousandth",
            ),
            measured=magnitude(max(largest_updates(result, "slow"))),
            relation="<",
            predicted=Number(1e-5, ".0e"),
            because=EVERY_SEED,
            source="‖ΔW‖/‖W‖ = η ‖∂W‖/‖W‖",
        ),
        "slow_delta": Check(
            sentence=Text(
                zh="更新量太小的网络，首末两层的梯度相差不到 3 倍",
                en="Where the steps are too small, the gradients of the first and the last layer differ "
                "by less than a factor of 3",
            ),
            measured=Number(max(max(ratio, 1 / ratio) for ratio in delta_ratios(result, "slow")), ".2f"),
            relation="<",
            predicted=Number(3, "d"),
            because=EVERY_SEED,
            source=f"σ_w²/2 = {(slow.predicted_factor or 0.0):.0f}",
        ),
    }
