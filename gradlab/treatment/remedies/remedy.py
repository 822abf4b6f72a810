"""One remedy: the change of a network, in words, as lines of code, and done to a copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from gradlab.language import Language, Text
from gradlab.probing import Finding, LayerCall, Step
from gradlab.probing.finding import Cause
from gradlab.treatment import wording
from gradlab.treatment.patient import Patient, TrainingStep


def _as_it_is(step: TrainingStep) -> TrainingStep:
    return step


@dataclass(frozen=True, eq=False)
class Remedy:
    """One change of a network against one finding in it.

    Attributes:
        kind: identifies the kind of remedy.
        told: what it does, in one sentence without its end.
        code: lines that do the same to ``model``, the network itself; runnable as they stand.
        change: does it to a copy, in place.
        place: where these lines belong.
        rate: factor on the learning rate of the person's optimizer.
        guard: does it to the person's step, where the model is not what changes.
        mends: causes that it takes away for good, and does not only make rarer.

    """

    kind: str
    told: Text
    code: str
    change: Callable[[nn.Module], None]
    place: Text = wording.AT_NETWORK
    rate: float = 1.0
    guard: Callable[[TrainingStep], TrainingStep] = _as_it_is
    mends: frozenset[Cause] = frozenset()

    def apply(self, model: nn.Module) -> None:
        """Change a copy in place."""
        self.change(model)

    def says(self, language: Language) -> str:
        """The change in one sentence, without its end."""
        return self.told(language)


Prescribe = Callable[[Finding, Patient], Remedy | None]
"""A kind of remedy: given a finding in a network the remedy for it, or None where it does not apply."""


def replace(model: nn.Module, name: str, module: nn.Module) -> None:
    """Put a module in the place of the one of that name."""
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, module)


def layer_of(model: nn.Module, name: str) -> nn.Module:
    """The layer of that name, also where other remedies have put modules behind it."""
    layer = model.get_submodule(name)
    while isinstance(layer, nn.Sequential):
        layer = layer[0]
    return layer


def append(model: nn.Module, name: str, module: nn.Module) -> None:
    """Put a module behind the one of that name."""
    replace(model, name, nn.Sequential(model.get_submodule(name), module))


def takers(step: Step) -> list[list[LayerCall]]:
    """For every call of a step those that take its output."""
    taken: list[list[LayerCall]] = [[] for _ in step.calls]
    for call in step.calls:
        for parent in call.parents:
            taken[parent].append(call)
    return taken


def weight_of(module: nn.Module) -> Tensor:
    """The weight of a linear layer."""
    weight = module.weight
    if not isinstance(weight, Tensor):
        raise TypeError(f"{type(module).__name__} has no weight")
    return weight


def biases_of(module: nn.Module) -> tuple[Tensor, ...]:
    """The biases of a layer: one, or none, or those of a recurrent layer."""
    return tuple(value for name, value in module.named_parameters(recurse=False) if name.startswith("bias"))


def zero_bias(module: nn.Module) -> None:
    """Set the biases of a layer to 0, where it has any."""
    for bias in biases_of(module):
        nn.init.zeros_(bias)
