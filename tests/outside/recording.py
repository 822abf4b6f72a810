"""The step that the probe sees of a network of the bank, and the outcome of its training."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

import gradlab
from figures_src.exhibits.what_a_verdict_foretells._outside import LOST, Config, Outcome, packed
from gradlab.probing.step import Step
from tests.outside.entries import Entry
from tests.outside.tasks import Task


def seen(entry: Entry) -> Step:
    """The first step of a network, as the probe sees it."""
    model, task = entry.make()
    with gradlab.probe(model, grad_scale=task.grad_scale) as record:
        (task.loss(model) * task.factor * task.grad_scale).backward()  # type: ignore[no-untyped-call]
    (step,) = record.steps
    return step


def _optimizer(name: str, model: nn.Module, rate: float, config: Config) -> torch.optim.Optimizer:
    if name == "adam":
        return torch.optim.Adam(model.parameters(), lr=rate)
    return torch.optim.SGD(model.parameters(), lr=rate, momentum=config.momentum)


def _is_decided(shares: list[float], config: Config) -> bool:
    """Whether a training need not go on: it has shown that it learns, or has not left chance for long."""
    if len(shares) > config.patience:
        return min(shares) > config.hopeless or shares[-1] <= config.enough
    return len(shares) > config.least and shares[-1] <= config.enough


def trained(model: nn.Module, task: Task, name: str, rate: float, config: Config) -> tuple[float, float]:
    """The share of chance that a training begins with, and the lowest that it comes to; the network keeps its state."""
    optimizer = _optimizer(name, model, rate, config)
    # It leaves out a step whose gradients overflow, and halves its scale; where it is not enabled it does nothing.
    scaler = torch.amp.GradScaler("cpu", init_scale=task.grad_scale, enabled=task.grad_scale != 1)
    shares: list[float] = []
    for _ in range(config.steps + 1):
        optimizer.zero_grad()
        loss = task.loss(model)
        share = float(loss.detach()) / task.chance
        if not math.isfinite(share):
            break
        shares.append(share)
        if _is_decided(shares, config):
            break
        scaler.scale(loss * task.factor).backward()  # type: ignore[no-untyped-call]
        scaler.step(optimizer)
        scaler.update()
    return (shares[0], min(shares)) if shares else (LOST, LOST)


def _moved(model: nn.Module, before: dict[str, Tensor]) -> set[str]:
    """The parameters more than a hundredth of whose elements are no longer what they were.

    Where an image is smaller than a kernel, the elements outside never move.
    """
    return {
        name
        for name, parameter in model.named_parameters(remove_duplicate=False)
        if 100 * int((parameter.detach() != before[name]).sum()) > parameter.numel()
    }


def outcome(entry: Entry, step: Step, config: Config) -> Outcome:
    """Train a network with every optimizer and rate, each until one has shown that it learns."""
    fresh, _ = entry.make()
    # A weight that two modules share has the name of each.
    shared = fresh.named_parameters(remove_duplicate=False)
    before = {name: parameter.detach().clone() for name, parameter in shared}
    moved: set[str] = set()
    lowest: dict[str, list[float]] = {}
    initial = LOST
    for name, rates in (("adam", config.adam), ("sgd", config.sgd)):
        found = lowest[name] = []
        for rate in rates:
            model, task = entry.make()
            initial, least = trained(model, task, name, rate, config)
            found.append(least)
            moved |= _moved(model, before)
            if least <= config.enough:
                break
    return Outcome(initial, tuple(lowest["adam"]), tuple(lowest["sgd"]), tuple(_still(fresh, step, moved)))


def _still(model: nn.Module, step: Step, moved: set[str]) -> Iterator[str]:
    """Yield the modules that ran and have trainable parameters, none of which moved; of an embedding few rows do."""
    for name, module in model.named_modules():
        own = [
            f"{name}.{own}" if name else own
            for own, parameter in module.named_parameters(recurse=False)
            if parameter.requires_grad
        ]
        if own and moved.isdisjoint(own) and name in step.ran and not isinstance(module, nn.Embedding):
            yield name


def packed_step(entry: Entry) -> str:
    """The step that the probe sees, as the record keeps it."""
    return packed(seen(entry))
