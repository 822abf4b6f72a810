"""Gradient clipping at its limits: infinity, NaN, overflow, and a layer whose gradient has vanished."""

import math

from figures_src.cache.results import measured
from figures_src.exhibits._shared.labels import decades
from figures_src.model.exhibit import Cell, Check, Number, Table
from figures_src.model.finite import Overflow
from figures_src.model.language import Localize, Text
from gradlab.experiments.training import clipping_limits

TITLE = Text(zh="梯度裁剪遇到无穷大与非数值", en="Gradient clipping meets infinity and not-a-number")
GRADIENT = Text(zh="梯度", en="Gradient")
PRECISION = Text(zh="精度", en="Type")
NORM = Text(zh="范数", en="Norm")
BY_NORM = Text(zh="按范数到\xa0{}", en="By norm to\xa0{}")
BY_VALUE = Text(zh="按值到\xa0±{}", en="By value to\xa0±{}")
ALL = Text(zh="{}（{}\xa0个）", en="{} (all\xa0{})")
LISTED = 3
"""So many entries are listed even if all are equal."""
EXACT = Text(
    zh="由浮点数的运算规则得出，没有误差", en="it follows from the rules of floating-point numbers, without error"
)


def compute() -> clipping_limits.Result:
    """Clip every gradient by norm and by value."""
    return measured(clipping_limits, clipping_limits.Config())


def _entry(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞"
    return str(Number(value, ".3g"))


def _norm(value: float) -> Cell:
    return _entry(value) if math.isfinite(value) else Overflow(_entry(value))


def _entries(values: tuple[float, ...], text: Localize) -> Cell:
    if len(values) > LISTED and len(set(values)) == 1:
        return text(ALL).format(_entry(values[0]), len(values))
    shown = f"({', '.join(map(_entry, values))})"
    return shown if all(map(math.isfinite, values)) else Overflow(shown)


def table(result: clipping_limits.Result, text: Localize) -> Table:
    """List every gradient."""
    rows = tuple(
        (
            _entries(case.gradient, text),
            case.dtype,
            _norm(case.norm),
            _entries(case.by_norm, text),
            _entries(case.by_value, text),
        )
        for case in result.cases
    )
    limits = (Number(result.config.maximum_norm, "g"), Number(result.config.maximum_value, "g"))
    clipped = (text(name).format(limit) for name, limit in zip((BY_NORM, BY_VALUE), limits, strict=True))
    return Table((text(GRADIENT), text(PRECISION), text(NORM), *clipped), rows)


def numbers(result: clipping_limits.Result) -> dict[str, Number]:
    config = result.config
    return {
        "max_norm": Number(config.maximum_norm, "g"),
        "large_layer": Number(config.large_layer, ".0e"),
        "vanished_layer": Number(config.vanished_layer, ".0e"),
        "vanished_after": Number(result.layers.by_norm[1], ".0e"),
        "overflowing": Number(config.overflowing, ".0e"),
        "double_norm": Number(result.double.norm, ".0e"),
        "refused": Number(sum(case.refused for case in result.cases), "d"),
    }


def checks(result: clipping_limits.Result) -> dict[str, Check]:
    infinite, broken, single = result.infinite, result.not_a_number, result.single
    return {
        "infinite": Check(
            sentence=Text(
                zh="梯度里有一个无穷大：按范数裁剪把其余的数都变成 0（实测值是恰好为 0 的个数），它自己变成非数值",
                en="One infinite entry: clipping by the norm makes all others 0 (measured: how many are exactly 0), "
                "and that one no number",
            ),
            measured=Number(sum(value == 0 for value in infinite.by_norm), "d"),
            relation="=",
            predicted=Number(sum(map(math.isfinite, infinite.gradient)), "d"),
            because=EXACT,
            source="g · m/∞ = 0, ∞ · 0 = NaN, IEEE 754",
        ),
        "not_a_number": Check(
            sentence=Text(
                zh="梯度里有一个非数值：按范数裁剪之后全是非数值（实测值是其个数）",
                en="One entry that is not a number: clipping by the norm makes all of them such (measured: how many)",
            ),
            measured=Number(sum(map(math.isnan, broken.by_norm)), "d"),
            relation="=",
            predicted=Number(len(broken.gradient), "d"),
            because=EXACT,
            source="NaN · g = NaN, IEEE 754",
        ),
        "overflow": Check(
            sentence=Text(
                zh="float32 的梯度每个数都有限，平方和却溢出：按范数裁剪把全部梯度变成 0（实测值是裁剪后最大的数）",
                en="A float32 gradient of finite entries whose sum of squares overflows: clipping by the norm makes "
                "all of it 0 (measured: the largest entry left)",
            ),
            measured=Number(max(map(abs, single.by_norm)), "g"),
            relation="=",
            predicted=Number(0, "g"),
            because=EXACT,
            source="g · m/∞ = 0, IEEE 754",
        ),
        "double": Check(
            sentence=Text(
                zh="同样的梯度用 float64 裁剪，范数就是上限",
                en="The same gradient clipped in float64 has the norm that is allowed",
            ),
            measured=Number(math.hypot(*result.double.by_norm), ".6f"),
            relation="≈",
            predicted=Number(result.config.maximum_norm, "g"),
            tolerance=1e-12,
            because=Text(zh="只剩舍入", en="only rounding remains"),
            source="min(1, m/(‖g‖ + 10⁻⁶))",
        ),
        "vanished": Check(
            sentence=Text(
                zh="另一层的梯度很大时，按范数裁剪把已经消失的一层缩得更小",
                en="Where another layer's gradient is large, clipping by the norm shrinks a vanished one further",
            ),
            measured=decades(result.layers.by_norm[1]),
            relation="≈",
            predicted=decades(result.predicted_vanished),
            tolerance=4 * 2.0**-52,
            because=Text(zh="几次运算的舍入", en="the rounding of a few operations"),
            source="min(1, m/(‖g‖ + 10⁻⁶))",
        ),
    }
