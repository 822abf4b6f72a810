"""The update that is measured is the one that was made: exactly, or within the stated error of the sample."""

import contextlib
import math
import statistics
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Generator, Tensor, nn

import gradlab
from gradlab.probing import ProbeError
from gradlab.probing.step import ParameterReading
from gradlab.probing.updates import SAMPLE, Updates

Optimizer = torch.optim.Optimizer


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def wide(width: int = 160) -> nn.Sequential:
    return nn.Sequential(nn.Linear(12, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))


def readings(
    model: nn.Module, optimizer: Optimizer, loss: Callable[[], Tensor], steps: int = 1
) -> tuple[tuple[ParameterReading, ...], dict[str, float]]:
    """The probe's readings of the last of some steps, and the exact ratios."""
    exact: dict[str, float] = {}
    with gradlab.probe(model, optimizer=optimizer) as record:
        for _ in range(steps):
            before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
            optimizer.zero_grad()
            loss().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            for name, parameter in model.named_parameters():
                exact[name] = float((parameter.detach() - before[name]).norm() / before[name].norm())
    return record.steps[-1].parameters, exact


def agree(read: tuple[ParameterReading, ...], exact: dict[str, float]) -> None:
    for reading in read:
        assert reading.update_ratio is not None and reading.update_error is not None
        if reading.elements <= SAMPLE:
            assert reading.update_error == 0
            assert reading.update_ratio == pytest.approx(exact[reading.name], rel=1e-4)
        # Four standard errors: one in 16 000, and the seeds are fixed.
        assert abs(reading.update_ratio / exact[reading.name] - 1) <= 4 * reading.update_error + 1e-4
        assert reading.update_error < 0.05


@pytest.mark.parametrize(
    "make",
    [
        lambda groups: torch.optim.SGD(groups, lr=0.1),
        lambda groups: torch.optim.SGD(groups, lr=0.1, momentum=0.9, weight_decay=0.1, foreach=False),
        lambda groups: torch.optim.AdamW(groups, lr=0.01),
        lambda groups: torch.optim.AdamW(groups, lr=0.01, fused=True),
        lambda groups: torch.optim.RMSprop(groups, lr=0.001, foreach=True),
        lambda groups: torch.optim.Adagrad(groups, lr=0.01),
    ],
)
def test_the_ratio_is_the_exact_one_within_its_error(make: Callable[[Any], Optimizer]) -> None:
    model, x = wide(), torch.randn(30, 12)
    # Two groups, one of which learns ten times as fast.
    groups = [{"params": model[0].parameters(), "lr": 0.1}, {"params": model[2:].parameters()}]
    read, exact = readings(model, make(groups), lambda: model(x).square().mean(), steps=3)
    agree(read, exact)
    assert [bool(reading.update_error) for reading in read] == [False, False, True, False, False, False]


def test_large_parameters_that_are_not_contiguous() -> None:
    model, x = wide(), torch.randn(30, 12)
    weight = model.get_parameter("2.weight")
    weight.data = torch.randn(160, 160).t() / 10
    assert not weight.is_contiguous()
    agree(*readings(model, torch.optim.SGD(model.parameters(), lr=0.1), lambda: model(x).square().mean()))


def test_the_estimate_of_the_square_has_no_bias_and_the_error_that_it_states() -> None:
    """Over many updates: the mean of the estimates is the truth, and their spread the stated error."""
    generator = Generator().manual_seed(0)
    population = 10 * SAMPLE
    ratios, errors = [], []
    for _ in range(200):
        weight = nn.Parameter(torch.zeros(population))
        updates = Updates()
        updates.before({"w": weight})
        # Tails heavier than those of a normal distribution, as updates have.
        change = torch.randn(population, generator=generator) * (torch.randn(population, generator=generator) / 2).exp()
        weight.data.add_(change)
        taken = updates.after()["w"]
        ratios.append(float(taken.norm) ** 2 / float(change.square().sum()))
        errors.append(float(taken.error))
    spread = statistics.stdev(ratios)
    assert statistics.mean(ratios) == pytest.approx(1, abs=4 * spread / math.sqrt(200))
    # The relative error of the square is twice that of the norm. The tails make an estimate of it vary.
    assert spread / 2 == pytest.approx(statistics.mean(errors), rel=0.3)


