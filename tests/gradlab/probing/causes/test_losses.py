"""Losses and outputs that do not go together: graphs of losses that are written down, and what is said of them."""

import math
from dataclasses import replace
from typing import Any

import pytest

from gradlab.probing import wording
from gradlab.probing.advice import advised
from gradlab.probing.causes.losses import found
from gradlab.probing.causes.written import find as find_written
from gradlab.probing.finding import Finding
from gradlab.probing.lossgraph import LossNode, LossReading
from gradlab.probing.readings import Readings
from gradlab.probing.recovered import OutputReading
from gradlab.probing.step import Step
from gradlab.probing.written import WrittenReading
from tests.gradlab.probing.test_diagnosis import at, chain

LINEAR = chain((1.0,) * 3)
LINEAR = replace(LINEAR, calls=at(LINEAR.calls, 3, shape=(8, 5)))


def ended(activation: str, kind: str = "Module") -> Step:
    """A step whose last module applies an activation function."""
    return replace(LINEAR, calls=at(LINEAR.calls, 3, role="activation", kind=kind, activation=activation, weight=None))


def node(operation: str, *following: int | None, shape: tuple[int, ...] = (8, 5), **values: Any) -> LossNode:
    return LossNode(operation, shape, following, **values)


OUTPUT = LossNode("", (8, 5), (), 3)


def told_of(step: Step, *nodes: LossNode, value: float = 1.0, **readings: OutputReading) -> list[Finding]:
    """Findings on the operations from the loss to the outputs."""
    step = replace(step, readings=Readings(loss=LossReading(value, nodes)))
    return list(found(step, nodes, {reading.call: reading for reading in readings.values()}))


def one(*findings: Finding) -> tuple[str, str, dict[str, float | str]] | None:
    """Cause, start and facts of the only finding."""
    assert len(findings) < 2, findings
    return (findings[0].cause, findings[0].starts_at, dict(findings[0].facts)) if findings else None


CROSS_ENTROPY = (node("NllLoss", 1, shape=()), node("LogSoftmax", 2), OUTPUT)
BINARY = "binary_cross_entropy_with_logits"


@pytest.mark.parametrize(
    ("ends", "nodes", "facts"),
    [
        ("softmax", CROSS_ENTROPY, {"loss": "cross_entropy", "again": "softmax", "floor": math.log(1 + 4 / math.e)}),
        ("sigmoid", CROSS_ENTROPY, {"loss": "cross_entropy", "again": "softmax", "floor": math.log(1 + 4 / math.e)}),
        (
            "sigmoid",
            (node("BinaryCrossEntropyWithLogits", 1, None), OUTPUT),
            {"loss": BINARY, "again": "sigmoid", "floor": math.log(1 + 1 / math.e)},
        ),
        (
            "sigmoid",
            (node("LogSigmoid", 1), OUTPUT),
            {"loss": "logsigmoid", "again": "sigmoid", "floor": math.log(1 + 1 / math.e)},
        ),
        (
            "softmax",
            (node("Softmax", 1), OUTPUT),
            {"loss": "softmax", "again": "softmax", "floor": math.log(1 + 4 / math.e)},
        ),
        # A gate is no distribution: a softmax of it is meant.
        ("sigmoid", (node("Softmax", 1), OUTPUT), None),
        ("gelu", CROSS_ENTROPY, None),
    ],
)
def test_an_output_that_is_normalized_already(
    ends: str, nodes: tuple[LossNode, ...], facts: dict[str, float | str] | None
) -> None:
    told = one(*told_of(ended(ends), *nodes))
    assert told == (facts and ("normalized twice", "3", facts | {"ends": ends}))


