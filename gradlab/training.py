"""Full-batch gradient descent or Adam on many networks of one shape at once, each with its own rates.

The networks are those of ``networks.MLP``; their parameters are stacked, so that one batched product serves
all of them. Each is trained on its own: neither its loss nor its clipping depends on the others.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from gradlab import activations
from gradlab._internal import checks
from gradlab._internal.descent import clipping_factors
from gradlab._internal.refusals import RefusalError
from gradlab.datasets import Samples
from gradlab.networks import MLP, MLPConfig

OPTIMIZERS = ("descent", "adam")
"""Rules that turn a gradient into a step: plain gradient descent, or Adam (Kingma & Ba 2015, arXiv:1412.6980)."""

# Adam's β_1, β_2 and ε: the values of the paper and of PyTorch.
_DECAY, _SQUARE_DECAY, _ADAM_EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Rule:
    """Rule by which one network is trained.

    Attributes:
        learning_rate: the learning rate η.
        maximum_norm: bound of the global norm of its gradients (as ``clip_grad_norm_``); None: no clipping.
        optimizer: ``"descent"`` (plain gradient descent) or ``"adam"`` (Kingma & Ba 2015, arXiv:1412.6980), the same
            for all networks that are trained at once.

    """

    learning_rate: float
    maximum_norm: float | None = None
    optimizer: str = "descent"

    def __post_init__(self) -> None:
        checks.one_of("optimizer", self.optimizer, OPTIMIZERS)
        checks.positive("learning_rate", self.learning_rate)
        if self.maximum_norm is not None:
            checks.positive("maximum_norm", self.maximum_norm)


@dataclass(frozen=True)
class Outcome:
    """Outcome of one network's training.

    Attributes:
        first_loss: binary cross-entropy before the first step.
        final_loss: after the last step; infinity if it left the finite numbers on the way.
        accuracy: share of the points classified correctly after the last step; 0 if it diverged.
        diverged_at: number of steps after which the loss was no longer finite; None if it stayed so.
        losses: loss before step 1, 2, ... and after the last, as long as it was finite.
        trained: a copy of the network as it is after the last step; None if it diverged.

    """

    first_loss: float
    final_loss: float
    accuracy: float
    diverged_at: int | None
    losses: tuple[float, ...]
    trained: MLP | None = field(default=None, compare=False, repr=False)


def _parameters(network: MLP) -> list[Tensor]:
    """All weights, then all biases, gains and shifts, these three as columns."""
    layers = network.linear_layers
    normalizations = [part for part in network.normalizations if isinstance(part, (nn.BatchNorm1d, nn.LayerNorm))]
    columns = [layer.bias for layer in layers] if network.config.bias != "none" else []
    columns += [part.weight for part in normalizations] + [part.bias for part in normalizations]
    return [layer.weight for layer in layers] + [column.unsqueeze(1) for column in columns]


class _Adam:
    """Running means of the gradients and of their squares, for networks that all started at the same step."""

    def __init__(self, means: Sequence[Tensor], squares: Sequence[Tensor], step: int = 0) -> None:
        self.means, self.squares, self.step = means, squares, step

    @classmethod
    def of(cls, parameters: Sequence[Tensor]) -> _Adam:
        return cls([torch.zeros_like(one) for one in parameters], [torch.zeros_like(one) for one in parameters])

    def select(self, keep: Tensor) -> _Adam:
        return _Adam([one[keep] for one in self.means], [one[keep] for one in self.squares], self.step)

    def directions(self, gradients: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The directions that the learning rate multiplies: Algorithm 1 of Kingma & Ba 2015, ε as in PyTorch."""
        self.step += 1
        first, second = 1 - _DECAY**self.step, 1 - _SQUARE_DECAY**self.step
        directions = []
        for mean, square, gradient in zip(self.means, self.squares, gradients, strict=True):
            mean.mul_(_DECAY).add_(gradient, alpha=1 - _DECAY)
            square.mul_(_SQUARE_DECAY).addcmul_(gradient, gradient, value=1 - _SQUARE_DECAY)
            directions.append(mean / first / ((square / second).sqrt() + _ADAM_EPSILON))
        return tuple(directions)


