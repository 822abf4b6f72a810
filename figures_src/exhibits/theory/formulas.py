"""Formulas against formulas: what can be computed in two independent ways has to give the same number twice."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from figures_src.cache.results import measured
from figures_src.exhibits._shared import agreement, scales
from figures_src.exhibits._shared.agreement import Comparison
from figures_src.exhibits._shared.labels import factor
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab import activations, theory
from gradlab.activations import Activation
from gradlab.experiments.activations import activation_curve, explosion
from gradlab.experiments.training import learning_rate

TITLE = Text(zh="公式与公式对照", en="Formulas against formulas")
WHAT = Text(zh="公式", en="Formula")
FIRST = Text(zh="本站的算法", en="As computed here")
SECOND = Text(zh="对照值", en="Reference value")
DIFFERENCE = Text(zh="相对误差", en="Relative difference")
QUADRATURE = 1e-13
ROUNDING = Text(
    zh="数值积分与舍入的误差约为 10⁻¹⁴，留十倍余量",
    en="quadrature and rounding err by about 10⁻¹⁴; ten times as much is allowed",
)
# A reference that differs by more is an approximation.
APPROXIMATE = 1e-9
# Smaller numbers are shown with a power of ten.
SMALL = 0.01
HERMITE_NODES = 200
MODERATE, STEEP = 1.0, 100.0
ERF = Activation("erf", torch.erf, lower_limit=-1.0, upper_limit=1.0)
"""The saturating function whose maps are elementary (Williams 1998)."""
VARIANCES = (1e-6, 1e-2, 1.0, 1e2, 1e6)
BATCHES = (5, 8, 16, 32, 64, 128, 256)
CORRELATIONS = (-0.9, -0.3, 0.0, 0.5, 0.99)
CRITICAL_LAYER = 1000
BLOCKS = 10_000
# Unsaturated, critical, and with large weights.
CHAOTIC_SIGMA_W, CHAOTIC_SIGMA_B = math.sqrt(2.5), math.sqrt(0.05)


@dataclass(frozen=True)
class Result:
    """Values computed in two ways, and values computed in one.

    Attributes:
        pairs: the pairs that differ most, by the name of their check.
        hermite_steep: χ of tanh at a large q, by Gauss-Hermite quadrature beside the one used here.
        predictions: what pages quote, by its name.

    """

    pairs: dict[str, Comparison]
    hermite_steep: Comparison
    predictions: dict[str, float]


def _pair(ours: float, other: float) -> Comparison:
    """One quantity, computed here and in another way."""
    return Comparison(ours, other, QUADRATURE)


def _worst(pairs: Iterable[Comparison]) -> Comparison:
    # Errors of rounding are others on every kind of processor: the first of them stands for all.
    return agreement.worst(pairs, negligible=1.0)


def _relu_slope() -> Comparison:
    return _worst(_pair(theory.chi("relu", q, scales.HE), scales.HE**2 / 2) for q in VARIANCES)


def _relu_correlation() -> Comparison:
    def closed_form(c: float) -> float:
        return (math.sqrt(1 - c**2) + (math.pi - math.acos(c)) * c) / math.pi

    # For c near -1 the average itself is almost 0, and the absolute error counts.
    return _worst(
        _pair(1 + theory.next_correlation("relu", c, 1.0, scales.HE), 1 + closed_form(c)) for c in CORRELATIONS
    )


def _erf_maps() -> Comparison:
    variance = (
        _pair(theory.next_q(ERF, q, 1.0), 2 / math.pi * math.atan2(2 * q, math.sqrt(1 + 4 * q))) for q in VARIANCES
    )
    slope = (_pair(theory.chi(ERF, q, 1.0), 4 / math.pi / math.sqrt(1 + 4 * q)) for q in VARIANCES)
    return _worst((*variance, *slope))


def _finite_batch() -> Comparison:
    return _worst(
        _pair(theory.batch_norm_finite_batch_factor("relu", batch), theory.batch_norm_relu_factor(batch))
        for batch in BATCHES
    )


def _hermite(function: Callable[[Tensor], Tensor]) -> float:
    """The average over z ~ N(0, 1) by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(HERMITE_NODES)
    z, weight = torch.from_numpy(nodes), torch.from_numpy(weights)
    return float((weight * function(z)).sum() / weight.sum())


