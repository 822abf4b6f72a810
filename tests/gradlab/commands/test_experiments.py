"""`gradlab experiment`: every experiment as a command, its tables, files and figures."""

import csv
import dataclasses
import io
import json
import math
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gradlab.commands import experiments, figure, tables
from gradlab.commands.errors import UseError
from gradlab.experiments.scale import sigma_map
from tests.gradlab.commands.conftest import Run

SMALL = ("--sigma-w", "1.0,2.0", "--depth", "6", "--width", "16", "--seeds", "2")


CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("name", experiments.names())
def test_every_experiment_has_its_words_in_both_languages(name: str) -> None:
    module = experiments.module(name)
    assert module.__doc__
    assert experiments.title(name, "en") == module.__doc__.splitlines()[0].removesuffix(".")
    assert CHINESE.search(experiments.title(name, "zh"))
    for english, chinese in zip(experiments.settable(name)[0], experiments.settable(name, "zh")[0], strict=True):
        assert english.description, f"{name}: the docstring of Config says nothing of {english.name}"
        assert CHINESE.search(chinese.description) or chinese.description == "√(width Var W)。", chinese


def test_a_name_that_means_two_things_has_two_chinese_texts() -> None:
    def chinese(experiment: str, name: str) -> str:
        found = {setting.name: setting for setting in experiments.settable(experiment, "zh")[0]}
        return found[name].description

    assert chinese("residual", "scale") == "残差分支的尺度：one 或 inverse_sqrt_depth。"
    assert chinese("stable-rate", "scale") == "第二次时第一个特征所乘的数。"
    assert chinese("symmetry", "depth") == "隐藏层的层数，至少 2。"
    assert chinese("sigma-map", "depth") == "层数。"


@pytest.mark.parametrize("name", experiments.names())
def test_every_setting_is_read_as_its_default_is_shown(name: str) -> None:
    known, left = experiments.settable(name)
    config = experiments.module(name).Config()
    assert {setting.name for setting in known} | set(left) == {field.name for field in dataclasses.fields(config)}
    for setting in known:
        value, default = setting.value(setting.default), getattr(config, setting.name)
        assert type(value) is type(default)
        if "NUMBER" in setting.metavar and default is not None:
            assert value == pytest.approx(default, rel=1e-5)
        else:
            assert value == default


def test_it_prints_what_python_gives(run: Run) -> None:
    done = run("experiment", "sigma-map", "--activation", "tanh", *SMALL)
    assert done.exit_code == 0, done.stderr
    result = sigma_map.run(sigma_map.Config("tanh", (1.0, 2.0), width=16, depth=6, seeds=2))
    for point in result.points:
        assert f"{point.factor:.4g}" in done.stdout
    assert "predicted_factor" in done.stdout


def test_underscores_and_roots(run: Run) -> None:
    done = run("experiment", "sigma_map", "--sigma-w", "sqrt(2), 1/2,sqrt(1/3)", "--depth", "3", "--seeds", "2")
    assert all(value in done.stdout for value in ("1.414", "0.5", "0.5774")), done.output


@pytest.mark.parametrize(("language", "expected"), [("en", "units of every layer"), ("zh", "每层的单元数")])
def test_help_lists_settings_with_defaults(run: Run, language: str, expected: str) -> None:
    text = run("experiment", "sigma-map", "--help", "--lang", language).stdout
    assert expected in text
    assert "0.57735,1,1.41421,1.7,2.5" in text
    assert "256" in text
    assert "…│" not in text.replace(" ", "")


def test_help_names_what_only_python_can_set(run: Run) -> None:
    assert "cases" in run("experiment", "dead-units", "--help").stdout.split("Only from Python:")[1]


@pytest.mark.parametrize(
    ("arguments", "english", "chinese"),
    [
        (("sigma-mpa",), "no command 'sigma-mpa'; nearest: sigma-map", "最接近的是 sigma-map"),
        (("sigma-map", "--activaton", "x"), "no option --activaton; nearest: --activation", "最接近的是 --activation"),
        (("sigma-map", "--activation", "tahn"), "nearest: 'tanh'", "activation：得到 'tahn'，允许：以下之一"),
        (("sigma-map", "--depth", "1"), "depth: found 1, allowed: an integer of at least 2", "不小于 2 的整数"),
        (("sigma-map", "--depth", "1.5"), "--depth: found '1.5', allowed: INTEGER", "--depth：得到 '1.5'"),
        (("sigma-map", "--sigma-w", "1/0"), "--sigma-w: found '1/0'", "--sigma-w：得到 '1/0'"),
        (("sigma-map", "--sigma-w", "-1,1"), "a finite number above 0", "大于 0 的有限数"),
        (("sigma-map", "-o", "x.html"), "x.html: allowed endings: .csv, .json, .md", "允许的扩展名：.csv"),
        (("sigma-map", "-f", "x.csv"), "x.csv: allowed endings: .svg, .png, .pdf", "允许的扩展名：.svg"),
        (("source-code", "--passes", "1", "-f", "x.svg"), "there is nothing to draw", "没有可画的内容"),
        (("sigma-map", "--lang", "de"), "--lang: found 'de', allowed: zh, en", "--lang: found 'de'"),
    ],
)
def test_an_error_is_told_in_one_line(run: Run, arguments: tuple[str, ...], english: str, chinese: str) -> None:
    for language, expected in (("en", english), ("zh", chinese)):
        done = run("experiment", *arguments, *(() if "--lang" in arguments else ("--lang", language)))
        assert done.exit_code == 2, done.output
        assert done.stderr.startswith("gradlab: ")
        assert done.stderr.count("\n") == 1
        assert expected in done.stderr


