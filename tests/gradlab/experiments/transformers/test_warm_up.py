"""The small models of characters: their text, and trainings that differ in nothing but the warm-up."""

import math

import pytest
import torch

from gradlab.experiments.transformers import warm_up
from gradlab.experiments.transformers.warm_up import Config

SHORT = Config(placements=("pre",), blocks=1, width=16, positions=8, batch=4, steps=12, warm_up=3, seeds=2)


def test_the_text_is_made_by_rule() -> None:
    written = warm_up.text(3)
    assert written == warm_up.text(3)
    words = written.split()
    assert words[::7] == ["the"] * 3
    assert {words[3], words[10]} <= set(warm_up.VERBS)
    assert warm_up.entropy("aabb") == pytest.approx(math.log(2), rel=1e-15)


def test_the_rate_of_the_first_step_is_all_that_differs() -> None:
    without, warmed = warm_up.run(SHORT).trainings
    assert (without.is_warmed, warmed.is_warmed) == (False, True)
    assert [len(row) for row in without.losses] == [12, 12]
    for one, other in zip(without.losses, warmed.losses, strict=True):
        assert one[0] == pytest.approx(other[0], rel=1e-6)
        assert one[1] != other[1]
    assert without.final[0] == pytest.approx(sum(without.losses[0][2:]) / 10, rel=1e-12)


def test_a_step_is_that_of_adam() -> None:
    config = SHORT
    losses = warm_up.run(config).trainings[0].losses[0]
    written = warm_up.text(config.sentences)
    alphabet = sorted(set(written))
    encoded = torch.tensor([alphabet.index(character) for character in written])
    model = warm_up._Model(config, "pre", len(alphabet), seed=0)
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    generator = [torch.Generator().manual_seed(0)]
    for expected in losses[:5]:
        pieces = warm_up._pieces(config, encoded, generator)[0]
        loss = torch.nn.functional.cross_entropy(model(pieces[:, :-1]).flatten(0, 1), pieces[:, 1:].flatten())
        assert float(loss.detach()) == pytest.approx(expected, rel=1e-4)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def test_too_few_steps_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^steps: found 5, allowed: "):
        Config(steps=5)
