"""Long memory: recurrent layers at their default forget, mended they remember; what is measured is a plain gradient."""

import math

import pytest
import torch

from gradlab.experiments.diagnosis import memory
from gradlab.experiments.diagnosis.memory import KINDS, Config, Result, mend

SMALL = Config(time_steps=40, width=12, batch=16, steps=120, seeds=1)


@pytest.fixture(scope="module")
def result() -> Result:
    return memory.run(SMALL)


@pytest.mark.parametrize("kind", KINDS)
def test_the_default_forgets_and_the_mended_one_does_not(kind: memory.Kind, result: Result) -> None:
    (default,), (mended,) = (result.of(kind, mended=one) for one in (False, True))
    assert default.cause in ("forgets over time", "fades over time")
    assert mended.cause != "forgets over time"
    assert mended.ratio > 1e3 * default.ratio


def test_the_forget_gate_alone_decides_the_loss(result: Result) -> None:
    (default,), (mended,) = (result.of("LSTM", mended=one) for one in (False, True))
    assert default.final_loss > 0.9 * math.log(2)
    assert mended.final_loss < 0.5 * math.log(2)


def test_a_gain_beyond_1_explodes(result: Result) -> None:
    (exploding,) = result.exploding
    assert exploding.cause == "explodes over time"
    assert exploding.ratio ** (1 / (SMALL.time_steps - 1)) == pytest.approx(SMALL.gain, rel=0.05)


def test_mending_changes_the_gate_and_nothing_else() -> None:
    layer = torch.nn.LSTM(2, 3)
    before = {name: parameter.detach().clone() for name, parameter in layer.named_parameters()}
    mend(layer, 50, torch.Generator().manual_seed(0))
    for name, parameter in layer.named_parameters():
        kept = parameter.detach().clone()
        if name.startswith("bias"):
            assert (kept[3:6] == (math.log(50) if name == "bias_ih_l0" else 0)).all() or name == "bias_ih_l0"
            kept[3:6] = before[name][3:6]
        assert torch.equal(kept, before[name])
    assert dict(layer.named_parameters())["bias_ih_l0"][3:6].tolist() == pytest.approx([math.log(50)] * 3)


def test_too_short_a_sequence_is_refused() -> None:
    with pytest.raises(ValueError, match="time_steps"):
        Config(time_steps=4)


def test_a_result_hangs_on_no_random_state_but_its_own(result: Result) -> None:
    torch.manual_seed(1234)
    assert memory.run(SMALL).networks == result.networks
