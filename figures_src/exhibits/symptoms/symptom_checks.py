"""Output of the symptom gallery's checks, each on one network with the fault, and the loss after the fix."""

import math

from figures_src.cache.results import measured
from figures_src.exhibits._shared.printed import printed
from figures_src.exhibits._shared.spirals import GUESSING, LEARNED
from figures_src.exhibits.symptoms.symptom_deep import ADAM_EPSILON
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Language, Text
from gradlab.experiments.diagnosis import symptom_checks
from gradlab.probing.history import Entry

TITLE = Text(zh="症状的检查打印什么", en="What the checks of the symptoms print")
# Networks that plain gradient descent trains with steps near the longest possible: more decimals are the processor's.
COARSE = ("stuck", "unmoved")
NAMES = ("stuck", "overflow", "unmoved", "spikes", "dead", "deep")


def compute() -> symptom_checks.Result:
    """Run the six checks."""
    return measured(symptom_checks, symptom_checks.Config())


def _checks(result: symptom_checks.Result) -> dict[str, symptom_checks.Check]:
    return {name: getattr(result, name) for name in NAMES}


def listings(result: symptom_checks.Result, language: Language) -> dict[str, str]:
    """The output of each check, with the fault and after the fix."""
    before, overshoot, after = result.spikes.values
    (overflow,) = result.overflow.values
    fixed = {
        f"{name}_fixed": f"loss {check.fixed:{'.1f' if name in COARSE else '.2g'}}"
        for name, check in _checks(result).items()
    }
    return fixed | {
        "stuck": Entry(result.stuck.steps[0]).line(language),
        "overflow": "\n".join([*(Entry(step).line(language) for step in result.overflow.steps), f"loss {overflow}"]),
        "unmoved": printed(result.unmoved.steps, language),
        "spikes": f"loss {before:.3f}\novershoot {overshoot:.2f}, loss {after:.3f}",
        "dead": "\n".join(f"{share:.0%}" for share in result.dead.values),
        "deep": "\n".join(
            f"{depth} layers: {gradient:.0e}, ε = {ADAM_EPSILON:.0e}"
            for depth, gradient in zip((10, 50), result.deep.values, strict=True)
        ),
    }


def numbers(_: symptom_checks.Result) -> dict[str, Number]:
    return {"spikes_step": Number(symptom_checks.BEFORE_JUMP, "d")}


def checks(result: symptom_checks.Result) -> dict[str, Check]:
    return {
        "fixed": Check(
            sentence=Text(
                zh="六个检查用的网络，修复之后都学会了：最大的损失",
                en="All networks of the six checks learn after the fix: the largest loss",
            ),
            measured=Number(max(check.fixed for check in _checks(result).values()), ".1f"),
            relation="<",
            predicted=Number(LEARNED * math.log(2), ".4f"),
            because=Text(zh="六个网络中最差的一个", en="the worst of the six networks"),
            source=GUESSING,
        ),
    }
