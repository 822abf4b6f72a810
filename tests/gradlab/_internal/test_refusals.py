"""Refused values and near names."""

import pickle

import pytest

from gradlab._internal.refusals import RefusalError, nearest
from gradlab.language import Text


def test_a_refusal_is_a_value_error_of_one_line_made_from_its_fields() -> None:
    refused = RefusalError("activation", "'tahn'", Text(zh="以下之一：tanh", en="one of tanh"), "tanh")
    assert isinstance(refused, ValueError)
    assert str(refused) == "activation: found 'tahn', allowed: one of tanh; nearest: 'tanh'"
    assert str(RefusalError("label", "2", "0 or 1")) == "label: found 2, allowed: 0 or 1"


def test_a_refusal_comes_whole_out_of_another_process() -> None:
    sent = pickle.loads(pickle.dumps(RefusalError("label", "2", "0 or 1", "1")))  # noqa: S301 - our own bytes
    assert (sent.argument, sent.found, sent.allowed.zh, sent.nearest) == ("label", "2", "0 or 1", "1")


@pytest.mark.parametrize(
    ("name", "near"), [("tahn", "tanh"), ("Sigmoid", "sigmoid"), ("signoid", "sigmoid"), ("gelu", "relu"), ("x", None)]
)
def test_the_nearest_name_is_like_the_one_that_was_typed(name: str, near: str | None) -> None:
    assert nearest(name, ("sigmoid", "tanh", "relu")) == near
