"""Hooks of the probe: what they take from an output, and how they look to copies and to compilers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from gradlab.probing import measures
from gradlab.probing.classification import Role


class Hook:
    """A hook that copies and pickles as one that does nothing: a copy of the model made in the block is not watched.

    What goes wrong in it is told and stops there: a training that is watched goes on.
    """

    __slots__ = ("call", "failed")

    def __init__(self, call: Callable[..., None], failed: Callable[[Exception], None]) -> None:
        self.call = call
        self.failed = failed

    def __call__(self, *arguments: Any) -> None:
        """Pass on what torch says, but leave nothing in what a compiler makes of the model."""
        if torch.compiler.is_dynamo_compiling():
            return
        try:
            self.call(*arguments)
        except Exception as error:
            self.failed(error)

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


def likeness(values: Iterable[object]) -> Iterator[tuple[tuple[int, ...], bool]]:
    """Yield of each tensor among some values what tells whether a pass that is given it is like another."""
    for value in values:
        if isinstance(value, Tensor):
            yield value.shape, value.requires_grad


def made_before(role: Role, inputs: tuple[object, ...]) -> Tensor | None:
    """The input of a module in which an activation function, and no module, may have been applied."""
    if role in ("block", "activation") or not inputs or not isinstance(inputs[0], Tensor):
        return None
    return inputs[0]


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


def takes_hooks(module: nn.Module) -> bool:
    """Whether a module takes hooks, which one that was scripted refuses."""
    return not isinstance(module, torch.jit.ScriptModule) or is_traced(module)


def is_torchs_own(module: nn.Module) -> bool:
    """Whether a module is one of torch, without others inside, that does what its class does."""
    is_torchs = type(module).__module__.startswith("torch.nn.modules.")
    return is_torchs and "forward" not in vars(module) and next(module.children(), None) is None


def is_traced(module: nn.Module) -> bool:
    """Whether torch.jit.trace has made a module: it takes hooks, but none of a module inside it is called."""
    return type(module).__name__ in ("TopLevelTracedModule", "TracedModule")


def is_compiled(module: nn.Module) -> bool:
    """Whether torch.compile has made a module, or is to run it."""
    return hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None) is not None
