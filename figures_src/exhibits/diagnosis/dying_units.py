"""Units that die of a learning rate far too large: the verdict changes along the way."""

import math
from statistics import median

from figures_src.cache.results import measured
from figures_src.exhibits._shared.counts import most
from figures_src.exhibits._shared.labels import decades, percent
from figures_src.exhibits._shared.printed import printed
from figures_src.exhibits._shared.spirals import LEARNED, MEDIAN_SEED
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Language, Text
from gradlab.experiments.diagnosis import dying_units
from gradlab.probing.diagnosis import HINDERING
from gradlab.probing.history import Entry

TITLE = Text(zh="学习率过大，单元死亡", en="Units that die of a learning rate far too large")
COUNTED = Text(zh="逐个随机种子计数", en="counted seed by seed")
SOURCE = "gradlab.probing"
NINE_TENTHS = 0.9
NOT_ILL = {"healthy", "inconclusive"}


def compute() -> dying_units.Result:
    """Train from five seeds, with each learning rate."""
    return measured(dying_units, dying_units.Config())


def listings(result: dying_units.Result, language: Language) -> dict[str, str]:
    """The report after the large steps, the lines that a log prints, and the report with the smaller rate."""
    return {
        "large": printed(result.steps, language),
        "log": "\n".join(Entry(step).line(language) for step in result.steps),
        "small": printed(result.mended_steps, language),
    }


def numbers(result: dying_units.Result) -> dict[str, Number]:
    config = result.config
    return {
        "depth": Number(config.depth, "d"),
        "width": Number(config.width, "d"),
        "large": Number(config.large, "g"),
        "small": Number(config.small, "g"),
        "middle": Number(config.middle, "g"),
        "steps": Number(config.steps, "d"),
        "every": Number(config.every, "d"),
        "seeds": Number(config.seeds, "d"),
        "fitted_loss": decades(max(outcome.loss for outcome in result.fitted)),
        "unexplained": Number(math.exp(HINDERING), "g"),
    }


def checks(result: dying_units.Result) -> dict[str, Check]:
    seeds = Number(result.config.seeds, "d")
    learned = LEARNED * math.log(2)
    well = [outcome for outcome in result.small if "dead" not in outcome.verdicts and outcome.loss < learned]
    return {
        "one_step": most(
            sum(outcome.verdicts[-1] == "dead" for outcome in result.large),
            result.config.seeds,
            counted=COUNTED,
            sentence=Text(
                zh="学习率过大时，正常的网络训练之后有死亡的层，过半的随机种子如此（实测：这样的随机种子数）",
                en="With a learning rate far too large a healthy network has dead layers after training, from more "
                "than half of the seeds (measured: how many seeds)",
            ),
            source=SOURCE,
        ),
        "waiting": Check(
            sentence=Text(
                zh="随后改用合适的学习率继续训练，死亡的层没有恢复：最严重的一层仍有九成以上的单元静默"
                "（取各随机种子的中位数）",
                en="Trained on with a good learning rate they stay dead: more than nine tenths of the units of the "
                "worst layer are silent (the median of the seeds)",
            ),
            measured=percent(median(outcome.silent for outcome in result.afterwards)),
            relation=">",
            predicted=percent(NINE_TENTHS),
            because=MEDIAN_SEED,
            source="φ′(z) = 0",
        ),
        "smaller": Check(
            sentence=Text(
                zh="一开始就用合适的学习率，记录的各步都没有死亡的层，网络也学会了（实测：这样的随机种子数）",
                en="With the good learning rate from the start no recorded step has dead layers, and the network "
                "learns (measured: how many seeds)",
            ),
            measured=Number(len(well), "d"),
            relation="=",
            predicted=seeds,
            because=COUNTED,
            source=SOURCE,
        ),
        "fitted": Check(
            sentence=Text(
                zh="把数据拟合到无可再学，途中没有一步被诊断为有病（实测：这样的随机种子数）",
                en="While they fit the data until nothing is left to learn, no recorded step is called ill (measured: "
                "for how many seeds)",
            ),
            measured=Number(sum(NOT_ILL.issuperset(outcome.verdicts) for outcome in result.fitted), "d"),
            relation="=",
            predicted=seeds,
            because=COUNTED,
            source=SOURCE,
        ),
        "fitted_ratio": Check(
            sentence=Text(
                zh="拟合之后，‖δ‖ 的首末层之比仍在 100 倍以内（取最大的随机种子）",
                en="Once they have fitted the data, ‖δ‖ of the first layer is within 100 times that of the last "
                "(the seed with the largest)",
            ),
            measured=Number(max(outcome.ratio for outcome in result.fitted), ".3g"),
            relation="<",
            predicted=Number(math.exp(HINDERING), "g"),
            because=Text(zh="取比值最大的随机种子", en="the seed with the largest ratio"),
            source=SOURCE,
        ),
    }
