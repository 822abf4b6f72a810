"""Fine at 10 layers, dead at 50: a factor per layer that Adam makes up for, until its ε is larger than the gradient."""

from figures_src.exhibits._shared.labels import factor, loss, magnitude
from figures_src.exhibits._shared.spirals import stuck
from figures_src.exhibits.symptoms._gallery import (
    EVERY_SEED,
    compute,
    delta_ratios,
    depth,
    largest_updates,
    looks,
    median_learns,
)
from figures_src.exhibits.symptoms._symptom import (
    BEFORE_COLUMN,
    DELTA_AXIS,
    DELTA_COLUMN,
    FINAL_LOSS_COLUMN,
    UPDATE_COLUMN,
    Panels,
    Symptom,
)
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Text
from gradlab import estimates
from gradlab.experiments.diagnosis import symptoms

__all__ = ["TITLE", "checks", "compute", "data", "draw", "numbers", "table"]

SHALLOW_DEPTH, DEEP_DEPTH = depth("shallow"), depth("deep")

TITLE = Text(
    zh=f"症状：{SHALLOW_DEPTH} 层正常，{DEEP_DEPTH} 层不动",
    en=f"Symptom: fine at {SHALLOW_DEPTH} layers, dead at {DEEP_DEPTH}",
)
FAULT = Text(zh=f"{DEEP_DEPTH} 层", en=f"{DEEP_DEPTH} layers")
FIXED = Text(zh=f"{DEEP_DEPTH} 层，He", en=f"{DEEP_DEPTH} layers, He")
SHALLOW = Text(zh=f"{SHALLOW_DEPTH} 层", en=f"{SHALLOW_DEPTH} layers")
ROWS = {
    "shallow": Text(zh=f"{SHALLOW_DEPTH} 层，PyTorch 默认，Adam", en=f"{SHALLOW_DEPTH} layers, PyTorch default, Adam"),
    "deep": Text(zh=f"{DEEP_DEPTH} 层，PyTorch 默认，Adam", en=f"{DEEP_DEPTH} layers, PyTorch default, Adam"),
    "alike": Text(zh=f"{DEEP_DEPTH} 层，He，梯度下降", en=f"{DEEP_DEPTH} layers, He, gradient descent"),
    "deep_fixed": Text(zh=f"{DEEP_DEPTH} 层，He，Adam", en=f"{DEEP_DEPTH} layers, He, Adam"),
}
ADAM_EPSILON = 1e-8


SYMPTOM = Symptom(
    shown={"shallow": ("beside", SHALLOW), "deep": ("fault", FAULT), "deep_fixed": ("fix", FIXED)},
    panels=Panels(DELTA_AXIS, lambda look: look.delta, lowest_loss=1e-7),
    rows=ROWS,
    columns=(BEFORE_COLUMN, FINAL_LOSS_COLUMN, DELTA_COLUMN, UPDATE_COLUMN),
)
draw, data, table = SYMPTOM.draw, SYMPTOM.data, SYMPTOM.table


def _largest_gradient(result: symptoms.Result, name: str) -> float:
    return max(max(look.gradient) for look in looks(result, name))


def numbers(result: symptoms.Result) -> dict[str, Number]:
    shallow, deep = result.case("shallow").trained, result.case("deep").trained
    return {
        "shallow_layers": Number(shallow.row.depth or result.config.depth, "d"),
        "deep_layers": Number(deep.row.depth or result.config.depth, "d"),
        "learning_rate": Number(deep.row.learning_rate, "g"),
        "factor": factor(estimates.geometric_mean(shallow.factors).value),
        "predicted_factor": factor(shallow.predicted_factor or 0.0),
        "shallow_ratio": magnitude(max(delta_ratios(result, "shallow"))),
        "deep_ratio": magnitude(max(delta_ratios(result, "deep"))),
        "fixed_ratio": magnitude(min(delta_ratios(result, "deep_fixed"))),
        "gradient": magnitude(_largest_gradient(result, "deep")),
        "shallow_gradient": magnitude(_largest_gradient(result, "shallow")),
        "update": magnitude(max(largest_updates(result, "deep"))),
        "epsilon": Number(ADAM_EPSILON, ".0e"),
        "shallow_loss": loss(shallow.median_final_loss),
        "fixed_loss": loss(result.case("deep_fixed").trained.median_final_loss),
        "descent_loss": magnitude(min(result.case("alike").trained.final_losses)),
    }


def checks(result: symptoms.Result) -> dict[str, Check]:
    return {
        "shallow": median_learns(
            result,
            "shallow",
            Text(
                zh=f"{SHALLOW_DEPTH} 层 ReLU 网络，PyTorch 默认初始化，用 Adam 学得会",
                en=f"A ReLU network of {SHALLOW_DEPTH} layers with PyTorch's default learns with Adam",
            ),
        ),
        "stuck": stuck(
            result.training,
            "deep",
            Text(
                zh=f"同样的网络有 {DEEP_DEPTH} 层，就停在 ln 2 上，每个随机种子都如此",
                en=f"The same network with {DEEP_DEPTH} layers stays at ln 2, from every seed",
            ),
        ),
        "vanishing": Check(
            sentence=Text(
                zh=f"用 PyTorch 默认初始化，{SHALLOW_DEPTH} 层和 {DEEP_DEPTH} 层的网络在第一步之前都被诊断为梯度消失，"
                "每个随机种子都如此（实测值是网络个数）",
                en=f"With PyTorch's default the probe calls the networks of {SHALLOW_DEPTH} and of {DEEP_DEPTH} layers "
                "vanishing before the first step, from every seed (measured: how many)",
            ),
            measured=Number(
                sum(look.verdict == "vanishing" for name in ("shallow", "deep") for look in looks(result, name)), "d"
            ),
            relation="=",
            predicted=Number(2 * result.config.seeds, "d"),
            because=Text(zh="个数是精确的", en="a count is exact"),
            source="√(σ_w²/2), He et al. 2015, arXiv:1502.01852",
        ),
        "epsilon": Check(
            sentence=Text(
                zh=f"{DEEP_DEPTH} 层时，每个隐藏层权重梯度的范数都小于 Adam 的 ε",
                en=f"With {DEEP_DEPTH} layers the weight gradient of every hidden layer has a norm below Adam's ε",
            ),
            measured=magnitude(_largest_gradient(result, "deep")),
            relation="<",
            predicted=Number(ADAM_EPSILON, ".0e"),
            because=EVERY_SEED,
            source="Δw = η m/(√v + ε), Kingma & Ba 2015, arXiv:1412.6980",
        ),
        "update": Check(
            sentence=Text(
                zh=f"{SHALLOW_DEPTH} 层时，Adam 的第一步把每个随机种子的某一层移动了千分之一以上",
                en=f"With {SHALLOW_DEPTH} layers Adam's first step moves some layer by more than a thousandth, from "
                "every seed",
            ),
            measured=magnitude(min(largest_updates(result, "shallow"))),
            relation=">",
            predicted=Number(1e-3, "g"),
            because=EVERY_SEED,
            source="η",
        ),
        "fixed": median_learns(
            result,
            "deep_fixed",
            Text(
                zh=f"{DEEP_DEPTH} 层，换成 He 初始化，用 Adam 学得会",
                en=f"With {DEEP_DEPTH} layers and He initialization the network learns with Adam",
            ),
        ),
    }
