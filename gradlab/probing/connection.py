"""Connections of a model's parameters with what trains them: optimizers, cleared gradients, backward passes.

Optimizers are seen by torch's hook on the steps of all of them, whether the probe was told of one or not, and a change
of a parameter by the count that torch keeps of the changes made in place, so that nothing is read.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook
from torch.utils.hooks import RemovableHandle

from gradlab.probing import graph
from gradlab.probing.measures import Measure, measurable, norm

_REGISTERED = frozenset({"_parameters", "_buffers", "_modules"})
_DEEPEST = 3
"""So many containers within each other are looked through for layers that are not registered."""


@dataclass(frozen=True)
class OptimizerReading:
    """An optimizer that holds parameters of the model.

    Attributes:
        kind: its class.
        rate: its largest learning rate.
        eps: what it adds to a denominator; None where it has none.
        lost: the type of parameters in which that number rounds to 0; empty where it does not.
        decay: its largest weight decay; 0 where it has none.

    """

    kind: str
    rate: float
    eps: float | None
    lost: str
    decay: float = 0.0


@dataclass(frozen=True)
class ConnectionReading:
    """Optimizers, updates and gradients of the model's parameters, from the block's beginning to the end of a step.

    Attributes:
        updates: steps of optimizers that hold parameters of the model.
        elsewhere: steps of optimizers that hold none.
        told: whether the optimizer was given to the probe.
        optimizer: the last optimizer that made a step and holds parameters of the model, or the one that was given.
        unheld: trainable parameters that no optimizer holds of those that were seen.
        foreign: parameters in those optimizers that are not the model's and have no gradient.
        unchanged: trainable parameters that are as they were in the first recorded step; empty in that step.
        discarded: backward passes in a row whose gradients were cleared without any change of the parameters.
        uncleared: whether gradients were used in an update to which those before another update had been added.
        unregistered: tensors that the outputs depend on and that require a gradient, but are no parameters of the
            model, by the place where a module keeps them.
        reached: whether δ of any output came in the last backward pass.
        ungraphed: indices of the calls whose output has no graph, where others have one or a gradient came.

    """

    updates: int = 0
    elsewhere: int = 0
    told: bool = False
    optimizer: OptimizerReading | None = None
    unheld: tuple[str, ...] = ()
    foreign: int = 0
    unchanged: tuple[str, ...] = ()
    discarded: int = 0
    uncleared: bool = False
    unregistered: tuple[str, ...] = ()
    reached: bool = True
    ungraphed: tuple[int, ...] = ()


@dataclass(eq=False)
class _Gradients:
    """The history of one parameter's gradient: whether it was cleared between updates.

    A gradient is known by its place in memory and by torch's count of the changes made to it.
    """

    last: tuple[int, int] | None = None
    version: int = -1
    updated: bool = False
    by_optimizer: bool = False
    dirty: bool = False
    uncleared: bool = False
    discarded: int = 0
    before: Measure = 1.0

    def comes(self, parameter: Tensor) -> None:
        """Look at what is there as a gradient comes, where it may be one that an update has used already.

        Some set it to 0 by its data, which torch does not count as a change.
        """
        moved = self.updated or (not self.by_optimizer and self.version != _version(parameter))
        if moved and parameter.grad is not None and self.last == _state(parameter):
            self.before = norm(parameter.grad) if measurable(parameter.grad) else 1.0

    def came(self, parameter: Tensor) -> None:
        """Note a gradient that has just come, or been added to the one that was there."""
        if not self.by_optimizer and self.version not in (-1, _version(parameter)):
            self.changed(parameter)
        state = _state(parameter)
        added = self.last is not None and state == (self.last[0], self.last[1] + 1)
        if added:
            self.dirty |= self.updated
        else:
            self.dirty = False
            self.discarded = 1 if self.updated or self.version != _version(parameter) else self.discarded + 1
        self.last, self.version, self.updated = state, _version(parameter), False

    def stepped(self, parameter: Tensor) -> None:
        """Note a step of an optimizer that holds the parameter, which may have left the gradient as it is."""
        self.by_optimizer = True
        self.changed(parameter)
        # Clipping has changed the gradient since it came, and has not cleared it.
        self.last = _state(parameter)

    def changed(self, parameter: Tensor) -> None:
        """Note an update of the parameter."""
        self.uncleared |= self.dirty
        self.dirty, self.updated, self.discarded, self.version = False, True, 0, _version(parameter)


def _version(tensor: Tensor) -> int:
    """The count of the changes made to a tensor in place, which those made in inference mode do not have."""
    return -2 if tensor.is_inference() else tensor._version


def _state(parameter: Tensor) -> tuple[int, int] | None:
    gradient = parameter.grad
    return None if gradient is None else (id(gradient), _version(gradient))


@dataclass(eq=False)
class _Holding:
    """The parameters that an optimizer holds."""

    groups: int
    own: frozenset[str]
    foreign: tuple[weakref.ref[Tensor], ...]
    eps: float | None
    lost: str


class Connection:
    """A model's connection with its training, as it is seen while a block lasts."""

    def __init__(
        self, model: nn.Module, parameters: Mapping[str, Tensor], optimizer: torch.optim.Optimizer | None
    ) -> None:
        self._model = model
        self._parameters = parameters
        self._names = {id(parameter): name for name, parameter in parameters.items()}
        self._told = optimizer
        self._seen: weakref.WeakKeyDictionary[Any, _Holding] = weakref.WeakKeyDictionary()
        self._last: weakref.ref[torch.optim.Optimizer] | None = None
        self._unheld: tuple[str, ...] = ()
        self._updates = self._elsewhere = 0
        self._watched: str | None = None
        self._gradients = _Gradients()
        self._still: dict[str, tuple[int, Measure | None]] | None = None
        self._unchanged: tuple[str, ...] = ()
        self._looks = True
        self._leaves: dict[int, Tensor] = {}
        self._lost: dict[str, frozenset[int]] = {}
        self._inputs: set[int] = set()
        self._passes_before = 0
        if optimizer is not None:
            self._hold(optimizer)
            self._last = weakref.ref(optimizer)

    def attach(self, hook: Callable[[Callable[..., None]], Callable[..., None]]) -> RemovableHandle:
        """Have every optimizer's step told from now on."""
        self._passes_before = backward_passes()
        return register_optimizer_step_post_hook(hook(self._stepped))

    def passes_since(self) -> int:
        """Number of backward passes, of whatever network, since the block began."""
        return max(backward_passes() - self._passes_before - 1, 0)

    def _hold(self, optimizer: torch.optim.Optimizer) -> _Holding:
        known = self._seen.get(optimizer)
        if known is None or known.groups != len(optimizer.param_groups):
            held = [parameter for group in optimizer.param_groups for parameter in group["params"]]
            own = frozenset(self._names[id(one)] for one in held if id(one) in self._names)
            foreign = tuple(weakref.ref(one) for one in held if id(one) not in self._names) if own else ()
            eps = next((group["eps"] for group in optimizer.param_groups if isinstance(group.get("eps"), float)), None)
            kinds = dict.fromkeys(parameter.dtype for parameter in held if parameter.is_floating_point())
            lost = next(
                (
                    str(kind).partition(".")[2]
                    for kind in kinds
                    if eps is not None and not torch.tensor(eps, dtype=kind)
                ),
                "",
            )
            known = self._seen[optimizer] = _Holding(len(optimizer.param_groups), own, foreign, eps, lost)
            every = frozenset().union(*(holding.own for holding in self._seen.values()))
            trainable = (name for name, parameter in self._parameters.items() if parameter.requires_grad)
            self._unheld = tuple(name for name in trainable if name not in every) if every else ()
        return known

    def _stepped(self, optimizer: torch.optim.Optimizer, *_: object) -> None:
        holding = self._hold(optimizer)
        if not holding.own:
            self._elsewhere += 1
            return
        self._updates += 1
        self._last = weakref.ref(optimizer)
        if self._watched in holding.own:
            self._gradients.stepped(self._parameters[self._watched])

    # Gradients

    def comes(self, name: str, gradient: Tensor) -> None:
        """Note that a gradient is about to come, before it is added to the one that is there."""
        del gradient
        self._gradients.comes(self._parameters[name])

    def came(self, name: str, parameter: Tensor) -> None:
        """Note that the gradient came of the one parameter that is always watched."""
        self._watched = name
        self._gradients.came(parameter)

    # Steps

    def begins(self, inputs: Iterable[Tensor]) -> None:
        """Note what a forward pass is given: no weight of it is one that a module has forgotten."""
        if self._looks:
            self._inputs.update(id(tensor) for tensor in inputs if tensor.requires_grad)

    @property
    def compares(self) -> bool:
        """Whether some parameters are not known to have changed."""
        return self._still is None or bool(self._still)

    def read(self, norms: Mapping[str, Measure]) -> None:
        """Compare the parameters with those of the first recorded step, as another begins."""
        if self._still is None:
            trainable = {name: one for name, one in self._parameters.items() if one.requires_grad}
            self._still = {name: (_version(one), norms.get(name)) for name, one in trainable.items()}
            return
        for name, (version, size) in tuple(self._still.items()):
            if _version(self._parameters[name]) != version or _differ(norms.get(name), size):
                del self._still[name]
        if len(self._unchanged) != len(self._still):
            self._unchanged = tuple(self._still)

    def look(self, output: Tensor, marks: graph.Marks) -> None:
        """Look for weights that an output depends on, in the first recorded step alone."""
        if self._looks and output.grad_fn is not None:
            for leaf in graph.leaves(output, marks):
                if id(leaf) not in self._names:
                    self._leaves[id(leaf)] = leaf

    def reading(self, *, reached: bool, ungraphed: tuple[int, ...]) -> ConnectionReading:
        """The facts at the end of a step."""
        self._looks = False
        foreign = 0
        if self._unheld:
            known = (reference() for holding in self._seen.values() for reference in holding.foreign)
            foreign = sum(one is not None and one.grad is None and one.requires_grad for one in known)
        taken = ConnectionReading(
            updates=self._updates,
            elsewhere=self._elsewhere,
            told=self._told is not None,
            optimizer=self._described(),
            unheld=self._unheld,
            foreign=foreign,
            unchanged=self._unchanged,
            discarded=self._gradients.discarded,
            uncleared=self._gradients.uncleared and bool(self._gradients.before),
            unregistered=self._unregistered(),
            reached=reached,
            ungraphed=ungraphed,
        )
        self._gradients.uncleared = False
        return taken

    def _described(self) -> OptimizerReading | None:
        optimizer = None if self._last is None else self._last()
        if optimizer is None:
            return None
        holding = self._hold(optimizer)
        rates = [float(group["lr"]) for group in optimizer.param_groups if not _on_device(group.get("lr"))]
        rate = max(rates, default=float("nan"))
        decays = [group.get("weight_decay") for group in optimizer.param_groups]
        decay = max([float(one) for one in decays if isinstance(one, int | float)], default=0.0)
        return _described(type(optimizer).__name__, rate, holding.eps, holding.lost, decay)

    def _unregistered(self) -> tuple[str, ...]:
        """Leaves of the graph that modules keep where they are not registered, and that no optimizer holds."""
        if self._leaves:
            # The model's own weights, and what is given to it, are none; nor is what no module keeps.
            known = self._inputs.union(map(id, self._model.parameters()))
            lost = {key: leaf for key, leaf in self._leaves.items() if key not in known}
            self._lost = dict(_places(self._model, lost)) if lost else {}
            self._leaves = {}
        if not self._lost:
            return ()
        held = {id(p) for optimizer in self._seen for group in optimizer.param_groups for p in group["params"]}
        return tuple(place for place, keys in self._lost.items() if not keys & held)


