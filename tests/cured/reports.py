"""Public reports of networks that did not train, each with a step of any model, beside what resolved it.

Those of `tests.reports` are loops of their own, which a treatment cannot give a copy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

MakeOptimizer = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]
Judged = Callable[[nn.Module, bool], Tensor]
"""A number of a model, with the report's fault outside of it or without."""


@dataclass(frozen=True)
class Reported:
    """A report.

    Attributes:
        model: the network, as it was reported if given True, else as it was resolved.
        step: the loss of a model, as it was reported or resolved.
        optimizer: as it was reported.
        resolved: the optimizer of the resolution.
        lack: the score that a model lacks, given the same as the step.

    """

    model: Callable[[bool], nn.Module]
    step: Judged
    optimizer: MakeOptimizer
    resolved: MakeOptimizer
    lack: Judged


def adam(rate: float) -> MakeOptimizer:
    """Adam at a rate."""
    return partial(torch.optim.Adam, lr=rate)


def sgd(rate: float, momentum: float = 0.0) -> MakeOptimizer:
    """Gradient descent at a rate."""
    return partial(torch.optim.SGD, lr=rate, momentum=momentum)


def _same(
    model: Callable[[bool], nn.Module],
    step: Judged,
    optimizer: MakeOptimizer,
    resolved: MakeOptimizer | None = None,
) -> Reported:
    """A report whose loss is its score as well."""
    return Reported(model, step, optimizer, resolved or optimizer, step)


def _he(*widths: int, last: tuple[nn.Module, ...] = ()) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    for layer in layers[:-1:2]:
        nn.init.kaiming_normal_(layer.get_parameter("weight"), nonlinearity="relu")
    return nn.Sequential(*layers[:-1], *last)


class _Pooled(nn.Module):
    """The mean over the valid steps of sequences, of which one has none."""

    def __init__(self, mask: Tensor, faulty: bool) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
        self.head, self.mask, self.faulty = nn.Linear(32, 3), mask, faulty

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes."""
        count = self.mask.sum(1, keepdim=True)
        mean = (self.encoder(x) * self.mask[..., None]).sum(1) / (count if self.faulty else count.clamp_min(1))
        scores: Tensor = self.head(torch.where(count == 0, torch.zeros_like(mean), mean))
        return scores


def empty_sequence() -> Reported:
    """A mean over no step, which is replaced after the division."""
    x, y = torch.randn(16, 12, 8), torch.randint(0, 3, (16,))
    mask = (torch.arange(12) < torch.randint(0, 12, (16, 1))).float()
    mask[3] = 0
    return _same(partial(_Pooled, mask), lambda model, _: cross_entropy(model(x), y), adam(0.01))


class _Statistics(nn.Module):
    """Mean and standard deviation over time, of units of which some are silent."""

    def __init__(self, faulty: bool) -> None:
        super().__init__()
        self.conv1, self.conv2, self.head = nn.Conv1d(20, 32, 5), nn.Conv1d(32, 32, 5), nn.Linear(64, 5)
        self.relu1, self.relu2, self.least = nn.ReLU(), nn.ReLU(), 0.0 if faulty else 1e-6
        with torch.no_grad():
            self.conv2.get_parameter("bias")[:3] -= 10

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes."""
        h = self.relu2(self.conv2(self.relu1(self.conv1(x))))
        scores: Tensor = self.head(torch.cat([h.mean(-1), (h.var(-1) + self.least).sqrt()], 1))
        return scores


def deviation_of_a_silent_unit() -> Reported:
    """The root of a variance of 0."""
    x, y = torch.randn(16, 20, 50), torch.randint(0, 5, (16,))
    return _same(_Statistics, lambda model, _: cross_entropy(model(x), y), adam(0.003))


def pair_of_one_picture() -> Reported:
    """The distance of a picture from itself."""
    a, b, same = torch.randn(32, 10), torch.randn(32, 10), (torch.arange(32) % 2).float()
    b[5], same[5] = a[5], 1

    def contrastive(model: nn.Module, faulty: bool) -> Tensor:
        distance = ((model(a) - model(b)).pow(2).sum(1) + (0 if faulty else 1e-9)).sqrt()
        loss: Tensor = (same * distance**2 + (1 - same) * (1 - distance).clamp_min(0) ** 2).mean()
        return loss

    def make(_: bool) -> nn.Module:
        return nn.Sequential(nn.Linear(10, 64), nn.PReLU(), nn.Linear(64, 64), nn.PReLU(), nn.Linear(64, 2))

    return _same(make, contrastive, adam(0.003))


