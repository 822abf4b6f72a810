"""The record of the outside bank: steps come back as they were, damage is told, outcomes are counted."""

import base64
import json
import math
import zlib
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

import gradlab
from figures_src.exhibits.what_a_verdict_foretells._judged import NONE, ONE, PART, WHOLE, Judged
from figures_src.exhibits.what_a_verdict_foretells._outside import Member, Outcome, Recorded, packed, read, unpacked
from gradlab.probing.step import Step

MEMBER = Member("MLP", "MLP", "own", "", "")
LEARNS, FAILS = Outcome(1.0, (0.2,), (0.9, 0.3)), Outcome(1.0, (0.99, 0.6), (1.0, 1.0))


def seen(*layers: nn.Module) -> Step:
    torch.manual_seed(0)
    model = nn.Sequential(*layers)
    with gradlab.probe(model) as record:
        model(torch.randn(8, 4)).sum().backward()
    return record.steps[0]


MLP = (nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))


def test_a_step_comes_back_with_all_that_a_report_reads() -> None:
    step = seen(*MLP)
    again = unpacked(packed(step))
    assert [call.label for call in again.calls] == [call.label for call in step.calls]
    assert again.calls[2] == replace(
        step.calls[2], **{name: getattr(again.calls[2], name) for name in ("norm", "mean", "delta_norm")}
    )
    assert again.calls[2].delta_norm == pytest.approx(step.calls[2].delta_norm, rel=1e-5)
    assert again.ran == step.ran
    assert Recorded(MEMBER, None, packed(step)).report().verdict == "healthy"


def test_what_is_not_finite_stays_so() -> None:
    broken = seen(*MLP)
    calls = (replace(broken.calls[0], norm=math.inf, mean=math.nan, nonfinite=3), *broken.calls[1:])
    again = unpacked(packed(replace(broken, calls=calls)))
    assert again.calls[0].norm == math.inf
    assert math.isnan(again.calls[0].mean)


def changed(text: str, change: dict[str, Any]) -> str:
    content = json.loads(zlib.decompress(base64.b85decode(text)))
    content["calls"] |= change
    return base64.b85encode(zlib.compress(json.dumps(content).encode())).decode()


def test_a_field_that_steps_no_longer_have_is_told() -> None:
    text = packed(seen(*MLP))
    with pytest.raises(ValueError, match=r"seen: found \['odour'\], .*run `make record-models`"):
        unpacked(changed(text, {"odour": [None] * 5}))


def test_a_field_that_came_later_has_its_default() -> None:
    content = json.loads(zlib.decompress(base64.b85decode(packed(seen(*MLP)))))
    del content["calls"]["rare"]
    text = base64.b85encode(zlib.compress(json.dumps(content).encode())).decode()
    assert {call.rare for call in unpacked(text).calls} == {None}


def test_a_network_trains_when_any_rate_is_enough() -> None:
    assert (LEARNS.trains(), LEARNS.trains("adam"), LEARNS.trains("sgd")) == (True, True, True)
    assert (FAILS.trains(), FAILS.best("sgd")) == (False, 1.0)
    assert FAILS.best() == 0.6
    assert Outcome(1.0, (0.5,), (0.9,)).trains("sgd") is False


def judged(outcome: Outcome, *layers: nn.Module, places: tuple[str, ...] = ()) -> Judged:
    member = replace(MEMBER, fault="planted" if places else "", places=places)
    return Judged(member, outcome, Recorded(member, outcome, packed(seen(*layers))).report())


def test_training_has_four_results() -> None:
    assert judged(LEARNS, *MLP).result == WHOLE
    assert judged(replace(LEARNS, sgd=(0.8,)), *MLP).result == ONE
    assert judged(replace(LEARNS, still=("0",)), *MLP).result == PART
    assert judged(FAILS, *MLP).result == NONE


def dead_in_the_middle() -> tuple[nn.Module, ...]:
    layers = [layer for _ in range(5) for layer in (nn.Linear(16, 16), nn.ReLU())]
    nn.init.constant_(layers[4].get_parameter("bias"), -100.0)
    return nn.Linear(4, 16), *layers


@pytest.mark.parametrize(("place", "is_named"), [("5", True), ("7", True), ("1", False), ("11", False)])
def test_a_fault_is_named_at_its_place_or_beside_it(place: str, is_named: bool) -> None:
    """Layer 5 is the dead one."""
    assert judged(FAILS, *dead_in_the_middle(), places=(place,)).is_named is is_named


def test_a_fault_everywhere_is_named_by_any_finding() -> None:
    assert judged(FAILS, *dead_in_the_middle()).is_named
    assert not judged(FAILS, *MLP).is_named


def test_the_record_says_what_made_it() -> None:
    machine, outside = read()
    assert outside.versions["torch"] == machine.torch
    assert {"torchvision", "timm", "transformers"} <= set(outside.versions)
