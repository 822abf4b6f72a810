"""The with-block of the probe: its arguments, and the record that it makes."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType

import torch
from torch import nn

from gradlab._internal import checks
from gradlab.probing import detached, hooks, wording
from gradlab.probing.connection import unregistered
from gradlab.probing.history import Entry, History
from gradlab.probing.log import Log, Sink, Target, opened, targets
from gradlab.probing.report import Remark, Report
from gradlab.probing.report import report as make_report
from gradlab.probing.step import ProbeError, Step
from gradlab.probing.storage import KeptSteps, PackedStep
from gradlab.probing.watch import Scaler, Watch, groups_of

_probed: weakref.WeakSet[nn.Module] = weakref.WeakSet()


def checked(
    model: object, optimizer: object, every: object, grad_scale: object
) -> tuple[nn.Module, torch.optim.Optimizer | None, int, float | Scaler]:
    """The checked arguments of the probe; an argument that cannot work raises the error that says how to fix it."""
    if not isinstance(model, nn.Module):
        raise ProbeError(f"model: found {type(model).__name__}, allowed: a torch.nn.Module, such as probe(model)")
    compiled = getattr(model, "_orig_mod", None)
    model = compiled if isinstance(compiled, nn.Module) else model
    if next(model.parameters(), None) is None:
        raise ProbeError(
            f"model: {type(model).__name__} has no parameters, so there is nothing to diagnose; "
            + _instead(unregistered(model))
        )
    if any(module in _probed for module in model.modules()):
        raise ProbeError("model: is probed already; leave that with-block first, or read its record")
    if not hooks.takes_hooks(model):
        raise ProbeError("model: is scripted, and takes no hooks; probe the module before torch.jit.script")
    optimizer = unwrapped(optimizer)
    if optimizer is not None and not isinstance(optimizer, torch.optim.Optimizer):
        raise ProbeError(f"optimizer: found {type(optimizer).__name__}, allowed: a torch.optim.Optimizer or None")
    own = {id(parameter) for parameter in model.parameters()}
    if optimizer is not None and not any(id(p) in own for group in groups_of(optimizer) for p in group["params"]):
        raise ProbeError("optimizer: has none of this model's parameters; give the one made from model.parameters()")
    checks.positive_integer("every", every)
    scaler = hasattr(grad_scale, "get_scale") and not isinstance(grad_scale, type)
    checks.positive("grad_scale", grad_scale.get_scale() if scaler else grad_scale)  # type: ignore[attr-defined]
    return model, optimizer, every, grad_scale  # type: ignore[return-value]


def _instead(place: str | None) -> str:
    """Advice on a model without parameters, which may keep its layers where torch does not look."""
    if place is None:
        return "give the model that is trained"
    return f"the layers in {place} are not registered: keep them in torch.nn.ModuleList or ModuleDict"


def unwrapped(optimizer: object) -> object:
    """The optimizer inside what only holds another, as accelerate's and Lightning's do: its hooks are called."""
    inner = getattr(optimizer, "optimizer", None)
    return unwrapped(inner) if isinstance(inner, torch.optim.Optimizer) and inner is not optimizer else optimizer


class Record:
    """Steps recorded by :func:`probe`."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer | None,
        every: int,
        scale: float | Scaler,
        targets: Sequence[Target] = (),
        *,
        compiled: bool = False,
    ) -> None:
        self._steps = KeptSteps()
        self._watch = Watch(model, optimizer, every, scale, self._keep)
        self._compiled = compiled
        self._targets = targets
        self._sinks: list[Sink] = []
        self._used = False
        self._missed = 0
        self._block = ExitStack()

    def __repr__(self) -> str:
        """One line: the model, and how many steps were recorded."""
        name, steps = type(self._watch.model).__name__, len(self._steps)
        return f"<Record: {name}, {steps} steps recorded; report() diagnoses one, history has them all>"

    def _keep(self, step: PackedStep) -> None:
        self._steps.append(step)
        if self._sinks:
            entry = Entry(step.unpacked())
            for sink in self._sinks:
                sink(entry)

    def __enter__(self) -> Record:
        """Attach the hooks."""
        if self._used:
            raise ProbeError("record: this with-block is over; begin another with probe(model)")
        self._used = True
        with ExitStack() as block:
            self._sinks = [opened(target, block) for target in self._targets]
            block.callback(self._watch.detach)
            self._watch.attach()
            for module in self._watch.model.modules():
                _probed.add(module)
                block.callback(_probed.discard, module)
            block.enter_context(hooks.uncompiled())
            self._block = block.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the hooks, whatever happened in the block."""
        self._missed = self._watch.connection.passes_since()
        self._block.close()
        if isinstance(error, RuntimeError) and "does not require grad" in str(error):
            self._missed += 1
            if not any(step.has_backward for step in self._steps):
                error.add_note(f"gradlab: {self._detached()}")

    def _detached(self) -> str:
        """The place, in words, at which the graph of a loss ends that does not depend on the model's output."""
        return detached.told(next((step for step in reversed(self._steps) if step.calls), None))

    @property
    def steps(self) -> Sequence[Step]:
        """Every recorded step that is over; after the block, all of them.

        Raises:
            ProbeError: the block was never entered.

        """
        if not self._used:
            raise ProbeError("record: nothing was recorded; write `with gradlab.probe(model) as record:`")
        return self._steps

    @property
    def history(self) -> History:
        """Every layer of every recorded step, as one plain table.

        Raises:
            ProbeError: the block was never entered.

        """
        return History(self.steps)

    def report(self, language: str = "en", *, step: int | None = None, site: str | None = None) -> Report:
        """Diagnose what was recorded.

        Args:
            language: language of what is printed, ``"en"`` or ``"zh"``.
            step: number of the step to diagnose; if not given, the last one with a backward pass, or the one before it
                where only that one has an update.
            site: address of the site whose pages the report names, such as ``"https://host/path/"``; if not given,
                that of the environment variable ``GRADLAB_SITE``, and without one the pages' names alone.

        Raises:
            ProbeError: no gradient was seen, or no such step; the message says why and what to do.
            ValueError: an unknown language or an invalid address.

        Examples:
            >>> import torch
            >>> import gradlab
            >>> from gradlab.networks import ArticleNetwork
            >>> model = ArticleNetwork(20, dtype=torch.float32)
            >>> with gradlab.probe(model) as record:
            ...     model(torch.ones(1, 1)).sum().backward()
            >>> report = record.report()
            >>> report.rows[0].layer, round(report.rows[0].delta, 3)
            ('layers.0', 2602.295)

        """
        if self.steps and not any(step.calls for step in self.steps) and any(step.unmeasured for step in self.steps):
            raise ProbeError(
                "record: no output could be measured: an empty batch, complex or integer numbers, a meta device, or "
                "torch.func; run the model itself on a batch of real numbers"
            )
        if self._watch.failures and not any(step.calls and step.has_backward for step in self.steps):
            raise ProbeError(f"record: nothing was recorded, for the probe's hooks failed: {self._watch.failures[0]}")
        if self._watch.silent_backward and not any(step.calls for step in self.steps):
            raise ProbeError(
                "record: a backward pass ran, but no hook did: what ran was compiled within the with-block, or is not "
                "the model that is probed; compile the model before the block, in which it then runs uncompiled, or "
                "run the model that was given to probe()"
            )
        if self._missed and self.steps and not any(step.has_backward for step in self.steps):
            raise ProbeError(f"record: a backward pass ran, and no gradient came to the model; {self._detached()}")
        return make_report(self.steps, language, number=step, remarks=self._remarks(), address=site)

    def _remarks(self) -> Iterator[Remark]:
        """Remarks on all steps."""
        watch = self._watch
        if self._compiled:
            yield Remark(wording.COMPILED)
        if watch.opaque:
            yield Remark(wording.OPAQUE, name=watch.opaque[0] or type(watch.model).__name__)
        if watch.is_spread:
            yield Remark(wording.SPREAD)
        if watch.failures:
            yield Remark(wording.HOOK_FAILED, count=len(watch.failures), error=watch.failures[0])


