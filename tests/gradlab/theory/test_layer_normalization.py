"""Layer normalization: against closed forms, and against batch normalization."""

import math

import pytest

from gradlab import theory


def test_activations_proportional_to_their_argument_keep_the_gradient() -> None:
    assert theory.layer_norm_factor("linear") == pytest.approx(1.0, rel=1e-12)
    # E φ'² = E φ² = 1/2.
    assert theory.layer_norm_factor("relu") == pytest.approx(1.0, rel=1e-12)


def test_without_a_mean_it_is_batch_normalization() -> None:
    assert theory.layer_norm_factor("tanh") == pytest.approx(theory.batch_norm_factor("tanh"), rel=1e-12)


def test_the_mean_of_the_sigmoid_stays_and_costs_the_gradient() -> None:
    # E φ = 1/2, so E φ² = Var φ + 1/4, and the factor of batch normalization is √(E φ'²/Var φ).
    square = theory.batch_norm_first_factor("sigmoid") ** 2
    variance = square / theory.batch_norm_factor("sigmoid") ** 2
    assert theory.layer_norm_factor("sigmoid") == pytest.approx(math.sqrt(square / (variance + 0.25)), rel=1e-9)
    assert theory.layer_norm_factor("sigmoid") < 0.4


def test_an_unknown_activation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^activation: found 'rellu', allowed: "):
        theory.layer_norm_factor("rellu")
