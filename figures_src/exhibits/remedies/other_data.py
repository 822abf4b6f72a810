"""The training task with other noise in the data: what depends on the sample, and what does not."""

import math
from dataclasses import dataclass
from inspect import signature

from figures_src.cache.results import measured
from figures_src.exhibits._shared.labels import decades, loss
from figures_src.exhibits._shared.spirals import (
    CONFIG,
    LEARNED,
    SETTINGS,
    find,
    learned,
    learns,
    shown_loss,
    stays_above,
)
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.datasets import two_spirals
from gradlab.experiments.training import spirals
from gradlab.experiments.training.spirals import RowResult

TITLE = Text(zh="换几份数据再训练", en="The training repeated on other data")
NETWORK = Text(zh="网络", en="Network")
DATA = Text(zh="数据的随机种子", en="Seed of the data")
MEDIAN = Text(zh="损失，中位数", en="Loss, median")
LEARN = Text(zh="学会的网络", en="Networks that learn")
OVERFLOWS = Text(zh="溢出的网络", en="Networks that overflow")
ROWS = {
    "sigmoid_residual": Text(zh="Sigmoid，Xavier，残差连接", en="Sigmoid, Xavier, residual connections"),
    "sigmoid_batch_norm": Text(zh="Sigmoid，Xavier，BN", en="Sigmoid, Xavier, BN"),
    "relu_he": Text(zh="ReLU，He", en="ReLU, He"),
    "relu_residual": Text(zh="ReLU，He，残差连接", en="ReLU, He, residual connections"),
}
OTHER_SEEDS = (1, 2)


@dataclass(frozen=True)
class Result:
    """The rows on the data of the other exhibits, and on other data."""

    usual: spirals.Result
    others: tuple[spirals.Result, ...]

    @property
    def config(self) -> tuple[spirals.Config, ...]:
        """The configuration of the run."""
        return tuple(result.config for result in self.others)

    @property
    def every(self) -> tuple[spirals.Result, ...]:
        """All data sets, the usual one first."""
        return self.usual, *self.others


def compute() -> Result:
    """Train the rows that vary most, or are quoted with most digits, on other data."""
    rows = tuple(SETTINGS[name] for name in ROWS)
    others = (spirals.Config(rows=rows, data_seed=seed) for seed in OTHER_SEEDS)
    return Result(measured(spirals, CONFIG), tuple(measured(spirals, config) for config in others))


def _rows(result: Result, name: str) -> list[RowResult]:
    return [find(one, name) for one in result.every]


def _losses(result: Result, name: str) -> list[float]:
    return [loss for row in _rows(result, name) for loss in row.final_losses]


def table(result: Result, text: Localize) -> Table:
    """List every row on every data set."""
    rows = []
    for name, label in ROWS.items():
        for one, row in zip(result.every, _rows(result, name), strict=True):
            rows.append(
                (
                    text(label),
                    one.config.data_seed,
                    shown_loss(row.median_final_loss, text),
                    learned(row.final_losses, one.chance_loss),
                    sum(map(math.isinf, row.final_losses)),
                )
            )
    return Table(tuple(map(text, (NETWORK, DATA, MEDIAN, LEARN, OVERFLOWS))), tuple(rows))


def numbers(result: Result) -> dict[str, Number]:
    return {
        "data_sets": Number(len(result.every), "d"),
        "steps": Number(result.usual.config.depth - 1, "d"),
        "noise": Number(signature(two_spirals).parameters["noise"].default, "g"),
        "networks": Number(len(_losses(result, "relu_residual")), "d"),
        "residual_overflows": Number(sum(map(math.isinf, _losses(result, "relu_residual"))), "d"),
        "he_learned": Number(learned(_losses(result, "relu_he"), result.usual.chance_loss), "d"),
        "he_overflows": Number(sum(map(math.isinf, _losses(result, "relu_he"))), "d"),
        "sigmoid_residual_low": Number(min(_losses(result, "sigmoid_residual")), ".2f"),
        "sigmoid_residual_high": Number(max(_losses(result, "sigmoid_residual")), ".2f"),
        "sigmoid_batch_norm_high": loss(max(_losses(result, "sigmoid_batch_norm"))),
    }


def checks(result: Result) -> dict[str, Check]:
    chance = result.usual.chance_loss
    he = [loss for loss in _losses(result, "relu_he") if math.isfinite(loss)]
    overflows = [sum(map(math.isinf, row.final_losses)) for row in _rows(result, "relu_residual")]
    every_data = Text(zh=f"{len(result.every)} 份数据中最不利的一份", en=f"the worst of {len(result.every)} data sets")
    return {
        "batch_norm_learns": learns(
            _losses(result, "sigmoid_batch_norm"),
            chance,
            Text(
                zh="换几份数据，加上批量归一化的 Sigmoid 网络都能学会，每个随机种子都如此",
                en="On other data, too, the sigmoid network with batch normalization learns from every seed",
            ),
            Text(
                zh="损失低于随机猜测的五分之一的网络个数",
                en="how many networks end below a fifth of the loss of guessing",
            ),
        ),
        "sigmoid_residual": stays_above(
            _losses(result, "sigmoid_residual"),
            LEARNED * chance,
            Text(
                zh="换几份数据，有残差连接的 Sigmoid 网络在同样的步数里都没有学会",
                en="On other data, too, the sigmoid network with residual connections does not learn in as many steps",
            ),
        ),
        "he_varies": Check(
            sentence=Text(
                zh="只用 He 初始化和普通梯度下降，结果因随机种子和数据而异：不溢出的网络里，最大的损失是最小的 "
                f"{1 / LEARNED:g} 倍以上",
                en="With He initialization and plain gradient descent the outcome depends on seed and data: of the "
                f"networks that do not overflow, the largest loss is more than {1 / LEARNED:g} times the smallest",
            ),
            measured=decades(max(he) / min(he)),
            relation=">",
            predicted=Number(1 / LEARNED, "g"),
            because=Text(zh="最大值与最小值之比", en="ratio of the largest to the smallest"),
            source="max/min",
        ),
        "residual_overflows": Check(
            sentence=Text(
                zh="残差分支不缩放的 He 网络，在每一份数据上都有半数以上溢出（实测值是溢出的个数）",
                en="With the branch unscaled most He networks overflow on every data set (measured: how many do)",
            ),
            measured=Number(min(overflows), "d"),
            relation=">",
            predicted=Number(result.usual.config.seeds / 2, "g"),
            because=every_data,
            source="2^(L/2)",
        ),
    }
