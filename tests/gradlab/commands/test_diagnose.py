"""`gradlab diagnose`: what it prints and writes, its exit codes, and every error in one line of either language."""

import csv
import io
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from gradlab.commands import inputs, terminal
from gradlab.commands.diagnose import Settings, diagnose
from gradlab.commands.errors import UseError
from tests.gradlab.commands.conftest import Run


def test_a_vanishing_network_is_a_finding(run: Run) -> None:
    done = run("diagnose", "nets:vanishing", "--input", "32x64")
    assert done.exit_code == 1, done.stderr
    assert "Verdict: vanishing gradients." in done.stdout
    assert "kaiming_normal_" in done.stdout
    assert "What does not help:" in done.stdout
    assert done.stderr == ""
    assert not any(line.endswith(" ") for line in done.stdout.splitlines() if "torch" in line)


def test_remedies_are_tried_where_that_is_asked_for(run: Run, folder: Path) -> None:
    done = run("diagnose", "nets:narrow", "-i", "32x16", "--treat", "-o", "a.html", "-o", "a.md")
    assert done.exit_code == 1, done.stderr
    assert "Treated: vanishing before, healthy after." in done.stdout
    assert "- helped: " in done.stdout
    for name in ("a.html", "a.md"):
        assert "Treated: vanishing before" in (folder / name).read_text(encoding="utf-8")
    plain = run("diagnose", "nets:narrow", "-i", "32x16")
    assert done.stdout.startswith(plain.stdout.rstrip())


def test_a_healthy_network_ends_well(run: Run) -> None:
    done = run("diagnose", "nets:healthy", "-i", "32x64")
    assert (done.exit_code, "Verdict: healthy." in done.stdout) == (0, True), done.output


def test_it_speaks_chinese(run: Run) -> None:
    by_option = run("diagnose", "nets:vanishing", "-i", "32x64", "--lang", "zh")
    by_environment = run("diagnose", "nets:vanishing", "-i", "32x64", LANG="zh_CN.UTF-8")
    assert "诊断：梯度消失。" in by_option.stdout
    assert by_option.stdout == by_environment.stdout
    assert by_option.exit_code == 1


@pytest.mark.parametrize(
    ("target", "arguments", "shown"),
    [
        ("nets.py:Net", ("-i", "8x10"), "8x10 float32 N(0, 1); training mode"),
        ("nets:model", ("-i", "8x10", "--eval"), "evaluation mode"),
        ("nets:double", ("-i", "8x10"), "8x10 float64"),
        ("nets:Net", ("-i", "nets:batch"), "Input nets:batch"),
        ("nets:Net", ("-i", "8x10", "--loss", "nets:loss"), "loss: nets:loss"),
        ("nets:Net", ("-i", "8x10", "--steps", "3"), "This is step 2; 3 steps were recorded."),
        ("nets:Words", ("-i", "4x6"), "4x6 int [0, 49]"),
        ("nets:Words", ("-i", "4x6", "--high", "7"), "4x6 int [0, 6]"),
        ("nets:Words", ("-i", "4x6", "-i", "1", "--input-type", "int", "--input-type", "float"), "1 float32"),
        ("nets:Words", ("-i", "nets:pair"), "Input nets:pair"),
        ("nets:lazy", ("-i", "2x3x8x8"), "Conv2d"),
    ],
)
def test_what_people_have(run: Run, target: str, arguments: tuple[str, ...], shown: str) -> None:
    done = run("diagnose", target, *arguments)
    assert done.exit_code == 0, done.stderr
    assert shown in done.stdout


def test_the_same_seed_gives_the_same_report(run: Run) -> None:
    first, again, other = (run("diagnose", "nets:Net", "-i", "8x10", "--seed", seed).stdout for seed in "001")
    assert "seed 0." in first
    assert first == again
    assert first != other.replace("seed 1", "seed 0")


def test_steps_train(folder: Path) -> None:
    one, many = (
        diagnose(Settings("nets.py:Net", ("16x10",), steps=steps, learning_rate=0.5), "en") for steps in (1, 50)
    )

    def loss(setup: str) -> float:
        return float(setup.rsplit(", ", 1)[1].partition(";")[0])

    assert loss(many.setup) < 0.9 * loss(one.setup)
    assert all(row.update_ratio is None for row in one.report.rows)
    assert any(row.update_ratio for row in many.report.rows)


