"""Records: what was measured elsewhere comes back as it was written, and damage is named in one line."""

import json
import platform
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from figures_src.cache import records
from figures_src.cache.records import Machine
from figures_src.cache.sources import data_file
from figures_src.exhibits.tools import _answers
from figures_src.model.exhibit import paths
from gradlab.experiments.activations import activation_cost
from gradlab.experiments.activations.activation_cost import Config, Result, Spread

MACHINE = Machine("A processor", "AVX2", 2, "A system", "3.11.0", "2.0.0", "2026-01-31")
ONE = Spread(1.0, 0.5, 2.0, 0.75, 1.5)
CONFIG = Config(activations=("relu",), widths=(4,))
RESULT = Result(
    CONFIG,
    (activation_cost.Layer(4, ONE, ONE, ONE),),
    (activation_cost.Point("relu", 4, ONE, ONE, ONE, ONE, ONE, ONE, ONE, ONE, ONE),),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written = tmp_path / "one.json"
    records.write(written, MACHINE, RESULT)
    return written


def test_what_is_written_is_read(path: Path) -> None:
    assert records.read(path, Result, CONFIG) == (MACHINE, RESULT)


def test_numbers_keep_the_digits_that_a_time_has(tmp_path: Path) -> None:
    exact = Spread(1.23456789e-5, 1e-5, 2e-5, 1.2e-5, 1.3e-5)
    records.write(tmp_path / "x.json", MACHINE, replace(RESULT, layers=(replace(RESULT.layers[0], product=exact),)))
    assert records.read(tmp_path / "x.json", Result, CONFIG)[1].layers[0].product.median == 1.2346e-5


def test_the_committed_record_is_of_the_settings_of_today() -> None:
    file = data_file(paths()["activation_cost"])
    machine, result = records.read(file, Result, Config())
    assert re.fullmatch(r"\d+\.\d+\.\d+", machine.python)
    assert re.fullmatch(r"\d+\.\d+\.\d+", machine.torch)
    # Another machine's measurement must not be taken for one of this machine.
    assert len(machine.processor) > 3
    assert result.config == Config()


@pytest.mark.parametrize("file", [data_file(paths()["activation_cost"]), _answers.FILE], ids=lambda file: file.name)
def test_a_committed_record_is_laid_out_as_it_is_written(tmp_path: Path, file: Path) -> None:
    content = json.loads(file.read_text("utf-8"))
    records.save(tmp_path / file.name, content)
    assert json.loads((tmp_path / file.name).read_text("utf-8")) == content
    assert (tmp_path / file.name).read_bytes() == file.read_bytes()


def test_a_row_is_a_line_and_so_is_an_item_of_a_long_list(tmp_path: Path) -> None:
    rows = [{"words": ["层", "x"], "times": {"low": 1, "high": 2.5}}, {"words": [], "times": {}}]
    records.save(tmp_path / "x.json", {"name": "a", "tools": [{"rows": rows, "none": []}], "long": ["x" * 60] * 2})
    assert (tmp_path / "x.json").read_text("utf-8").splitlines() == [
        "{",
        ' "name": "a",',
        ' "tools": [',
        "  {",
        '   "rows": [',
        '    {"words": ["层", "x"], "times": {"low": 1, "high": 2.5}},',
        '    {"words": [], "times": {}}',
        "   ],",
        '   "none": []',
        "  }",
        " ],",
        ' "long": [',
        f'  "{"x" * 60}",',
        f'  "{"x" * 60}"',
        " ]",
        "}",
    ]


def _changed(*place: str | int, to: object) -> Callable[[Any], None]:
    def change(content: Any) -> None:
        for key in place[:-1]:
            content = content[key]
        content[place[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_changed("machine", "cores", to="two"), "machine.cores: found 'two', allowed: int"),
        (_changed("machine", "processor", to=""), "machine.processor: found nothing, allowed: "),
        (_changed("machine", "date", to="yesterday"), "machine.date: found 'yesterday', allowed: a day such as"),
        (_changed("result", "points", 0, "width", to=4.0), "result.points[0].width: found 4.0, allowed: int"),
        (_changed("result", "points", 0, "share", to=[]), "result.points[0].share: found [], allowed: dict"),
        (
            _changed("result", "layers", 0, "layer", "median", to=float("nan")),
            "result.layers[0].layer.median: found nan, allowed: float",
        ),
        (
            _changed("result", "layers", 0, "layer", "median", to=3),
            "result.layers[0].layer.spread: found (0.75, 0.5, 3.0, 2.0, 1.5), allowed: a median between",
        ),
        (_changed("result", "points", to=[]), "result.points: found [], allowed: every width and activation"),
        (_changed("result", "config", "depth", to=0), "result.config.depth: found 0, allowed: an integer"),
        (_changed("result", "config", "depth", to=7), "result.config: found other settings than the exhibit's; run"),
        (_changed("result", "config", "deep", to=7), "result.config: found activations, batch, block, deep, depth"),
        (_changed("more", to=1), "record: found ['machine', 'more', 'result'], allowed: machine and result"),
    ],
)
def test_damage_is_named_with_its_place(path: Path, change: Callable[[Any], None], said: str) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match=f"^{re.escape(f'{path}: {said}')}") as caught:
        records.read(path, Result, CONFIG)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_no_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"missing\.json: \[Errno 2\] No such file"):
        records.read(tmp_path / "missing.json", Result, CONFIG)
    (tmp_path / "torn.json").write_text('{"machine": {', encoding="utf-8")
    with pytest.raises(ValueError, match=r"torn\.json: Expecting property name"):
        records.read(tmp_path / "torn.json", Result, CONFIG)


def test_this_machine_has_a_name() -> None:
    machine = records.this_machine()
    assert machine.cores >= 1
    assert machine.instructions


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("model\t: 85\nmodel name\t: A: B\ncpu family\t: 6\n\nmodel name\t: other", "A: B (family 6, model 85)"),
        ("model name : A\n", "A (family ?, model ?)"),
        ("processor : 0\n", "of Python"),
        (None, "of Python"),
    ],
)
def test_a_processor_is_named_as_the_system_names_it(
    told: str | None, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if told is not None:
        (tmp_path / "cpuinfo").write_text(told)
    monkeypatch.setattr(records, "Path", lambda path: tmp_path / Path(path).name)
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "of Python")
    assert records.this_machine().processor == name


def test_making_the_record_measures_and_writes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(activation_cost, "run", lambda: RESULT)
    monkeypatch.setattr(records, "paths", lambda: {"activation_cost": tmp_path / "activation_cost.py"})
    records.main()
    assert records.read(tmp_path / "activation_cost.json", Result, CONFIG)[1] == RESULT
