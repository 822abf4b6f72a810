"""Gradient clipping on a network that explodes: the step is bounded, the explosion stays."""

from figures_src.exhibit import Claim, Number, Table
from figures_src.exhibits._labels import QUANTITY, decades, factor, magnitude
from figures_src.language import Localize, Text
from figures_src.measurement import measured
from gradlab.experiments import clipping

TITLE = Text(zh="梯度裁剪改变什么，不改变什么", en="What gradient clipping changes, and what it does not")
BEFORE = Text(zh="裁剪之前", en="Before clipping")
AFTER = Text(zh="裁剪之后", en="After clipping")
NORM = Text(zh="全部梯度的范数", en="Norm of all gradients")
WEIGHT_RATIO = Text(zh="第 1 层与第 20 层的 ‖∂W‖ 之比", en="‖∂W‖ of layer 1 to layer 20")
DELTA_RATIO = Text(zh="第 1 层与第 20 层的 ‖δ‖ 之比（裁剪后走一步）", en="‖δ‖ of layer 1 to layer 20 (after a step)")
FORWARD = Text(zh="前向传播放大的倍数（裁剪后走一步）", en="Growth of the forward pass (after a step)")


def compute() -> clipping.Result:
    """Clip the gradients of exploding networks by their norm and by value."""
    return measured(clipping, clipping.Config())


def table(result: clipping.Result, text: Localize) -> Table:
    """List what is bounded and what stays."""
    listed = (
        (NORM, result.norm_before, result.norm_after),
        (WEIGHT_RATIO, result.weight_ratio_before, result.weight_ratio_after),
        (DELTA_RATIO, result.delta_ratio_before, result.delta_ratio_after_step),
        (FORWARD, result.forward_growth_before, result.forward_growth_after_step),
    )
    rows = tuple((text(name), str(magnitude(before)), str(magnitude(after))) for name, before, after in listed)
    return Table(tuple(map(text, (QUANTITY, BEFORE, AFTER))), rows)


def numbers(result: clipping.Result) -> dict[str, Number]:
    """Return what pages quote."""
    config = result.config
    return {
        "layers": Number(config.depth, "d"),
        "width": Number(config.width, "d"),
        "sigma_w_squared": Number(config.sigma_w**2, ".3g"),
        "max_norm": Number(config.maximum_norm, "g"),
        "norm_before": decades(result.norm_before),
        "norm_after": factor(result.norm_after),
        "ratio_before": factor(result.weight_ratio_before),
        "ratio_after": factor(result.weight_ratio_after),
        "ratio_change": decades(result.largest_relative_ratio_change),
        "delta_ratio_before": decades(result.delta_ratio_before),
        "delta_ratio_after": decades(result.delta_ratio_after_step),
        "forward_before": decades(result.forward_growth_before),
        "forward_after": decades(result.forward_growth_after_step),
        "norm_cosine": factor(result.cosine_norm),
        "value_cosine": Number(result.cosine_value, ".2f"),
    }


def claims(result: clipping.Result) -> dict[str, Claim]:
    """Return what pages assert."""
    return {
        "bound": Claim(
            sentence=Text(
                zh="按范数裁剪之后，全部梯度的范数就是上限",
                en="After clipping by the norm, the norm of all gradients is the limit",
            ),
            measured=Number(result.norm_after, ".6f"),
            relation="≈",
            predicted=Number(result.config.maximum_norm, "g"),
            tolerance=1e-9,
            because=Text(
                zh="PyTorch 在分母里加了 10⁻⁶，而这里的范数在百万以上",
                en="PyTorch adds 10⁻⁶ to the norm that it divides by, here above a million",
            ),
            source="min(1, m/(‖g‖ + 10⁻⁶))",
        ),
        "ratio": Claim(
            sentence=Text(
                zh="按范数裁剪不改变各层梯度之比",
                en="Clipping by the norm leaves the ratio between layers unchanged",
            ),
            measured=Number(result.weight_ratio_after, ".6f"),
            relation="≈",
            predicted=Number(result.weight_ratio_before, ".6f"),
            tolerance=1e-14,
            because=Text(
                zh="所有梯度乘以同一个数，只剩舍入",
                en="one number multiplies all gradients; only rounding remains",
            ),
            source="Pascanu et al. 2013, arXiv:1211.5063",
        ),
        "direction": Claim(
            sentence=Text(
                zh="按值裁剪会改变梯度的方向：裁剪前后的夹角余弦小于 1",
                en="Clipping by value turns the gradient: its cosine with the unclipped one is below 1",
            ),
            measured=factor(result.cosine_value + 4 * result.cosine_value_standard_error),
            relation="<",
            predicted=Number(1, "g"),
            because=Text(zh="实测值已加上 4 倍标准误差", en="4 standard errors are already added to the measurement"),
            source="⟨g, g′⟩ / (‖g‖ ‖g′‖)",
        ),
    }
