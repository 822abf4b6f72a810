"""Training the programs, and the probe on them."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

import gradlab
from figures_src.exhibits.tools._published import Config, Recorded, Run
from tests.published.bank import APART
from tests.published.programs import Program, Running, score

LOST = -1e6
"""The score that stands for outputs that are not finite."""
_ENOUGH = 0.98
_LOOKS = 50


def train(running: Running) -> tuple[float, int]:
    """Run the program to its end, or until it is right about nearly all: its score, and how many steps it took."""
    for done in range(1, running.steps + 1):
        running.step()
        if done % _LOOKS == 0 and score(running) >= _ENOUGH:
            break
    found = score(running)
    return round(found, 3) if math.isfinite(found) else LOST, done


def told(running: Running, steps: int, config: Config) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Causes that the probe names in a training of so many steps, as hindering it and as notes.

    Both the report of the first step and that of the last count. A finding without a cause is named by its verdict.
    """
    every = max(steps // config.recorded, 1)
    with gradlab.probe(running.model, optimizer=running.optimizer, every=every) as record:
        for _ in range(steps):
            running.step()
    reports = record.report(step=0), record.report()
    found = [finding for report in reports for finding in report.findings]
    hindering = dict.fromkeys(one.cause or one.verdict for one in found if one.severity == "hinders")
    notes = dict.fromkeys(one.cause for one in found if one.cause and one.severity == "note")
    return tuple(hindering), tuple(name for name in notes if name not in hindering)


def trained(program: Program, setting: str, config: Config) -> Run:
    """Train a program with every seed."""
    torch.set_num_threads(1)
    results = [train(program.make(setting, seed)) for seed in range(config.seeds)]
    return Run(results[0][1], tuple(score for score, _ in results))


def _watched(program: Program, setting: str, run: Run, config: Config) -> Run:
    """A training with what the probe names of it, with the first seed."""
    torch.set_num_threads(1)
    hindering, notes = told(program.make(setting, 0), run.steps, config)
    return replace(run, hindering=hindering, notes=notes)


def asked(program: Program, known: Recorded, config: Config) -> Recorded:
    """A recorded program with what the probe names of it today."""
    return replace(
        known,
        allowed=(*program.causes, *program.verdicts),
        patched=_watched(program, "patched", known.patched, config),
        faulty=_watched(program, "faulty", known.faulty, config) if known.faulty else None,
    )


def recorded(program: Program, config: Config) -> Recorded:
    """A program with how training it goes, and what the probe names of it."""
    outcome = Recorded(
        name=program.name,
        what=program.what,
        faults=program.faults,
        allowed=(),
        apart=program.name in APART,
        patched=trained(program, "patched", config),
        faulty=trained(program, "faulty", config) if program.faulty else None,
    )
    return asked(program, outcome, config)
