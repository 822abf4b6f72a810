"""The checks of arguments: what they accept, and the one line with which they refuse."""

import math
import re
from collections.abc import Callable

import pytest
import torch

from gradlab._internal import checks


@pytest.mark.parametrize(
    ("check", "accepted", "refused", "allowed"),
    [
        (checks.positive_integer, [1, 20], [0, -3, 2.0, True, "2", None], "an integer of at least 1"),
        (checks.seed, [0, 42], [-1, 0.5], "an integer of at least 0"),
        (checks.finite, [0, -1.5, 2], [math.nan, math.inf, "1", None, False], "a finite number"),
        (checks.positive, [0.1, 3], [0, -1.0, math.nan], "a finite number above 0"),
        (checks.non_negative, [0, 0.5], [-0.1, math.inf], "a finite number of at least 0"),
        (checks.correlation, [-1, 0.5, 1], [-1.1, 2, math.nan], "a number from -1 to 1"),
    ],
)
def test_a_number_is_accepted_or_refused_in_one_line(
    check: Callable[[str, object], float], accepted: list[object], refused: list[object], allowed: str
) -> None:
    for value in accepted:
        assert check("depth", value) == value
    for value in refused:
        with pytest.raises(ValueError, match="^" + re.escape(f"depth: found {value!r}, allowed: {allowed}")):
            check("depth", value)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    assert checks.one_of("activation", "tanh", ["relu", "tanh"]) == "tanh"
    with pytest.raises(ValueError, match=r"^activation: found 'tahn', allowed: one of relu, tanh; nearest: 'tanh'$"):
        checks.one_of("activation", "tahn", ["relu", "tanh"])
    with pytest.raises(ValueError, match=r"^activation: found 3, allowed: one of relu, tanh$"):
        checks.one_of("activation", 3, ["relu", "tanh"])


def test_distinct_refuses_nothing_and_repetition() -> None:
    checks.distinct("widths", (1, 2))
    for values in ((), (1, 1)):
        with pytest.raises(ValueError, match=r"^widths: found .* none of them twice"):
            checks.distinct("widths", values)


def test_a_tensor_must_be_finite_and_floating() -> None:
    good = torch.ones(2)
    assert checks.finite_tensor("x", good) is good
    with pytest.raises(ValueError, match=r"^x: found 2 entries that are NaN or infinite"):
        checks.finite_tensor("x", torch.tensor([1.0, math.nan, math.inf]))
    with pytest.raises(ValueError, match=r"^x: found a tensor of torch\.int64"):
        checks.finite_tensor("x", torch.tensor([1]))
    with pytest.raises(ValueError, match=r"^x: found list"):
        checks.finite_tensor("x", [1.0])


def test_a_shape_must_fit() -> None:
    assert checks.shape("x", torch.ones(7, 3), "batch", 3).shape == (7, 3)
    for wrong in (torch.ones(3), torch.ones(7, 2), torch.ones(1, 7, 3)):
        with pytest.raises(ValueError, match=re.escape(f"x: found shape {tuple(wrong.shape)}, allowed: (batch, 3)")):
            checks.shape("x", wrong, "batch", 3)
