"""The probe on models as people have them: every layer is seen, healthy ones are healthy, planted faults are found."""

import copy
import functools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import gradlab
from gradlab.probing import Record, structure
from gradlab.probing.report import Report
from tests.gradlab.probing.models import CASES, Case, Recurrent


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def recorded(case: Case, plant: Callable[[nn.Module, Case], None] | None = None) -> Record:
    model = case.make()
    if plant is not None:
        plant(model, case)
    with gradlab.probe(model) as record:
        case.loss(model).backward()  # type: ignore[no-untyped-call]
    return record


def report(case: Case, plant: Callable[[nn.Module, Case], None] | None = None) -> Report:
    return recorded(case, plant).report()


every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@every_case
def test_every_linear_layer_is_seen_with_its_gradient_and_weight(case: Case) -> None:
    model = case.make()
    with gradlab.probe(model) as record:
        case.loss(model).backward()  # type: ignore[no-untyped-call]
    linear = {
        name
        for name, module in model.named_modules()
        if type(module).__name__ in ("Linear", "Conv1D", "Conv2d") and not name.endswith("self_attn.out_proj")
    }
    seen = {call.name: call for call in record.steps[0].calls if call.role == "linear"}
    assert set(seen) == linear
    assert all(call.delta_norm for call in seen.values())
    rows = {row.layer: row for row in record.report().rows}
    assert all(rows[name].weight and rows[name].sigma_w for name in linear)


@every_case
def test_healthy_at_its_usual_initialization(case: Case) -> None:
    diagnosed = report(case)
    assert diagnosed.verdict == "healthy", str(diagnosed)
    assert diagnosed.findings == ()


@every_case
def test_places_in_blocks_are_compared_and_never_two_places_at_once(case: Case) -> None:
    stretches = structure.stretches(recorded(case).steps[0])
    assert stretches
    for stretch in stretches:
        if stretch.kind != "chain":
            assert len({structure.place(call) for call in stretch.calls}) == 1
            assert len({call.name.rpartition(".")[2] for call in stretch.calls if not call.name[-1].isdigit()}) <= 1


@every_case
def test_nothing_but_what_no_module_computes_is_noted(case: Case) -> None:
    notes = report(case).notes
    assert all("self_attn.out_proj" in note for note in notes)


@every_case
def test_gradients_are_those_without_the_probe_to_the_last_bit(case: Case) -> None:
    model = case.make()
    twin = copy.deepcopy(model)
    torch.manual_seed(1)
    with gradlab.probe(model):
        case.loss(model).backward()  # type: ignore[no-untyped-call]
    torch.manual_seed(1)
    case.loss(twin).backward()  # type: ignore[no-untyped-call]
    for one, other in zip(model.parameters(), twin.parameters(), strict=True):
        assert one.grad is not None and other.grad is not None
        assert torch.equal(one.grad, other.grad)
    for module in model.modules():
        assert not module._forward_hooks and not module._forward_pre_hooks


# Planted faults


def silence(model: nn.Module, case: Case) -> None:
    bias = model.get_submodule(case.silenced).bias
    assert isinstance(bias, Tensor)
    nn.init.constant_(bias, -1e3)


def enlarge(model: nn.Module, case: Case) -> None:
    weight = model.get_submodule(case.middle).weight
    assert isinstance(weight, Tensor)
    weight.data.mul_(1e3)


def detach(model: nn.Module, case: Case) -> None:
    block = model.get_submodule(case.block)
    forward = block.forward
    block.forward = lambda *inputs, **named: _detached(forward(*inputs, **named))


def _detached(output: Any) -> Any:
    return tuple(map(_detached, output)) if isinstance(output, tuple) else output.detach()


def insert_stack(model: nn.Module, case: Case) -> None:
    """Thirty layers at PyTorch's default initialization before a layer in the middle."""
    layer = model.get_submodule(case.middle)
    weight = layer.weight
    assert isinstance(weight, Tensor)
    width = weight.shape[1] if isinstance(layer, nn.Linear) else weight.shape[0]
    stack = [module for _ in range(30) for module in (nn.Linear(width, width), nn.ReLU())]
    outer, _, last = case.middle.rpartition(".")
    setattr(model.get_submodule(outer), last, nn.Sequential(*stack, layer))