ERRORS = [
    (
        ("nets",),
        "MODULE:MODEL: found 'nets', allowed: package.module:name or file.py:name",
        "允许：package.module:名字",
    ),
    (("net:Net",), "no module 'net'; nearest: nets", "没有模块 'net'；最接近的是 nets"),
    (("torch.nnn:Linear",), "no module 'torch.nnn'; nearest: torch.nn", "没有模块 'torch.nnn'"),
    (("nits.py:Net",), "no file 'nits.py'; nearest: nets.py", "没有文件 'nits.py'；最接近的是 nets.py"),
    (("nets:Nett",), "'nets' has no attribute 'Nett'; nearest: Net", "没有属性 'Nett'；最接近的是 Net"),
    (
        ("needy:make",),
        "needy failed: ModuleNotFoundError: No module named 'not_there_at_all' [needy.py:1",
        "needy 出错",
    ),
    (("faulty:make",), "[faulty.py:1: def make(:]", "faulty 出错"),
    (("faulty.py:make",), "[faulty.py:1: def make(:]", "faulty.py 出错"),
    (("nets:broken",), "nets:broken failed: KeyError: 'width' [nets.py:40 in broken: return {}[\"width\"]]", "出错"),
    (("nets:leaves",), "SystemExit: sys.exit(3) [nets.py:43 in leaves", "nets:leaves 出错"),
    (("nets:batch",), "found dict, allowed: a torch.nn.Module", "得到 dict"),
    (
        ("torch.nn:Linear",),
        "torch.nn:Linear wants in_features, out_features; write a function without arguments that gives the model, "
        "such as `def make_model(): return Linear(…)`, and name that",
        "torch.nn:Linear 需要 in_features, out_features；请写一个无参数、返回模型的函数",
    ),
    (
        ("nets:Images", "-i", "3x8x8"),
        "; Conv2d takes 4 dimensions, the batch first: try --input 32x3x8x8",
        "；Conv2d 需要 4 维的输入，批在最前：请试 --input 32x3x8x8",
    ),
    (
        ("strict.py:make",),
        "it is imported here and gets no arguments: put what parses them under `if __name__ ==",
        "这里只是导入它，没有参数",
    ),
    (("nets:NETS",), "no attribute 'NETS'", "没有属性"),
    (
        ("nets:Net", "-i", "8x11"),
        "failed in first (Linear), which got 8x11 float32: RuntimeError: mat1",
        "在 first (Linear)",
    ),
    (("nets:Net", "-i", "8y10"), "--input: found '8y10', allowed: positive integers", "用 x 隔开的正整数"),
    (("nets:Net", "-i", "0x10"), "--input: found '0x10'", "--input：得到 '0x10'"),
    (("nets:Net", "-i", "8x10", "-i", "8x10"), "failed in Net: TypeError", "模型在 Net 出错"),
    (("nets:Net", "-i", "nets:nothing"), "nets:nothing: returned str, allowed: a tensor", "返回 str"),
    (("nets:Net", "-i", "nets:batch", "-i", "3"), "it is the only --input", "只能有这一个 --input"),
    (
        ("nets:Net", "--input-type", "complex"),
        "--input-type: found 'complex', allowed: auto, float, int",
        "得到 'complex'",
    ),
    (("nets:Net", "--input-type", "int", "--input-type", "int"), "found 2 for 1 inputs", "1 个输入得到 2 个类型"),
    (("nets:Net", "--input-type", "int"), "--high is missing", "缺少 --high"),
    (("nets:Net", "--input-type", "int", "--high", "9"), "--input-type says of which type", "用 --input-type 指定"),
    (("nets:Words", "-i", "4x6", "--high", "99"), "an index is too large: give --high", "索引太大"),
    (("nets:Words", "-i", "4x6", "--input-type", "float"), "an embedding takes integers", "嵌入层需要整数"),
    (
        ("nets:Net", "--loss", "torch.nn.functional:cross_entropy"),
        "wants input, target, but is given",
        "需要 input, target",
    ),
    (("nets:Net", "--loss", "torch.nn:MSELoss"), "wants input, target, but is given", "需要 input, target"),
    (("nets:Net", "--loss", "nets:elementwise"), "returned 8x3, allowed: a tensor with one element", "返回 8x3"),
    (("nets:Net", "--loss", "nets:number"), "returned float, allowed", "返回 float"),
    (("nets:Net", "--loss", "nets:constant"), "nets:constant has no gradient", "nets:constant 没有梯度"),
    (("nets:Net", "--loss", "nets:failing"), "ValueError: no such loss [nets.py:70 in failing", "nets:failing 出错"),
    (("nets:Net", "--loss", "nets:__name__"), "nets:__name__: found str, allowed: a function", "允许：函数"),
    (("nets:detached",), "the model's output has no gradient", "模型的输出 没有梯度"),
    (("torch.nn:ReLU",), "ReLU has no parameters", "ReLU has no parameters"),
    (
        ("nets:Net", "--steps", "0"),
        "--steps: found 0, allowed: a number of at least 1",
        "--steps：得到 0，允许：不小于 1 的数",
    ),
    (("nets:Net", "--seed", "x"), "--seed: found 'x', allowed: an integer", "--seed：得到 'x'，允许：整数"),
    (("nets:Net", "--inptu", "x"), "no option --inptu; nearest: --input", "没有选项 --inptu；最接近的是 --input"),
    (("nets:Net", "-o", "x.txt"), "x.txt: allowed endings: .html, .md, .json, .csv", "允许的扩展名"),
    (("nets:Net", "-o", "no/x.md"), "no folder 'no'", "没有文件夹 'no'"),
]


