"""The report as a user reads it: sentences, Markdown, links, and the reason where there is nothing to say."""

import csv
import json
import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

import gradlab
from gradlab.probing import ProbeError, advice, wording
from gradlab.probing.bank import HE, PYTORCH_DEFAULT, Member
from gradlab.probing.report import Remark, Report
from gradlab.probing.report import report as of_steps
from gradlab.probing.step import Step
from tests.gradlab.probing.test_diagnosis import along, at, chain

SITE = "https://host/path/"


def report(member: Member, language: str = "en", **options: str) -> Report:
    model, x = member.make()
    with gradlab.probe(model) as record:
        member.loss(model(x)).backward()  # type: ignore[no-untyped-call]
    return record.report(language, **options)  # type: ignore[arg-type]


VANISHING = Member("", "vanishing", sigma_w=PYTORCH_DEFAULT, depth=8)


def test_markdown_has_one_item_for_what_helps_what_does_not_and_where_it_is_measured() -> None:
    lines = report(VANISHING, site=SITE).to_markdown().split("\n")
    items = [line for line in lines if line.startswith("- ")]
    assert [item.partition(":**")[0] for item in items] == [
        "- **What helps",
        "- **What does not help",
        "- **Measured here",
    ]
    assert items[2] == f"- **Measured here:** [The map of the weight scale]({SITE}en/sigma-w-map/)"
    assert lines.count("    ```python") == lines.count("    ```") == 1


def test_markdown_names_the_page_once_where_the_site_is_unknown() -> None:
    english, chinese = (report(VANISHING, language, site="").to_markdown() for language in ("en", "zh"))
    assert "- **Measured on the page “The map of the weight scale”:** en/sigma-w-map/" in english
    assert "- **实测见《权重尺度的地图》：** zh/sigma-w-map/" in chinese


def test_words_of_the_table_begin_below_each_other() -> None:
    header, first, second, *_ = str(report(VANISHING)).splitlines()
    assert header.index("kind") == first.index("Linear") == second.index("ReLU")


@pytest.mark.parametrize(("language", "title"), [("en", "The map of the weight scale"), ("zh", "权重尺度的地图")])
def test_the_address_is_complete_where_the_site_is_known(language: str, title: str) -> None:
    known, unknown = report(VANISHING, language, site=SITE), report(VANISHING, language, site="")
    assert f"{SITE}{language}/sigma-w-map/" in str(known)
    assert f"{language}/sigma-w-map/" in str(unknown)
    assert "http" not in str(unknown) + unknown.to_markdown()
    assert known.page(known.findings[0]) == (title, f"{SITE}{language}/sigma-w-map/")
    assert known.to_dict()["findings"][0]["address"] == f"{SITE}{language}/sigma-w-map/"


def test_a_notebook_shows_the_markdown() -> None:
    shown = report(VANISHING)
    assert shown._repr_markdown_() == shown.to_markdown()


@pytest.mark.parametrize("cause", ["vanishing-relu", "vanishing-tanh", "exploding-weights", "saturated"])
def test_the_code_for_weights_heals_when_it_is_run(cause: str) -> None:
    ill = {
        "vanishing-relu": VANISHING,
        "vanishing-tanh": Member("", "", activation="tanh", sigma_w=PYTORCH_DEFAULT, depth=12),
        "exploding-weights": Member("", "", sigma_w=2 * HE, depth=10),
        "saturated": Member("", "", activation="tanh", sigma_w=1.0, depth=6, fault="saturated"),
    }[cause]
    model, x = ill.make()
    torch.manual_seed(0)
    with gradlab.probe(model) as record:
        ill.loss(model(x)).backward()  # type: ignore[no-untyped-call]
    before = record.report()
    assert advice.cause(before.findings[0], before.step) == cause
    exec(before.findings[0].advice.code, {"model": model, "torch": torch})  # noqa: S102
    with gradlab.probe(model) as record:
        ill.loss(model(x)).backward()  # type: ignore[no-untyped-call]
    assert record.report().verdict == "healthy"


