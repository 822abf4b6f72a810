"""Weights that are not finite, or have grown too large: steps that are written down, and what is said of them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gradlab.probing import advice, wording
from gradlab.probing.causes import weights
from gradlab.probing.connection import ConnectionReading, OptimizerReading
from gradlab.probing.finding import Finding
from gradlab.probing.lossgraph import LossNode, LossReading
from gradlab.probing.readings import Readings
from gradlab.probing.step import Step
from tests.gradlab.probing.test_diagnosis import at, chain

SOUND = chain((1.0,) * 3)
SGD = OptimizerReading("SGD", 0.5, None, "")
EPS = OptimizerReading("Adam", 0.001, 1e-8, "float16")


def step(number: int, norm: float = 1.0, gradient: float | None = 1.0, **readings: Any) -> Step:
    """A step in which the norms of all weights, and of their gradients, are these, and outputs accordingly."""
    calls = SOUND.calls if math.isfinite(norm) else at(at(SOUND.calls, 1, nonfinite=4), 2, nonfinite=4)
    parameters = tuple(replace(one, norm=norm, gradient_norm=gradient) for one in SOUND.parameters)
    return replace(SOUND, number=number, calls=calls, parameters=parameters, readings=Readings(**readings))


def told(*steps: Step, origin: Sequence[Finding] = ()) -> list[Finding]:
    """Findings in the last of some steps, where the step before has this origin."""

    def of(_: Step) -> Iterator[Finding]:
        yield from origin

    return list(weights.find(steps[-1], steps[:-1], of))


NAN = math.nan
BY_SGD: dict[str, Any] = {"connection": ConnectionReading(optimizer=SGD)}
MADE_SO = (
    "The weights were no longer finite as step {} began (4 of the parameters): an update made them so, and no layer "
    "did."
)
BY = " It was SGD with a learning rate of 0.5."


@pytest.mark.parametrize(
    ("steps", "facts", "english", "chinese"),
    [
        (
            [step(0, NAN)],
            {"since": "0"},
            "The weights were not finite as the first step began (4 of the parameters): they were loaded or drawn so, "
            "or an earlier update made them so.",
            "第一步开始时，权重就已不是有限的（其中 4 个参数）",
        ),
        (
            [step(0), step(1), step(2, NAN, **BY_SGD)],
            {"since": "2", "finite": "1", "optimizer": "SGD", "rate": 0.5},
            f"{MADE_SO.format(2)} The gradients before it were finite.{BY}",
            "第 2 步开始时，权重已不再有限（其中 4 个参数）：是更新造成的，不是哪一层。"
            "更新之前的梯度都是有限的。优化器是 SGD，学习率为 0.5。",
        ),
        # It began in an earlier step than the one that is reported.
        ([step(0), step(1, NAN), step(2, NAN)], {"since": "1", "finite": "1"}, MADE_SO.format(1), "第 1 步"),
        (
            [step(0), step(6, NAN)],
            {"since": "6", "gap": "0"},
            f"{MADE_SO.format(6)} Of the steps between it and step 0, when all was finite, none was recorded.",
            "第 0 步时一切都还有限，这两步之间的各步没有记录。",
        ),
        (
            [step(0), step(1, 100.0), step(2, NAN)],
            {"since": "2", "grown": 100.0, "first": "0"},
            f"{MADE_SO.format(2)} Updates had made the weights 100 times as large as in step 0.",
            "在此之前，更新已使权重变为第 0 步时的 100 倍。",
        ),
        ([step(0), step(1, 99.0), step(2, NAN)], {"since": "2", "finite": "1"}, MADE_SO.format(2), "第 2 步"),
        (
            [step(0), step(1, NAN, connection=ConnectionReading(optimizer=EPS))],
            {"since": "1", "finite": "1", "optimizer": "Adam", "rate": 0.001, "eps": 1e-8, "lost": "float16"},
            "Its eps of 1e-08 is 0 in float16, so that it divides by 0 where a gradient is 0.",
            "它的 eps（1e-08）在 float16 里就是 0，梯度为 0 的地方便成了除以 0。",
        ),
    ],
)
def test_an_update_that_made_weights_not_finite(
    steps: Sequence[Step], facts: dict[str, Any], english: str, chinese: str
) -> None:
    (found,) = told(*steps)
    assert (found.verdict, found.cause, found.severity) == ("non-finite", "update not finite", "hinders")
    assert (found.layers, found.starts_at, found.measured) == (("1", "2"), "1", 4)
    assert dict(found.facts) == facts
    assert english in wording.finding(found, "en")
    assert chinese in wording.finding(found, "zh")


ROOT = LossReading(1.0, (LossNode("Mean", (), (1,)), LossNode("Sqrt", (4,), (2,)), LossNode("", (4,), (), 3)))


@pytest.mark.parametrize(
    ("loss", "cause", "outputs"),
    [
        (None, "gradient not finite before", "finite"),
        (LossReading(1.0, ROOT.nodes[:1]), "gradient not finite before", "finite"),
        (ROOT, "root of 0", "root"),
    ],
)
def test_a_gradient_of_the_weights_alone_that_was_not_finite_before(
    loss: LossReading | None, cause: str, outputs: str
) -> None:
    (found,) = told(step(0), step(1, gradient=NAN, loss=loss), step(2, NAN))
    assert (found.cause, found.starts_at, found.measured) == (cause, "1", 4)
    assert dict(found.facts) == {"since": "2", "before": "1", "outputs": outputs}
    said = wording.finding(found, "en")
    assert "as step 2 began (4 of the parameters): the gradients of step 1 were not finite already" in said
    assert "There all outputs were finite, and so was the gradient at them" in said
    assert ("takes a root" in said) == (outputs == "root")


def test_an_origin_in_the_step_before_is_told_with_it() -> None:
    origin = Finding("non-finite", ("0",), "0", 1.0, None, None, 1.0, cause="division by 0")
    first, second = told(step(0), step(1, gradient=NAN), step(2, NAN), origin=[origin])
    assert second == origin
    assert (first.cause, dict(first.facts)) == ("gradient not finite before", {"since": "2", "before": "1"})
    assert wording.finding(first, "en").endswith(" What follows is of step 1.")
    advised = advice.advised(first, SOUND).advice
    assert "begin again with weights from before it" in advised.helps("en")
    assert advised.code == "print(record.report(step=1))"
    (grown,) = told(step(0), step(1, 100.0, gradient=NAN), step(2, NAN), origin=[origin])
    assert grown.cause == "update not finite", "weights that have grown are the origin"


@pytest.mark.parametrize(
    ("optimizer", "english", "code"),
    [
        (SGD, "A smaller learning rate, from the start", "group['lr'] = 0.05"),
        (EPS, "An eps that does not round to 0 in the parameters' type", "group['eps'] = 1e-4"),
        (None, "A smaller learning rate, from the start", "group['lr'] = group['lr'] / 10"),
    ],
)
def test_the_advice_against_an_update_that_is_not_finite(
    optimizer: OptimizerReading | None, english: str, code: str
) -> None:
    last = step(1, NAN, connection=ConnectionReading(optimizer=optimizer))
    (found,) = told(step(0), last)
    advised = advice.advised(found, last).advice
    assert english in advised.helps("en")
    assert code in advised.code
    assert "it becomes NaN, or 0" in advised.fails("en")


def test_outputs_that_overflow_by_weights_that_have_grown() -> None:
    overflowing = replace(step(3, 100.0, **BY_SGD), calls=at(at(SOUND.calls, 1, nonfinite=4), 2, delta_nonfinite=3))
    found = weights.grown_too_large(overflowing, [step(0)])
    assert found is not None
    assert (found.layers, found.starts_at, found.measured) == (("1", "2"), "1", 7)
    assert dict(found.facts) == {"grown": 100.0, "first": "0", "optimizer": "SGD", "rate": 0.5}
    assert wording.finding(found, "en") == (
        "The numbers overflow because the weights have grown, and not by what one layer does. Updates had made the "
        "weights 100 times as large as in step 0. It was SGD with a learning rate of 0.5."
    )
    assert weights.grown_too_large(step(3, 99.0), [step(0)]) is None
    assert weights.grown_too_large(step(3, 100.0), []) is None
    assert weights.grown_too_large(step(0, 100.0), [step(0)]) is None
    assert weights.grown_too_large(step(3, 100.0), [step(0, 0.0)]) is None
    assert weights.grown_too_large(step(3, math.inf), [step(0)]) is None


def test_the_weights_of_the_first_layer_that_is_not_finite_are_meant() -> None:
    broken = step(0, NAN)
    assert weights.undefined_weights(broken) == ["1.weight"]
    assert weights.undefined_weights(SOUND) == []
    beside = replace(broken.parameters[0], name="token", module="")
    first = replace(broken, calls=at(broken.calls, 0, nonfinite=1), parameters=(beside, *broken.parameters))
    assert weights.undefined_weights(first) == ["token", "0.weight"]
    empty = replace(broken, parameters=tuple(replace(one, shape=(0, 4)) for one in broken.parameters))
    assert weights.undefined_weights(empty) == []
    assert weights.undefined_gradients(step(0, gradient=math.inf))
    assert not weights.undefined_gradients(step(0, gradient=None))
    assert weights.is_undefined(replace(SOUND, calls=at(SOUND.calls, 1, delta_nonfinite=1)))
    assert not weights.is_undefined(SOUND)
