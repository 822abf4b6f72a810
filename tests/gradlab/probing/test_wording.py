"""Values and names as a report shows them, and the sentences that say the same in one case and not in another."""

from typing import Any

import pytest

from gradlab.probing import wording
from gradlab.probing.finding import Finding


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("delta", None, "–"),
        ("shape", "4x3x2", "4×3×2"),
        ("layer", "exit", "exit"),
        ("silent", 0.254, "25%"),
        ("saturated", 1.0, "100%"),
        ("rms", 0.123456, "0.123"),
        ("update_ratio", 1e-7, "1e-07"),
    ],
)
def test_a_cell_of_the_table(column: str, value: object, expected: str) -> None:
    assert wording.shown(column, value) == expected


def test_of_more_than_three_names_the_first_and_the_last_are_told() -> None:
    assert wording.names(["a", "1", "c"], "en") == "a, layer 1, c"
    assert wording.names(["a", "1", "c"], "zh") == "a、1、c"
    assert wording.names(["a", "1", "c", "4"], "en") == "a, …, layer 4"


def found(verdict: str, **values: Any) -> Finding:
    layers = values.pop("layers", ("0", "1", "2"))
    told = {"starts_at": "1", "measured": 0.5, "predicted": None, "per_layer": None, "confidence": None} | values
    return Finding(verdict, layers, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("finding", "english"),
    [
        (
            found("vanishing", measured=1.2345e-5, per_layer=0.0123, predicted=2.345e-5, confidence=0.98765),
            "The gradient vanishes towards the input: from layer 2 back to layer 0, ‖δ‖ is multiplied by 1.2e-05, "
            "which is 0.0123 per layer (theory expects 2.3e-05 in all from these weights). Seen from the loss, it is "
            "beyond a factor of 10 from layer 1 on. Confidence 98.8%.",
        ),
        (
            found("exploding", measured=2345.6, per_layer=48.4),
            "The gradient explodes towards the input: from layer 2 back to layer 0, ‖δ‖ is multiplied by 2300, "
            "which is 48.4 per layer. Seen from the loss, it is beyond a factor of 10 from layer 1 on.",
        ),
        (found("exploding", measured=9999.0, per_layer=100.0), "multiplied by 10000, which"),
        (found("exploding", measured=12345.0, per_layer=100.0), "multiplied by 1.2e+04, which"),
        (found("exploding", measured=99.4, per_layer=100.0), "multiplied by 99, which"),
        (found("exploding", measured=100.0, per_layer=100.0), "multiplied by 100, which"),
        (
            found("vanishing", measured=0.0, per_layer=0.0),
            "No gradient gets through: from layer 2 back to layer 0, ‖δ‖ falls to 0.",
        ),
        (
            found("dead", measured=0.754, predicted=0.123),
            "Dead units in layer 0, layer 1, layer 2: up to 75% of a layer's units put out 0 for the whole batch, "
            "where weights around 0 leave about 12% silent.",
        ),
        (found("saturated", measured=0.754), "Saturated units in layer 0, layer 1, layer 2: up to 75% of the elements"),
        (found("saturated", measured=0.75, severity="note"), "That alone hinders no training."),
        (
            found("non-finite", measured=1234.0, layers=("1",)),
            "Infinite or undefined values, first in layer 1: 1234 elements in layer 1.",
        ),
        (
            found("non-finite", measured=3.0, reason="gradient", layers=("1",)),
            "Infinite or undefined values in the gradient alone, first in layer 1: 3 elements in layer 1.",
        ),
        (found("non-finite", reason="scaler"), "The gradient of the scaled loss overflows, first in layer 1"),
        (
            found("cut off", measured=2.0, layers=("a.weight", "a.bias")),
            "No gradient arrives at 2 parameters that require one, though others got theirs: a.weight, a.bias.",
        ),
        (
            found("cut off", measured=2.0, layers=("a", "b"), severity="note"),
            "2 parameters beside the modules got no gradient; they may have had no use in this pass: a, b.",
        ),
        (
            found("cut off", measured=3.0, reason="blocked", starts_at="3"),
            "No gradient gets past layer 3: behind it ‖δ‖ is exactly 0, in all 3 layers with weights: layer 0",
        ),
        (
            found("cut off", measured=3.0, reason="blocked"),
            "The loss sends no gradient back: ‖δ‖ is exactly 0 from layer 1 on, in all 3 layers with weights.",
        ),
        (
            found("inconclusive", measured=3.0, reason="blocked", starts_at="3"),
            "This step does not tell: the weights of layer 3 are 0, so that behind it ‖δ‖ is exactly 0, in all 3",
        ),
        (
            found("inconclusive", measured=0.0123, per_layer=0.11, reason="learned"),
            "From layer 2 back to layer 0, ‖δ‖ is multiplied by 0.012, which is 0.11 per layer. Random weights would",
        ),
        (
            found("inconclusive", measured=0.0123, per_layer=0.11, reason="ratio"),
            "Another seed of the same network may show as much.",
        ),
        (
            found("inconclusive", measured=0.754, layers=("1",)),
            "In layer 1, 75% of the units put out 0, but the batch has a single input.",
        ),
        (
            found("exploding", measured=50.0, reason="weights", layers=("1",)),
            "The weights of layer 1 are of another scale: their σ_w is 50 times that of the layers like it, and ‖δ‖",
        ),
        (found("saturated", measured=50.0, reason="weights"), "and saturates the units behind it."),
        (found("vanishing", measured=50.0, reason="weights", severity="note"), "The other layers learn all the same."),
        (
            found("exploding", measured=50.0, per_layer=7.0, reason="stream", severity="note"),
            "which is 7 per block. Such networks train.",
        ),
        (
            found("vanishing", measured=0.02, per_layer=0.1, reason="stream", severity="note"),
            "The gradient shrinks towards the input, from block to block: from layer 2 back to layer 0, ‖δ‖ is "
            "multiplied by 0.02, which is 0.1 per block.",
        ),
        (
            found("exploding", measured=50.0, per_layer=7.0, reason="ratio", severity="note"),
            "The gradient grows towards the input, by less than hinders training: from layer 2 back to layer 0",
        ),
        (
            found("vanishing", measured=0.02, per_layer=0.1, reason="ratio", severity="note"),
            "The gradient shrinks towards the input, by less than hinders training: from layer 2 back to layer 0",
        ),
    ],
)
def test_the_sentence_of_a_finding(finding: Finding, english: str) -> None:
    assert english in wording.finding(finding, "en")


def test_facts_are_shown_with_three_digits_and_those_that_are_layers_by_their_names() -> None:
    facts = (("source", "1, b"), ("operations", "Exp"))
    known = found("non-finite", cause="exponential too large", facts=(*facts, ("size", 123.456), ("rows", "5")))
    assert wording._fact("source", "1, b", "en") == "layer 1, b"
    assert wording._fact("source", "1, b", "zh") == "1、b"
    assert wording._fact("loss", "1, b", "en") == "1, b"
    assert wording._fact("size", 123.456, "en") == "123"
    assert known.facts
