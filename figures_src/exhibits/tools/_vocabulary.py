"""The tools that are compared: what each claims to detect, and which of our verdicts each of its words stands for.

This table is the comparison's judgment, and is shown on the page. Where in doubt it favors the others: a remark that
is true of a healthy network too counts where it names the truth, and never against the tool.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from figures_src.model.failures import relative
from figures_src.model.language import Text

HEALTHY, VANISHING, EXPLODING, DEAD = "healthy", "vanishing", "exploding", "dead"
SATURATED, NON_FINITE, CUT_OFF = "saturated", "non-finite", "cut off"
TRUTHS = (HEALTHY, VANISHING, EXPLODING, DEAD, SATURATED, NON_FINITE, CUT_OFF)
"""Verdicts, in the order of the bank."""

SAYS_SO = Text(zh="原话就是这个意思", en="it says so")
NO_FAULT = Text(zh="说的是正常", en="says that all is well")
STANDS_STILL = Text(zh="学习率设为 0，权重当然不动", en="follows from the learning rate 0")
OTHER = Text(zh="不属于这几类问题", en="about another matter")
PARTLY = Text(
    zh="健康的深层 ReLU 网络也有这么多静默单元：说中了算对，没说中也不算误报",
    en="true of healthy deep ReLU networks too: counted where right, never as an alarm",
)
NOTE = Text(zh="只是备注：说中了算对，没说中也不算误报", en="only a note: counted where right, never as an alarm")
SPARSE = Text(zh="激活值为零的比例，不是单元死亡", en="a share of zeros, not of dead units")


@dataclass(frozen=True)
class Word:
    """Something that a tool says.

    Attributes:
        says: its words, with … for names and numbers.
        means: the verdict that they stand for; None where they stand for none.
        why: the reason.
        remark: counts where it names the truth, and never against the tool.

    """

    says: str
    means: str | None
    why: Text = SAYS_SO
    remark: bool = False

    def is_in(self, message: str) -> bool:
        """Whether a message of the tool says this."""
        pattern = ".*".join(re.escape(part) for part in self.says.split("…"))
        return re.search(pattern, message, re.DOTALL) is not None


@dataclass(frozen=True)
class Tool:
    """One tool.

    Attributes:
        name: as its authors write it.
        detects: what it claims to detect; nothing for a tool that only records.
        words: all that it is known to say of the bank; the first that is in a message counts.
        watches: at what it looked when its cost was measured; at every step, unless it says otherwise.

    """

    name: str
    watches: Text
    detects: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()

    def heard(self, messages: Iterable[str]) -> tuple[str, ...]:
        """The words in some messages, in the order of the table.

        Raises `ValueError` for a message that the table does not know: no word may be passed over.
        """
        found = set()
        for message in messages:
            word = next((word for word in self.words if word.is_in(message)), None)
            if word is None:
                raise ValueError(f"{self.name}: found {message!r}, allowed: what {relative(Path(__file__))} lists")
            found.add(word.says)
        return tuple(word.says for word in self.words if word.says in found)

    def word(self, says: str) -> Word:
        """One of its words."""
        return next(word for word in self.words if word.says == says)


GRADIENTS = Text(zh="梯度", en="gradients")
EVERYTHING = Text(zh="梯度、激活值、权重", en="gradients, activations, weights")
HISTOGRAMS = Text(zh="梯度的直方图", en="histograms of gradients")

TOOLS: dict[str, Tool] = {
    "gradlab": Tool(
        "gradlab",
        EVERYTHING,
        TRUTHS,
        tuple(Word(verdict, verdict) for verdict in (*TRUTHS, "inconclusive")),
    ),
    "torchdiag": Tool(
        "torchdiag",
        GRADIENTS,
        (HEALTHY, VANISHING, EXPLODING, DEAD, NON_FINITE, CUT_OFF),
        (
            Word("gradient VANISH", VANISHING),
            Word("gradient EXPLODE", EXPLODING),
            Word("gradient no_grad", CUT_OFF, Text(zh="参数没有梯度", en="a parameter without a gradient")),
            Word("neurons CRITICAL", DEAD, Text(zh="一半以上的神经元死亡", en="more than half of the neurons dead")),
            Word("neurons WARNING", DEAD, PARTLY, remark=True),
            Word("loss not finite", NON_FINITE),
            Word("OK", None, NO_FAULT),
        ),
    ),
    "traintools": Tool(
        "traintools",
        GRADIENTS,
        (HEALTHY, VANISHING, EXPLODING, DEAD, NON_FINITE),
        (
            Word("gradient appears vanished", VANISHING),
            Word("gradient is very large (norm=inf)", NON_FINITE),
            Word("gradient is very large", EXPLODING),
            Word("non-finite gradients", NON_FINITE),
            Word("DORMANT>…%", DEAD, Text(zh="一半以上的单元休眠", en="more than half of the units dormant")),
            Word("dormant>…%", DEAD, PARTLY, remark=True),
            Word("rank-collapsed", None, OTHER),
            Word("low-rank", None, OTHER),
        ),
    ),
    "torchlens": Tool(
        "torchlens",
        Text(zh="每个运算", en="every operation"),
        (HEALTHY, VANISHING, EXPLODING, DEAD, NON_FINITE),
        (
            Word("gradient_flow_audit: vanishing", VANISHING),
            Word("gradient_flow_audit: exploding", EXPLODING),
            Word("gradient_flow_audit: dead", DEAD, Text(zh="梯度恰好为 0", en="a gradient that is exactly 0")),
            Word("gradient_flow_audit: nonfinite", NON_FINITE),
            Word("find_nan", NON_FINITE),
            Word("dtype_nonfinite", NON_FINITE),
            Word("bisect_nan_backward", NON_FINITE),
            Word("dtype_near_max", NON_FINITE, NOTE, remark=True),
            Word("dtype_subnormal", None, OTHER),
            Word("dtype_downcast", None, OTHER),
        ),
    ),
    "torchmortem": Tool(
        "torchmortem",
        EVERYTHING,
        (HEALTHY, VANISHING, EXPLODING, DEAD, SATURATED),
        (
            Word("Vanishing gradients detected", VANISHING),
            Word(
                "Gradient stalling in …", VANISHING, Text(zh="说梯度接近 0", en="it says that the gradient is near 0")
            ),
            Word("Exploding gradients detected", EXPLODING),
            Word("Dead units in …", DEAD),
            Word("Activation saturation in …", SATURATED),
            Word("Stagnant weight norms", None, STANDS_STILL),
            Word("Inter-layer weight norm imbalance", None, OTHER),
        ),
    ),
    "neural_observatory": Tool(
        "neural-observatory",
        Text(zh="梯度、激活值；权重每十步", en="gradients, activations; weights every tenth step"),
        TRUTHS,
        (
            Word("Vanishing gradients", VANISHING),
            Word("Exploding gradients", EXPLODING),
            Word("NaN detected", NON_FINITE),
            Word("Inf detected", NON_FINITE),
            Word("Inf in parameter", NON_FINITE),
            Word("of neurons are dead", DEAD),
            Word("of neurons appear dead", DEAD, PARTLY, remark=True),
            Word("High saturation", SATURATED),
            Word("High sparsity", None, SPARSE),
            Word("Moderate sparsity", None, SPARSE),
            Word(
                "Very low mean absolute activation",
                DEAD,
                NOTE,
                remark=True,
            ),
            Word(
                "Layer may not be in the backward graph",
                CUT_OFF,
                NOTE,
                remark=True,
            ),
            Word("Embeddings stable", None, OTHER),
            Word("embedding drift", None, OTHER),
            Word("attention entropy", None, OTHER),
            Word("healthy", None, NO_FAULT),
            Word("within acceptable range", None, NO_FAULT),
            Word("No numerical anomalies", None, NO_FAULT),
        ),
    ),
    "lightning": Tool("Lightning grad_norm", GRADIENTS),
    "gradviz": Tool("gradviz", GRADIENTS),
    "torchinstruments": Tool(
        "torchinstruments",
        Text(zh="梯度、激活值；默认每分钟一步", en="gradients, activations; one step a minute, its default"),
    ),
    "tensorboard": Tool(
        "TensorBoard",
        HISTOGRAMS,
    ),
    "wandb": Tool(
        "wandb.watch",
        Text(
            zh=f"{HISTOGRAMS.zh}；默认每 1000 步一次",
            en=f"{HISTOGRAMS.en}; default every 1000th step",
        ),
    ),
}
"""All tools, gradlab first, then those that diagnose, then those that record."""

OURS = "gradlab"
DIAGNOSING = tuple(name for name, tool in TOOLS.items() if tool.detects)
