"""Training the programs, and the probe on them."""

from __future__ import annotations

import math

import torch

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


def trained(program: Program, setting: str, config: Config) -> Run:
    """Train a program with every seed."""
    torch.set_num_threads(1)
    tries = [program.make(setting, seed) for seed in range(config.seeds)]
    return Run(tries[0].steps, tuple(round(train(one), 3) for one in tries))


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
