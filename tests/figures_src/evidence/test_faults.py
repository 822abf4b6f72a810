"""Faults planted in the laboratory, one by one: each turns a check red, which says its name and its numbers.

A fault is a change of one line, as a slip of the hand would make it. The exhibits that it touches are computed again in
a copy of the project, without drawing.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from figures_src.model import claim
from figures_src.model.exhibit import Check, load
from tests.programs import run
from tests.project import copy_project

COMPUTE = """
import torch

from figures_src.model import claim
from figures_src.cache.catalog import Catalog
from figures_src.model.exhibit import Offered, load

torch.set_num_threads(1)
exhibit = load("{exhibit}")
offered = Offered(exhibit.title, "", {{}}, {{}}, dict(exhibit.checks(exhibit.compute())))
catalog = Catalog({{exhibit.name: offered}}, frozenset(), frozenset())
print(*catalog.failing_checks(), sep="\\n")
print(*claim.check(claim.assess(claim.load(), catalog.checks), catalog.checks), sep="\\n")
"""


@dataclass(frozen=True)
class Fault:
    """A slip in a file of the laboratory, and the check, as `exhibit.check`, that must say so."""

    file: str
    old: str
    new: str
    check: str


FAULTS = {
    "He's gain is 1": Fault(
        "initialization.py", "math.sqrt(2 / _fan_in(weight))", "math.sqrt(1 / _fan_in(weight))", "repair.he"
    ),
    "the factor of ReLU lacks its square root": Fault(
        "theory/finite_width.py", '("sigma_w", sigma_w) / math.sqrt(2)', '("sigma_w", sigma_w) / 2', "repair.he"
    ),
    "the sigmoid stands for tanh": Fault("activations.py", "torch.tanh,", "torch.sigmoid,", "zero_centred.tanh_mean"),
    "derivatives are off by a factor of 2": Fault(
        "activations.py", "return torch.autograd.grad(", "return 2 * torch.autograd.grad(", "sigmoid.maximum"
    ),
    "the gradient is recorded at a, not at z": Fault(
        "passes.py", "wanted = [step.z for", "wanted = [step.a for", "weight_gradients.euler"
    ),
    "the fan out stands for the fan in": Fault(
        "initialization.py",
        "bound = 1 / math.sqrt(_fan_in(weight))",
        "bound = 1 / math.sqrt(_fan_out(weight))",
        "stored_output.output",
    ),
    "there is a bias where there is none": Fault(
        "initialization.py", "return bias.zero_()", "return bias.fill_(0.01)", "explosion.source"
    ),
    "batch normalization leaves the mean": Fault(
        "networks.py",
        "self.normalizations[index](z)",
        'self.normalizations[index](z) + (z.mean(0) / z.std(0) if self.config.normalization == "batch" else 0)',
        "batch_normalization.relu",
    ),
    "the scale of the residual branch is ignored": Fault(
        "networks.py", "self.config.residual_scale * update", "update", "residual.scaled"
    ),
    "clipping is by value, not by norm": Fault(
        "experiments/training/clipping.py",
        "clip_grad_norm_(parameters, config.maximum_norm)",
        "clip_grad_value_(parameters, config.maximum_norm)",
        "clipping.ratio",
    ),
    "the drift of finite width has the wrong sign": Fault(
        "theory/finite_width.py",
        "mean=mean + math.log(2 * scale / n)",
        "mean=-mean - math.log(2 * scale / n)",
        "repair.typical",
    ),
    "the sigmoid is twice as steep": Fault(
        "activations.py", "torch.sigmoid,", "lambda z: torch.sigmoid(2 * z),", "sigmoid.maximum"
    ),
    "all seeds are the same": Fault(
        "experiments/_shared/gaussian.py", "manual_seed(seed)", "manual_seed(0)", "zero_centred.sigmoid_mean"
    ),
    "random numbers are drawn in another order": Fault(
        "networks.py", "torch.empty(2 * num_layers,", "torch.empty(num_layers,", "explosion.source"
    ),
    "mean field takes the size for the square": Fault(
        "theory/propagation.py", "lambda z: phi(root * z) ** 2", "lambda z: phi(root * z).abs()", "input_scale.later"
    ),
    "a finite batch removes one direction too few": Fault(
        "theory/batch_normalization.py", "(B - 2 + 1 / B)", "(B - 1 + 1 / B)", "formulas.finite_batch"
    ),
    "the branch adds its mean to the spread": Fault(
        "theory/residual.py", "(second_moment - mean**2)", "second_moment", "formulas.residual_exponent"
    ),
    "one output counts as a pair": Fault(
        "theory/finite_width.py", "(1 - 1 / n) / math.pi", "1 / math.pi", "output_gradient.summed"
    ),
    "descent goes uphill": Fault(
        "experiments/training/learning_rate.py", "x -= eta * gradient", "x += eta * gradient", "learning_rate.stable"
    ),
    "units die too rarely": Fault(
        "theory/finite_width.py", "math.log1p(-(2.0**-n))", "math.log1p(-(3.0**-n))", "dead_networks.law"
    ),
    "gradients are recorded twice": Fault(
        "experiments/article/source_code.py", "steps[-1].a.sum()", "2 * steps[-1].a.sum()", "source_code.order"
    ),
    "a moment is that of half the variable": Fault(
        "theory/rectified.py",
        "2 / math.sqrt(2 * math.pi), 3 / 2",
        "1 / math.sqrt(2 * math.pi), 3 / 2",
        "normalized_activations.skewness",
    ),
    "equal weights are random after all": Fault(
        "experiments/training/symmetry.py",
        'if checks.one_of("name", name, CASES) != "random"',
        "if False",
        "symmetry.copies",
    ),
}


# One of each kind: of the initialization, of what is recorded, of the theory, of an experiment.
OF_EACH_KIND = (
    "He's gain is 1",
    "the gradient is recorded at a, not at z",
    "mean field takes the size for the square",
    "descent goes uphill",
)


@pytest.mark.parametrize(
    "name", [name if name in OF_EACH_KIND else pytest.param(name, marks=pytest.mark.slow) for name in FAULTS]
)
def test_a_fault_turns_a_check_red(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    project = copy_project(tmp_path / "project")
    project.edit(f"gradlab/{fault.file}", fault.old, fault.new)
    done = run(COMPUTE.format(exhibit=fault.check.partition(".")[0]), project.folder)
    assert done.returncode == 0, done.stderr
    assert f"check {fault.check}: no longer holds: measured " in done.stdout
    # And every claim that rests on it.
    for one in (one for module in claim.load().values() for one in module):
        for role in ("supports", "limits"):
            if fault.check in getattr(one, role):
                said = f"claim {one.id} (figures_src/evidence/claims/"
                lines = [line for line in done.stdout.splitlines() if line.startswith(said)]
                assert any(f"{fault.check}, which {role} it, no longer holds: measured " in line for line in lines)


def test_the_faults_of_each_kind_are_among_them() -> None:
    assert set(OF_EACH_KIND) < set(FAULTS)


@functools.cache
def checks(name: str) -> Mapping[str, Check]:
    """The checks of an exhibit, computed once for all faults that they find."""
    exhibit = load(name)
    assert exhibit.checks
    return exhibit.checks(exhibit.compute())


def test_without_a_fault_every_one_of_these_checks_holds() -> None:
    for fault in FAULTS.values():
        exhibit, _, name = fault.check.partition(".")
        assert checks(exhibit)[name].holds, fault.check