def probe(
    model: nn.Module,
    *,
    optimizer: torch.optim.Optimizer | None = None,
    every: int = 1,
    grad_scale: float | Scaler = 1.0,
    log: Log = None,
) -> Record:
    """Watch a model for the duration of a with-block.

    Args:
        model: any module with parameters; a compiled one runs uncompiled in the block, for compiled code has no hooks.
        optimizer: the optimizer whose steps are measured, so that updates can be told from gradients, and passes whose
            gradients are added up from steps; of weights with more than 2048 entries from a sample, so that no second
            copy of the weights is needed. What only holds an optimizer, as that of accelerate, will do too.
        every: record one in this many forward passes of the model, or with ``optimizer`` one in as many of its steps;
            1 records all.
        grad_scale: the factor on the loss in mixed precision, or the GradScaler that knows it.
        log: where every recorded step is written as soon as it is over: the name of a CSV file (one of this name is
            replaced), a TensorBoard ``SummaryWriter``, a callable that is given a :class:`~gradlab.probing.Entry`
            (``print`` shows a line with the verdict), or a list of these.

    Returns:
        The record, a context manager.

    Raises:
        ProbeError: something other than a model, an optimizer or a log; a model that has no parameters, is scripted or
            is probed already; an optimizer of another model.
        ValueError: ``every`` or ``grad_scale`` out of range.

    Examples:
        >>> import torch
        >>> from torch import nn
        >>> import gradlab
        >>> layers = [nn.Sequential(nn.Linear(32, 32), nn.Sigmoid())
        ...           for _ in range(12)]
        >>> model = nn.Sequential(*layers)
        >>> with gradlab.probe(model) as record:
        ...     model(torch.ones(8, 32)).sum().backward()
        >>> print(record.report().verdict)
        vanishing

    """
    accepted = checked(model, optimizer, every, grad_scale)
    compiled = any(hooks.is_compiled(module) for module in model.modules())
    return Record(*accepted, targets(log), compiled=compiled)
