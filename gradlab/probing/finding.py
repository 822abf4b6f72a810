"""Findings of a diagnosis, and what is advised against them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gradlab.language import Text

Verdict = Literal[
    "healthy",
    "vanishing",
    "exploding",
    "dead",
    "saturated",
    "non-finite",
    "cut off",
    "misconfigured",
    "inconclusive",
]
"""Outcome of a diagnosis, as one word; ``misconfigured`` is a fault around the network: in loss, data or optimizer."""

# Worst first: what makes the rest meaningless, then causes before what they cause.
ORDER: tuple[Verdict, ...] = (
    "non-finite",
    "cut off",
    "misconfigured",
    "dead",
    "exploding",
    "saturated",
    "vanishing",
    "inconclusive",
)

Severity = Literal["hinders", "note"]
"""Severity of a finding: it stops or hinders training, or it is real and harmless."""
Reason = Literal["", "ratio", "stream", "weights", "learned", "blocked", "gradient", "scaler"]
"""Ground of a finding, where the verdict alone does not tell: a ratio of δ along a stretch, that of normalized blocks,
weights of another scale than those of like layers, a ratio that learning explains, a layer behind which every
gradient is 0, values that are not finite in the gradient alone, or a factor on the loss that was too large."""

Cause = Literal[
    "",
    # Nothing moves.
    "not in the optimizer",
    "weights unchanged",
    "gradients not cleared",
    "weights not registered",
    "loss detached",
    "graph cut",
    "graph switched off",
    # One call blocks.
    "softmax of one",
    "normalization of one",
    "all masked",
    "step function",
    "zeros in a row",
    "output saturated",
    "loss saturated",
    # Output and loss contradict each other.
    "normalized twice",
    "logits as probabilities",
    "wrong shapes",
    "wrong dimension",
    "output cut",
    "targets out of range",
    "several targets",
    "divided by itself",
    "first loss too large",
    # Inputs.
    "inputs not scaled",
    "targets not scaled",
    "inputs alike",
    "one target",
    # Values that are not finite.
    "logarithm of 0",
    "root of 0",
    "arccosine of 1",
    "no alignment",
    "division by 0",
    "exponential too large",
    "masked value not finite",
    "update not finite",
    "gradient not finite before",
    "inputs not finite",
    # Over steps.
    "rate too high",
    "decay too large",
    "rate too low",
    "too few steps",
    "constant guess",
    "wrong loss",
    # Through time.
    "forgets over time",
    "fades over time",
    "explodes over time",
]
"""Cause of a finding, where an exact trace in the step tells it; empty where none does."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or may be, or is worth knowing.

    Attributes:
        verdict: what it is.
        layers: labels of the calls concerned, in forward order; the first to the last of a stretch.
        starts_at: the layer at which it begins, seen from the loss for gradients, else from the input.
        measured: for a stretch the factor of ‖δ‖ over all of it, without that of means over positions; for weights of
            an odd scale that of σ_w to the layers like it, else a share or a count.
        predicted: the same by theory, from the network's own weights, or for dead units from how alike the inputs have
            become at this depth; None without a theory.
        per_layer: the measured factor per layer, None where it is no stretch.
        confidence: from 0 to 1; the closer to 1, the less likely it is that this is mere chance. None where no theory
            tells how far chance reaches.
        severity: whether it hinders training; a note does not decide the verdict.
        reason: what it rests on, where the verdict alone does not tell.
        cause: what has led to it, where an exact trace tells.
        facts: what its sentence and its advice say beside the rest, by name.

    """

    verdict: Verdict
    layers: tuple[str, ...]
    starts_at: str
    measured: float
    predicted: float | None
    per_layer: float | None
    confidence: float | None
    severity: Severity = "hinders"
    reason: Reason = ""
    cause: Cause = ""
    facts: tuple[tuple[str, float | str], ...] = ()


@dataclass(frozen=True)
class Advice:
    """Advice for a finding.

    Attributes:
        helps: what helps, and why.
        code: about three lines that do it.
        fails: what is often tried and does not help.
        page: name of the site's page that shows it.
        evidence: the site's checks that this rests on, as ``exhibit.check``.

    """

    helps: Text
    code: str
    fails: Text
    page: str
    evidence: tuple[str, ...]


Sentence = Text | Callable[[Finding], tuple[Text, ...]]
"""A report's words on a cause: a text, or a function that gives for a finding several that follow each other."""
