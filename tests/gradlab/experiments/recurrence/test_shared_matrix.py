"""One matrix, used many times: Jacobians by automatic differentiation against powers."""

import re

import pytest

from gradlab.experiments.recurrence import shared_matrix
from gradlab.experiments.recurrence.shared_matrix import Config


def test_every_jacobian_has_the_norm_of_the_power() -> None:
    result = shared_matrix.run()
    for one in (*result.orthogonal, result.sheared):
        assert one.measured == pytest.approx(one.predicted, rel=1e-11)
    assert [one.radius for one in result.orthogonal] == pytest.approx([0.9, 1.0, 1.1])
    assert [one.norm for one in result.orthogonal] == pytest.approx([0.9, 1.0, 1.1])


def test_a_matrix_of_small_eigenvalues_grows_first_and_vanishes_then() -> None:
    sheared = shared_matrix.run().sheared
    assert sheared.radius == 0.5
    assert sheared.measured[0] == pytest.approx(sheared.norm)
    assert max(sheared.measured) > 100
    assert sheared.measured[-1] < 1e-8


def test_a_tanh_network_whose_matrix_has_no_eigenvalue_but_0_explodes() -> None:
    tanh = shared_matrix.run(Config(steps=2, tanh_steps=10)).tanh
    assert tanh.measured == pytest.approx(tanh.predicted, rel=1e-9)
    assert tanh.measured[-1] == pytest.approx(512 * tanh.measured[0])
    assert tanh.radius == 0
    assert tanh.norm == pytest.approx(16)


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [("radii", (), ()), ("radii", (0.0,), 0.0), ("width", 0, 0), ("steps", 0, 0), ("tanh_steps", 0, 0),
     ("eigenvalue", -1.0, -1.0), ("shear", float("inf"), float("inf")), ("seed", -1, -1)],
)  # fmt: skip
def test_a_bad_configuration_is_refused(argument: str, value: object, found: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
