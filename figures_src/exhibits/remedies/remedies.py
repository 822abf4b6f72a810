"""Remedy by problem: what each does to the gradient before training, and to the loss after it."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from figures_src.drawing.powers import decade_tick
from figures_src.drawing.style import ACTIVATION_STYLES, MUTED_LINE, PREDICTION, legend_above
from figures_src.exhibits._shared import labels
from figures_src.exhibits._shared.spirals import (
    CONFIG,
    DIVERGED,
    GUESSING,
    GUESSING_LINE,
    LEARNED,
    SETTINGS,
    SMALLEST_SEED,
    all_overflow,
    find,
    finite,
    learned,
    learns,
    median_learns,
    mostly_learns,
    not_all_learn,
    stays_above,
    stuck,
)
from figures_src.exhibits.remedies import _remedies
from figures_src.exhibits.remedies._remedies import PROBLEMS, compute
from figures_src.model.exhibit import Answer, Check, Number, Question, Table
from figures_src.model.language import Localize, Text
from gradlab import theory
from gradlab.experiments.training import spirals
from gradlab.experiments.training.spirals import Row, RowResult

__all__ = ["TITLE", "checks", "compute", "data", "draw", "numbers", "table"]

DEEP = SETTINGS["relu_batch_norm_deep"]
LARGE_RATE = SETTINGS["tanh_large_rate"].learning_rate
TANH_STEPS = SETTINGS["tanh_xavier"].steps or CONFIG.steps

TITLE = Text(zh="对症下药：梯度与训练", en="Remedy by problem: gradients and training")
REMEDY = Text(zh="办法", en="Remedy")
FACTOR = Text(zh="训练前的逐层因子（对数坐标）", en="per-layer factor before training (log scale)")
LOSS = Text(zh="最终损失（对数坐标）", en="final loss (log scale)")
STEP_ONLY = Text(zh="网络不变，只改更新方式", en="same network, other steps")
LOWEST, HIGHEST = 3e-6, 3e6
"""Losses that the figure shows; smaller ones lie on its lower edge, and those that overflow above the upper tick."""
OVERFLOW_AT = 1e6
ALIKE = 0.95
# Rows whose loss pages quote.
QUOTED = ("sigmoid_batch_norm", "relu_he_adam", "relu_batch_norm_residual_deep")


def _changes_steps_only(row: Row) -> bool:
    return row.optimizer != "descent" or row.maximum_norm is not None or row.learning_rate != Row("any").learning_rate


def _shown(loss: float) -> float:
    return OVERFLOW_AT if math.isinf(loss) else max(loss, LOWEST)


def _points(axes: Axes, rows: list[RowResult], activation: str, hollow: bool) -> None:
    color, marker, _ = ACTIVATION_STYLES[activation]
    chosen = [row for row in rows if row.row.activation == activation and _changes_steps_only(row.row) == hollow]
    axes.plot(
        [factor for row in chosen for factor in row.factors],
        [_shown(loss) for row in chosen for loss in row.final_losses],
        color=color,
        marker=marker,
        markerfacecolor="none" if hollow else color,
        markersize=4.5 if hollow else 3.5,
        linestyle="none",
        label="_" if hollow else labels.ACTIVATIONS[activation].en,
    )


def draw(figure: Figure, result: spirals.Result, text: Localize) -> None:
    """Draw the final loss of every network over the factor with which it started."""
    axes = figure.subplots()
    axes.axvline(1, color=MUTED_LINE, linewidth=0.8)
    rows = _remedies.listed(result)
    for hollow in (False, True):
        for activation in ("relu", "tanh", "sigmoid"):
            _points(axes, rows, activation, hollow)
    axes.plot([], [], color=PREDICTION, marker="o", markerfacecolor="none", linestyle="none", label=text(STEP_ONLY))
    axes.axhline(result.chance_loss, color=PREDICTION, linestyle="--", linewidth=1.2, label=text(GUESSING_LINE))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(LOWEST / 2, HIGHEST)
    ticks = {tick: decade_tick(tick) for tick in (1e-4, 1e-2, 1.0, 1e2, 1e4)} | {OVERFLOW_AT: text(DIVERGED)}
    axes.yaxis.set_major_locator(FixedLocator(list(ticks)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: ticks[value]))
    axes.yaxis.set_minor_locator(NullLocator())
    factors = (0.25, 0.5, 1.0, 2.0)
    axes.xaxis.set_major_locator(FixedLocator(factors))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(text(FACTOR))
    axes.set_ylabel(text(LOSS))
    # Clouds of points have no ends.
    legend_above(axes, columns=2)


def data(result: spirals.Result) -> Table:
    """Every network."""
    rows = tuple(
        (row.row.name, seed, factor, row.predicted_factor or "", loss if math.isfinite(loss) else "overflow")
        for row in _remedies.listed(result)
        for seed, (factor, loss) in enumerate(zip(row.factors, row.final_losses, strict=True))
    )
    return Table(("network", "seed", "factor", "predicted_factor", "final_loss"), rows)


def table(result: spirals.Result, text: Localize) -> Table:
    """The matrix: a line for each kind of remedy, a column for each problem."""

    def cell(problem: _remedies.Problem, kind: Text) -> str:
        for remedy in problem.remedies:
            if remedy.kind is kind:
                row = find(result, remedy.row)
                verdict = _remedies.verdict(result, problem, row)
                return f"{text(verdict)}<br>{_remedies.shown_loss(row, verdict, text)}"
        return "–"

    rows = tuple((text(kind), *(cell(problem, kind) for problem in PROBLEMS)) for kind in _remedies.KINDS)
    return Table((text(REMEDY), *(text(problem.title) for problem in PROBLEMS)), rows)


def numbers(result: spirals.Result) -> dict[str, Number]:
    """Of every row the factor, the losses and the number of seeds that overflowed."""
    config = result.config
    verdicts = list(_remedies.verdicts(result))
    large_inputs = next(row for row in config.rows if row.name == "sigmoid_large_inputs")
    blocks = config.depth - 2
    default_growth, he_growth = (theory.residual_growth(1.0, sigma_w) for sigma_w in (math.sqrt(1 / 3), math.sqrt(2)))
    mean_square = theory.next_q("relu", 1.0, 1.0)
    offered = {
        "layers": Number(config.depth, "d"),
        "width": Number(config.width, "d"),
        "points": Number(config.points, "d"),
        "steps": Number(config.steps, "d"),
        "seeds": Number(config.seeds, "d"),
        "chance_loss": Number(result.chance_loss, ".4f"),
        "learned": Number(LEARNED * result.chance_loss, ".3f"),
        "improved": Number(_remedies.IMPROVED * result.chance_loss, ".3f"),
        "worse": Number(_remedies.WORSE, "g"),
        "large_inputs_scale": Number(large_inputs.input_scale, "g"),
        "tanh_steps": Number(TANH_STEPS, "d"),
        "deep_steps": Number(find(result, "relu_he_deep").row.steps or config.steps, "d"),
        "default_residual_square": Number(default_growth, ".4f"),
        "default_residual_steps": Number(blocks, "d"),
        "default_residual_total": Number(default_growth ** (blocks / 2), ".2f"),
        "default_residual_measured_total": Number(_grown(result, "relu_default_residual"), ".2f"),
        "he_residual_total": Number(he_growth ** (blocks / 2), ".0f"),
        "he_residual_measured_total": Number(_grown(result, "relu_residual"), ".0f"),
        "sigmoid_batch_norm_general": labels.factor(theory.batch_norm_finite_batch_factor("sigmoid", config.points)),
        "relu_mean_square": labels.factor(mean_square),
        # BN's factor is √(E φ'²/Var φ), and E φ'² of ReLU is 1/2.
        "relu_variance": labels.factor(0.5 / theory.batch_norm_factor("relu") ** 2),
    }
    for name, verdict in (
        ("helps", _remedies.HELPS),
        ("in_part", _remedies.IN_PART),
        ("bounds", _remedies.BOUNDS),
        ("nothing", _remedies.NOTHING),
        ("harms", _remedies.HARMS),
    ):
        offered[name] = Number(sum(one is verdict for *_, one in verdicts), "d")
    for row in _remedies.listed(result):
        offered |= _row_numbers(row)
    for name in QUOTED:
        offered[f"{name}_loss"] = labels.loss(find(result, name).median_final_loss)
    return offered | {"relu_he_low": labels.loss(min(find(result, "relu_he").final_losses))}


def _grown(result: spirals.Result, name: str) -> float:
    """By how much ‖δ‖ grows from the last hidden layer to the second."""
    return _remedies.factor(find(result, name)).value ** (result.config.depth - 2)


def _row_numbers(row: RowResult) -> dict[str, Number]:
    name, estimate = row.row.name, _remedies.factor(row)
    offered = {
        f"{name}_factor": labels.factor(estimate.value),
        f"{name}_similarity": Number(sum(row.similarities) / len(row.similarities), ".2f"),
        f"{name}_depth": Number(row.row.depth or 0, "d"),
        f"{name}_rate": labels.magnitude(row.row.learning_rate),
        f"{name}_diverged": Number(sum(map(math.isinf, row.final_losses)), "d"),
    }
    if row.predicted_factor is not None:
        offered[f"{name}_predicted"] = labels.factor(row.predicted_factor)
    return offered


def _fails(result: spirals.Result, names: tuple[str, ...], sentence: Text) -> Check:
    losses = [loss for name in names for loss in find(result, name).final_losses]
    return stays_above(losses, LEARNED * result.chance_loss, sentence)


def _learns(result: spirals.Result, name: str, sentence: Text) -> Check:
    return learns(find(result, name).final_losses, result.chance_loss, sentence)


def _vanishing(result: spirals.Result) -> dict[str, Check]:
    adam = find(result, "relu_default_adam").final_losses
    return {
        "sigmoid_layer_norm": stuck(
            result,
            "sigmoid_layer_norm",
            Text(
                zh="有层归一化的 Sigmoid 网络仍停在随机猜测的损失上",
                en="With layer normalization the sigmoid network still does not leave the loss of guessing",
            ),
        ),
        "sigmoid_adam": stuck(
            result,
            "sigmoid_adam",
            Text(
                zh="用 Adam 训练，Sigmoid 网络仍停在随机猜测的损失上",
                en="Trained with Adam the sigmoid network still does not leave the loss of guessing",
            ),
        ),
        "sigmoid_clip": stuck(
            result,
            "sigmoid_clip",
            Text(
                zh="加上梯度裁剪，Sigmoid 网络仍停在随机猜测的损失上",
                en="With clipping the sigmoid network still does not leave the loss of guessing",
            ),
        ),
        "sigmoid_inputs": stuck(
            result,
            "sigmoid_large_inputs",
            Text(
                zh=f"输入放大到 {LARGE_RATE:g} 倍，Sigmoid 网络仍停在随机猜测的损失上",
                en="With inputs ten times as large the sigmoid network still does not leave the loss of guessing",
            ),
        ),
        "he_adam": _learns(
            result,
            "relu_he_adam",
            Text(
                zh="He 初始化配上 Adam，ReLU 网络在每个随机种子下都能训练",
                en="With He initialization and Adam the ReLU network trains from every seed",
            ),
        ),
        "adam_varies": not_all_learn(
            adam,
            result.chance_loss,
            Text(
                zh="用 PyTorch 默认初始化的 ReLU 网络，只换成 Adam 不够：有的随机种子没有学会",
                en="For the ReLU network with PyTorch's default, Adam alone is not enough: some seed does not learn",
            ),
        ),
        "tanh_batch_norm": not_all_learn(
            find(result, "tanh_batch_norm").final_losses,
            result.chance_loss,
            Text(
                zh="用 PyTorch 默认初始化的 Tanh 网络，加上批量归一化，有的随机种子没有学会",
                en="For the tanh network with PyTorch's default, batch normalization is not enough: some seed does not "
                "learn",
            ),
        ),
        "default_layer_norm": _fails(
            result,
            ("relu_default_layer_norm",),
            Text(
                zh=f"层归一化使 ReLU 网络的逐层因子接近 1，但 {CONFIG.steps} 步里没有一个随机种子学会",
                en="Layer normalization brings the factor of the ReLU network near 1, and yet no seed learns in "
                f"{CONFIG.steps} steps",
            ),
        ),
        "default_batch_norm": _learns(
            result,
            "relu_default_batch_norm",
            Text(
                zh=f"用 PyTorch 默认初始化的 {CONFIG.depth} 层 ReLU 网络，加上批量归一化就能训练",
                en=f"With batch normalization the ReLU network of {CONFIG.depth} layers trains with PyTorch's default",
            ),
        ),
        "default_residual": mostly_learns(
            result,
            "relu_default_residual",
            Text(
                zh=f"用 PyTorch 默认初始化的 {CONFIG.depth} 层 ReLU 网络，加上残差连接，至多除一个随机种子以外都能训练",
                en=f"With residual connections the ReLU network of {CONFIG.depth} layers trains with PyTorch's "
                "default, from all seeds but one at most",
            ),
        ),
        "tanh_xavier": median_learns(
            find(result, "tanh_xavier"),
            result.chance_loss,
            Text(
                zh=f"用 Xavier 初始化的 {CONFIG.depth} 层 Tanh 网络，{TANH_STEPS} 步之后，多数随机种子已经学会",
                en=f"With Xavier initialization the tanh network of {CONFIG.depth} layers learns in {TANH_STEPS} "
                "steps from most seeds",
            ),
        ),
        "tanh_default": stuck(
            result,
            "tanh_default",
            Text(
                zh=f"用 PyTorch 默认初始化的 {CONFIG.depth} 层 Tanh 网络停在随机猜测的损失上",
                en=f"With PyTorch's default the tanh network of {CONFIG.depth} layers does not leave the loss of "
                "guessing",
            ),
        ),
        "tanh_residual": _learns(
            result,
            "tanh_residual",
            Text(
                zh=f"用 PyTorch 默认初始化的 {CONFIG.depth} 层 Tanh 网络，加上残差连接就能训练",
                en=f"With residual connections the tanh network of {CONFIG.depth} layers trains with PyTorch's default",
            ),
        ),
        "tanh_rate": Check(
            sentence=Text(
                zh=f"学习率调到 {LARGE_RATE:g}，Tanh 网络的损失是随机猜测的 {1 / LEARNED:g} 倍以上",
                en=f"At a learning rate of {LARGE_RATE:g} the tanh network ends at more than {1 / LEARNED:g} times the "
                "loss of guessing",
            ),
            measured=labels.magnitude(min(find(result, "tanh_large_rate").final_losses)),
            relation=">",
            predicted=Number(result.chance_loss / LEARNED, ".4f"),
            because=SMALLEST_SEED,
            source=GUESSING,
        ),
    }


def _exploding(result: spirals.Result) -> dict[str, Check]:
    small = find(result, "relu_large_small_inputs").final_losses
    adam = find(result, "relu_large_adam").final_losses
    alike = [find(result, name).similarities for name in ("relu_he_deep", "relu_layer_norm_deep")]
    return {
        "small_inputs": all_overflow(
            small,
            Text(
                zh="输入缩小到千分之一，会爆炸的 ReLU 网络照样溢出（实测值是溢出的个数）",
                en="With inputs a thousandth as large the exploding ReLU network overflows all the same "
                "(measured: how many do)",
            ),
            "2^L",
        ),
        "large_residual": median_learns(
            find(result, "relu_large_residual_scaled"),
            result.chance_loss,
            Text(
                zh="残差分支缩小到 1/√L 的残差连接，使权重两倍于 He 初始化的 ReLU 网络，在多数随机种子下也学得会",
                en="With residual connections whose branch is scaled by 1/√L the ReLU network learns from most seeds "
                "even with weights twice those of He",
            ),
        ),
        "large_adam": Check(
            sentence=Text(
                zh=f"只换成 Adam，会爆炸的 ReLU 网络不再溢出，但有的随机种子损失是随机猜测的 {1 / LEARNED:g} 倍以上",
                en="With Adam alone the exploding ReLU network does not overflow, but some seed ends at more than "
                f"{1 / LEARNED:g} times the loss of guessing",
            ),
            measured=labels.magnitude(finite(adam, max)),
            relation=">",
            predicted=Number(result.chance_loss / LEARNED, ".4f"),
            because=Text(zh="取损失最大的随机种子", en="the seed with the largest loss"),
            source=GUESSING,
        ),
        "deep_residual": _learns(
            result,
            "relu_batch_norm_residual_deep",
            Text(
                zh=f"{DEEP.depth} 层、有 BN 的 ReLU 网络，加上残差连接就能训练",
                en=f"With residual connections the ReLU network of {DEEP.depth} layers with BN trains",
            ),
        ),
        "deep_steps": _fails(
            result,
            ("relu_batch_norm_deep", "relu_batch_norm_clip_deep", "relu_batch_norm_small_rate_deep"),
            Text(
                zh=f"{DEEP.depth} 层、有 BN 而无残差连接的 ReLU 网络在 {DEEP.steps} 步里没有学会，裁剪梯度、"
                "缩小学习率也一样",
                en=f"Without residual connections the ReLU network of {DEEP.depth} layers with BN does not learn, nor "
                f"does it with clipping or a smaller learning rate, in {DEEP.steps} steps each",
            ),
        ),
        "deep_kept": _fails(
            result,
            ("relu_he_deep", "relu_layer_norm_deep"),
            Text(
                zh=f"{DEEP.depth} 层的 ReLU 网络，逐层因子接近 1（He 初始化不用 BN，或者用层归一化），在 {DEEP.steps} "
                "步里也没有学会",
                en="With a factor near 1 (He initialization without BN, or layer normalization) the ReLU network of "
                f"{DEEP.depth} layers does not learn in {DEEP.steps} steps either",
            ),
        ),
        "deep_alike": Check(
            sentence=Text(
                zh=f"在这两种 {DEEP.depth} 层的网络里，各点在最后一层的激活值几乎同向：夹角余弦的均方根超过 {ALIKE}",
                en=f"In these two networks of {DEEP.depth} layers the last activations of all points have almost one "
                f"direction: the root mean square of their cosines is above {ALIKE}",
            ),
            measured=Number(min(map(min, alike)), ".4f"),
            relation=">",
            predicted=Number(ALIKE, "g"),
            because=Text(zh="取最小的随机种子", en="the seed with the smallest value"),
            source="c → 1, Poole et al. 2016, arXiv:1606.05340",
        ),
    }


def checks(result: spirals.Result) -> dict[str, Check]:
    return {**_vanishing(result), **_exploding(result)}


# The remedies that the page asks about, in its order.
ASKED = {
    "sigmoid_xavier_large_rate": _remedies.RATE,
    "sigmoid_clip": _remedies.CLIPPING,
    "sigmoid_adam": _remedies.ADAM,
    "sigmoid_layer_norm": _remedies.LAYER_NORM,
    "sigmoid_batch_norm": _remedies.BATCH_NORM,
}


def questions(result: spirals.Result) -> dict[str, Question]:
    """The remedy that lets every seed learn, of some: each is guessed to be the only one."""
    answers = []
    for place, (name, remedy) in enumerate(ASKED.items()):
        losses = find(result, name).final_losses
        share = learned(losses, result.chance_loss) / len(losses)
        guesses = tuple(labels.percent(float(choice == place), 0) for choice in range(len(ASKED)))
        answers.append(Answer(labels.percent(share, 0), guesses, remedy))
    axis = Text(zh="学会的随机种子所占比例", en="share of the seeds that learn")
    return {"sigmoid": Question(tuple(answers), scale="difference", axis=axis)}
