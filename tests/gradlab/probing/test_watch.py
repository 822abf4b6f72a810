"""The probe on what people have: it sees every layer, changes no bit, and leaves nothing behind."""

import contextlib
import copy
import gc
import io
import math
import pickle
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

import gradlab
from gradlab.probing import ProbeError, Record
from gradlab.probing.step import LayerCall, Step


def by_name(step: Step, name: str) -> LayerCall:
    return next(call for call in step.calls if call.name == name)


def step_of(model: nn.Module, *inputs: Tensor, loss: Callable[[Any], Tensor] | None = None, **options: Any) -> Step:
    with gradlab.probe(model, **options) as record:
        output = model(*inputs)
        (loss(output) if loss else output.square().mean()).backward()
    (step,) = record.steps
    return step


def plain(in_place: bool = False) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7), nn.ReLU(in_place), nn.Linear(7, 6), nn.Tanh(), nn.Linear(6, 1))


class Functional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(5, 7), nn.Linear(7, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(torch.relu(self.first(x)))  # type: ignore[no-any-return]


class Repeated(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(5, 5)

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(3):
            x = torch.tanh(self.layer(x))
        return x


class Attending(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.attention(x, x, x)
        return out  # type: ignore[no-any-return]


class InDictionary(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(5, 3)

    def forward(self, x: Tensor) -> dict[str, Any]:
        return {"count": 3, "hidden": [self.layer(x)], "nothing": None}


class Checkpointed(nn.Module):
    def __init__(self, reentrant: bool) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU())
        self.head = nn.Linear(5, 1)
        self.reentrant = reentrant

    def forward(self, x: Tensor) -> Tensor:
        return self.head(checkpoint(self.body, x, use_reentrant=self.reentrant))  # type: ignore[no-any-return]


def image() -> Tensor:
    return torch.randn(4, 3, 8, 8)


MODELS: dict[str, tuple[Callable[[], nn.Module], Callable[[], Tensor]]] = {
    "sequential": (plain, lambda: torch.randn(9, 5)),
    "in-place activations": (lambda: plain(True), lambda: torch.randn(9, 5)),
    "functional activations": (Functional, lambda: torch.randn(9, 5)),
    "a module called three times": (Repeated, lambda: torch.randn(9, 5)),
    "convolution 1d": (
        lambda: nn.Sequential(nn.Conv1d(3, 4, 3), nn.ReLU(), nn.Conv1d(4, 2, 3)),
        lambda: torch.randn(4, 3, 8),
    ),
    "convolution 2d": (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(True), nn.Conv2d(4, 2, 3)),
        image,
    ),
    "convolution 3d": (lambda: nn.Sequential(nn.Conv3d(1, 2, 3), nn.ReLU()), lambda: torch.randn(2, 1, 4, 4, 4)),
    "transposed convolution": (lambda: nn.Sequential(nn.ConvTranspose2d(3, 4, 3), nn.GELU()), image),
    "attention": (Attending, lambda: torch.randn(2, 6, 8)),
    "transformer": (
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), 2),
        lambda: torch.randn(2, 6, 8),
    ),
    "checkpointing, reentrant": (lambda: Checkpointed(True), lambda: torch.randn(9, 5, requires_grad=True)),
    "checkpointing": (lambda: Checkpointed(False), lambda: torch.randn(9, 5)),
}


def gradients(model: nn.Module, x: Tensor, watched: bool) -> list[Tensor]:
    model.zero_grad()
    torch.manual_seed(1)
    if watched:
        with gradlab.probe(model):
            model(x).square().mean().backward()
    else:
        model(x).square().mean().backward()
    return [parameter.grad.clone() for parameter in model.parameters() if parameter.grad is not None]


