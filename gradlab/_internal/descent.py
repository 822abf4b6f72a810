"""Clipping of many networks that are trained at once, and the loss at the end of a training."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import torch
from torch import Tensor


def global_norms(gradients: Sequence[Tensor]) -> Tensor:
    """Norms of all gradients of every network together, shape (S,), for gradients of shape (S, ...)."""
    squares = torch.stack([gradient.flatten(1).square().sum(dim=1) for gradient in gradients])
    return squares.sum(dim=0).sqrt()


def clipping_factors(gradients: Sequence[Tensor], bounds: Tensor | float) -> Tensor:
    """Factors by which clipping by the global norm multiplies the gradients, shape (S,), as ``clip_grad_norm_``."""
    return (bounds / (global_norms(gradients) + 1e-6)).clamp_max(1.0)


def last_quarter(losses: Sequence[float]) -> Sequence[float]:
    """Losses of the last quarter of the steps, of those before every step and after the last."""
    return losses[-max(1, (len(losses) - 1) // 4) :]


def loss_at_the_end(losses: Sequence[float]) -> float:
    """Median over the last quarter of the steps, for losses before every step and after the last."""
    return statistics.median(last_quarter(losses))
