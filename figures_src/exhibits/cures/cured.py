"""Treatments of ill networks of the bank, by what is wrong with them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from figures_src.cache.results import measured
from figures_src.exhibits._shared.counts import fewer
from figures_src.exhibits.cures import _whole
from figures_src.exhibits.cures._whole import Whole
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.diagnosis import cures
from gradlab.experiments.diagnosis.cures import Case

TITLE = Text(zh="治好了多少，按病因", en="How many are cured, by cause")
CAUSE = Text(zh="病因", en="What is wrong")
CURED = Text(zh="治好", en="cured")
NETWORKS = Text(zh="网络", en="networks")
SOUND = Text(zh="改后正常", en="sound afterwards")
AS_WELL = Text(zh="学得不比对照差", en="train as well as their twin")
MOST = Text(zh="最常胜出的办法", en="remedy that won most often")

CAUSES = {
    "vanishing-relu": Text(zh="梯度消失，ReLU", en="vanishing, ReLU"),
    "vanishing-tanh": Text(zh="梯度消失，Tanh", en="vanishing, tanh"),
    "vanishing-saturating": Text(zh="梯度消失，Sigmoid", en="vanishing, sigmoid"),
    "vanishing-smooth": Text(zh="梯度消失，GELU 与 SiLU", en="vanishing, GELU and SiLU"),
    "vanishing-transformer": Text(zh="梯度消失，Transformer", en="vanishing, transformers"),
    "vanishing-recurrent": Text(zh="梯度消失，循环层", en="vanishing, recurrent layers"),
    "exploding-weights": Text(zh="梯度爆炸，权重过大", en="exploding, weights too large"),
    "exploding-normalized": Text(zh="梯度爆炸，批量归一化", en="exploding, batch normalization"),
    "exploding-residual": Text(zh="梯度爆炸，分支不缩放", en="exploding, unscaled branches"),
    "dead": Text(zh="死亡单元", en="dead units"),
    "saturated": Text(zh="饱和", en="saturated units"),
    "non-finite": Text(zh="无穷大的权重", en="an infinite weight"),
    "cut off": Text(zh="梯度被切断", en="cut off"),
}
REMEDIES = {
    "finite": Text(zh="重抽无穷大、NaN 的权重", en="non-finite weights drawn anew"),
    "operands": Text(zh="让运算避开没有定义的数", en="operands where they are defined"),
    "zeros": Text(zh="重抽全零层", en="layers of zeros drawn"),
    "output": Text(zh="去掉输出端的激活", en="no activation at the output"),
    "probabilities": Text(zh="输出端加 Sigmoid 等", en="probabilities at the output"),
    "sigmoid": Text(zh="Sigmoid 代替 softmax", en="a sigmoid for a softmax"),
    "without normalization": Text(zh="去掉归一化", en="a normalization taken out"),
    "targets": Text(zh="输出与目标同一尺度", en="outputs of the targets' scale"),
    "standardization": Text(zh="输入标准化", en="standardized inputs"),
    "siblings": Text(zh="与同类层同一尺度", en="the scale of the siblings"),
    "biases": Text(zh="偏置置 0", en="biases set to 0"),
    "gates": Text(zh="门的偏置", en="biases of gates"),
    "orthogonal": Text(zh="正交的循环权重", en="orthogonal recurrent weights"),
    "branches": Text(zh="缩放残差分支", en="scaled branches"),
    "initialization": Text(zh="临界初始化", en="critical initialization"),
    "activation": Text(zh="换成 ReLU", en="ReLU for what saturates"),
    "layer for batch": Text(zh="层归一化代替批量归一化", en="layer for batch normalization"),
    "normalization": Text(zh="加归一化", en="normalization"),
    "batch normalization": Text(zh="每个卷积后加批量归一化", en="batch normalization everywhere"),
    "connections": Text(zh="残差连接", en="residual connections"),
    "unit variance": Text(zh="LSUV", en="LSUV"),
    "rate": Text(zh="学习率", en="learning rate"),
}
ENOUGH = 0.985
"""Share of networks that are to be cured: what the literature's repair system repairs of what it detects."""


