"""The network of the page "Diagnose your network", treated: before and after side by side."""

from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Language, Text
from gradlab.datasets import two_spirals
from gradlab.experiments.diagnosis import mended
from gradlab.treatment import Treatment, treat

TITLE = Text(zh="处理前后", en="Before and after a treatment")


@dataclass(frozen=True, eq=False)
class Treated:
    """The treatment, told in every language.

    Attributes:
        treatment: in one language.
        told: as it is printed, by language.

    """

    treatment: Treatment
    told: dict[Language, str]


def _treatment() -> Treatment:
    config = mended.Config()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = mended.make_model(config.depth, config.width).double()
        # Drawn in float64: processors round float32 in other ways, which thirty steps make a first digit of.
        for layer in model:
            if isinstance(layer, nn.Linear):
                layer.reset_parameters()
        samples = two_spirals(config.points, Generator().manual_seed(config.data_seed))

        def step(one: nn.Module) -> Tensor:
            return binary_cross_entropy_with_logits(one(samples.x)[:, 0], samples.y)

        return treat(model, step)


def _told(treatment: Treatment, language: Language) -> str:
    """A treatment as it is printed by who has asked for it in a language: it is the same in each."""
    report = replace(treatment.before.report, language=language)
    return str(replace(treatment, before=replace(treatment.before, report=report), language=language))


def compute() -> Treated:
    """Treat it, and tell that in each of the written languages."""
    treatment = _treatment()
    return Treated(treatment, {language: _told(treatment, language) for language in ("zh", "en")})


def listings(result: Treated, language: Language) -> dict[str, str]:
    """The treatment as it is printed."""
    return {"printed": result.told.get(language, result.told["en"])}


def numbers(result: Treated) -> dict[str, Number]:
    treatment = result.treatment
    return {
        "tried": Number(len(treatment.trials), "d"),
        "helped": Number(sum(trial.helped for trial in treatment.trials), "d"),
        "steps": Number(len(treatment.before.courses[0].losses) - 1, "d"),
    }


def checks(result: Treated) -> dict[str, Check]:
    treatment = result.treatment
    untreated = treatment.before.courses[0].last
    return {
        "lower": Check(
            sentence=Text(
                zh="用最好的办法处理之后，损失不到不处理时的一半",
                en="With the best remedy the loss ends below half of what it is without one",
            ),
            measured=Number(treatment.trials[0].loss, ".3g"),
            relation="<",
            predicted=Number(untreated / 2, ".3f"),
            because=Text(zh="同样的数据、同样多的训练步", en="the same data, as many training steps"),
            source="gradlab.treatment",
        )
    }