@pytest.mark.parametrize(("arguments", "english", "chinese"), ERRORS, ids=range(len(ERRORS)))
def test_an_error_is_told_in_one_line(run: Run, arguments: tuple[str, ...], english: str, chinese: str) -> None:
    given = arguments if any(argument in ("-i", "--input") for argument in arguments) else (*arguments, "-i", "8x10")
    for language, expected in (("en", english), ("zh", chinese)):
        done = run("diagnose", *given, "--lang", language)
        assert done.exit_code == 2, done.output
        assert done.stderr.startswith("gradlab: ")
        assert done.stderr.count("\n") == 1
        assert "Traceback" not in done.output
        assert expected in done.stderr
        for name in ("nets", "faulty", "needy"):
            sys.modules.pop(name, None)


def test_a_script_that_parses_arguments_gets_none_of_the_programs(run: Run) -> None:
    before = [*sys.argv]
    for target in ("parsed.py:make", "parsed:make"):
        done = run("diagnose", target, "-i", "8x10")
        assert done.exit_code == 0, done.stderr
    assert sys.argv == before
    sys.modules.pop("parsed", None)


def test_a_model_that_its_module_has_trained_is_said_to_be(run: Run) -> None:
    english = run("diagnose", "trained.py:model", "-i", "8x10", "--lang", "en").stdout
    assert "It was trained as its module was imported (7 steps of an optimizer)" in english
    assert "优化器更新了 7 步" in run("diagnose", "trained.py:model", "-i", "8x10", "--lang", "zh").stdout
    assert "trained as" not in run("diagnose", "trained.py:make", "-i", "8x10", "--lang", "en").stdout
    sys.modules.pop("trained", None)


def test_the_loss_that_a_model_puts_out_is_taken(run: Run) -> None:
    done = run("diagnose", "nets:Labelled", "-i", "8x10", "--lang", "en", "--seed", "0")
    assert "loss: the model's own, " in done.stdout
    assert "loss: half the mean" in run("diagnose", "nets:Net", "-i", "8x10", "--lang", "en").stdout


def test_what_is_missing(run: Run) -> None:
    assert "--input is missing" in run("diagnose", "nets:Net").stderr
    assert "MODULE:MODEL" in run("diagnose", "-i", "3").stderr
    assert "缺少 --input" in run("diagnose", "nets:Net", LANG="zh_TW").stderr


def test_an_error_names_no_frame_of_ours(folder: Path) -> None:
    with pytest.raises(UseError, match=r"failed in 0 \(Linear\), which got 3x9 float32") as caught:
        diagnose(Settings("nets:vanishing", ("3x9",)), "en")
    assert "gradlab/" not in str(caught.value)
    assert "torch/" not in str(caught.value)