def test_the_least_loss_is_that_of_the_classes_that_are_known() -> None:
    told = one(*told_of(ended("softmax"), *CROSS_ENTROPY, known=OutputReading(3, classes=10)))
    assert told is not None
    assert told[2]["floor"] == pytest.approx(math.log(1 + 9 / math.e))
    flat = (CROSS_ENTROPY[0], CROSS_ENTROPY[1]._replace(shape=(5,)), OUTPUT)
    (found_flat,) = told_of(ended("softmax"), *flat)
    assert found_flat.measured == pytest.approx(math.log(1 + 4 / math.e))


@pytest.mark.parametrize(
    ("ends", "span"),
    [("relu", "[0, ∞)"), ("relu6", "[0, 6]"), ("tanh", "[-1, 1]"), ("hardtanh", "[-1, 1]"), ("softsign", "[-1, 1]")],
)
def test_an_activation_that_cuts_the_logits(ends: str, span: str) -> None:
    told = one(*told_of(ended(ends), *CROSS_ENTROPY))
    assert told == ("output cut", "3", {"loss": "cross_entropy", "ends": ends, "range": span})
    assert told_of(ended(ends), node("Softmax", 1), OUTPUT) == []
    (finding,) = told_of(ended(ends, "ReLU"), *CROSS_ENTROPY)
    given = advised(finding, ended(ends, "ReLU")).advice
    assert (
        given.helps("en")
        == f"Take {ends} off the output (layer 3): the last layer is linear, and cross_entropy does the rest."
    )
    assert given.code == 'setattr(model, "3", torch.nn.Identity())  # in place of ReLU'


@pytest.mark.parametrize(
    ("step", "nodes", "facts"),
    [
        (
            LINEAR,
            (node("NllLoss", 1, shape=()), OUTPUT),
            {"loss": "nll_loss", "needs": "log_softmax", "ends": "Linear"},
        ),
        (
            ended("softmax"),
            (node("NllLoss2D", 1, shape=()), OUTPUT),
            {"loss": "nll_loss", "needs": "log_softmax", "ends": "softmax"},
        ),
        (
            ended("sigmoid"),
            (node("CtcLoss", 1, shape=()), OUTPUT),
            {"loss": "ctc_loss", "needs": "log_softmax", "ends": "sigmoid"},
        ),
        (
            LINEAR,
            (node("BinaryCrossEntropy", 1, None), OUTPUT),
            {"loss": "binary_cross_entropy", "needs": "sigmoid", "ends": "Linear"},
        ),
        # What is clipped, moved or picked on the way is the same.
        (
            LINEAR,
            (node("BinaryCrossEntropy", 1, None), node("Clamp", 2), node("View", 3), node("Index", 4), OUTPUT),
            {"loss": "binary_cross_entropy", "needs": "sigmoid", "ends": "Linear"},
        ),
        (
            ended("sigmoid"),
            (node("NllLoss", 1, shape=()), node("Log", 2), OUTPUT),
            {"loss": "nll_loss", "needs": "log_softmax", "ends": "log(sigmoid)"},
        ),
        (
            ended("relu"),
            (node("NllLoss", 1, shape=()), node("Log", 2), OUTPUT),
            {"loss": "nll_loss", "needs": "log_softmax", "ends": "log(relu)"},
        ),
        (ended("softmax"), (node("NllLoss", 1, shape=()), node("Log", 2), OUTPUT), None),
        (ended("sigmoid"), (node("BinaryCrossEntropy", 1, None), OUTPUT), None),
        (ended("softmax"), (node("BinaryCrossEntropy", 1, None), OUTPUT), None),
        (ended("log_softmax"), (node("NllLoss", 1, shape=()), OUTPUT), None),
        (LINEAR, (node("BinaryCrossEntropy", None, None), OUTPUT), None),
    ],
)
def test_an_output_that_is_no_probability(
    step: Step, nodes: tuple[LossNode, ...], facts: dict[str, float | str] | None
) -> None:
    assert one(*told_of(step, *nodes)) == (facts and ("logits as probabilities", "3", facts))


