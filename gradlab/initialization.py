"""Initializations by name, described by sigma_w: every weight has variance sigma_w²/fan_in.

The forward and backward signal of a deep network depend on the initialization through sigma_w² = fan_in Var W
(He et al. 2015, arXiv:1502.01852; Schoenholz et al. 2017, arXiv:1611.01232), hence this common scale.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Generator, Tensor

from gradlab._internal import checks
from gradlab._internal.refusals import RefusalError

BIASES = ("none", "zero", "uniform")
"""Biases by name: no bias; bias 0; PyTorch's default U(±1/√fan_in)."""


@dataclass(frozen=True)
class Initialization:
    """A distribution of weight matrices.

    Attributes:
        name: the name under which :func:`get` finds it.
        natural_sigma_w: sigma_w as a function of (fan_in, fan_out).
        sample: fills a tensor of shape (..., fan_out, fan_in) in place at its natural scale.
        excess_kurtosis: of one weight, 0 for a normal and -6/5 for a uniform distribution.

    """

    name: str
    natural_sigma_w: Callable[[int, int], float]
    sample: Callable[[Tensor, Generator], None]
    excess_kurtosis: float = 0.0

    def sigma_w(self, fan_in: int, fan_out: int | None = None) -> float:
        """Sigma_w = √(fan_in · Var W); ``fan_out`` is ``fan_in`` where it is not given."""
        fan_in = checks.positive_integer("fan_in", fan_in)
        fan_out = fan_in if fan_out is None else checks.positive_integer("fan_out", fan_out)
        return self.natural_sigma_w(fan_in, fan_out)

    def fill_(self, weight: Tensor, generator: Generator, sigma_w: float | None = None) -> Tensor:
        """Fill a weight of shape (..., fan_out, fan_in) in place; leading dimensions are separate networks.

        With ``sigma_w`` the distribution keeps its shape and is rescaled to variance sigma_w²/fan_in.

        Examples:
            >>> import torch
            >>> from gradlab import initialization
            >>> generator = torch.Generator().manual_seed(0)
            >>> weight = torch.empty(64, 256)
            >>> he = initialization.get("he")
            >>> he.fill_(weight, generator).shape
            torch.Size([64, 256])
            >>> f"{weight.std() * 256**0.5:.2f}"
            '1.42'

        """
        if weight.ndim < 2 or 0 in weight.shape:
            raise RefusalError("weight", f"shape {tuple(weight.shape)}", "(..., fan_out, fan_in)")
        with torch.no_grad():
            self.sample(weight, generator)
            if sigma_w is not None:
                fan_out, fan_in = weight.shape[-2:]
                weight.mul_(checks.positive("sigma_w", sigma_w) / self.sigma_w(fan_in, fan_out))
        return weight


def _fan_in(weight: Tensor) -> int:
    return weight.shape[-1]


def _fan_out(weight: Tensor) -> int:
    return weight.shape[-2]


def _sample_normal(weight: Tensor, generator: Generator) -> None:
    weight.normal_(0.0, 1 / math.sqrt(_fan_in(weight)), generator=generator)


def _sample_he(weight: Tensor, generator: Generator) -> None:
    weight.normal_(0.0, math.sqrt(2 / _fan_in(weight)), generator=generator)


def _sample_xavier(weight: Tensor, generator: Generator) -> None:
    weight.normal_(0.0, math.sqrt(2 / (_fan_in(weight) + _fan_out(weight))), generator=generator)


def _sample_pytorch_default(weight: Tensor, generator: Generator) -> None:
    bound = 1 / math.sqrt(_fan_in(weight))
    weight.uniform_(-bound, bound, generator=generator)


def _sample_orthogonal(weight: Tensor, generator: Generator) -> None:
    rows, columns = weight.shape[-2:]
    tall = torch.empty(
        *weight.shape[:-2], max(rows, columns), min(rows, columns), dtype=weight.dtype, device=weight.device
    ).normal_(generator=generator)
    Q, R = torch.linalg.qr(tall)
    # The signs make Q uniform (Haar) instead of depending on the convention of the QR routine.
    Q = Q * R.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)
    weight.copy_(Q if rows >= columns else Q.mT)


INITIALIZATIONS: Mapping[str, Initialization] = MappingProxyType(
    {
        initialization.name: initialization
        for initialization in (
            # N(0, 1/fan_in); with sigma_w given, N(0, sigma_w²/fan_in).
            Initialization("normal", lambda fan_in, fan_out: 1.0, _sample_normal),  # noqa: ARG005
            # He et al. 2015, arXiv:1502.01852, section 2.2: N(0, 2/fan_in).
            Initialization("he", lambda fan_in, fan_out: math.sqrt(2), _sample_he),  # noqa: ARG005
            # Glorot & Bengio 2010, section 4.2.1, with a normal distribution: N(0, 2/(fan_in + fan_out)).
            Initialization(
                "xavier", lambda fan_in, fan_out: math.sqrt(2 * fan_in / (fan_in + fan_out)), _sample_xavier
            ),
            # torch.nn.Linear: kaiming_uniform_(a=√5) is U(±1/√fan_in), of variance 1/(3 fan_in).
            Initialization(
                "pytorch_default",
                lambda fan_in, fan_out: math.sqrt(1 / 3),  # noqa: ARG005
                _sample_pytorch_default,
                excess_kurtosis=-6 / 5,
            ),
            # Saxe et al. 2013, arXiv:1312.6120: orthonormal rows or columns.
            Initialization(
                "orthogonal",
                lambda fan_in, fan_out: math.sqrt(min(1.0, fan_in / fan_out)),
                _sample_orthogonal,
            ),
        )
    }
)
"""Initializations by name: ``normal``, ``he``, ``xavier``, ``pytorch_default``, ``orthogonal``; read-only."""


def get(name: str) -> Initialization:
    """The initialization of that name.

    Raises:
        ValueError: the name is unknown; the message lists the names and the nearest one.

    Examples:
        >>> from gradlab import initialization
        >>> he = initialization.get("he")
        >>> round(he.sigma_w(fan_in=256), 4)
        1.4142

    """
    return INITIALIZATIONS[checks.one_of("initialization", name, INITIALIZATIONS)]


def fill_bias_(bias: Tensor, name: str, fan_in: int, generator: Generator) -> Tensor:
    """Fill a bias in place: ``"zero"``, or ``"uniform"`` for PyTorch's default U(±1/√fan_in).

    Examples:
        >>> import torch
        >>> from gradlab import initialization
        >>> generator = torch.Generator().manual_seed(0)
        >>> bias = torch.ones(3)
        >>> initialization.fill_bias_(bias, "zero", 256, generator)
        tensor([0., 0., 0.])

    """
    checks.one_of("bias", name, BIASES[1:])
    with torch.no_grad():
        if name == "zero":
            return bias.zero_()
        bound = 1 / math.sqrt(checks.positive_integer("fan_in", fan_in))
        return bias.uniform_(-bound, bound, generator=generator)
