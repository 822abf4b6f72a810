"""The training task with other noise in the data: what depends on the sample, and what does not."""

import math
from dataclasses import dataclass
from inspect import signature

from figures_src.cache.results import measured
from figures_src.exhibits._shared.spirals import CONFIG, GUESSING, LEARNED, SETTINGS, find
from figures_src.exhibits.remedies import _remedies
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from figures_src.model.tables import extent
from gradlab.datasets import two_spirals
from gradlab.experiments.training import spirals
from gradlab.experiments.training.spirals import RowResult

TITLE = Text(zh="换几份数据再训练", en="The training repeated on other data")
NETWORK = Text(zh="网络", en="Network")
DATA = Text(zh="数据的随机种子", en="Seed of the data")
MEDIAN = Text(zh="损失，中位数", en="Loss, median")
RANGE = Text(zh="损失，最小 – 最大", en="Loss, smallest – largest")
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
            low, high = (_remedies.loss(bound(row.final_losses), text) for bound in (min, max))
            rows.append(
                (
                    text(label),
                    one.config.data_seed,
                    _remedies.loss(row.median_final_loss, text),
                    extent(low, high),
                    sum(map(math.isinf, row.final_losses)),
                )
            )
    return Table(tuple(map(text, (NETWORK, DATA, MEDIAN, RANGE, OVERFLOWS))), tuple(rows))


def numbers(result: Result) -> dict[str, Number]:
    he = [row.median_final_loss for row in _rows(result, "relu_he")]
    offered = {
        "data_sets": Number(len(result.every), "d"),
        "steps": Number(result.usual.config.depth - 1, "d"),
        "noise": Number(signature(two_spirals).parameters["noise"].default, "g"),
        "networks": Number(len(_losses(result, "relu_residual")), "d"),
        "residual_overflows": Number(sum(map(math.isinf, _losses(result, "relu_residual"))), "d"),
        "he_overflows": Number(sum(map(math.isinf, _losses(result, "relu_he"))), "d"),
        "he_low": Number(min(he), ".2f"),
        "he_high": Number(max(he), ".2f"),
    }
    for name in ("sigmoid_residual", "sigmoid_batch_norm"):
        digits = ".2f" if name == "sigmoid_residual" else ".3f"
        offered |= {
            f"{name}_low": Number(min(_losses(result, name)), digits),
            f"{name}_high": Number(max(_losses(result, name)), digits),
        }
    return offered


def checks(result: Result) -> dict[str, Check]:
    chance = result.usual.chance_loss
    overflows = [sum(map(math.isinf, row.final_losses)) for row in _rows(result, "relu_residual")]
    every_data = Text(zh=f"{len(result.every)} 份数据中最不利的一份", en=f"the worst of {len(result.every)} data sets")
    return {
        "batch_norm_learns": Check(
            sentence=Text(
                zh="换几份数据，加上批量归一化的 Sigmoid 网络都能学会，每个随机种子都如此",
                en="On other data, too, the sigmoid network with batch normalization learns from every seed",
            ),
            measured=Number(max(_losses(result, "sigmoid_batch_norm")), ".4f"),
            relation="<",
            predicted=Number(LEARNED * chance, ".4f"),
            because=Text(
                zh="取损失最大的网络，与随机猜测的损失的五分之一相比",
                en="the network with the largest loss, against a fifth of the loss of guessing",
            ),
            source=GUESSING,
        ),
        "sigmoid_residual": Check(
            sentence=Text(
                zh="换几份数据，有残差连接的 Sigmoid 网络在同样的步数里都没有学会",
                en="On other data, too, the sigmoid network with residual connections does not learn in as many steps",
            ),
            measured=Number(min(_losses(result, "sigmoid_residual")), ".4f"),
            relation=">",
            predicted=Number(LEARNED * chance, ".4f"),
            because=Text(
                zh="取损失最小的网络，与随机猜测的损失的五分之一相比",
                en="the network with the smallest loss, against a fifth of the loss of guessing",
            ),
            source=GUESSING,
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