@pytest.mark.parametrize("name", MODELS)
def test_gradients_are_those_without_the_probe_to_the_last_bit(name: str) -> None:
    make, data = MODELS[name]
    torch.manual_seed(0)
    model, x = make(), data()
    state = copy.deepcopy(model.state_dict())
    before = gradients(model, x, watched=False)
    model.load_state_dict(state)
    after = gradients(model, x, watched=True)
    assert len(before) == len(after) > 0
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_every_linear_layer_is_seen_once_with_its_gradient(name: str) -> None:
    make, data = MODELS[name]
    torch.manual_seed(0)
    model = make()
    step = step_of(model, data())
    linear = [call for call in step.calls if call.role == "linear"]
    assert len(linear) == {"a module called three times": 3, "attention": 0, "transformer": 4}.get(name, len(linear))
    assert [call.index for call in step.calls] == list(range(len(step.calls)))
    assert all(call.delta_norm is not None and call.delta_norm > 0 for call in linear)
    assert all(call.backward_passes == 1 for call in linear)
    assert all(parameter.gradient_norm is not None for parameter in step.parameters)


def norms(model: nn.Sequential, x: Tensor) -> list[tuple[float, float]]:
    """‖output‖ and ‖∂loss/∂output‖ of every module of a chain, without the probe and without in-place functions."""
    outputs = []
    for module in model:
        x = module(x)
        x.retain_grad()
        outputs.append(x)
    x.square().mean().backward()  # type: ignore[no-untyped-call]
    return [(float(output.detach().norm()), float(output.grad.norm())) for output in outputs if output.grad is not None]


@pytest.mark.parametrize("in_place", [False, True])
def test_norms_are_those_of_the_outputs_and_their_gradients(in_place: bool) -> None:
    x = torch.randn(9, 5, generator=torch.Generator().manual_seed(3))
    step = step_of(plain(in_place), x)
    taken = [(call.norm, call.delta_norm) for call in step.calls]
    assert len(taken) == 5
    for (norm, delta), (wanted_norm, wanted_delta) in zip(taken, norms(plain(), x), strict=True):
        # float32 sums of some dozen elements against float64 ones.
        assert norm == pytest.approx(wanted_norm, rel=1e-6)
        assert delta == pytest.approx(wanted_delta, rel=1e-6)


def test_the_graph_says_what_lies_between() -> None:
    step = step_of(Functional(), torch.randn(9, 5))
    assert [(call.name, call.kind, call.role) for call in step.calls] == [
        ("first", "Linear", "linear"),
        ("second (input)", "relu", "function"),
        ("second", "Linear", "linear"),
    ]
    assert [call.parents for call in step.calls] == [(), (0,), (1,)]
    assert step.calls[1].silent is not None


def test_calls_of_one_module_are_told_apart() -> None:
    step = step_of(Repeated(), torch.randn(9, 5))
    calls = [call for call in step.calls if call.role == "linear"]
    assert [call.number for call in calls] == [1, 2, 3]
    assert [call.label for call in calls] == ["layer", "layer call 2", "layer call 3"]
    assert len({call.delta_norm for call in calls}) == 3


@pytest.mark.parametrize("reentrant", [True, False])
def test_recomputed_calls_are_not_counted_twice(reentrant: bool) -> None:
    torch.manual_seed(0)
    model, x = Checkpointed(reentrant), torch.randn(9, 5, requires_grad=True)
    step = step_of(model, x)
    # Without reentry it stops as soon as all that is needed is there again.
    assert step.recomputed == (5 if reentrant else 3)
    twin = nn.Sequential(*copy.deepcopy(model.body), copy.deepcopy(model.head))
    assert [call.delta_norm for call in step.calls if call.role in ("linear", "activation")] == [
        pytest.approx(delta, rel=1e-6) for _, delta in norms(twin, x)
    ]


