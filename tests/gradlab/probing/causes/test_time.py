"""Through time: δ by time step is autograd's own, what forgets is named, and nothing of the training changes."""

import copy
import math
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

import gradlab
from gradlab.probing import Record, Report, wording
from gradlab.probing.advice import advised
from gradlab.probing.causes.time import find
from gradlab.probing.finding import Finding
from gradlab.probing.readings import Readings
from gradlab.probing.step import ParameterReading, Step
from gradlab.probing.through_time import ThroughTime, is_looked_at

KINDS = ("LSTM", "GRU", "RNN")


class Reader(nn.Module):
    """A recurrent layer, and one that reads its outputs in one of several ways."""

    def __init__(self, kind: str, how: str = "last", **options: Any) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.how = how
        self.layer: nn.RNNBase = getattr(nn, kind)(4, 16, batch_first=True, **options)
        self.read_out = nn.Linear(32 if options.get("bidirectional") else 16, 2)

    def forward(self, x: Tensor) -> Tensor:
        outputs, state = self.layer(x)
        if self.how == "state":
            read = (state[0] if isinstance(state, tuple) else state)[-1]
        else:
            read = {"last": outputs[:, -1], "mean": outputs.mean(1), "all": outputs}[self.how]
        z: Tensor = self.read_out(read)
        return z


class Cells(nn.Module):
    """A cell that a loop calls once for every time step."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.cell, self.read_out = nn.GRUCell(4, 16), nn.Linear(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        h = x.new_zeros(len(x), 16)
        for x_t in x.unbind(1):
            h = self.cell(x_t, h)
        z: Tensor = self.read_out(h)
        return z


class Packed(nn.Module):
    """Sequences of different lengths, packed."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer, self.read_out = nn.LSTM(4, 16, batch_first=True), nn.Linear(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        lengths = torch.tensor([60, 58, 56, 55])
        packed, _ = self.layer(pack_padded_sequence(x, lengths, batch_first=True))
        assert isinstance(packed, PackedSequence)
        outputs, _ = pad_packed_sequence(packed, batch_first=True)
        z: Tensor = self.read_out(outputs[torch.arange(4), lengths - 1])
        return z


def given(steps: int = 60, batch: int = 4) -> Tensor:
    return torch.randn(batch, steps, 4, generator=torch.Generator().manual_seed(1))


def loss_of(model: nn.Module, x: Tensor) -> Tensor:
    z: Tensor = model(x)
    return nn.functional.cross_entropy(z.flatten(0, -2), torch.arange(z[..., 0].numel()) % 2)


def watched(model: nn.Module, x: Tensor) -> Record:
    with gradlab.probe(model) as record:
        loss_of(model, x).backward()  # type: ignore[no-untyped-call]
    return record


def cause(report: Report) -> str:
    return next((finding.cause for finding in report.findings), "")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["last", "state", "mean", "all"])
def test_delta_by_time_step_is_that_of_autograd(kind: str, how: str) -> None:
    model, x = Reader(kind, how), given().requires_grad_()
    (profile,) = watched(model, x).steps[0].readings.through_time
    assert x.grad is not None
    assert list(profile.deltas) == pytest.approx([float(part.norm()) for part in x.grad.unbind(1)], rel=1e-4)
    assert cause(watched(model, given()).report()) == ("forgets over time" if how in ("last", "state") else "")


@pytest.mark.parametrize("options", [{"num_layers": 2, "dropout": 0.5}, {"bidirectional": True}, {"bias": False}])
def test_the_other_forms_of_a_layer_are_looked_at_too(options: dict[str, Any]) -> None:
    record = watched(Reader("LSTM", **options), given())
    assert len(record.steps[0].readings.through_time[0].deltas) == 60
    assert cause(record.report()) == "forgets over time"


def test_cells_in_a_loop_and_packed_sequences_are_told_too() -> None:
    for model in (Cells(), Packed()):
        report = watched(model, given()).report()
        assert cause(report) == "forgets over time"
        assert report.verdict == "inconclusive"
        assert f"falls to {report.findings[0].measured:.2g} of" in report.summary()
        assert "forget gate" in str(report) or "update gate" in str(report)


