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


def train(running: Running) -> float:
    """Run the program to its end, or until it is right about nearly all, and its score."""
    for done in range(running.steps):
        running.step()
        if done % _LOOKS == _LOOKS - 1 and score(running) >= _ENOUGH:
            break
    found = score(running)
    return found if math.isfinite(found) else LOST


def told(running: Running, config: Config) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the probe names of a program that runs to its end, as hindering it and as notes.

    Both the report of the first step and that of the last count. A finding without a cause is named by its verdict.
    """
    every = max(running.steps // config.recorded, 1)
    with gradlab.probe(running.model, optimizer=running.optimizer, every=every) as record:
        for _ in range(running.steps):
            running.step()
    reports = record.report(step=0), record.report()
    found = [finding for report in reports for finding in report.findings]
    hindering = dict.fromkeys(one.cause or one.verdict for one in found if one.severity == "hinders")
    notes = dict.fromkeys(one.cause for one in found if one.cause and one.severity == "note")
    return tuple(hindering), tuple(name for name in notes if name not in hindering)


def trained(program: Program, setting: str, config: Config) -> Run:
    """Train a program with every seed."""
    torch.set_num_threads(1)
    tries = [program.make(setting, seed) for seed in range(config.seeds)]
    return Run(tries[0].steps, tuple(round(train(one), 3) for one in tries))


def asked(program: Program, setting: str, run: Run, config: Config) -> Run:
    """A training with what the probe names, with the first seed."""
    hindering, notes = told(program.make(setting, 0), config)
    return replace(run, hindering=hindering, notes=notes)


def recorded(program: Program, config: Config) -> Recorded:
    """A program with how training it goes."""
    return Recorded(
        name=program.name,
        what=program.what,
        faults=program.faults,
        allowed=(*program.causes, *program.verdicts),
        apart=program.name in APART,
        patched=trained(program, "patched", config),
        faulty=trained(program, "faulty", config) if program.faulty else None,
    )
