"""The probe's advice followed: verdicts before and after.

Every network is made ill in one known way, diagnosed, changed as the advice says and in nothing else, and diagnosed
again, from several seeds. What is compared is ‖δ‖ of the first over that of the last layer of the stretch in which
the probe looks; for a finding that is no ratio it is only the verdicts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median

import torch
from torch import Tensor, nn

from gradlab._internal import checks
from gradlab._internal.residual import Residual
from gradlab.networks import ArticleNetwork
from gradlab.probing import advice, diagnosis, probe, structure
from gradlab.probing.bank import HE, PYTORCH_DEFAULT, Member
from gradlab.probing.step import Step


@dataclass(frozen=True)
class Config:
    """Size of the networks and of their inputs.

    Attributes:
        width: units of every layer, and of the input.
        batch: number of inputs.
        seeds: seeds 0, 1, ... of weights and inputs.
        recurrent_layers: how many LSTMs are stacked.
        blocks: how many residual blocks with batch normalization.
        attention_blocks: how many blocks of attention.
        sequences: number of sequences that the LSTMs and the attention are given.
        length: time steps of each sequence.

    """

    width: int = 64
    batch: int = 64
    seeds: int = 5
    recurrent_layers: int = 8
    blocks: int = 50
    attention_blocks: int = 16
    sequences: int = 8
    length: int = 8

    def __post_init__(self) -> None:
        layers = ("recurrent_layers", "blocks", "attention_blocks")
        for argument in ("width", "batch", "seeds", *layers, "sequences", "length"):
            checks.positive_integer(argument, getattr(self, argument))


@dataclass(frozen=True)
class Row:
    """One cause, before and after.

    Attributes:
        cause: what the advice depends on, such as ``"vanishing-relu"``.
        found: from how many seeds the probe names this cause as the worst finding.
        healthy: from how many seeds it finds nothing after the remedy.
        ratio_before: ‖δ‖ of the first over the last layer, median over seeds; None for a finding that is no ratio.
        ratio_after: the same after the remedy.
        steps: how many layers the gradient goes back from the last layer to the first.

    """

    cause: str
    found: int
    healthy: int
    ratio_before: float | None
    ratio_after: float | None
    steps: int


@dataclass(frozen=True)
class Result:
    """Outcome of every cause.

    Attributes:
        config: what was run.
        rows: one for each cause.
        recurrent_factors: per-layer factor of ‖δ‖ in the stacked LSTMs before the remedy, by seed.

    """

    config: Config
    rows: tuple[Row, ...]
    recurrent_factors: tuple[float, ...]


Made = tuple[nn.Module, Tensor, Callable[[Tensor], Tensor]]
Make = Callable[[int], Made]


class _Stacked(nn.Module):
    """LSTMs one upon the other, with residual connections if wished."""

    def __init__(self, layers: int, width: int, *, residual: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.LSTM(width, width, batch_first=True) for _ in range(layers))
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        """The last layer's output."""
        for layer in self.layers:
            y = layer(x)[0]
            x = x + y if self.residual else y
        return x


