"""Every law refuses a value that it is not for, by the name of the argument that has it."""

import inspect
import math
from collections.abc import Callable

import pytest
import torch

from gradlab import theory
from gradlab._internal.refusals import RefusalError

# A value of every argument with which every law can be asked.
ALLOWED: dict[str, object] = {
    "activation": "tanh",
    "attention_gain": 0.5,
    "batch": 8,
    "bias": 1.0,
    "blocks": 4,
    "c": 0.3,
    "correlation": 0.3,
    "correlation_0": 0.3,
    "count": 5,
    "curvature": 2.0,
    "depth": 4,
    "derivative": 0.5,
    "eigenvalue": 0.5,
    "excess_kurtosis": 0.0,
    "feedforward_gain": 0.3,
    "first": 0.1,
    "fourth": 4.0,
    "label": 1.0,
    "layer": 3,
    "maximum": 1.0,
    "mean": 1.0,
    "name": "float16",
    "norm": 3.0,
    "placement": "pre",
    "positions": 6,
    "probability": 0.4,
    "q": 0.7,
    "q_0": 0.8,
    "ratio": 0.4,
    "scale": 0.5,
    "second": 1.0,
    "shear": 3.0,
    "sigma": 0.7,
    "sigma_b": 0.1,
    "sigma_w": 1.2,
    "singular_value": 0.9,
    "standard_deviation": 0.1,
    "steps": 3,
    "stream_scale": 1.5,
    "third": 0.2,
    "threshold": 0.01,
    "time_steps": 5,
    "uniform_share": 0.1,
    "weight": 2.0,
    "width": 16,
    "z": -1.0,
}
# They take a function, or a sequence; their own tests refuse those.
OTHERS = {"chain_gradients", "gaussian_average", "gaussian_pair_average"}


def laws() -> dict[str, Callable[..., object]]:
    offered = {name: getattr(theory, name) for name in theory.__all__}
    return {name: law for name, law in offered.items() if inspect.isfunction(law) and name not in OTHERS}


def questions() -> list[tuple[str, str]]:
    return [(name, argument) for name, law in laws().items() for argument in inspect.signature(law).parameters]


def wrong(parameter: inspect.Parameter) -> object:
    if parameter.annotation == "str":
        return "tanx"
    return 0.5 if "int" in parameter.annotation else math.nan


@pytest.mark.parametrize("name", laws())
def test_every_law_answers_with_what_is_allowed(name: str) -> None:
    law = laws()[name]
    law(**{argument: ALLOWED[argument] for argument in inspect.signature(law).parameters})


@pytest.mark.parametrize(("name", "argument"), questions())
def test_a_wrong_value_is_refused_by_its_name(name: str, argument: str) -> None:
    law = laws()[name]
    parameters = inspect.signature(law).parameters
    given = {other: ALLOWED[other] for other in parameters} | {argument: wrong(parameters[argument])}
    with pytest.raises(RefusalError) as refused:
        law(**given)
    assert refused.value.argument == argument
    assert refused.value.found == repr(given[argument])


@pytest.mark.parametrize("ask", ["typical_factor", "pair_factor"])
def test_a_law_of_logarithms_refuses_layers_that_are_none(ask: str) -> None:
    law = theory.LogLaw(mean=0.0, variance=1.0, third_cumulant=0.0)
    with pytest.raises(RefusalError, match=r"^layers: found 0, allowed: an integer of at least 1$"):
        getattr(law, ask)(0)


def test_a_law_of_logarithms_without_spread_has_no_pairs() -> None:
    law = theory.LogLaw(mean=0.0, variance=0.0, third_cumulant=0.0)
    for ask in (
        lambda: law.pair_factor(3),
        lambda: law.pair_share(2.0, 3),
        lambda: law.distribution_function(torch.zeros(1, dtype=torch.float64), 3),
    ):
        with pytest.raises(RefusalError, match=r"^variance: found 0\.0, allowed: a finite number above 0$"):
            ask()
    spread = theory.LogLaw(mean=0.0, variance=1.0, third_cumulant=0.0)
    for ask in (
        lambda: spread.pair_share(2.0, 0),
        lambda: spread.distribution_function(torch.zeros(1, dtype=torch.float64), 0),
    ):
        with pytest.raises(RefusalError, match=r"^layers: found 0, "):
            ask()