def test_with_nothing_to_compare_the_reason_is_told() -> None:
    model = nn.LSTM(4, 4)
    with gradlab.probe(model) as record:
        model(torch.randn(3, 2, 4))[0].sum().backward()
    shown = record.report()
    assert shown.verdict == "inconclusive"
    assert not shown.findings
    assert "at least 2 in one chain, or along at least 3" in shown.notes[0]
    assert "linear layers with a gradient there are 0" in shown.notes[0]
    assert "线性层有 0 个" in record.report("zh").notes[0]


def test_where_something_was_compared_no_reason_is_told() -> None:
    assert not report(Member("", "healthy", depth=6)).notes


def test_a_layer_that_is_a_number_is_called_a_layer() -> None:
    assert wording.called("4", "en") == "layer 4"
    assert wording.called("4 call 2", "en") == "layer 4 call 2"
    assert wording.called("blocks.4", "en") == "blocks.4"
    assert "from layer 14 back to layer 0" in str(report(VANISHING))
    assert "从层 14 回到层 0" in str(report(VANISHING, "zh"))


def test_certainty_is_shown_as_a_bound() -> None:
    assert wording.confident(1.0) == "> 99.9%"
    assert wording.confident(0.9571) == "95.7%"


@pytest.mark.parametrize("scale", [1e160, 1e-160])
def test_weights_whose_square_leaves_the_numbers_are_diagnosed_all_the_same(scale: float) -> None:
    model = nn.Sequential(*(nn.Linear(8, 8) for _ in range(3)), nn.Linear(8, 1)).double()
    with torch.no_grad():
        next(model[1].parameters()).mul_(scale)
    with gradlab.probe(model) as record:
        model(torch.ones(4, 8, dtype=torch.float64)).sum().backward()
    shown = record.report()
    assert shown.verdict == ("exploding" if scale > 1 else "vanishing")
    assert math.isfinite(shown.findings[0].measured)
    assert str(shown)


WRITTEN = chain(along(1e-4), operation="tanh", sigma_w=0.5)
UNSEEN = wording.UNSEEN("en", count=5, first="1")


def test_the_text_is_the_table_the_verdict_every_finding_with_its_advice_and_the_notes() -> None:
    shown = of_steps([WRITTEN], "en", address=SITE, remarks=[Remark(wording.RECOMPUTED, count=3)])
    table, told, finding, unseen, note = shown.text().split("\n\n")
    assert len(table.splitlines()) == 1 + len(WRITTEN.calls)
    assert told == "Verdict: vanishing gradients."
    lines = finding.splitlines()
    assert lines[0].startswith("The gradient vanishes towards the input: from layer 4 back to layer 0, ‖δ‖ is")
    assert lines[1].startswith("What helps: Scaling layer 0, …, layer 5 on a batch of your own, until")
    assert lines[2] == "    def to_unit_variance(layer, inputs, output):"
    assert lines[-2].startswith("What does not help: Another learning rate")
    assert lines[-1] == f"Measured on the page “The map of the weight scale”: {SITE}en/sigma-w-map/"
    assert unseen == f"Note: {UNSEEN}"
    assert note == "Note: Activation checkpointing repeated 3 calls; each is counted once."
    assert shown.summary() == f"{told}\n{lines[0]}"
    assert shown.to_markdown().startswith(f"**{told}**\n\n{lines[0]}\n\n- **What helps:**")
    assert shown.to_markdown().endswith(f"\n\n- {unseen}\n- {note}\n")


