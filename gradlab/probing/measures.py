"""Measures of a tensor, taken while the network runs: a few cheap sums, read only after the pass.

On the CPU a measure is a number at once; on any other device it is a tensor with one element, so that nothing waits.
No norm underflows, as the square of a gradient of 1e-25 does in float32, or overflows, as that of 1e25 does: on the CPU
a float32 norm, a third of the price, is taken again in float64 where it is so small, so large or not finite; elsewhere
float64 comes first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from gradlab import activations, theory

SATURATED_DERIVATIVE = 0.01
"""A unit counts as saturated where the derivative of its activation is below this share of its largest value."""


def _saturation(activation: str) -> tuple[float, float]:
    phi = activations.get(activation)
    bound = theory.saturation_bound(activation, SATURATED_DERIVATIVE * theory.derivative_maximum(activation))
    middle = ((phi.lower_limit or 0.0) + (phi.upper_limit or 0.0)) / 2
    return middle, float(phi(torch.tensor(bound, dtype=torch.float64, device="cpu"))) - middle


# Once and for all: a forward pass may run where no gradient can be taken.
SATURATION = MappingProxyType({name: _saturation(name) for name in activations.SATURATING})
"""By activation function that saturates: the middle of its range, and how far from it a = φ(z) counts as saturated."""

_WITHOUT_FLOAT64 = {"mps"}
_PLAIN = frozenset({Tensor, nn.Parameter})
_FLOAT32 = torch.float32
_vector_norm = torch.linalg.vector_norm

Measure = Tensor | float
"""A number, or a tensor with one element that will be read later."""

# A float32 norm between these is right: elements whose squares are lost lie below 1e-19, and even a billion of them add
# nothing to a norm of 1e-12, and no square of an element has overflowed.
_SMALLEST, _LARGEST = 1e-12, 1e18
_SMALLEST_64 = 1e-140
# More elements than this are added up row by row, for a float32 sum of n squares is off by about n rounding errors.
_MOST_AT_ONCE = 1 << 18
# So few numbers are added up faster one by one than torch begins with a tensor.
_FEW_UNITS = 256


def measurable(value: object) -> bool:
    """Whether a value is a tensor that has a norm: of floating-point numbers, with at least one element."""
    return (
        isinstance(value, Tensor)
        and not is_lazy(value)
        and value.is_floating_point()
        and (own(value) if is_spread(value) else value).numel() > 0
        and not value.is_meta
    )


def is_spread(tensor: Tensor) -> bool:
    """Whether a tensor is spread over processes, each of which holds a part of it, as a DTensor is."""
    return hasattr(tensor, "to_local")


def own(tensor: Tensor) -> Tensor:
    """The tensor without its graph; of one that is spread over processes the part that lies in this one."""
    if type(tensor) in _PLAIN:
        return tensor.detach() if tensor.requires_grad else tensor
    kept: Any = tensor.detach()
    if is_spread(kept):
        kept = kept.to_local()
    if hasattr(kept, "wait"):
        kept = kept.wait()
    alone: Tensor = kept
    return alone


def scaled_up(size: Measure, tensor: Tensor) -> Measure:
    """The norm of a whole tensor, from that of this process's part, as if the other parts were like it.

    Nothing is sent between processes: one of them that is not watched would wait forever.
    """
    return size * math.sqrt(tensor.numel() / own(tensor).numel()) if is_spread(tensor) else size


def _on_cpu(tensor: Tensor) -> bool:
    return tensor.is_cpu


def _float32_norm(tensor: Tensor) -> Tensor:
    if tensor.numel() > _MOST_AT_ONCE and tensor.ndim > 1:
        tensor = torch.linalg.vector_norm(tensor, dim=-1, dtype=torch.float32)
    size: Tensor = torch.linalg.vector_norm(tensor, dtype=torch.float32)
    return size


def _relative_norm(tensor: Tensor, kind: torch.dtype) -> Tensor:
    """The norm with the largest element divided out first."""
    largest = tensor.abs().amax().to(kind).clamp_min(torch.finfo(kind).tiny)
    relative: Tensor = torch.linalg.vector_norm(tensor.to(kind) / largest)
    return relative * largest


def _safe_norm(tensor: Tensor) -> Tensor:
    if tensor.device.type in _WITHOUT_FLOAT64:
        return _relative_norm(tensor, torch.float32)
    size: Tensor = torch.linalg.vector_norm(tensor, dtype=torch.float64)
    if tensor.dtype == torch.float64 and _on_cpu(tensor) and not _SMALLEST_64 < size.item() < math.inf:
        relative = _relative_norm(tensor, torch.float64)
        return size if relative.isnan() else relative
    return size


def norm(tensor: Tensor) -> Measure:
    """‖tensor‖ over all elements; infinite or NaN where, and only where, an element is."""
    # Most are small and lie here: of these torch spends more on beginning an operation than on the elements.
    if type(tensor) in _PLAIN and tensor.dtype is _FLOAT32 and tensor.is_cpu and tensor.numel() <= _MOST_AT_ONCE:
        is_in_graph = tensor.requires_grad and torch.is_grad_enabled()
        size: float = _vector_norm(tensor.detach() if is_in_graph else tensor).item()
        return size if _SMALLEST < size < _LARGEST else _safe_norm(tensor.detach()).item()
    if is_spread(tensor):
        return scaled_up(norm(own(tensor)), tensor)
    tensor = tensor.detach()
    if not _on_cpu(tensor):
        return _safe_norm(tensor)
    if tensor.dtype != torch.float64:
        size = _float32_norm(tensor).item()
        if _SMALLEST < size < _LARGEST:
            return size
    return _safe_norm(tensor).item()


def norms(tensors: Iterable[Tensor]) -> list[Measure]:
    """The norm of each of many tensors."""
    with torch.no_grad():
        return [norm(tensor) for tensor in tensors]


def nonfinite(tensor: Tensor, size: Measure) -> Measure:
    """Number of elements that are infinite or NaN, of a tensor whose norm is known."""
    if isinstance(size, float) and math.isfinite(size):
        return 0.0
    return number((~torch.isfinite(own(tensor))).sum())


def number(tensor: Tensor) -> Measure:
    """A tensor with one element as a number, where reading it makes nothing wait."""
    return float(tensor.item()) if _on_cpu(tensor) else tensor


def mean(tensor: Tensor) -> Measure:
    """The mean of all elements."""
    if tensor.dtype is _FLOAT32 and tensor.is_cpu and type(tensor) is Tensor and not tensor.requires_grad:
        total: float = tensor.sum().item()
        return total / tensor.numel()
    tensor = own(tensor)
    return number(tensor.sum(dtype=torch.float32 if tensor.element_size() < 4 else None)) / tensor.numel()


def saturated_share(a: Tensor, activation: str) -> Measure:
    """The share of elements of a = φ(z) where φ' is below a hundredth of its largest value."""
    a = own(a)
    middle, bound = SATURATION[activation]
    distance = a.sub(middle).abs_() if middle else a.abs()
    # Elements beyond the bound less those within it: the sum of signs costs half of what counting does.
    balance = distance.sub_(bound).sign_().sum(dtype=torch.float32 if a.element_size() < 4 else None)
    return (number(balance) / a.numel() + 1) / 2


