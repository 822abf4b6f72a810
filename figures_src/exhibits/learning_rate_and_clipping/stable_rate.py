"""The largest stable learning rate of a linear regression, from its Hessian by autograd."""

from figures_src.cache.results import measured
from figures_src.exhibits._shared.agreement import Comparison, worst
from figures_src.exhibits._shared.labels import magnitude
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Text
from gradlab.experiments.training import stable_rate

CONFIG = stable_rate.Config()
TITLE = Text(zh="线性回归的最大稳定学习率", en="The largest stable learning rate of a linear regression")
ROUNDING = Text(
    zh=f"取偏离较大的一种单位；{CONFIG.steps} 步，每步对 {CONFIG.points} 个样本求和，每次舍入 2⁻⁵³",
    en=f"the unit that is farther off; {CONFIG.steps} steps, each a sum over {CONFIG.points} points, with roundings of "
    "2⁻⁵³",
)


def compute() -> stable_rate.Result:
    """Measure the Hessian and descend on both sides of the limit."""
    return measured(stable_rate, CONFIG)


def numbers(result: stable_rate.Result) -> dict[str, Number]:
    config = result.config
    return {
        "points": Number(config.points, "d"),
        "features": Number(config.features, "d"),
        "scale": Number(config.scale, "g"),
        "steps": Number(config.steps, "d"),
        "curvature": magnitude(result.plain.curvature),
        "limit": magnitude(result.plain.stable_limit),
        "scaled_curvature": magnitude(result.scaled.curvature),
        "scaled_limit": Number(result.scaled.stable_limit, ".4f"),
        "smaller": Number(result.plain.stable_limit / result.scaled.stable_limit, ".0f"),
        "margin": Number(config.margin, ".0%"),
        "below": magnitude(result.plain.below),
        "above": magnitude(result.plain.above),
    }


def _error_check(result: stable_rate.Result, which: str, sentence: Text) -> Check:
    pairs = [(getattr(case, which), getattr(case, f"predicted_{which}")) for case in (result.plain, result.scaled)]
    rounding = result.config.steps * result.config.points * 2.0**-53
    farther = worst((Comparison(*pair, rounding) for pair in pairs), negligible=1)
    return Check(
        sentence=sentence,
        measured=Number(farther.measured, ".6g"),
        relation="≈",
        predicted=Number(farther.predicted, ".6g"),
        tolerance=rounding,
        because=ROUNDING,
        source="|1 − ηλ|ᵗ",
    )


def checks(result: stable_rate.Result) -> dict[str, Check]:
    curvatures = [(case.curvature, case.predicted_curvature) for case in (result.plain, result.scaled)]
    rounding = result.config.points * 2.0**-52
    farther = worst((Comparison(*pair, rounding) for pair in curvatures), negligible=1)
    return {
        "hessian": Check(
            sentence=Text(
                zh="自动微分所得 Hessian 的最大特征值，就是特征矩阵最大奇异值的平方除以样本数",
                en="The largest eigenvalue of the Hessian that autograd gives is the squared largest singular value "
                "of the features, divided by the number of points",
            ),
            measured=Number(farther.measured, ".4f"),
            relation="≈",
            predicted=Number(farther.predicted, ".4f"),
            tolerance=rounding,
            because=Text(
                zh=f"取偏离较大的一种单位；只剩舍入，{CONFIG.points} 个样本求和",
                en=f"the unit that is farther off; only the rounding of sums over {CONFIG.points} points",
            ),
            source="H = XᵀX/n",
        ),
        "below": _error_check(
            result,
            "below",
            Text(
                zh="线性回归：学习率比 2/λ 小百分之一，误差逐步减小；λ 是自动微分所得 Hessian 的最大特征值",
                en="Linear regression: one percent below 2/λ the error shrinks; λ is the largest eigenvalue of the "
                "Hessian that autograd gives",
            ),
        ),
        "above": _error_check(
            result,
            "above",
            Text(
                zh="线性回归：学习率比 2/λ 大百分之一，误差逐步增大",
                en="Linear regression: one percent above 2/λ the error grows",
            ),
        ),
    }
