"""A new activation function is one entry in gradlab/activations.py: everything else finds it there."""

import json

import pytest

from tests.programs import module, run
from tests.project import Project, copy_project

# One that saturates, slowly and without closed forms, and is no function of autograd's own; one that can fall silent,
# has a kink, and is.
ENTRIES = """
            Activation(
                "softsign", functional.softsign, lower_limit=-1.0, upper_limit=1.0, label="Softsign", module=nn.Softsign
            ),
            Activation("hardswish", functional.hardswish, label="Hardswish", module=nn.Hardswish),
"""
LAST = '            Activation("linear"'
LOOK = """
import json

import torch

import gradlab
from figures_src.exhibits._shared import labels
from figures_src.exhibits.reference_networks import activation_functions
from figures_src.model.language import localizer
from gradlab import theory
from gradlab.experiments import input_scale, layer_profiles, sigma_map, spirals
from gradlab.probing import bank

torch.set_num_threads(1)


def diagnosed(**settings):
    member = bank.Member("new", "", activation=name, **settings)
    model, x = member.make()
    with gradlab.probe(model) as record:
        member.loss(model(x)).backward()
    report = record.report()
    applied = [call for call in record.steps[0].calls if call.activation == name]
    return {
        "verdict": report.verdict,
        "predicted": report.findings[0].predicted,
        "applied": len(applied),
        "saturated": applied[0].saturated,
        "silent": applied[0].silent,
    }


points = sigma_map.run(sigma_map.Config(activation=name, sigma_w=(0.6, 3.0))).points
shown = activation_functions.table(activation_functions.compute(), localizer("zh"))
found = {
    "factors": [(point.factor, point.predicted_factor) for point in points],
    "label": labels.ACTIVATIONS[name].zh,
    "reference": [row for row in shown.rows if row[0] == f"`{name}`"],
    "small": diagnosed(sigma_w=0.3),
    "planted": diagnosed(sigma_w=1.0, depth=6, fault=fault),
    "verdict": layer_profiles.run(layer_profiles.Config(activation=name, sigma_w=0.3)).verdict,
    "maximum": theory.derivative_maximum(name),
    "trained": len(spirals.run(spirals.Config(rows=(spirals.Row("new", activation=name),), steps=2, seeds=1)).rows),
}
if fault == "saturated":
    found["bound"] = theory.saturation_bound(name, 0.01)
    (scale,) = input_scale.run(input_scale.Config(activation=name, scales=(1.0,))).points
    found["factors"].append((scale.factor, scale.predicted_factor))
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    copied = copy_project(tmp_path_factory.mktemp("project"))
    copied.edit("gradlab/activations.py", LAST, ENTRIES.lstrip("\n") + LAST)
    return copied


@pytest.mark.parametrize(
    ("name", "label", "fault", "maximum"),
    [("softsign", "Softsign", "saturated", 1.0), ("hardswish", "Hardswish", "dead", 1.5)],
)
def test_one_entry_is_enough(project: Project, name: str, label: str, fault: str, maximum: float) -> None:
    done = run(f"name, fault = {name!r}, {fault!r}\n{LOOK}", project.folder)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for measured, predicted in found["factors"]:
        assert measured == pytest.approx(predicted, rel=0.02)  # as tests/gradlab/experiments/scale/test_sigma_map.py
    assert found["label"] == label
    assert [row[1] for row in found["reference"]] == [label]
    assert found["maximum"] == pytest.approx(maximum, rel=1e-9)
    small = found["small"]
    assert small["verdict"] == found["verdict"] == "vanishing"
    assert small["applied"] == 20
    assert small["predicted"] is not None
    assert (small["saturated"] is not None, small["silent"] is not None) == (fault == "saturated", fault == "dead")
    assert found["planted"]["verdict"] == fault
    assert found["trained"] == 1
    if fault == "saturated":
        # φ' = 1/(1 + |z|)².
        assert found["bound"] == pytest.approx(9.0, rel=1e-12)


@pytest.mark.parametrize("name", ["softsign", "hardswish"])
def test_the_command_line_offers_it(project: Project, name: str) -> None:
    setting = ("--lang", "en", "experiment", "sigma-map", "--seeds", "2", "--depth", "3", "--activation")
    refused = run(module("gradlab", *setting, f"{name}s"), project.folder)
    assert refused.returncode != 0
    assert f"nearest: '{name}'" in refused.stderr
    done = run(module("gradlab", *setting, name), project.folder)
    assert done.returncode == 0, done.stderr