def test_what_is_read_at_every_step_and_short_sequences_are_no_matter() -> None:
    assert not watched(Reader("LSTM", "all"), given()).report().findings
    assert not watched(Reader("LSTM"), given(7)).steps[0].readings.through_time


@pytest.mark.parametrize("kind", KINDS)
def test_the_advice_that_is_printed_runs_and_helps(kind: str) -> None:
    model, x = Reader(kind), given()
    (finding,) = watched(model, x).report().findings
    exec(finding.advice.code, {"model": model, "torch": torch})  # noqa: S102 - the advice is code to be run
    assert cause(watched(model, x).report()) != "forgets over time"


def test_a_layer_without_bias_is_told_that_it_needs_one() -> None:
    (finding,) = watched(Reader("GRU", bias=False), given()).report().findings
    assert finding.advice.code.startswith("# layer has no bias")


def test_a_training_is_bitwise_the_same_and_dropout_draws_the_same() -> None:
    model = Reader("LSTM", num_layers=2, dropout=0.5)
    other, x = copy.deepcopy(model), given()
    torch.manual_seed(7)
    for _ in range(3):
        loss_of(other, x).backward()  # type: ignore[no-untyped-call]
    torch.manual_seed(7)
    with gradlab.probe(model):
        for _ in range(3):
            loss_of(model, x).backward()  # type: ignore[no-untyped-call]
    for mine, theirs in zip(model.parameters(), other.parameters(), strict=True):
        assert mine.grad is not None
        assert theirs.grad is not None
        assert torch.equal(mine.grad, theirs.grad)
    assert torch.equal(torch.rand(3), torch.rand(3, generator=_after(other, x)))


def _after(model: nn.Module, x: Tensor) -> torch.Generator:
    """A generator in the state that three passes without the probe leave."""
    state = torch.random.get_rng_state()
    torch.manual_seed(7)
    for _ in range(3):
        model(x)
    generator = torch.Generator()
    generator.set_state(torch.random.get_rng_state())
    torch.random.set_rng_state(state)
    return generator


def test_an_input_that_is_overwritten_is_not_looked_at() -> None:
    model, x = Reader("LSTM"), given()
    with gradlab.probe(model) as record:
        loss = loss_of(model, x)
        # autograd has its own copy of an input that needs no gradient where the layer makes one.
        x.add_(1)
        try:
            loss.backward()  # type: ignore[no-untyped-call]
        except RuntimeError:
            pytest.skip("torch refuses the backward pass itself")
    assert not record.steps[0].readings.through_time


def test_few_of_the_steps_are_looked_at() -> None:
    assert [step for step in range(100) if is_looked_at(step)] == [0, 1, 2, 4, 8, 16, 32, 64]


# Profiles that are written down


def told_of(deltas: Sequence[float], kind: str = "LSTM") -> list[Finding]:
    """Findings of a step on a recurrent layer with these δ by time step."""
    return list(find(Step(0, (), (), readings=Readings(through_time=(ThroughTime("a.b", kind, (*deltas,)),))), ()))


def falling(to: float, steps: int = 11) -> list[float]:
    """δ that from the last time step back to the first falls to a share, by each step alike."""
    return [to ** (1 - place / (steps - 1)) for place in range(steps)]


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        (falling(0.0099), ("fades over time", "note", "vanishing")),
        (falling(0.0101), None),
        (falling(0.99e-7), ("forgets over time", "hinders", "inconclusive")),
        (falling(1.01e-7), ("fades over time", "note", "vanishing")),
        (falling(99.0), None),
        (falling(101.0), ("explodes over time", "note", "exploding")),
        (falling(999.0), ("explodes over time", "note", "exploding")),
        (falling(1001.0), ("explodes over time", "hinders", "exploding")),
        # Fewer time steps, or a loss that uses no more of them.
        (falling(0.001, 8), ("fades over time", "note", "vanishing")),
        (falling(0.001, 7), None),
        ([*falling(0.001, 7), 0.0, 0.0], None),
        ([*falling(0.001, 8), 0.0, 0.0], ("fades over time", "note", "vanishing")),
        ([0.0] * 9, None),
        ([math.inf, *falling(0.001)], None),
        # It grows, and then shrinks by as much: what comes early is lost, whatever is in between.
        ([1.0, *[500.0] * 8, 1e-3], ("fades over time", "note", "vanishing")),
        ([1.0, *[50.0] * 8, 1e-3], ("explodes over time", "note", "exploding")),
        ([0.0, *[1.0] * 9], ("forgets over time", "hinders", "inconclusive")),
    ],
)
def test_what_a_profile_over_time_tells(deltas: list[float], expected: tuple[str, str, str] | None) -> None:
    found = told_of(deltas)
    assert [(one.cause, one.severity, one.verdict) for one in found] == ([expected] if expected else [])


