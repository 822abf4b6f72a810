"""The probe in the loops that people write: no step is lost, no training is stopped, and what is not seen is said."""

import copy
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import gradlab
from gradlab.probing import ProbeError, Record, measures
from gradlab.probing.step import Step


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def plain(width: int = 8, depth: int = 4) -> nn.Sequential:
    return nn.Sequential(
        *(module for _ in range(depth) for module in (nn.Linear(width, width), nn.ReLU())), nn.Linear(width, 1)
    )


def sgd(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), lr=0.1)


def notes(record: Record) -> str:
    return "\n".join(record.report().notes)


# A module whose own forward is never called


class Module(nn.Module):
    """A module as Lightning has it: its parts are called, its forward only to predict."""

    def __init__(self) -> None:
        super().__init__()
        self.net = plain()

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)  # type: ignore[no-any-return]

    def training_step(self, x: Tensor) -> Tensor:
        loss: Tensor = self.net(x).square().mean()
        return loss


@pytest.mark.parametrize("every", [1, 2, 7])
def test_steps_of_a_module_whose_own_forward_is_never_called(every: int) -> None:
    model, x = Module(), torch.randn(9, 8)
    with gradlab.probe(model, every=every) as record:
        for _ in range(30):
            model.training_step(x).backward()  # type: ignore[no-untyped-call]
    assert [step.number for step in record.steps] == [*range(0, 30, every)]
    assert all(len(step.calls) == 9 and step.has_backward for step in record.steps)


def test_a_check_by_its_forward_before_does_not_end_the_recording() -> None:
    model, x = Module(), torch.randn(9, 8)
    with gradlab.probe(model, every=2) as record:
        with torch.no_grad():
            for _ in range(2):
                model(x)
        for _ in range(10):
            model.training_step(x).backward()  # type: ignore[no-untyped-call]
    # The first step after the check is the one by which the probe sees that parts are called.
    assert [step.number for step in record.steps] == [0, 2, 4, 6, 8, 10]
    assert all(step.has_backward for step in record.steps[1:])


# Parameters that are spread over processes


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    distributed = torch.distributed
    if not distributed.is_available() or not distributed.is_gloo_available():
        pytest.skip("torch without gloo")
    monkeypatch.setattr(os, "environ", dict(os.environ))
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path / 'store'}", rank=0, world_size=1)
    mesh = pytest.importorskip("torch.distributed.device_mesh").init_device_mesh("cpu", (1,))
    yield mesh
    distributed.destroy_process_group()


def test_fully_sharded_parameters_are_measured_and_train_on(process: Any) -> None:
    sharding = pytest.importorskip("torch.distributed.fsdp")
    if not hasattr(sharding, "fully_shard"):
        pytest.skip("torch without FSDP2")
    x = torch.randn(9, 8)

    def train(model: nn.Module, sharded: bool, watched: bool) -> tuple[list[Tensor], Step | None, str]:
        if sharded:
            for layer in model.children():
                if isinstance(layer, nn.Linear):
                    sharding.fully_shard(layer, mesh=process)
            sharding.fully_shard(model, mesh=process)
        optimizer = sgd(model)

        def step() -> None:
            model(x).square().mean().backward()
            optimizer.step()
            optimizer.zero_grad()

        if not watched:
            step()
            return [measures.own(parameter).clone() for parameter in model.parameters()], None, ""
        with gradlab.probe(model, optimizer=optimizer) as record:
            step()
        found = [measures.own(parameter).clone() for parameter in model.parameters()]
        return found, record.steps[0], notes(record)

    model = plain()
    alone, whole, _ = train(copy.deepcopy(model), False, True)
    try:
        unwatched, _, _ = train(copy.deepcopy(model), True, False)
    except AttributeError:
        pytest.skip("FSDP2 of this torch does not train on the CPU")
    watched, spread, said = train(model, True, True)
    assert all(torch.equal(one, other) for one, other in zip(watched, unwatched, strict=True))
    assert whole is not None and spread is not None
    assert [call.delta_norm for call in spread.calls] == pytest.approx([call.delta_norm for call in whole.calls])
    for one, other in zip(spread.parameters, whole.parameters, strict=True):
        assert one.norm == pytest.approx(other.norm)
        assert one.gradient_norm == pytest.approx(other.gradient_norm)
        assert one.update_ratio == pytest.approx(other.update_ratio)
    assert "spread over several processes" in said and "failed" not in said
    assert len(alone) == len(watched)


def test_the_norm_of_a_whole_is_estimated_from_a_part() -> None:
    whole = torch.randn(1000, 40, generator=torch.Generator().manual_seed(0))

    class Spread(Tensor):
        def to_local(self) -> Tensor:
            return whole[:500]

    spread = whole.as_subclass(Spread)
    assert measures.norm(spread) == pytest.approx(float(whole.norm()), rel=0.02)
    assert measures.norms([spread, whole]) == [measures.norm(spread), measures.norm(whole)]


# Errors in a hook


