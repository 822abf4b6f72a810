"""Remedies: what each needs, what it does to a copy of the network, and the lines that do it to the network itself.

Their order is that of the site's evidence: what is broken is repaired before scales are changed, and these before the
architecture.
"""

from gradlab.probing import Finding
from gradlab.treatment.patient import Patient
from gradlab.treatment.remedies import connections, inputs, layers, operations, recurrent, weights
from gradlab.treatment.remedies.remedy import Prescribe, Remedy

ALL: tuple[Prescribe, ...] = (
    weights.finite,
    operations.operands,
    weights.zeros,
    layers.output,
    layers.probabilities,
    layers.sigmoid,
    layers.normalization_of_one,
    layers.targets,
    inputs.standardization,
    weights.siblings,
    weights.biases,
    recurrent.gates,
    recurrent.orthogonal,
    layers.branches,
    weights.initialization,
    recurrent.initialization,
    layers.activation,
    layers.layer_for_batch,
    layers.normalization,
    layers.batch_normalization,
    connections.connections,
    weights.unit_variance,
)
"""Every kind of remedy, in the order in which they are tried."""
OF_SCALES: tuple[Prescribe, ...] = (
    weights.siblings,
    layers.branches,
    weights.initialization,
    layers.activation,
    layers.layer_for_batch,
    layers.normalization,
    layers.batch_normalization,
    connections.connections,
    weights.unit_variance,
)
"""Those against a gradient that shrinks or grows from layer to layer: none is a remedy where another cause is known."""


def prescribed(finding: Finding, patient: Patient) -> tuple[Remedy, ...]:
    """The remedies that apply to a finding in a network."""
    kinds = tuple(kind for kind in ALL if not (finding.cause and kind in OF_SCALES))
    return tuple(remedy for remedy in (kind(finding, patient) for kind in kinds) if remedy is not None)


__all__ = ["ALL", "OF_SCALES", "Remedy", "prescribed"]
