"""From what was recorded to findings: what is wrong, where, how sure, and what theory says.

No rule compares a gradient with a fixed number: only ratios within the network count, so that a loss multiplied by any
constant is diagnosed as before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median

from gradlab.probing import causes, classification, silence, structure
from gradlab.probing.finding import ORDER, Finding, Severity, Verdict
from gradlab.probing.prediction import Expectation, expectation
from gradlab.probing.step import LayerCall, ParameterReading, Step
from gradlab.probing.structure import Stretch, stretches

NOTICEABLE = math.log(10)
"""A ratio within a factor of 10 hinders no training, whatever its cause."""
HINDERING = math.log(100)
"""A ratio beyond a factor of 100 hinders training: plain gradient descent fails there at every rate.

So it is with chains of ReLU, tanh and the sigmoid that were trained to see: within 100 times both it and Adam learn,
beyond 400 gradient descent does not. A ratio within it that theory does not expect of such weights is no illness
either: weights that have learned show it, and trained on without trouble.
"""
WITHOUT_THEORY = math.log(1000)
"""The same where something lies between the layers whose effect on a gradient has no theory."""
NORMALIZED = math.log(1e5)
"""The same for blocks with a normalization in each, and for chains with normalizations that have no theory here.

Weights before a normalization have no scale, so that where the gradient is large they grow, and with their size their
steps get smaller. Residual networks of 100 layers come to 2000 and train.
"""
DONE = 1e-6
"""A loss that is this share of the first one, or less, has nothing left to learn from."""
LEARNED = 0.1
"""At this share, or less, a network has learned although its gradient shrinks on the way."""
ALONE = math.log(200)
"""The same where it is one layer's weights that make the ratio: 100 times are survived, 500 not."""
ODD = 30.0
"""From this factor on the σ_w of one layer is no longer of the kind of its like: initializations differ by less, and so
do weights that have learned."""
BAND = 3.0
"""Standard deviations of the finite-width law beyond which a ratio is no accident of the seed."""
SATURATED_SHARE = 0.5
FEWEST_ALIKE = 3
"""Layers, at least, among which one can be told from its like."""
_UNTHEORIZED = frozenset({classification.UNKNOWN, "multiply_matrices", "multiply", "add", "concatenate"})


def _certainty(standard_deviations: float) -> float:
    return math.erf(abs(standard_deviations) / math.sqrt(2))


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _start(stretch: Stretch, sign: float) -> LayerCall:
    """The layer, coming from the loss, at which the ratio has become noticeable for good."""
    start = stretch.calls[0]
    for call, log in zip(stretch.calls, stretch.logs, strict=True):
        if sign * (log - stretch.logs[-1]) < NOTICEABLE:
            break
        start = call
    return start


def _bound(stretch: Stretch, step: Step, *, has_theory: bool) -> float:
    """Distance of ln of a stretch's ratio from 0 at which it begins to hinder training."""
    if stretch.kind != "chain":
        first, last = stretch.calls[0].index, stretch.calls[-1].index
        inside = step.calls[first : last + 1]
        normalized = any(call.role == "normalization" for call in inside)
        untheorized = stretch.kind == "layers" or any(call.role == "recurrent" for call in inside)
        return NORMALIZED if normalized else WITHOUT_THEORY if untheorized else HINDERING
    between = {operation for link in stretch.links for operation in link.operations or ()}
    if has_theory:
        return HINDERING
    if between.intersection(classification.NORMALIZATIONS):
        return NORMALIZED
    return WITHOUT_THEORY if between.intersection(_UNTHEORIZED) else HINDERING


