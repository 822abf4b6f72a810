"""Hooks of the probe: what they take from an output, and how they look to copies and to compilers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from gradlab.probing import measures


class Hook:
    """A hook that copies and pickles as one that does nothing: a copy of the model made in the block is not watched."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[..., None]) -> None:
        self.call = call

    def __call__(self, *arguments: Any) -> None:
        """Pass on what torch says, but leave nothing in what a compiler makes of the model."""
        if not torch.compiler.is_dynamo_compiling():
            self.call(*arguments)

    def __reduce__(self) -> tuple[Callable[[], object], tuple[()]]:
        return _inert, ()


def _nothing(*_: object) -> None:
    """Do nothing."""


def _inert() -> Callable[..., None]:
    return _nothing


def remove(handles: list[RemovableHandle]) -> None:
    """Remove hooks, the last one first."""
    while handles:
        handles.pop().remove()


def tensors_of(value: object) -> Iterator[Tensor]:
    """Yield the tensors in an output that can be measured, however it nests lists, tuples, mappings and dataclasses."""
    if isinstance(value, Tensor):
        # A loss that comes with the output has no dimension, and is no layer's output.
        if value.ndim and measures.measurable(value) and not is_transformed(value):
            yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from tensors_of(item)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for item in value:
            yield from tensors_of(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from tensors_of(getattr(value, field.name))


def is_transformed(tensor: Tensor) -> bool:
    """Whether a tensor is one of torch.func, which stands for many and has no value to read."""
    return bool(torch._C._functorch.is_functorch_wrapped_tensor(tensor))


def in_backward() -> bool:
    """Whether a backward pass runs: torch's own checkpointing tells so that it is repeating a forward pass."""
    return bool(torch._C._current_graph_task_id() != -1)


def uncompiled() -> AbstractContextManager[object]:
    """A context in which what torch.compile made runs as it was written, where hooks fire.

    Code compiled earlier calls no hook, and code compiled with hooks keeps them for good: neither would do.
    """
    # Where the compiler was never loaded nothing is compiled, and loading it takes longer than all the rest.
    if "torch._dynamo" not in sys.modules:
        return nullcontext()
    stance: AbstractContextManager[object] = torch.compiler.set_stance("force_eager")
    return stance


def is_compiled(module: nn.Module) -> bool:
    """Whether torch.compile has made a module, or is to run it."""
    return hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None) is not None