def test_the_advice_for_logits_is_the_loss_that_takes_them() -> None:
    (classes,) = told_of(LINEAR, node("NllLoss", 1, shape=()), OUTPUT)
    assert advised(classes, LINEAR).advice.code == "loss = torch.nn.functional.cross_entropy(model(x), targets)"
    assert "Give nll_loss what it is made for: log_softmax of the logits of layer 3." in advised(
        classes, LINEAR
    ).advice.helps("en")
    (ctc,) = told_of(LINEAR, node("CtcLoss", 1, shape=()), OUTPUT)
    assert (
        "ctc_loss(logits.log_softmax(-1), targets, input_lengths, target_lengths)" in advised(ctc, LINEAR).advice.code
    )
    (binary,) = told_of(LINEAR, node("BinaryCrossEntropy", 1, None), OUTPUT)
    unknown = advised(binary, LINEAR).advice
    assert unknown.code.startswith("print(targets.min(), targets.max())\n")
    assert unknown.helps("en").startswith("If all targets lie between 0 and 1, give binary_cross_entropy")
    labels = replace(binary, facts=(*binary.facts, ("targets", "labels")))
    assert advised(labels, LINEAR).advice.code == f"loss = torch.nn.functional.{BINARY}(model(x), targets)"
    cut = ended("relu", "ReLU")
    (after,) = told_of(cut, node("NllLoss", 1, shape=()), OUTPUT)
    assert advised(after, cut).advice.code.startswith(
        'setattr(model, "3", torch.nn.Identity())  # in place of ReLU\nloss ='
    )


@pytest.mark.parametrize(
    ("shape", "along", "is_told"),
    [
        ((8, 5), 0, True),
        ((8, 5), 1, False),
        ((8, 5, 4), 2, True),
        ((8, 5), None, False),
        ((8, 1), 0, False),
        ((1, 5), 0, False),
        ((5,), 0, False),
    ],
)
def test_a_softmax_along_another_dimension_than_that_of_the_classes(
    shape: tuple[int, ...], along: int | None, is_told: bool
) -> None:
    nodes = (node("NllLoss", 1, shape=()), node("LogSoftmax", 2, shape=shape, dimension=along), OUTPUT)
    told = one(*told_of(LINEAR, *nodes))
    shown = "×".join(map(str, shape))
    facts = {"axis": str(along), "shape": shown, "loss": "nll_loss"}
    assert told == (("wrong dimension", "3", facts) if is_told else None)
    if is_told:
        (finding,) = told_of(LINEAR, *nodes)
        assert finding.measured == shape[along or 0]
        assert f"in place of dim={along}" in advised(finding, LINEAR).advice.code


ONE_EACH = replace(LINEAR, calls=at(LINEAR.calls, 3, shape=(8, 1)))
EXPANDED = (node("MseLoss", 1, None, shape=()), node("Expand", 2, shape=(8, 8)), LossNode("", (8, 1), (), 3))
BY_HAND = (
    node("Mean", 1, shape=()),
    node("Pow", 2, shape=(8, 8)),
    node("Sub", 3, None, shape=(8, 8)),
    LossNode("", (8, 1), (), 3),
)


def test_outputs_that_are_compared_with_every_target() -> None:
    expected = ("wrong shapes", "3", {"output": "(8×1)", "pairs": "(8×8)"})
    assert one(*told_of(ONE_EACH, *EXPANDED)) == expected
    assert one(*told_of(ONE_EACH, *BY_HAND)) == expected
    absolute = (BY_HAND[0], BY_HAND[1]._replace(operation="Abs"), *BY_HAND[2:])
    assert one(*told_of(ONE_EACH, *absolute)) == expected
    (finding,) = told_of(ONE_EACH, *EXPANDED)
    assert finding.measured == 8.0
    assert (
        advised(finding, ONE_EACH).advice.helps("en").startswith("Give output and targets the same shape, (8×1), and")
    )


