"""The index of the gallery: what the probe says of every symptom, before and after, and of the network mended."""

from figures_src.exhibits.symptoms._gallery import depth, looks, verdicts
from figures_src.exhibits.symptoms._symptom import AFTER_VERDICT, BEFORE_VERDICT
from figures_src.exhibits.symptoms.symptom_overflow import Result, compute
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text

__all__ = ["TITLE", "checks", "compute", "numbers", "table"]

FIXED_DEPTH, SHALLOW_DEPTH, DEEP_DEPTH = map(depth, ("stuck_fixed", "shallow", "deep"))

TITLE = Text(zh="症状一览", en="Symptoms at a glance")
SYMPTOM = Text(zh="症状", en="Symptom")
FIXED_VERDICT = Text(zh="修复后，训练前", en="Fixed, before training")


TITLES = {
    "stuck": Text(zh="损失停在 0.693", en="My loss is stuck at 0.693"),
    "overflow": Text(zh="第 1 步就出现 NaN", en="NaN at step 1"),
    "unmoved": Text(zh="前几层不动", en="The first layers do not move"),
    "spikes": Text(zh="损失突增", en="The loss spikes"),
    "dead": Text(zh="一半 ReLU 死了", en="Half of my ReLUs are dead"),
    "deep": Text(
        zh=f"{SHALLOW_DEPTH} 层正常，{DEEP_DEPTH} 层不动", en=f"Fine at {SHALLOW_DEPTH} layers, dead at {DEEP_DEPTH}"
    ),
}
"""The symptoms by the name of their row, which is their section's anchor too."""


def table(result: Result, text: Localize) -> Table:
    """List the symptoms."""

    def said(name: str, *, end: bool = False) -> str:
        seen = [look.verdict for look in looks(result.gallery, name, end=end)]
        # An overflow has left no network to look at; its first pass that is not finite was looked at instead.
        return verdicts(seen or [result.origins.origin("explosion").passes[-1].verdict], text)

    rows = tuple(
        (
            f"[{text(title)}](#{name})",
            said(name),
            said(name, end=True),
            said(f"{name}_fixed"),
        )
        for name, title in TITLES.items()
    )
    return Table(tuple(map(text, (SYMPTOM, BEFORE_VERDICT, AFTER_VERDICT, FIXED_VERDICT))), rows)


def numbers(result: Result) -> dict[str, Number]:
    config = result.gallery.config
    return {
        "symptoms": Number(len(TITLES), "d"),
        "of_the_gradient": Number(len(OF_THE_GRADIENT), "d"),
        "points": Number(config.points, "d"),
        "width": Number(config.width, "d"),
        "layers": Number(config.depth, "d"),
        "steps": Number(config.steps, "d"),
        "seeds": Number(config.seeds, "d"),
        "guessing": Number(result.gallery.chance_loss, ".3f"),
    }


OF_THE_STEPS = ("spikes", "dead")
"""The faults that come from the steps."""

OF_THE_GRADIENT = {"stuck": "vanishing", "overflow": "exploding", "unmoved": "vanishing", "deep": "vanishing"}
"""The faults that are in the gradient, and what it does."""


def checks(result: Result) -> dict[str, Check]:
    named = [
        look.verdict == verdict for name, verdict in OF_THE_GRADIENT.items() for look in looks(result.gallery, name)
    ]
    seeds = result.gallery.config.seeds
    exact = Text(zh="个数是精确的", en="a count is exact")

    def called(name: str, verdict: str) -> int:
        return sum(look.verdict == verdict for look in looks(result.gallery, name))

    return {
        "unseen": Check(
            sentence=Text(
                zh="损失突增和单元死亡的网络，探针在第一步之前都诊断为正常，每个随机种子都如此（实测值是网络个数）",
                en="Before the first step the probe calls the networks whose loss spikes or whose units die healthy, "
                "from every seed (measured: how many)",
            ),
            measured=Number(sum(called(name, "healthy") for name in OF_THE_STEPS), "d"),
            relation="=",
            predicted=Number(len(OF_THE_STEPS) * seeds, "d"),
            because=exact,
            source="σ_w²/2 = 1",
        ),
        "normalized": Check(
            sentence=Text(
                zh=f"{FIXED_DEPTH} 层 Sigmoid 网络加上批量归一化，探针在第一步之前诊断为正常，每个随机种子都如此",
                en=f"With batch normalization the probe calls the sigmoid network of {FIXED_DEPTH} layers healthy "
                "before the first step, from every seed",
            ),
            measured=Number(called("stuck_fixed", "healthy"), "d"),
            relation="=",
            predicted=Number(seeds, "d"),
            because=exact,
            source="Yang et al. 2019, arXiv:1902.08129",
        ),
        "named": Check(
            sentence=Text(
                zh="四种毛病出在梯度上，探针在第一步之前就说对了，每个随机种子都如此（实测值是说对的网络个数）",
                en="Four of the faults are in the gradient, and the probe names them before the first step, "
                "from every seed (measured: networks named right)",
            ),
            measured=Number(sum(named), "d"),
            relation="=",
            predicted=Number(len(OF_THE_GRADIENT) * seeds, "d"),
            because=exact,
            source="∏ √χ, Schoenholz et al. 2017, arXiv:1611.01232",
        ),
    }
