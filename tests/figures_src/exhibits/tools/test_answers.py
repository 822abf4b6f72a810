"""The record of the comparison: its shape, what is said of damage, and that the page's numbers are the record's."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from figures_src.cache import records
from figures_src.exhibits.tools import _answers, _scores, tool_costs, tool_diagnoses
from figures_src.exhibits.tools._answers import FILE, Answer, Answers, Config, Cost, OneTool
from figures_src.exhibits.tools._vocabulary import DIAGNOSING, TOOLS
from gradlab.experiments.activations.activation_cost import Spread
from gradlab.probing.bank import MEMBERS

COSTS = (Cost(9, Spread(1.5, 1.4, 1.6, 1.3, 1.7)),) * 2
SILENT = Answer((), "")


def made(**said: tuple[Answer, ...]) -> Answers:
    """A record in which all tools are silent but for those given."""
    silent = (SILENT,) * len(MEMBERS)
    tested = (OneTool(name, "1.0", said.get(name, silent if name in DIAGNOSING else ()), COSTS) for name in TOOLS)
    return Answers(Config(), tuple(tested))


def by_truth(tool: str, words: Mapping[str, tuple[str, ...]]) -> Answers:
    return made(**{tool: tuple(Answer(words.get(member.truth, ()), "") for member in MEMBERS)})


def test_silence_is_right_about_healthy_networks_only() -> None:
    score = _scores.score(made(), "torchdiag")
    assert score.right["healthy"] == len(_scores.members(made(), "healthy")) == score.all == score.own
    assert (score.crashes, score.alarms, score.opposite) == (0, 0, 0)


def test_the_true_fault_has_to_be_among_the_words() -> None:
    both = ("gradient VANISH", "gradient EXPLODE")
    score = _scores.score(by_truth("torchdiag", {"exploding": both, "dead": ("gradient VANISH",)}), "torchdiag")
    assert score.right["exploding"] == score.opposite == len(_scores.members(made(), "exploding"))
    assert score.right["dead"] == 0


def test_a_remark_helps_and_never_harms() -> None:
    remark = ("neurons WARNING",)
    score = _scores.score(by_truth("torchdiag", {"healthy": remark, "dead": remark}), "torchdiag")
    assert score.alarms == 0
    assert score.right["dead"] == len(_scores.members(made(), "dead"))


def test_an_alarm_and_a_crash_are_not_right() -> None:
    said = {"traintools": (Answer((), "RuntimeError"), Answer(("gradient is very large",), ""))}
    both = made(traintools=said["traintools"] + (SILENT,) * (len(MEMBERS) - 2))
    score = _scores.score(both, "traintools")
    assert (score.crashes, score.alarms) == (1, 1)
    assert score.right["healthy"] == len(_scores.members(made(), "healthy")) - 2


def test_what_is_not_its_purpose_counts_among_all_only() -> None:
    score = _scores.score(by_truth("torchlens", {"saturated": ("find_nan",)}), "torchlens")
    others = len(_scores.members(made(), "saturated")) + len(_scores.members(made(), "cut off"))
    assert _scores.asked(made(), "torchlens") == len(MEMBERS) - others
    assert score.own == score.all == len(_scores.members(made(), "healthy"))


def test_gradlab_has_one_verdict() -> None:
    said = {truth: (truth,) for truth in ("vanishing", "dead")} | {"healthy": ("inconclusive",)}
    score = _scores.score(by_truth("gradlab", said), "gradlab")
    assert score.right["healthy"] == 0
    assert score.all == len(_scores.members(made(), "vanishing")) + len(_scores.members(made(), "dead"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written = tmp_path / "answers.json"
    records.write(
        written, records.Machine("A processor", "AVX2", 2, "A system", "3.11.0", "2.0.0", "2026-01-31"), made()
    )
    return written


def test_what_is_written_is_read(path: Path) -> None:
    assert _answers.read(path)[1] == made()


def changed(path: Path, place: list[Any], to: object) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    inner = content
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = to
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("place", "to", "said"),
    [
        (["tested", 1, "answers", 0, "words"], ["gone"], "result.tested[1].answers: found ['gone'], allowed: words of"),
        (["tested", 1, "answers"], [], "result.tested: found 0 answers of torchdiag, allowed: one a member"),
        (["tested", 0, "tool"], "other", "result.tested[0].tool: found 'other', allowed: gradlab, "),
        (["tested", 0, "costs", 0, "rounds"], 1.5, "result.tested[0].costs[0].rounds: found 1.5, allowed: int"),
        (["config", "settings"], ["mlp", "rnn"], "result.config: found other settings than the exhibit's; run `make r"),
    ],
)
def test_damage_is_named_in_one_line(path: Path, place: list[Any], to: object, said: str) -> None:
    changed(path, ["result", *place], to)
    with pytest.raises(ValueError, match=f"^{re.escape(f'{path}: {said}')}") as caught:
        _answers.read(path)
    assert "\n" not in str(caught.value)


def test_a_missing_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"missing\.json: \[Errno 2\] No such file"):
        _answers.read(tmp_path / "missing.json")


def test_the_record_names_the_command_that_makes_it_anew(path: Path) -> None:
    changed(path, ["result", "config", "members"], ["another"] * len(MEMBERS))
    with pytest.raises(ValueError, match="run `make record-peers`"):
        _answers.read(path)


def test_a_record_of_a_smaller_bank_is_read_and_counted(path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    result = content["result"]
    del result["config"]["members"][1]
    for one in result["tested"]:
        del one["answers"][1:2]
    path.write_text(json.dumps(content), encoding="utf-8")
    answers = _answers.read(path)[1]
    assert answers.members == (MEMBERS[0], *MEMBERS[2:])
    assert _scores.score(answers, "torchdiag").own == len(_scores.members(made(), "healthy")) - 1


def test_every_tool_stands_in_a_record() -> None:
    with pytest.raises(ValueError, match="allowed: every tool in its order"):
        replace(made(), tested=())


def test_the_pages_numbers_are_those_of_the_record() -> None:
    content = json.loads(FILE.read_text(encoding="utf-8"))["result"]["tested"]
    diagnoses, costs = (module.numbers(module.compute()) for module in (tool_diagnoses, tool_costs))
    for one in content:
        name = one["tool"]
        assert [costs[f"{name}_{setting}"].value for setting in ("mlp", "cnn")] == [
            cost["ratio"]["median"] for cost in one["costs"]
        ]
        if name in DIAGNOSING:
            assert diagnoses[f"{name}_crashes"].value == sum(bool(answer["crash"]) for answer in one["answers"])
    members = _answers.read()[1].members
    ours = next(one for one in content if one["tool"] == "gradlab")
    right = [answer["words"] == [member.truth] for answer, member in zip(ours["answers"], members, strict=True)]
    assert diagnoses["gradlab_all"].value == sum(right)


def test_versions_are_those_that_are_pinned() -> None:
    pinned = (FILE.parents[3] / "requirements/peers.in").read_text(encoding="utf-8")
    for one in _answers.read()[1].tested[1:]:
        assert f"=={one.version}\n" in pinned, one.tool
