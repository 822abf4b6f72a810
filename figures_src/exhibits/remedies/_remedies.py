"""Problems, remedies and the rule for verdicts, which `remedies` and `remedies_rows` share."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from figures_src.cache.results import measured
from figures_src.exhibits._shared.labels import power_of_ten
from figures_src.exhibits._shared.spirals import CONFIG, LEARNED, SETTINGS, find, shown_near_guessing
from figures_src.exhibits._shared.spirals import shown_loss as shown_median
from figures_src.model.language import Localize, Text
from gradlab import estimates
from gradlab.experiments.training import spirals
from gradlab.experiments.training.spirals import RowResult

IMPROVED = 0.9
"""The median has improved where it is below this share of the loss of guessing."""
WORSE = 1.4
"""The median is worse where it is above this multiple of the untreated one, and of the loss of guessing."""

HELPS = Text(zh="有效", en="helps")
IN_PART = Text(zh="部分有效", en="helps in part")
BOUNDS = Text(zh="不再溢出", en="stops the overflow")
NOTHING = Text(zh="无效", en="does nothing")
HARMS = Text(zh="有害", en="harms")
UNTREATED = Text(zh="不处理", en="untreated")

INITIALIZATION = Text(zh="换初始化", en="Other initialization")
BATCH_NORM = Text(zh="BN", en="BN")
LAYER_NORM = Text(zh="层归一化", en="Layer normalization")
RESIDUAL = Text(zh="残差连接", en="Residual connections")
ADAM = Text(zh="Adam", en="Adam")
CLIPPING = Text(zh="梯度裁剪", en="Gradient clipping")
RATE = Text(zh="改学习率", en="Other learning rate")
INPUTS = Text(zh="缩放输入", en="Scaled inputs")
KINDS = (INITIALIZATION, BATCH_NORM, LAYER_NORM, RESIDUAL, ADAM, CLIPPING, RATE, INPUTS)


@dataclass(frozen=True)
class Remedy:
    """One remedy for one problem: the row that shows it, what was done, and where it stands in the matrix."""

    row: str
    label: Text
    kind: Text | None = None


@dataclass(frozen=True)
class Problem:
    """A network that does not train, and what was tried on it."""

    row: str
    title: Text
    remedies: tuple[Remedy, ...]


def _rate_of(row: str) -> str:
    return f"{SETTINGS[row].learning_rate:g}"


_USUAL_RATE, _LARGE_RATE, _SMALL_RATE, _ADAM_RATE = map(
    _rate_of, ("sigmoid_xavier", "sigmoid_xavier_large_rate", "relu_batch_norm_small_rate_deep", "sigmoid_adam")
)
_TINY_RATE = power_of_ten(SETTINGS["relu_large_tiny_rate"].learning_rate)
_NORM = SETTINGS["sigmoid_clip"].maximum_norm
_WEIGHTS = SETTINGS["sigmoid_large"].sigma_w
_LARGE_INPUTS = SETTINGS["sigmoid_large_inputs"].input_scale
_SMALL_INPUTS = SETTINGS["relu_large_small_inputs"].input_scale
_DEEP = SETTINGS["relu_batch_norm_deep"].depth
_LONG = SETTINGS["tanh_xavier"].steps
_ADAM = Text(zh=f"Adam，学习率 {_ADAM_RATE}", en=f"Adam, learning rate {_ADAM_RATE}")
_CLIP = Text(zh=f"梯度裁剪，上限 {_NORM:g}", en=f"Clipping at norm {_NORM:g}")
_RATE_10 = Text(zh=f"学习率 {_USUAL_RATE} → {_LARGE_RATE}", en=f"Learning rate {_USUAL_RATE} → {_LARGE_RATE}")
_RESIDUAL = Text(zh="残差连接", en="Residual connections")
_SCALED = Text(zh="残差连接 × 1/√L", en="Residual connections × 1/√L")
_HE = Text(zh="He 初始化", en="He initialization")

PROBLEMS = (
    Problem(
        "sigmoid_xavier",
        Text(zh="Sigmoid，Xavier", en="Sigmoid, Xavier"),
        (
            Remedy(
                "sigmoid_large",
                Text(zh=f"权重尺度 1 → {_WEIGHTS:g}", en=f"Weight scale 1 → {_WEIGHTS:g}"),
                INITIALIZATION,
            ),
            Remedy("sigmoid_batch_norm", BATCH_NORM, BATCH_NORM),
            Remedy("sigmoid_layer_norm", LAYER_NORM, LAYER_NORM),
            Remedy("sigmoid_residual", _RESIDUAL, RESIDUAL),
            Remedy("sigmoid_adam", _ADAM, ADAM),
            Remedy("sigmoid_clip", _CLIP, CLIPPING),
            Remedy("sigmoid_xavier_large_rate", _RATE_10, RATE),
            Remedy(
                "sigmoid_large_inputs", Text(zh=f"输入 × {_LARGE_INPUTS:g}", en=f"Inputs × {_LARGE_INPUTS:g}"), INPUTS
            ),
        ),
    ),
    Problem(
        "relu_default",
        Text(zh="ReLU，PyTorch 默认", en="ReLU, PyTorch default"),
        (
            Remedy("relu_he", _HE, INITIALIZATION),
            Remedy("relu_he_adam", Text(zh="He 初始化，Adam", en="He initialization, Adam")),
            Remedy("relu_default_batch_norm", BATCH_NORM, BATCH_NORM),
            Remedy("relu_default_layer_norm", LAYER_NORM, LAYER_NORM),
            Remedy("relu_default_residual", _RESIDUAL, RESIDUAL),
            Remedy("relu_residual", Text(zh="He 初始化，残差连接", en="He initialization, residual connections")),
            Remedy(
                "relu_residual_scaled",
                Text(zh="He 初始化，残差连接 × 1/√L", en="He initialization, residual connections × 1/√L"),
            ),
            Remedy("relu_default_adam", _ADAM, ADAM),
        ),
    ),
    Problem(
        "tanh_default",
        Text(zh="Tanh，PyTorch 默认", en="Tanh, PyTorch default"),
        (
            Remedy(
                "tanh_xavier",
                Text(zh=f"Xavier 初始化，{_LONG} 步", en=f"Xavier initialization, {_LONG} steps"),
                INITIALIZATION,
            ),
            Remedy(
                "tanh_orthogonal", Text(zh=f"正交初始化，{_LONG} 步", en=f"Orthogonal initialization, {_LONG} steps")
            ),
            Remedy("tanh_batch_norm", BATCH_NORM, BATCH_NORM),
            Remedy("tanh_residual", _RESIDUAL, RESIDUAL),
            Remedy("tanh_adam", _ADAM, ADAM),
            Remedy("tanh_large_rate", _RATE_10, RATE),
        ),
    ),
    Problem(
        "relu_large",
        Text(zh="ReLU，两倍于 He", en="ReLU, twice He"),
        (
            Remedy("relu_he", _HE, INITIALIZATION),
            Remedy("relu_large_batch_norm", BATCH_NORM, BATCH_NORM),
            Remedy("relu_large_layer_norm", LAYER_NORM, LAYER_NORM),
            Remedy("relu_large_residual_scaled", _SCALED, RESIDUAL),
            Remedy("relu_large_adam", _ADAM, ADAM),
            Remedy("relu_large_clip", _CLIP, CLIPPING),
            Remedy(
                "relu_large_tiny_rate",
                Text(zh=f"学习率 {_USUAL_RATE} → {_TINY_RATE}", en=f"Learning rate {_USUAL_RATE} → {_TINY_RATE}"),
                RATE,
            ),
            Remedy(
                "relu_large_small_inputs",
                Text(zh=f"输入 ÷ {1 / _SMALL_INPUTS:g}", en=f"Inputs ÷ {1 / _SMALL_INPUTS:g}"),
                INPUTS,
            ),
        ),
    ),
    Problem(
        "relu_batch_norm_deep",
        Text(zh=f"ReLU，BN，{_DEEP} 层", en=f"ReLU, BN, {_DEEP} layers"),
        (
            Remedy("relu_he_deep", Text(zh="去掉 BN", en="No BN")),
            Remedy("relu_layer_norm_deep", Text(zh="层归一化代替 BN", en="Layer normalization for BN"), LAYER_NORM),
            Remedy("relu_batch_norm_residual_deep", _RESIDUAL, RESIDUAL),
            Remedy("relu_batch_norm_clip_deep", _CLIP, CLIPPING),
            Remedy(
                "relu_batch_norm_small_rate_deep",
                Text(zh=f"学习率 {_USUAL_RATE} → {_SMALL_RATE}", en=f"Learning rate {_USUAL_RATE} → {_SMALL_RATE}"),
                RATE,
            ),
        ),
    ),
)


def compute() -> spirals.Result:
    """Train every row from every seed: the result that `training` shows in part."""
    return measured(spirals, CONFIG)


def listed(result: spirals.Result) -> list[RowResult]:
    """The rows of the matrix, each once: the problems and their remedies."""
    names = [name for problem in PROBLEMS for name in (problem.row, *(remedy.row for remedy in problem.remedies))]
    return [find(result, name) for name in dict.fromkeys(names)]


def factor(row: RowResult) -> estimates.Estimate:
    """The mean over the seeds of the factor per layer before the first step."""
    return estimates.geometric_mean(row.factors)


def verdict(result: spirals.Result, problem: Problem, row: RowResult) -> Text:
    """The effect of a remedy, by rule, which no single seed decides. Infinity counts as the largest loss."""
    chance, untreated = result.chance_loss, find(result, problem.row).median_final_loss
    median = row.median_final_loss
    if median < LEARNED * chance:
        return HELPS
    if median < IMPROVED * chance:
        return IN_PART
    if math.isinf(untreated) and all(map(math.isfinite, row.final_losses)):
        return BOUNDS
    return HARMS if median > WORSE * max(untreated, chance) else NOTHING


def shown_loss(row: RowResult, verdict: Text, text: Localize) -> str:
    """The median of final losses in what every kind of processor gives of it, of a row as it is judged."""
    shown = shown_near_guessing if verdict in (NOTHING, UNTREATED) else shown_median
    return shown(row.median_final_loss, text)


def verdicts(result: spirals.Result) -> Iterator[tuple[Problem, Remedy, RowResult, Text]]:
    """Yield every remedy of every problem with its row and verdict."""
    for problem in PROBLEMS:
        for remedy in problem.remedies:
            row = find(result, remedy.row)
            yield problem, remedy, row, verdict(result, problem, row)