@pytest.mark.parametrize(
    "nodes",
    [
        # Alike in shape, or all pairs that are wanted: their least, or a kernel of them.
        (EXPANDED[0], EXPANDED[1]._replace(shape=(8, 1)), EXPANDED[2]),
        (BY_HAND[0]._replace(operation="Min"), *BY_HAND[1:]),
        (BY_HAND[0], BY_HAND[1]._replace(operation="Exp"), *BY_HAND[2:]),
        (BY_HAND[0], BY_HAND[1], BY_HAND[2]._replace(operation="Mul"), BY_HAND[3]),
        (BY_HAND[0], BY_HAND[1], BY_HAND[2]._replace(following=(3, 3)), BY_HAND[3]),
        # The loss takes the output in another way as well.
        (node("Add", 1, 4, shape=()), BY_HAND[1], BY_HAND[2], BY_HAND[3], node("Mean", 3, shape=())),
    ],
)
def test_pairs_that_are_meant_are_no_wrong_shapes(nodes: tuple[LossNode, ...]) -> None:
    assert told_of(ONE_EACH, *nodes) == []


JUDGED = (
    node("Neg", 1, shape=()),
    node("Neg", 2, shape=()),
    node("Mean", 3, shape=()),
    node("Log", 4, shape=(8, 1)),
    node("Rsub", 5, shape=(8, 1)),
    node("Sigmoid", 6, shape=(8, 1)),
    LossNode("", (8, 5), (), 3),
)


@pytest.mark.parametrize(
    ("nodes", "value", "is_told"),
    [
        (JUDGED, -1e-5, True),
        (JUDGED, 0.0, True),
        (JUDGED, -1.1e-4, False),
        (JUDGED, 1e-5, False),
        (JUDGED[1:], -1e-5, False),
        (tuple(one._replace(operation="Sum") if one.operation == "Mean" else one for one in JUDGED), -7e-4, True),
        (tuple(one._replace(operation="Sum") if one.operation == "Mean" else one for one in JUDGED), -9e-4, False),
        (tuple(one._replace(operation="Add") if one.operation == "Mean" else one for one in JUDGED), -1e-5, False),
        (tuple(one._replace(operation="Tanh") if one.operation == "Sigmoid" else one for one in JUDGED), -1e-5, False),
        (tuple(one._replace(operation="Add") if one.operation == "Rsub" else one for one in JUDGED), -1e-5, False),
    ],
)
def test_a_generator_that_is_told_off_by_a_sure_judge(nodes: tuple[LossNode, ...], value: float, is_told: bool) -> None:
    # Each node lies behind the one that takes it: without the first all places are one lower.
    shift = len(JUDGED) - len(nodes)
    nodes = tuple(one._replace(following=tuple((at or 0) - shift for at in one.following)) for one in nodes)
    told = [finding for finding in told_of(LINEAR, *nodes, value=value) if finding.cause == "loss saturated"]
    assert bool(told) == is_told
    if told:
        assert (told[0].verdict, told[0].starts_at) == ("saturated", "3")
        assert "in place of log(1 - D)" in advised(told[0], LINEAR).advice.helps("en")


# Losses that are written out


def written(step: Step, value: float = 1.0, **reading: Any) -> tuple[str, str, dict[str, float | str]] | None:
    """Cause, start and facts of what a loss that is written out tells of the last output."""
    given: dict[str, Any] = {"call": 3, "kind": "classes"} | reading
    told = WrittenReading(**given)
    readings = Readings(loss=LossReading(value, (OUTPUT,)), written=(told,))
    return one(*find_written(replace(step, readings=readings), ()))


