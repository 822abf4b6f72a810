"""Short trainings of copies, at a rate of the person's or at one that a short test finds.

Rates are found relative to the weights: an optimizer's first update at the rate 1 is measured, and what is tried are
rates at which it changes the weights by a given share. So the search is the same for a loss multiplied by any constant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

import torch
from torch import nn
from torch.nn import Parameter

from gradlab.probing import Advised, ProbeError, probe
from gradlab.probing.causes import course
from gradlab.treatment.isolation import RandomState, copied
from gradlab.treatment.patient import Course, TrainingStep, backward, loss_of

MakeOptimizer = Callable[[Iterable[Parameter]], torch.optim.Optimizer]
"""A function that the person writes: it makes an optimizer of the given parameters."""
OptimizerKind = Callable[..., torch.optim.Optimizer]
"""Class of an optimizer, given parameters and ``lr``."""

SHARES = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3)
"""Shares of the weights' norm by which the first update may change them."""
LOWEST = 1e-4
"""A share that is tried where the last of these is the best."""
FACTORS = (1.0, 1e-3, 1e-2, 0.1, 10.0, 100.0)
"""Factors on a learning rate that is given, the rate itself first."""
_BY_UPDATE = "update not finite"
"""Cause of a training that leaves all that is finite, though the step before it was sound."""
_TRIAL_STEPS = 6
_BETWEEN = 10**0.25
"""Half of the way from one share to the next, as a factor."""
_CLEARLY = 0.1
"""Share of its first value by which a loss has come down that does not stand still."""
_FURTHER = 6
"""Number of times that a sweep that is best at its end goes on beyond it, by a factor of 10 each."""
_LONGER = 5
"""Times as many steps, over which a lower rate has to be better as well."""


def _rate(optimizer: torch.optim.Optimizer) -> float | None:
    rates = {float(group["lr"]) for group in optimizer.param_groups if "lr" in group}
    return rates.pop() if len(rates) == 1 else None


class _Running:
    """A training of a copy that can go on where it stopped."""

    def __init__(self, twin: nn.Module, optimizer: torch.optim.Optimizer, step: TrainingStep, state: RandomState):
        self._twin, self._optimizer, self._step = twin, optimizer, step
        self._state = state
        self._goes_on = True
        self._loss: torch.Tensor | None = None
        self._losses: list[float] = []

    def until(self, steps: int) -> Course:
        """Go on until so many steps are done or the loss is no longer finite, and return the losses."""
        self._state.restore()
        if self._loss is None:
            self._look()
        while self._goes_on and len(self._losses) <= steps:
            # The probe sees a step that failed to its end.
            self._update()
            self._goes_on = math.isfinite(self._losses[-1])
            if self._goes_on:
                self._look()
        self._state = RandomState.now()
        return Course(type(self._optimizer).__name__, _rate(self._optimizer), tuple(self._losses))

    def _look(self) -> None:
        self._loss = loss_of(self._twin, self._step)
        self._losses.append(self._loss.item())

    def _update(self) -> None:
        assert self._loss is not None  # noqa: S101 - it is looked at before
        self._optimizer.zero_grad(set_to_none=True)
        backward(self._loss, self._twin)
        self._optimizer.step()


def _running(model: nn.Module, step: TrainingStep, make: MakeOptimizer, state: RandomState) -> _Running:
    twin = copied(model)
    return _Running(twin, _of(twin, make), step, state)


def train(model: nn.Module, step: TrainingStep, make: MakeOptimizer, steps: int, state: RandomState) -> Course:
    """Train a copy, and return its losses."""
    return _running(model, step, make, state).until(steps)


def watched(
    model: nn.Module, step: TrainingStep, make: MakeOptimizer, steps: int, state: RandomState, language: str
) -> tuple[Course, tuple[Advised, ...]]:
    """The same under the probe, with what it says of the pace: a rate too high or too low, too few steps."""
    twin = copied(model)
    optimizer = _of(twin, make)
    with probe(twin, optimizer=optimizer) as record:
        losses = _Running(twin, optimizer, step, state).until(steps)
    trained = any(one.has_backward for one in record.steps)
    found = record.report(language).findings if trained else ()
    diverged = math.isfinite(losses.first) and losses.last == math.inf
    return losses, tuple(one for one in found if one.cause in course.PACE or (diverged and one.cause == _BY_UPDATE))


def _of(model: nn.Module, make: MakeOptimizer) -> torch.optim.Optimizer:
    """The person's optimizer for a copy.

    Raises:
        ProbeError: it was not made with the parameters that it was given.

    """
    own = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = make(iter(own))
    groups = getattr(optimizer, "param_groups", ())
    if own and {id(one) for group in groups for one in group["params"]}.isdisjoint(map(id, own)):
        raise ProbeError(
            f"optimizer: the function returned {type(optimizer).__name__} without the parameters that it was given, "
            "allowed: one made of them, such as lambda parameters: torch.optim.Adam(parameters, 1e-3)"
        )
    return optimizer


