"""The order of two symbols: the sequences are those of the task, and the clipped networks take short steps."""

import re

import pytest
import torch

from gradlab.experiments.recurrence import temporal_order
from gradlab.experiments.recurrence.temporal_order import Config


def test_two_symbols_have_a_meaning_one_early_and_one_in_the_middle() -> None:
    symbols, y = temporal_order._sequences(2, 200, 30, torch.Generator().manual_seed(0))
    meant = symbols < temporal_order.MEANT
    assert torch.equal(meant.sum(2), torch.full((2, 200), 2))
    first, second = meant.nonzero()[:, 2].reshape(-1, 2).T
    assert (int(first.min()), int(first.max())) == (3, 5)
    assert (int(second.min()), int(second.max())) == (15, 17)
    which = symbols[meant].reshape(2, 200, 2)
    assert torch.equal(y, which[:, :, 0] + 2 * which[:, :, 1])
    assert set(y.flatten().tolist()) == {0, 1, 2, 3}


def test_short_sequences_are_learned_with_and_without_clipping() -> None:
    result = temporal_order.run(Config(lengths=(10,), updates=150, networks=2, fresh=100))
    (plain,), (clipped,) = result.of(clipped=False), result.of(clipped=True)
    assert plain.successes == sum(error <= 0.01 for error in plain.errors)
    assert max(plain.errors) < 0.25 > max(clipped.errors)
    assert len(plain.largest) == 2


def test_a_bound_that_is_never_reached_changes_nothing() -> None:
    result = temporal_order.run(Config(lengths=(10,), updates=5, networks=1, maximum_norm=1e9, fresh=20))
    plain, clipped = result.networks
    assert plain.errors == clipped.errors
    assert plain.largest == clipped.largest


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [("lengths", (), ()), ("lengths", (9,), 9), ("width", 0, 0), ("deviation", 0.0, 0.0), ("batch", 0, 0),
     ("updates", 0, 0), ("learning_rate", 0.0, 0.0), ("maximum_norm", 0.0, 0.0), ("fresh", 0, 0),
     ("allowed", -0.1, -0.1), ("networks", 0, 0), ("seed", -1, -1)],
)  # fmt: skip
def test_a_bad_configuration_is_refused(argument: str, value: object, found: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
