"""The probe on what people do to models: none of it breaks the training, is changed by the probe, or goes unsaid."""

import copy
import gc
import pickle
import threading
import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import gradlab
from gradlab.probing import ProbeError, Record, measures
from gradlab.probing.step import Step

Loss = Callable[[Any], Tensor]


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def squared(output: Any) -> Tensor:
    loss: Tensor = output.square().mean()
    return loss


def compared(model: nn.Module, x: Any, loss: Loss = squared) -> Step:
    """The recorded step of a training step; its gradients are those without the probe to the last bit."""
    twin = copy.deepcopy(model)
    torch.manual_seed(1)
    loss(twin(x)).backward()  # type: ignore[no-untyped-call]
    torch.manual_seed(1)
    with gradlab.probe(model) as record:
        loss(model(x)).backward()  # type: ignore[no-untyped-call]
    for one, other in zip(model.parameters(), twin.parameters(), strict=True):
        assert (one.grad is None) is (other.grad is None)
        assert one.grad is None or other.grad is None or torch.equal(one.grad.to_dense(), other.grad.to_dense())
    hooked = [name for name, module in model.named_modules() if module._forward_hooks or module._forward_pre_hooks]
    assert not [name for name in hooked if not twin.get_submodule(name)._forward_pre_hooks]
    pickle.dumps(model.state_dict())
    (step,) = record.steps
    assert record.report().verdict != "cut off"
    return step


def plain(width: int = 8, depth: int = 4) -> nn.Sequential:
    return nn.Sequential(
        *(module for _ in range(depth) for module in (nn.Linear(width, width), nn.ReLU())), nn.Linear(width, 1)
    )


# Modules