def _norm(tensors: Iterable[torch.Tensor]) -> float:
    squares = [float(tensor.detach().double().norm()) ** 2 for tensor in tensors]
    return math.sqrt(sum(squares))


def share_at_rate_1(model: nn.Module, step: TrainingStep, kind: OptimizerKind, state: RandomState) -> float:
    """‖ΔW‖/‖W‖ of an optimizer's first update at the learning rate 1; 0 where nothing moves."""
    twin = copied(model)
    parameters = [parameter for parameter in twin.parameters() if parameter.requires_grad]
    before = [parameter.detach().clone() for parameter in parameters]
    size = _norm(before)
    optimizer = kind(parameters, lr=1.0)
    state.restore()
    backward(loss_of(twin, step), twin)
    optimizer.step()
    moved = _norm(now - old for now, old in zip(parameters, before, strict=True))
    share = moved / size if size else math.inf
    return share if math.isfinite(share) else 0.0


def at_rate(kind: OptimizerKind, rate: float) -> MakeOptimizer:
    """An optimizer of a kind at a learning rate."""
    return lambda parameters: kind(parameters, lr=rate)


def at_found_rate(model: nn.Module, step: TrainingStep, kind: OptimizerKind, steps: int, state: RandomState) -> Course:
    """Train at the rate that brought the loss lowest in a few steps."""
    share = share_at_rate_1(model, step, kind, state)
    if not share:
        return replace(train(model, step, at_rate(kind, 0.0), 0, state), rate=None)

    def at(wanted: float) -> _Running:
        return _running(model, step, at_rate(kind, wanted / share), state)

    best: tuple[float, _Running, float] | None = None
    for wanted in (*SHARES, LOWEST):
        if wanted == LOWEST and best is not None and best[0] > SHARES[-1]:
            break
        running = at(wanted)
        reached = running.until(min(_TRIAL_STEPS, steps)).compared
        if best is None or reached < best[2]:
            best = wanted, running, reached
    assert best is not None  # noqa: S101 - there are rates
    found = best[1].until(steps)
    for wanted in _beside(best[0], found):
        other = at(wanted).until(steps)
        if other.compared >= found.compared:
            break
        found = other
    return found


def _beside(rate: float, found: Course) -> tuple[float, ...]:
    """Rates to try next, for what is best for a few steps may be too large for more, or too small.

    They are higher where the loss has clearly come down and ends at its lowest, and lower where it has risen again. One
    that stands still leaves its place at a high rate by chance alone.
    """
    if found.last >= (1 - _CLEARLY) * found.first:
        return (rate / 3,)
    factor = _BETWEEN if found.last <= min(found.losses) else 1 / _BETWEEN
    return rate * factor, rate * factor**2


def changed(make: MakeOptimizer, factor: float) -> MakeOptimizer:
    """The person's optimizer with its learning rates multiplied."""

    def multiplied(parameters: Iterable[Parameter]) -> torch.optim.Optimizer:
        optimizer = make(parameters)
        for group in optimizer.param_groups:
            group["lr"] *= factor
        return optimizer

    return multiplied


def better_rate(model: nn.Module, step: TrainingStep, make: MakeOptimizer, steps: int, state: RandomState) -> float:
    """The factor on the person's learning rate that brings the loss lowest; 1 where none does better.

    A sweep of a few steps goes on beyond its ends as long as that is better. What is best for few steps may be too
    large for all, or, for the sweep is coarse, too small: rates beside it are tried as well. At a rate below
    the person's a loss may fall at once that stands still at first at the person's, and then falls lower: that one has
    to be better in the long run too.
    """

    def end(factor: float, count: int) -> Course:
        return train(model, step, changed(make, factor), count, state)

    swept = {factor: end(factor, min(_TRIAL_STEPS, steps)).compared for factor in FACTORS}
    # Where the loss is not finite at any of them, the sweep goes on downwards.
    best = min(swept, key=lambda factor: (swept[factor], factor if swept[factor] == math.inf else 0.0))
    for _ in range(_FURTHER):
        if best not in (max(swept), min(swept)):
            break
        further = best * 10 if best > 1 else best / 10
        swept[further] = end(further, min(_TRIAL_STEPS, steps)).compared
        if swept[further] >= swept[best] and swept[best] < math.inf:
            break
        best = further
    if best == 1 or swept[best] == math.inf:
        return 1.0
    found = end(best, steps)
    for beside in (best / 3, *_beside(best, found)):
        factor = float(f"{beside:.2g}")  # to be written
        other = end(factor, steps)
        if other.compared < found.compared:
            best, found = factor, other
    lasts = best > 1 or end(best, _LONGER * steps).compared < end(1.0, _LONGER * steps).compared
    return best if lasts else 1.0
