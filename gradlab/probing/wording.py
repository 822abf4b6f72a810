"""Every sentence and label of a report, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from gradlab.language import Language, Text, locale
from gradlab.probing import causes
from gradlab.probing.finding import Finding

VERDICTS = {
    "healthy": Text(en="Verdict: healthy.", zh="诊断：正常。"),
    "vanishing": Text(en="Verdict: vanishing gradients.", zh="诊断：梯度消失。"),
    "exploding": Text(en="Verdict: exploding gradients.", zh="诊断：梯度爆炸。"),
    "dead": Text(en="Verdict: dead units.", zh="诊断：死亡单元。"),
    "saturated": Text(en="Verdict: saturated units.", zh="诊断：单元饱和。"),
    "non-finite": Text(en="Verdict: infinite or undefined values.", zh="诊断：出现无穷大或 NaN。"),
    "cut off": Text(en="Verdict: parameters without a gradient.", zh="诊断：有参数得不到梯度。"),
    "misconfigured": Text(en="Verdict: the training is set up wrongly.", zh="诊断：训练设置有误。"),
    "inconclusive": Text(en="Verdict: not enough to say.", zh="诊断：证据不足，无法判断。"),
}

NAMES = {
    "healthy": Text(en="healthy", zh="正常"),
    "vanishing": Text(en="vanishing", zh="梯度消失"),
    "exploding": Text(en="exploding", zh="梯度爆炸"),
    "dead": Text(en="dead units", zh="死亡单元"),
    "saturated": Text(en="saturated", zh="饱和"),
    "non-finite": Text(en="non-finite", zh="无穷大或 NaN"),
    "cut off": Text(en="cut off", zh="得不到梯度"),
    "misconfigured": Text(en="misconfigured", zh="设置有误"),
    "inconclusive": Text(en="not enough to say", zh="无法判断"),
}
LINE = Text(
    en="step {number}: {verdict}; ‖δ‖ {first_delta} at {first}, {last_delta} at {last}",
    zh="第 {number} 步：{verdict}；‖δ‖ 在层 {first} 为 {first_delta}，在层 {last} 为 {last_delta}",
)
LINE_WITHOUT = Text(en="step {number}: {verdict}; no gradient", zh="第 {number} 步：{verdict}；没有梯度")

_ALONG = Text(
    en=" from {last} back to {first}, ‖δ‖ is multiplied by {measured}, which is {per_layer} per layer{theory}. "
    "Seen from the loss, it is beyond a factor of 10 from {start} on.{sure}",
    zh="从层 {last} 回到层 {first}，‖δ‖ 变为原来的 {measured}，平均每层乘以 {per_layer}{theory}。"
    "从损失一侧看，到层 {start} 起已超过 10 倍。{sure}",
)
_SURE = Text(en=" Confidence {confidence}.", zh="置信度 {confidence}。")
_FINDINGS = {
    "vanishing": Text(en="The gradient vanishes towards the input:{along}", zh="梯度朝输入方向消失：{along}"),
    "exploding": Text(en="The gradient explodes towards the input:{along}", zh="梯度朝输入方向爆炸：{along}"),
    "dead": Text(
        en="Dead units in {layers}: up to {measured} of a layer's units put out 0 for the whole batch{theory}.",
        zh="层 {layers} 有死亡单元：一层中最多有 {measured} 的单元对整批输入都输出 0{theory}。",
    ),
    "saturated": Text(
        en="Saturated units in {layers}: up to {measured} of the elements lie where the derivative is below 1% "
        "of its largest value.",
        zh="层 {layers} 的单元饱和：最多有 {measured} 的元素落在导数不足最大值 1% 的区间。",
    ),
    "non-finite": Text(
        en="Infinite or undefined values, first in {start}: {measured} elements in {layers}.",
        zh="出现无穷大或 NaN，最先见于层 {start}：层 {layers} 共有 {measured} 个元素。",
    ),
    "cut off": Text(
        en="No gradient arrives at {measured} parameters that require one, though others got theirs: {layers}.",
        zh="有 {measured} 个需要梯度的参数得不到梯度，其他参数却有：{layers}。",
    ),
}
_UNSURE_RATIO = Text(
    en="From {last} back to {first}, ‖δ‖ is multiplied by {measured}, which is {per_layer} per layer{theory}. Another "
    "seed of the same network may show as much.",
    zh="从层 {last} 回到层 {first}，‖δ‖ 变为原来的 {measured}，平均每层乘以 {per_layer}{theory}。"
    "换一个随机种子也可能出现这样的差别。",
)
_LEARNED = Text(
    en="From {last} back to {first}, ‖δ‖ is multiplied by {measured}, which is {per_layer} per layer{theory}. Random "
    "weights would not do that, but weights that have learned may, and within a factor of 100 nothing need be wrong.",
    zh="从层 {last} 回到层 {first}，‖δ‖ 变为原来的 {measured}，平均每层乘以 {per_layer}{theory}。"
    "随机的权重不会这样，学习过的权重却可能如此；在 100 倍以内，网络未必有问题。",
)
_UNSURE_SHARE = Text(
    en="In {layers}, {measured} of the units put out 0, but the batch has a single input.",
    zh="层 {layers} 有 {measured} 的单元输出 0，但这一批只有一个输入。",
)
_BLOCKED = Text(
    en="No gradient gets through: from {last} back to {first}, ‖δ‖ falls to 0{theory}. Seen from the loss, it is "
    "beyond a factor of 10 from {start} on.{sure}",
    zh="梯度完全传不过去：从层 {last} 回到层 {first}，‖δ‖ 变为 0{theory}。"
    "从损失一侧看，到层 {start} 起已超过 10 倍。{sure}",
)
_MILD = {
    "vanishing": Text(
        en="The gradient shrinks towards the input, by less than hinders training: from {last} back to {first}, ‖δ‖ is "
        "multiplied by {measured}, which is {per_layer} per layer{theory}.",
        zh="梯度朝输入方向变小，但还不到妨碍训练的程度：从层 {last} 回到层 {first}，"
        "‖δ‖ 变为原来的 {measured}，平均每层乘以 {per_layer}{theory}。",
    ),
    "exploding": Text(
        en="The gradient grows towards the input, by less than hinders training: from {last} back to {first}, ‖δ‖ is "
        "multiplied by {measured}, which is {per_layer} per layer{theory}.",
        zh="梯度朝输入方向变大，但还不到妨碍训练的程度：从层 {last} 回到层 {first}，"
        "‖δ‖ 变为原来的 {measured}，平均每层乘以 {per_layer}{theory}。",
    ),
    "saturated": Text(
        en="Units in {layers} are saturated: up to {measured} of the elements lie where the derivative is below 1% of "
        "its largest value. That alone hinders no training.",
        zh="层 {layers} 的单元饱和：最多有 {measured} 的元素落在导数不足最大值 1% 的区间。仅此一点不妨碍训练。",
    ),
}
_STREAM = {
    "exploding": Text(
        en="The gradient grows towards the input, as it does where blocks are normalized and no branch starts at 0: "
        "from {last} back to {first}, ‖δ‖ is multiplied by {measured}, which is {per_layer} per block. Such networks "
        "train.",
        zh="梯度朝输入方向变大，这在块内有归一化、残差分支又不从 0 开始的网络里很常见："
        "从 {last} 回到 {first}，‖δ‖ 变为原来的 {measured}，平均每块乘以 {per_layer}。这样的网络能够训练。",
    ),
    "vanishing": Text(
        en="The gradient shrinks towards the input, from block to block: from {last} back to {first}, ‖δ‖ is "
        "multiplied by {measured}, which is {per_layer} per block. Where blocks are normalized, networks train with "
        "it.",
        zh="梯度朝输入方向逐块变小：从 {last} 回到 {first}，‖δ‖ 变为原来的 {measured}，平均每块乘以 {per_layer}。"
        "块内有归一化时，网络照样能训练。",
    ),
}
_WEIGHTS = Text(
    en="The weights of {layers} are of another scale: their σ_w is {measured} times that of the layers like it, and "
    "‖δ‖ shows it.",
    zh="层 {layers} 的权重尺度与众不同：其 σ_w 是同类层的 {measured} 倍，‖δ‖ 也随之突变。",
)
_WEIGHTS_SATURATED = Text(
    en="The weights of {layers} are of another scale: their σ_w is {measured} times that of the layers like it, and "
    "saturates the units behind it.",
    zh="层 {layers} 的权重尺度与众不同：其 σ_w 是同类层的 {measured} 倍，使它后面的单元饱和。",
)
_WEIGHTS_MILD = Text(
    en="The weights of {layers} are of another scale: their σ_w is {measured} times that of the layers like it. The "
    "other layers learn all the same.",
    zh="层 {layers} 的权重尺度与众不同：其 σ_w 是同类层的 {measured} 倍。其他层照样学得会。",
)
_SCALED = Text(
    en="The gradient of the scaled loss overflows, first in {start}; all outputs are finite. The scaler leaves this "
    "step out and lowers its factor.",
    zh="放大后的损失的梯度上溢，最先见于层 {start}；所有输出都是有限的。缩放器会跳过这一步，并减小损失的缩放倍数。",
)
_GRADIENT = Text(
    en="Infinite or undefined values in the gradient alone, first in {start}: {measured} elements in {layers}. All "
    "outputs that were seen are finite, so that they arise between this layer and the loss: a logarithm, a root or a "
    "quotient of 0, even where torch.where takes another branch.",
    zh="只有梯度里出现无穷大或 NaN，最先见于层 {start}：层 {layers} 共有 {measured} 个元素。"
    "看到的输出都是有限的，所以它们出自这一层与损失之间：对 0 取对数、开方或以 0 为除数，"
    "即使 torch.where 选的是另一支也会如此。",
)
_STOPPED = Text(
    en="No gradient gets past {start}: behind it ‖δ‖ is exactly 0, in all {measured} layers with weights: {layers}.",
    zh="梯度到 {start} 为止，再传不过去：在它之前，有权重的 {measured} 层里 ‖δ‖ 都恰好是 0：{layers}。",
)
_CLOSED = Text(
    en="This step does not tell: the weights of {start} are 0, so that behind it ‖δ‖ is exactly 0, in all {measured} "
    "layers with weights: {layers}. It gets a gradient itself, and after one update it lets the others' through.",
    zh="这一步看不出：{start} 的权重全是 0，所以在它之前，有权重的 {measured} 层里 ‖δ‖ 都恰好是 0：{layers}。"
    "它自己有梯度，更新一次之后，其他层也会得到梯度。",
)
_UNUSED = Text(
    en="{measured} parameters beside the modules got no gradient; they may have had no use in this pass: {layers}.",
    zh="有 {measured} 个不属于任何子模块的参数没有得到梯度，可能这次传播没有用到它们：{layers}。",
)
_NOTHING = Text(
    en="The loss sends no gradient back: ‖δ‖ is exactly 0 from {start} on, in all {measured} layers with weights.",
    zh="损失没有传回任何梯度：从层 {start} 起，有权重的 {measured} 层里 ‖δ‖ 都恰好是 0。",
)
_BASELINE = Text(
    en=", where weights around 0 leave about {predicted} silent",
    zh="，而均值为 0 的权重只会让约 {predicted} 的单元静默",
)
_THEORY = Text(
    en=" (theory expects {predicted} in all from these weights)", zh="（按这些权重，理论预测总共 {predicted}）"
)
_MOST_NAMES = 3

LAYER = Text(en="layer {label}", zh="{label}")
HELPS = Text(en="What helps: ", zh="有用：")
FAILS = Text(en="What does not help: ", zh="无用：")
PAGE = Text(en="Measured on the page “{title}”: ", zh="实测见《{title}》：")
EVIDENCE = Text(en="Measured here: ", zh="实测见：")
NOTE = Text(en="Note: ", zh="注：")

IDLE = Text(
    en="Not called as modules, so that only the gradients of their parameters were seen: {names} ({count} in all).",
    zh="以下模块没有作为模块被调用，只看到了其参数的梯度：{names}（共 {count} 个）。",
)
UNMEASURED = Text(
    en="Outputs that cannot be measured (empty, complex, a single number, or of torch.func): {names} ({count} in all).",
    zh="以下模块的输出无法测量（为空、是复数、只有一个数，或属于 torch.func）：{names}（共 {count} 个）。",
)
EVALUATION = Text(
    en="The model was in evaluation mode: batch normalization used its running statistics, and behaves otherwise in "
    "training.",
    zh="模型处于评估模式：批量归一化用的是滑动统计量，训练时表现不同。",
)
UNSEEN = Text(
    en="Activation functions between modules whose outputs could not be taken, so that their units were not looked at: "
    "{count}, the first before {first}.",
    zh="有 {count} 个激活函数夹在模块之间，取不到输出，其单元未检查；第一个在 {first} 之前。",
)
RECURRENT = Text(
    en="A recurrent layer is seen from outside only in this step: its gradient through time is measured in the first "
    "steps, and then at every power of two.",
    zh="这一步只从外部观察循环层：沿时间方向的梯度只在最初几步和步数为 2 的幂时测量。",
)
RECOMPUTED = Text(
    en="Activation checkpointing repeated {count} calls; each is counted once.",
    zh="激活检查点重复了 {count} 次调用，每次只计一次。",
)
SEVERAL = Text(en="The step had several backward passes; ‖δ‖ is their mean.", zh="这一步有多次反向传播，‖δ‖ 取平均值。")
ACCUMULATED = Text(
    en="Gradients of earlier passes were still there, and those of this step were added to them: ‖∂W‖ is their sum. "
    "With optimizer= a step lasts until the optimizer's.",
    zh="先前各次的梯度还在，这一步的梯度加在了上面：‖∂W‖ 是它们的和。给出 optimizer=，一步就到优化器更新为止。",
)
OPAQUE = Text(
    en="{name} was traced or scripted, and nothing inside it is seen; probe the module before torch.jit.",
    zh="{name} 经过 torch.jit 跟踪或编译，内部看不到；请在调用 torch.jit 之前套上探针。",
)
SPREAD = Text(
    en="Parameters are spread over several processes (DTensor): norms are estimated from this process's part.",
    zh="参数分布在多个进程上（DTensor）：范数由本进程的那一部分估计。",
)
HOOK_FAILED = Text(
    en="A hook of the probe failed ({count} times, first {error}); what it would have measured is missing, and the "
    "training was not disturbed.",
    zh="探针的钩子出错 {count} 次，第一次是 {error}；它本该测量的内容缺失，训练没有受影响。",
)
NOTHING_TO_COMPARE = Text(
    en="‖δ‖ is compared along linear layers that follow each other, at least {chain} in one chain, or along at least "
    "{group} layers or blocks of the same kind and place. Here there is no such stretch: of linear layers with a "
    "gradient there are {linear}, of layers or blocks alike at most {alike}.",
    zh="‖δ‖ 要在首尾相接的线性层（一条链上至少 {chain} 层），或至少 {group} 个同类同位置的层或块之间比较。"
    "这里没有这样的一段：有梯度的线性层有 {linear} 个，同类同位置的层或块最多 {alike} 个。",
)
CHANGED = Text(en="The verdict changed along the way: {turns}.", zh="诊断结果中途有变：{turns}。")
TURN = Text(en="{verdict} from step {number}", zh="第 {number} 步起为“{verdict}”")
COMPILED = Text(
    en="The model is compiled. In the block it ran uncompiled, because compiled code calls no hooks.",
    zh="模型是编译过的。编译后的代码不调用钩子，所以在 with 块内它以未编译的方式运行。",
)
FROZEN = Text(
    en="Frozen, so that they get no gradient: {count} of {all} parameters, with {share} of all weights.",
    zh="冻结而得不到梯度的参数：{all} 个中有 {count} 个，占全部权重的 {share}。",
)
ALIKE = Text(en="… {count} more rows like these", zh="…… 另有 {count} 行与此相同")
LEFT_OUT = Text(en="… {count} more rows", zh="…… 另有 {count} 行")
BETWEEN = Text(en=", ‖δ‖ from {low} to {high}", zh="，‖δ‖ 从 {low} 到 {high}")
LAST = Text(en="This is step {number}; {count} steps were recorded.", zh="这是第 {number} 步；一共记录了 {count} 步。")

COLUMNS = {
    "layer": Text(en="layer", zh="层"),
    "kind": Text(en="kind", zh="类型"),
    "shape": Text(en="shape", zh="形状"),
    "rms": Text(en="rms", zh="均方根"),
    "delta": Text(en="‖δ‖", zh="‖δ‖"),
    "factor": Text(en="factor", zh="逐层因子"),
    "predicted_factor": Text(en="predicted", zh="预测值"),
    "silent": Text(en="silent", zh="静默"),
    "saturated": Text(en="saturated", zh="饱和"),
    "sigma_w": Text(en="σ_w", zh="σ_w"),
    "weight": Text(en="‖W‖", zh="‖W‖"),
    "weight_gradient": Text(en="‖∂W‖", zh="‖∂W‖"),
    "update_ratio": Text(en="‖ΔW‖/‖W‖", zh="‖ΔW‖/‖W‖"),
}
_SHARES = {"silent", "saturated"}
_CERTAIN = 0.999


def shown(column: str, value: object) -> str:
    """A value of a row as the table shows it."""
    if value is None:
        return "–"
    if not isinstance(value, float):
        return str(value).replace("x", "×") if column == "shape" else str(value)
    return f"{value:.0%}" if column in _SHARES else f"{value:.3g}"


def called(label: str, language: Language) -> str:
    """A layer's name as it stands in a sentence; in English one that is a mere number is called a layer."""
    return LAYER(language, label=label) if label.partition(" ")[0].isdecimal() else label


