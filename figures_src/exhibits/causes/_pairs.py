"""A fault around a network and the same training without it: what the probe says of both, and what each learns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from figures_src.model.exhibit import Check, Number, Relation, Table
from figures_src.model.language import Language, Localize, Text
from gradlab.probing import probe
from gradlab.probing.finding import Cause
from gradlab.probing.report import report
from gradlab.probing.step import Step

Loss = Callable[[Tensor], Tensor]
FAULT = Text(zh="毛病", en="Fault")
FAULTY = Text(zh="有毛病", en="With the fault")
MENDED = Text(zh="改正之后", en="Without it")
SAMPLES, FEATURES, CLASSES, WIDTH = 128, 10, 4, 32
_ADAM = 0.003
LEARNED = 0.9
"""Share of what there is to learn, above which a network has learned it."""


@dataclass(frozen=True)
class Data:
    """Samples, and what is to be learned of them: a class, a value and a yes or no."""

    x: Tensor
    classes: Tensor
    value: Tensor
    yes: Tensor


@dataclass(frozen=True)
class Setting:
    """A network with its loss and its inputs; it is trained with Adam, unless a rate for gradient descent is given."""

    model: nn.Module
    loss: Loss
    x: Tensor
    rate: float | None = None


@dataclass(frozen=True)
class Pair:
    """A fault and its mending.

    Attributes:
        cause: what the probe has to name.
        label: what is wrong.
        made: the setting with the fault, or without it.
        score: the share of what there is to learn that an output has; None where nothing is trained.

    """

    cause: Cause
    label: Text
    made: Callable[[Data, bool], Setting]
    score: Callable[[Data, Tensor], float] | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a setting: its first step, and the score after training."""

    step: Step
    score: float | None


@dataclass(frozen=True)
class Result:
    """Both settings of every pair, by name."""

    faulty: dict[str, Outcome]
    mended: dict[str, Outcome]
    steps: int


def data() -> Data:
    """Samples around 0 with a scale of 1."""
    x = torch.randn(SAMPLES, FEATURES)
    value = (x[:, :1] * x[:, 1:2]).sin() + x[:, 2:3]
    return Data(x, (x @ torch.randn(FEATURES, CLASSES)).argmax(1), value, (value > 0).float())


def network(outputs: int, *last: nn.Module) -> nn.Sequential:
    """Three hidden layers of ReLU with He initialization, always the same."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for inputs in (FEATURES, WIDTH, WIDTH):
        linear = nn.Linear(inputs, WIDTH)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(WIDTH, outputs), *last)


def accuracy(known: Data, output: Tensor) -> float:
    """How much more often the class is right than by guessing."""
    right = (output.argmax(1) == known.classes).float().mean().item()
    return (right - 1 / CLASSES) / (1 - 1 / CLASSES)


def explained(known: Data, output: Tensor) -> float:
    """The share of the variance of the value that an output explains."""
    return 1 - functional.mse_loss(output.reshape(-1, 1), known.value).item() / known.value.var(correction=0).item()


def _outcome(pair: Pair, known: Data, steps: int, *, faulty: bool) -> Outcome:
    setting = pair.made(known, faulty)
    with probe(setting.model) as record:
        setting.loss(setting.model(setting.x)).backward()  # type: ignore[no-untyped-call]
    if pair.score is None:
        return Outcome(record.steps[-1], None)
    parameters = [*setting.model.parameters()]
    optimizer: torch.optim.Optimizer = torch.optim.Adam(parameters, _ADAM)
    if setting.rate is not None:
        optimizer = torch.optim.SGD(parameters, setting.rate)
    for _ in range(steps):
        optimizer.zero_grad()
        setting.loss(setting.model(setting.x)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.no_grad():
        return Outcome(record.steps[-1], pair.score(known, setting.model(setting.x)))


def outcomes(pairs: Mapping[str, Pair], steps: int) -> Result:
    """Look at both settings of every pair, and train them."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        known = data()
        faulty = {name: _outcome(pair, known, steps, faulty=True) for name, pair in pairs.items()}
        mended = {name: _outcome(pair, known, steps, faulty=False) for name, pair in pairs.items()}
    return Result(faulty, mended, steps)


def listings(result: Result, language: Language) -> dict[str, str]:
    """The verdict and the findings on every fault, without the table of layers."""
    return {
        name: report([outcome.step], language, address="").summary(width=10**6)
        for name, outcome in result.faulty.items()
    }


def table(pairs: Mapping[str, Pair], result: Result, text: Localize) -> Table:
    """What each pair has learned, with the fault and without it."""
    rows = tuple(
        (text(pair.label), *(str(Number(of[name].score or 0.0, ".2f")) for of in (result.faulty, result.mended)))
        for name, pair in pairs.items()
        if pair.score is not None
    )
    return Table(tuple(map(text, (FAULT, FAULTY, MENDED))), rows)


def told(pairs: Mapping[str, Pair], result: Result) -> dict[str, Check]:
    """For every pair: the probe names the cause in the first step, and finds nothing where it is mended."""
    return {name: _told(pair, result.faulty[name], result.mended[name]) for name, pair in pairs.items()}


def _told(pair: Pair, faulty: Outcome, mended: Outcome) -> Check:
    found = report([faulty.step], "en", address="").findings
    rest = report([mended.step], "en", address="").findings
    right = (bool(found) and found[0].cause == pair.cause, not any(one.severity == "hinders" for one in rest))
    return Check(
        sentence=Text(
            zh=f"{pair.label.zh}：探针在第一步就说出病因，改正之后什么毛病也不报（实测：说对的个数）",
            en=f"{pair.label.en}: the probe names the cause in the first step, and finds nothing that hinders training "
            "once it is mended (measured: how many of the two are right)",
        ),
        measured=Number(sum(right), "d"),
        relation="=",
        predicted=Number(2, "d"),
        because=Text(zh="逐个计数", en="counted one by one"),
        source="gradlab.probing.causes",
    )


def learned(score: float, relation: Relation, sentence: Text, source: str) -> Check:
    """A check of a score against the share above which a network has learned what there is."""
    return Check(
        sentence=sentence,
        measured=Number(score, ".2f"),
        relation=relation,
        predicted=Number(LEARNED, "g"),
        because=Text(zh="训练集上的得分", en="score on the training set"),
        source=source,
    )


def scores(outcomes: Mapping[str, Outcome], names: Sequence[str]) -> list[float]:
    """The scores of some pairs."""
    return [score for name in names if (score := outcomes[name].score) is not None]