@pytest.mark.parametrize(
    ("make", "width"),
    [
        (lambda: nn.RNN(5, 6, batch_first=True), 6),
        (lambda: nn.LSTM(5, 6, 2, batch_first=True), 6),
        (lambda: nn.GRU(5, 6, bidirectional=True, batch_first=True), 12),
    ],
)
def test_recurrent_layers_and_their_nested_outputs(make: Callable[[], nn.Module], width: int) -> None:
    step = step_of(make(), torch.randn(2, 4, 5), loss=lambda output: output[0].sum())
    (call,) = step.calls
    assert (call.role, call.shape) == ("recurrent", (2, 4, width))
    assert call.delta_norm == pytest.approx(math.sqrt(2 * 4 * width))


def test_outputs_in_lists_and_dictionaries() -> None:
    step = step_of(InDictionary(), torch.randn(9, 5), loss=lambda output: output["hidden"][0].sum())
    assert by_name(step, "layer").delta_norm == pytest.approx(math.sqrt(27))


def test_embeddings_are_seen_and_integers_are_not_measured() -> None:
    model = nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 1))
    step = step_of(model, torch.randint(0, 10, (3, 2)))
    assert [call.role for call in step.calls] == ["embedding", "linear"]


@pytest.mark.parametrize(("size", "dtype"), [(1e-25, torch.float32), (1e25, torch.float32), (3e3, torch.float16)])
def test_norms_neither_underflow_nor_overflow(size: float, dtype: torch.dtype) -> None:
    model = nn.Linear(2, 1000, bias=False).to(dtype)
    with gradlab.probe(model) as record:
        output = model(torch.zeros(1, 2, dtype=dtype))
        output.backward(torch.full_like(output, size))
    # The number itself is rounded to the type.
    rounded = float(torch.tensor(size, dtype=dtype))
    assert record.steps[0].calls[0].delta_norm == pytest.approx(rounded * math.sqrt(1000), rel=1e-6)
    assert record.steps[0].calls[0].delta_nonfinite == 0


def test_elements_that_are_not_finite_are_counted() -> None:
    model = nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[math.inf, 0.0], [1.0, 1.0]]))
    step = step_of(model, torch.tensor([[1.0, 1.0], [0.0, 1.0]]))
    assert step.calls[0].nonfinite == 2
    assert step.calls[0].delta_nonfinite == 2


def test_bfloat16() -> None:
    step = step_of(plain().to(torch.bfloat16), torch.randn(9, 5, dtype=torch.bfloat16))
    assert all(call.delta_norm for call in step.calls)


@pytest.mark.parametrize("scale", [65536.0, torch.amp.GradScaler("cpu", init_scale=65536.0)])
def test_the_scale_of_mixed_precision_is_divided_out(scale: Any) -> None:
    x = torch.randn(9, 5, generator=torch.Generator().manual_seed(3))
    unscaled = step_of(plain(), x)
    if not isinstance(scale, float):
        scale.scale(torch.ones(1))  # what makes the scaler start at its scale
    scaled = step_of(plain(), x, loss=lambda output: 65536.0 * output.square().mean(), grad_scale=scale)
    for one, other in zip(unscaled.calls, scaled.calls, strict=True):
        assert one.delta_norm == pytest.approx(other.delta_norm, rel=1e-6)
    for before, after in zip(unscaled.parameters, scaled.parameters, strict=True):
        assert before.gradient_norm == pytest.approx(after.gradient_norm, rel=1e-6)


def test_accumulated_gradients_and_deltas_are_told_apart() -> None:
    model, x = plain(), torch.randn(9, 5)
    with gradlab.probe(model) as record:
        for _ in range(3):
            model(x).square().mean().backward()
    first, *_, third = record.steps
    assert third.calls[0].delta_norm == pytest.approx(first.calls[0].delta_norm)
    assert first.parameters[0].gradient_norm is not None
    assert third.parameters[0].gradient_norm == pytest.approx(3 * first.parameters[0].gradient_norm)


def test_several_backward_passes_of_one_forward_pass() -> None:
    model, x = plain(), torch.randn(9, 5)
    with gradlab.probe(model) as record:
        loss = model(x).square().mean()
        loss.backward(retain_graph=True)
        loss.backward()
    (step,) = record.steps
    assert {call.backward_passes for call in step.calls} == {2}


