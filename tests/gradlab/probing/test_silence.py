"""Dead units are told from those that weights, depth, chance or rarity silence."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy

import gradlab
from gradlab import theory
from gradlab.probing import measures, silence
from gradlab.probing.bank import PYTORCH_DEFAULT, Member
from gradlab.probing.report import Report
from gradlab.probing.step import Step
from tests.gradlab.probing.test_diagnosis import chain


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def report(model: nn.Module, x: Tensor) -> Report:
    with gradlab.probe(model) as record:
        model(x).sum().backward()
    return record.report()


def silenced(member: Member, share: float) -> tuple[nn.Module, Tensor, str]:
    """A network of the bank with a share of the units of its middle layer silenced, and the layer's name."""
    model, x = member.make()
    names = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    layer = model.get_submodule(names[member.depth // 2])
    assert isinstance(layer, nn.Linear)
    nn.init.constant_(layer.bias[: round(share * member.width)], -1e3)
    return model, x, str(int(names[member.depth // 2]) + 1)


def test_the_binomial_tail() -> None:
    for units, silent in ((1, 1), (7, 4), (16, 15)):
        exact = sum(math.comb(units, k) for k in range(silent, units + 1)) / 2**units
        assert silence.tail(units, silent) == pytest.approx(exact, rel=1e-12)
    assert silence.tail(9, 0) == 1
    assert silence.tail(4096, 4096) == 0  # underflows, as 2^-4096 does
    assert 0 < silence.tail(4096, 2300) < 1e-13


def test_how_likely_chance_alone_silences_so_many() -> None:
    call = chain((1.0,) * 3).calls[1]
    assert silence.significance(replace(call, units=4, silent=0.75)) == pytest.approx(5 / 16)
    assert silence.significance(replace(call, units=None, silent=1.0)) == pytest.approx(1 / 2)
    assert silence.significance(replace(call, units=4, silent=None)) == 1.0


def test_a_step_tells_how_alike_and_how_rarely_on_the_units_of_a_silent_layer_are() -> None:
    model, x = nn.Sequential(nn.Linear(4, 40), nn.ReLU(), nn.Linear(40, 1)), torch.randn(64, 4)
    with torch.no_grad():
        model[0].bias[:30] = -1e3  # type: ignore[operator]
        model[0].bias[30:] = -1.2  # type: ignore[operator]
        output = model[1](model[0](x))
    with gradlab.probe(model) as record:
        model(x).sum().backward()
    (call,) = (one for one in record.steps[0].calls if one.role == "activation")
    assert call.silent == int((output == 0).all(0).sum()) / 40 >= silence.DEAD_SHARE
    assert (call.overlap, call.rare) == measures.overlap_and_rare_share(output, -1)
    assert call.rare is not None and 0 < call.rare < 1


@pytest.mark.parametrize("c", [0.0, 0.3, 0.9, 0.999])
def test_the_correlation_of_inputs_from_the_overlap_of_outputs(c: float) -> None:
    kernel = theory.next_correlation("relu", c, 1.0, math.sqrt(2))
    assert silence.correlation(kernel) == pytest.approx(c, abs=1e-9)
    assert silence.correlation(0.1) == pytest.approx(0, abs=1e-9)
    assert silence.correlation(1.2) == pytest.approx(1)


@pytest.mark.parametrize("dead", [0, 15_000])
@pytest.mark.parametrize("c", [0.0, 0.5, 0.95])
def test_the_baseline_is_that_of_the_living_units(c: float, dead: int) -> None:
    batch, units = 16, 20_000
    generator = Generator().manual_seed(1)
    common, own = torch.randn(1, units, generator=generator), torch.randn(batch, units, generator=generator)
    z = math.sqrt(c) * common + math.sqrt(1 - c) * own
    z[:, :dead] = -1
    overlap, _ = measures.overlap_and_rare_share(torch.relu(z), -1)
    baseline = theory.silent_share(silence.correlation(float(overlap)), batch)
    measured = float((z[:, dead:] <= 0).all(0).double().mean())
    # Four binomial standard errors of the living units, and as much for what the overlap is measured with.
    error = 4 * math.sqrt(2 * baseline / (units - dead))
    assert baseline == pytest.approx(theory.silent_share(c, batch), abs=error + 1e-4)
    assert measured == pytest.approx(baseline, abs=error + 1e-4)


@pytest.mark.parametrize(("n_inputs", "rate"), [(30, 0.02), (100, 0.01), (50, 0.005)])
def test_units_that_are_rarely_on_are_not_taken_for_dead(n_inputs: int, rate: float) -> None:
    a = (torch.rand(n_inputs, 4000, generator=Generator().manual_seed(2)) < rate).float()
    unseen = float((a == 0).all(0).double().mean())
    _, rare = measures.overlap_and_rare_share(a, -1)
    assert float(rare) == pytest.approx(unseen, rel=0.2)
    a[:, :2000] = 0
    _, rare = measures.overlap_and_rare_share(a, -1)
    assert float(rare) == pytest.approx(unseen / 2, rel=0.3)


@pytest.mark.parametrize("share", [0.7, 0.75])
@pytest.mark.parametrize("depth", [5, 20, 50])
@pytest.mark.parametrize("width", [256, 1024])
def test_a_wide_layer_with_most_of_its_units_dead_is_found(width: int, depth: int, share: float) -> None:
    model, x, name = silenced(Member("", "dead", depth=depth, width=width, seed=1), share)
    diagnosed = report(model, x)
    assert diagnosed.verdict == "dead", str(diagnosed)
    (finding,) = diagnosed.findings
    assert finding.layers == (name,)
    assert finding.predicted is not None
    # Some of the living are silent as well, by as many as the baseline says.
    assert finding.measured == pytest.approx(share + (1 - share) * finding.predicted, abs=0.05)
    assert finding.confidence is not None and finding.confidence > 1 - silence.SIGNIFICANCE


def test_a_layer_without_a_living_unit_is_dead_however_narrow() -> None:
    model, x, name = silenced(Member("", "dead", depth=6, width=4), 1.0)
    diagnosed = report(model, x)
    assert diagnosed.verdict == "dead"
    assert diagnosed.findings[0].starts_at == name


@pytest.mark.parametrize("width", [16, 64, 256])
@pytest.mark.parametrize("depth", [5, 30, 100])
def test_healthy_layers_are_never_called_dead_at_any_depth(depth: int, width: int) -> None:
    for seed in range(4):
        model, x = Member("", "healthy", depth=depth, width=width, seed=seed).make()
        assert "dead" not in [finding.verdict for finding in report(model, x).findings]


def default(depth: int = 12, width: int = 128) -> nn.Sequential:
    return nn.Sequential(
        *(module for _ in range(depth) for module in (nn.Linear(width, width), nn.ReLU())), nn.Linear(width, 1)
    )


@pytest.mark.parametrize("batch", [2, 64])
@pytest.mark.parametrize(
    "inputs",
    [torch.rand, lambda *shape: 100 + torch.rand(*shape), lambda *shape: -torch.rand(*shape), torch.ones],
    ids=["positive", "far from 0", "negative", "all the same"],
)
def test_inputs_and_biases_of_any_mean_are_not_called_dead(inputs: Callable[..., Tensor], batch: int) -> None:
    diagnosed = report(default(), inputs(batch, 128))
    assert "dead" not in [finding.verdict for finding in diagnosed.findings]


def trained(batch: int, steps: int = 150, rate: float = 1e-3) -> tuple[nn.Module, Tensor]:
    """A classifier of clusters after training, with a fresh batch of its data."""
    centers = torch.randn(10, 32) * 2
    model = nn.Sequential(nn.Linear(32, 256), nn.ReLU(), *list(default(3, 256))[:-1], nn.Linear(256, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(steps):
        y = torch.randint(10, (64,))
        optimizer.zero_grad()
        cross_entropy(model(centers[y] + torch.randn(64, 32)), y).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return model, centers[torch.randint(10, (batch,))] + torch.randn(batch, 32)


@pytest.mark.parametrize("batch", [2, 8, 64, 256])
def test_healthy_networks_after_training_are_not_called_dead(batch: int) -> None:
    diagnosed = report(*trained(batch))
    assert "dead" not in [finding.verdict for finding in diagnosed.findings], str(diagnosed)


def test_a_network_that_one_large_step_has_killed_is_dead() -> None:
    model, x = trained(64, steps=20, rate=1.0)
    assert report(model, x).verdict == "dead"


def test_one_input_is_not_enough_to_say() -> None:
    model, x, _ = silenced(Member("", "dead", depth=6, width=64, batch=1), 1.0)
    assert report(model, x).verdict == "inconclusive"


# The dimension that counts the units


def silent_shares(model: nn.Module, x: Tensor) -> dict[str, tuple[int | None, float | None]]:
    with gradlab.probe(model) as record:
        model(x).sum().backward()
    step: Step = record.steps[0]
    return {call.name: (call.units, call.silent) for call in step.calls if call.silent is not None}


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("batched", [True, False])
def test_channels_are_the_units_of_convolutions(dimensions: int, batched: bool) -> None:
    layer = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[dimensions - 1](2, 8, 3, padding=1)
    nn.init.constant_(layer.bias[:6], -1e3)  # type: ignore[index]
    x = torch.randn(*([5] if batched else []), 2, *([4] * dimensions))
    normalization = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[dimensions - 1](8).eval()
    between = [normalization] if batched else []
    shares = silent_shares(nn.Sequential(layer, *between, nn.ReLU()), x)
    assert list(shares.values()) == [(8, 0.75)]


def test_features_are_the_units_of_linear_layers_on_images() -> None:
    layer = nn.Linear(3, 8)
    nn.init.constant_(layer.bias[:6], -1e3)
    assert silent_shares(nn.Sequential(layer, nn.ReLU()), torch.randn(5, 4, 4, 3)) == {"1": (8, 0.75)}


def stopped(member: Member) -> Report:
    """The report of a network whose middle layer is dead, with biases behind it that keep the others alive."""
    model, x, name = silenced(member, 1.0)
    for number, module in model.named_modules():
        if isinstance(module, nn.Linear) and int(number) > int(name):
            nn.init.constant_(module.bias, 1.0)
    return report(model, x)


def test_a_gradient_that_a_dead_layer_stops_gets_no_advice_about_weights() -> None:
    shown = stopped(Member("", "dead", depth=10))
    first, *_, last = (call.delta_norm for call in shown.step.calls if call.role == "linear")
    assert first == 0
    assert last
    assert [finding.verdict for finding in shown.findings] == ["dead"]


def test_units_that_died_of_large_steps_get_no_advice_about_initialization() -> None:
    model, x = Member("", "healthy", depth=5, width=32, dtype=torch.float64).make()
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0)
    target = torch.randn(len(x), dtype=torch.float64)
    with gradlab.probe(model) as record:
        for _ in range(20):
            optimizer.zero_grad()
            (model(x).mean(dim=1) - target).square().mean().backward()
            optimizer.step()
    shown = record.report()
    assert not [one for one in record.report(step=0).findings if one.verdict == "dead"]
    assert shown.verdict == "dead"
    assert "before the first step" not in str(shown)


def test_weights_that_let_the_gradient_vanish_stay_a_finding_beside_a_dead_layer() -> None:
    shown = stopped(Member("", "dead", sigma_w=PYTORCH_DEFAULT, depth=10))
    assert [finding.verdict for finding in shown.findings] == ["dead", "vanishing"]
    assert "No gradient gets through: from layer 18 back to layer 0, ‖δ‖ falls to 0 (theory expects" in str(shown)
    assert "0 per layer" not in str(shown)


class _Activated(nn.BatchNorm2d):
    """A normalization that applies an activation function itself, as in timm."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.act = nn.SiLU()

    def forward(self, x: Tensor) -> Tensor:
        activated: Tensor = self.act(super().forward(x))
        return activated


class _Branch(nn.Module):
    """A residual branch whose last normalization begins with a scale, and a gate or an activation function on it."""

    def __init__(self, scale: float, end: str) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = _Activated(8) if end == "activated" else nn.BatchNorm2d(8)
        nn.init.constant_(self.norm.weight, scale)
        self.squeeze, self.act, self.excite = nn.Conv2d(8, 4, 1), nn.ReLU(), nn.Conv2d(4, 8, 1)
        nn.init.zeros_(self.squeeze.get_parameter("bias"))
        self.end = {"silu": nn.SiLU(), "relu": nn.ReLU()}.get(end, nn.Identity())
        self.skip, self.head = nn.Conv2d(3, 8, 1), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        branch = self.end(self.norm(self.conv(x)))
        gate = self.excite(self.act(self.squeeze(branch.mean((2, 3), keepdim=True)))).sigmoid()
        scores: Tensor = self.head((self.skip(x) + branch * gate).mean((2, 3)))
        return scores


def classified(model: nn.Module, x: Tensor) -> None:
    """A forward and a backward pass, for two classes by turns."""
    loss: Any = cross_entropy(model(x), torch.arange(len(x)) % 2)
    loss.backward()


@pytest.mark.parametrize("end", ["gate", "silu", "activated"])
def test_what_a_branch_that_begins_at_0_gives_zeros_is_not_dead_but_opened_by_the_first_update(end: str) -> None:
    model, x = _Branch(0.0, end), torch.randn(16, 3, 8, 8)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with gradlab.probe(model) as record:
        for _ in range(2):
            optimizer.zero_grad()
            classified(model, x)
            optimizer.step()
    first, second = record.steps
    silent = [call for call in first.calls if call.silent == 1]
    assert "act" in {call.name for call in silent}
    assert all(silence.waits(first, call) for call in silent)
    assert not [one for one in record.report(step=0).findings if one.verdict == "dead"]
    assert not [call for call in second.calls if call.silent == 1]


def test_what_no_update_opens_is_dead_also_behind_zeros() -> None:
    # ReLU passes no gradient at 0, and the scale before it gets none.
    model, x = _Branch(0.0, "relu"), torch.randn(16, 3, 8, 8)
    with gradlab.probe(model) as record:
        classified(model, x)
    assert model.norm.weight.grad is not None
    assert not model.norm.weight.grad.any()
    found = record.report().findings[0]
    assert (found.verdict, found.starts_at) == ("dead", "end")


def test_units_that_a_bias_turns_off_are_dead_beside_a_scale_of_0() -> None:
    model, x = _Branch(1.0, "gate"), torch.randn(16, 3, 8, 8)
    nn.init.constant_(model.squeeze.get_parameter("bias"), -1e3)
    with gradlab.probe(model) as record:
        classified(model, x)
    assert record.report().findings[0].starts_at == "act"
