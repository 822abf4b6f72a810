"""Layer normalization at infinite width: by how much the gradient changes per layer."""

from __future__ import annotations

import math

from gradlab import activations
from gradlab.theory.quadrature import gaussian_average


def layer_norm_factor(activation: str) -> float:
    """√(E φ'²/E φ²), z ~ N(0, 1): the factor of a layer with layer normalization, infinite width.

    Layer normalization (Ba, Kiros & Hinton 2016, arXiv:1607.06450) makes z ~ N(0, 1) over the units. The next
    layer has pre-activations of variance sigma_w² E φ² and divides by its root, while its weights and φ' multiply
    ‖δ‖² by sigma_w² E φ'², so that sigma_w cancels (derived here as in mean field; the mean and the norm that the
    normalization takes out are 2 of n directions). For ReLU it is 1. Batch normalization has Var φ in the place
    of E φ²: it also takes out what all samples have in common.

    Examples:
        >>> from gradlab import theory
        >>> round(theory.layer_norm_factor("sigmoid"), 4)
        0.3909

    """
    phi = activations.get(activation)
    slope = gaussian_average(lambda z: activations.derivative(phi, z) ** 2)
    return math.sqrt(slope / gaussian_average(lambda z: phi(z) ** 2))
