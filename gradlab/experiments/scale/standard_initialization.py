"""The tanh networks of Glorot and Bengio: gradients by layer under two initializations.

Glorot & Bengio 2010 (AISTATS, Proceedings of Machine Learning Research 9, 249-256): five hidden tanh layers of a
thousand units. With the initialization that was standard then, U(±1/√n), back-propagated gradients get smaller from
layer to layer on the way down (their figure 7), and the gradients of the weights do not (figure 8, equation 14); with
the one that they propose, of three times the variance, gradients keep their size.

Prediction: mean field (``theory.mean_field``), with σ_w = 1/√3 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from gradlab import estimates, initialization, theory
from gradlab._internal import checks, progress
from gradlab.experiments._shared import gaussian
from gradlab.networks import MLPConfig


@dataclass(frozen=True)
class Config:
    """The networks to draw: tanh, no bias, inputs and output gradients N(0, 1).

    Attributes:
        initializations: names in :data:`gradlab.initialization.INITIALIZATIONS`.
        width: units of every layer, and of the input.
        depth: number L of hidden layers, at least 2.
        batch: inputs of each network.
        seeds: seeds 0, 1, ..., at least 2.

    """

    initializations: tuple[str, ...] = ("pytorch_default", "xavier")
    width: int = 500
    depth: int = 5
    batch: int = 20
    seeds: int = 6

    def __post_init__(self) -> None:
        checks.distinct("initializations", self.initializations)
        for name in self.initializations:
            initialization.get(name)
        checks.positive_integer("width", self.width)
        checks.integer("depth", self.depth, 2)
        checks.positive_integer("batch", self.batch)
        checks.integer("seeds", self.seeds, 2)


@dataclass(frozen=True)
class Profile:
    """One initialization; tuples run over the layers, first to last. Means over the seeds are geometric.

    Attributes:
        initialization: its name.
        delta: mean of ‖δ_l‖/‖δ_L‖, δ the gradient with respect to the pre-activation.
        delta_standard_error: its standard error, 0 for the last layer.
        predicted_delta: mean field.
        weight_gradient: mean of ‖∂W_l‖/‖∂W_L‖.
        activation: mean of the root mean square of a_l.

    """

    initialization: str
    delta: tuple[float, ...]
    delta_standard_error: tuple[float, ...]
    predicted_delta: tuple[float, ...]
    weight_gradient: tuple[float, ...]
    activation: tuple[float, ...]


@dataclass(frozen=True)
class Result:
    """The profiles in the order of the configuration.

    Attributes:
        config: what was run.
        profiles: one for each initialization.

    """

    config: Config
    profiles: tuple[Profile, ...]


def _profile(config: Config, name: str) -> Profile:
    shape = MLPConfig(config.width, config.depth, "tanh", initialization=name, bias="none")
    runs = [gaussian.record_pass(shape, config.batch, seed) for seed in range(config.seeds)]
    size = (config.batch * config.width) ** 0.5
    delta = [
        estimates.geometric_mean(column)
        for column in zip(*([layer.dz_norm / run[-1].dz_norm for layer in run] for run in runs), strict=True)
    ]
    sigma_w = initialization.get(name).sigma_w(config.width)
    return Profile(
        initialization=name,
        delta=tuple(one.value for one in delta),
        delta_standard_error=tuple(one.standard_error for one in delta),
        predicted_delta=theory.mean_field("tanh", sigma_w, config.depth).profile[::-1],
        weight_gradient=estimates.geometric_means([[one.dW_norm / run[-1].dW_norm for one in run] for run in runs]),
        activation=estimates.geometric_means([[one.a_norm / size for one in run] for run in runs]),
    )


def run(config: Config | None = None) -> Result:
    """Record one pass of every network, and the size of its gradients layer by layer."""
    config = Config() if config is None else config
    names = progress.track(config.initializations, "standard_initialization")
    return Result(config, tuple(_profile(config, name) for name in names))