def names(labels: Sequence[str], language: Language) -> str:
    """Several layers' names for a sentence, the middle ones left out where there are many."""
    shown = [called(label, language) for label in labels]
    if len(shown) > _MOST_NAMES:
        shown = [shown[0], "…", shown[-1]]
    return locale(language).enumeration.join(shown)


def confident(confidence: float) -> str:
    """A confidence; what rounds to certainty is shown as a bound."""
    return f"{confidence:.1%}" if confidence < _CERTAIN else f"> {_CERTAIN:.1%}"


_LARGEST_PLAIN = 1e4


def _times(factor: float) -> str:
    """A factor with two digits, written out where that is short."""
    short = f"{factor:.2g}"
    return f"{float(short):.0f}" if 100 <= factor < _LARGEST_PLAIN else short


def _sentence(found: Finding) -> Text:
    """The sentence of a finding, with its places for what was measured."""
    if found.reason == "weights":
        hindering = _WEIGHTS_SATURATED if found.verdict == "saturated" else _WEIGHTS
        return _WEIGHTS_MILD if found.severity == "note" else hindering
    if found.reason == "blocked":
        if found.verdict == "inconclusive":
            return _CLOSED
        return _NOTHING if found.starts_at in found.layers else _STOPPED
    by_reason = {"learned": _LEARNED, "scaler": _SCALED, "gradient": _GRADIENT}
    if found.reason in by_reason:
        return by_reason[found.reason]
    if found.severity == "note":
        if found.verdict == "cut off":
            return _UNUSED
        return _STREAM[found.verdict] if found.reason == "stream" else _MILD[found.verdict]
    if not found.measured and found.verdict == "vanishing":
        return _BLOCKED
    return _FINDINGS.get(found.verdict) or (_UNSURE_SHARE if found.per_layer is None else _UNSURE_RATIO)