def test_the_real_update_is_measured() -> None:
    model = plain()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    with gradlab.probe(model, optimizer=optimizer) as record:
        model(torch.randn(9, 5)).square().mean().backward()
        optimizer.step()
    for reading in record.steps[0].parameters:
        change = dict(model.named_parameters())[reading.name].detach() - before[reading.name]
        assert reading.update_ratio == pytest.approx(float(change.norm() / before[reading.name].norm()), rel=1e-5)


def test_every_tenth_step() -> None:
    model, x = plain(), torch.randn(9, 5)
    with gradlab.probe(model, every=10) as record:
        for _ in range(25):
            model(x).square().mean().backward()
    assert [step.number for step in record.steps] == [0, 10, 20]


def test_parts_called_by_themselves_make_one_step_until_a_backward_pass() -> None:
    model, x = Functional(), torch.randn(9, 5)
    with gradlab.probe(model) as record:
        for _ in range(2):
            model.second(model.first(x)).sum().backward()
    assert [len(step.calls) for step in record.steps] == [2, 2]


def test_frozen_parameters_and_no_grad() -> None:
    model = plain()
    model[0].requires_grad_(False)
    with gradlab.probe(model) as record:
        with torch.no_grad():
            model(torch.randn(9, 5))
        model(torch.randn(9, 5)).sum().backward()
    watched, trained = record.steps
    assert all(call.delta_norm is None for call in watched.calls)
    assert [reading.trainable for reading in trained.parameters] == [False, False, True, True, True, True]
    assert trained.calls[0].delta_norm is None
    assert trained.calls[2].delta_norm


# Nothing is left behind


def insides(model: nn.Module) -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, {key: value for key, value in vars(module).items() if key not in ("_parameters", "_modules")})
        for name, module in model.named_modules()
    ]


@pytest.mark.parametrize("name", MODELS)
def test_the_model_is_as_before_the_block(name: str) -> None:
    make, data = MODELS[name]
    model = make().eval()
    model.train()
    # Buffers of normalizations move with every forward pass, watched or not.
    before = copy.deepcopy(
        [(name, {k: v for k, v in inside.items() if k != "_buffers"}) for name, inside in insides(model)]
    )
    step_of(model, data())
    after = [(name, {k: v for k, v in inside.items() if k != "_buffers"}) for name, inside in insides(model)]
    assert repr(after) == repr(before)
    assert all(not parameter._backward_hooks for parameter in model.parameters())
    assert all(not parameter._post_accumulate_grad_hooks for parameter in model.parameters())


def test_an_exception_leaves_no_hook_and_passes_through() -> None:
    model = plain()
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"), gradlab.probe(model):
        model(torch.randn(9, 4))
    assert all(not module._forward_hooks and not module._forward_pre_hooks for module in model.modules())
    step_of(model, torch.randn(9, 5))


def test_copies_made_in_the_block_are_not_watched() -> None:
    model, x = plain(), torch.randn(9, 5)
    with gradlab.probe(model) as record:
        copied = copy.deepcopy(model)
        pickled = pickle.loads(pickle.dumps(model))  # noqa: S301 - just pickled
        copied(x).sum().backward()
        pickled(x).sum().backward()
        buffer = io.BytesIO()
        torch.save(model, buffer)
        model(x).sum().backward()
    (step,) = record.steps
    assert len(step.calls) == 5


def test_nothing_keeps_activations_or_the_model_alive() -> None:
    model = plain()
    with gradlab.probe(model) as record:
        output = model(torch.randn(9, 5))
        activation = weakref.ref(output)
        output.sum().backward()
        del output
        gc.collect()
        assert activation() is None
    watched = weakref.ref(model)
    report = record.report()
    del model, record
    gc.collect()
    assert watched() is None
    assert report.verdict == "healthy"


# Others that hang on the graph, or take gradients their own way