def test_the_factor_is_that_of_the_steps_from_the_largest_on() -> None:
    (fades,) = told_of([*falling(1e-5), 0.5, 0.0])
    assert (fades.starts_at, fades.layers) == ("a.b", ("a.b",))
    assert fades.measured == pytest.approx(1e-5)
    assert fades.per_layer == pytest.approx(10**-0.5)
    assert dict(fades.facts) == {"steps": "13", "reach": "1", "kind": "LSTM"}
    (forgets,) = told_of(falling(1e-10))
    assert dict(forgets.facts)["reach"] == "4", "from there on it is a ten-millionth"
    assert "before time step 4 adds less than a ten-millionth" in wording.finding(forgets, "en")
    (explodes,) = told_of(falling(1e5))
    assert explodes.per_layer == pytest.approx(10**0.5)


def test_of_several_layers_the_worst_is_told_and_all_are_named() -> None:
    profiles = (
        *(ThroughTime(name, "GRU", (*falling(share),)) for name, share in (("a", 0.003), ("b", 0.0003), ("c", 0.001))),
        ThroughTime("", "GRU", (*falling(1e4),)),
    )
    found = list(find(Step(0, (), (), readings=Readings(through_time=profiles)), ()))
    assert [(one.starts_at, one.layers) for one in found] == [("b", ("a", "b", "c")), ("GRU", ("GRU",))]


@pytest.mark.parametrize(
    ("kind", "english", "chinese", "code"),
    [
        (
            "LSTM",
            "The bias of the forget gate of a.b at about 2.4, the logarithm",
            "把 a.b 的遗忘门偏置设为 2.4",
            "= 2.398",
        ),
        ("GRU", "The bias of the update gate of a.b at about 2.4", "把 a.b 的更新门偏置设为 2.4", "= 2.398"),
        ("RNN", "An LSTM in place of a.b", "用 LSTM 代替 a.b", "orthogonal_"),
    ],
)
def test_the_advice_for_a_gradient_that_shrinks_is_that_of_its_gates(
    kind: str, english: str, chinese: str, code: str
) -> None:
    (found,) = told_of(falling(0.001), kind)
    step = Step(0, (), (ParameterReading("a.b.bias_hh_l0", "a.b", (4,), True, 1.0, None, 1.0, None),))
    given = advised(found, step).advice
    assert english in given.helps("en")
    assert chinese in given.helps("zh")
    assert code in given.code
    assert "no bias" not in given.code
    assert "no larger a share" in given.fails("en")
    without = advised(found, Step(0, (), ())).advice.code
    assert ("# a.b has no bias: make it with bias=True first\n" in without) == (kind != "RNN")


def test_the_advice_for_a_gradient_that_explodes_is_orthogonal_weights() -> None:
    (found,) = told_of(falling(1e4))
    given = advised(found, Step(0, (), ())).advice
    assert "Recurrent weights of a.b with no eigenvalue beyond 1" in given.helps("en")
    assert "让 a.b 的循环权重没有大于 1 的特征值" in given.helps("zh")
    assert 'for name in ["a.b"]' in given.code
    assert "A smaller learning rate alone" in given.fails("en")


@pytest.mark.parametrize(("steps", "is_looked_at"), [(8, True), (7, False)])
def test_a_layer_is_looked_at_from_eight_time_steps_on(steps: int, is_looked_at: bool) -> None:
    model = Reader("LSTM")
    with gradlab.probe(model) as record:
        model(torch.randn(3, steps, 4)).sum().backward()
    assert bool(record.steps[0].readings.through_time) == is_looked_at