@every_case
def test_a_silenced_layer_is_dead(case: Case) -> None:
    diagnosed = report(case, silence)
    assert diagnosed.verdict == "dead", str(diagnosed)
    assert len(diagnosed.findings[0].layers) == 1


@every_case
def test_weights_a_thousand_times_too_large(case: Case) -> None:
    diagnosed = report(case, enlarge)
    named = [finding for finding in diagnosed.findings if finding.reason == "weights"]
    if case in (CASES["ResNet"], CASES["BERT"], CASES["TransformerEncoder"]):
        # A normalization after it cancels the scale: the other layers learn as without it.
        assert diagnosed.verdict == "healthy", str(diagnosed)
    else:
        assert diagnosed.verdict == "exploding", str(diagnosed)
    assert [finding.layers for finding in named] == [(case.middle,)]
    assert named[0].measured > 100
    assert "σ_w" in diagnosed.sentence(named[0])
    assert "σ_w" in named[0].advice.helps("zh")


@every_case
def test_a_detached_block_cuts_off_what_is_before_it(case: Case) -> None:
    diagnosed = report(case, detach)
    assert diagnosed.verdict == "cut off", str(diagnosed)


@pytest.mark.parametrize("name", ["TransformerEncoder", "GPT-2", "BERT", "ViT"])
def test_a_stack_at_default_initialization_inside_vanishes(name: str) -> None:
    case = CASES[name]
    diagnosed = report(case, insert_stack)
    assert diagnosed.verdict == "vanishing", str(diagnosed)
    assert all(layer.startswith(case.middle) for layer in diagnosed.findings[0].layers)


# Recurrent stacks


def stacked(model: nn.Module) -> Report:
    with gradlab.probe(model) as record:
        model(torch.randn(8, 10, 32)).sum().backward()
    return record.report()


def test_recurrent_stacks_vanish_without_theory_or_certainty() -> None:
    plain = stacked(Recurrent(nn.LSTM, residual=False))
    assert plain.verdict == "vanishing"
    assert plain.findings[0].advice.page == "reading-the-report"
    assert plain.findings[0].predicted is None
    assert plain.findings[0].confidence is None
    assert "Confidence" not in str(plain)


@pytest.mark.parametrize(("cell", "depth"), [(nn.LSTM, 4), (nn.GRU, 8)])
def test_recurrent_stacks_within_a_factor_of_a_thousand_train(cell: type[nn.LSTM] | type[nn.GRU], depth: int) -> None:
    diagnosed = stacked(Recurrent(cell, residual=False, depth=depth))
    assert diagnosed.verdict == "healthy"
    assert {finding.severity for finding in diagnosed.findings} == {"note"}
    assert [finding.verdict for finding in diagnosed.findings if not finding.cause] == ["vanishing"]


@pytest.mark.parametrize(("verdict", "kind", "gain"), [("vanishing", "tanh", 0.3), ("exploding", "relu", 3.0)])
def test_a_stack_of_plain_recurrent_layers_is_told_by_its_factor(verdict: str, kind: str, gain: float) -> None:
    """Orthogonal weights multiply the gradient by the gain from layer to layer; ReLU takes a factor of √2 from it."""
    model = Recurrent(functools.partial(nn.RNN, nonlinearity=kind), residual=False, depth=14)
    for layer in model.layers:
        own = dict(layer.named_parameters())
        nn.init.orthogonal_(own["weight_ih_l0"], gain)
        nn.init.zeros_(own["weight_hh_l0"])
    assert stacked(model).verdict == verdict


@pytest.mark.parametrize("cell", [nn.LSTM, nn.GRU])
def test_recurrent_stacks_with_residual_connections(cell: type[nn.LSTM] | type[nn.GRU]) -> None:
    assert stacked(Recurrent(cell, residual=True)).verdict == "healthy"