class _Page(HTMLParser):
    """A page's requests to other hosts, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.elsewhere: list[str] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.elsewhere += [
            value or "" for name, value in attrs if name in ("src", "href") and value and value[0] != "#"
        ]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(("language", "verdict"), [("en", "vanishing gradients"), ("zh", "梯度消失")])
def test_the_html_report_stands_alone(run: Run, folder: Path, language: str, verdict: str) -> None:
    done = run("diagnose", "nets:vanishing", "-i", "32x64", "--lang", language, "-o", "report.html")
    assert "report.html" in done.stdout
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert page.elsewhere == []
    assert "script" not in page.tags
    assert {"svg", "table", "h1", "pre"} <= set(page.tags)
    assert verdict in page.text
    assert "kaiming_normal_" in page.text
    assert f'<html lang="{"zh-Hans" if language == "zh" else "en"}">' in text
    assert page.tags.count("tr") == 1 + 41
    drawing = text[text.index("<svg") : text.index("</svg>") + len("</svg>")]
    ElementTree.fromstring(drawing)


def test_the_other_reports(run: Run, folder: Path) -> None:
    outputs = [part for name in ("r.md", "r.json", "r.csv") for part in ("-o", name)]
    done = run("diagnose", "nets:vanishing", "-i", "32x64", *outputs)
    assert [line.removeprefix("Written: ") for line in done.stdout.splitlines() if line.startswith("Written: ")] == [
        "r.md",
        "r.svg",
        "r.json",
        "r.csv",
    ]
    markdown = (folder / "r.md").read_text(encoding="utf-8")
    assert markdown.startswith("# nets:vanishing\n\nInput 32x64")
    assert "](r.svg)" in markdown
    assert "**Verdict: vanishing gradients.**" in markdown
    assert ElementTree.parse(folder / "r.svg").getroot().tag.endswith("svg")
    assert json.loads((folder / "r.json").read_text(encoding="utf-8"))["verdict"] == "vanishing"
    rows = list(csv.DictReader(io.StringIO((folder / "r.csv").read_text(encoding="utf-8"))))
    assert len(rows) == 41
    assert float(rows[0]["delta"]) > 0


def test_a_report_without_matplotlib_says_so(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradlab.commands.page.has_matplotlib", lambda: False)
    done = run("diagnose", "nets:vanishing", "-i", "32x64", "-o", "report.html")
    assert "run: pip install matplotlib" in done.stderr
    assert "<svg" not in (folder / "report.html").read_text(encoding="utf-8")


def test_colour_and_its_absence(folder: Path) -> None:
    diagnosis = diagnose(Settings("nets.py:vanishing", ("32x64",)), "en")

    def printed(**options: bool) -> str:
        out = io.StringIO()
        terminal.print_diagnosis(
            diagnosis,
            Console(file=out, force_terminal=True, width=120, color_system="standard", **options),  # type: ignore[arg-type]
        )
        return out.getvalue()

    assert re.search(r"\x1b\[1;31mVerdict: vanishing gradients\.", printed())
    assert not re.search(r"\x1b\[[0-9;]*3\d", printed(no_color=True))


def test_a_narrow_terminal_loses_columns_and_says_which(run: Run) -> None:
    wide = run("diagnose", "nets:vanishing", "-i", "32x64").stdout
    narrow = run("diagnose", "nets:vanishing", "-i", "32x64", COLUMNS="40").stdout
    assert all(len(line) <= 40 for line in narrow.splitlines() if not line.startswith("    "))
    assert '        torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")' in narrow.splitlines()
    assert "Left out for lack of room" not in wide
    assert "Left out for lack of room" in narrow
    header = next(line for line in narrow.splitlines() if line.startswith("layer"))
    assert "‖δ‖" in header
    assert "‖W‖" not in header


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_demo(run: Run, folder: Path, language: str) -> None:
    done = run("demo", "--lang", language, "--output", "demo.html")
    assert done.exit_code == 0
    assert "exploding gradients" in done.stdout or "梯度爆炸" in done.stdout
    assert "2600" in done.stdout
    assert "gradlab diagnose" in done.stdout
    assert "2600" in (folder / "demo.html").read_text(encoding="utf-8")


def test_shapes() -> None:
    assert inputs.sizes("32x3x32x32") == inputs.sizes("32,3,32,32") == (32, 3, 32, 32)
    for wrong in ("", "x", "3x", "-1x3", "3.5", "0"):
        with pytest.raises(UseError):
            inputs.sizes(wrong)