def _hermite_chi(q: float) -> Comparison:
    ours = theory.chi("tanh", q, 1.0)
    return _pair(ours, _hermite(lambda z: activations.derivative("tanh", math.sqrt(q) * z) ** 2))


def _critical() -> Comparison:
    sigma_w = theory.critical_sigma_w("sigmoid")
    return _pair(theory.chi("sigmoid", theory.fixed_point_q("sigmoid", sigma_w), sigma_w), 1.0)


def _residual_exponent(blocks: int) -> float:
    """By which power ‖δ‖² grows between ``blocks`` and twice as many, with batch normalization."""
    short, long = (
        theory.residual_batch_norm_mean_field("relu", scales.HE, 1.0, count, 2.0) for count in (blocks, 2 * blocks)
    )
    return 2 * (2 * blocks * math.log(long.factor) - blocks * math.log(short.factor)) / math.log(2)


def _float32() -> Comparison:
    pairs = []
    for name, upper, lower in (("sigmoid", 24.0, -128.0), ("tanh", 13.0, -13.0)):
        curve = measured(activation_curve, activation_curve.Config(activation=name))
        single = next(rounding for rounding in curve.rounding if rounding.dtype == "float32")
        pairs += [
            _pair(single.upper_derivative_zero_at, upper * math.log(2)),
            _pair(single.lower_derivative_zero_at, lower * math.log(2)),
        ]
    return _worst(pairs)


def _predictions() -> dict[str, float]:
    law = theory.finite_width_law(64, scales.HE)
    chain, descent = explosion.Config(), learning_rate.Config()
    critical = theory.mean_field("tanh", 1.0, 100)
    factors = {
        f"{activation}_{name}": theory.mean_field(activation, sigma_w, 20).factor
        for activation in ("relu", "tanh", "sigmoid")
        for name, sigma_w in scales.NAMED.items()
    }
    return factors | {
        "tanh_xavier_ratio": theory.mean_field("tanh", 1.0, 20).profile[-1],
        "tanh_default_length": theory.gradient_length("tanh", scales.PYTORCH_DEFAULT),
        "sigmoid_xavier_length": theory.gradient_length("sigmoid", scales.XAVIER),
        "sigmoid_critical": theory.critical_sigma_w("sigmoid"),
        "tanh_critical_with_bias": theory.critical_sigma_w("tanh", CHAOTIC_SIGMA_B),
        "chaotic_q": theory.fixed_point_q("tanh", CHAOTIC_SIGMA_W, CHAOTIC_SIGMA_B),
        "chaotic_correlation": theory.fixed_point_correlation("tanh", CHAOTIC_SIGMA_W, CHAOTIC_SIGMA_B),
        "chaotic_correlation_length": theory.correlation_length("tanh", CHAOTIC_SIGMA_W, CHAOTIC_SIGMA_B),
        "relu_correlation_20": theory.mean_field_correlations("relu", scales.HE, 20, 1.0, 0.0)[-1],
        "silent_128": theory.silent_share(theory.mean_field_correlations("relu", scales.HE, 20, 1.0, 0.0)[-1], 128),
        "critical_q_100": critical.q[-1],
        "critical_q_100_finite": theory.tanh_critical_q(100, 256),
        "critical_ratio_100": critical.profile[-1],
        "law_mean": 64 * law.mean,
        "law_variance": 64 * law.variance,
        "law_typical": law.typical_factor(64) ** 64,
        "narrow_law_mean": theory.finite_width_law(8, scales.HE).mean,
        "batch_norm_square": theory.batch_norm_factor("relu") ** 2,
        "batch_norm_first": theory.batch_norm_first_factor("relu"),
        "batch_norm_8": theory.batch_norm_relu_factor(8),
        "residual_scaled": theory.residual_growth(1 / math.sqrt(32), scales.HE) ** 32,
        "residual_tanh": theory.residual_mean_field("tanh", 1.0, 1.0, 32, 1.0).factor ** 32,
        "residual_batch_norm": theory.residual_batch_norm_mean_field("relu", scales.HE, 1.0, 32, 2.0).factor ** 32,
        "chain_factor": math.exp(theory.positive_chain_log_law(chain.mean, chain.standard_deviation).mean / 2),
        "sigmoid_bound_thousandth": theory.saturation_bound("sigmoid", 1e-3),
        "tanh_bound_thousandth": theory.saturation_bound("tanh", 1e-3),
        "descent_above": abs(1 - max(descent.quadratic_learning_rates) * max(descent.curvatures)) ** descent.steps,
        "gelu_maximum": theory.derivative_maximum("gelu"),
        "coin_256": theory.majority_share(256),
    }