class PlainBlock(nn.Module):
    """A block of a transformer, with or without what passes it by."""

    def __init__(self, residual: bool, normalized: bool) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(32, 2, batch_first=True)
        self.feed_forward = nn.Sequential(nn.Linear(32, 128), nn.ReLU(), nn.Linear(128, 32))
        self.norms = nn.ModuleList(nn.LayerNorm(32) if normalized else nn.Identity() for _ in range(2))
        self.residual = float(residual)

    def forward(self, x: Tensor) -> Tensor:
        seen = self.norms[0](x)
        passed = self.attention(seen, seen, seen, need_weights=False)[0]
        x = x + passed if self.residual else passed
        passed = self.feed_forward(self.norms[1](x))
        return x + passed if self.residual else passed  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("residual", "normalized", "verdict"),
    [(False, False, "vanishing"), (False, True, "healthy"), (True, False, "healthy"), (True, True, "healthy")],
)
@pytest.mark.parametrize("depth", [6, 12])
def test_across_attention_the_gradient_is_compared_where_nothing_passes_it_by(
    residual: bool, normalized: bool, verdict: str, depth: int
) -> None:
    blocks = (PlainBlock(residual, normalized) for _ in range(depth))
    model = nn.Sequential(nn.Embedding(20, 32), *blocks, nn.Linear(32, 20))
    x, y = torch.randint(20, (2, 16, 12))
    with gradlab.probe(model) as record:
        nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten()).backward()  # type: ignore[no-untyped-call]
    found = record.report()
    assert found.verdict == verdict
    if verdict == "vanishing":
        (finding,) = found.findings
        assert finding.predicted is None
        assert finding.confidence is None
        assert finding.measured < 1e-3  # what has no theory hinders beyond a factor of 1000


@pytest.mark.parametrize("cell", [nn.LSTM, nn.GRU])
def test_layers_within_one_recurrent_module_are_not_seen_and_this_is_said(cell: type[nn.LSTM] | type[nn.GRU]) -> None:
    model = cell(8, 8, 5, batch_first=True)
    with gradlab.probe(model) as record:
        model(torch.randn(4, 6, 8))[0].sum().backward()
    diagnosed = record.report()
    assert diagnosed.verdict == "inconclusive"
    assert any("seen from outside only" in note for note in diagnosed.notes)


# Operations written as functions


class FunctionalBlock(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.conv(x))


class Functional(nn.Module):
    """Activations as functions: before a layer, before a dropout, at the end of a block, and where nobody looks."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.block = nn.Conv2d(3, 4, 3, padding=1), FunctionalBlock()
        self.dropout, self.second = nn.Dropout(0.5), nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.block(torch.relu(self.first(x)))
        x = self.dropout(torch.relu(x.mean((2, 3)) - 1e3))
        x = self.second(x)
        return self.head(torch.sigmoid(x).view(-1, 4) * 2)  # type: ignore[no-any-return]


def test_functions_are_seen_where_a_module_takes_them_and_missed_ones_are_told() -> None:
    model = Functional()
    with gradlab.probe(model) as record:
        model(torch.randn(4, 3, 6, 6)).sum().backward()
    step = record.steps[0]
    silent = {call.label: call.silent for call in step.calls if call.silent is not None}
    assert set(silent) == {"block.conv (input)", "block", "dropout (input)"}
    assert silent["dropout (input)"] == 1.0
    diagnosed = record.report()
    assert diagnosed.verdict == "dead"
    assert any("1, the first before head" in note for note in diagnosed.notes), diagnosed.notes


@pytest.mark.parametrize("training", [True, False])
def test_attention_as_a_fused_function(training: bool) -> None:
    model = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).train(training)
    with gradlab.probe(model) as record:
        model(torch.randn(2, 6, 8)).sum().backward()
    names = [call.label for call in record.steps[0].calls]
    assert names == ["self_attn", "norm1", "linear1", "dropout (input)", "linear2", "norm2"]
    gradients = {parameter.name: parameter.gradient_norm for parameter in record.steps[0].parameters}
    assert gradients["self_attn.out_proj.weight"]


def test_the_fast_path_of_evaluation_runs_every_module_in_the_block() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True)
    model = nn.TransformerEncoder(layer, 2).eval()
    x = torch.randn(2, 6, 8)
    with torch.no_grad():
        expected = model(x)
        with gradlab.probe(model) as record:
            output = model(x)
    torch.testing.assert_close(output, expected)
    assert sum(call.role == "linear" for call in record.steps[0].calls) == 4
    assert all(call.delta_norm is None for call in record.steps[0].calls)


def test_a_shared_weight_is_found_under_its_other_name() -> None:
    model = nn.Sequential(nn.Embedding(7, 4), nn.Linear(4, 7, bias=False))
    model[1].weight = model[0].weight
    with gradlab.probe(model) as record:
        model(torch.tensor([[1, 2], [3, 4]])).sum().backward()
    (call,) = (call for call in record.steps[0].calls if call.role == "linear")
    assert (call.name, call.weight) == ("1", "0.weight")
