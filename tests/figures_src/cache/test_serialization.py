"""Dataclasses as JSON and back: nothing is converted on the way, and what does not fit is told with its place."""

import json
import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest

from figures_src.cache import serialization
from figures_src.model.exhibit import Offered
from figures_src.model.language import Text
from tests.figures_src.cache.examples import OFFERED


@dataclass(frozen=True)
class Part:
    """A part of what is written."""

    kind: Literal["near", "far"]
    value: int | float
    share: float = 0.5


@dataclass(frozen=True)
class Whole:
    """All kinds of values."""

    name: str | Text
    parts: tuple[Part, ...]
    counts: dict[str, int]
    is_open: bool


WHOLE = Whole(Text(zh="名", en="name"), (Part("near", 3), Part("far", math.inf, 1.0)), {"b": 2, "a": 1}, is_open=True)


def test_what_is_written_is_read() -> None:
    for value in (WHOLE, replace(WHOLE, name="plain", parts=())):
        assert serialization.parsed(serialization.written(value), Whole, "whole") == value
    assert serialization.parsed(serialization.written(OFFERED), Offered, "offered") == OFFERED


def test_a_count_stays_a_count_and_may_stand_for_a_share() -> None:
    read = serialization.parsed('{"kind": "near", "value": 3, "share": 1}', Part, "part")
    assert (read, type(read.value), type(read.share)) == (Part("near", 3, 1.0), int, float)


def test_it_is_laid_out_with_its_own_letters_in_the_order_of_names_or_as_given() -> None:
    text = serialization.written(WHOLE)
    assert "名" in text
    assert list(json.loads(text)) == ["counts", "is_open", "name", "parts"]
    assert list(json.loads(text)["counts"]) == ["a", "b"]
    assert text.startswith('{\n "counts": {\n  "a": 1,')
    assert list(json.loads(serialization.written({"b": 1, "a": 2}, sort_keys=False))) == ["b", "a"]
    assert serialization.written({"b": [1]}, indent=None) == '{"b": [1]}'


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"parts": 3}, "whole.parts: found 3, allowed: list"),
        ({"parts": [{"kind": "near", "value": 1}]}, "whole.parts[0]: found kind, value, allowed: kind, share, value"),
        (
            {"parts": [{"kind": "close", "value": 1, "share": 1}]},
            "whole.parts[0].kind: found 'close', allowed: near, far",
        ),
        ({"parts": [{"kind": "near", "value": "1", "share": 1}]}, "whole.parts[0].value: found '1', allowed: float"),
        ({"parts": [{"kind": "near", "value": True, "share": 1}]}, "whole.parts[0].value: found True, allowed: float"),
        (
            {"parts": [{"kind": "near", "value": 1, "share": math.nan}]},
            "whole.parts[0].share: found nan, allowed: float",
        ),
        ({"parts": [7]}, "whole.parts[0]: found 7, allowed: dict"),
        ({"counts": []}, "whole.counts: found [], allowed: dict"),
        ({"counts": {"a": 1.0}}, "whole.counts.a: found 1.0, allowed: int"),
        ({"is_open": 1}, "whole.is_open: found 1, allowed: bool"),
        ({"name": 3}, "whole.name: found 3, allowed: dict"),
        ({"more": 3}, "whole: found counts, is_open, more, name, parts, allowed: counts, is_open, name, parts"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(change: dict[str, Any], said: str) -> None:
    content = json.loads(serialization.written(WHOLE)) | change
    with pytest.raises(ValueError, match="found") as caught:
        serialization.parsed(json.dumps(content), Whole, "whole")
    assert str(caught.value) == said


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        serialization.parsed("{", Whole, "whole")