def _along(stretch: Stretch, expected: Expectation, bound: float) -> Finding | None:
    log_ratio = stretch.log_ratio
    if log_ratio is None or abs(log_ratio) <= NOTICEABLE:
        return None
    sign = math.copysign(1.0, log_ratio)
    steps = len(stretch.calls) - 1
    finding = Finding(
        verdict="exploding" if sign > 0 else "vanishing",
        layers=tuple(call.label for call in stretch.calls),
        starts_at=_start(stretch, sign).label,
        measured=_exp(log_ratio),
        predicted=None if expected.predicted is None else _exp(expected.predicted),
        per_layer=_exp(log_ratio / steps),
        confidence=None,
        severity="hinders" if abs(log_ratio) > bound else "note",
        reason="stream" if bound == NORMALIZED and stretch.kind == "blocks" else "ratio",
    )
    deviation = (log_ratio - expected.drift) / expected.standard_deviation if expected.standard_deviation else math.inf
    within_chance = sign * deviation <= BAND
    if stretch.bypassed:
        return finding if finding.severity == "hinders" and not within_chance else None
    if expected.predicted is None:
        return replace(finding, severity="note") if within_chance and abs(log_ratio) < 2 * bound else finding
    confidence = _certainty(deviation) if math.isfinite(deviation) else 1.0
    if within_chance:
        return replace(finding, verdict="inconclusive", severity="hinders", confidence=confidence)
    if abs(log_ratio) < HINDERING and _contradicts(log_ratio, expected):
        return replace(finding, verdict="inconclusive", severity="hinders", confidence=confidence, reason="learned")
    return replace(finding, confidence=confidence)