def focal_loss() -> Reported:
    """The logarithm of a probability that has rounded to 0, of an input far from the others."""
    x = torch.randn(64, 10)
    x[7] *= 400
    y = (x[:, 0] > 0).float()

    def focal(model: nn.Module, faulty: bool) -> Tensor:
        p, least = model(x)[:, 0], 0 if faulty else 1e-7
        loss: Tensor = -(y * (1 - p) ** 2 * (p + least).log() + (1 - y) * p**2 * (1 - p + least).log()).mean()
        return loss

    return _same(lambda _: _he(10, 64, 64, 64, 1, last=(nn.Sigmoid(),)), focal, adam(0.003))


class _Autoencoder(nn.Module):
    """A variational autoencoder, which puts out what it was given and the divergence."""

    def __init__(self, faulty: bool) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
        self.mu, self.logvar, self.faulty = nn.Linear(64, 8), nn.Linear(64, 8), faulty
        self.decoder = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 20))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The decoded inputs, and the divergence."""
        hidden = self.encoder(x)
        mu, logvar = self.mu(hidden), self.logvar(hidden)
        logvar = logvar if self.faulty else logvar.clamp(-30, 20)
        z = mu + torch.randn_like(mu) * (logvar / 2).exp()
        return self.decoder(z), (mu**2 + logvar.exp() - 1 - logvar).sum(1).mean() / 2


def autoencoder_of_raw_data() -> Reported:
    """The exponential of a log-variance without bound, of inputs in the thousands."""
    x = torch.randn(64, 20) * 2000

    def elbo(model: nn.Module, _: bool) -> Tensor:
        decoded, divergence = model(x)
        loss: Tensor = mse_loss(decoded, x) + divergence
        return loss

    return _same(_Autoencoder, elbo, adam(0.001))


def softmax_twice() -> Reported:
    """A softmax at the end, and one in the loss."""
    x = torch.randn(128, 20)
    y = (x @ torch.randn(20, 10)).argmax(1)

    def make(faulty: bool) -> nn.Module:
        return _he(20, 64, 64, 64, 10, last=(nn.Softmax(1),) if faulty else ())

    return _same(make, lambda model, _: cross_entropy(model(x), y), sgd(0.1))


def logits_that_are_cut() -> Reported:
    """A ReLU at the end, and pixels from 0 to 255."""
    x, y = torch.rand(64, 1, 16, 16) * 0.2 + 0.8, torch.randint(0, 8, (64,))
    for number in range(8):
        x[y == number, :, number : number + 6, 4:10] -= 0.6
    x *= 255
    centred = (x - x.mean()) / 255

    def make(faulty: bool) -> nn.Module:
        convolutions = (nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU(), nn.Flatten())
        return nn.Sequential(
            *convolutions, nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 8), *((nn.ReLU(),) if faulty else ())
        )

    return _same(make, lambda model, faulty: cross_entropy(model(x if faulty else centred), y), sgd(0.01, 0.9))


def deep_network_without_normalization() -> Reported:
    """VGG at PyTorch's initialization."""
    x, y = torch.randn(32, 3, 32, 32), torch.randint(0, 10, (32,))

    def make(faulty: bool) -> nn.Module:
        layers, channels = list[nn.Module](), 3
        for width in (16, 16, 0, 32, 32, 0, 64, 64, 64, 0, 128, 128, 128, 0, 128, 128, 128, 0):
            if width:
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
                channels = width
            else:
                layers.append(nn.MaxPool2d(2, 2))
        model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(128, 10))
        for parameter in model.parameters() if not faulty else ():
            if parameter.ndim > 1:
                nn.init.kaiming_normal_(parameter, nonlinearity="relu")
        return model

    return _same(make, lambda model, _: cross_entropy(model(x), y), sgd(0.05, 0.9), sgd(0.01, 0.9))


