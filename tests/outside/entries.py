"""A network of the bank as something that can be built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Generator, nn

from figures_src.exhibits.what_a_verdict_foretells._outside import Member
from tests.outside import tasks
from tests.outside.built import Built
from tests.outside.planting import Fault
from tests.outside.tasks import Task

OWN = "tests.outside."


@dataclass(frozen=True)
class Entry:
    """One network of the bank, with how it is built.

    Attributes:
        name: says what it is.
        family: the kind of networks that it belongs to.
        model: the call that builds it.
        task: the call that makes its task.
        seed: of its weights and data.
        fault: what is planted in it; None in a sound one.

    """

    name: str
    family: str
    model: Built
    task: Built
    seed: int = 0
    fault: Fault | None = None

    @property
    def member(self) -> Member:
        """The entry as the record names it."""
        return Member(
            name=self.name,
            family=self.family,
            made_by=next((path.partition(".")[0] for path in self.model.paths() if not path.startswith(OWN)), "own"),
            built=str(self.model).replace(OWN, ""),
            task=str(self.task).replace(f"{OWN}tasks.", ""),
            seed=self.seed,
            fault=", ".join(self.fault.names) if self.fault else "",
            places=self.fault.places if self.fault else (),
        )

    def make(self) -> tuple[nn.Module, Task]:
        """The network with fresh weights, and its task."""
        torch.manual_seed(self.seed)
        model: nn.Module = self.model().float().train()
        task: Task = self.task(Generator().manual_seed(self.seed + 1))
        return model, self.fault.planted(model, task) if self.fault else task


def given(task: str, *arguments: object, **named: object) -> Built:
    """The call that makes a task of :mod:`tests.outside.tasks`."""
    return Built(f"{tasks.__name__}.{task}", *arguments, **named)


def calls_of(module: str) -> Callable[..., Built]:
    """A function that gives the call that builds a network of a module beside this one."""

    def call(name: str, *arguments: object, **named: object) -> Built:
        return Built(f"{OWN}{module}.{name}", *arguments, **named)

    return call


own = calls_of("own")


def of(library: str, what: str, family: str, model: Built, task: Built) -> Entry:
    """A network of a library, after which it is named."""
    return Entry(f"{library} {what}", family, model, task)


def broken(entry: Entry, fault: str, *places: str) -> Entry:
    """A network with a fault, or with several joined by plus signs."""
    where = f" in {', '.join(places)}" if places else ""
    return replace(entry, name=f"{entry.name}: {fault}{where}", fault=Fault(tuple(fault.split(" + ")), places))


def seeds(entry: Entry, *more: int) -> tuple[Entry, ...]:
    """A network with further seeds."""
    return entry, *(replace(entry, name=f"{entry.name}, seed {seed}", seed=seed) for seed in more)