def _contradicts(log_ratio: float, expected: Expectation) -> bool:
    """Whether random weights of the scale that these have would not show such a ratio."""
    if expected.predicted is None:
        return False
    return abs(log_ratio - expected.predicted - expected.drift) > BAND * expected.standard_deviation


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def gradients(step: Step, odd: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Findings in the size of δ along the layers; of several stretches with the same finding, the clearest one.

    Layers within blocks, which other ways lead past, say nothing of the network; nor does δ of a layer with odd weights
    where a stretch ends in it, for a normalization behind it divides δ by their scale.
    """
    weights = {parameter.name: parameter for parameter in step.parameters}
    clearest: dict[tuple[str, str], Finding] = {}
    for whole in (stretch for stretch in stretches(step) if stretch.kind != "layers" or not stretch.bypassed):
        stretch = _without(whole, odd)
        if stretch is None:
            continue
        expected = _applicable(stretch, expectation(stretch, weights))
        finding = _along(stretch, expected, _bound(stretch, step, has_theory=expected.predicted is not None))
        if finding is None or _follows(stretch, finding, odd):
            continue
        kind = (finding.verdict, finding.severity)
        known = clearest.get(kind)
        if known is None or abs(_log(finding.measured)) > abs(_log(known.measured)):
            clearest[kind] = finding
    yield from clearest.values()


def _applicable(stretch: Stretch, expected: Expectation) -> Expectation:
    """The expectation of a stretch, without its prediction where normalizations evidently do not do what it assumes.

    On maps of a single position a convolution sees margins, and a normalization over a small batch little else.
    """
    normalized = any(set(link.operations or ()).intersection(classification.NORMALIZATIONS) for link in stretch.links)
    ratio = stretch.log_ratio
    refuted = normalized and ratio is not None and abs(ratio) > NOTICEABLE and _contradicts(ratio, expected)
    return replace(expected, predicted=None) if refuted else expected


def _without(stretch: Stretch, odd: frozenset[str]) -> Stretch | None:
    """A stretch without the layers of these names at its ends; None where less than two are left."""
    calls, links = list(stretch.calls), list(stretch.links)
    while calls and calls[-1].name in odd:
        calls, links = calls[:-1], links[:-1]
    while calls and calls[0].name in odd:
        calls, links = calls[1:], links[1:]
    return Stretch(stretch.kind, tuple(calls), tuple(links), stretch.bypassed) if len(calls) > 1 else None


def _is_saturated(call: LayerCall) -> bool:
    return (call.saturated or 0.0) > SATURATED_SHARE


def _follows(stretch: Stretch, along: Finding, odd: frozenset[str]) -> bool:
    """Whether a ratio only follows: without the steps across layers with odd weights, or saturated ones, it is none.

    What saturation explains is a gradient that shrinks.
    """
    steps = zip(stretch.links, stretch.logs, stretch.logs[1:], strict=False)
    kept = [
        lower - upper
        for link, lower, upper in steps
        if not odd.intersection((link.lower.name, link.upper.name))
        and not (along.measured < 1 and any(map(_is_saturated, link.between)))
    ]
    return len(kept) < len(stretch.links) and abs(math.fsum(kept)) <= NOTICEABLE


def odd_weights(step: Step) -> Iterator[Finding]:
    """Layers whose σ_w is far from that of the layers like them: of the same place in blocks, or of the same chain."""
    scales = {parameter.name: scale for parameter in step.parameters if (scale := _scale(parameter))}
    modules = {parameter.name: parameter.module for parameter in step.parameters}
    found = stretches(step)
    ways = structure.ways_through(step)
    read_outs = {call.name for call in step.calls if ways.is_read_out(call)}
    groups: dict[tuple[str, str], list[str]] = {}
    for name in scales:
        groups.setdefault((structure.place_of(modules[name]), name.rpartition(".")[2]), []).append(name)
    deciding = [stretch for stretch in found if not stretch.bypassed]
    chains = [[call.weight for call in stretch.calls if call.weight in scales] for stretch in deciding]
    few = {name for group in groups.values() if len(group) < FEWEST_ALIKE for name in group}
    likes = [*groups.values(), *(names for names in chains if few.issuperset(names))]
    for names in (names for names in likes if len(names) >= FEWEST_ALIKE):
        for name in names:
            ratio = _to_its_like(scales[name], [scales[other] for other in names if other != name])
            if max(ratio, 1 / ratio) >= ODD and modules[name] not in read_outs:
                yield _odd(step, modules[name], ratio, deciding)


def _to_its_like(scale: float, others: list[float]) -> float:
    """The factor of a scale to that of most others; of only two, to the nearer one."""
    if len(others) < FEWEST_ALIKE:
        return min((scale / other for other in others), key=lambda ratio: abs(math.log(ratio)))
    return scale / median(others)


def _scale(parameter: ParameterReading) -> float | None:
    """√(fan_in E W²) of a weight, None of a bias and of zeros."""
    if len(parameter.shape) < 2 or not 0 < parameter.norm < math.inf:
        return None
    return parameter.norm / math.sqrt(parameter.shape[0])


def _odd(step: Step, name: str, ratio: float, deciding: Sequence[Stretch]) -> Finding:
    """The finding for a layer with odd weights; it hinders training where δ is another before it than behind it.

    In front of a normalization, or within attention, the other layers learn as if nothing were.
    """
    own = [call for call in step.calls if call.name == name]
    takers = [other for call in own for other in step.calls if call.index in other.parents]
    # A plain recurrent layer applies its activation function itself.
    full = any(map(_is_saturated, (*own, *takers)))
    normalized = any(other.role == "normalization" for other in takers)
    shown = any(abs(_across(stretch, call)) > ALONE for stretch in deciding for call in own)
    verdict: Verdict = "saturated" if full else "exploding" if (ratio > 1) is not normalized else "vanishing"
    severity: Severity = "hinders" if shown or full else "note"
    return Finding(verdict, (name,), name, ratio, None, None, None, severity, "weights")


def _across(stretch: Stretch, call: LayerCall) -> float:
    """Ln of the factor of ‖δ‖ from what lies above a layer to what lies below it, 0 where one is missing."""
    below = [log for other, log in zip(stretch.calls, stretch.logs, strict=True) if other.index < call.index]
    above = [log for other, log in zip(stretch.calls, stretch.logs, strict=True) if other.index > call.index]
    return below[-1] - above[0] if below and above else 0.0


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
        found = _layers("non-finite", backward, sum(call.delta_nonfinite for call in backward))
        # A loss that is scaled up for half precision overflows now and then, and its scaler leaves that step out.
        scaled = step.grad_scale > 1
        yield replace(found, severity="note" if scaled else "hinders", reason="scaler" if scaled else "gradient")


def dead(step: Step) -> Iterator[Finding]:
    """ReLU layers more of whose units put out 0 for every input of the batch than a healthy layer's may."""
    able = [call for call in step.calls if call.silent is not None]
    found = [call for call in able if silence.is_dead(call, len(able)) and not silence.waits(step, call)]
    if found:
        worst = max(found, key=lambda call: call.silent or 0.0)
        verdict: Verdict = "dead" if silence.inputs(worst) >= silence.SMALLEST_BATCH else "inconclusive"
        labels = tuple(call.label for call in found)
        chance = min(silence.significance(worst) * len(able), 1.0)
        confidence = 1 - chance if verdict == "dead" else 0.5
        yield Finding(verdict, labels, labels[0], worst.silent or 0.0, silence.baseline(worst), None, confidence)


def saturated(step: Step) -> Iterator[Finding]:
    """Layers of tanh or the sigmoid most of whose elements are at their limits; the network's own output may be.

    That hinders no training by itself: networks whose first layer saturates on unscaled inputs learn all the same.
    """
    taken = {parent for call in step.calls for parent in call.parents}
    full = [call for call in step.calls if _is_saturated(call) and call.index in taken]
    if full:
        found = _layers("saturated", full, max(call.saturated or 0.0 for call in full))
        yield replace(found, severity="note")


def blocked(step: Step) -> Iterator[Finding]:
    """The layer behind which every gradient is exactly 0: a read-out of zeros, a loss times 0, underflow.

    A layer of zeros that gets a gradient itself is open after one update: then this step does not tell.
    """
    owners = {parameter.module for parameter in step.parameters if parameter.trainable}
    told = [call for call in step.calls if call.delta_norm is not None]
    zero = [call for call in told if call.delta_norm == 0 and call.name in owners]
    passed = [call for call in told if call.delta_norm != 0]
    if not zero:
        return
    last = passed[0] if passed else zero[-1]
    ways = structure.ways_through(step)
    always = set(ways.always_passed(zero[-1].index)) if passed else set()
    if all(call.index in always for call in passed if call.name in owners) and last.index >= zero[-1].index:
        labels = tuple(call.label for call in zero)
        weight = next((parameter for parameter in step.parameters if parameter.name == last.weight), None)
        opens = weight is not None and weight.norm == 0 and bool(weight.gradient_norm)
        verdict: Verdict = "inconclusive" if opens else "cut off"
        yield Finding(verdict, labels, last.label, len(labels), None, None, None if opens else 1.0, reason="blocked")


def _left(step: Step, earlier: Sequence[Step]) -> float:
    """The loss as a share of that of the first recorded step; 1 where it is not known."""
    losses = [one.readings.loss.value for one in (*earlier[:1], step) if one.readings.loss is not None]
    return losses[-1] / losses[0] if len(losses) > 1 and losses[0] > 0 and losses[-1] >= 0 else 1.0


def _softened(finding: Finding, left: float, step: Step) -> Finding:
    """A finding as a note where training has shown that it hinders nothing.

    No gradient is left, for no loss is; or it vanishes by weights that the step's own update has replaced.
    """
    harmless = finding.reason == "blocked" and left <= DONE
    if finding.verdict == "vanishing":
        harmless = left <= LEARNED or (finding.reason == "ratio" and _is_replaced(finding, step))
    return replace(finding, severity="note") if harmless else finding


def _is_replaced(finding: Finding, step: Step) -> bool:
    """Whether the update is larger than the weights that it changes, in every layer of a finding's stretch."""
    weights = {call.weight for call in step.calls if call.label in finding.layers}
    ratios = [parameter.update_ratio for parameter in step.parameters if parameter.name in weights]
    return bool(ratios) and all(ratio is not None and ratio > 1 for ratio in ratios)


def cut_off(step: Step) -> Iterator[Finding]:
    """Trainable parameters of modules that ran, to which no gradient came although others got one."""
    missing = causes.without_gradient(step)
    if missing:
        names = tuple(parameter.name for parameter in missing)
        modules = {parameter.module for parameter in step.parameters}
        # One that lies beside modules, as a token for masked inputs does, may have had no use in this pass.
        beside = all(_has_parts(parameter.module, modules) for parameter in missing)
        yield Finding("cut off", names, names[-1], len(names), None, None, 1.0, "note" if beside else "hinders")


def _has_parts(module: str, modules: set[str]) -> bool:
    """Whether other modules with parameters lie within a module, whose name is empty for the model itself."""
    return any(other != module and other.startswith(f"{module}." if module else "") for other in modules)


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


def findings(step: Step, earlier: Sequence[Step] = ()) -> tuple[Finding, ...]:
    """Everything that is to be said of a step: causes first, then what hinders training, worst first, then the notes.

    What only follows from something else is left out: causes as :func:`gradlab.probing.causes.told` has it, all that
    comes of values that are not finite, a gradient that shrinks because of a dead layer or is blocked, and of a cause
    the same verdict at the same layer.
    """
    told = _causes(step, earlier)
    explained = {(finding.verdict, label) for finding in told for label in (finding.starts_at, *finding.layers)}
    left = _left(step, earlier)
    rest = (
        _softened(finding, left, step)
        for finding in symptoms(step)
        if (finding.verdict, finding.starts_at) not in explained
    )
    return tuple(sorted((*told, *rest), key=_rank))


def _causes(step: Step, earlier: Sequence[Step]) -> tuple[Finding, ...]:
    """The causes, without what follows from anything else in this step or in the first."""
    told = tuple(causes.found(step, earlier))
    if not any(finding.cause in causes.FOLLOWS for finding in told):
        return told
    first = earlier[:1]
    others = [*told, *symptoms(step), *(one for begun in first for one in (*causes.found(begun), *symptoms(begun)))]
    return tuple(causes.told(told, others))


def symptoms(step: Step) -> tuple[Finding, ...]:
    """Findings in the layers, whatever has led to them."""
    unbounded = tuple(nonfinite(step))
    if any(finding.reason != "scaler" for finding in unbounded):
        return (*unbounded, *cut_off(step))
    dead_found = tuple(dead(step))
    dead_layers = {label for finding in dead_found if finding.verdict == "dead" for label in finding.layers}
    stopped = () if dead_found else tuple(blocked(step))
    odd = tuple(odd_weights(step))
    odd_layers = frozenset(label for finding in odd for label in finding.layers)
    ratios = () if stopped or unbounded else gradients(step, odd_layers)
    found = [
        *unbounded,
        *cut_off(step),
        *stopped,
        *dead_found,
        *odd,
        *(() if any(finding.verdict == "saturated" for finding in odd) else saturated(step)),
        *(finding for finding in ratios if not _comes_of_dead(finding, step, dead_layers)),
    ]
    return tuple(found)


def _rank(finding: Finding) -> tuple[bool, bool, float, float]:
    """Place in the order of findings: weights of an odd scale are a cause, and come before what they cause."""
    rank = ORDER.index(finding.verdict)
    place = ORDER.index("exploding") - 0.5 if finding.reason == "weights" else rank
    return finding.severity == "note", not finding.cause, place, -(finding.confidence or 0.0)


def verdict(step: Step, found: tuple[Finding, ...]) -> Verdict:
    """The verdict of the worst finding that is no note, "healthy" without one.

    It is "inconclusive" where there was nothing to compare.
    """
    if found and found[0].severity != "note":
        return found[0].verdict
    return "healthy" if stretches(step) else "inconclusive"