def test_plain_values_have_all_that_the_report_says() -> None:
    shown = of_steps([WRITTEN], "zh", address=SITE, remarks=[Remark(wording.RECOMPUTED, count=3)])
    values = shown.to_dict()
    (finding,), found = values["findings"], shown.findings[0]
    assert (values["verdict"], values["step"]) == ("vanishing", 0)
    assert values["notes"][1:] == ["激活检查点重复了 3 次调用，每次只计一次。"]
    assert (
        finding.items()
        >= {
            "verdict": "vanishing",
            "layers": ("0", "1", "2", "3", "4"),
            "severity": "hinders",
            "helps": found.advice.helps("zh"),
            "code": found.advice.code,
            "fails": found.advice.fails("zh"),
            "page": "sigma-w-map",
            "address": f"{SITE}zh/sigma-w-map/",
            "evidence": list(found.advice.evidence),
        }.items()
    )
    assert "advice" not in finding
    assert json.loads(shown.to_json())["findings"][0]["address"] == finding["address"]
    header, first, *others = csv.reader(shown.to_csv().splitlines())
    assert header[:4] == ["layer", "kind", "shape", "rms"]
    assert first[:3] == ["0", "Linear", "1024x1024"]
    assert len(others) == 5


def test_a_row_has_what_was_measured_in_a_call_and_its_weight() -> None:
    step = replace(WRITTEN, calls=at(WRITTEN.calls, 1, saturated=0.25, silent=0.5))
    first, second, *_, last = of_steps([step], "en").rows
    assert (second.layer, second.kind, second.shape, second.rms) == ("1", "Linear", "1024x1024", 1.0)
    assert (second.saturated, second.silent, second.weight_gradient, second.update_ratio) == (0.25, 0.5, 1.0, None)
    assert second.weight == pytest.approx(16.0)
    assert second.sigma_w == pytest.approx(0.5)
    assert first.delta == pytest.approx(1e-4)
    assert first.factor == pytest.approx(0.1)
    assert first.predicted_factor == pytest.approx(0.34, abs=0.01)
    assert last.factor is last.predicted_factor is None


@pytest.mark.parametrize("name", ["max_rows", "width"])
def test_a_number_of_rows_and_a_width_are_positive_integers(name: str) -> None:
    shown = of_steps([WRITTEN], "en")
    with pytest.raises(ValueError, match=rf"^{name}: found 0, allowed:"):
        shown.text(max_rows=0 if name == "max_rows" else None, width=0 if name == "width" else None)
    if name == "width":
        with pytest.raises(ValueError, match=r"^width: found 0, allowed:"):
            shown.summary(width=0)


def parts(step: Step, place: int, **values: Any) -> Step:
    """A step, one of whose parameters is changed."""
    return replace(
        step,
        parameters=tuple(
            replace(one, **values) if number == place else one for number, one in enumerate(step.parameters)
        ),
    )


QUIET = chain((1.0,) * 5)


@pytest.mark.parametrize(
    ("step", "note"),
    [
        (QUIET, ""),
        (
            parts(QUIET, 0, module="idle"),
            "Not called as modules, so that only the gradients of their parameters were seen: idle (1",
        ),
        (
            parts(QUIET, 0, trainable=False),
            "Frozen, so that they get no gradient: 1 of 6 parameters, with 17% of all weights.",
        ),
        (
            replace(parts(QUIET, 0, module="odd"), unmeasured=frozenset({"odd", "", "without"})),
            "Outputs that cannot be measured (empty, complex, a single number, or of torch.func): odd (1 in all).",
        ),
        (
            replace(QUIET, calls=at(QUIET.calls, 5, role="normalization", training=False)),
            "The model was in evaluation mode",
        ),
        (replace(QUIET, calls=at(QUIET.calls, 2, operations=("relu", "tanh"))), "{6}, the first before 1"),
        (
            replace(QUIET, calls=at(QUIET.calls, 5, role="recurrent", operations=())),
            "A recurrent layer is seen from outside only",
        ),
        (replace(QUIET, recomputed=1), "Activation checkpointing repeated 1 calls"),
        (replace(QUIET, calls=at(QUIET.calls, 5, backward_passes=2)), "The step had several backward passes"),
        (replace(QUIET, accumulated=True), "Gradients of earlier passes were still there"),
    ],
)
def test_a_note_says_what_could_not_be_seen(step: Step, note: str) -> None:
    unseen = "Activation functions between modules whose outputs could not be taken, so that their units were not"
    notes = [one for one in of_steps([step], "en").notes if not one.startswith(unseen)]
    if note.startswith("{"):
        (told,) = (one for one in of_steps([step], "en").notes if one.startswith(unseen))
        assert told.endswith(f"looked at: {note[1]}{note[3:]}.")
    else:
        assert [one[: len(note)] for one in notes] == ([note] if note else [])


