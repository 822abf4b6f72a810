"""Values that are not finite: the operation that made them, and whether the last update did."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from gradlab.language import Text
from gradlab.probing import snippets
from gradlab.probing.causes import weights
from gradlab.probing.causes.common import BINARY_LOSS, Origins, always, on_logits
from gradlab.probing.finding import Advice, Cause, Finding, Sentence
from gradlab.probing.origins import Operation, UndefinedReading
from gradlab.probing.step import LayerCall, Step

_BY_OPERATION: Mapping[Operation, Cause] = MappingProxyType(
    {
        "root": "root of 0",
        "arccosine": "arccosine of 1",
        "alignment": "no alignment",
        "logarithm": "logarithm of 0",
        "division": "division by 0",
        "exponential": "exponential too large",
        "softmax": "all masked",
    }
)


_NO_PROBABILITIES = Origins(frozenset({"logits as probabilities"}), here=True, is_noted=True)
FOLLOWS: Mapping[Cause, Origins] = MappingProxyType(
    {"logarithm of 0": _NO_PROBABILITIES, "division by 0": _NO_PROBABILITIES}
)
"""Origin of both: outputs that are no probabilities, in a loss that takes them for some."""


def find(step: Step, earlier: Sequence[Step]) -> Iterator[Finding]:
    """Origins of values that are not finite.

    What overflows by a scaled loss in mixed precision is the scaler's business, and is told elsewhere.
    """
    if not weights.is_undefined(step):
        return
    if weights.undefined_weights(step):
        yield from weights.find(step, earlier, _origin)
    elif (grown := weights.grown_too_large(step, earlier)) is not None:
        yield grown
    elif step.grad_scale <= 1 or any(call.nonfinite for call in step.calls):
        yield from _origin(step)


def _origin(step: Step) -> Iterator[Finding]:
    reading = step.readings.undefined
    if reading is not None and reading.call < len(step.calls):
        yield from _forward(step, reading) if reading.way == "output" else _backward(step, reading)


def _forward(step: Step, reading: UndefinedReading) -> Iterator[Finding]:
    call = step.calls[reading.call]
    layers = tuple(other.label for other in step.calls if other.nonfinite)
    measured = float(sum(other.nonfinite for other in step.calls))
    facts = (("next", call.label), *_rows(reading))
    if reading.operations:
        cause = _BY_OPERATION[reading.operations[0]]
        source = _source(step, reading)
        start = call.label if source is None or cause == "all masked" else source.label
        if source is not None:
            facts += (("source", source.label), ("rms", source.rms))
        yield Finding("non-finite", layers, start, measured, None, None, 1.0, cause=cause, facts=facts)
    elif reading.inputs and not call.parents:
        yield Finding(
            "non-finite", layers, call.label, measured, None, None, 1.0, cause="inputs not finite", facts=facts
        )


def _source(step: Step, reading: UndefinedReading) -> LayerCall | None:
    """The nearest recorded call that an operation was computed from."""
    calls = [step.calls[index] for index in reading.sources if index < reading.call]
    return max(calls, key=lambda call: call.index, default=None)


def _backward(step: Step, reading: UndefinedReading) -> Iterator[Finding]:
    if not reading.operations or any(call.nonfinite for call in step.calls):
        return
    kind = reading.operations[0]
    hidden = reading.masked and kind in ("division", "logarithm")
    cause: Cause = "masked value not finite" if hidden else _BY_OPERATION[kind]
    labels = tuple(call.label for call in reversed(step.calls) if call.delta_nonfinite)
    measured = float(sum(call.delta_nonfinite for call in step.calls))
    behind = [step.calls[index].label for index in reading.neighbours if index < len(step.calls)]
    facts: tuple[tuple[str, float | str], ...] = (("kind", kind), *_rows(reading))
    if behind:
        facts += (("behind", ", ".join(behind)),)
    if reading.loss is not None and not math.isfinite(reading.loss):
        facts += (("loss", reading.loss),)
    elif not weights.undefined_gradients(step):
        facts += (("dropped", labels[-1]),)
    start = step.calls[reading.call].label
    if kind == "exponential" and len(reading.operations) > 1:
        facts += (("size", step.calls[reading.call].rms),)
    yield Finding("non-finite", labels, start, measured, None, None, None, cause=cause, facts=facts)


def _rows(reading: UndefinedReading) -> tuple[tuple[str, float | str], ...]:
    if not 0 < reading.count < reading.batch:
        return ()
    shown = ", ".join(map(str, reading.rows)) + (", …" if reading.count > len(reading.rows) else "")
    return ("rows", shown), ("count", str(reading.count)), ("batch", str(reading.batch))


# Sentences


_ROWS = Text(
    en=" It happens in {count} of the {batch} rows of the batch, counted from 0: {rows}.",
    zh="出问题的是一批 {batch} 行中的 {count} 行（从 0 数起）：{rows}。",
)
_BEHIND = Text(
    en="All outputs are finite, and so is the gradient at {behind}; from {start} on it is not.",
    zh="所有输出都有限，层 {behind} 的梯度也有限，到层 {start} 就不再有限。",
)
_FROM_LOSS = Text(
    en="All outputs are finite, and the gradient is not, from {start} on, which is next to the loss.",
    zh="所有输出都有限，但紧挨着损失的层 {start} 的梯度已不再有限。",
)
_LOSS = Text(en=" The loss itself is {loss}.", zh="损失本身就是 {loss}。")
_DROPPED = Text(
    en=" No weight has a part in it yet: further back the gradient is finite again, for a derivative of exactly 0, "
    "as ReLU has it, drops what is not. Such a training goes on, until another layer hands it on.",
    zh="眼下还没有权重受到影响：再往前，梯度又是有限的，因为 ReLU 这类恰好为 0 的导数把非有限的值丢掉了。"
    "训练因此还能继续，但换一层把它传下去，就不行了。",
)
_IN_GRADIENT: Mapping[Cause, Text] = MappingProxyType(
    {
        "root of 0": Text(
            en=" Between them a root is taken: at 0 the root is finite, and its derivative is infinite.",
            zh="两者之间有一次开方：0 的平方根是有限的，它在 0 处的导数却是无穷大。",
        ),
        "arccosine of 1": Text(
            en=" Between them an arccosine or an arcsine is taken: at 1 and at -1 it is finite, and its derivative is "
            "infinite.",
            zh="两者之间取了一次反余弦或反正弦：它在 1 和 -1 处是有限的，导数却是无穷大。",
        ),
        "no alignment": Text(
            en=" Between them is ctc_loss, which is infinite where a label is too long for its input: every element of "
            "it takes a time step, and one more stands between two elements that are the same.",
            zh="两者之间是 ctc_loss：标签比输入容得下的更长时，它就是无穷大。标签的每个元素要占一个时间步，"
            "相邻两个元素相同时，中间还要再占一步。",
        ),
        "logarithm of 0": Text(
            en=" Between them a logarithm is taken: at 0 it and its derivative are infinite.",
            zh="两者之间取了一次对数：在 0 处，对数和它的导数都是无穷大。",
        ),
        "division by 0": Text(
            en=" Between them something is divided: by 0 the quotient and its derivative are infinite.",
            zh="两者之间有一次除法：除数为 0 时，商和它的导数都是无穷大。",
        ),
        "exponential too large": Text(
            en=" Between them an exponential is taken: where it overflows, what makes its value finite again "
            "multiplies infinity by 0 on the way back.",
            zh="两者之间取了一次指数：指数上溢之后，即使数值又被变回有限，反向传播时也会出现无穷大乘 0。",
        ),
    }
)
_MASKED = {
    "division": Text(
        en=" Between them something is divided by 0, and the result replaced or left out afterwards: the value is "
        "gone, but its gradient is 0 times infinity, which is NaN.",
        zh="两者之间有一次除以 0，结果事后才被替换或舍去：数值虽然没了，梯度却是 0 乘无穷大，也就是 NaN。",
    ),
    "logarithm": Text(
        en=" Between them the logarithm of 0 is taken, and the result replaced or left out afterwards: the value is "
        "gone, but its gradient is 0 times infinity, which is NaN.",
        zh="两者之间对 0 取了对数，结果事后才被替换或舍去：数值虽然没了，梯度却是 0 乘无穷大，也就是 NaN。",
    ),
}
_IN_OUTPUT: Mapping[Cause, Text] = MappingProxyType(
    {
        "root of 0": Text(
            en="Between {source} and {next} the root of a negative number, or one over the root of 0, is taken: the "
            "result is infinite or NaN.",
            zh="层 {source} 与层 {next} 之间，对负数开方，或以 0 的平方根为除数：结果是无穷大或 NaN。",
        ),
        "logarithm of 0": Text(
            en="Between {source} and {next} the logarithm of 0 or of a negative number is taken: the result is "
            "infinite or NaN.",
            zh="层 {source} 与层 {next} 之间，对 0 或负数取了对数：结果是无穷大或 NaN。",
        ),
        "division by 0": Text(
            en="Between {source} and {next} something is divided by 0: the result is infinite or NaN.",
            zh="层 {source} 与层 {next} 之间有一次除以 0：结果是无穷大或 NaN。",
        ),
        "arccosine of 1": Text(
            en="Between {source} and {next} the arccosine or arcsine of a number beyond 1 or -1 is taken: the result "
            "is NaN.",
            zh="层 {source} 与层 {next} 之间，对大于 1 或小于 -1 的数取了反余弦或反正弦：结果是 NaN。",
        ),
        "exponential too large": Text(
            en="An exponential overflows between {source} and {next}: {source} puts out finite numbers, of a root mean "
            "square of {rms}, and their exponential is infinite.",
            zh="层 {source} 与层 {next} 之间的指数上溢：层 {source} 的输出是有限的，均方根为 {rms}，"
            "取指数之后成了无穷大。",
        ),
    }
)
_WITHOUT_SOURCE = Text(
    en="What {next} puts out is not finite: an operation within it, or on its inputs, is the first to make such "
    "values.",
    zh="层 {next} 的输出不再有限：最先产生这种值的，是它内部或对它输入所做的一次运算。",
)


_BEYOND = Text(
    en=" Between them an exponential is taken of what {start} puts out, whose root mean square is {size}: the "
    "exponential of such numbers is infinite, or 0.",
    zh="两者之间对层 {start} 的输出取了指数，这些输出的均方根是 {size}：这么大的数，指数不是无穷大就是 0。",
)


def _sentence(found: Finding) -> tuple[Text, ...]:
    facts = dict(found.facts)
    rows = (_ROWS,) if "rows" in facts else ()
    if "outputs" in facts:
        return weights.BEFORE, weights.OF_WEIGHTS, weights.ROOT
    if "kind" not in facts:
        return (_IN_OUTPUT[found.cause] if "source" in facts else _WITHOUT_SOURCE, *rows)
    where = _BEHIND if "behind" in facts else _FROM_LOSS
    what = _IN_GRADIENT.get(found.cause) or _MASKED[str(facts["kind"])]
    if "size" in facts:
        what = _BEYOND
    return (where, what, *((_LOSS,) if "loss" in facts else ()), *((_DROPPED,) if "dropped" in facts else ()), *rows)


def _all_masked(found: Finding) -> tuple[Text, ...]:
    masked = Text(
        en="In {start} a softmax is taken over a row in which every element is masked with −∞: that is 0 divided by 0.",
        zh="层 {start} 里有一次 softmax，它的一整行都被 −∞ 掩掉了：结果是 0 除以 0。",
    )
    return (masked, _ROWS) if "rows" in dict(found.facts) else (masked,)


def _undefined_inputs(found: Finding) -> tuple[Text, ...]:
    given = Text(
        en="The batch itself has infinite or undefined values, before any layer: {start} is given them.",
        zh="这批数据本身就有无穷大或 NaN，还没经过任何层：层 {start} 的输入就是这样。",
    )
    return (given, _ROWS) if "rows" in dict(found.facts) else (given,)


SENTENCES: Mapping[Cause, Sentence] = MappingProxyType(
    {
        **dict.fromkeys((*_IN_GRADIENT, "masked value not finite"), _sentence),
        "all masked": _all_masked,
        "inputs not finite": _undefined_inputs,
        **weights.SENTENCES,
    }
)

_REPLACE = Text(
    en="torch.where or nan_to_num afterwards: the gradient of what they leave out is 0 times infinity, which is NaN.",
    zh="事后用 torch.where 或 nan_to_num 替换：被换掉的值的梯度是 0 乘无穷大，仍是 NaN。",
)


ADVICE: Mapping[Cause, Callable[[Finding, Step], Advice]] = MappingProxyType(
    {
        "root of 0": always(
            Text(
                en="Add a small number under the root, or take a distance without a root.",
                zh="在根号里加一个小数，或者改用不开方的距离。",
            ),
            snippets.ROOT,
            _REPLACE,
            "undefined.root",
        ),
        "arccosine of 1": always(
            Text(
                en="Clamp the cosine to a little less than 1, or take the angle from atan2.",
                zh="把余弦限制在略小于 1 的范围内，或者用 atan2 求角。",
            ),
            snippets.ARCCOSINE,
            _REPLACE,
        ),
        "no alignment": always(
            Text(
                en="Give the network more time steps, by less pooling along them, or leave such samples out; look at "
                "how many there are first.",
                zh="让网络输出更多的时间步（沿时间少做池化），或者去掉这样的样本；先看看有多少。",
            ),
            "print((input_lengths <= target_lengths).sum())\n"
            "loss = torch.nn.functional.ctc_loss(\n"
            "    log_probabilities, targets, input_lengths, target_lengths, zero_infinity=True\n)",
            Text(
                en="A smaller learning rate: no output makes a label fit that is too long.",
                zh="减小学习率：标签太长，什么样的输出都放不下它。",
            ),
        ),
        "logarithm of 0": always(
            Text(
                en="Take the loss from the logits, or add a small number within the logarithm.",
                zh="直接由 logits 计算损失，或者在对数里加一个小数。",
            ),
            f"{on_logits(BINARY_LOSS)}\nlog = (probabilities + 1e-7).log()  # where there are no logits",
            _REPLACE,
            "undefined.logarithm",
        ),
        "division by 0": always(
            Text(en="Keep the divisor away from 0 before dividing.", zh="在做除法之前，先让除数离开 0。"),
            "mean = total / count.clamp_min(1)  # a count; of other divisors: divisor + 1e-8",
            _REPLACE,
            "undefined.masked",
        ),
        "masked value not finite": always(
            Text(
                en="Make the operand safe before the operation, and mask afterwards as well if the value matters.",
                zh="在运算之前就让操作数安全；若结果的数值也要紧，事后再替换一次。",
            ),
            "safe = torch.where(divisor == 0, 1, divisor)\n"
            "quotient = torch.where(divisor == 0, 0, total / safe)  # the same for a logarithm",
            _REPLACE,
            "undefined.masked",
        ),
        "exponential too large": always(
            Text(
                en="Bound what is exponentiated, and scale the inputs: in float32 exp overflows from 88.7 on.",
                zh="限制取指数的数的范围，并把输入缩放好：在 float32 里，指数超过 88.7 就上溢。",
            ),
            f"{snippets.EXPONENTIAL}\nx = (x - x.mean(0)) / x.std(0)",
            weights.CLIP,
            "undefined.exponential",
        ),
        "all masked": always(
            Text(
                en="Leave at least one element of every row unmasked, or mask with a large finite number.",
                zh="每一行至少留一个元素不掩，或者用绝对值很大的有限数来掩。",
            ),
            "empty = mask.all(-1, keepdim=True)\nscores = scores.masked_fill(mask & ~empty, float('-inf'))",
            _REPLACE,
            "undefined.all_masked",
        ),
        "inputs not finite": always(
            Text(
                en="Mend or leave out these rows where the data is read: no layer can undo them.",
                zh="在读取数据的地方修好或丢掉这些行：没有哪一层能补救。",
            ),
            "keep = torch.isfinite(x).flatten(1).all(1)\nx, y = x[keep], y[keep]",
            Text(en="Another initialization or learning rate.", zh="更换初始化或学习率。"),
            "undefined.inputs",
        ),
        **weights.ADVICE,
    }
)
