"""Training: which remedy lets a deep network learn two spirals, and which leaves it where it was."""

import math
from statistics import median_low

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from figures_src.cache.results import measured
from figures_src.drawing.end_labels import label_at, label_curves
from figures_src.drawing.style import FIRST, FOURTH, PREDICTION, SECOND, THIRD
from figures_src.exhibits._shared import labels
from figures_src.exhibits._shared.labels import power_of_ten
from figures_src.exhibits._shared.spirals import (
    CONFIG,
    DIVERGED,
    GUESSING_LINE,
    LEARNED,
    SETTINGS,
    all_overflow,
    find,
    learns,
    shown_near_guessing,
    stays_above,
    stuck,
)
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.training import spirals
from gradlab.experiments.training.spirals import RowResult

DEEP = SETTINGS["relu_batch_norm_deep"]
LARGE_RATE = SETTINGS["sigmoid_xavier_large_rate"].learning_rate
TINY_RATE = power_of_ten(SETTINGS["relu_large_tiny_rate"].learning_rate)

TITLE = Text(zh="训练两条螺旋线：哪种办法有用", en="Training on two spirals: which remedy works")
NETWORK = Text(zh="网络", en="Network")
LOSS = Text(zh="最终损失，中位数", en="Final loss, median")
STEP = Text(zh="训练步数", en="step of training")
LOSS_AXIS = Text(zh="损失（对数坐标）", en="loss (log scale)")

# By row of the experiment: the name under which pages quote it, and its label.
ROWS = {
    "sigmoid_xavier": ("sigmoid", Text(zh="Sigmoid，Xavier", en="Sigmoid, Xavier")),
    "sigmoid_xavier_large_rate": (
        "sigmoid_large_rate",
        Text(zh=f"Sigmoid，Xavier，学习率 {LARGE_RATE:g}", en=f"Sigmoid, Xavier, learning rate {LARGE_RATE:g}"),
    ),
    "sigmoid_batch_norm": ("sigmoid_bn", Text(zh="Sigmoid，Xavier，BN", en="Sigmoid, Xavier, BN")),
    "sigmoid_residual": (
        "sigmoid_residual",
        Text(zh="Sigmoid，Xavier，残差", en="Sigmoid, Xavier, residual"),
    ),
    "relu_default": ("relu_default", Text(zh="ReLU，PyTorch 默认", en="ReLU, PyTorch default")),
    "relu_he": ("relu_he", Text(zh="ReLU，He", en="ReLU, He")),
    "relu_large": ("relu_large", Text(zh="ReLU，两倍于 He", en="ReLU, twice He")),
    "relu_large_clip": (
        "relu_large_clip",
        Text(zh="ReLU，两倍于 He，梯度裁剪", en="ReLU, twice He, gradient clipping"),
    ),
    "relu_large_tiny_rate": (
        "relu_large_tiny_rate",
        Text(zh=f"ReLU，两倍于 He，学习率 {TINY_RATE}", en=f"ReLU, twice He, learning rate {TINY_RATE}"),
    ),
    "relu_large_batch_norm": ("relu_large_bn", Text(zh="ReLU，两倍于 He，BN", en="ReLU, twice He, BN")),
    "relu_residual": ("relu_residual", Text(zh="ReLU，He，残差", en="ReLU, He, residual")),
    "relu_residual_scaled": (
        "relu_residual_scaled",
        Text(zh="ReLU，He，残差 × 1/√L", en="ReLU, He, residual × 1/√L"),
    ),
    "relu_batch_norm_deep": (
        "relu_bn_deep",
        Text(
            zh=f"ReLU，He，BN，{DEEP.depth} 层，{DEEP.steps} 步",
            en=f"ReLU, He, BN, {DEEP.depth} layers, {DEEP.steps} steps",
        ),
    ),
    "relu_batch_norm_residual_deep": (
        "relu_bn_residual_deep",
        Text(
            zh=f"ReLU，He，BN，残差，{DEEP.depth} 层，{DEEP.steps} 步",
            en=f"ReLU, He, BN, residual, {DEEP.depth} layers, {DEEP.steps} steps",
        ),
    ),
}


def compute() -> spirals.Result:
    """Train every row from every seed."""
    return measured(spirals, CONFIG)


def _listed(result: spirals.Result) -> list[RowResult]:
    """The rows that this exhibit shows; `remedies` shows them all."""
    return [find(result, name) for name in ROWS]