def exceeded(count: int, share: float = ENOUGH) -> Number:
    """The largest number of cured networks that is less than a share of `count`."""
    return Number(math.ceil(share * count) - 1, "d")


CONFIG = cures.Config(pairs=1)
"""Treatments of a build, each beside one twin: what settles the comparison takes longer, and is recorded."""


@dataclass(frozen=True)
class Result:
    """Treatments made at build, and the record of which of them settle in pairs that the network trains as well."""

    treated: cures.Result
    whole: Whole

    @property
    def config(self) -> tuple[object, ...]:
        """The configurations of the run and of the record."""
        return self.treated.config, self.whole.config

    @property
    def as_well(self) -> frozenset[str]:
        """The names of the networks that train as well as their twin after their treatment."""
        return frozenset(case.name for case in self.whole.cases if case.as_well)

    @property
    def cured(self) -> tuple[Case, ...]:
        """The networks that are sound afterwards, and train as well."""
        return tuple(case for case in self.treated.with_remedy if case.sound and case.name in self.as_well)


def compute() -> Result:
    """Treat the smallest network of each kind of illness in the bank."""
    return Result(measured(cures, CONFIG), _whole.read()[1])


def _groups(result: Result) -> Iterator[tuple[str, list[Case]]]:
    for cause in dict.fromkeys(case.cause for case in result.treated.cases):
        yield cause, [case for case in result.treated.cases if case.cause == cause]


def _winner(result: Result, cases: list[Case]) -> str | None:
    won = [case.attempts[0].kinds[-1] for case in cases if case in result.cured]
    return max(won, key=won.count, default=None)


def table(result: Result, text: Localize) -> Table:
    """Count by cause."""
    rows = []
    for cause, cases in _groups(result):
        winner = _winner(result, cases)
        rows.append(
            (
                text(CAUSES[cause]),
                len(cases),
                sum(case.sound for case in cases),
                sum(case.name in result.as_well for case in cases),
                text(REMEDIES[winner]) if winner else "–",
            )
        )
    return Table(tuple(map(text, (CAUSE, NETWORKS, SOUND, AS_WELL, MOST))), tuple(rows))


def numbers(result: Result) -> dict[str, Number]:
    treated, pairs = result.treated, result.whole.config.treated
    return {
        "networks": Number(len(treated.cases), "d"),
        "treatable": Number(len(treated.with_remedy), "d"),
        "cured": Number(len(result.cured), "d"),
        "by_hand": Number(len(treated.cases) - len(treated.with_remedy), "d"),
        "steps": Number(treated.config.steps, "d"),
        "by_chance": Number(1 / cures.told_worse(1 / 2, pairs), ".0f"),
        "four_of_five": Number(cures.told_worse(4 / 5, pairs), ".0%"),
        "nine_of_ten": Number(cures.told_worse(9 / 10, pairs), ".0%"),
    }


def checks(result: Result) -> dict[str, Check]:
    offered = numbers(result)
    treatable = result.treated.with_remedy
    untreated = sum(case.untreated <= one.last for case in treatable for one in case.pairs.twins)
    return {
        "sound": Check(
            sentence=Text(
                zh="有办法可用的网络，至少有 98.5% 改后正常，按记录学得也不比健康的对照差（个数）",
                en="Of the networks for which there is a remedy at least 98.5% are sound afterwards and, as recorded, "
                "train as well as their sound twin (how many)",
            ),
            measured=offered["cured"],
            relation=">",
            predicted=exceeded(len(treatable)),
            because=Text(zh="逐个网络计数", en="counted network by network"),
            source="gradlab.treatment",
        ),
        "untreated": fewer(
            untreated,
            len(treatable),
            counted=Text(zh="逐个网络计数", en="counted network by network"),
            sentence=Text(
                zh="不处理的话，损失不高于健康对照的网络不到一半（实测：个数）",
                en="Without a treatment fewer than half of them end as low as a sound twin (measured: how many)",
            ),
            source="gradlab.treatment",
        ),
    }
