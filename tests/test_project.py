"""The project itself: what its files promise each other."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from figures_src.cache.catalog import Catalog
from figures_src.model.failures import ROOT
from figures_src.model.language import LANGUAGES, Language
from figures_src.site import readme_picture
from tests import fast
from tests.conftest import PDF, SPREAD, turn, worker_scope
from tests.figures_src.pages.test_reports import LISTED
from tests.programs import run, run_afresh

FENCE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
# A docstring of a module, class, function or name that asks, and does not say what the thing is or does.
QUESTION = re.compile(r'^[ \t]*r?"""\s*(?:How|What|When|Where|Which|Who|Whose|Why)\b', re.MULTILINE)
PAGES = (ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").glob("*/*.md")))


def programs() -> Mapping[str, Path]:
    """The Python blocks of each page as one program, and one page that has them.

    Comments aside, most pages have the same code in every language; it is run once. What is held against its output
    elsewhere is left out.
    """
    found: dict[str, Path] = {}
    for page in (page for page in PAGES if page.stem not in LISTED):
        if blocks := FENCE.findall(page.read_text(encoding="utf-8")):
            found.setdefault(ast.dump(ast.parse("\n".join(blocks))), page)
    return found


def imported(path: Path) -> set[str]:
    """The first parts of everything a module imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
    return names


# Packages that the extras install, by the only places that ask for them.
EXTRAS = {
    "gradlab/commands": {"matplotlib", "rich", "typer"},
    "gradlab/integrations/accelerate.py": {"accelerate"},
    "gradlab/integrations/lightning.py": {"lightning"},
    "gradlab/integrations/transformers.py": {"transformers"},
    "gradlab/probing/dataframe.py": {"pandas"},
    "gradlab/probing/plot.py": {"matplotlib"},
    "gradlab/probing/report.py": {"matplotlib"},
}


def test_the_laboratory_needs_only_torch_and_a_progress_bar() -> None:
    for path in (ROOT / "gradlab").rglob("*.py"):
        extras = [names for place, names in EXTRAS.items() if path.is_relative_to(ROOT / place)]
        outside = imported(path) - set(sys.stdlib_module_names) - {"gradlab", "torch", "tqdm"}.union(*extras)
        assert not outside, f"{path}: {outside}"


def test_only_the_rim_knows_the_site_generator() -> None:
    for path in (ROOT / "figures_src").rglob("*.py"):
        if path.is_relative_to(ROOT / "figures_src" / "site"):
            continue
        assert not {name for name in imported(path) if name.startswith("mkdocs")}, path


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for lock, wanted in (
        ("docs.txt", [*project["dependencies"], *extras["docs"]]),
        ("test.txt", [*project["dependencies"], *(name for key in extras.keys() - {"audit"} for name in extras[key])]),
        ("audit.txt", extras["audit"]),
        ("mutants.txt", asked("mutants.in")),
        ("oldest.txt", asked("oldest.in")),
        ("build.txt", asked("build.in")),
    ):
        text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
        locked = dict(re.findall(r"^([\w.-]+)(?:\[.*?\])?==([^\s;\\]+)", text.lower(), re.MULTILINE))
        missing = {name for name in map(Requirement, wanted) if locked.get(name.name.lower(), "") not in name.specifier}
        assert not missing, f"requirements/{lock} is older than pyproject.toml; run `make lock`: {missing}"
        entries = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
        assert all("--hash=sha256:" in entry for entry in entries if "==" in entry)
    build = (ROOT / "requirements/build.txt").read_text(encoding="utf-8")
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    assert all(name in build for name in tool)


def asked(source: str) -> list[str]:
    """The packages that a file in requirements/ asks for."""
    lines = (ROOT / "requirements" / source).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_what_a_user_has_stays_as_it_is() -> None:
    """No version is pinned for a user, so that an installed torch is none too many; the locks pin each, by pins.in."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    runtime = [Requirement(one) for one in (*project["dependencies"], *extras["cli"], *extras["report"])]
    pins = {one.name: one.specifier for one in map(Requirement, asked("pins.in"))}
    oldest = {one.name: str(one.specifier).removeprefix("==") for one in map(Requirement, asked("oldest.in"))}
    assert {one.name for one in runtime} == pins.keys()
    for one in runtime:
        assert [(bound.operator, Version(bound.version) <= Version(oldest[one.name])) for bound in one.specifier] == [
            (">=", True)
        ]
        assert not one.specifier.contains(f"{Version(oldest[one.name]).major - 1}.99")
        assert oldest[one.name] in one.specifier
    (torch,) = (one for one in runtime if one.name == "torch")
    for installed in ("2.6.0", "2.9.1+cu128", "2.13.0+cpu", "2.14.1", "3.0"):
        assert installed in torch.specifier


def marked(mark: str) -> set[str]:
    """The files of the tests that bear a mark, as paths in the project."""
    files = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "tests").rglob("*.py")}
    return {name for name, path in files.items() if f"pytest.mark.{mark}" in path.read_text(encoding="utf-8")}


def test_every_mark_is_borne_by_tests_and_told_apart_by_a_run() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    marks = {line.partition(":")[0] for line in options["markers"]}
    runs = (ROOT / "Makefile").read_text(encoding="utf-8") + fast.QUICK
    assert marks == {"built", "slow", "every_combination"}
    for mark in marks:
        assert marked(mark) - {"tests/test_project.py"}, mark
        assert re.search(rf"\b{mark}\b", runs), mark
    # Tests that no other run takes are in that of continuous integration and in the nightly one.
    assert "$(PYTEST) -m slow\n" in runs
    assert "\t@$(PYTEST)\n" in runs


def test_contributing_says_which_proof_runs_where() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    # Where tests are given a mark, and not by a decorator, stands in the same row as the tests.
    borne = (marked("slow") | marked("every_combination")) - {"tests/test_project.py"}
    assert {file for file in borne if f"`{file}`" not in table} == set()
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", table))
    assert {file for file in named if not (ROOT / file).is_file()} == set()


@pytest.mark.parametrize(
    ("test", "scope"),
    [
        ("tests/gradlab/test_networks.py::test_a[x::y]", "tests/gradlab/test_networks.py"),
        (f"{SPREAD[0]}::test_a[x]", f"{SPREAD[0]}::test_a[x]"),
        (f"tests/site/test_printing.py{PDF}is_tagged[en]", PDF),
    ],
)
def test_tests_of_a_module_stay_on_one_worker_but_for_those_of_the_built_site(test: str, scope: str) -> None:
    assert worker_scope(test) == scope
    assert all((ROOT / module).is_file() for module in SPREAD)
    assert turn(test) == (0 if "gradlab" in test else 1 + SPREAD.index(test.partition("::")[0]))
    assert PDF in (ROOT / "tests/site/test_printing.py").read_text(encoding="utf-8").replace("def ", "::")


def questions(source: str) -> list[int]:
    """Lines of the docstrings that ask."""
    return [source.count("\n", 0, found.start()) + 1 for found in QUESTION.finditer(source)]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('"""What a module holds."""\n', [1]),
        ('def step() -> None:\n    r"""Where it was seen."""\n', [2]),
        ('RATE = 1.0\n"""\nHow fast it is.\n"""\n', [2]),
        ('"""Whether it holds."""\nX = 1\n"""Steps; what is left of them."""\n', []),
        ('"""A step.\n\nWhat it leaves is kept.\n"""\n', []),
    ],
)
def test_a_docstring_that_asks_is_found(source: str, lines: list[int]) -> None:
    assert questions(source) == lines


def test_docstrings_say_what_a_thing_is_and_do_not_ask() -> None:
    rooms = [ROOT / name for name in ("figures_src", "gradlab", "requirements", "tests")]
    files = [file for room in rooms for ending in ("*.py", "*.py.jinja") for file in room.rglob(ending)]
    asking = {str(file.relative_to(ROOT)): questions(file.read_text(encoding="utf-8")) for file in files}
    assert len(asking) > 500
    assert {file: lines for file, lines in asking.items() if lines} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_readmes_picture_is_fresh(language: Language, made: Catalog) -> None:
    drawn = readme_picture.picture(made, language)
    assert readme_picture.path(language).read_text(encoding="utf-8") == drawn, "run `make figures`"


@pytest.mark.parametrize("page", programs().values(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_code_on_pages_runs(page: Path) -> None:
    # The first thing that a reader meets, with all that starting it takes.
    start = run_afresh if page == PAGES[0] else run
    done = start("\n".join(FENCE.findall(page.read_text(encoding="utf-8"))))
    assert done.returncode == 0, done.stderr


def test_the_laboratory_is_a_package_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    copy = tmp_path / "source"
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-docs"):
        copy.mkdir(exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
    for path in (ROOT / "gradlab").rglob("*"):
        if path.suffix in {".py", ".typed", ".mo"}:
            target = copy / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    subprocess.run([*command, str(tmp_path), str(copy)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("gradient_lab-*.whl")
    code = (
        f"import sys; sys.path.insert(0, {str(wheel)!r}); import gradlab; assert 'torch' not in sys.modules; "
        "assert '.whl' in gradlab.__file__; from gradlab.experiments import explosion; "
        "print(f'{explosion.run(explosion.Config()).output:.4f}'); from gradlab.commands import experiments; "
        "print(experiments.title('explosion', 'zh'))"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["4255.4160", "原文的爆炸：20 层宽度为 1 的 ReLU"]