class _Stack:
    """The parameters of S networks of one shape; activations have shape (S, width, samples)."""

    def __init__(self, config: MLPConfig, parameters: Sequence[Tensor], adam: _Adam | None) -> None:
        self.config = config
        self.adam = adam
        self.parameters = tuple(parameter.detach().requires_grad_() for parameter in parameters)
        layers = config.depth + 1
        self.weights = self.parameters[:layers]
        rest = self.parameters[layers:]
        self.biases = rest[:layers] if config.bias != "none" else ()
        rest = rest[len(self.biases) :]
        self.gains, self.shifts = rest[: config.depth], rest[config.depth :]
        self.activation = activations.get(config.activation)

    @classmethod
    def of(cls, networks: Sequence[MLP], optimizer: str) -> _Stack:
        columns = zip(*map(_parameters, networks), strict=True)
        parameters = [torch.stack(column).detach() for column in columns]
        return cls(networks[0].config, parameters, _Adam.of(parameters) if optimizer == "adam" else None)

    def select(self, keep: Tensor) -> _Stack:
        adam = None if self.adam is None else self.adam.select(keep)
        return _Stack(self.config, [parameter[keep] for parameter in self.parameters], adam)

    def network(self, index: int, like: MLP) -> MLP:
        """A copy of a network with the parameters that the one at ``index`` has now."""
        made = copy.deepcopy(like)
        with torch.no_grad():
            for parameter, values in zip(_parameters(made), self.parameters, strict=True):
                parameter.copy_(values[index])
        return made

    def _linear(self, index: int, a: Tensor) -> Tensor:
        if self.biases:
            return torch.baddbmm(self.biases[index], self.weights[index], a)
        return torch.bmm(self.weights[index], a)

    def _normalize(self, index: int, z: Tensor) -> Tensor:
        if not self.gains:
            return z
        if self.config.normalization == "layer":
            y = nn.functional.layer_norm(z.mT, z.shape[1:2], eps=self.config.epsilon).mT
            return y * self.gains[index] + self.shifts[index]
        S, width, samples = z.shape
        # Each unit of each network is a channel of its own, its samples are the positions of that channel.
        y = nn.functional.batch_norm(
            z.reshape(1, S * width, samples),
            None,
            None,
            self.gains[index].reshape(-1),
            self.shifts[index].reshape(-1),
            training=True,
            eps=self.config.epsilon,
        )
        return y.view(S, width, samples)

    def outputs(self, x: Tensor) -> Tensor:
        """The outputs before the sigmoid, shape (S, samples), for x of shape (width, samples)."""
        a = x.expand(len(self.weights[0]), -1, -1)
        z = a
        for index in range(self.config.depth):
            update = self._linear(index, a)
            residual = self.config.residual_scale is not None and index > 0
            z = z + (self.config.residual_scale or 0.0) * update if residual else update
            a = self.activation(self._normalize(index, z))
        return self._linear(self.config.depth, a)[:, 0]

    def descend(self, loss: Tensor, rates: Tensor, bounds: Tensor) -> None:
        """Take one step; ``loss`` is the sum over the networks, ``rates`` and ``bounds`` have shape (S,)."""
        gradients = torch.autograd.grad(loss, self.parameters)
        with torch.no_grad():
            kept = torch.ones_like(bounds) if bounds.isinf().all() else clipping_factors(gradients, bounds)
            if self.adam is None:
                directions, step = gradients, (rates * kept).view(-1, 1, 1)
            else:
                directions = self.adam.directions([kept.view(-1, 1, 1) * gradient for gradient in gradients])
                step = rates.view(-1, 1, 1)
            for parameter, direction in zip(self.parameters, directions, strict=True):
                parameter -= step * direction


def _losses(outputs: Tensor, y: Tensor) -> Tensor:
    """The binary cross-entropy of every network, shape (S,), for outputs of shape (S, samples)."""
    y = y.expand_as(outputs)
    return nn.functional.binary_cross_entropy_with_logits(outputs, y, reduction="none").mean(dim=1)