_OF_LAYERS = frozenset({"source", "next", "behind", "zeros"})
"""Facts that are labels of layers, or several with commas between them."""


def _fact(name: str, value: float | str, language: Language) -> str:
    if isinstance(value, str):
        return names(value.split(", "), language) if name in _OF_LAYERS else value
    return f"{value:.3g}"


def finding(found: Finding, language: Language) -> str:
    """A finding in one sentence, or a few."""
    by_units = found.verdict == "inconclusive"
    share = not found.reason and not found.cause and (found.verdict in ("dead", "saturated") or by_units)
    theory = ""
    if found.predicted is not None:
        predicted = f"{found.predicted:.0%}" if share else _times(found.predicted)
        theory = (_BASELINE if share else _THEORY)(language, predicted=predicted)
    count = found.verdict in ("non-finite", "cut off") or found.reason == "blocked"
    measured = f"{found.measured:.0%}" if share else f"{found.measured:.0f}" if count else _times(found.measured)
    values = {
        "start": called(found.starts_at, language),
        "first": called(found.layers[0], language),
        "last": called(found.layers[-1], language),
        "layers": names(found.layers, language),
        "measured": measured,
        "per_layer": "" if found.per_layer is None else f"{found.per_layer:.3g}",
        "theory": theory,
        "sure": "" if found.confidence is None else _SURE(language, confidence=confident(found.confidence)),
    }
    facts = {name: _fact(name, value, language) for name, value in found.facts}
    told = causes.SENTENCES.get(found.cause) or _sentence(found)
    values |= facts | {"along": _ALONG(language, **values)}
    sentence = "".join(text(language, **values) for text in ((told,) if isinstance(told, Text) else told(found)))
    # A sentence may begin with "layer 3", but not one with a name from the user's code.
    opening = LAYER(language, label="")
    return sentence[0].upper() + sentence[1:] if opening and sentence.startswith(opening) else sentence
