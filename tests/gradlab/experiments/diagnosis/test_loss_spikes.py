"""Loss spikes: the curvature is that of the Hessian, and the jump is the largest of the run."""

import re

import pytest
import torch
from torch import nn

from gradlab import training
from gradlab.datasets import two_spirals
from gradlab.experiments.diagnosis import loss_spikes
from gradlab.experiments.diagnosis.loss_spikes import Config
from gradlab.networks import MLP, MLPConfig

SMALL = Config(points=12, width=4, depth=2, steps=20, seeds=2, learning_rate=1.0, iterations=200)


def _network(seed: int) -> MLP:
    shape = MLPConfig(width=4, depth=2, input_width=2, output_width=1, bias="zero")
    return MLP(shape, torch.Generator().manual_seed(seed))


def test_the_curvature_is_the_largest_eigenvalue_of_the_hessian() -> None:
    samples = two_spirals(12, torch.Generator().manual_seed(0))
    network = _network(0)
    names = [name for name, _ in network.named_parameters()]
    shapes = [parameter.shape for parameter in network.parameters()]
    flat = torch.cat([parameter.detach().flatten() for parameter in network.parameters()])

    def loss(values: torch.Tensor) -> torch.Tensor:
        parts = torch.split(values, [shape.numel() for shape in shapes])
        given = {name: part.view(shape) for name, part, shape in zip(names, parts, shapes, strict=True)}
        output = torch.func.functional_call(network, given, samples.x)[:, 0]
        return nn.functional.binary_cross_entropy_with_logits(output, samples.y)

    hessian = torch.autograd.functional.hessian(loss, flat)  # type: ignore[no-untyped-call]
    eigenvalues = torch.linalg.eigvalsh(hessian)
    assert eigenvalues.abs().max() == eigenvalues.max()
    found = loss_spikes._curvature(network, samples, 500)
    assert found == pytest.approx(float(eigenvalues.max()), rel=1e-6)


def test_the_jump_is_the_largest_of_the_run() -> None:
    result = loss_spikes.run(SMALL)
    samples = two_spirals(12, torch.Generator().manual_seed(0))
    for seed, jump in enumerate(result.jumps):
        (outcome,) = training.train([_network(seed)], [training.Rule(1.0)], samples, SMALL.steps)
        factors = [after / before for before, after in zip(outcome.losses, outcome.losses[1:], strict=False)]
        assert jump.factor == max(factors)
        assert factors[jump.step] == jump.factor
    assert result.limit == 2.0


def test_a_tiny_step_does_not_overshoot() -> None:
    result = loss_spikes.run(Config(points=12, width=4, depth=2, steps=1, seeds=1, learning_rate=1e-4))
    assert abs(result.jumps[0].overshoot) < 0.01
    assert 0 < result.jumps[0].product < 0.01
    assert result.jumps[0].factor < 1


def test_a_run_that_overflows_at_once_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^learning_rate: found 1e\+200, allowed: "):
        loss_spikes.run(Config(points=12, width=4, depth=4, steps=2, seeds=1, learning_rate=1e200))


@pytest.mark.parametrize(
    ("argument", "value"), [("learning_rate", 0.0), ("points", 7), ("iterations", 0), ("depth", 0), ("seeds", 0)]
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
