"""Adam's ε in float16, and the layers at which a signal that grows becomes infinite and then NaN."""

import math
import statistics

from figures_src.cache.results import measured
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.finite import Overflow
from figures_src.model.language import Localize, Text
from gradlab.experiments.training import half_limits
from gradlab.experiments.training.half_limits import Adam

CONFIG = half_limits.Config()
TITLE = Text(zh="float16 的尽头", en="Where float16 ends")
GRADIENT_COLUMN = Text(zh="梯度", en="Gradient")
EXACT_COLUMN = Text(zh="float64，ε = {epsilon}", en="float64, ε = {epsilon}")
STEP_COLUMN = Text(zh="float16，ε = {epsilon}", en="float16, ε = {epsilon}")
SMALL, LARGE = CONFIG.epsilons


def compute() -> half_limits.Result:
    """Take Adam's first step in float16, and run networks that explode."""
    return measured(half_limits, CONFIG)


def _steps(result: half_limits.Result, epsilon: float) -> list[Adam]:
    return [one for one in result.adam if one.epsilon == epsilon]


def table(result: half_limits.Result, text: Localize) -> Table:
    """List Adam's first step, in learning rates, for both ε."""

    def shown(step: float) -> str | Overflow:
        return f"{step:.2f}" if math.isfinite(step) else Overflow("∞" if math.isinf(step) else "NaN")

    rows = tuple(
        (str(Number(small.gradient, "g")), f"{small.exact:.2f}", shown(small.step), shown(large.step))
        for small, large in zip(_steps(result, SMALL), _steps(result, LARGE), strict=True)
    )
    epsilons = [str(Number(epsilon, ".0e")) for epsilon in (SMALL, SMALL, LARGE)]
    names = zip((EXACT_COLUMN, STEP_COLUMN, STEP_COLUMN), epsilons, strict=True)
    return Table((text(GRADIENT_COLUMN), *(text(name).format(epsilon=one) for name, one in names)), rows)


def numbers(result: half_limits.Result) -> dict[str, Number]:
    return {
        "epsilon": Number(SMALL, ".0e"),
        "large_epsilon": Number(LARGE, ".0e"),
        "bound": Number(result.predicted_bound, ".4f"),
        "depth": Number(CONFIG.depth, "d"),
        "seeds": Number(CONFIG.seeds, "d"),
        "infinite": Number(statistics.median(result.infinite), "g"),
        "nan": Number(statistics.median(result.nan), "g"),
        "longest": Number(result.predicted_bound / LARGE, ".0f"),
    }


def checks(result: half_limits.Result) -> dict[str, Check]:
    small = _steps(result, SMALL)
    broken = sum(not math.isfinite(one.step) for one in small)
    below = sum(one.gradient < result.predicted_bound for one in small)
    large = _steps(result, LARGE)
    alike = sum(abs(found - said) <= 1 for found, said in zip(result.infinite, result.predicted_infinite, strict=True))
    follows = sum(0 < nan - infinite <= 2 for nan, infinite in zip(result.nan, result.infinite, strict=True))
    return {
        "adam": Check(
            sentence=Text(
                zh="float16 里用 ε = 10⁻⁸ 的 Adam，第一步就不是有限的数，正好在梯度平方的千分之一舍入成 0 的时候"
                "（实测值是试过的梯度里有几个）",
                en="In float16 Adam with an ε of 10⁻⁸ has no finite first step just where a thousandth of the squared "
                "gradient is rounded to 0 (measured: for how many of the gradients tried)",
            ),
            measured=Number(broken, "d"),
            relation="=",
            predicted=Number(below, "d"),
            because=Text(zh="试过的梯度没有一个靠近界限", en="no gradient that is tried lies near the bound"),
            source="√(2⁻²⁵/(1 − β₂))",
        ),
        "finite": Check(
            sentence=Text(
                zh="ε 取大到 float16 里不为 0，每一步就都是有限的数（实测值是不有限的个数）",
                en="With an ε that is not 0 in float16 every step is finite (measured: how many are not)",
            ),
            measured=Number(sum(not math.isfinite(one.step) for one in large), "d"),
            relation="=",
            predicted=Number(0, "d"),
            because=Text(zh="分母不小于 ε", en="nothing is divided by less than ε"),
            source="g/(√v + ε)",
        ),
        "infinite": Check(
            sentence=Text(
                zh="信号逐层翻倍的 ReLU 网络，在 float16 里上溢的层，与按 float64 预测的相差不到两层"
                "（实测值是符合的个数）",
                en="A ReLU network whose signal doubles at each layer overflows in float16 within a layer of where "
                "float64 says (measured: how many seeds do)",
            ),
            measured=Number(alike, "d"),
            relation="=",
            predicted=Number(CONFIG.seeds, "d"),
            because=Text(zh="float16 的舍入可能提早或推迟一层", en="the rounding of float16 may move it by a layer"),
            source="|z| > 65,504",
        ),
        "nan": Check(
            sentence=Text(
                zh="再过一两层就是 NaN：正的与负的无穷在同一个和里相遇（实测值是这样的随机种子个数）",
                en="A layer or two on there is NaN: infinities of both signs meet in a sum (how many seeds do)",
            ),
            measured=Number(follows, "d"),
            relation="=",
            predicted=Number(CONFIG.seeds, "d"),
            because=Text(
                zh="权重有正有负，ReLU 只放过正的", en="weights have both signs, and ReLU lets pass what is positive"
            ),
            source="∞ − ∞",
        ),
        "bfloat16": Check(
            sentence=Text(
                zh=f"bfloat16 里，{CONFIG.depth} 层之内没有一个网络上溢（实测值是上溢的个数）",
                en=f"In bfloat16 none of these networks overflows within {CONFIG.depth} layers (measured: how many do)",
            ),
            measured=Number(result.bfloat_infinite, "d"),
            relation="=",
            predicted=Number(0, "d"),
            because=Text(zh="它的指数与 float32 一样", en="its exponents are those of float32"),
            source="2¹²⁸",
        ),
    }
