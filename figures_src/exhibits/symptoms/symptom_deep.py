"""Fine at 10 layers, dead at 50: a factor per layer that Adam makes up for, until its ε is larger than the gradient."""

from matplotlib.figure import Figure

from figures_src.exhibits._shared.labels import factor, magnitude
from figures_src.exhibits._shared.spirals import stuck
from figures_src.exhibits.symptoms import _symptoms
from figures_src.exhibits.symptoms._symptoms import (
    BEFORE_VERDICT,
    DELTA_AXIS,
    DELTA_RATIO,
    EVERY_SEED,
    FINAL_LOSS,
    LARGEST_UPDATE,
    NETWORK,
    Curve,
    Panel,
    Role,
    compute,
    curves,
    delta_ratios,
    largest_updates,
    looks,
    median_learns,
    middle,
    span,
    verdicts,
)
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import estimates
from gradlab.experiments.diagnosis import symptoms

__all__ = ["TITLE", "checks", "compute", "data", "draw", "numbers", "table"]

TITLE = Text(zh="症状：10 层正常，50 层不动", en="Symptom: fine at 10 layers, dead at 50")
FAULT = Text(zh="50 层", en="50 layers")
FIXED = Text(zh="50 层，He", en="50 layers, He")
SHALLOW = Text(zh="10 层", en="10 layers")
SHOWN: dict[str, tuple[Role, Text]] = {
    "shallow": ("beside", SHALLOW),
    "deep": ("fault", FAULT),
    "deep_fixed": ("fix", FIXED),
}
ROWS = {
    "shallow": Text(zh="10 层，PyTorch 默认，Adam", en="10 layers, PyTorch default, Adam"),
    "deep": Text(zh="50 层，PyTorch 默认，Adam", en="50 layers, PyTorch default, Adam"),
    "alike": Text(zh="50 层，He，梯度下降", en="50 layers, He, gradient descent"),
    "deep_fixed": Text(zh="50 层，He，Adam", en="50 layers, He, Adam"),
}
ADAM_EPSILON = 1e-8


def _curves(result: symptoms.Result) -> tuple[Curve, ...]:
    return curves(result, SHOWN, lambda look: look.delta)


def draw(figure: Figure, result: symptoms.Result, text: Localize) -> None:
    """Draw the losses, and ‖δ‖ layer by layer before the first step."""
    _symptoms.draw(figure, _curves(result), Panel(DELTA_AXIS), result.chance_loss, text, lowest=1e-7)


def data(result: symptoms.Result) -> Table:
    """Both panels."""
    return _symptoms.data(_curves(result))


def table(result: symptoms.Result, text: Localize) -> Table:
    """List the networks."""
    rows = tuple(
        (
            text(label),
            verdicts([look.verdict for look in looks(result, name)], text),
            span(result.case(name).trained.final_losses, text),
            middle(delta_ratios(result, name)),
            middle(largest_updates(result, name)),
        )
        for name, label in ROWS.items()
    )
    return Table(tuple(map(text, (NETWORK, BEFORE_VERDICT, FINAL_LOSS, DELTA_RATIO, LARGEST_UPDATE))), rows)


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
        "shallow_loss": magnitude(shallow.median_final_loss),
        "fixed_loss": magnitude(result.case("deep_fixed").trained.median_final_loss),
        "descent_loss": magnitude(min(result.case("alike").trained.final_losses)),
    }


def checks(result: symptoms.Result) -> dict[str, Check]:
    return {
        "shallow": median_learns(
            result,
            "shallow",
            Text(
                zh="10 层 ReLU 网络，PyTorch 默认初始化，用 Adam 学得会",
                en="A ReLU network of 10 layers with PyTorch's default learns with Adam",
            ),
        ),
        "stuck": stuck(
            result.training,
            "deep",
            Text(
                zh="同样的网络有 50 层，就停在 ln 2 上，每个随机种子都如此",
                en="The same network with 50 layers stays at ln 2, from every seed",
            ),
        ),
        "vanishing": Check(
            sentence=Text(
                zh="用 PyTorch 默认初始化，10 层和 50 层的网络在第一步之前都被诊断为梯度消失，每个随机种子都如此"
                "（实测值是网络个数）",
                en="With PyTorch's default the probe calls the networks of 10 and of 50 layers vanishing before the "
                "first step, from every seed (measured: how many)",
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
                zh="50 层时，每个隐藏层权重梯度的范数都小于 Adam 的 ε",
                en="With 50 layers the weight gradient of every hidden layer has a norm below Adam's ε",
            ),
            measured=magnitude(_largest_gradient(result, "deep")),
            relation="<",
            predicted=Number(ADAM_EPSILON, ".0e"),
            because=EVERY_SEED,
            source="Δw = η m/(√v + ε), Kingma & Ba 2015, arXiv:1412.6980",
        ),
        "update": Check(
            sentence=Text(
                zh="10 层时，Adam 的第一步把每个随机种子的某一层移动了千分之一以上",
                en="With 10 layers Adam's first step moves some layer by more than a thousandth, from every seed",
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
                zh="50 层，换成 He 初始化，用 Adam 学得会",
                en="With 50 layers and He initialization the network learns with Adam",
            ),
        ),
    }
