"""Outputs and losses that contradict each other, each beside the same training without the contradiction."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from figures_src.exhibits.causes import _pairs
from figures_src.exhibits.causes._pairs import (
    CLASSES,
    Data,
    Pair,
    Result,
    Setting,
    accuracy,
    explained,
    network,
    scores,
)
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Localize, Text

TITLE = Text(zh="输出与损失互相矛盾", en="Output and loss contradict each other")
STEPS = 300
PRICE, SPREAD = 20_000.0, 5_000.0
WORDS, EMBEDDED = 300, 96


def _twice(known: Data, faulty: bool) -> Setting:
    model = network(CLASSES, *([nn.Softmax(1)] if faulty else []))
    return Setting(model, lambda output: functional.cross_entropy(output, known.classes), known.x)


def _logits(known: Data, faulty: bool) -> Setting:
    loss = functional.nll_loss if faulty else functional.cross_entropy
    return Setting(network(CLASSES), lambda output: loss(output, known.classes), known.x)


def _shapes(known: Data, faulty: bool) -> Setting:
    targets = known.value if faulty else known.value[:, 0]

    def loss(output: Tensor) -> Tensor:
        return (output - targets).square().mean()

    return Setting(network(1, nn.Flatten(0)), loss, known.x)


def _cut(known: Data, faulty: bool) -> Setting:
    model = network(CLASSES, *([nn.Tanh()] if faulty else []))
    return Setting(model, lambda output: functional.cross_entropy(output, known.classes), known.x)


def _range(known: Data, faulty: bool) -> Setting:
    model = network(1, *([nn.Sigmoid()] if faulty else []))
    return Setting(model, lambda output: functional.mse_loss(output, known.value), known.x)


def _prices(known: Data, faulty: bool) -> Setting:
    targets = PRICE + SPREAD * known.value if faulty else known.value
    return Setting(network(1), lambda output: functional.mse_loss(output, targets), known.x)


def _price_score(known: Data, output: Tensor) -> float:
    """The better of both readings of an output: as a price, and as a value."""
    return max(explained(known, output), explained(known, (output - PRICE) / SPREAD))


class _Language(nn.Module):
    """A model of words whose last layer shares the weights of its embedding."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, EMBEDDED)
        self.hidden = nn.Linear(EMBEDDED, EMBEDDED)
        self.norm = nn.LayerNorm(EMBEDDED)
        self.out = nn.Linear(EMBEDDED, WORDS, bias=False)
        nn.init.normal_(self.embedding.weight, std=scale)
        self.out.weight = self.embedding.weight

    def forward(self, words: Tensor) -> Tensor:
        embedded = self.embedding(words)
        logits: Tensor = self.out(self.norm(embedded + self.hidden(embedded).relu()))
        return logits


def _first_loss(_: Data, faulty: bool) -> Setting:
    torch.manual_seed(0)
    words = torch.randint(WORDS, (8, 13))
    model = _Language(1.0 if faulty else 0.02)
    return Setting(
        model, lambda output: functional.cross_entropy(output.flatten(0, 1), words[:, 1:].flatten()), words[:, :-1]
    )


def _saturated(known: Data, faulty: bool) -> Setting:
    generator, judge = network(10), network(1)
    with torch.no_grad():
        list(judge.parameters())[-1].fill_(-20.0)
    if faulty:
        both = nn.Sequential(generator, judge, nn.Sigmoid())
        return Setting(both, lambda output: (1 - output).clamp_min(1e-30).log().mean(), known.x)
    real = torch.ones(len(known.x), 1)
    both = nn.Sequential(generator, judge)
    return Setting(both, lambda output: functional.binary_cross_entropy_with_logits(output, real), known.x)


PAIRS = {
    "normalized_twice": Pair(
        "normalized twice",
        Text(zh="softmax 之后用交叉熵", en="Softmax before cross-entropy"),
        _twice,
        accuracy,
    ),
    "logits_as_probabilities": Pair(
        "logits as probabilities", Text(zh="nll_loss 直接用 logits", en="Logits into nll_loss"), _logits, accuracy
    ),
    "wrong_shapes": Pair(
        "wrong shapes", Text(zh="输出 (N)，目标 (N, 1)", en="Output (N), targets (N, 1)"), _shapes, explained
    ),
    "output_cut": Pair("output cut", Text(zh="logits 后面有 Tanh", en="Tanh on the logits"), _cut, accuracy),
    "targets_out_of_range": Pair(
        "targets out of range",
        Text(zh="Sigmoid 输出，目标有正有负", en="Sigmoid output, targets of both signs"),
        _range,
        explained,
    ),
    "targets_not_scaled": Pair(
        "targets not scaled", Text(zh="目标没有缩放", en="Targets that are not scaled"), _prices, _price_score
    ),
    "first_loss_too_large": Pair(
        "first loss too large",
        Text(zh="共用的嵌入层，标准差为 1", en="A tied embedding with a standard deviation of 1"),
        _first_loss,
    ),
    "output_saturated": Pair(
        "output saturated", Text(zh="判别器的 Sigmoid 饱和", en="A discriminator's saturated sigmoid"), _saturated
    ),
}
REGRESSIONS = ("wrong_shapes", "targets_out_of_range", "targets_not_scaled")


def compute() -> Result:
    """Every pair."""
    return _pairs.outcomes(PAIRS, STEPS)


def listings(result: Result, language: Language) -> dict[str, str]:
    """What the probe says of every fault."""
    return _pairs.listings(result, language)


def table(result: Result, text: Localize) -> Table:
    """What each has learned."""
    return _pairs.table(PAIRS, result, text)


def numbers(result: Result) -> dict[str, Number]:
    return {
        "steps": Number(STEPS, "d"),
        "shapes_score": Number(result.faulty["wrong_shapes"].score or 0.0, ".2f"),
    }


def checks(result: Result) -> dict[str, Check]:
    worst = min(scores(result.mended, [*PAIRS]))
    best = max(scores(result.faulty, REGRESSIONS))
    return _pairs.told(PAIRS, result) | {
        "mended": _pairs.learned(
            worst,
            ">",
            Text(
                zh="改正之后，每个网络都学到了九成以上（实测：最差的一个）",
                en="Once mended, every network learns nine tenths of what there is (measured: the worst of them)",
            ),
            "1 - MSE/Var",
        ),
        "regressions": _pairs.learned(
            best,
            "<",
            Text(
                zh="形状不同、目标超出范围、目标没有缩放：三者都学不到九成（实测：最好的一个）",
                en="With wrong shapes, targets out of range or targets not scaled nine tenths are not learned "
                "(measured: the best of the three)",
            ),
            "1 - MSE/Var",
        ),
    }