def compute() -> Result:
    """Compute everything twice."""
    exponent = _pair(_residual_exponent(BLOCKS), theory.batch_norm_factor("relu") ** 2)
    steep = _hermite_chi(STEEP)
    wide = _pair(theory.finite_width_law(1000, scales.HE).variance, 5 / 1000)
    return Result(
        pairs={
            "relu_slope": _relu_slope(),
            "relu_correlation": _relu_correlation(),
            "erf_maps": _erf_maps(),
            "hermite": _hermite_chi(MODERATE),
            "critical": _critical(),
            "batch_norm": _pair(theory.batch_norm_factor("relu"), math.sqrt(math.pi / (math.pi - 1))),
            "finite_batch": _finite_batch(),
            "silent": _worst(_pair(theory.silent_share(0.5, batch), 1 / (batch + 1)) for batch in BATCHES),
            "tanh_critical": _pair(
                theory.mean_field("tanh", 1.0, CRITICAL_LAYER).q[-1], theory.tanh_critical_q(CRITICAL_LAYER)
            ),
            "wide": wide,
            "residual_exponent": exponent,
            "float32": _float32(),
        },
        hermite_steep=_pair(steep.predicted, steep.measured),
        predictions=_predictions(),
    )


@dataclass(frozen=True)
class _Shown:
    """A pair as it is shown: its statement, the source of its other way, and the largest difference allowed."""

    formula: Text
    sentence: Text
    source: str | Text
    tolerance: float = QUADRATURE
    because: Text = ROUNDING


