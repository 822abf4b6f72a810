"""From what was recorded to findings: what is wrong, where, how sure, and what theory says.

No rule compares a gradient with a fixed number: only ratios within the network count, so that a loss multiplied by any
constant is diagnosed as before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gradlab.probing import silence
from gradlab.probing.prediction import Expectation, expectation
from gradlab.probing.step import LayerCall, Step
from gradlab.probing.structure import Stretch, stretches

Verdict = Literal["healthy", "vanishing", "exploding", "dead", "saturated", "non-finite", "cut off", "inconclusive"]
"""Outcome of a diagnosis, as one word."""

# Worst first: what makes the rest meaningless, then causes before what they cause.
ORDER: tuple[Verdict, ...] = ("non-finite", "cut off", "dead", "exploding", "saturated", "vanishing", "inconclusive")

NOTICEABLE = math.log(10)
"""A ratio within a factor of 10 hinders no training, whatever its cause."""
BAND = 3.0
"""Standard deviations of the finite-width law beyond which a ratio is no accident of the seed."""
UNEXPLAINED = math.log(100)
"""Up to here a ratio that theory does not expect of such weights is no illness: weights that have learned show it.

They are no sample of a distribution any more. Small networks that fitted their data came to 30 at most, and trained on
without trouble.
"""
SATURATED_SHARE = 0.5


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or may be.

    Attributes:
        verdict: what it is.
        layers: labels of the calls concerned, in forward order; the first to the last of a stretch.
        starts_at: the layer at which it begins, seen from the loss for gradients, else from the input.
        measured: for a stretch the factor of ‖δ‖ over all of it, for one layer that vanishes or explodes alone that to
            the layers beside it, else a share or a count.
        predicted: the same by theory, from the network's own weights, or for dead units from how alike the inputs have
            become at this depth; None without a theory.
        per_layer: the measured factor per layer, None where it is no stretch.
        confidence: from 0 to 1; the closer to 1, the less likely it is that this is mere chance.

    """

    verdict: Verdict
    layers: tuple[str, ...]
    starts_at: str
    measured: float
    predicted: float | None
    per_layer: float | None
    confidence: float

    @property
    def is_learned(self) -> bool:
        """Whether neither chance nor theory explains it: the ratio is one that weights come to by learning."""
        return self.verdict == "inconclusive" and self.per_layer is not None and self.confidence > _certainty(BAND)


def _certainty(standard_deviations: float) -> float:
    return math.erf(abs(standard_deviations) / math.sqrt(2))


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _start(stretch: Stretch, sign: float) -> LayerCall:
    """The layer, coming from the loss, at which the ratio has become noticeable for good."""
    last = _log(stretch.calls[-1].delta_norm or 0)
    start = stretch.calls[0]
    for call in stretch.calls:
        if sign * (_log(call.delta_norm or 0) - last) < NOTICEABLE:
            break
        start = call
    return start


def _along(stretch: Stretch, expected: Expectation) -> Finding | None:
    first, last = stretch.calls[0].delta_norm or 0.0, stretch.calls[-1].delta_norm or 0.0
    if not last or not math.isfinite(first) or not math.isfinite(last):
        return None
    log_ratio = _log(first) - _log(last)
    if abs(log_ratio) <= NOTICEABLE:
        return None
    sign = math.copysign(1.0, log_ratio)
    deviation = (log_ratio - expected.drift) / expected.standard_deviation if expected.standard_deviation else math.inf
    certain = sign * deviation > BAND and not (abs(log_ratio) < UNEXPLAINED and _contradicts(log_ratio, expected))
    verdict: Verdict = ("exploding" if sign > 0 else "vanishing") if certain else "inconclusive"
    steps = len(stretch.calls) - 1
    return Finding(
        verdict=verdict,
        layers=tuple(call.label for call in stretch.calls),
        starts_at=_start(stretch, sign).label,
        measured=first / last,
        predicted=None if expected.predicted is None else _exp(expected.predicted),
        per_layer=(first / last) ** (1 / steps),
        confidence=_certainty(deviation) if math.isfinite(deviation) else 1.0,
    )


def _contradicts(log_ratio: float, expected: Expectation) -> bool:
    """Whether random weights of the scale that these have would not show such a ratio."""
    if expected.predicted is None:
        return False
    return abs(log_ratio - expected.predicted - expected.drift) > BAND * expected.standard_deviation