def test_hooks_of_others_are_left_alone_and_do_not_disturb() -> None:
    model, x = plain(), torch.randn(9, 5)
    seen: list[str] = []
    full = model[2].register_full_backward_hook(lambda *_: seen.append("full"))
    first = step_of(model, x)
    assert seen == ["full"]
    full.remove()
    # Torch refuses a legacy hook where a full one ever was; the probe leaves no such trace.
    legacy = model[3].register_backward_hook(lambda *_: seen.append("legacy"))
    model.zero_grad()
    second = step_of(model, x)
    assert seen == ["full", "legacy"]
    legacy.remove()
    assert [call.delta_norm for call in first.calls] == [call.delta_norm for call in second.calls]


def test_a_gradient_that_a_hook_of_others_changes_is_passed_on_changed() -> None:
    model, x = plain(), torch.randn(9, 5)
    plainly = step_of(model, x)
    model.zero_grad()
    doubling = model[2].register_forward_hook(
        lambda module, inputs, output: output.register_hook(lambda delta: 2 * delta) and None
    )
    doubled = step_of(model, x)
    doubling.remove()
    assert doubled.calls[0].delta_norm == pytest.approx(2 * (plainly.calls[0].delta_norm or 0), rel=1e-6)
    assert doubled.calls[4].delta_norm == plainly.calls[4].delta_norm


def test_gradients_taken_by_name_are_diagnosed_by_delta() -> None:
    model, x = plain(), torch.randn(9, 5)
    with gradlab.probe(model) as record:
        torch.autograd.grad(model(x).square().mean(), [*model.parameters()])
    (step,) = record.steps
    assert all(call.delta_norm for call in step.calls)
    assert all(parameter.gradient_norm is None for parameter in step.parameters)
    assert [call.delta_norm for call in step.calls] == [call.delta_norm for call in step_of(model, x).calls]
    assert "cut off" not in [finding.verdict for finding in record.report().findings]


def test_a_graph_of_the_gradient_is_the_same_and_is_not_kept() -> None:
    def second_derivative(watched: bool) -> list[Tensor]:
        model, x = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)), torch.ones(2, 3)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.fill_(0.1)
        with gradlab.probe(model) if watched else contextlib.nullcontext():
            first = torch.autograd.grad(model(x).sum(), [*model.parameters()], create_graph=True)
            kept.append(weakref.ref(first[0]))
            sum(gradient.square().sum() for gradient in first).backward()  # type: ignore[union-attr]
        del first
        return [parameter.grad for parameter in model.parameters() if parameter.grad is not None]

    kept: list[Any] = []
    without, within = second_derivative(False), second_derivative(True)
    assert all(torch.equal(one, other) for one, other in zip(without, within, strict=True))
    gc.collect()
    assert all(reference() is None for reference in kept)


def test_an_optimizer_that_steps_within_the_backward_pass_cuts_nothing_off() -> None:
    model = plain()
    optimizers = {parameter: torch.optim.SGD([parameter], lr=0.1) for parameter in model.parameters()}

    def update(parameter: Tensor) -> None:
        optimizers[parameter].step()  # type: ignore[index]
        optimizers[parameter].zero_grad()  # type: ignore[index]

    for parameter in model.parameters():
        parameter.register_post_accumulate_grad_hook(update)  # type: ignore[no-untyped-call]
    with gradlab.probe(model) as record:
        model(torch.randn(9, 5)).sum().backward()
    assert "cut off" not in [finding.verdict for finding in record.report().findings]


def test_a_failure_within_the_backward_pass_leaves_the_next_step_whole() -> None:
    model, x = plain(), torch.randn(9, 5)

    def fail(_: Tensor) -> None:
        raise RuntimeError("planted")

    with gradlab.probe(model) as record:
        handle = next(model.parameters()).register_hook(fail)  # type: ignore[no-untyped-call]
        with pytest.raises(RuntimeError, match="planted"):
            model(x).sum().backward()
        handle.remove()
        model(x).sum().backward()
    assert all(parameter.gradient_norm is not None for parameter in record.steps[1].parameters)