@lru_cache(maxsize=64)
def _described(kind: str, rate: float, eps: float | None, lost: str, decay: float) -> OptimizerReading:
    """The reading of an optimizer, as one object for all steps in which it is the same."""
    return OptimizerReading(kind, rate, eps, lost, decay)


def _differ(size: Measure | None, first: Measure | None) -> bool:
    """Whether two norms are known and differ; those on another device are not waited for."""
    return isinstance(size, float) and isinstance(first, float) and size != first


def _on_device(rate: object) -> bool:
    """Whether a learning rate cannot be read, or not without waiting."""
    return rate is None or (isinstance(rate, Tensor) and rate.device.type != "cpu")


def unregistered(model: nn.Module) -> str | None:
    """The first attribute of a model, or of a module in it, that keeps layers which are not registered."""
    for name, module in model.named_modules():
        for attribute, value in vars(module).items():
            if attribute in _REGISTERED or not isinstance(value, list | tuple | dict):
                continue
            items = value.values() if isinstance(value, dict) else value
            if any(isinstance(item, nn.Module) for item in items):
                return f"{name}.{attribute}" if name else attribute
    return None


def _places(model: nn.Module, leaves: Mapping[int, Tensor]) -> Iterator[tuple[str, frozenset[int]]]:
    """The attributes of a model's modules in which some of these tensors are kept, and which of them."""
    for name, module in model.named_modules():
        for attribute, value in vars(module).items():
            if attribute not in _REGISTERED:
                yield from _within(f"{name}.{attribute}" if name else attribute, value, leaves, _DEEPEST)


def _within(
    place: str, value: object, leaves: Mapping[int, Tensor], depth: int
) -> Iterator[tuple[str, frozenset[int]]]:
    if isinstance(value, nn.Module):
        found = frozenset(map(id, value.parameters())).intersection(leaves)
        if found:
            yield place, found
    elif isinstance(value, Tensor):
        if id(value) in leaves:
            yield place, frozenset({id(value)})
    elif depth and isinstance(value, list | tuple | dict):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _within(f"{place}[{key!r}]", item, leaves, depth - 1)


def backward_passes() -> int:
    """Number of backward passes that this process has begun, counted by one more; -1 where that cannot be had.

    Torch numbers them, and tells the number only while one runs.
    """
    numbers: list[int] = []
    try:
        with torch.inference_mode(False), torch.enable_grad():
            zero = torch.zeros((), device="cpu", requires_grad=True)
            one = zero.clone()
            register: Any = one.register_hook
            register(lambda _: numbers.append(torch._C._current_graph_task_id()))
            torch.autograd.grad(one, zero)
    except Exception:  # within torch.func, or a mode that refuses it: then nothing is told
        return -1
    return numbers[0] if numbers else -1
