"""Texts of a treatment, in every language."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from gradlab.language import Text
from gradlab.probing.finding import Cause, Finding
from gradlab.probing.wording import NAMES

__all__ = ["NAMES"]

FINITE = Text(
    en="Weights that are not finite drawn anew like the others: {names}",
    zh="把非有限的权重按其余权重的分布重新抽取：{names}",
)
OPERANDS = Text(en="Operands kept from where an operation is undefined: {how}", zh="让运算避开没有定义的数：{how}")
UNDER_ROOT = Text(en="a small number under the root", zh="根号里加一个小数")
IN_LOGARITHM = Text(en="a small number within the logarithm", zh="对数里加一个小数")
DIVISOR = Text(en="1 in the place of a divisor that is 0", zh="除数为 0 处改为 1")
SMALL_DIVISOR = Text(en="a small number in the place of a divisor that is 0", zh="除数为 0 处改为一个小数")
COSINE = Text(en="a cosine a little below 1", zh="余弦限制在略小于 1")
EXPONENT = Text(en="what is exponentiated between -30 and 20", zh="取指数的数限制在 -30 到 20 之间")
UNMASKED = Text(en="nothing masked in a row that is masked as a whole", zh="整行被掩掉时不掩")
ZEROS = Text(
    en="Layers of zeros in front of other layers of zeros drawn at random: {names}",
    zh="后面还接着全零层的全零层改为随机抽取：层 {names}",
)
SIBLINGS = Text(
    en="The weights of {names}, {ratio} times those of the layers like it, brought to their scale",
    zh="层 {names} 的权重是同类层的 {ratio} 倍，调回同类层的尺度",
)
BIASES = Text(en="Biases set to 0: {names}", zh="偏置置 0：层 {names}")
INITIALIZATION = Text(
    en="Weights of {names} drawn anew with the critical σ_w of {activation}: {wanted}{measured}",
    zh="层 {names} 的权重按 {activation} 的临界 σ_w 重新抽取：{wanted}{measured}",
)
IN_PLACE_OF = Text(en=" in place of {value}", zh="，原为 {value}")
ACTIVATION = Text(
    en="ReLU in the place of {kinds}: {names}; weights of {drawn} drawn anew with σ_w {wanted}",
    zh="用 ReLU 代替 {kinds}：层 {names}；层 {drawn} 的权重按 σ_w = {wanted} 重新抽取",
)
UNIT_VARIANCE = Text(
    en="LSUV: orthogonal weights, scaled on this batch until each layer puts out variance 1: {names}",
    zh="LSUV：权重取正交矩阵，再按这一批数据逐层缩放到输出方差为 1：层 {names}",
)
BRANCHES = Text(
    en="The last layers of the {count} residual branches divided by √{count}: {names}",
    zh="{count} 个残差分支的最后一层除以 √{count}：层 {names}",
)
NORMALIZATION = Text(en="{kind} behind every layer: {names}", zh="每层之后加 {kind}：层 {names}")
LAYER_FOR_BATCH = Text(
    en="{kind} in the place of batch normalization: {names}", zh="用 {kind} 代替批量归一化：层 {names}"
)
CONNECTIONS = Text(
    en="Residual connections around {count} layers, each branch divided by √{count}: {names}",
    zh="给 {count} 层加残差连接，每个分支除以 √{count}：层 {names}",
)
AROUND = Text(
    en="Residual connections around {count} blocks, each divided by √{count}: {names}",
    zh="给 {count} 个块加残差连接，每块的输出除以 √{count}：{names}",
)
OUTPUT = Text(en="{kind} at the output taken out: {names}", zh="去掉输出端的 {kind}：层 {names}")
PROBABILITIES = Text(
    en="{kind} behind the last layer, {names}: the loss asks for it",
    zh="在最后一层 {names} 之后加 {kind}：损失要的是它",
)
SIGMOID = Text(en="A sigmoid in the place of {names}", zh="用 sigmoid 代替 {names}")
TAKEN_OUT = Text(en="{kind} taken out: {names}", zh="去掉 {kind}：层 {names}")
TARGETS = Text(
    en="The output of {names} multiplied by {deviation}, plus {mean}: the standard deviation and mean of the targets",
    zh="把层 {names} 的输出乘以 {deviation}，再加 {mean}：即目标的标准差与平均值",
)
STANDARDIZATION = Text(
    en="Inputs with mean 0 and variance 1, in place of a root mean square of {rms}",
    zh="输入标准化为均值 0、方差 1，原来的均方根是 {rms}",
)
GATES = Text(
    en="Gates of {names} that keep the state over {length} time steps: a bias of {value}",
    zh="让层 {names} 的门在 {length} 个时间步内保住状态：偏置取 {value}",
)
ORTHOGONAL = Text(
    en="Orthogonal recurrent weights, which keep the norm of what they multiply: {names}",
    zh="循环权重取正交矩阵，不改变所乘向量的范数：层 {names}",
)
RATE = Text(en="The learning rate times {factor}", zh="学习率乘以 {factor}")

TITLE = Text(en="Treated: {before} before, {after} after.", zh="处理前：{before}；处理后：{after}。")
FASTER = Text(
    en="Treated: {before} before and after, and training goes better.", zh="处理前后都是{before}，训练更顺了。"
)
SOUND = Text(en="Nothing to treat: {verdict}.", zh="无需处理：{verdict}。")
NOTHING_FOUND = Text(en="nothing found that hinders training", zh="没有发现妨碍训练的问题")
ELSEWHERE = Text(
    en="Copies of the network train with this step. If your own training stands still all the same, the fault lies "
    "outside of the step, in an optimizer of another model, say, or in gradients that are never cleared. Watch your "
    "own loop:",
    zh="用这个 step，网络的副本是学得动的。如果你自己的训练仍然停滞，毛病就在 step 之外，"
    "例如优化器管的是另一个模型，或者梯度从不清零。观察你自己的训练循环：",
)
UNTREATED = Text(
    en="No remedy that was tried on a copy heals it: {before}.", zh="在副本上试过的办法都没有治好：{before}。"
)
NONE_KNOWN = Text(en="{before}, and no remedy that could be applied by itself.", zh="{before}，没有能自动施行的办法。")
COLUMNS = (Text(en="before", zh="处理前"), Text(en="after", zh="处理后"))
VERDICT = Text(en="verdict", zh="诊断")
FACTOR = Text(en="‖δ‖ per layer", zh="‖δ‖ 每层乘以")
LOSS = Text(en="loss, {optimizer}", zh="损失，{optimizer}")
AT_RATE = Text(en="at the rate", zh="学习率")
TRIED = Text(en="Tried, the best first:", zh="试过的办法，效果最好的在前：")
HELPED = Text(en="helped", zh="有用")
PARTLY = Text(en="helped in part", zh="部分有用")
LOWERED = Text(en="lowered the loss, and the fault is still there", zh="损失降得更低，毛病还在")
NOT = Text(en="did not help", zh="没有用")
FAILED = Text(en="could not run here: {error}", zh="在这里无法运行：{error}")
TRIAL = Text(en="{outcome}: {remedy} ({verdict}, loss {loss})", zh="{outcome}：{remedy}（{verdict}，损失 {loss}）")
THEN = Text(en="{one}; then: {other}", zh="{one}；然后：{other}")
WRITE = Text(en="To write into the code, {place}:", zh="写进代码，放在{place}：")
BY_HAND = Text(en="By hand, {place}: {helps}", zh="需要自己改，在{place}：{helps}")
AS_WELL = Text(
    en="By hand as well, for what was tried makes it rarer and no more, {place}: {helps}",
    zh="上面的办法只是让问题少出现，还需要自己改，在{place}：{helps}",
)
NO_UPDATE = Text(en="no update", zh="无法更新")
AT_NETWORK = Text(en="where the network is made", zh="建立网络之处")
AT_OPTIMIZER = Text(en="where the optimizer is made", zh="创建优化器之处")
AT_DATA = Text(en="where the data are read", zh="读取数据之处")
_IN_FORWARD = Text(en="in the network's forward", zh="网络的 forward 里")
_AT_LOSS = Text(en="where the loss is computed", zh="计算损失之处")
_IN_LOOP = Text(en="in the training loop", zh="训练循环里")
_IN_CODE = Text(en="in your code", zh="你的代码里")
_PLACES: Mapping[Cause, Text] = MappingProxyType(
    {
        **dict.fromkeys(("not in the optimizer", "weights unchanged"), AT_OPTIMIZER),
        **dict.fromkeys(("rate too high", "rate too low", "decay too large", "update not finite"), AT_OPTIMIZER),
        **dict.fromkeys(("gradients not cleared", "too few steps", "gradient not finite before"), _IN_LOOP),
        **dict.fromkeys(("weights not registered", "forgets over time", "fades over time"), AT_NETWORK),
        **dict.fromkeys(("zeros in a row", "first loss too large", "explodes over time"), AT_NETWORK),
        **dict.fromkeys(("graph cut", "graph switched off", "step function", "normalization of one"), _IN_FORWARD),
        **dict.fromkeys(("all masked", "exponential too large", "output cut", "wrong dimension"), _IN_FORWARD),
        **dict.fromkeys(("inputs not scaled", "targets not scaled", "inputs alike", "one target"), AT_DATA),
        **dict.fromkeys(("inputs not finite", "constant guess"), AT_DATA),
        **dict.fromkeys(("loss detached", "softmax of one", "normalized twice", "logits as probabilities"), _AT_LOSS),
        **dict.fromkeys(("wrong shapes", "targets out of range", "several targets", "divided by itself"), _AT_LOSS),
        **dict.fromkeys(("output saturated", "loss saturated", "wrong loss"), _AT_LOSS),
        **dict.fromkeys(("arccosine of 1", "no alignment"), _AT_LOSS),
        **dict.fromkeys(("logarithm of 0", "root of 0", "division by 0", "masked value not finite"), _AT_LOSS),
    }
)


def place(cause: Cause) -> Text:
    """The place at which the advice against a cause is to be written."""
    return _PLACES.get(cause, _IN_CODE)


def place_of(finding: Finding) -> Text:
    """The same for a finding: what is not finite between two layers arises in the network's forward."""
    between = finding.verdict == "non-finite" and not {"behind", "source"}.isdisjoint(dict(finding.facts))
    return _IN_FORWARD if between else place(finding.cause)


UNCHANGED = Text(
    en="Your model, its gradients and all random states are as they were: everything was done on copies.",
    zh="你的模型、梯度与随机数状态都没有变：一切都在副本上进行。",
)


_BARS = "▁▂▃▄▅▆▇█"


def sparkline(losses: Sequence[float], low: float, high: float, width: int = 12) -> str:
    """A curve as one line of bars between two values; a loss that is not finite is a cross."""
    if not losses:
        return ""
    count = min(width, len(losses))
    picked = [losses[round(index * (len(losses) - 1) / max(count - 1, 1))] for index in range(count)]
    bars = []
    for value in picked:
        if not math.isfinite(value):
            bars.append("×")
            continue
        share = (min(value, high) - low) / (high - low) if high > low else 1.0
        bars.append(_BARS[max(0, min(len(_BARS) - 1, round(share * (len(_BARS) - 1))))])
    return "".join(bars)
