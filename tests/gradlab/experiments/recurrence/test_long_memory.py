"""The task with a long memory, on short sequences."""

import re

import pytest
import torch

from gradlab._internal.descent import global_norms
from gradlab.experiments.recurrence import _networks, long_memory
from gradlab.experiments.recurrence.long_memory import Config, Training


def test_what_keeps_the_gradient_learns() -> None:
    default, orthogonal, identity = (Training(start, time_steps=12) for start in long_memory.STARTS)
    found = long_memory.run(Config((default, orthogonal, identity), networks=3)).by_training
    assert found[default].ratio < 0.1 < found[orthogonal].ratio < found[identity].ratio
    assert found[orthogonal].learned == found[identity].learned == 3
    assert max(found[orthogonal].ratios) < 1


def test_a_window_cuts_the_gradient_and_nothing_else() -> None:
    network = long_memory._made(Config(networks=2), "orthogonal")
    x, _ = long_memory._batch(Config(networks=2), 6, torch.Generator().manual_seed(0))
    assert torch.equal(network(x), network(x, 3))
    one = Training("orthogonal", time_steps=6, window=5)
    whole = Training("orthogonal", time_steps=6, window=6)
    cut, kept = long_memory.run(Config((one, whole), steps=10, networks=2)).trained
    assert cut.ratios == (0.0, 0.0)
    assert min(kept.ratios) > 0


def test_networks_of_a_stack_are_those_of_pytorch_and_learn_alone() -> None:
    config = Config(networks=2)
    network = long_memory._made(config, "default")
    x, _ = long_memory._batch(config, 5, torch.Generator().manual_seed(0))
    layer = torch.nn.RNN(2, config.width, batch_first=True, dtype=torch.float64)
    own = dict(layer.named_parameters())
    with torch.no_grad():
        own["weight_ih_l0"].copy_(network.U[1].T)
        own["weight_hh_l0"].copy_(network.W[1].T)
        own["bias_ih_l0"].copy_(network.b[1, 0])
        own["bias_hh_l0"].zero_()
    torch.testing.assert_close(network.states(x)[-1][1], layer(x[1])[0][:, -1])


def test_clipping_bounds_the_norm_of_each_network_by_itself() -> None:
    gradients = [torch.tensor([[[3.0]], [[0.3]]]), torch.tensor([[[4.0]], [[0.4]]])]
    assert global_norms(gradients).tolist() == pytest.approx([5.0, 0.5])
    _networks.clip(gradients, 1.0)
    assert global_norms(gradients).tolist() == pytest.approx([1.0, 0.5], rel=1e-6)


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [("start", "random", "random"), ("time_steps", 1, 1), ("maximum_norm", 0.0, 0.0), ("window", 0, 0)],
)
def test_a_bad_training_is_refused(argument: str, value: object, found: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Training(**{argument: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [("trainings", (), ()), ("width", 0, 0), ("batch", 0, 0), ("networks", 0, 0), ("steps", 9, 9),
     ("learning_rate", 0.0, 0.0), ("noise", 0.0, 0.0), ("seed", -1, -1)],
)  # fmt: skip
def test_a_bad_configuration_is_refused(argument: str, value: object, found: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(found))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
