"""The outside bank without its libraries: what is planted does what its name says, the record is of today's bank."""

import math
from collections import Counter

import pytest
import torch

from figures_src.exhibits.what_a_verdict_foretells import _unseen
from figures_src.exhibits.what_a_verdict_foretells._outside import LOST, Config, Recorded, packed, read
from figures_src.model.failures import ROOT
from tests.outside import unseen
from tests.outside.bank import ENTRIES
from tests.outside.built import Built
from tests.outside.entries import Entry, broken, given
from tests.outside.families import users
from tests.outside.planting import FAULTS, Fault
from tests.outside.recording import outcome, seen, trained

HERE = [entry for entry in ENTRIES if entry.member.made_by == "own"]
BRIEF = Config(steps=3, adam=(1e-2,), sgd=(1e-2,))


def test_the_bank_is_large_and_holds_what_people_have() -> None:
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES) >= 120
    families = Counter(entry.family for entry in ENTRIES)
    wanted = {
        "torchvision",
        "timm",
        "transformers",
        "U-Net",
        "GAN",
        "PPO",
        "graph",
        "recurrent",
        "autoencoder",
        "diffusion",
    }
    assert wanted | {"MLP", "CNN", "coordinates", "residual MLP", "published"} <= set(families)
    assert {name for entry in ENTRIES if entry.fault for name in entry.fault.names} == set(FAULTS)
    assert sum(entry.fault is None for entry in ENTRIES) >= 120
    assert sum(entry.seed > 0 for entry in ENTRIES) >= 20


def test_the_record_is_of_this_bank() -> None:
    _, outside = read()
    assert [one.member for one in outside.recorded] == [entry.member for entry in ENTRIES], "run `make record-models`"
    assert all(one.outcome is not None for one in outside.recorded), "run `make record-models`"


def test_the_held_out_set_is_large_and_of_other_networks() -> None:
    assert len({entry.name for entry in unseen.ENTRIES}) == len(unseen.ENTRIES) >= 40
    assert {entry.member.built for entry in unseen.ENTRIES}.isdisjoint(entry.member.built for entry in ENTRIES)
    assert sum(entry.fault is None for entry in unseen.ENTRIES) >= 40


def test_the_record_of_the_held_out_set_is_of_today() -> None:
    _, held_out = _unseen.read()
    command = "run `make record-models ONLY=unseen`"
    assert [one.member for one in held_out.recorded] == [entry.member for entry in unseen.ENTRIES], command
    assert all(one.outcome is not None for one in held_out.recorded), command


def test_every_task_is_learned_by_a_network() -> None:
    """A network that fails at a task that none learns would say nothing about the network."""
    learned: dict[str, bool] = {}
    for one in read()[1].recorded:
        assert one.outcome is not None
        learned[one.member.task] = learned.get(one.member.task, False) or one.outcome.trains()
    assert [task for task, is_learned in learned.items() if not is_learned] == []


@pytest.mark.parametrize("entry", HERE[::7], ids=lambda entry: entry.name)
def test_a_network_is_seen_here_as_it_was_recorded(entry: Entry) -> None:
    (old,) = (one for one in read()[1].recorded if one.member.name == entry.name)
    new = Recorded(entry.member, None, packed(seen(entry)))
    assert [call.label for call in new.step.calls] == [call.label for call in old.step.calls]
    assert new.report().verdict == old.report().verdict


@pytest.mark.parametrize("entry", [users.HE, users.UNET, users.GPT], ids=lambda entry: entry.name)
def test_a_network_is_the_same_whenever_it_is_made(entry: Entry) -> None:
    (one, task), (other, same) = entry.make(), entry.make()
    assert torch.equal(task.loss(one), same.loss(other))


def test_chance_is_what_ignoring_the_input_gives() -> None:
    _, task = users.HE.make()
    constant = torch.nn.Linear(32, 8)
    torch.nn.init.zeros_(constant.weight)
    torch.nn.init.zeros_(constant.bias)
    assert float(task.loss(constant).detach()) == pytest.approx(task.chance)
    assert task.chance == pytest.approx(math.log(8))


@pytest.mark.parametrize("entry", [one for one in users.BROKEN if one.fault], ids=lambda entry: entry.name)
def test_what_is_planted_shows(entry: Entry) -> None:
    """A broken network is another than the one it was made of."""
    (sound,) = (one for one in (*users.SOUND, users.DEEP) if entry.name.startswith(f"{one.name}: "))
    assert packed(seen(entry)) != packed(seen(sound))


def test_a_network_without_a_loss_never_moves() -> None:
    entry = broken(users.HE, "loss times 0")
    found = outcome(entry, seen(entry), BRIEF)
    assert not found.trains()
    assert set(found.still) == {str(index) for index in range(0, 17, 2)}


def test_a_network_that_is_cut_moves_behind_the_cut_only() -> None:
    entry = broken(users.HE, "detached", "8")
    assert outcome(entry, seen(entry), BRIEF).still == ("0", "2", "4", "6", "8")


def test_an_overflow_that_a_scaler_leaves_out_is_a_note_and_the_network_learns() -> None:
    step = seen(users.SCALED)
    report = Recorded(users.SCALED.member, None, packed(step)).report()
    assert report.verdict == "healthy"
    (found,) = report.findings
    assert (found.verdict, found.severity, found.reason) == ("non-finite", "note", "scaler")
    assert outcome(users.SCALED, step, Config()).trains("adam")


def test_a_loss_that_is_never_finite_is_lost() -> None:
    model, task = broken(users.HE, "infinite weight", "8").make()
    assert trained(model, task, "adam", 1e-3, BRIEF) == (LOST, LOST)


def test_a_sound_network_learns() -> None:
    found = outcome(users.HE, seen(users.HE), Config())
    assert found.trains("adam")
    assert found.trains("sgd")
    assert found.still == ()


def test_a_call_is_written_as_it_is_made() -> None:
    call = Built("torch.nn.Sequential", Built("torch.nn.Linear", 2, 3, bias=False), Built("torch.nn.ReLU"))
    assert str(call) == "torch.nn.Sequential(torch.nn.Linear(2, 3, bias=False), torch.nn.ReLU())"
    assert call()(torch.zeros(1, 2)).shape == (1, 3)
    assert str(given("images", 32)) == "tests.outside.tasks.images(32)"


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match=r"names: found \['ded'\], allowed: no normalization, "):
        Fault(("ded",))


def test_the_libraries_are_locked() -> None:
    wanted = (ROOT / "requirements/models.in").read_text(encoding="utf-8").split("\n")
    lock = (ROOT / "requirements/models.txt").read_text(encoding="utf-8")
    assert all(f"{line} \\\n" in lock for line in wanted if "==" in line), "run `make lock`"
