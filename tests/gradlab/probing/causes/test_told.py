"""Every sentence and every advice of a cause, word for word, as `told.json` holds them.

`python -m tests.gradlab.probing.causes.test_told` writes them anew from the findings in that file; what has changed is
to be read in its differences.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from gradlab.probing import causes, wording
from gradlab.probing.finding import Finding
from gradlab.probing.step import Step
from tests.gradlab.probing.test_diagnosis import at, chain

TOLD = Path(__file__).with_name("told.json")
LINEAR = chain((1.0,) * 3)
"""Layers by their numbers, the last of which is linear."""
ENDED = replace(LINEAR, calls=at(LINEAR.calls, 3, name="head.act", role="activation", kind="Tanh", weight=None))
"""The same with an activation at the end, whose name has words in it."""


def finding(given: dict[str, Any], step: Step) -> Finding:
    """A finding of the file: of the parameters that it names, or of so many last calls of a step."""
    layers = given["layers"]
    labels = tuple(layers if isinstance(layers, list) else (call.label for call in step.calls[-layers:]))
    facts = tuple((name, value) for name, value in given["facts"].items())
    return Finding(
        given["verdict"], labels, labels[-1], given["measured"], None, 0.5, None, given["severity"],
        cause=given["cause"], facts=facts,
    )  # fmt: skip


def told(given: dict[str, Any]) -> dict[str, Any]:
    """All that is said of a finding of the file: in both languages at a layer, and in English at an activation."""
    found, ended = finding(given, LINEAR), finding(given, ENDED)
    said: dict[str, Any] = {"sentence": [wording.finding(found, language) for language in ("en", "zh")]}
    own = causes.ADVICE.get(found.cause)
    if own is not None:
        advice, at_end = own(found, LINEAR), own(ended, ENDED)
        said["advice"] = [text(language) for text in (advice.helps, advice.fails) for language in ("en", "zh")]
        said["advice"] += [advice.code, f"{advice.page}: {', '.join(advice.evidence)}"]
        said["at the end"] = [at_end.helps("en"), at_end.code]
    return said


def short(every: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings with all that is said of them, but for advice that is that of the finding before."""
    kept, before = [], dict[str, Any]()
    for one in every:
        said = {name: value for name, value in one["told"].items() if value != before.get(name)}
        kept.append({"finding": one["finding"], "told": said})
        before = one["told"]
    return kept


def now(every: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings of the file, with what is said of them now."""
    return short([{"finding": one["finding"], "told": told(one["finding"])} for one in every])


def test_what_is_told_of_a_cause_is_what_was_read() -> None:
    every = json.loads(TOLD.read_text(encoding="utf-8"))
    assert {one["finding"]["cause"] for one in every} == set(causes.SENTENCES)
    for said, expected in zip(now(every), every, strict=True):
        assert said == expected


def main() -> None:
    """Write down what is said now."""
    every = now(json.loads(TOLD.read_text(encoding="utf-8")))
    TOLD.write_text(json.dumps(every, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
