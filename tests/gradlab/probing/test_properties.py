"""The probe on networks that hypothesis puts together: it sees what autograd sees, and changes nothing."""

import copy
import math
from collections.abc import Callable
from typing import Any, get_args

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import gradlab
from gradlab.probing import Record
from gradlab.probing.finding import Verdict

WIDTH = 6
BATCH = 5


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


class Added(nn.Module):
    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x)  # type: ignore[no-any-return]


class Twice(nn.Module):
    """One module called two times."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(torch.tanh(self.inner(x)))  # type: ignore[no-any-return]


class Listed(nn.Module):
    """Layers that the model calls by index, with functions between them."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x


LEAVES: dict[str, Callable[[], nn.Module]] = {
    "linear": lambda: nn.Linear(WIDTH, WIDTH),
    "linear without bias": lambda: nn.Linear(WIDTH, WIDTH, bias=False),
    "relu": nn.ReLU,
    "relu in place": lambda: nn.ReLU(inplace=True),
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "layer normalization": lambda: nn.LayerNorm(WIDTH),
    "batch normalization": lambda: nn.BatchNorm1d(WIDTH),
    "dropout": lambda: nn.Dropout(0.3),
    "identity": nn.Identity,
}
# A name of LEAVES, or a kind of joint and what it joins.
Plan = Any
plans: st.SearchStrategy[Plan] = st.recursive(
    st.sampled_from(sorted(LEAVES)),
    lambda inner: st.tuples(
        st.sampled_from(["sequence", "added", "twice", "listed"]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def built(plan: Plan) -> nn.Module:
    if isinstance(plan, str):
        return LEAVES[plan]()
    kind, parts = plan
    inner = [built(part) for part in parts]
    if kind == "listed":
        return Listed(*inner)
    sequence = nn.Sequential(*inner)
    return {"sequence": sequence, "added": Added(sequence), "twice": Twice(sequence)}[kind]


def network(plan: Plan, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    # A layer before and one after, so that there is something to train, and a leaf that is never changed in place.
    return nn.Sequential(nn.Linear(WIDTH, WIDTH), built(plan), nn.Linear(WIDTH, 2))


def trained(model: nn.Module, watched: bool, seed: int) -> tuple[dict[str, Tensor], Tensor, Record | None]:
    """The state after three steps, the state of the random generator, and the record."""
    torch.manual_seed(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def steps() -> None:
        for _ in range(3):
            x, y = torch.randn(BATCH, WIDTH), torch.randn(BATCH, 2)
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x), y).backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    record = None
    if watched:
        with gradlab.probe(model, optimizer=optimizer) as record:
            steps()
    else:
        steps()
    return dict(model.state_dict()), torch.get_rng_state(), record


def runs(model: nn.Module) -> bool:
    """Whether autograd accepts it: what a ReLU in place overwrites, another may still need."""
    try:
        model(torch.randn(BATCH, WIDTH)).sum().backward()
    except RuntimeError:
        return False
    model.zero_grad(set_to_none=True)
    return True


@settings(max_examples=60, deadline=None, derandomize=True)
@given(plan=plans, seed=st.integers(0, 2**16))
def test_a_training_is_the_same_to_the_last_bit_with_the_probe(plan: Plan, seed: int) -> None:
    model = network(plan, seed)
    assume(runs(model))
    alone, alone_state, _ = trained(copy.deepcopy(model), watched=False, seed=seed)
    watched, watched_state, record = trained(model, watched=True, seed=seed)
    assert alone.keys() == watched.keys()
    for name, value in alone.items():
        assert torch.equal(value, watched[name]), name
    assert torch.equal(alone_state, watched_state)
    assert record is not None
    assert len(record.steps) == 3
    # A verdict of those that there are, and a line to show.
    assert record.report().verdict in get_args(Verdict)
    assert "\n" not in repr(record.report())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(plan=plans, seed=st.integers(0, 2**16))
def test_every_linear_call_has_the_norms_that_autograd_has(plan: Plan, seed: int) -> None:
    model = network(plan, seed)
    assume(runs(model))
    x = torch.randn(BATCH, WIDTH)
    # A second model draws its own dropout masks from the same state.
    expected: list[dict[str, float]] = []

    def kept(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        place = {"norm": output.detach().double().norm().item(), "delta": 0.0}
        expected.append(place)
        # Before anything changes the output in place: the gradient is that of the value seen here.
        output.register_hook(lambda grad: place.__setitem__("delta", grad.double().norm().item()))  # type: ignore[no-untyped-call]

    twin = copy.deepcopy(model)
    for module in twin.modules():
        if isinstance(module, nn.Linear):
            module.register_forward_hook(kept)
    torch.manual_seed(seed)
    twin(x).square().mean().backward()
    torch.manual_seed(seed)
    with gradlab.probe(model) as record:
        model(x).square().mean().backward()
    (step,) = record.steps
    calls = [call for call in step.calls if call.kind == "Linear"]
    assert [call.norm for call in calls] == pytest.approx([place["norm"] for place in expected], rel=1e-5)
    # A sum of float32 squares errs by 1e-6 or so; a delta of exactly 0 is 0 in both.
    assert [call.delta_norm or 0.0 for call in calls] == pytest.approx([place["delta"] for place in expected], rel=1e-5)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(plan=plans, seed=st.integers(0, 2**16))
def test_a_weight_that_is_not_a_number_is_told_whatever_lies_behind_it(plan: Plan, seed: int) -> None:
    model = network(plan, seed)
    assume(runs(model))
    with torch.no_grad():
        model[0].weight[0, 0] = math.nan  # type: ignore[index]
    with gradlab.probe(model) as record:
        model(torch.randn(BATCH, WIDTH)).square().mean().backward()
    assert record.report().verdict == "non-finite"