def test_sparse_gradients_are_measured() -> None:
    model = nn.Sequential(nn.Embedding(10, 4, sparse=True), nn.Linear(4, 1))
    step = step_of(model, torch.tensor([[1, 1], [2, 3]]))
    gradient = next(model.parameters()).grad
    assert gradient is not None and gradient.is_sparse
    assert step.parameters[0].gradient_norm == pytest.approx(float(gradient.to_dense().norm()), rel=1e-6)


def test_steps_that_are_not_recorded_have_no_hook_but_one_on_the_model_and_one_on_its_last_parameter() -> None:
    model, x = plain(), torch.randn(9, 5)
    with gradlab.probe(model, every=3) as record:
        for step in range(7):
            model(x).sum().backward()
            hooks = sum(len(module._forward_hooks) for module in model.modules())
            assert (hooks > 0) is (step % 3 == 0)
            *rest, last = model.parameters()
            assert all(bool(p._post_accumulate_grad_hooks) is (step % 3 == 0) for p in rest)
            assert len(last._post_accumulate_grad_hooks or ()) == (2 if step % 3 == 0 else 1)
    assert [step.number for step in record.steps] == [0, 3, 6]
    assert all(len(step.calls) == 5 and step.has_backward for step in record.steps)


def test_data_parallel_of_one_process(tmp_path: Path) -> None:
    distributed = torch.distributed
    if not distributed.is_available() or not distributed.is_gloo_available():
        pytest.skip("torch without gloo")
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path / 'store'}", rank=0, world_size=1)
    try:
        inner, x = plain(), torch.randn(9, 5)
        alone = step_of(copy.deepcopy(inner), x)
        step = step_of(nn.parallel.DistributedDataParallel(inner), x)
    finally:
        distributed.destroy_process_group()
    assert [call.delta_norm for call in step.calls] == [call.delta_norm for call in alone.calls]
    assert [p.gradient_norm for p in step.parameters] == [p.gradient_norm for p in alone.parameters]


# Bad use


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(ProbeError, match=r"model: found function, allowed: a torch.nn.Module"):
        gradlab.probe(lambda x: x)  # type: ignore[arg-type]
    with pytest.raises(ProbeError, match="ReLU has no parameters"):
        gradlab.probe(nn.ReLU())
    with pytest.raises(ProbeError, match=r"optimizer: found float, allowed: a torch.optim.Optimizer"):
        gradlab.probe(plain(), optimizer=0.1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="every: found 0, allowed: an integer of at least 1"):
        gradlab.probe(plain(), every=0)
    with pytest.raises(ValueError, match="grad_scale: found -1"):
        gradlab.probe(plain(), grad_scale=-1)


def test_probing_twice_is_refused_and_names_the_mend() -> None:
    model = plain()
    with gradlab.probe(model):
        with pytest.raises(ProbeError, match="probed already; leave that with-block first"):
            gradlab.probe(model)
        with pytest.raises(ProbeError, match="probed already"):
            gradlab.probe(model[0])


def test_a_record_is_used_once_and_in_its_order() -> None:
    record: Record = gradlab.probe(plain())
    with pytest.raises(ProbeError, match=r"nothing was recorded; write `with gradlab.probe"):
        record.report()
    with record:
        pass
    with pytest.raises(ProbeError, match="this with-block is over; begin another"), record:
        pass
    with pytest.raises(ProbeError, match=r"no gradient was seen; run `loss\.backward\(\)` within the with-block"):
        record.report()


@pytest.mark.parametrize("language", ["de", "English", 3])
def test_an_unknown_language_is_refused(language: Any) -> None:
    with gradlab.probe(plain()) as record:
        pass
    with pytest.raises(ValueError, match=r"language: found .*, allowed: one of zh, en"):
        record.report(language)
