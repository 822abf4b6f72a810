"""The network that is mended: the same as a plain loop trains, before and after."""

import pytest
import torch
from torch import Generator, nn

from gradlab.datasets import two_spirals
from gradlab.experiments.diagnosis import mended
from gradlab.experiments.diagnosis.mended import Config
from gradlab.probing.history import verdict_of

SMALL = Config(depth=6, width=16, steps=3, seeds=2)


@pytest.mark.parametrize("he", [False, True])
def test_many_at_once_are_trained_as_one_by_one(he: bool) -> None:
    result = mended.run(SMALL)
    samples = two_spirals(SMALL.points, Generator().manual_seed(SMALL.data_seed))
    for seed in range(SMALL.seeds):
        model = mended.made(SMALL, seed, he=he)
        optimizer = torch.optim.SGD(model.parameters(), SMALL.learning_rate)
        losses = []
        for _ in range(SMALL.steps + 1):
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(model(samples.x)[:, 0], samples.y)
            losses.append(loss.item())
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        found = (result.he if he else result.default).losses[seed]
        assert found == pytest.approx(losses, rel=1e-12)


def test_only_the_weights_differ_and_so_do_the_verdicts() -> None:
    before, after = (mended.made(Config(), 0, he=he) for he in (False, True))
    for one, other in zip(before.parameters(), after.parameters(), strict=True):
        assert torch.equal(one, other) == (one.ndim == 1)
    result = mended.run(Config(steps=1, seeds=1))
    assert (verdict_of(result.default.step), verdict_of(result.he.step)) == ("vanishing", "healthy")


def test_wrong_settings_are_refused() -> None:
    for wrong in ({"depth": 0}, {"learning_rate": 0.0}, {"points": 3}, {"data_seed": -1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Config(**wrong)
