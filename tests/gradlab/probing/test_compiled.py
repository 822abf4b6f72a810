"""The probe on compiled models: they run as written in the block, and as compiled after it."""

import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

import gradlab
from gradlab.probing import ProbeError, Record

# The compiler looks at .grad of what is no leaf, and hides the warning from everyone but those who made it an error.
pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")

Model = Callable[[Tensor], Tensor]


@pytest.fixture(autouse=True)
def nothing_compiled() -> None:
    torch.compiler.reset()


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 7), nn.ReLU(inplace=True), nn.Linear(7, 1))


def compiled(model: nn.Module, *, fullgraph: bool = False) -> nn.Module:
    made = torch.compile(model, backend="eager", fullgraph=fullgraph)
    assert isinstance(made, nn.Module)
    return made


def step_of(probed: nn.Module, run: Model) -> Record:
    with gradlab.probe(probed) as record:
        run(torch.ones(9, 5)).sum().backward()  # type: ignore[no-untyped-call]
    return record


def test_probed_before_the_first_compiled_call() -> None:
    model = network()
    record = step_of(model, compiled(model))
    assert [call.name for call in record.steps[0].calls] == ["0", "1", "2", "3", "4"]
    assert record.report().verdict == "healthy"


@pytest.mark.parametrize("fullgraph", [True, False])
@pytest.mark.parametrize("wrapper", [True, False])
def test_probed_after_compiled_calls(wrapper: bool, fullgraph: bool) -> None:
    model = network()
    fast = compiled(model, fullgraph=fullgraph)
    fast(torch.ones(9, 5)).sum().backward()
    record = step_of(fast if wrapper else model, fast)
    assert len(record.steps[0].calls) == 5
    assert all(call.delta_norm is not None for call in record.steps[0].calls)
    assert any("ran uncompiled" in note for note in record.report().notes) is wrapper


def test_a_model_compiled_in_place_and_one_compiled_in_part() -> None:
    model = network()
    model.compile(backend="eager")
    model(torch.ones(9, 5))
    assert len(step_of(model, model).steps[0].calls) == 5
    partly = network()
    partly[2] = compiled(partly[2])
    partly(torch.ones(9, 5))
    record = step_of(partly, partly)
    assert len(record.steps[0].calls) == 5
    assert any("ran uncompiled" in note for note in record.report().notes)


def test_after_the_block_compiled_code_runs_again_and_holds_no_hook() -> None:
    graphs: list[torch.fx.GraphModule] = []

    def backend(graph: torch.fx.GraphModule, _: object) -> torch.fx.GraphModule:
        graphs.append(graph)
        return graph

    model = network()
    fast = torch.compile(model, backend=backend, fullgraph=True)
    step_of(model, fast)
    assert graphs == []
    fast(torch.ones(9, 5))
    step_of(model, fast)
    fast(torch.ones(9, 5))
    assert len(graphs) == 1


def test_gradients_after_the_block_are_those_without_it() -> None:
    model, twin = network(), network()
    step_of(model, compiled(model))
    twin(torch.ones(9, 5)).sum().backward()
    for one, other in zip(model.parameters(), twin.parameters(), strict=True):
        assert one.grad is not None and other.grad is not None
        assert torch.equal(one.grad, other.grad)


def test_another_model_that_shares_its_parameters_is_no_silent_report() -> None:
    model, other = network(), network()
    other.load_state_dict(model.state_dict(), assign=True)
    with gradlab.probe(model) as record:
        torch.func.functional_call(other, dict(model.named_parameters()), torch.ones(9, 5)).sum().backward()
    with pytest.raises(ProbeError, match=r"a backward pass ran, but no hook did: .*compile the model before the block"):
        record.report()


_WITHIN = """
import sys, torch, gradlab
from torch import nn
assert "torch._dynamo" not in sys.modules, "the probe loads the compiler"
model = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 1))
with gradlab.probe(model) as record:
    model(torch.ones(9, 5)).sum().backward()
record.report()
assert "torch._dynamo" not in sys.modules, "the probe loads the compiler"
with gradlab.probe(model) as record:
    fast = torch.compile(model, backend="eager", fullgraph=True)
    fast(torch.ones(9, 5)).sum().backward()
fast(torch.ones(9, 5)).sum().backward()
try:
    record.report()
except gradlab.probing.ProbeError as error:
    print(error)
"""


def test_compiled_within_the_block_it_says_what_to_do_and_the_compiler_is_never_loaded_for_it() -> None:
    done = subprocess.run([sys.executable, "-c", _WITHIN], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "no hook did: what ran was compiled within the with-block" in done.stdout