class _Bottleneck(nn.Module):
    """The residual block of ResNet-50, with linear layers for its convolutions: relu(x + branch(x))."""

    def __init__(self, width: int, *, zero: bool) -> None:
        super().__init__()
        sizes = ((width, width // 4), (width // 4, width // 4), (width // 4, width))
        layers = [(nn.Linear(one, other, bias=False), nn.BatchNorm1d(other)) for one, other in sizes]
        (first, one), (second, two), (third, last) = layers
        self.branch = nn.Sequential(first, one, nn.ReLU(), second, two, nn.ReLU(), third, last)
        if zero:
            nn.init.zeros_(last.weight)

    def forward(self, x: Tensor) -> Tensor:
        """The sum of the branch and of what passes it by, then ReLU."""
        return torch.relu(x + self.branch(x))


def _residual(config: Config, *, zero: bool) -> Make:
    """Residual blocks with batch normalization, each branch of which starts at 0 or does not."""

    def make(seed: int) -> Made:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            blocks = (_Bottleneck(config.width, zero=zero) for _ in range(config.blocks))
            model = nn.Sequential(*blocks, nn.Linear(config.width, 1)).double()
            x = torch.randn(config.batch, config.width, dtype=torch.float64)
        return model, x, torch.sum

    return make


def _zero_read_out(member: Member) -> Make:
    """A network whose last layer is 0."""

    def make(seed: int) -> Made:
        model, x, loss = _member(member)(seed)
        *_, last = (module for module in model.modules() if isinstance(module, nn.Linear))
        nn.init.zeros_(last.weight)
        return model, x, loss

    return make


def _member(member: Member) -> Make:
    def make(seed: int) -> Made:
        one = replace(member, seed=seed)
        model, x = one.make()
        return model, x, one.loss

    return make


def _article(depth: int) -> Make:
    """The source article's network: layers of one unit, with weights around 1.5."""

    def make(seed: int) -> Made:
        model: nn.Module = ArticleNetwork(depth, seed=seed)
        return model, torch.ones(1, 1, dtype=torch.float64), torch.sum

    return make


def _recurrent(config: Config, *, residual: bool) -> Make:
    def make(seed: int) -> Made:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = _Stacked(config.recurrent_layers, config.width, residual=residual).double()
            x = torch.randn(config.sequences, config.length, config.width, dtype=torch.float64)
        # The loss of a task that is read off the end of the sequence.
        return model, x, lambda output: output[:, -1].sum()

    return make


def _transformer(config: Config, *, residual: bool) -> Make:
    """Blocks of attention that nothing passes by, or each normalized, divided and added to what it is given."""
    member = Member(
        "",
        "",
        kind="transformer",
        bypassed=False,
        width=config.width,
        depth=config.attention_blocks,
        batch=config.sequences,
        time_steps=config.length,
        dtype=torch.float64,
    )

    def make(seed: int) -> Made:
        model, x, loss = _member(member)(seed)
        assert isinstance(model, nn.Sequential)  # noqa: S101 - as every member of the bank is
        for place in range(member.depth) if residual else ():
            branch = nn.Sequential(nn.LayerNorm(member.width, dtype=member.dtype), model[place])
            model[place] = Residual(branch, 1 / math.sqrt(member.depth))
        return model, x, loss

    return make


def _pairs(config: Config) -> dict[str, tuple[Make, Make]]:
    """By cause a network that is ill, and the same with the remedy."""

    def pair(before: dict[str, object], after: dict[str, object]) -> tuple[Make, Make]:
        ill = replace(shared, **before)  # type: ignore[arg-type]
        return _member(ill), _member(replace(ill, **after))  # type: ignore[arg-type]

    shared = Member("", "", width=config.width, batch=config.batch, dtype=torch.float64, depth=20)
    return {
        "non-finite": pair({"fault": "infinite"}, {"fault": "none"}),
        "cut off": pair({"fault": "detached"}, {"fault": "none"}),
        "dead": pair({"fault": "dead"}, {"fault": "none"}),
        "narrow": (_article(shared.depth), _member(shared)),
        "exploding-weights": pair({"sigma_w": 2.4}, {"sigma_w": HE}),
        "exploding-normalized": pair({"normalization": "batch", "depth": 30}, {"residual": 1 / math.sqrt(30)}),
        "exploding-residual": pair({"residual": 1.0, "depth": 30}, {"residual": 1 / math.sqrt(30)}),
        "saturated": pair({"fault": "saturated", "activation": "tanh", "sigma_w": 1.0, "depth": 6}, {"fault": "none"}),
        "vanishing-relu": pair({"sigma_w": PYTORCH_DEFAULT}, {"sigma_w": HE}),
        "vanishing-tanh": pair({"activation": "tanh", "sigma_w": PYTORCH_DEFAULT, "depth": 12}, {"sigma_w": 1.0}),
        "vanishing-saturating": pair({"activation": "sigmoid", "sigma_w": 1.0}, {"normalization": "batch"}),
        "vanishing-transformer": (_transformer(config, residual=False), _transformer(config, residual=True)),
        "vanishing-recurrent": (_recurrent(config, residual=False), _recurrent(config, residual=True)),
        "vanishing-smooth": pair({"activation": "gelu", "sigma_w": 1.0}, {"normalization": "layer"}),
        "apart": pair({"fault": "saturated", "normalization": "layer"}, {"fault": "none"}),
        "stream": (_residual(config, zero=False), _residual(config, zero=True)),
        "blocked": (_zero_read_out(shared), _member(shared)),
    }


def _step(made: Made) -> Step:
    model, x, loss = made
    with probe(model) as record:
        loss(model(x)).backward()  # type: ignore[no-untyped-call]
    return record.steps[-1]


def _cause(step: Step) -> str:
    found = diagnosis.findings(step)
    return advice.cause(found[0], step) if found else diagnosis.verdict(step, found)


def _ratio(step: Step) -> tuple[float, int] | None:
    """‖δ‖ of the first over the last layer of the longest stretch, and how many layers it has come."""
    longest = max(structure.stretches(step), key=lambda stretch: len(stretch.calls), default=None)
    if longest is None or not longest.ratio:
        return None
    return longest.ratio, len(longest.calls) - 1


def _row(cause: str, ill: list[Step], mended: list[Step]) -> Row:
    before, after = ([_ratio(step) for step in steps] for steps in (ill, mended))
    along = cause.startswith(("vanishing", "exploding", "narrow", "stream"))
    known = [ratio for ratio in before if ratio is not None]
    return Row(
        cause=cause,
        found=sum(_cause(step) == cause for step in ill),
        healthy=sum(_cause(step) == "healthy" for step in mended),
        ratio_before=median(ratio for ratio, _ in known) if along else None,
        ratio_after=median(ratio for ratio, _ in filter(None, after)) if along else None,
        steps=known[0][1] if known else 0,
    )


def run(config: Config | None = None) -> Result:
    """Diagnose every network before and after its remedy."""
    config = config or Config()
    pairs = _pairs(config)
    rows, factors = [], []
    for cause, (ill, mended) in pairs.items():
        before = [_step(ill(seed)) for seed in range(config.seeds)]
        rows.append(_row(cause, before, [_step(mended(seed)) for seed in range(config.seeds)]))
        if cause == "vanishing-recurrent":
            factors = [ratio[0] ** (1 / ratio[1]) for ratio in map(_ratio, before) if ratio is not None]
    return Result(config, tuple(rows), tuple(factors))
