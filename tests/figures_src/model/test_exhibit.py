"""Exhibit modules: the parts that they must offer, and the values that these refuse."""

import math
from pathlib import Path
from types import ModuleType

import pytest

from figures_src.model import exhibit
from figures_src.model.exhibit import Check, Number, Relation, discover, load
from figures_src.model.failures import BuildFailedError
from figures_src.model.language import Text

SENTENCE = Text(zh="甲", en="A")


def check(measured: float, relation: Relation, predicted: float, tolerance: float | None = None) -> Check:
    return Check(
        sentence=SENTENCE,
        measured=Number(measured, "g"),
        relation=relation,
        predicted=Number(predicted, "g"),
        tolerance=tolerance,
        because=SENTENCE,
        source="-",
    )


@pytest.mark.parametrize(
    ("made", "holds"),
    [
        (check(1.02, "≈", 1.0, 0.03), True),
        (check(1.04, "≈", 1.0, 0.03), False),
        (check(-1.02, "≈", -1.0, 0.03), True),
        (check(1.0, "=", 1.0), True),
        (check(1.0, "=", math.nextafter(1.0, 2.0)), False),
        (check(1.0, "<", 2.0), True),
        (check(2.0, "<", 2.0), False),
        (check(3.0, ">", 2.0), True),
        (check(math.nan, "<", 2.0), False),
        (check(math.nan, "≈", 1.0, 0.5), False),
        (check(math.inf, "≈", 1.0, 0.5), False),
        (check(1.0, ">", math.nan), False),
        (check(2.0, "≈", 2.0, 0.0), True),
        (check(2.1, "≈", 2.0, 0.0), False),
    ],
)
def test_a_check_holds_exactly_where_the_measurement_bears_it_out(made: Check, holds: bool) -> None:
    assert made.holds is holds


def test_a_tolerance_belongs_to_an_approximation_only() -> None:
    with pytest.raises(ValueError, match="does not fit the relation '='"):
        check(1, "=", 1, 0.1)
    with pytest.raises(ValueError, match="does not fit the relation '≈'"):
        check(1, "≈", 1)
    with pytest.raises(ValueError, match="tolerance nan does not fit"):
        check(1, "≈", 1, math.nan)


def test_discovery_is_by_file_name(tmp_path: Path) -> None:
    names = (
        "page/beta.py",
        "other/alpha.py",
        "page/_part.py",
        "page/__init__.py",
        "page/note.txt",
        "_shared/labels.py",
    )
    for name in (*names, "__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert discover(tmp_path) == ("alpha", "beta")


def test_two_exhibits_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "alpha.py").touch()
    with pytest.raises(BuildFailedError, match=r"two/alpha\.py: the name 'alpha' is taken, by .*one/alpha\.py"):
        discover(tmp_path)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({}, "has no TITLE"),
        ({"TITLE": SENTENCE}, r"has no compute\(\)"),
        ({"TITLE": SENTENCE, "compute": int, "draw": print}, r"draws a figure but offers no data\(\)"),
    ],
)
def test_an_incomplete_exhibit_is_refused(
    attributes: dict[str, object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("made")
    vars(module).update(attributes)
    monkeypatch.setattr(exhibit, "module_name", lambda name: name)
    monkeypatch.setattr("importlib.import_module", lambda _: module)
    with pytest.raises(ValueError, match=message):
        load("made")
