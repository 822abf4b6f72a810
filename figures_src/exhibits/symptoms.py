"""The index of the gallery: every symptom with its likely causes and what the probe says of it."""

from dataclasses import dataclass

from figures_src.exhibit import Claim, Number, Table
from figures_src.exhibits import _symptoms
from figures_src.exhibits._symptoms import AFTER_VERDICT, BEFORE_VERDICT, looks, verdicts
from figures_src.language import Localize, Text
from figures_src.measurement import measured
from gradlab.experiments import first_nan, symptoms

TITLE = Text(zh="症状一览", en="Symptoms at a glance")
SYMPTOM = Text(zh="症状", en="Symptom")
CAUSES = Text(zh="可能的原因", en="Likely causes")
FIXED_VERDICT = Text(zh="修复之后，第一步之前", en="Fixed, before the first step")


@dataclass(frozen=True)
class Line:
    """One symptom: its section, its rows of the experiment, and its causes, the one shown first."""

    anchor: str
    row: str
    fixed: str
    title: Text
    causes: Text


LINES = (
    Line(
        "stuck",
        "stuck",
        "stuck_fixed",
        Text(zh="损失停在 0.693", en="My loss is stuck at 0.693"),
        Text(
            zh="梯度消失；整层死亡；输入变得一样；步子太小",
            en="The gradient vanishes; a dead layer; inputs become alike; steps too small",
        ),
    ),
    Line(
        "overflow",
        "overflow",
        "overflow_fixed",
        Text(zh="第 1 步就出现 NaN", en="NaN at step 1"),
        Text(
            zh="权重太大；输入里有 NaN；损失函数里有 log 0 或 0 的平方根",
            en="Weights too large; NaN in the data; log 0 or √0 in the loss",
        ),
    ),
    Line(
        "unmoved",
        "unmoved",
        "unmoved_fixed",
        Text(zh="前几层不动", en="The first layers do not move"),
        Text(zh="隐藏层用 Sigmoid，梯度消失", en="The gradient vanishes in sigmoid layers"),
    ),
    Line(
        "spikes",
        "spikes",
        "spikes_fixed",
        Text(zh="损失突然跳高", en="The loss spikes"),
        Text(zh="学习率超出曲率允许的上限", en="The learning rate is beyond what the curvature allows"),
    ),
    Line(
        "dead",
        "dead",
        "dead_fixed",
        Text(zh="一半 ReLU 死了", en="Half of my ReLUs are dead"),
        Text(
            zh="步子太大，把整层推到零以下；也可能根本没有病",
            en="Steps that push a whole layer below zero; or nothing is wrong",
        ),
    ),
    Line(
        "deep",
        "deep",
        "deep_fixed",
        Text(zh="10 层正常，50 层不动", en="Fine at 10 layers, dead at 50"),
        Text(
            zh="逐层因子小于 1，梯度降到 Adam 的 ε 以下",
            en="A per-layer factor below 1, and a gradient below Adam's ε",
        ),
    ),
)


@dataclass(frozen=True)
class Result:
    """The gallery's trained networks, and the ways to a NaN."""

    gallery: symptoms.Result
    origins: first_nan.Result

    @property
    def config(self) -> tuple[symptoms.Config, first_nan.Config]:
        """What was run."""
        return self.gallery.config, self.origins.config


def compute() -> Result:
    """Train the gallery's rows, and take every way to a NaN."""
    return Result(_symptoms.compute(), measured(first_nan, first_nan.Config()))


def table(result: Result, text: Localize) -> Table:
    """List the symptoms."""

    def said(name: str, *, end: bool = False) -> str:
        seen = [look.verdict for look in looks(result.gallery, name, end=end)]
        # What overflowed has left no network to look at; its first pass that is not finite was looked at instead.
        return verdicts(seen or [result.origins.origin("explosion").passes[-1].verdict], text)

    rows = tuple(
        (
            f"[{text(line.title)}](#{line.anchor})",
            text(line.causes),
            said(line.row),
            said(line.row, end=True),
            said(line.fixed),
        )
        for line in LINES
    )
    return Table(tuple(map(text, (SYMPTOM, CAUSES, BEFORE_VERDICT, AFTER_VERDICT, FIXED_VERDICT))), rows)


def numbers(result: Result) -> dict[str, Number]:
    """Return what pages quote."""
    config = result.gallery.config
    return {
        "symptoms": Number(len(LINES), "d"),
        "of_the_gradient": Number(len(OF_THE_GRADIENT), "d"),
        "points": Number(config.points, "d"),
        "width": Number(config.width, "d"),
        "layers": Number(config.depth, "d"),
        "steps": Number(config.steps, "d"),
        "seeds": Number(config.seeds, "d"),
        "guessing": Number(result.gallery.chance_loss, ".3f"),
    }


OF_THE_GRADIENT = {"stuck": "vanishing", "overflow": "exploding", "unmoved": "vanishing", "deep": "vanishing"}
"""The faults that are in the gradient, and what it does."""


def claims(result: Result) -> dict[str, Claim]:
    """Return what pages assert."""
    named = [
        look.verdict == verdict for name, verdict in OF_THE_GRADIENT.items() for look in looks(result.gallery, name)
    ]
    return {
        "named": Claim(
            sentence=Text(
                zh="四种毛病出在梯度上，探针在第一步之前就说对了，每个随机种子都如此（实测值是说对的网络个数）",
                en="Four of the faults are in the gradient, and the probe names them before the first step, "
                "from every seed (measured: networks named right)",
            ),
            measured=Number(sum(named), "d"),
            relation="=",
            predicted=Number(len(OF_THE_GRADIENT) * result.gallery.config.seeds, "d"),
            because=Text(zh="个数是精确的", en="a count is exact"),
            source="∏ √χ, Schoenholz et al. 2017, arXiv:1611.01232",
        ),
    }