# Colour and line by row of the figure.
CURVES = {
    "sigmoid_xavier": (THIRD, "-."),
    "relu_default": (SECOND, ":"),
    "relu_he": (FIRST, "-"),
    "sigmoid_batch_norm": (FOURTH, "--"),
}
OVERFLOWING = "relu_large"
# Rows whose loss pages quote: none that ends near the loss of guessing, of which each processor has other digits.
QUOTED = (
    "sigmoid_xavier_large_rate",
    "sigmoid_batch_norm",
    "relu_default",
    "relu_large_batch_norm",
    "relu_batch_norm_residual_deep",
)
STILL = 0.01
"""Relative distance from the loss of guessing within which digits tell that a loss has hardly moved."""
LOWEST, HIGHEST = 1e-3, 50.0
OVERFLOW_AT = 25.0


def draw(figure: Figure, result: spirals.Result, text: Localize) -> None:
    """Draw the loss over the steps of the most telling rows, every seed thin and a median one thick."""
    axes = figure.subplots()
    ends, guessing = (0, result.config.steps), (result.chance_loss, result.chance_loss)
    axes.plot(ends, guessing, color=PREDICTION, linewidth=0.9, zorder=3, label=text(GUESSING_LINE))
    for name, (color, line) in CURVES.items():
        row = find(result, name)
        typical = row.final_losses.index(median_low(row.final_losses))
        for seed, losses in enumerate(row.losses):
            label = text(ROWS[name][1]) if seed == typical else "_"
            width = 1.8 if seed == typical else 0.6
            axes.plot(range(len(losses)), losses, color=color, linestyle=line, linewidth=width, label=label)
    overflowing = find(result, OVERFLOWING)
    steps = [step for step in overflowing.diverged_at if step is not None]
    axes.plot(steps, [OVERFLOW_AT] * len(steps), color=PREDICTION, marker="x", linestyle="none", clip_on=False)
    label_at(axes, (max(steps), OVERFLOW_AT), text(ROWS[OVERFLOWING][1]), PREDICTION)
    axes.set_yscale("log")
    axes.set_ylim(LOWEST, HIGHEST)
    axes.set_xlim(0, result.config.steps)
    ticks = {1e-3: "0.001", 1e-2: "0.01", 0.1: "0.1", 1.0: "1", OVERFLOW_AT: text(DIVERGED)}
    axes.yaxis.set_major_locator(FixedLocator(list(ticks)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: ticks[value]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(text(STEP))
    axes.set_ylabel(text(LOSS_AXIS))
    label_curves(axes)


def data(result: spirals.Result) -> Table:
    """The curves; a network that overflowed has no more values."""
    columns = {
        f"{name}_{seed}": losses
        for name in (*CURVES, OVERFLOWING)
        for seed, losses in enumerate(find(result, name).losses)
    }
    steps = range(result.config.steps + 1)
    rows = tuple((step, *(one[step] if step < len(one) else "" for one in columns.values())) for step in steps)
    return Table(("step", *columns), rows)


def _is_still(loss: float, chance: float) -> bool:
    """Whether a loss has hardly left that of guessing, which its digits tell."""
    return abs(loss / chance - 1) < STILL


def _loss(value: float, chance: float) -> Number:
    return Number(value, ".4f") if _is_still(value, chance) else labels.loss(value)


def table(result: spirals.Result, text: Localize) -> Table:
    """List every row."""

    def shown(loss: float) -> str:
        return f"{loss:.4f}" if _is_still(loss, result.chance_loss) else shown_near_guessing(loss, text)

    rows = tuple((text(ROWS[row.row.name][1]), shown(row.median_final_loss)) for row in _listed(result))
    return Table(tuple(map(text, (NETWORK, LOSS))), rows)


def numbers(result: spirals.Result) -> dict[str, Number]:
    """A row that overflows has no loss."""
    config = result.config
    offered = {
        "points": Number(config.points, "d"),
        "layers": Number(config.depth, "d"),
        "width": Number(config.width, "d"),
        "steps": Number(config.steps, "d"),
        "seeds": Number(config.seeds, "d"),
        "learning_rate": Number(find(result, "sigmoid_xavier").row.learning_rate, "g"),
        "chance_loss": Number(result.chance_loss, ".4f"),
    }
    for row in _listed(result):
        name, _ = ROWS[row.row.name]
        offered[f"{name}_diverged"] = Number(sum(map(math.isinf, row.final_losses)), "d")
        if row.row.name in QUOTED:
            offered[f"{name}_loss"] = _loss(row.median_final_loss, result.chance_loss)
    return offered


def _learns(result: spirals.Result, name: str, sentence: Text) -> Check:
    return learns(find(result, name).final_losses, result.chance_loss, sentence)


def _never_learns(result: spirals.Result, name: str, sentence: Text, bound: float) -> Check:
    return stays_above(find(result, name).final_losses, bound, sentence)


def _remedies(result: spirals.Result) -> dict[str, Check]:
    overflowing = find(result, "relu_large").final_losses
    return {
        "explosion_overflows": all_overflow(
            overflowing,
            Text(
                zh="权重两倍于 He 初始化的 ReLU 网络一训练就溢出，每个随机种子都如此（实测值是溢出的个数）",
                en="A ReLU network with weights twice those of He overflows in training from every seed "
                "(measured: how many do)",
            ),
            "(σ_w²/2)^(L/2) = 2^L",
        ),
        "sigmoid_residual": _never_learns(
            result,
            "sigmoid_residual",
            Text(
                zh="有残差连接的 Sigmoid 网络在同样的步数里没有学会：损失仍高于随机猜测的五分之一",
                en="A sigmoid network with residual connections does not learn the task in as many steps: "
                "its loss stays above a fifth of that of guessing",
            ),
            LEARNED * result.chance_loss,
        ),
        "large_rate": _never_learns(
            result,
            "sigmoid_xavier_large_rate",
            Text(
                zh=f"把学习率调到 {LARGE_RATE:g}，Sigmoid 网络仍然学不会：损失比随机猜测还高",
                en=f"At a learning rate of {LARGE_RATE:g} the sigmoid network still does not learn: its loss is above "
                "that of guessing",
            ),
            result.chance_loss,
        ),
        "tiny_rate": _never_learns(
            result,
            "relu_large_tiny_rate",
            Text(
                zh=f"把学习率调到 {TINY_RATE}，会爆炸的 ReLU 网络不再溢出，也没有学会：损失仍高于随机猜测",
                en=f"At a learning rate of {TINY_RATE} the exploding ReLU network does not overflow, and does not "
                "learn: its loss stays above that of guessing",
            ),
            result.chance_loss,
        ),
        "large_bn_trains": _learns(
            result,
            "relu_large_batch_norm",
            Text(
                zh=f"加上批量归一化，权重两倍于 He 初始化的 {CONFIG.depth} 层 ReLU 网络就能训练",
                en=f"With batch normalization the ReLU network of {CONFIG.depth} layers trains with weights twice "
                "those of He",
            ),
        ),
        "residual_trains": _learns(
            result,
            "relu_residual_scaled",
            Text(
                zh=f"残差分支缩小到 1/√L 的残差连接使 {CONFIG.depth} 层的 ReLU 网络能够训练",
                en=f"With residual connections whose branch is scaled by 1/√L the ReLU network of {CONFIG.depth} "
                "layers trains",
            ),
        ),
    }


def checks(result: spirals.Result) -> dict[str, Check]:
    return {
        "sigmoid_stuck": stuck(
            result,
            "sigmoid_xavier",
            Text(
                zh=f"{CONFIG.depth} 层的 Sigmoid 网络（Xavier 初始化）停在随机猜测的损失上",
                en=f"A sigmoid network of {CONFIG.depth} layers (Xavier initialization) does not leave the loss of "
                "guessing",
            ),
        ),
        "default_stuck": stuck(
            result,
            "relu_default",
            Text(
                zh=f"{CONFIG.depth} 层的 ReLU 网络用 PyTorch 默认初始化，停在随机猜测的损失上",
                en=f"A ReLU network of {CONFIG.depth} layers with PyTorch's default initialization does not leave the "
                "loss of guessing",
            ),
        ),
        "bn_trains": _learns(
            result,
            "sigmoid_batch_norm",
            Text(
                zh=f"加上批量归一化，{CONFIG.depth} 层的 Sigmoid 网络就能训练",
                en=f"With batch normalization the sigmoid network of {CONFIG.depth} layers trains",
            ),
        ),
        "clip_alone": _never_learns(
            result,
            "relu_large_clip",
            Text(
                zh="只用梯度裁剪，爆炸的网络不再溢出，但也没有学会：损失仍高于随机猜测",
                en="Clipping alone keeps the exploding network from overflowing, but does not train it: "
                "its loss stays above that of guessing",
            ),
            result.chance_loss,
        ),
        **_remedies(result),
    }
