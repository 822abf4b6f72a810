"""Silent units that wake again in training, and dead layers that do not."""

from figures_src.cache.results import measured
from figures_src.exhibits._shared.labels import percent
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.diagnosis import waking_units
from gradlab.experiments.diagnosis.waking_units import CaseResult

TITLE = Text(zh="静默单元会不会重新激活", en="Do silent units wake again?")
NETWORK = Text(zh="网络", en="Network")
SILENT = Text(zh="开始时的静默单元", en="Silent units at the beginning")
WOKEN = Text(zh="其中重新激活的", en="Woken among them")
STEPS = Text(zh="步数", en="Steps")
DEAD = Text(zh="死亡层的单元", en="Units of dead layers")
DEAD_WOKEN = Text(zh="其中重新激活的", en="Woken among these")
DESCENT = Text(zh="层，梯度下降", en="layers, gradient descent")
CASES = {
    "shallow": DESCENT,
    "deep": DESCENT,
    "deep_adam": Text(zh="层，Adam", en="layers, Adam"),
    "killed": Text(zh="层，先以过大的学习率训练，再用 Adam", en="layers after steps far too large, then Adam"),
}
HALF = 0.5
SOURCE = "φ′(z) = 0 ⇒ ∂W = 0"


def compute() -> waking_units.Result:
    """Train the networks of every case."""
    return measured(waking_units, waking_units.Config())


def _case(result: waking_units.Result, name: str) -> CaseResult:
    return next(one for one in result.cases if one.case.name == name)


def _shares(case: CaseResult) -> list[float]:
    """The share of silent units that wake, seed by seed."""
    return [outcome.woken / outcome.silent for outcome in case.outcomes]


def _total(case: CaseResult, attribute: str) -> int:
    return sum(getattr(outcome, attribute) for outcome in case.outcomes)


def table(result: waking_units.Result, text: Localize) -> Table:
    """List every case."""
    rows = tuple(
        (
            f"{one.case.depth} {text(CASES[one.case.name])}",
            one.case.steps,
            _total(one, "silent"),
            str(percent(one.woken_share, 0)),
            _total(one, "dead"),
            _total(one, "dead_woken"),
        )
        for one in result.cases
    )
    return Table(tuple(map(text, (NETWORK, STEPS, SILENT, WOKEN, DEAD, DEAD_WOKEN))), rows)


def numbers(result: waking_units.Result) -> dict[str, Number]:
    config = result.config
    offered = {
        "width": Number(config.width, "d"),
        "steps": Number(_case(result, "killed").case.steps, "d"),
        "deep_steps": Number(_case(result, "deep").case.steps, "d"),
        "seeds": Number(config.seeds, "d"),
        "dead": Number(_total(_case(result, "killed"), "dead"), "d"),
    }
    for one in result.cases:
        name = one.case.name
        offered |= {
            f"{name}_layers": Number(one.case.depth, "d"),
            f"{name}_silent": Number(_total(one, "silent"), "d"),
            f"{name}_share": percent(one.woken_share, 0),
        }
    return offered


def checks(result: waking_units.Result) -> dict[str, Check]:
    shallow, deep, killed = (_case(result, name) for name in ("shallow", "deep", "killed"))
    seeds = result.config.seeds
    least = Text(zh=f"取 {seeds} 个随机种子中最小的比例", en=f"the seed with the smallest share, of {seeds}")
    counted = Text(zh=f"{seeds} 个随机种子合计", en=f"counted over {seeds} seeds")
    return {
        "shallow": Check(
            sentence=Text(
                zh=f"训练之前静默的单元，有些在 {shallow.case.steps} 步之内重新激活，每个随机种子都是如此"
                f"（{shallow.case.depth} 层，梯度下降）",
                en=f"Some of the units that are silent before training wake within {shallow.case.steps} steps, from "
                f"every seed ({shallow.case.depth} layers, gradient descent)",
            ),
            measured=percent(min(_shares(shallow))),
            relation=">",
            predicted=percent(0.0),
            because=least,
            source="0",
        ),
        "deep": Check(
            sentence=Text(
                zh=f"{deep.case.depth} 层的网络里，训练之前静默的单元有一半以上在 {deep.case.steps} 步之内重新激活",
                en=f"In networks of {deep.case.depth} layers more than half of the units that are silent before "
                f"training wake within {deep.case.steps} steps",
            ),
            measured=percent(deep.woken_share, 0),
            relation=">",
            predicted=percent(HALF, 0),
            because=counted,
            source="1/2",
        ),
        "killed": Check(
            sentence=Text(
                zh=f"过大的学习率使单元静默之后，换成合适的学习率，{killed.case.steps} 步之内没有一个重新激活"
                "（实测值是重新激活的个数）",
                en=f"Of the units that steps far too large have silenced, none wakes within {killed.case.steps} "
                "steps at a good rate (measured: how many do)",
            ),
            measured=Number(_total(killed, "woken"), "d"),
            relation="=",
            predicted=Number(0, "d"),
            because=counted,
            source="0",
        ),
        "dead": Check(
            sentence=Text(
                zh="整层都静默时，这一层没有一个单元重新激活：梯度穿不过它（实测值是仍然静默的单元数）",
                en="Of a layer that is silent as a whole no unit wakes, because no gradient passes through it "
                "(measured: how many units stay silent)",
            ),
            measured=Number(_total(killed, "dead") - _total(killed, "dead_woken"), "d"),
            relation="=",
            predicted=Number(_total(killed, "dead"), "d"),
            because=counted,
            source=SOURCE,
        ),
    }