def test_of_many_names_in_a_note_three_are_told() -> None:
    step = QUIET
    for place in range(5):
        step = parts(step, place, module=f"idle{place}")
    assert any("seen: idle0, idle1, idle2 (5 in all)" in note for note in of_steps([step], "en").notes)


def test_outputs_that_cannot_be_measured_are_told_in_the_order_of_their_names() -> None:
    step = replace(parts(parts(QUIET, 0, module="b"), 1, module="a"), unmeasured=frozenset("ab"))
    assert any("of torch.func): a, b (2 in all)." in note for note in of_steps([step], "en").notes)


def numbered(*verdicts: bool) -> list[Step]:
    """Steps 0, 2, 4, … of which some vanish."""
    vanishing = chain(along(1e-4), sigma_w=0.5)
    return [replace(vanishing if one else QUIET, number=2 * place) for place, one in enumerate(verdicts)]


def test_of_several_steps_it_is_said_which_this_is_and_when_the_verdict_changed() -> None:
    notes = of_steps(numbered(False, True, False), "en").notes
    assert "This is step 4; 3 steps were recorded." in notes
    assert (
        "The verdict changed along the way: healthy from step 0, vanishing from step 2, healthy from step 4." in notes
    )
    many = of_steps(numbered(*[False, True] * 4), "en").notes
    assert (
        "The verdict changed along the way: healthy from step 0, …, healthy from step 8, vanishing from step 10, "
        "healthy from step 12, vanishing from step 14." in many
    )
    six = next(note for note in of_steps(numbered(*[False, True] * 3), "en").notes if "changed" in note)
    assert six.count("from step") == 6
    assert not any("changed" in note for note in of_steps(numbered(False, False), "en").notes)
    assert not any("recorded" in note for note in of_steps(numbered(True), "en").notes)


def test_a_step_is_chosen_by_its_number() -> None:
    steps = numbered(False, True, False)
    assert of_steps(steps, "en", number=2).verdict == "vanishing"
    assert "This is step 2; 3 steps were recorded." in of_steps(steps, "en", number=2).notes
    for number in (1, 5, "2"):
        with pytest.raises(ProbeError, match=rf"^step: found {number!r}, recorded: 0, 2, 4$"):
            of_steps(steps, "en", number=number)  # type: ignore[arg-type]
    with pytest.raises(ProbeError, match=r"recorded: 0, 2, 4, …, 12$"):
        of_steps(numbered(*[False] * 7), "en", number=1)
    with pytest.raises(ProbeError, match=r"recorded: 0, 2, 4, 6, 8, 10$"):
        of_steps(numbered(*[False] * 6), "en", number=1)
    forward = [*steps, without_backward(replace(QUIET, number=6))]
    assert of_steps(forward, "en").step.number == 4
    with pytest.raises(ProbeError, match=r"^step: in step 6 no gradient was seen"):
        of_steps(forward, "en", number=6)
    with pytest.raises(ProbeError, match=r"^record: no gradient was seen"):
        of_steps(forward[-1:], "en")


def without_backward(step: Step) -> Step:
    """A step in which only a forward pass was seen."""
    for place in range(len(step.calls)):
        step = replace(step, calls=at(step.calls, place, backward_passes=0, delta_norm=None))
        step = parts(step, place, gradient_norm=None)
    return step


def test_the_last_step_is_that_which_led_to_an_update() -> None:
    """A network that judges another's outputs runs once more for the other's sake."""
    updated = chain((1.0,) * 5, rates=(0.1,) * 6)
    assert of_steps([updated, replace(QUIET, number=1)], "en").step.number == 0
    assert of_steps([QUIET, replace(QUIET, number=1)], "en").step.number == 1
    assert of_steps([QUIET, replace(updated, number=1)], "en").step.number == 1
    assert of_steps([updated, *(replace(QUIET, number=number) for number in (1, 2))], "en").step.number == 2
