"""Share of ReLU units that are silent before any training.

A unit is silent if it is off for every input of a batch.

Such a unit passes no gradient to its weights. Its pre-activations have the same sign for all inputs if these have
become alike, so the share depends on the correlation c_l between inputs: it grows with the depth, with inputs that
are not centered, and with PyTorch's default initialization, where the signal shrinks until the bias, which is the
same for all inputs, is most of what is left. The scale of the weights alone does nothing: without bias ReLU keeps
every sign.

The prediction has no adjustable number: c_l from the correlation map of Schoenholz et al. 2017 (arXiv:1611.01232),
and from it the probability that all inputs lie on one side (``theory.silent_share``). With batch normalization no
unit can be silent: its normalized pre-activations have mean 0 over the batch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from gradlab import estimates, initialization, theory
from gradlab._internal import checks, progress
from gradlab._internal.refusals import RefusalError
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLP, MLPConfig


@dataclass(frozen=True)
class Case:
    """One way to build and feed the network.

    Attributes:
        name: identifies the case.
        initialization: name of the initialization.
        bias: ``"none"``, ``"zero"`` or ``"uniform"`` (PyTorch's default).
        offset: m, the inputs are N(m, 1); 0 are centered inputs.
        normalization: None or ``"batch"``, before every ReLU.

    """

    name: str
    initialization: str = "he"
    bias: str = "zero"
    offset: float = 0.0
    normalization: str | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise RefusalError("name", "''", "a name")
        initialization.get(self.initialization)
        checks.one_of("bias", self.bias, initialization.BIASES)
        checks.finite("offset", self.offset)
        if self.normalization is not None:
            checks.one_of("normalization", self.normalization, ("batch",))


CASES = (
    Case("he"),
    Case("he_uncentred", offset=1.0),
    Case("default", initialization="pytorch_default", bias="uniform"),
    Case("default_uncentred", initialization="pytorch_default", bias="uniform", offset=1.0),
    Case("default_without_bias", initialization="pytorch_default"),
    Case("he_batch_norm", normalization="batch"),
)
"""The default cases: He and PyTorch's default with centered inputs and with a mean as large as their spread, the
default without its bias, and He with batch normalization."""


@dataclass(frozen=True)
class Config:
    """Settings shared by all cases.

    Attributes:
        cases: the cases, each name once.
        width: n, units of every layer, and of the input.
        depth: number L of layers, at least 2.
        batch: B, inputs over which a unit is silent, at least 2.
        seeds: seeds 0, 1, ..., at least 2.

    """

    cases: tuple[Case, ...] = CASES
    width: int = 256
    depth: int = 20
    batch: int = 128
    seeds: int = 5

    def __post_init__(self) -> None:
        checks.distinct("cases", [case.name for case in self.cases])
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 2)
        checks.integer("batch", self.batch, 2)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Series:
    """One case; tuples run from the first layer to the last.

    Attributes:
        case: how it was built and fed.
        share: mean over the seeds of the share of units that are 0 for the whole batch.
        standard_error: its standard error over the seeds.
        predicted: infinite width, inputs of equal norm and of equal correlation with each other.
        correlation: predicted correlation c_l of a pre-activation between two inputs; with batch normalization
            that of the normalized ones, -1/(B - 1).

    """

    case: Case
    share: tuple[float, ...]
    standard_error: tuple[float, ...]
    predicted: tuple[float, ...]
    correlation: tuple[float, ...]


@dataclass(frozen=True)
class Result:
    """The cases in the order of the configuration.

    Attributes:
        config: what was run.
        series: one for each case.

    """

    config: Config
    series: tuple[Series, ...]


def _shares(config: Config, case: Case, seed: int) -> tuple[float, ...]:
    """The share of silent units of every layer of one network."""
    generator = torch.Generator().manual_seed(seed)
    x = case.offset + gaussian.inputs(config.batch, config.width, generator)
    shape = MLPConfig(
        width=config.width,
        depth=config.depth,
        initialization=case.initialization,
        normalization=case.normalization,
        bias=case.bias,
    )
    with torch.no_grad():
        steps = MLP(shape, generator).trace(x)
    return tuple(float((step.a == 0).all(dim=0).double().mean()) for step in steps)


def _prediction(config: Config, case: Case) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The correlation and the share of silent units of every layer."""
    if case.normalization is not None:
        # Over the batch the normalized values have mean 0.
        return (-1 / (config.batch - 1),) * config.depth, (0.0,) * config.depth
    sigma_w = initialization.get(case.initialization).sigma_w(config.width)
    # U(±1/√n) has variance 1/(3 n).
    sigma_b = math.sqrt(1 / (3 * config.width)) if case.bias == "uniform" else 0.0
    q_0 = 1 + case.offset**2
    variances = theory.mean_field("relu", sigma_w, config.depth, q_0, sigma_b).q
    correlations = theory.mean_field_correlations("relu", sigma_w, config.depth, q_0, case.offset**2 / q_0, sigma_b)
    return correlations, tuple(
        theory.silent_share(c, config.batch, sigma_b**2 / q) for c, q in zip(correlations, variances, strict=True)
    )


def _series(config: Config, case: Case) -> Series:
    by_seed = [_shares(config, case, seed) for seed in range(config.seeds)]
    shares = [estimates.mean(column) for column in zip(*by_seed, strict=True)]
    correlations, predicted = _prediction(config, case)
    return Series(
        case=case,
        share=tuple(share.value for share in shares),
        standard_error=tuple(share.standard_error for share in shares),
        predicted=predicted,
        correlation=correlations,
    )


def run(config: Config | None = None) -> Result:
    """Feed a batch to the networks of every case and count the silent units."""
    config = Config() if config is None else config
    return Result(config, tuple(_series(config, case) for case in progress.track(config.cases, "dead_units")))