def _apart(stretch: Stretch, expected: Expectation) -> Finding | None:
    """The layer whose δ alone is another than that of the two beside it, as normalization lets an odd scale do."""
    logs = [_log(call.delta_norm or 0.0) for call in stretch.calls]
    if not all(math.isfinite(log) for log in logs):
        return None
    band = BAND * expected.standard_deviation * math.sqrt(2 / max(len(logs) - 1, 1))
    worst = None
    for call, before, log, after in zip(stretch.calls[1:], logs, logs[1:], logs[2:], strict=False):
        alone = (log - before) * (log - after) > 0
        distance = min(abs(log - before), abs(log - after))
        if alone and distance > max(NOTICEABLE, band) and (worst is None or distance > abs(_log(worst.measured))):
            measured = _exp(log - (before + after) / 2)
            verdict: Verdict = "exploding" if log > before else "vanishing"
            confidence = _certainty(BAND * distance / band) if band else 1.0
            worst = Finding(verdict, (call.label,), call.label, measured, None, None, confidence)
    return worst


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def gradients(step: Step) -> Iterator[Finding]:
    """Findings in the size of δ along the layers; of several stretches with the same finding, the clearest one."""
    weights = {parameter.name: parameter for parameter in step.parameters}
    found: list[Finding | None] = []
    for stretch in stretches(step):
        expected = expectation(stretch, weights)
        along = _along(stretch, expected)
        found.append(along if along is not None and along.verdict != "inconclusive" else _apart(stretch, expected))
        found.append(along)
    worst: dict[Verdict, Finding] = {}
    for finding in (finding for finding in found if finding is not None):
        known = worst.get(finding.verdict)
        if known is None or abs(_log(finding.measured)) > abs(_log(known.measured)):
            worst[finding.verdict] = finding
    yield from worst.values()


def _layers(verdict: Verdict, calls: list[LayerCall], measured: float, confidence: float = 1.0) -> Finding:
    labels = tuple(call.label for call in calls)
    return Finding(verdict, labels, labels[0], measured, None, None, confidence)


def nonfinite(step: Step) -> Iterator[Finding]:
    """Outputs, or gradients, with infinite or undefined elements."""
    forward = [call for call in step.calls if call.nonfinite]
    backward = [call for call in reversed(step.calls) if call.delta_nonfinite]
    if forward:
        yield _layers("non-finite", forward, sum(call.nonfinite for call in forward))
    elif backward:
        yield _layers("non-finite", backward, sum(call.delta_nonfinite for call in backward))


def dead(step: Step) -> Iterator[Finding]:
    """ReLU layers more of whose units put out 0 for every input of the batch than a healthy layer's may."""
    able = [call for call in step.calls if call.silent is not None]
    found = [call for call in able if silence.is_dead(call, len(able))]
    if found:
        worst = max(found, key=lambda call: call.silent or 0.0)
        verdict: Verdict = "dead" if silence.inputs(worst) >= silence.SMALLEST_BATCH else "inconclusive"
        labels = tuple(call.label for call in found)
        chance = min(silence.significance(worst) * len(able), 1.0)
        confidence = 1 - chance if verdict == "dead" else 0.5
        yield Finding(verdict, labels, labels[0], worst.silent or 0.0, silence.baseline(worst), None, confidence)


def saturated(step: Step) -> Iterator[Finding]:
    """Layers of tanh or the sigmoid most of whose elements are at their limits; the network's own output may be."""
    taken = {parent for call in step.calls for parent in call.parents}
    inner = [call for call in step.calls if call.saturated is not None and call.index in taken]
    full = [call for call in inner if (call.saturated or 0.0) > SATURATED_SHARE]
    if full:
        yield _layers("saturated", full, max(call.saturated or 0.0 for call in full))


def cut_off(step: Step) -> Iterator[Finding]:
    """Trainable parameters of modules that ran, to which no gradient came although others got one."""
    if all(parameter.gradient_norm is None for parameter in step.parameters):
        return
    ran = step.ran
    missing = [
        parameter
        for parameter in step.parameters
        if parameter.trainable and parameter.gradient_norm is None and parameter.module in ran
    ]
    if missing:
        names = tuple(parameter.name for parameter in missing)
        yield Finding("cut off", names, names[-1], len(names), None, None, 1.0)


def _comes_of_dead(finding: Finding, step: Step, dead_layers: set[str]) -> bool:
    """Whether a gradient shrinks because a layer on its way is dead, and not because of the weights.

    Theory knows nothing of dead layers: where it expects the gradient to vanish anyway, that stays a finding.
    """
    if finding.per_layer is None or finding.measured >= 1:
        return False
    if finding.predicted is not None and _log(finding.predicted) < -NOTICEABLE:
        return False
    index = {call.label: call.index for call in step.calls}
    first, last = index[finding.layers[0]], index[finding.layers[-1]]
    return any(first <= index[label] < last for label in dead_layers)


def findings(step: Step) -> tuple[Finding, ...]:
    """Everything that is wrong in a step, worst first, without what only follows from dead layers."""
    dead_found = tuple(dead(step))
    dead_layers = {label for finding in dead_found if finding.verdict == "dead" for label in finding.layers}
    found = [
        *nonfinite(step),
        *cut_off(step),
        *dead_found,
        *saturated(step),
        *(finding for finding in gradients(step) if not _comes_of_dead(finding, step, dead_layers)),
    ]
    return tuple(sorted(found, key=lambda finding: (_rank(finding, step), -finding.confidence)))


def _rank(finding: Finding, step: Step) -> float:
    """Place in the order of findings: layers that are saturated where others are not are a cause, and come first."""
    rank = ORDER.index(finding.verdict)
    able = sum(call.saturated is not None for call in step.calls)
    local = finding.verdict == "saturated" and 2 * len(finding.layers) <= able
    return ORDER.index("exploding") - 0.5 if local else rank


def verdict(step: Step, found: tuple[Finding, ...]) -> Verdict:
    """The worst finding's verdict, "healthy" without one, "inconclusive" where there was nothing to compare."""
    if found:
        return found[0].verdict
    return "healthy" if stretches(step) else "inconclusive"