@pytest.mark.parametrize(
    ("normalization", "shape"),
    [
        (nn.BatchNorm1d(6), ()), (nn.BatchNorm2d(6), (4, 4)), (nn.BatchNorm3d(6), (2, 4, 4)),
        (nn.InstanceNorm1d(6, affine=True), (4,)), (nn.InstanceNorm2d(6), (4, 4)), (nn.InstanceNorm3d(6), (2, 4, 4)),
        (nn.GroupNorm(2, 6), (4, 4)), (nn.LocalResponseNorm(2), (4, 4)), (nn.LayerNorm(6), ()), (nn.RMSNorm(6), ()),
        (nn.LayerNorm([6, 4, 4]), (4, 4)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)  # fmt: skip
@pytest.mark.parametrize("training", [True, False])
def test_normalizations(normalization: nn.Module, shape: tuple[int, ...], training: bool) -> None:
    class Scaling(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale, self.normalization = nn.Parameter(torch.ones(1)), copy.deepcopy(normalization)

        def forward(self, x: Tensor) -> Tensor:
            return torch.relu(self.normalization(x * self.scale))

    step = compared(Scaling().train(training), torch.randn(5, 6, *shape))
    (call,) = (call for call in step.calls if call.name == "normalization")
    assert call.role == "normalization"
    assert call.delta_norm and call.training is training


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("layer", [nn.RNN, nn.LSTM, nn.GRU])
def test_recurrent_layers(layer: type[nn.LSTM], packed: bool, bidirectional: bool) -> None:
    model = layer(6, 5, 2, bidirectional=bidirectional)
    x: Any = torch.randn(7, 3, 6)
    if packed:
        x = pack_padded_sequence(x, torch.tensor([7, 5, 2]))

    def loss(output: Any) -> Tensor:
        first = output[0]
        return squared(first.data if isinstance(first, PackedSequence) else first)

    (call,) = compared(model, x, loss).calls
    assert call.role == "recurrent" and call.delta_norm
    assert call.shape[-1] == (10 if bidirectional else 5)


@pytest.mark.parametrize("cell", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
def test_recurrent_cells(cell: type[nn.GRUCell]) -> None:
    class Unrolled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = cell(6, 6)

        def forward(self, x: Tensor) -> Tensor:
            state: Any = None
            for one in x:
                state = self.cell(one, state)
            return state if isinstance(state, Tensor) else state[0]

    step = compared(Unrolled(), torch.randn(4, 3, 6))
    assert [call.number for call in step.calls] == [1, 2, 3, 4]
    assert all(call.delta_norm for call in step.calls)


def test_bags_of_embeddings() -> None:
    model = nn.Sequential(nn.EmbeddingBag(9, 4, mode="sum", sparse=True), nn.Linear(4, 2))
    step = compared(model, torch.randint(9, (3, 5)))
    assert [call.role for call in step.calls] == ["embedding", "linear"]


@pytest.mark.parametrize("kind", ["encoder", "decoder"])
@pytest.mark.parametrize("training", [True, False])
def test_transformers(kind: str, training: bool) -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            layer = nn.TransformerEncoderLayer if kind == "encoder" else nn.TransformerDecoderLayer
            self.layers = nn.ModuleList(layer(8, 2, 16, batch_first=True) for _ in range(3))

        def forward(self, x: Tensor) -> Tensor:
            for layer in self.layers:
                x = layer(x) if kind == "encoder" else layer(x, x)
            return x

    step = compared(Model().train(training), torch.randn(2, 5, 8))
    assert sum(call.role == "linear" for call in step.calls) == 6
    assert all(call.delta_norm for call in step.calls)


@pytest.mark.parametrize("wrap", [parametrizations.weight_norm, parametrizations.spectral_norm])
@pytest.mark.parametrize("training", [True, False])
def test_weights_made_anew_before_every_use_are_no_layers(wrap: Callable[..., Any], training: bool) -> None:
    model = plain()
    for module in model:
        if isinstance(module, nn.Linear):
            wrap(module)
    model.train(training)
    x = torch.randn(9, 8)
    step = compared(model, x)
    assert [call.name for call in step.calls] == [str(index) for index in range(9)]
    assert [call.parents for call in step.calls] == [(), *((index,) for index in range(8))]
    with gradlab.probe(model) as record:
        squared(model(x)).backward()  # type: ignore[no-untyped-call]
    assert not record.report().notes


def test_weight_normalization_of_old() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = nn.Sequential(nn.utils.weight_norm(nn.Linear(8, 8)), nn.ReLU(), nn.Linear(8, 1))
    with gradlab.probe(model) as record:
        squared(model(torch.randn(9, 8))).backward()  # type: ignore[no-untyped-call]
    assert len(record.steps[0].calls) == 3
    assert not record.report().notes


def test_layers_that_take_their_sizes_from_the_first_input() -> None:
    model = nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with gradlab.probe(model, optimizer=optimizer) as record:
        squared(model(torch.randn(9, 8))).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    weight = record.steps[0].parameters[0]
    assert weight.shape == (8, 8)
    assert weight.norm and weight.update_ratio and weight.gradient_norm
    assert all(row.weight for row in record.report().rows if row.kind.endswith("Linear"))


def test_scripted_modules_are_seen_from_outside_and_this_is_said() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = torch.jit.trace(plain(), torch.randn(9, 8))  # type: ignore[no-untyped-call]
    with gradlab.probe(model) as record:
        squared(model(torch.randn(9, 8))).backward()  # type: ignore[no-untyped-call]
    report = record.report()
    assert report.verdict == "inconclusive"
    assert all(parameter.gradient_norm for parameter in record.steps[0].parameters)
    assert any("Not called as modules" in note for note in report.notes)


# Outputs


@dataclass
class Answer:
    count: int
    logits: Tensor
    others: list[Tensor]


class Pair(NamedTuple):
    loss: Tensor
    logits: Tensor


OUTPUTS: dict[str, tuple[Callable[[Tensor], Any], Loss]] = {
    "list": (lambda z: [z, 3], lambda output: squared(output[0])),
    "tuple": (lambda z: (None, (z,)), lambda output: squared(output[1][0])),
    "dictionary": (lambda z: {"loss": z.sum(), "z": z}, lambda output: squared(output["z"])),
    "dataclass": (lambda z: Answer(3, z, []), lambda output: squared(output.logits)),
    "named tuple": (lambda z: Pair(z.sum(), z), lambda output: output.loss),
    "a single number": (lambda z: z.sum(), lambda output: output),
    "integers": (lambda z: (z.argmax(1), z), lambda output: squared(output[1])),
}


@pytest.mark.parametrize("name", [*OUTPUTS, "transformers"])
def test_outputs_of_every_shape(name: str) -> None:
    if name == "transformers":
        library = pytest.importorskip("transformers.modeling_outputs")
        wrap, loss = lambda z: library.BaseModelOutput(last_hidden_state=z), lambda output: squared(output[0])
    else:
        wrap, loss = OUTPUTS[name]

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(5, 5), nn.Linear(5, 3)
            self.scale = nn.Parameter(torch.ones(3))

        def forward(self, x: Tensor) -> Any:
            return wrap(self.second(torch.relu(self.first(x))) * self.scale)  # type: ignore[no-untyped-call]

    step = compared(Model(), torch.randn(4, 5), loss)
    assert [call.role for call in step.calls if call.name] == ["linear", "function", "linear"]
    assert "" in step.ran
    # A single number is no layer's output, all others are looked into.
    assert ("" in {call.name for call in step.calls}) is (name != "a single number")


# Passes


def test_several_forward_passes_before_one_backward_pass() -> None:
    model, x = plain(), torch.randn(9, 8)
    with gradlab.probe(model) as record:
        for _ in range(2):
            (squared(model(x)) + squared(model(2 * x)) + squared(model(3 * x))).backward()  # type: ignore[no-untyped-call]
    assert [step.number for step in record.steps] == [0, 1, 2, 3, 4, 5]
    for step in record.steps:
        assert all(call.delta_norm and call.backward_passes == 1 for call in step.calls)
    assert record.report(step=1).verdict == record.report().verdict


def test_forward_passes_that_no_backward_pass_follows_are_over_at_last() -> None:
    model, x = plain(), torch.randn(9, 8)
    with gradlab.probe(model) as record:
        for _ in range(40):
            model(x)
        assert len(record.steps) >= 20
    assert len(record.steps) == 40


def test_autocast_with_a_scaler() -> None:
    def run(watched: bool) -> list[Tensor]:
        torch.manual_seed(0)
        model, x = plain(), torch.randn(9, 8)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)

        def train() -> None:
            for _ in range(3):
                optimizer.zero_grad()
                with torch.autocast("cpu", torch.bfloat16):
                    loss = squared(model(x).float())
                scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
                scaler.step(optimizer)
                scaler.update()

        if watched:
            with gradlab.probe(model, optimizer=optimizer, grad_scale=scaler) as record:
                train()
            assert len(record.steps) == 3
            assert all(call.delta_norm for step in record.steps for call in step.calls)
        else:
            train()
        return list(model.parameters())

    assert all(torch.equal(one, other) for one, other in zip(run(True), run(False), strict=True))


def test_parts_without_gradient() -> None:
    class Frozen(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head = plain(), nn.Linear(1, 1)

        def forward(self, x: Tensor) -> Tensor:
            with torch.no_grad():
                x = self.body(x)
            return self.head(x)  # type: ignore[no-any-return]

    model = Frozen()
    model.body.requires_grad_(False)
    step = compared(model, torch.randn(9, 8))
    assert [bool(call.delta_norm) for call in step.calls] == [False] * 9 + [True]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
@pytest.mark.parametrize("where", ["forward", "backward"])
def test_what_is_raised_passes_through_and_leaves_no_hook(error: type[BaseException], where: str) -> None:
    model, x = plain(), torch.randn(9, 8)

    def fail(*_: object) -> None:
        raise error("planted")

    module_hook = model[4].register_forward_hook(fail) if where == "forward" else None
    tensor_hook = model.get_parameter("0.bias").register_hook(fail) if where == "backward" else None  # type: ignore[no-untyped-call]
    with pytest.raises(error), gradlab.probe(model):
        squared(model(x)).backward()  # type: ignore[no-untyped-call]
    for handle in (module_hook, tensor_hook):
        if handle is not None:
            handle.remove()
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert not any(parameter._post_accumulate_grad_hooks for parameter in model.parameters())
    model.zero_grad()
    assert len(compared(model, x).calls) == 9


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_is_raised_and_caught_within_the_block(error: type[BaseException]) -> None:
    model, x = plain(), torch.randn(9, 8)

    def fail(*_: object) -> None:
        raise error("planted")

    with gradlab.probe(model) as record:
        handle = model[4].register_forward_hook(fail)
        with pytest.raises(error):
            model(x)
        handle.remove()
        for _ in range(2):
            squared(model(x)).backward()  # type: ignore[no-untyped-call]
    assert [len(step.calls) for step in record.steps][-2:] == [9, 9]
    assert record.report().step.number == 2


class Again(nn.Module):
    """Calls itself once more, unless it is interrupted."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.stops = nn.Linear(3, 3), True

    def forward(self, x: Tensor, again: bool) -> Any:
        x = self.layer(x)
        if self.stops:
            raise KeyboardInterrupt
        return self(x, False) if again else x


def test_after_an_interruption_a_model_that_calls_itself_makes_one_step_of_it() -> None:
    model, x = Again(), torch.ones(2, 3)
    with gradlab.probe(model) as record:
        with pytest.raises(KeyboardInterrupt):
            model(x, True)
        model.stops = False
        for _ in range(2):
            model(x, True).sum().backward()
    assert [[call.label for call in step.calls] for step in record.steps] == [
        ["layer"],
        ["layer", "layer call 2"],
        ["layer", "layer call 2"],
    ]


# Places and ways of using the probe


def test_one_probe_within_another_on_another_model() -> None:
    one, other, x = plain(), plain(), torch.randn(9, 8)
    with gradlab.probe(one) as outer, gradlab.probe(other) as inner:
        (squared(one(x)) + squared(other(x))).backward()  # type: ignore[no-untyped-call]
    for record in (outer, inner):
        assert len(record.steps) == 1
        assert all(call.delta_norm for call in record.steps[0].calls)


def test_a_part_of_a_model() -> None:
    model, x = nn.Sequential(plain(8, 3)[:-1], nn.Linear(8, 1)), torch.randn(9, 8)
    with gradlab.probe(model[0]) as record:
        squared(model(x)).backward()  # type: ignore[no-untyped-call]
    assert [call.name for call in record.steps[0].calls] == ["0", "1", "2", "3", "4", "5"]
    assert all(call.delta_norm for call in record.steps[0].calls)


def test_a_model_that_runs_in_a_thread() -> None:
    model, x = plain(), torch.randn(9, 8)

    def run() -> None:
        squared(model(x)).backward()  # type: ignore[no-untyped-call]

    with gradlab.probe(model) as record:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    calls = record.steps[0].calls
    assert [call.parents for call in calls] == [(), *((index,) for index in range(8))]
    assert all(call.delta_norm for call in calls)


def test_copies_made_after_the_block() -> None:
    model, x = plain(), torch.randn(9, 8)
    before = repr(sorted(vars(model[0])))
    with gradlab.probe(model) as record:
        squared(model(x)).backward()  # type: ignore[no-untyped-call]
    assert repr(sorted(vars(model[0]))) == before
    copied = copy.deepcopy(model)
    pickled = pickle.loads(pickle.dumps(model))  # noqa: S301 - just pickled
    for one in (copied, pickled):
        assert torch.equal(one(x), model(x))
        assert one.training is model.training
    assert len(record.steps) == 1
    assert pickle.loads(pickle.dumps(record.report())).verdict == record.report().verdict  # noqa: S301


def test_data_parallel_without_devices() -> None:
    step = compared(nn.DataParallel(plain()), torch.randn(9, 8))
    assert [call.name for call in step.calls] == [f"module.{index}" for index in range(9)]


def test_nothing_of_a_step_lives_on_with_the_record() -> None:
    model = plain()
    optimizer = torch.optim.Adam(model.parameters())
    alive: list[weakref.ref[Tensor]] = []
    with gradlab.probe(model, optimizer=optimizer) as record:
        for _ in range(3):
            x = torch.randn(9, 8)
            output = model(x)
            loss = squared(output)
            alive += [weakref.ref(x), weakref.ref(output), weakref.ref(loss)]
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            optimizer.zero_grad()
        del x, output, loss
        gc.collect()
        assert all(reference() is None for reference in alive)
    watched = [weakref.ref(parameter) for parameter in model.parameters()]
    steps = record.steps
    del model, optimizer, record
    gc.collect()
    assert len(steps) == 3
    assert all(reference() is None for reference in watched)


def test_measures_that_wait_on_a_device_are_those_of_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere than on the CPU nothing is read before the step is over."""
    model = nn.Sequential(nn.Linear(8, 80), nn.ReLU(), nn.Linear(80, 8), nn.Tanh(), plain())
    nn.init.constant_(model[0].bias[:70], -1e3)  # type: ignore[index]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    x = torch.randn(9, 8)

    def steps() -> Record:
        model.zero_grad()
        with gradlab.probe(model, optimizer=optimizer) as record:
            squared(model(x)).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return record

    here = steps()
    with monkeypatch.context() as patch:
        patch.setattr(measures, "_on_cpu", lambda tensor: False)
        there = steps()
    for one, other in zip(here.steps[0].calls, there.steps[0].calls, strict=True):
        for name in ("norm", "mean", "delta_norm", "silent", "saturated"):
            measured, waited = getattr(one, name), getattr(other, name)
            assert (measured is None) is (waited is None)
            assert measured is None or measured == pytest.approx(waited, rel=1e-5, abs=1e-12)
    for before, after in zip(here.steps[0].parameters, there.steps[0].parameters, strict=True):
        assert before.norm == pytest.approx(after.norm, rel=1e-5)
        assert before.gradient_norm == pytest.approx(after.gradient_norm, rel=1e-5)
        assert before.update_ratio == after.update_ratio == 0
    assert here.report().verdict == there.report().verdict == "dead"


# Things that cannot be seen

complex_modules = pytest.mark.filterwarnings("ignore:Complex modules are a new feature")


def unmeasured(model: nn.Module, x: Tensor, run: Callable[[nn.Module, Tensor], None]) -> str:
    with gradlab.probe(model) as record:
        run(model, x)
    with pytest.raises(ProbeError) as error:
        record.report()
    return str(error.value)


def step_through(model: nn.Module, x: Tensor) -> None:
    model(x).abs().square().sum().backward()


@complex_modules
def test_what_has_no_measure_is_said_to_have_none() -> None:
    said = "no output could be measured: an empty batch, complex or integer numbers, a meta device, or torch.func"
    assert said in unmeasured(plain(), torch.randn(0, 8), step_through)
    assert said in unmeasured(plain().to("meta"), torch.randn(9, 8, device="meta"), step_through)
    assert said in unmeasured(
        nn.Linear(8, 8).to(torch.complex64), torch.randn(9, 8, dtype=torch.complex64), step_through
    )


@pytest.mark.parametrize("transform", ["grad", "vmap"])
def test_transforms_of_functions_run_on_and_are_said_to_be_unseen(transform: str) -> None:
    def run(model: nn.Module, x: Tensor) -> None:
        def loss(parameters: dict[str, Tensor], x: Tensor) -> Tensor:
            return squared(torch.func.functional_call(model, parameters, (x,)))

        weights = {name: parameter.detach() for name, parameter in model.named_parameters()}
        if transform == "grad":
            torch.func.grad(loss)(weights, x)
        else:
            torch.func.vmap(loss, (None, 0))(weights, x)

    assert "torch.func; run the model itself" in unmeasured(plain(), torch.randn(9, 8), run)


def test_calls_by_name_with_other_weights_are_seen() -> None:
    model, x = plain(), torch.randn(9, 8)
    with gradlab.probe(model) as record:
        weights = {name: (2 * parameter).requires_grad_() for name, parameter in model.named_parameters()}
        squared(torch.func.functional_call(model, weights, (x,))).backward()  # type: ignore[no-untyped-call]
    assert all(call.delta_norm for call in record.steps[0].calls)


@complex_modules
def test_a_layer_of_complex_numbers_among_others_is_named() -> None:
    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.spectral = plain(8, 3), nn.Linear(1, 4, dtype=torch.complex64)

        def forward(self, x: Tensor) -> Tensor:
            complexed: Tensor = self.spectral(self.body(x).to(torch.complex64))
            return complexed.abs()

    model = Mixed()
    with gradlab.probe(model) as record:
        squared(model(torch.randn(9, 8))).backward()  # type: ignore[no-untyped-call]
    assert any("cannot be measured" in note and "spectral" in note for note in record.report().notes)
    assert record.steps[0].unmeasured == {"spectral"}


@pytest.mark.filterwarnings("ignore:.*quantized tensor creation functions")
def test_quantized_layers_are_passed_by() -> None:
    class Quantized(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = plain(8, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.body(torch.quantize_per_tensor(x, 0.1, 0, torch.qint8).dequantize())  # type: ignore[no-any-return]

    assert all(call.delta_norm for call in compared(Quantized(), torch.randn(9, 8)).calls)
