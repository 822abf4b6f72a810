"""A look at a network layer by layer with the probe: one forward and backward pass, and one step of its optimizer."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import nn

from gradlab import training
from gradlab.datasets import Samples
from gradlab.networks import MLP
from gradlab.probing import probe
from gradlab.probing.finding import Verdict


@dataclass(frozen=True)
class Look:
    """The probe's view of one network; tuples run over the hidden layers, first to last.

    Attributes:
        verdict: the probe's.
        starts_at: the layer at which what it found begins; None where it found nothing.
        delta: ‖δ_l‖, the gradient of the loss with respect to z_l.
        gradient: ‖∂W_l‖.
        update: ‖ΔW_l‖/‖W_l‖ of the optimizer's first step from here.
        silent: share of units that put out 0 for every sample; empty where the activation function has no zeros.

    """

    verdict: Verdict
    starts_at: str | None
    delta: tuple[float, ...]
    gradient: tuple[float, ...]
    update: tuple[float, ...]
    silent: tuple[float, ...]


def _optimizer(network: MLP, rule: training.Rule) -> torch.optim.Optimizer:
    kind = torch.optim.Adam if rule.optimizer == "adam" else torch.optim.SGD
    return kind(network.parameters(), lr=rule.learning_rate)


def look(network: MLP, rule: training.Rule, samples: Samples) -> Look:
    """Probe a copy of a network for one step with PyTorch's own optimizer; the network is not changed."""
    network = copy.deepcopy(network)
    optimizer = _optimizer(network, rule)
    with probe(network, optimizer=optimizer) as record:
        output = network(samples.x)[:, 0]
        nn.functional.binary_cross_entropy_with_logits(output, samples.y).backward()  # type: ignore[no-untyped-call]
        if rule.maximum_norm is not None:
            nn.utils.clip_grad_norm_(network.parameters(), rule.maximum_norm)
        optimizer.step()
    (step,) = record.steps
    report = record.report()
    linear = [call for call in step.calls if call.role == "linear"][:-1]
    weights = {parameter.name: parameter for parameter in step.parameters}
    readings = [weights[call.weight or ""] for call in linear]
    return Look(
        verdict=report.verdict,
        starts_at=next((found.starts_at for found in report.findings if found.severity == "hinders"), None),
        delta=tuple(call.delta_norm or 0.0 for call in linear),
        gradient=tuple(reading.gradient_norm or 0.0 for reading in readings),
        update=tuple(reading.update_ratio or 0.0 for reading in readings),
        silent=tuple(call.silent for call in step.calls if call.role == "function" and call.silent is not None),
    )