@pytest.mark.parametrize(
    ("step", "reading", "expected"),
    [
        (LINEAR, {}, None),
        (LINEAR, {"kind": "logits", "improper": 0.5}, None),
        (LINEAR, {"call": 9, "improper": 0.5}, None),
        (LINEAR, {"single": True}, ("divided by itself", {"ends": "Linear", "shape": "8×5"})),
        (
            LINEAR,
            {"improper": 0.5},
            ("logits as probabilities", {"loss": "nll_loss", "needs": "softmax", "ends": "Linear"}),
        ),
        (
            LINEAR,
            {"kind": "binary", "improper": 0.5},
            ("logits as probabilities", {"loss": "binary_cross_entropy", "needs": "sigmoid", "ends": "Linear"}),
        ),
        (
            LINEAR,
            {"kind": "binary", "improper": 0.5, "value": -0.5},
            ("targets out of range", {"below": -0.5, "range": "[0, 1]", "ends": "Linear"}),
        ),
        (
            LINEAR,
            {"improper": 0.5, "value": -0.5},
            ("logits as probabilities", {"loss": "nll_loss", "needs": "softmax", "ends": "Linear"}),
        ),
        (
            ended("relu"),
            {},
            ("logits as probabilities", {"loss": "nll_loss", "needs": "softmax", "ends": "relu"}),
        ),
        (
            ended("sigmoid"),
            {"kind": "binary", "improper": 0.5, "outside": 0.25},
            ("targets out of range", {"share": "25%", "range": "[0, 1]", "ends": "sigmoid"}),
        ),
        (ended("softmax"), {"several": 0.75}, ("several targets", {"share": "75%", "ends": "softmax"})),
        (ended("sigmoid"), {"shares": True}, ("normalized twice", {"ends": "sigmoid", "shares": "1"})),
        (ended("softmax"), {"shares": True}, None),
    ],
)
def test_a_loss_that_is_written_out(
    step: Step, reading: dict[str, Any], expected: tuple[str, dict[str, float | str]] | None
) -> None:
    assert written(step, **reading) == (expected and (expected[0], "3", expected[1]))


def test_a_softmax_over_one_output_is_told_with_what_gets_no_gradient() -> None:
    step = ended("softmax")
    calls = tuple(replace(call, delta_norm=0.0) for call in step.calls[:3])
    step = replace(step, calls=(*calls, replace(step.calls[3], shape=(8, 1))))
    assert written(step) == ("softmax of one", "3", {"operation": "softmax", "shape": "8×1"})


def test_the_advice_for_a_loss_that_is_written_out() -> None:
    def first(step: Step, **reading: Any) -> Finding:
        given: dict[str, Any] = {"call": 3, "kind": "classes"} | reading
        told = WrittenReading(**given)
        return next(iter(find_written(replace(step, readings=Readings(written=(told,))), ())))

    divided, several = first(LINEAR, single=True), first(ended("softmax", "Softmax"), several=0.75)
    assert "let layer 3 end in one logit" in advised(divided, LINEAR).advice.helps("en")
    assert advised(divided, LINEAR).advice.code.startswith(
        f"loss = torch.nn.functional.{BINARY}(model(x), targets.float()"
    )
    given = advised(several, ended("softmax", "Softmax")).advice
    assert "Let each output of layer 3 say yes or no by itself" in given.helps("en")
    assert given.code == (
        'setattr(model, "3", torch.nn.Identity())  # in place of Softmax\n'
        f"loss = torch.nn.functional.{BINARY}(model(x), targets)\npredicted = model(x) > 0  # where you predict"
    )
    assert "in 75% of the rows, as δ tells" in wording.finding(several, "en")
    shares = first(ended("sigmoid", "Sigmoid"), shares=True)
    competing = advised(shares, ended("sigmoid", "Sigmoid")).advice
    assert "Take sigmoid off the output (layer 3), and give the logits to cross_entropy" in competing.helps("en")
    assert competing.helps("zh").startswith("去掉输出末尾的 sigmoid（3），把 logits 交给 cross_entropy：")
    assert competing.code == (
        'setattr(model, "3", torch.nn.Identity())  # in place of Sigmoid\n'
        "loss = torch.nn.functional.cross_entropy(model(x), targets)"
    )
    assert "More units" in competing.fails("en")
    assert competing.page == "causes"
