"""Every way to use the probe wrongly raises one line that names the mend."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import gradlab
from gradlab.probing import ProbeError, Record


def plain() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 1))


def sgd(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), lr=0.1)


def loss(model: nn.Module) -> Tensor:
    return model(torch.ones(9, 5)).sum()  # type: ignore[no-any-return]


class Scaler:
    """A user-defined scaler whose scale is the one it is given."""

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def get_scale(self) -> float:
        return self.scale


def entered_again(record: Record) -> None:
    with record:
        pass
    with record:
        pass


def without_backward(model: nn.Module) -> None:
    with gradlab.probe(model) as record:
        loss(model)
    record.report()


def run_without_the_model(model: nn.Module) -> None:
    other = plain()
    with gradlab.probe(model) as record:
        loss(other).backward()  # type: ignore[no-untyped-call]
    record.report()


def twice(model: nn.Module, other: nn.Module) -> None:
    with gradlab.probe(model), gradlab.probe(other):
        pass


def recorded(model: nn.Module) -> Record:
    with gradlab.probe(model) as record:
        loss(model).backward()  # type: ignore[no-untyped-call]
    return record


def no_parameters_of_this_model() -> None:
    gradlab.probe(plain(), optimizer=sgd(plain()))


MODEL = plain()
MISUSES: dict[str, tuple[Callable[[], Any], str]] = {
    "a function for the model": (
        lambda: gradlab.probe(loss),  # type: ignore[arg-type]
        "model: found function, allowed: a torch.nn.Module, such as probe(model)",
    ),
    "parameters for the model": (lambda: gradlab.probe(list(MODEL.parameters())), "model: found list, allowed: "),  # type: ignore[arg-type]
    "the class of the model": (lambda: gradlab.probe(nn.Linear), "model: found type, allowed: "),  # type: ignore[arg-type]
    "nothing for the model": (lambda: gradlab.probe(None), "model: found NoneType, allowed: "),  # type: ignore[arg-type]
    "a model without parameters": (
        lambda: gradlab.probe(nn.Sequential(nn.ReLU(), nn.Tanh())),
        "model: Sequential has no parameters, so there is nothing to diagnose; give the model that is trained",
    ),
    "a learning rate for the optimizer": (
        lambda: gradlab.probe(plain(), optimizer=0.1),  # type: ignore[arg-type]
        "optimizer: found float, allowed: a torch.optim.Optimizer or None",
    ),
    "the class of the optimizer": (
        lambda: gradlab.probe(plain(), optimizer=torch.optim.SGD),  # type: ignore[arg-type]
        "optimizer: found type, allowed: a torch.optim.Optimizer or None",
    ),
    "an optimizer of another model": (
        no_parameters_of_this_model,
        "optimizer: has none of this model's parameters; give the one made from model.parameters()",
    ),
    **{
        f"every={every!r}": (
            lambda every=every: gradlab.probe(plain(), every=every),  # type: ignore[misc]
            f"every: found {every!r}, allowed: an integer of at least 1",
        )
        for every in (0, -3, 2.5, "10", None, True)
    },
    **{
        f"grad_scale={scale!r}": (
            lambda scale=scale: gradlab.probe(plain(), grad_scale=scale),  # type: ignore[misc]
            f"grad_scale: found {scale!r}, allowed: ",
        )
        for scale in (0, 0.0, -1.0, math.nan, math.inf, "1", None)
    },
    **{
        f"a scaler whose scale is {scale!r}": (
            lambda scale=scale: gradlab.probe(plain(), grad_scale=Scaler(scale)),  # type: ignore[misc]
            f"grad_scale: found {scale!r}, allowed: ",
        )
        for scale in (0.0, math.nan, math.inf)
    },
    "the class of the scaler": (
        lambda: gradlab.probe(plain(), grad_scale=torch.amp.GradScaler),  # type: ignore[arg-type]
        "grad_scale: found <class 'torch.amp.grad_scaler.GradScaler'>, allowed: ",
    ),
    "a number for the log": (
        lambda: gradlab.probe(plain(), log=3),  # type: ignore[arg-type]
        "log: found int, allowed: ",
    ),
    "another argument": (lambda: gradlab.probe(plain(), True), "positional argument"),  # type: ignore[call-arg, arg-type]
    "one model twice": (
        lambda: twice(MODEL, MODEL),
        "model: is probed already; leave that with-block first, or read its record",
    ),
    "a model and its part": (lambda: twice(MODEL, MODEL[0]), "model: is probed already; leave that with-block first"),
    "a part and its model": (lambda: twice(MODEL[0], MODEL), "model: is probed already; leave that with-block first"),
    "a block entered again": (
        lambda: entered_again(gradlab.probe(MODEL)),
        "record: this with-block is over; begin another with probe(model)",
    ),
    "a record never entered": (
        lambda: gradlab.probe(MODEL).report(),
        "record: nothing was recorded; write `with gradlab.probe(model) as record:`",
    ),
    "steps never recorded": (lambda: gradlab.probe(MODEL).steps, "record: nothing was recorded; write `with "),
    "a history never recorded": (lambda: gradlab.probe(MODEL).history, "record: nothing was recorded; write `with "),
    "no backward pass": (
        lambda: without_backward(MODEL),
        "record: no gradient was seen; run `loss.backward()` within the with-block, after a forward pass",
    ),
    "another model run": (lambda: run_without_the_model(MODEL), "record: no gradient was seen; run `loss.backward()`"),
    "an unknown language": (lambda: recorded(plain()).report("de"), "language: found 'de', allowed: one of "),
    "no such step": (lambda: recorded(plain()).report(step=7), "step: found 7, recorded: 0"),
    "a step by its name": (lambda: recorded(plain()).report(step="last"), "step: found 'last', recorded: 0"),  # type: ignore[arg-type]
    "no such layer": (lambda: recorded(plain()).history.of("3"), "layer: found '3', recorded: 0, 1, 2"),
}


@pytest.mark.parametrize("misuse", MISUSES)
def test_misuse_is_refused_with_one_line_that_names_the_mend(misuse: str) -> None:
    run, said = MISUSES[misuse]
    with pytest.raises((ProbeError, ValueError, TypeError), match=re.escape(said)) as error:
        run()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("misuse", MISUSES)
def test_after_misuse_the_model_is_as_before(misuse: str) -> None:
    with pytest.raises((ProbeError, ValueError, TypeError)):
        MISUSES[misuse][0]()
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in MODEL.modules())
    assert recorded(MODEL).report().verdict != "inconclusive"
    MODEL.zero_grad()


def test_a_scaler_that_goes_down_to_nothing_stops_no_training() -> None:
    scaler = Scaler(1.0)
    model = plain()
    with gradlab.probe(model, grad_scale=scaler) as record:
        for scale in (1.0, 0.0, math.inf):
            scaler.scale = scale
            loss(model).backward()  # type: ignore[no-untyped-call]
    deltas = [step.calls[0].delta_norm for step in record.steps]
    assert len(deltas) == 3
    assert deltas[0] and all(delta is not None and math.isnan(delta) for delta in deltas[1:])