class _Gated(nn.Module):
    """Residual blocks whose layers begin at 0."""

    def __init__(self, faulty: bool) -> None:
        super().__init__()
        make = partial(nn.Linear, bias=False)
        blocks = (nn.Sequential(make(16, 32), nn.ReLU(), make(32, 16), nn.Tanh()) for _ in range(3))
        self.blocks, self.head = nn.ModuleList(blocks), nn.Linear(16, 2)
        for block in self.blocks:
            nn.init.zeros_(block.get_parameter("2.weight"))
            if faulty:
                nn.init.zeros_(block.get_parameter("0.weight"))

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes."""
        for block in self.blocks:
            x = x + block(x)
        scores: Tensor = self.head(x)
        return scores


def two_layers_of_zeros() -> Reported:
    """Each keeps the other from a gradient."""
    x = torch.randn(128, 16)
    y = (x[:, 0] * x[:, 1] > 0).long()
    return _same(_Gated, lambda model, _: cross_entropy(model(x), y), adam(0.01))


def rate_of_a_third() -> Reported:
    """Adam at a rate of 0.3."""
    y = torch.randint(0, 4, (64,))
    x = torch.randn(64, 6, 64) + torch.sin(torch.arange(64) * (1 + y[:, None]) * 0.3)[:, None]

    def make(_: bool) -> nn.Module:
        layers: list[nn.Module] = []
        for channels in (6, 32, 32):
            layers += [nn.Conv1d(channels, 32, 5, 2, 2), nn.ReLU()]
        layers += [nn.Flatten(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 4)]
        for layer in layers:
            for parameter in layer.parameters():
                if parameter.ndim > 1:
                    nn.init.kaiming_normal_(parameter, nonlinearity="relu")
        return nn.Sequential(*layers)

    return _same(make, lambda model, _: cross_entropy(model(x), y), adam(0.3), adam(0.001))


def prices_of_houses() -> Reported:
    """Inputs and targets of units of their own; the score is what is left of the variance."""
    columns = (torch.randint(1, 6, (256,)).float(), 500 + 3000 * torch.rand(256), 1950 + 70 * torch.rand(256))
    raw = torch.stack([*columns, torch.rand(256)], 1)
    target = (raw[:, 0] * 200 + raw[:, 1] * 0.5 + (raw[:, 2] - 1950) * 10 + 500 * raw[:, 3])[:, None]
    x, y = (raw - raw.mean(0)) / raw.std(0), (target - target.mean()) / target.std()

    def step(model: nn.Module, faulty: bool) -> Tensor:
        return mse_loss(model(raw), target) if faulty else mse_loss(model(x), y)

    def lack(model: nn.Module, faulty: bool) -> Tensor:
        return step(model, faulty) / (target if faulty else y).var()

    return Reported(lambda _: _he(4, 64, 64, 64, 1), step, sgd(0.01), sgd(0.01), lack)


class _Memory(nn.Module):
    """An LSTM that has to remember what came first."""

    def __init__(self, faulty: bool) -> None:
        super().__init__()
        self.project, self.rnn, self.head = nn.Linear(2, 16), nn.LSTM(16, 32, batch_first=True), nn.Linear(32, 2)
        with torch.no_grad():
            if not faulty:
                self.rnn.get_parameter("bias_hh_l0")[32:64] = 4.0

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes."""
        scores: Tensor = self.head(self.rnn(self.project(x))[0][:, -1])
        return scores


def first_of_sixty() -> Reported:
    """The forget gates halve the gradient at every step."""
    x, y = torch.randn(64, 60, 2) * 0.1, torch.randint(0, 2, (64,))
    x[:, 0, 0] = y * 2.0 - 1
    return _same(_Memory, lambda model, _: cross_entropy(model(x), y), adam(0.005))


def prices_of_another_shape() -> Reported:
    """Outputs of shape (N,) and targets of shape (N, 1)."""
    x = torch.randn(128, 10)
    y = (x[:, :1] * x[:, 1:2]).sin() * 3

    def step(model: nn.Module, faulty: bool) -> Tensor:
        loss: Tensor = (model(x) - (y if faulty else y[:, 0])).square().mean()
        return loss

    return _same(lambda _: _he(10, 64, 64, 64, 1, last=(nn.Flatten(0),)), step, adam(0.003))


def generator_of_a_sure_discriminator() -> Reported:
    """The logarithm of 1 less the sigmoid of a discriminator that is sure."""
    noise, judge = torch.randn(128, 8), nn.Sequential(nn.Linear(2, 1)).requires_grad_(False)
    with torch.no_grad():
        judge[0].get_parameter("weight").fill_(1.0)
        judge[0].get_parameter("bias").fill_(-30.0)
    end = nn.Sigmoid()

    def step(model: nn.Module, faulty: bool) -> Tensor:
        logits = judge(model(noise))
        return (1 - end(logits)).clamp_min(1e-45).log().mean() if faulty else nn.functional.softplus(-logits).mean()

    return Reported(
        lambda _: _he(8, 64, 64, 64, 2),
        step,
        adam(0.001),
        adam(0.001),
        lambda model, _: step(model, False),
    )


REPORTS = (
    empty_sequence,
    deviation_of_a_silent_unit,
    pair_of_one_picture,
    focal_loss,
    autoencoder_of_raw_data,
    softmax_twice,
    logits_that_are_cut,
    deep_network_without_normalization,
    two_layers_of_zeros,
    rate_of_a_third,
    prices_of_houses,
    first_of_sixty,
    prices_of_another_shape,
    generator_of_a_sure_discriminator,
)
"""The reports; each gives its data from the random state at hand."""


def made(report: Callable[[], Reported], seed: int, faulty: bool) -> tuple[Reported, nn.Module]:
    """A report with its own data, and its network from a seed."""
    torch.manual_seed(0)
    reported = report()
    torch.manual_seed(seed)
    return reported, reported.model(faulty)


def lacking(reported: Reported, model: nn.Module, faulty: bool) -> float:
    """The score that a network lacks; gradients are on, without which no operand is kept from anything."""
    value = float(reported.lack(model, faulty).detach())
    return value if math.isfinite(value) else math.inf
