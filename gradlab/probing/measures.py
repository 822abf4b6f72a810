"""What is taken of a tensor while the network runs: a few cheap sums, read only after the pass.

No measure waits for the device: each returns a tensor with one element. Norms are accumulated in float64, so that the
square of a gradient of 1e-25 does not underflow to 0, nor that of 1e25 overflow (in float32 both do).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from gradlab import theory

SATURATED_DERIVATIVE = 0.01
"""A unit counts as saturated where the derivative of its activation is below this share of its largest value."""

_BOUND = {
    name: theory.saturation_bound(name, SATURATED_DERIVATIVE * theory.derivative_maximum(name))
    for name in ("sigmoid", "tanh")
}
# In units of the output: what a unit that has reached the bound puts out.
_TANH_BOUND = math.tanh(_BOUND["tanh"])
_SIGMOID_BOUND = 1 / (1 + math.exp(-_BOUND["sigmoid"]))
_WITHOUT_FLOAT64 = {"mps"}


def measurable(value: object) -> bool:
    """Whether a value is a tensor that has a norm: of floating-point numbers, with at least one element."""
    return isinstance(value, Tensor) and value.is_floating_point() and value.numel() > 0 and not value.is_meta


def norm(tensor: Tensor) -> Tensor:
    """Return ‖tensor‖ over all elements; infinite or NaN where, and only where, an element is."""
    tensor = tensor.detach()
    if tensor.device.type not in _WITHOUT_FLOAT64:
        size: Tensor = torch.linalg.vector_norm(tensor, dtype=torch.float64)
        return size
    # Without float64 the largest element is divided out first.
    largest = tensor.abs().amax().float().clamp_min(torch.finfo(torch.float32).tiny)
    relative: Tensor = torch.linalg.vector_norm(tensor.float() / largest)
    return relative * largest


def nonfinite(tensor: Tensor) -> Tensor:
    """Return how many elements are infinite or NaN."""
    return (~torch.isfinite(tensor.detach())).sum()


def mean(tensor: Tensor) -> Tensor:
    """Return the mean of all elements."""
    tensor = tensor.detach()
    return tensor.sum(dtype=torch.float32 if tensor.element_size() < 4 else None) / tensor.numel()


def saturated_share(a: Tensor, activation: str) -> Tensor:
    """Return the share of elements of a = φ(z) where φ' is below a hundredth of its largest value."""
    a = a.detach()
    distance = a.abs() if activation == "tanh" else (a - 0.5).abs()
    bound = _TANH_BOUND if activation == "tanh" else _SIGMOID_BOUND - 0.5
    return (distance > bound).sum() / a.numel()


def silent_share(a: Tensor, dimension: int) -> Tensor:
    """Return the share of units, along ``dimension``, whose ReLU puts out 0 for every input of the batch."""
    a = a.detach()
    dimension = dimension % a.ndim
    # No activation of ReLU is negative: a sum of 0 means that every one is 0, and costs less than looking for it.
    summed = a.sum(dim=[other for other in range(a.ndim) if other != dimension]) if a.ndim > 1 else a
    return (summed == 0).sum() / summed.numel()


def read(tensors: Sequence[Tensor]) -> list[float]:
    """Return tensors with one element each as numbers, with one transfer for each device."""
    numbers = [math.nan] * len(tensors)
    by_device: dict[torch.device, list[int]] = {}
    for index, tensor in enumerate(tensors):
        by_device.setdefault(tensor.device, []).append(index)
    for device, indices in by_device.items():
        kind = torch.float32 if device.type in _WITHOUT_FLOAT64 else torch.float64
        values = torch.stack([tensors[index].detach().reshape(()).to(kind) for index in indices]).tolist()
        for index, value in zip(indices, values, strict=True):
            numbers[index] = value
    return numbers