COMPARISONS = {
    "relu_slope": _Shown(
        Text(zh=r"ReLU 的 $\chi$", en=r"$\chi$ of ReLU"),
        Text(
            zh="ReLU 的 χ 等于 σ_w²/2，与 q 无关（q 从 10⁻⁶ 到 10⁶，取相差最大的）",
            en="χ of ReLU is σ_w²/2, whatever q is (the worst of q from 10⁻⁶ to 10⁶)",
        ),
        "σ_w²/2, He et al. 2015, arXiv:1502.01852",
    ),
    "relu_correlation": _Shown(
        Text(zh="ReLU 的相关系数，$1 + c$", en="Correlation of ReLU, $1 + c$"),
        Text(
            zh="ReLU 网络里两个输入的相关系数，积分的结果与闭式解相同（取相差最大的 c）",
            en="The correlation map of ReLU by quadrature is the closed form (the worst of several c)",
        ),
        "(√(1 − c²) + (π − arccos c) c)/π, Cho & Saul 2009",
    ),
    "erf_maps": _Shown(
        Text(zh=r"误差函数的 $q$ 与 $\chi$", en=r"$q$ and $\chi$ of the error function"),
        Text(
            zh="以误差函数为激活函数时，q 与 χ 的积分与闭式解相同（q 从 10⁻⁶ 到 10⁶，取相差最大的）",
            en="For the error function as activation q and χ by quadrature are the closed forms "
            "(the worst of q from 10⁻⁶ to 10⁶)",
        ),
        "(2/π) arcsin(2q/(1 + 2q)), Williams 1998",
    ),
    "hermite": _Shown(
        Text(zh=r"Tanh 的 $\chi$，$q = 1$", en=r"$\chi$ of tanh, $q = 1$"),
        Text(
            zh="q = 1 时，Tanh 的 χ 与 200 个节点的高斯–埃尔米特求积相同",
            en="At q = 1, χ of tanh is what Gauss–Hermite quadrature with 200 nodes gives",
        ),
        "σ_w² ∫Dz φ′(√q z)²",
    ),
    "critical": _Shown(
        Text(zh=r"Sigmoid 在临界权重尺度的 $\chi$", en=r"$\chi$ of the sigmoid at its critical weight scale"),
        Text(
            zh="在 Sigmoid 的临界权重尺度，方差迭代到不动点，χ 恰好是 1",
            en="At the critical weight scale of the sigmoid, χ is 1 at the fixed point of the variance",
        ),
        "χ(q*) = 1, Schoenholz et al. 2017, arXiv:1611.01232",
        1e-12,
        Text(
            zh="不动点由二分法求得，相对误差约 10⁻¹³，再乘上 χ 的斜率",
            en="the fixed point is found to about 10⁻¹³ by bisection, and χ changes with it",
        ),
    ),
    "batch_norm": _Shown(
        Text(zh="BN，ReLU，无穷大的批", en="BN, ReLU, infinite batch"),
        Text(
            zh="ReLU 加批量归一化、批无穷大时，因子的积分等于 √(π/(π − 1))",
            en="For ReLU with batch normalization and an infinite batch the factor by quadrature is √(π/(π − 1))",
        ),
        "√(π/(π − 1)), Yang et al. 2019, arXiv:1902.08129",
    ),
    "finite_batch": _Shown(
        Text(zh="BN，ReLU，有限的批", en="BN, ReLU, finite batch"),
        Text(
            zh="对任意激活函数都成立的有限批公式，用在 ReLU 上等于 Yang 等人 2019 年的定理 8"
            "（批从 5 到 256，取相差最大的）",
            en="The finite-batch formula for any activation, used for ReLU, is Theorem 8 of Yang et al. 2019 "
            "(the worst batch from 5 to 256)",
        ),
        Text(zh="Yang et al. 2019, arXiv:1902.08129，定理 8", en="Yang et al. 2019, arXiv:1902.08129, Theorem 8"),
    ),
    "silent": _Shown(
        Text(zh="静默单元，$c = 1/2$", en="Silent units, $c = 1/2$"),
        Text(
            zh="相关系数为 1/2 时，ReLU 单元对 B 个输入全部关闭的概率是 1/(B + 1)（取相差最大的 B）",
            en="At correlation 1/2 a ReLU unit is off for all of B inputs with probability 1/(B + 1) (the worst B)",
        ),
        "1/(B + 1)",
    ),
    "tanh_critical": _Shown(
        Text(zh=r"Tanh 在 $\sigma_w = 1$，第 1000 层的 $q$", en=r"$q$ of tanh at $\sigma_w = 1$, layer 1000"),
        Text(
            zh="σ_w = 1 的 Tanh 网络，第 l 层的方差趋于 1/(2l)（这里 l = 1000）",
            en="In a tanh network with σ_w = 1 the variance of layer l tends to 1/(2l) (here l = 1000)",
        ),
        Text(
            zh="1/(2l)，Roberts, Yaida & Hanin 2022, arXiv:2106.10165，第 5.3.3 节",
            en="1/(2l), Roberts, Yaida & Hanin 2022, arXiv:2106.10165, section 5.3.3",
        ),
        math.log(CRITICAL_LAYER) / CRITICAL_LAYER,
        Text(zh="下一项的量级是 (ln l)/l", en="the next term is of order (ln l)/l"),
    ),
    "wide": _Shown(
        Text(zh="有限宽度的方差，$n = 1000$", en="Variance at finite width, $n = 1000$"),
        Text(
            zh="宽度很大时（这里 1000），精确的方差趋于 5/n",
            en="At large width (here 1000) the exact variance tends to 5/n",
        ),
        "5/n, Hanin & Nica 2020, arXiv:1812.05994",
        5 / 1000,
        Text(zh="下一项小约 4/n 倍", en="the next term is smaller by about 4/n"),
    ),
    "residual_exponent": _Shown(
        Text(zh="BN 残差网络的指数", en="Exponent of a residual network with BN"),
        Text(
            zh="残差分支里有批量归一化的 ReLU 残差网络，‖δ‖² 按块数的 π/(π − 1) 次幂增长（这里从 10000 块到 20000 块）",
            en="In a ReLU residual network with batch normalization in its branches ‖δ‖² grows as the number of "
            "blocks to the power π/(π − 1) (here from 10000 to 20000 blocks)",
        ),
        "π/(π − 1)",
        10 / BLOCKS,
        Text(zh="下一项的量级是 1/L", en="the next term is of order 1/L"),
    ),
    "float32": _Shown(
        Text(zh="float32：导数恰好为 0 之处", en="float32: where the derivative is exactly 0"),
        Text(
            zh="float32 下 Sigmoid 与 Tanh 的导数恰好变成 0 的四个位置，与浮点格式推出的相同（取相差最大的）",
            en="The four places where float32 makes the derivative of the sigmoid or tanh exactly 0 are those that "
            "follow from the format (the worst)",
        ),
        "24 ln 2, −128 ln 2, ±13 ln 2",
        1e-3,
        Text(
            zh="指数函数的最后一位因处理器的指令而异",
            en="the last digit of the exponential depends on the processor's instructions",
        ),
    ),
}