@pytest.mark.parametrize(
    "where", ["mean_and_silent_share", "norms", "norm", "mean", "saturated_share", "nonfinite", "measurable"]
)
def test_what_goes_wrong_in_a_hook_is_a_note_and_stops_no_training(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("planted\nwith a second line")

    def trained(watched: bool) -> tuple[list[Tensor], Record | None]:
        torch.manual_seed(0)
        model, x = nn.Sequential(plain()[:-1], nn.Linear(8, 8), nn.Tanh()), torch.randn(9, 8)
        optimizer = sgd(model)

        def train() -> None:
            for _ in range(3):
                optimizer.zero_grad()
                model(x).square().mean().backward()
                optimizer.step()

        if not watched:
            train()
            return list(model.parameters()), None
        with gradlab.probe(model, optimizer=optimizer) as record, monkeypatch.context() as patch:
            patch.setattr(measures, where, fail)
            train()
        assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
        return list(model.parameters()), record

    watched, record = trained(True)
    assert all(torch.equal(one, other) for one, other in zip(watched, trained(False)[0], strict=True))
    assert record is not None
    if any(step.calls and step.has_backward for step in record.steps):
        assert "A hook of the probe failed" in notes(record) and "first RuntimeError: planted)" in notes(record)
    else:
        with pytest.raises(ProbeError, match=r"the probe's hooks failed: RuntimeError: planted$"):
            record.report()


def test_what_goes_wrong_as_the_block_ends_is_a_note_too(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = plain(), torch.randn(9, 8)
    with gradlab.probe(model) as record:
        for _ in range(2):
            model(x).sum().backward()
        monkeypatch.setattr("gradlab.probing.tracing.StepTrace.packed", lambda self: 1 / 0)
    monkeypatch.undo()
    assert [step.number for step in record.steps] == [0]
    assert "ZeroDivisionError" in notes(record)


# Optimizers that hold another


class Holding(torch.optim.Optimizer):
    """As that of accelerate: an optimizer by its class, whose own constructor was never called."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = optimizer

    @property
    def param_groups(self) -> Any:  # type: ignore[override]
        return self.optimizer.param_groups

    def step(self, closure: Any = None) -> Any:
        return self.optimizer.step(closure)


def test_an_optimizer_that_holds_another_is_followed_to_it() -> None:
    model, x = plain(), torch.randn(9, 8)
    optimizer = Holding(Holding(sgd(model)))
    with gradlab.probe(model, optimizer=optimizer) as record:
        model(x).square().mean().backward()
        optimizer.step()
    assert all(reading.update_ratio is not None for reading in record.steps[0].parameters)
    with pytest.raises(ProbeError, match="has none of this model's parameters"):
        gradlab.probe(plain(), optimizer=optimizer)


# torch.jit


def in_jit(make: Callable[..., Any], *arguments: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make(*arguments)


def test_a_scripted_model_is_refused_and_a_scripted_part_is_named() -> None:
    scripted = in_jit(torch.jit.script, plain())
    with pytest.raises(ProbeError, match=r"^model: is scripted, and takes no hooks; probe the module before"):
        gradlab.probe(scripted)
    model = nn.Sequential(nn.Linear(8, 8), in_jit(torch.jit.script, plain()))
    with gradlab.probe(model) as record:
        model(torch.randn(9, 8)).sum().backward()
    assert [call.name for call in record.steps[0].calls] == ["0", ""]
    assert "1 was traced or scripted, and nothing inside it is seen" in notes(record)


def test_a_traced_model_is_said_to_be_traced() -> None:
    traced = in_jit(torch.jit.trace, plain(), torch.randn(9, 8))
    with gradlab.probe(traced) as record:
        traced(torch.randn(9, 8)).sum().backward()
    assert "was traced or scripted, and nothing inside it is seen" in notes(record)
    model = nn.Sequential(nn.Linear(8, 8), in_jit(torch.jit.trace, plain(), torch.randn(9, 8)))
    with gradlab.probe(model) as record:
        model(torch.randn(9, 8)).sum().backward()
    assert "1 was traced or scripted, and nothing inside it is seen" in notes(record)


# Gradients that are added up


def accumulated(every: int = 1, steps: int = 3, micro: int = 4, zero: str = "before", **options: Any) -> Record:
    model, x = plain(), torch.randn(micro, 9, 8)
    optimizer = sgd(model)
    with gradlab.probe(model, every=every, **({"optimizer": optimizer} | options)) as record:
        for _ in range(steps):
            if zero == "before":
                optimizer.zero_grad()
            for index, batch in enumerate(x):
                loss = model(batch).square().mean() / micro
                if zero == "between" and index == 0:
                    optimizer.zero_grad(set_to_none=False)
                loss.backward()
            optimizer.step()
            if zero == "after":
                optimizer.zero_grad(set_to_none=False)
    return record


@pytest.mark.parametrize("zero", ["before", "between", "after"])
@pytest.mark.parametrize("every", [1, 2, 8])
def test_a_step_ends_with_the_optimizers(every: int, zero: str) -> None:
    record = accumulated(every, steps=17, zero=zero)
    assert [step.number for step in record.steps] == [*range(0, 17, every)]
    for step in record.steps:
        assert len(step.calls) == 9
        assert {call.backward_passes for call in step.calls} == {4}
        assert all(reading.update_ratio for reading in step.parameters)
        assert not step.accumulated
    assert "several backward passes" in notes(record)


def test_delta_is_the_mean_over_the_passes_and_the_gradient_their_sum() -> None:
    (step,) = accumulated(steps=1).steps
    torch.manual_seed(0)
    model, x = plain(), torch.randn(4, 9, 8)
    with gradlab.probe(model) as record:
        for batch in x:
            model.zero_grad()
            (model(batch).square().mean() / 4).backward()
    for index, call in enumerate(step.calls):
        assert call.norm == record.steps[0].calls[index].norm
        alone = [other.calls[index].delta_norm or 0.0 for other in record.steps]
        assert call.delta_norm == pytest.approx(sum(alone) / 4, rel=1e-6)
    model.zero_grad()
    sum((model(batch).square().mean() / 4 for batch in x), torch.zeros(())).backward()
    for reading in step.parameters:
        gradient = model.get_parameter(reading.name).grad
        assert gradient is not None
        assert reading.gradient_norm == pytest.approx(float(gradient.norm()), rel=1e-4)


def test_without_the_optimizer_accumulation_is_said() -> None:
    record = accumulated(steps=2, optimizer=None)
    assert [step.accumulated for step in record.steps] == [False, True, True, True] * 2
    assert "Gradients of earlier passes were still there" in notes(record)


def test_a_scaler_that_skips_an_update_ends_the_step_all_the_same() -> None:
    model, x = plain(), torch.randn(9, 8)
    optimizer = sgd(model)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    with gradlab.probe(model, optimizer=optimizer, grad_scale=scaler) as record:
        for factor in (1.0, float("inf"), 1.0):
            loss = model(x).square().mean() * factor
            optimizer.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
    assert [bool(step.parameters[0].update_ratio) for step in record.steps] == [True, False, True]
    assert all(call.backward_passes == 1 for step in record.steps for call in step.calls)


def test_a_validation_between_two_updates_is_no_part_of_a_step() -> None:
    model, x = plain(), torch.randn(9, 8)
    optimizer = sgd(model)
    with gradlab.probe(model, optimizer=optimizer) as record:
        for _ in range(2):
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()
            with torch.no_grad():
                model(x)
    assert [step.has_backward for step in record.steps] == [True, False, True, False]


# Quantization-aware training


def test_linear_layers_keep_their_rows_in_quantization_aware_training() -> None:
    quantization = pytest.importorskip("torch.ao.quantization")
    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1)).train()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.qconfig = quantization.get_default_qat_qconfig("fbgemm")
        prepared = quantization.prepare_qat(model)
    twin, x = copy.deepcopy(prepared), torch.randn(9, 8)
    with gradlab.probe(prepared) as record:
        nn.functional.mse_loss(prepared(x), torch.ones(9, 1)).backward()  # type: ignore[no-untyped-call]
    nn.functional.mse_loss(twin(x), torch.ones(9, 1)).backward()  # type: ignore[no-untyped-call]
    for one, other in zip(prepared.parameters(), twin.parameters(), strict=True):
        assert one.grad is not None and other.grad is not None and torch.equal(one.grad, other.grad)
    report = record.report()
    assert [row.layer for row in report.rows] == ["0", "1", "2", "3", "4"]
    assert all(row.sigma_w and row.delta for row in report.rows if row.kind == "Linear")
    assert report.rows[0].predicted_factor is not None
    assert not any("Not called" in note for note in report.notes)


# Two networks that play against each other


def test_what_made_the_input_is_no_part_of_the_model() -> None:
    generator, judge = plain()[:-1], plain()
    optimizer = sgd(judge)
    with gradlab.probe(judge, optimizer=optimizer) as record:
        for _ in range(2):
            fake = generator(torch.randn(9, 8))
            optimizer.zero_grad()
            (judge(torch.randn(9, 8)).mean() - judge(fake.detach()).mean()).backward()
            optimizer.step()
            judge(generator(torch.randn(9, 8))).mean().backward()
    report = record.report()
    assert not any("Activation functions between modules" in note for note in report.notes)
    assert [call.name for call in report.step.calls] == [str(index) for index in range(9)]
    assert record.steps[-1].calls[0].parents == ()
    # The last pass was for the generator's sake; the report is on the one that changed the judge.
    assert report.step.has_update and not record.steps[-1].has_update


def test_weights_that_are_tied_belong_to_the_module_that_runs() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.shared = nn.Embedding(10, 8)
            self.words, self.body = nn.Embedding(10, 8), plain()
            self.words.weight = self.shared.weight

        def forward(self, x: Tensor) -> Tensor:
            return self.body(self.words(x))  # type: ignore[no-any-return]

    model = Tied()
    with gradlab.probe(model) as record:
        model(torch.randint(10, (9, 3))).square().mean().backward()
    assert record.steps[0].parameters[0].module == "words"
    assert not record.report().notes
