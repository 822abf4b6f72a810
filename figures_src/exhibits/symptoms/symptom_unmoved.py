"""The first layers do not move: what vanishes and what does not, and moving that is no learning."""

from collections.abc import Callable

from figures_src.exhibits._shared.labels import decades, loss, magnitude
from figures_src.exhibits._shared.spirals import LEARNED, stays_above, stuck
from figures_src.exhibits.symptoms._gallery import (
    EVERY_SEED,
    compute,
    delta_ratios,
    depth,
    every_learns,
    looks,
    middle,
    rate,
)
from figures_src.exhibits.symptoms._symptom import DELTA_COLUMN, FINAL_LOSS_COLUMN, Column, Panels, Symptom
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Localize, Text
from gradlab.experiments.diagnosis import symptoms

__all__ = ["TITLE", "checks", "compute", "data", "draw", "numbers", "table"]

DEPTH = depth("unmoved")
ADAM_RATE = rate("unmoved_adam")

TITLE = Text(zh="症状：前几层不动", en="Symptom: the first layers do not move")
FAULT = Text(zh="Sigmoid，Xavier", en="Sigmoid, Xavier")
FIXED = Text(zh="Tanh，Xavier", en="Tanh, Xavier")
ADAM = Text(zh=f"Sigmoid，Xavier，Adam，学习率 {ADAM_RATE}", en=f"Sigmoid, Xavier, Adam, rate {ADAM_RATE}")
DEFAULT = Text(zh="Tanh，PyTorch 默认", en="Tanh, PyTorch default")
UPDATE_AXIS = Text(zh="第一步的 ‖ΔW‖/‖W‖（对数坐标）", en="‖ΔW‖/‖W‖ of step 1 (log scale)")
UPDATE_FIRST = Text(zh="第一步的 ‖ΔW‖/‖W‖：第 1 层", en="‖ΔW‖/‖W‖ of the first step: layer 1")
UPDATE_LAST = Text(zh="最后一层", en="last layer")
ROWS = {"unmoved": FAULT, "unmoved_adam": ADAM, "small_everywhere": DEFAULT, "unmoved_fixed": FIXED}


def _update(layer: int) -> Callable[[symptoms.Result, str, Localize], str]:
    """The first step of a layer, by the median seed."""
    return lambda result, name, _: middle([look.update[layer] for look in looks(result, name)])


SYMPTOM = Symptom(
    shown={"unmoved": ("fault", FAULT), "unmoved_fixed": ("fix", FIXED)},
    panels=Panels(UPDATE_AXIS, lambda look: look.update, lowest_loss=1e-3),
    rows=ROWS,
    columns=(FINAL_LOSS_COLUMN, Column(UPDATE_FIRST, _update(0)), Column(UPDATE_LAST, _update(-1)), DELTA_COLUMN),
)
draw, data, table = SYMPTOM.draw, SYMPTOM.data, SYMPTOM.table


def _largest_move(result: symptoms.Result) -> float:
    return max(moved[0] for moved in result.case("unmoved").moved)


def numbers(result: symptoms.Result) -> dict[str, Number]:
    config = result.config
    return {
        "layers": Number(config.depth, "d"),
        "steps": Number(result.case("unmoved").trained.row.steps or config.steps, "d"),
        "ratio": decades(max(look.update[0] / look.update[-1] for look in looks(result, "unmoved"))),
        "fixed_ratio": magnitude(min(look.update[0] / look.update[-1] for look in looks(result, "unmoved_fixed"))),
        "fixed_largest_ratio": magnitude(
            max(look.update[0] / look.update[-1] for look in looks(result, "unmoved_fixed"))
        ),
        "first_moved": magnitude(_largest_move(result)),
        "last_moved": magnitude(max(moved[-1] for moved in result.case("unmoved").moved)),
        "fixed_loss": loss(result.case("unmoved_fixed").trained.median_final_loss),
        "adam_update": magnitude(min(min(look.update) for look in looks(result, "unmoved_adam"))),
        "adam_loss": magnitude(min(result.case("unmoved_adam").trained.final_losses)),
        "default_delta": magnitude(max(delta_ratios(result, "small_everywhere"))),
    }


def checks(result: symptoms.Result) -> dict[str, Check]:
    training = result.training
    return {
        "first_moved": Check(
            sentence=Text(
                zh=f"训练结束时，{DEPTH} 层 Sigmoid 网络第一层的权重只移动了自身大小的十万分之一以下，"
                "每个随机种子都如此",
                en=f"After all steps the first layer's weights of a sigmoid network of {DEPTH} layers have moved by "
                "less than a hundred-thousandth of their size, from every seed",
            ),
            measured=magnitude(_largest_move(result)),
            relation="<",
            predicted=Number(1e-5, ".0e"),
            because=EVERY_SEED,
            source="10⁻⁵",
        ),
        "stuck": stuck(
            training,
            "unmoved",
            Text(
                zh=f"{DEPTH} 层 Sigmoid 网络停在 ln 2 上，每个随机种子都如此",
                en=f"A sigmoid network of {DEPTH} layers stays at ln 2, from every seed",
            ),
        ),
        "fixed": every_learns(
            result,
            "unmoved_fixed",
            Text(
                zh="把 Sigmoid 换成 Tanh，仍用 Xavier 初始化，每个随机种子都学会了",
                en="With tanh in place of the sigmoid, Xavier initialization as before, the network learns from "
                "every seed",
            ),
        ),
        "fixed_moved": Check(
            sentence=Text(
                zh="换成 Tanh 之后，第一层的权重移动了自身大小的十分之一以上，每个随机种子都如此",
                en="With tanh the first layer's weights move by more than a tenth of their size, from every seed",
            ),
            measured=Number(min(moved[0] for moved in result.case("unmoved_fixed").moved), ".1f"),
            relation=">",
            predicted=Number(0.1, "g"),
            because=EVERY_SEED,
            source="1/10",
        ),
        "adam_moves": Check(
            sentence=Text(
                zh="换成 Adam，梯度照样消失，每一层第一步却都移动了权重的千分之一以上",
                en="With Adam the gradient vanishes as before, and yet the first step moves every layer by more than "
                "a thousandth of its weights",
            ),
            measured=magnitude(min(min(look.update) for look in looks(result, "unmoved_adam"))),
            relation=">",
            predicted=Number(1e-3, "g"),
            because=EVERY_SEED,
            source="Δw = η m/(√v + ε), Kingma & Ba 2015, arXiv:1412.6980",
        ),
        "adam_stays": stays_above(
            result.case("unmoved_adam").trained.final_losses,
            LEARNED * result.chance_loss,
            Text(
                zh="每一层都动了，却没有一个随机种子学会",
                en="Every layer moves, and no seed learns",
            ),
        ),
        "same_everywhere": Check(
            sentence=Text(
                zh="PyTorch 默认初始化的 Tanh 网络，δ 在首末两层之间缩小到百分之一以下，第二层第一步的相对移动却不小于"
                "最后一层的一半",
                en="In a tanh network with PyTorch's default, δ shrinks to less than a hundredth from the last layer "
                "to the first, and yet the second layer's relative step is more than half that of the last",
            ),
            measured=Number(
                min(look.update[1] / look.update[-1] for look in looks(result, "small_everywhere"))
                if max(delta_ratios(result, "small_everywhere")) < 0.01
                else 0.0,
                ".2f",
            ),
            relation=">",
            predicted=Number(0.5, "g"),
            because=EVERY_SEED,
            source="∂W_l = δ_l a_{l−1}ᵀ",
        ),
    }
