"""Largest share of a ReLU layer's units that may be silent over a whole batch without one of them being dead.

Three things silence a unit that is not dead. Weights drawn around 0: whatever the inputs, at whatever depth, a unit is
as likely off as on for the first of them, and so off for all of them with a probability of at most 1/2; it comes near
1/2 in deep networks, whose inputs have become alike. Chance: of n units that are each off with probability 1/2, more
than a half are in every second layer. And rarity: a unit of a trained network that answers to one input in a hundred is
silent over most batches of thirty.

A whole layer is silent, too, where a branch begins at 0, as one does whose last normalization has a scale of 0: what
takes its output is given zeros alone, until the first update opens the branch.
"""

from __future__ import annotations

import math
from functools import lru_cache

from gradlab import theory
from gradlab.probing.step import LayerCall, Step

BOUND = 0.5
"""Largest probability that a unit with weights, and bias, distributed symmetrically around 0 is off for all inputs."""
DEAD_SHARE = 2 / 3
"""From this share on a layer is dead: of the half that weights alone leave alive, a third is silent too.

A lower one would call healthy networks ill: training itself silences some units of a layer that began with a half.
"""
SIGNIFICANCE = 1e-4
"""Probability, over all layers of a network, at which chance is ruled out: one healthy network in ten thousand."""
SMALLEST_BATCH = 2
"""With one input, a unit that is off says nothing of other inputs."""


@lru_cache(maxsize=4096)
def tail(units: int, silent: int) -> float:
    """P(K ≥ k) of K ~ Binomial(n, 1/2): at least so many of n units off by chance."""
    if silent <= 0:
        return 1.0
    log_half, log_all = units * math.log(0.5), math.lgamma(units + 1)
    terms = (
        math.exp(log_all - math.lgamma(k + 1) - math.lgamma(units - k + 1) + log_half) for k in range(silent, units + 1)
    )
    return min(math.fsum(terms), 1.0)


@lru_cache(maxsize=4096)
def correlation(overlap: float) -> float:
    """The correlation c between pre-activations whose ReLUs have an overlap of E a_i a_j / E a².

    That is (√(1 - c²) + c (π - arccos c))/π, the arc-cosine kernel (Cho and Saul 2009, equation 6), which grows from
    1/π at c = 0 to 1 at c = 1; below it, c is taken to be 0.
    """
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        kernel = (math.sqrt(1 - middle**2) + middle * (math.pi - math.acos(middle))) / math.pi
        low, high = (middle, high) if kernel < overlap else (low, middle)
    return low


def inputs(call: LayerCall) -> int:
    """Number of inputs of each unit of a call, positions of images and sequences included."""
    return call.elements // max(call.units or 1, 1)


@lru_cache(maxsize=1024)
def _baseline(overlap: float, batch: int) -> float:
    return theory.silent_share(correlation(overlap), batch)


def baseline(call: LayerCall) -> float:
    """The share of silent units that the layer's own inputs lead to at weights around 0.

    From how alike the outputs of the living units are for any two inputs, which dead ones do not change.
    """
    if call.overlap is None or not math.isfinite(call.overlap) or call.activation != "relu":
        return BOUND
    # An integral, steep at c = 1; more digits than a measurement has would only be computed again and again.
    return _baseline(float(f"{call.overlap:.3g}"), inputs(call))


def significance(call: LayerCall) -> float:
    """The probability that weights around 0 alone silence as many units of this layer, or more."""
    units = call.units or 1
    return tail(units, round((call.silent or 0.0) * units))


def is_dead(call: LayerCall, layers: int) -> bool:
    """Whether more units of a layer, one of so many, are silent than weights, chance and rarity explain.

    A layer without any unit alive is dead however narrow it is: nothing passes it, forward or backward.
    """
    if call.silent is None:
        return False
    if call.silent == 1:
        return True
    dead = call.silent - (call.rare or 0.0)
    return dead >= DEAD_SHARE and significance(call) * layers < SIGNIFICANCE


def waits(step: Step, call: LayerCall) -> bool:
    """Whether a layer puts out zeros because parameters before it are 0 that the first update will change."""
    looked_at: set[int] = set()
    waiting = [call]
    while waiting:
        one = waiting.pop()
        if one.norm != 0 or one.index in looked_at:
            continue
        looked_at.add(one.index)
        parents = [step.calls[index] for index in one.parents]
        waiting += parents
        if (not parents or any(parent.norm != 0 for parent in parents)) and _opens(step, one):
            return True
    return False


def _opens(step: Step, call: LayerCall) -> bool:
    """Whether a call puts out zeros by parameters of 0 that get a gradient.

    They are its own, or the scale of a normalization that ends in this call as its activation function.
    """
    scale = f"{call.name.rpartition('.')[0]}.weight" if call.role == "activation" else ""
    zeros = (one for one in step.parameters if one.trainable and one.norm == 0 and (one.gradient_norm or 0) > 0)
    return any(one.module == call.name or (one.name == scale and len(one.shape) == 1) for one in zeros)
