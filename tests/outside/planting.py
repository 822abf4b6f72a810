"""Faults that break a network on purpose: each is planted in a network that is built, or in its training."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from tests.outside.tasks import Task

WEIGHTED = (nn.Linear, nn.modules.conv._ConvNd)
_LARGE = 6e4
Plant = Callable[[nn.Module, Task, tuple[str, ...]], Task | None]


def _weighted(model: nn.Module) -> Iterator[nn.Module]:
    """The modules with a weight that is multiplied: PyTorch's, and the one that a library has of its own."""
    for module in model.modules():
        if isinstance(module, WEIGHTED) or type(module).__name__ == "Conv1D":
            yield module


_NORMALIZATION = re.compile(r"Norm(\dd)?$")


def _is_normalization(module: nn.Module) -> bool:
    return _NORMALIZATION.search(type(module).__name__) is not None


def _replaced(model: nn.Module, chosen: Callable[[nn.Module], bool], by: Callable[[], nn.Module]) -> None:
    for parent in model.modules():
        for name, child in parent.named_children():
            if chosen(child):
                setattr(parent, name, by())


def _without_normalization(model: nn.Module, task: Task, places: tuple[str, ...]) -> None:
    _replaced(model, _is_normalization, nn.Identity)


def _with_sigmoid(model: nn.Module, task: Task, places: tuple[str, ...]) -> None:
    _replaced(model, lambda module: type(module).__name__ in ("ReLU", "ReLU6", "GELU", "SiLU"), nn.Sigmoid)


def _scaled(factor: float) -> Plant:
    """Every weight times a factor, or those of some modules."""

    def plant(model: nn.Module, task: Task, places: tuple[str, ...]) -> None:
        chosen = [model.get_submodule(name) for name in places] if places else list(_weighted(model))
        with torch.no_grad():
            for module in chosen:
                module.get_parameter("weight").mul_(factor)

    return plant


def _detached(model: nn.Module, task: Task, places: tuple[str, ...]) -> None:
    """A forgotten `detach()` at the end of a module's forward."""
    for name in places:
        module = model.get_submodule(name)
        forward = module.forward

        def cut(*inputs: Any, _forward: Callable[..., Any] = forward, **named: Any) -> Any:
            output = _forward(*inputs, **named)
            if isinstance(output, tuple):
                return (output[0].detach(), *output[1:])
            return output.detach()

        module.forward = cut


def _zeroed(model: nn.Module, task: Task, places: tuple[str, ...]) -> None:
    for name in places:
        nn.init.zeros_(model.get_submodule(name).get_parameter("weight"))


def _silenced(model: nn.Module, task: Task, places: tuple[str, ...]) -> None:
    """A bias far below 0 before a ReLU."""
    with torch.no_grad():
        for name in places:
            model.get_submodule(name).get_parameter("bias").fill_(-100.0)


def _infinite(model: nn.Module, task: Task, places: tuple[str, ...]) -> None:
    with torch.no_grad():
        for name in places:
            model.get_submodule(name).get_parameter("weight").view(-1)[0] = math.inf


def _in_half_precision(model: nn.Module, task: Task, places: tuple[str, ...]) -> None:
    """Float16 weights and inputs, and a module whose weights almost leave the range of that type."""
    with torch.no_grad():
        for name in places:
            weight = model.get_submodule(name).get_parameter("weight")
            weight.mul_(_LARGE / weight.abs().max())
    model.half()
    # Inputs of the model become float16 on the way in, whatever the task gives.
    model.register_forward_pre_hook(lambda _, inputs: tuple(_half(value) for value in inputs))


def _half(value: Any) -> Any:
    return value.half() if isinstance(value, Tensor) and value.is_floating_point() else value


def _lost(model: nn.Module, task: Task, places: tuple[str, ...]) -> Task:
    return replace(task, factor=0.0)


FAULTS: Mapping[str, Plant] = MappingProxyType(
    {
        "no normalization": _without_normalization,
        "weights times 3": _scaled(3.0),
        "weights divided by 3": _scaled(1 / 3),
        "sigmoid for the activation": _with_sigmoid,
        "detached": _detached,
        "times 100": _scaled(100.0),
        "overflow in half precision": _in_half_precision,
        "zero read-out": _zeroed,
        "loss times 0": _lost,
        "dead": _silenced,
        "infinite weight": _infinite,
    }
)
"""The faults that can be planted, by name."""


@dataclass(frozen=True)
class Fault:
    """A fault, or several at once, each a name of :data:`FAULTS`, with the modules that it is planted in, if any."""

    names: tuple[str, ...]
    places: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if unknown := set(self.names) - set(FAULTS):
            raise ValueError(f"names: found {sorted(unknown)}, allowed: {', '.join(FAULTS)}")

    def planted(self, model: nn.Module, task: Task) -> Task:
        """Plant it, and the task as it then is."""
        for name in self.names:
            task = FAULTS[name](model, task, self.places) or task
        return task