def _check(networks: Sequence[MLP], rules: Sequence[Rule], samples: Samples) -> None:
    if not networks or len(networks) != len(rules):
        raise RefusalError("rules", f"{len(rules)} for {len(networks)} networks", "one for each")
    config = networks[0].config
    optimizers = {rule.optimizer for rule in rules}
    if len(optimizers) > 1:
        raise RefusalError("rules", f"optimizers {sorted(optimizers)}", "the same for all")
    if config.output_width != 1:
        raise ValueError(f"output_width: found {config.output_width!r}, allowed in training: 1")
    alike = ("width", "depth", "activation", "normalization", "residual_scale", "bias", "epsilon")
    for name in (*alike, "widths"):
        found = {getattr(network.config, name) for network in networks}
        if len(found) > 1:
            raise RefusalError("networks", f"{name} {sorted(map(str, found))}", "the same for all")
    checks.shape("samples", checks.finite_tensor("samples", samples.x), "points", config.widths[0])
    checks.shape("samples", checks.finite_tensor("samples", samples.y), samples.x.shape[0])


def train(networks: Sequence[MLP], rules: Sequence[Rule], samples: Samples, steps: int) -> tuple[Outcome, ...]:
    """Train copies of the networks on the binary cross-entropy of all samples at once.

    Args:
        networks: networks of one shape with a read-out of width 1; they are not changed.
        rules: one for each network, with one optimizer.
        samples: inputs and labels.
        steps: number of steps.

    Returns:
        One outcome for each network.

    Raises:
        ValueError: networks of different shapes, a rule too few or too many, or samples of the wrong shape.

    Examples:
        >>> import torch
        >>> from gradlab import datasets
        >>> from gradlab.networks import MLP, MLPConfig
        >>> from gradlab.training import Rule, train
        >>> generator = torch.Generator().manual_seed(0)
        >>> samples = datasets.two_spirals(100, generator)
        >>> config = MLPConfig(32, 4, input_width=2, output_width=1)
        >>> network = MLP(config, generator)
        >>> rule = Rule(learning_rate=0.1)
        >>> (outcome,) = train([network], [rule], samples, steps=200)
        >>> outcome.final_loss < outcome.first_loss
        True
        >>> outcome.accuracy > 0.9
        True

    """
    _check(networks, rules, samples)
    checks.integer("steps", steps, 0)
    stack = _Stack.of(networks, rules[0].optimizer)
    x = samples.x.T.contiguous()
    rates = torch.tensor([rule.learning_rate for rule in rules], dtype=x.dtype)
    bounds = torch.tensor(
        [math.inf if rule.maximum_norm is None else rule.maximum_norm for rule in rules], dtype=x.dtype
    )
    alive = torch.arange(len(networks))
    outputs = stack.outputs(x)
    losses = _losses(outputs, samples.y)
    histories = [[loss] for loss in losses.tolist()]
    outcomes: dict[int, Outcome] = {}
    for step in range(1, steps + 1):
        stack.descend(losses.sum(), rates, bounds)
        outputs = stack.outputs(x)
        losses = _losses(outputs, samples.y)
        finite = torch.isfinite(losses.detach())
        for index, loss in zip(alive.tolist(), losses.tolist(), strict=True):
            if math.isfinite(loss):
                histories[index].append(loss)
            else:
                outcomes[index] = Outcome(histories[index][0], math.inf, 0.0, step, tuple(histories[index]))
        if bool(finite.all()):
            continue
        alive, rates, bounds, stack = alive[finite], rates[finite], bounds[finite], stack.select(finite)
        if len(alive) == 0:
            break
        # A graph of the remaining networks alone.
        outputs = stack.outputs(x)
        losses = _losses(outputs, samples.y)
    accuracies = ((outputs > 0) == (samples.y > 0.5)).to(x.dtype).mean(dim=1)
    if len(alive):
        ends = zip(alive.tolist(), losses.tolist(), accuracies.tolist(), strict=True)
        for place, (index, loss, accuracy) in enumerate(ends):
            trained = stack.network(place, networks[index])
            outcomes[index] = Outcome(histories[index][0], loss, accuracy, None, tuple(histories[index]), trained)
    return tuple(outcomes[index] for index in range(len(networks)))