def test_what_it_saves(run: Run, folder: Path) -> None:
    for ending in ("csv", "json", "md"):
        done = run("experiment", "sigma-map", *SMALL, "--output", f"x.{ending}", "--figure", f"{ending}.svg")
        assert done.exit_code == 0, done.stderr
        assert ElementTree.parse(folder / f"{ending}.svg").getroot().tag.endswith("svg")
    result = sigma_map.run(sigma_map.Config(sigma_w=(1.0, 2.0), width=16, depth=6, seeds=2))
    rows = list(csv.DictReader(io.StringIO((folder / "x.csv").read_text(encoding="utf-8"))))
    assert [float(row["factor"]) for row in rows] == [point.factor for point in result.points]
    (curves,) = folder.glob("x-*.csv")
    rows = list(csv.DictReader(io.StringIO(curves.read_text(encoding="utf-8"))))
    assert [float(row["profile"]) for row in rows[:6]] == list(result.points[0].profile)
    saved = json.loads((folder / "x.json").read_text(encoding="utf-8"))
    assert saved["config"]["width"] == 16
    assert saved["points"][1]["factor"] == result.points[1].factor
    assert "| sigma_w | factor |" in (folder / "x.md").read_text(encoding="utf-8")


def test_a_long_table_is_cut_in_the_terminal_only(run: Run, folder: Path) -> None:
    text = run("experiment", "activation-curve", "--points", "101").stdout
    assert "81 more rows" in text
    run("experiment", "activation-curve", "--points", "101", "-o", "x.csv")
    assert max(len(path.read_text(encoding="utf-8").splitlines()) for path in folder.glob("x*.csv")) == 102


@dataclasses.dataclass(frozen=True)
class Inner:
    name: str
    more: int


@dataclasses.dataclass(frozen=True)
class Entry:
    case: Inner
    value: float
    curve: tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class Outcome:
    config: Inner
    entries: tuple[Entry, ...]
    alone: Entry
    profile: tuple[float, ...]
    total: float
    missing: float | None


def outcome() -> Outcome:
    first, second = Entry(Inner("a|b", 1), 1.0, (1.0, 2.0)), Entry(Inner("c", 2), math.inf, (3.0, 4.0))
    return Outcome(Inner("x", 0), (first, second), first, (0.5, 0.25, 0.125), 7.0, None)


def test_tables_of_any_result() -> None:
    found = {table.name: table for table in tables.tables(outcome())}
    assert list(found) == ["entries", "entries: curve", "entry", "entry: curve", "profile", "values"]
    assert found["entries"].rows == ({"case": "a|b", "value": 1.0}, {"case": "c", "value": math.inf})
    assert found["entries: curve"].rows[2] == {"case": "c", "index": 1, "curve": 3.0}
    assert found["entry"].rows == ({"record": "alone", "case": "a|b", "value": 1.0},)
    assert [row["profile"] for row in found["profile"].rows] == [0.5, 0.25, 0.125]
    assert [row["value"] for row in found["values"].rows] == ["total", "missing"]
    assert "a&#124;b" in found["entries"].to_markdown()
    assert json.loads(tables.to_json(outcome()))["entries"][1]["value"] == "inf"


def plan_of(**columns: list[object]) -> figure.Plan:
    rows = tuple(dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
    plan = figure.plan([tables.Table("t", rows)])
    assert plan is not None
    return plan


def test_what_a_figure_shows() -> None:
    plan = plan_of(width=[1, 2, 4], x=[1.0, 2.0, 3.0], x_standard_error=[0.1] * 3, predicted_x=[1.0] * 3)
    assert (plan.horizontal, plan.group, plan.quantities) == ("width", None, ("x",))
    plan = plan_of(kind=["a", "a", "b", "b"], batch=[1, 9, 1, 9], y=[1.0, 2.0, 3.0, 4.0])
    assert (plan.horizontal, plan.group, plan.quantities) == ("batch", "kind", ("y",))
    plan = plan_of(kind=["a", "b"], y=[1.0, 2.0])
    assert (plan.horizontal, plan.categorical) == ("kind", True)
    plan = plan_of(index=[1, 2, 3], x=[-1.0, 0.0, 1.0], y=[3.0, 1.0, 2.0])
    assert (plan.horizontal, plan.quantities) == ("x", ("y",))


def test_decades_get_a_logarithmic_axis() -> None:
    rows = tuple({"depth": depth, "steep": 10.0**-depth, "flat": 1.0 + depth} for depth in range(5))
    drawn = figure.draw("title", [tables.Table("t", rows)])
    assert [axes.get_yscale() for axes in drawn.axes] == ["log", "linear"]
    assert {axes.get_xscale() for axes in drawn.axes} == {"linear"}


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(UseError, match="nothing to draw"):
        figure.draw("title", [tables.Table("values", ({"value": "a", "result": 1.0},))])
