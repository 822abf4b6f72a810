"""Measures of many small outputs of one shape at once, from copies of them.

To begin with a tensor takes torch longer than to add up a few thousand numbers: of outputs so small each is copied while
it is there, for an in-place activation may overwrite it, and the measures are taken of all copies together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from gradlab.probing import measures, silence
from gradlab.probing.storage import CALL, Numbers

if TYPE_CHECKING:
    from gradlab.probing.tracing import CallTrace

# So many of one shape are worth it, of so few elements.
_LEAST_ALIKE = 3
_MOST_ELEMENTS = 1 << 12
# The copies of one plan take no more than 256 KB.
_MOST_IN_ALL = 1 << 16


_NORM, _MEAN, _NONFINITE = CALL["norm"], CALL["mean"], CALL["nonfinite"]
_SILENT, _SATURATED = CALL["silent"], CALL["saturated"]


@dataclass(eq=False)
class Group:
    """Calls whose measures are taken together.

    Attributes:
        traces: the calls.
        copies: of their outputs, along the first dimension.

    """

    traces: list[CallTrace]
    copies: Tensor

    def places(self) -> Iterator[tuple[CallTrace, Tensor]]:
        """Yield each call with the place of its copy."""
        return zip(self.traces, self.copies.unbind(), strict=True)

    def take(self, numbers: Numbers) -> None:
        """Take the measures of all outputs, none of which is infinite or NaN; else those of each by itself."""
        copies, values, missing = self.copies, numbers.values, numbers.missing
        norms = torch.linalg.vector_norm(copies.flatten(1), dim=1).tolist()
        like = self.traces[0]
        if like.falls_silent:
            kept = like.unit_dimension % (copies.ndim - 1) + 1
            summed = copies.sum([other for other in range(1, copies.ndim) if other != kept]) if copies.ndim > 2 else copies
            shares = (1 - torch.count_nonzero(summed, dim=1) / summed.shape[1]).tolist()
            sums = summed.sum(1).tolist()
        else:
            sums = copies.flatten(1).sum(1).tolist()
        saturated = measures.saturated_shares(copies, like.saturates) if like.saturates else None
        elements = copies[0].numel()
        for index, (trace, size, total) in enumerate(zip(self.traces, norms, sums, strict=True)):
            place = trace.place
            if not measures.is_sure(size):
                take(numbers, trace, copies[index])
                continue
            values[place + _NORM], values[place + _MEAN] = size, total / elements
            if like.falls_silent:
                values[place + _SILENT], missing[place + _SILENT] = shares[index], 0
                if shares[index] >= silence.DEAD_SHARE:
                    _overlap(numbers, trace, copies[index])
            if saturated:
                values[place + _SATURATED], missing[place + _SATURATED] = saturated[index], 0


def _overlap(numbers: Numbers, trace: CallTrace, output: Tensor) -> None:
    overlap, rare = measures.overlap_and_rare_share(output, trace.unit_dimension)
    numbers.put(trace.place + CALL["overlap"], overlap)
    numbers.put(trace.place + CALL["rare"], rare)


def take(numbers: Numbers, trace: CallTrace, output: Tensor) -> None:
    """Take the measures of the output of a call."""
    put, place = numbers.put, trace.place
    size = measures.norm(output)
    put(place + _NORM, size)
    if trace.falls_silent:
        mean, silent = measures.mean_and_silent_share(output, trace.unit_dimension)
        put(place + _MEAN, mean)
        put(place + _SILENT, silent)
        # Elsewhere than on the CPU the share is not known yet.
        if isinstance(silent, Tensor) or silent >= silence.DEAD_SHARE:
            _overlap(numbers, trace, output)
    else:
        put(place + _MEAN, measures.mean(output))
    if trace.saturates is not None:
        put(place + _SATURATED, measures.saturated_share(output, trace.saturates))
    put(place + _NONFINITE, measures.nonfinite(output, size))


def groups(calls: Iterable[CallTrace]) -> Iterator[Group]:
    """Yield the groups of calls that are measured together, of those whose outputs are plain."""
    alike: dict[object, list[CallTrace]] = {}
    for call in calls:
        unit = call.unit_dimension % len(call.shape) if call.falls_silent else None
        alike.setdefault((call.shape, unit, call.saturates), []).append(call)
    left = _MOST_IN_ALL
    for traces in alike.values():
        elements = math.prod(traces[0].shape)
        if elements <= _MOST_ELEMENTS and len(traces) >= _LEAST_ALIKE and len(traces) * elements <= left:
            left -= len(traces) * elements
            # A pass without gradients may end here, whose tensors would be of no use for others.
            with torch.inference_mode(False):
                yield Group(traces, torch.zeros(len(traces), *traces[0].shape, dtype=torch.float32, device="cpu"))