def _over_all_but(a: Tensor, dimension: int) -> Tensor:
    """The sum over all dimensions but one."""
    if a.ndim == 2 and a.dtype is _FLOAT32:
        return a.sum(1 - dimension % 2)
    kept = dimension % a.ndim
    kind = torch.float32 if a.element_size() < 4 else None
    return a.sum(dim=[other for other in range(a.ndim) if other != kept], dtype=kind) if a.ndim > 1 else a


def mean_and_silent_share(a: Tensor, dimension: int) -> tuple[Measure, Measure]:
    """The mean of a = φ(z), and the share of units, along ``dimension``, that put out 0 for all inputs."""
    a = own(a)
    # No activation of ReLU is negative, and those of GELU and its like add up to 0 by an improbable accident: a sum
    # of 0 means that every one is 0, and costs less than looking for it.
    summed = _over_all_but(a, dimension)
    units = summed.numel()
    if _on_cpu(a):
        if units <= _FEW_UNITS:
            numbers = summed.tolist()
            return sum(numbers) / a.numel(), numbers.count(0.0) / units
        return summed.sum().item() / a.numel(), 1 - torch.count_nonzero(summed).item() / units
    return summed.sum() / a.numel(), (summed == 0).sum() / units


def overlap_and_rare_share(a: Tensor, dimension: int) -> tuple[Measure, Measure]:
    """The likeness of the outputs a = φ(z) for two inputs, and the share of silent units that may only be rarely on.

    The first is Σ_u a_iu a_ju / Σ_u a_iu², averaged over pairs of inputs i ≠ j: 1 where all inputs are the same. The
    second estimates the share of units that are on for some inputs, but for none of these: from the units that are on
    for a single one of the n, f_1, and for two, f_2, it is at least (n-1)/n f_1 (f_1 - 1)/(2 (f_2 + 1)) of them (Chao
    1984, as he counts species that no one has seen yet). It costs more than all other measures together, and is taken
    only where many units are silent.
    """
    a = own(a)
    units = a.shape[dimension]
    kind = torch.float32 if a.device.type in _WITHOUT_FLOAT64 else torch.float64
    rows = a.movedim(dimension, -1).reshape(-1, units).to(kind)
    rows = rows / rows.abs().amax().clamp_min(torch.finfo(kind).tiny)
    count = len(rows)
    times_on = (rows != 0).sum(0)
    once, twice = (times_on == 1).sum(), (times_on == 2).sum()
    rare = (count - 1) / count * once * (once - 1) / (2 * (twice + 1))
    share = torch.minimum(rare, (times_on == 0).sum()) / units
    overlap = (rows.sum(0).square().sum() / rows.square().sum() - 1) / max(count - 1, 1)
    return number(overlap), number(share)


def read(measures: Sequence[Measure]) -> list[float]:
    """Measures as numbers, with one transfer for each device."""
    numbers = [math.nan if isinstance(measure, Tensor) else measure for measure in measures]
    by_device: dict[torch.device, list[int]] = {}
    for index, measure in enumerate(measures):
        if isinstance(measure, Tensor):
            by_device.setdefault(measure.device, []).append(index)
    for device, indices in by_device.items():
        kind = torch.float32 if device.type in _WITHOUT_FLOAT64 else torch.float64
        tensors = [measure for index in indices if isinstance(measure := measures[index], Tensor)]
        values = torch.stack([tensor.detach().reshape(()).to(kind) for tensor in tensors]).tolist()
        for index, value in zip(indices, values, strict=True):
            numbers[index] = value
    return numbers