def _shown(value: float) -> Number:
    return Number(value, ".6g" if abs(value) >= SMALL else ".3e")


def _difference(pair: Comparison) -> str:
    if pair.error < QUADRATURE:
        return f"<\N{NO-BREAK SPACE}{Number(QUADRATURE, '.0e')}"
    return str(Number(pair.error, ".0e"))


def table(result: Result, text: Localize) -> Table:
    """List the pairs, each with its relative difference."""
    rows = tuple(
        (text(compared.formula), str(_shown(pair.measured)), str(_shown(pair.predicted)), _difference(pair))
        for compared, pair in ((compared, result.pairs[name]) for name, compared in COMPARISONS.items())
    )
    return Table(tuple(map(text, (WHAT, FIRST, SECOND, DIFFERENCE))), rows)


_FORMATS = {
    "sigmoid_critical": ".3f",
    "tanh_default_length": ".2f",
    "sigmoid_xavier_length": ".2f",
    "chaotic_q": ".3f",
    "chaotic_correlation_length": ".1f",
    "silent_128": ".1%",
    "chain_factor": ".4f",
    "sigmoid_bound_thousandth": ".4f",
    "tanh_bound_thousandth": ".4f",
    "descent_above": ".1e",
    "critical_q_100": ".5f",
    "critical_q_100_finite": ".5f",
    "critical_ratio_100": ".4f",
    "law_mean": ".3f",
    "law_variance": ".3f",
    "residual_tanh": ".1f",
    "residual_batch_norm": ".2f",
    "coin_256": ".1%",
}


def numbers(result: Result) -> dict[str, Number]:
    offered = {name: Number(value, _FORMATS.get(name, ".3f")) for name, value in result.predictions.items()}
    return offered | {
        "hermite_nodes": Number(HERMITE_NODES, "d"),
        "hermite_q": Number(STEEP, "g"),
        "hermite_error": Number(result.hermite_steep.error, ".0%"),
        "quadrature": Number(QUADRATURE, ".0e"),
        "residual_exponent": Number(result.pairs["residual_exponent"].measured, ".3f"),
        "approximations": Number(sum(compared.tolerance > APPROXIMATE for compared in COMPARISONS.values()), "d"),
    }


def checks(result: Result) -> dict[str, Check]:
    pairs = {
        name: Check(
            sentence=compared.sentence,
            measured=_shown(result.pairs[name].measured),
            relation="≈",
            predicted=_shown(result.pairs[name].predicted),
            tolerance=compared.tolerance,
            because=compared.because,
            source=compared.source,
        )
        for name, compared in COMPARISONS.items()
    }
    return pairs | {
        "hermite_fails": Check(
            sentence=Text(
                zh="q = 100 时，200 个节点的高斯–埃尔米特求积算 Tanh 的 χ，误差超过十分之一，所以这里不用",
                en="At q = 100, Gauss–Hermite quadrature with 200 nodes is off by more than a tenth for χ of tanh, "
                "which is why it is not used here",
            ),
            measured=factor(result.hermite_steep.error),
            relation=">",
            predicted=Number(0.1, "g"),
            because=Text(
                zh="被积函数的峰窄于节点的间距", en="the integrand's peak is narrower than the spacing of the nodes"
            ),
            source="σ_w² ∫Dz φ′(√q z)²",
        )
    }