@pytest.mark.parametrize("rows", [1, 3, 400])
@pytest.mark.parametrize("sparse", [True, False])
def test_embeddings_of_which_few_rows_move(sparse: bool, rows: int) -> None:
    model = nn.Sequential(nn.Embedding(5000, 16, sparse=sparse), nn.Flatten(), nn.Linear(16 * 2, 1))
    words = torch.randint(5000, (rows, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    read, exact = readings(model, optimizer, lambda: model(words).square().mean())
    agree(read, exact)
    assert (read[0].update_error == 0) is (rows < 400)


def test_rows_without_a_gradient_that_move_all_the_same_are_counted() -> None:
    model = nn.Sequential(nn.Embedding(5000, 16), nn.Flatten(), nn.Linear(16 * 2, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.5)
    words = torch.randint(5000, (100, 2))
    agree(*readings(model, optimizer, lambda: model(words).square().mean(), steps=2))


def trained(watched: bool, make: Callable[[Any], Optimizer]) -> list[Tensor]:
    torch.manual_seed(0)
    model, x = wide(), torch.randn(30, 12)
    optimizer = make(model.parameters())

    def closure() -> float:
        optimizer.zero_grad()
        loss: Tensor = model(x).square().mean()
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    with gradlab.probe(model, optimizer=optimizer) if watched else contextlib.nullcontext():
        for _ in range(4):
            optimizer.step(closure)
    return [parameter.detach() for parameter in model.parameters()]


OPTIMIZERS: dict[str, Callable[[Any], Optimizer]] = {
    "SGD": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "Adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01),
    "LBFGS": lambda parameters: torch.optim.LBFGS(parameters, lr=0.1, max_iter=4),
}


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_training_goes_on_to_the_last_bit_as_without_the_probe(make: Callable[[Any], Optimizer]) -> None:
    plain, watched = trained(False, make), trained(True, make)
    assert all(torch.equal(one, other) for one, other in zip(plain, watched, strict=True))


@pytest.mark.parametrize("every", [1, 3])
def test_optimizers_that_run_the_model_themselves(every: int) -> None:
    model, x = wide(), torch.randn(30, 12)
    optimizer: Optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=2)
    passes = 0

    def closure() -> float:
        nonlocal passes
        passes += 1
        optimizer.zero_grad()
        loss: Tensor = model(x).square().mean()
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    weight = model.get_parameter("2.weight")
    before = weight.detach().clone()
    with gradlab.probe(model, optimizer=optimizer, every=every) as record:
        optimizer.step(closure)
        exact = float((weight.detach() - before).norm() / before.norm())
    last = record.steps[-1]
    reading = next(reading for reading in last.parameters if reading.name == "2.weight")
    if last.number == passes - 1:
        assert reading.update_ratio == pytest.approx(exact, rel=0.05)
    else:
        assert reading.update_ratio is None


def test_a_step_that_is_skipped_has_no_update() -> None:
    model, x = wide(), torch.randn(30, 12)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    with gradlab.probe(model, optimizer=optimizer, grad_scale=scaler) as record:
        for factor in (1.0, math.inf, 1.0):
            optimizer.zero_grad()
            scaler.scale(model(x).square().mean() * factor).backward()
            scaler.step(optimizer)
            scaler.update()
    ratios = [step.parameters[0].update_ratio for step in record.steps]
    assert ratios[0] and ratios[1] is None and ratios[2]


def test_parameters_that_the_optimizer_does_not_have_are_left_out() -> None:
    model, x = wide(), torch.randn(30, 12)
    optimizer = torch.optim.SGD(model[2].parameters(), lr=0.1)
    with gradlab.probe(model, optimizer=optimizer) as record:
        model(x).square().mean().backward()
        optimizer.step()
    told = [reading.name for reading in record.steps[0].parameters if reading.update_ratio is not None]
    assert told == ["2.weight", "2.bias"]


def test_nothing_is_kept_of_steps_that_fail() -> None:
    model = wide()
    updates = Updates()
    updates.before(dict(model.named_parameters()))
    updates.forget()
    assert updates.after() == {}


def test_an_optimizer_of_another_model_is_refused() -> None:
    with pytest.raises(ProbeError, match=r"optimizer: has none of this model's parameters; give the one made from"):
        gradlab.probe(wide(), optimizer=torch.optim.SGD(wide().parameters(), lr=0.1))
