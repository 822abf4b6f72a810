"""Findings that hinder training decide the verdict, harmless ones are notes, and no gradient at all is not health."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

import gradlab
from gradlab.commands.diagnose import Diagnosis
from gradlab.probing import structure
from gradlab.probing.report import Report
from tests.gradlab.probing.standard import STANDARD, Averaged, ResNet50, Standard, plain

RESIDUAL = ("ResNet-50", "ResNet-50, branches from 0", "GPT", "ConvNeXt", "residual MLP from 0", "residual MLP, small")


@pytest.fixture(autouse=True)
def one_thread_and_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def report(case: Standard, plant: Callable[[nn.Module], object] | None = None) -> Report:
    model = case.make()
    if plant is not None:
        plant(model)
    with gradlab.probe(model) as record:
        case.loss(model).backward()  # type: ignore[no-untyped-call]
    return record.report()


def of(model: nn.Module, x: Tensor, loss: Callable[[Tensor], Tensor] = torch.sum) -> Report:
    with gradlab.probe(model) as record:
        loss(model(x)).backward()  # type: ignore[no-untyped-call]
    return record.report()


# Sound networks


@pytest.mark.parametrize("name", STANDARD)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_standard_network_is_healthy(name: str, seed: int) -> None:
    torch.manual_seed(seed)
    diagnosed = report(STANDARD[name])
    assert diagnosed.verdict == "healthy", str(diagnosed)
    assert all(finding.severity == "note" for finding in diagnosed.findings)
    assert Diagnosis("", "", diagnosed).exit_code == 0


@pytest.mark.parametrize("name", RESIDUAL)
def test_a_residual_network_is_never_told_to_become_one(name: str) -> None:
    helps = [finding.advice.helps("en") for finding in report(STANDARD[name]).findings]
    assert not any("esidual connection" in text for text in helps)


def test_growth_from_block_to_block_is_a_note_with_its_cure() -> None:
    (finding,) = report(STANDARD["ResNet-50"]).findings
    assert (finding.verdict, finding.severity, finding.reason) == ("exploding", "note", "stream")
    assert 30 < finding.measured < 1000
    assert (finding.predicted, finding.confidence) == (None, None)
    assert "zero_init_residual" in finding.advice.helps("en")
    assert report(STANDARD["ResNet-50, branches from 0"]).findings == ()


def test_a_mild_ratio_is_a_note_in_graded_words() -> None:
    diagnosed = report(STANDARD["MLP of 5"])
    (finding,) = diagnosed.findings
    assert (finding.verdict, finding.severity) == ("vanishing", "note")
    assert finding.measured == pytest.approx(finding.predicted, rel=0.5)
    assert "by less than hinders training" in diagnosed.sentence(finding)
    assert "vanishes" not in str(diagnosed)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_first_layer_saturated_by_unscaled_inputs_is_a_note(language: str) -> None:
    model = plain(4, nn.Tanh)
    with gradlab.probe(model) as record:
        model(torch.randn(64, 32) * 100).square().mean().backward()
    diagnosed = record.report(language)
    assert diagnosed.verdict == "healthy", str(diagnosed)
    # The inputs are its cause, and that ‖δ‖ shrinks across it only follows.
    assert [(finding.verdict, finding.cause) for finding in diagnosed.findings] == [
        ("misconfigured", "inputs not scaled"),
        ("saturated", ""),
    ]


def test_a_mean_over_positions_is_no_vanishing_gradient() -> None:
    model = Averaged()
    diagnosed = of(model, torch.randn(16, 3, 32, 32))
    (chain,) = structure.stretches(diagnosed.step)
    assert [link.averaged for link in chain.links] == [1, 1, 32 * 32, 1]
    deltas = [call.delta_norm or 0 for call in chain.calls]
    assert deltas[0] / deltas[-1] < 0.1
    assert chain.ratio == pytest.approx(32 * deltas[0] / deltas[-1])
    assert diagnosed.findings == ()


def test_nothing_is_compared_across_a_recurrent_layer() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.project, self.rnn, self.head = nn.Linear(2, 16), nn.LSTM(16, 16), nn.Linear(16, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.rnn(self.project(x))[0][-1])  # type: ignore[no-any-return]

    diagnosed = of(Model(), torch.randn(60, 8, 2))
    assert structure.stretches(diagnosed.step) == ()
    assert diagnosed.verdict == "inconclusive"
    assert [finding.cause for finding in diagnosed.findings] == ["forgets over time"]
    assert diagnosed.findings[0].predicted is None


def test_a_function_without_theory_ends_prediction_and_certainty() -> None:
    class Sine(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.sin(x)

    model = plain(12, Sine)
    (finding,) = of(model, torch.randn(64, 32)).findings
    assert finding.verdict == "vanishing"
    assert (finding.predicted, finding.confidence) == (None, None)
    # He initialization is what ReLU needs; of a sine nothing is known.
    assert "He" not in finding.advice.helps("en")


# Broken on purpose


def scaled(factor: float, name: str = "") -> Callable[[nn.Module], None]:
    """Multiply the weights of one layer, or of all."""

    def plant(model: nn.Module) -> None:
        for own, module in model.named_modules():
            if isinstance(module, nn.Linear | nn.Conv2d) and name in ("", own):
                module.weight.data.mul_(factor)

    return plant


@pytest.mark.parametrize(
    ("case", "place"),
    [
        ("ResNet-50", "layer2.1.conv2"),
        ("ResNet-50", "layer3.4.conv1"),
        ("U-Net", "joins.1.0"),
        ("GPT", "blocks.4.q"),
        ("GPT", "blocks.4.down"),
        ("ConvNeXt", "stages.2.1.up"),
        ("MobileNet", "10.block.3"),
        ("residual MLP, small", "blocks.3.1"),
        ("He convolutions", "6"),
        ("MLP of 5", "4"),
    ],
)
def test_one_layer_a_hundred_times_too_large_is_named(case: str, place: str) -> None:
    diagnosed = report(STANDARD[case], scaled(100.0, place))
    named = [finding for finding in diagnosed.findings if finding.reason == "weights"]
    assert [finding.layers for finding in named] == [(place,)], str(diagnosed)
    assert 30 < named[0].measured < 300
    assert place in diagnosed.sentence(named[0])
    # Nothing else is blamed for what this layer does.
    assert all(finding.severity == "note" for finding in diagnosed.findings if finding not in named)


@pytest.mark.parametrize("case", ["He convolutions", "He convolutions, averaging"])
def test_weights_three_times_too_large_explode(case: str) -> None:
    diagnosed = report(STANDARD[case], scaled(3.0))
    assert diagnosed.verdict == "exploding", str(diagnosed)


def test_a_deep_plain_network_of_sigmoids_vanishes() -> None:
    diagnosed = of(plain(8, nn.Sigmoid), torch.randn(64, 32))
    assert diagnosed.verdict == "vanishing"
    assert diagnosed.findings[0].confidence == pytest.approx(1, abs=1e-3)
    assert "> 99.9%" in str(diagnosed)


# No gradient at all


@pytest.mark.parametrize(
    ("case", "last"),
    [("ResNet-50", "fc"), ("U-Net", "out"), ("GPT", "head"), ("MLP of 5", "10"), ("residual MLP from 0", "out")],
)
def test_a_read_out_of_zeros_is_named_and_never_healthy(case: str, last: str) -> None:
    diagnosed = report(STANDARD[case], scaled(0.0, last))
    # It opens after one update, so that this step does not tell.
    assert diagnosed.verdict == "inconclusive"
    (finding,) = diagnosed.findings
    assert (finding.reason, finding.starts_at) == ("blocked", last)
    assert "after one update" in diagnosed.sentence(finding)
    assert Diagnosis("", "", diagnosed).exit_code == 1


@pytest.mark.parametrize("case", ["ResNet-50", "MLP of 5", "LSTMs", "U-Net"])
def test_a_loss_times_0_is_no_gradient_at_all(case: str) -> None:
    standard = STANDARD[case]
    diagnosed = report(Standard(standard.make, lambda model: standard.loss(model) * 0))
    assert diagnosed.verdict == "cut off"
    (finding,) = diagnosed.findings
    assert (finding.reason, finding.severity) == ("blocked", "hinders")
    assert "sends no gradient back" in diagnosed.sentence(finding)
    assert Diagnosis("", "", diagnosed).exit_code == 1


def test_a_gradient_that_ends_in_a_saturated_output_is_told_by_its_place() -> None:
    model = nn.Sequential(*plain(3), nn.Sigmoid())
    nn.init.constant_(model[-2].bias, 1e3)  # type: ignore[arg-type]
    diagnosed = of(model, torch.randn(64, 32))
    assert diagnosed.verdict == "cut off"
    assert diagnosed.findings[0].starts_at == "7"


def test_branches_that_start_at_0_are_no_closed_way() -> None:
    assert all(call.delta_norm for call in report(STANDARD["residual MLP from 0"]).step.calls if call.name == "inputs")
    assert report(STANDARD["residual MLP from 0"]).findings == ()


def test_a_parameter_beside_modules_that_got_no_gradient_is_a_note() -> None:
    class Masked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.token = plain(3), nn.Parameter(torch.zeros(4))

        def forward(self, x: Tensor) -> Tensor:
            return self.body(x) * 1  # type: ignore[no-any-return]

    diagnosed = of(Masked(), torch.randn(64, 32))
    assert diagnosed.verdict == "healthy"
    (finding,) = (finding for finding in diagnosed.findings if finding.verdict == "cut off")
    assert (finding.severity, finding.layers) == ("note", ("token",))


# Values that are not finite


def overflowing(grad_scale: float) -> Report:
    model = plain(3)
    with gradlab.probe(model, grad_scale=grad_scale) as record:
        (model(torch.randn(64, 32)).sum() * 1e30 * 1e30).backward()
    return record.report()


def test_an_overflow_of_the_scaled_loss_is_a_note() -> None:
    diagnosed = overflowing(65536.0)
    assert diagnosed.verdict == "healthy"
    (finding,) = diagnosed.findings
    assert (finding.verdict, finding.severity, finding.reason) == ("non-finite", "note", "scaler")
    assert "leaves this step out" in diagnosed.sentence(finding)
    assert Diagnosis("", "", diagnosed).exit_code == 0


def test_a_gradient_alone_that_is_not_finite_is_told_from_outputs_that_are_not() -> None:
    diagnosed = overflowing(1.0)
    assert diagnosed.verdict == "non-finite"
    assert "All outputs that were seen are finite" in diagnosed.sentence(diagnosed.findings[0])


def test_what_follows_from_values_that_are_not_finite_is_no_finding() -> None:
    model = plain(6)
    nn.init.constant_(model[4].weight, math.inf)  # type: ignore[arg-type]
    nn.init.constant_(model[8].bias, -1e3)  # type: ignore[arg-type]
    assert [finding.verdict for finding in of(model, torch.randn(64, 32)).findings] == ["non-finite"]


def test_the_worst_comes_first_and_notes_come_last() -> None:
    model = ResNet50()
    nn.init.zeros_(model.layer3[2].bn1.weight)  # type: ignore[union-attr, index]
    nn.init.constant_(model.layer3[2].bn1.bias, -1.0)  # type: ignore[union-attr, index]
    with gradlab.probe(model) as record:
        STANDARD["ResNet-50"].loss(model).backward()  # type: ignore[no-untyped-call]
    findings = record.report().findings
    assert [finding.severity for finding in findings] == sorted(finding.severity for finding in findings)
    assert record.report().verdict == findings[0].verdict == "dead"
    assert findings[-1].severity == "note"
