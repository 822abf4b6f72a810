"""The site that tests read, and one of the same project built elsewhere from nothing, are the same to the byte.

The second one draws and computes anew. But at night it finds the longest trainings done, and the deep networks of the
playground's grid measured.
"""

import filecmp
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from figures_src.__main__ import main
from figures_src.cache import history, results
from figures_src.cache.catalog import Catalog
from figures_src.cache.store import PAGES, default_folder
from figures_src.make import workers
from figures_src.model.failures import ROOT
from figures_src.playground import files
from figures_src.playground.settings import Part, parts
from figures_src.site import build, configuration, hooks
from figures_src.site.changes import last_changes
from tests.project import BUILT, SIGMOID_CHECKS, SURROUNDING, Project, copy_project, store_beside
from tests.serving import PUBLISHED
from tests.tested_site import REPOSITORY, site_folder

EPOCH = "1700000000"
# Files have no encoding but the one that they are read and written with: that of this locale has no letter of Chinese.
OTHER_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def _differences(one: Path, other: Path) -> list[str]:
    names = {path.relative_to(root).as_posix() for root in (one, other) for path in root.rglob("*") if path.is_file()}
    _, different, missing = filecmp.cmpfiles(one, other, sorted(names), shallow=False)
    return [*different, *missing]


def _site(project: Project, **variables: str) -> Path:
    settings = {"SOURCE_DATE_EPOCH": EPOCH, "SITE_URL": "https://example.org/", **variables}
    done = project.run("-m", "figures_src", "docs", **settings)
    assert done.returncode == 0, done.stderr
    # Nothing but what the copy cannot know is written to standard error.
    assert done.stderr == ("" if "GIT_DIR" in variables else f"{history.missing(project.folder)}\n")
    return project.folder / "site"


@dataclass(frozen=True)
class Given:
    """Parts of the playground's grid, and experiments by their names, that a build need not run."""

    parts: tuple[Part, ...] = ()
    experiments: tuple[str, ...] = ()

    def store(self, folder: Path) -> Path:
        """A store that holds them, and nothing else."""
        found = files.find_parts(self.parts)
        assert len(found) == len(self.parts)
        entries = [*found.values()]
        for name in self.experiments:
            done = [path for path in (default_folder() / results.KIND).glob(f"{name}-*") if path.is_dir()]
            assert done, name
            entries += done
        for entry in entries:
            shutil.copytree(entry, folder / entry.relative_to(default_folder()))
        return folder


# Of the playground's grid networks of 5 layers are quick, and of all experiments these take more than two seconds. What
# is given takes no other way than the rest. Points of all depths are measured once more in `make test`, by
# tests/figures_src/playground/test_files.py; all is made twice at night.
LONG = Given(
    tuple(part for part in parts() if part.depth > 5),
    (
        "cures",
        "spirals",
        "symptoms",
        "faults",
        "memory",
        "truth_bank",
        "advice",
        "mended",
        "waking_units",
        "long_memory",
        "temporal_order",
        "warm_up",
        "trainable_depth",
        "linear_depth",
        "noisy_normalization",
        "batch_normalization",
        "gradient_correlation",
        "residual",
        "residual_depth",
        "batch_size",
        "correlation",
        "finite_width",
        "zero_centred",
        "input_scale",
        "norm_placement",
    ),
)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(LONG, id="but for what is long", marks=pytest.mark.slow),
        pytest.param(Given(), id="all", marks=pytest.mark.every_combination),
    ],
)
def test_two_builds_are_the_same_to_the_byte(tmp_path: Path, made: Catalog, given: Given) -> None:
    other = copy_project(tmp_path / "an other folder", store=given.store(tmp_path / "new store"))
    settings = {"SITE_URL": PUBLISHED, "REPOSITORY_URL": REPOSITORY, "SOURCE_DATE_EPOCH": build.source_date_epoch()}
    cold = _site(other, **settings, **_history(other), **OTHER_LOCALE, TZ="America/St_Johns", PYTHONHASHSEED="2")
    assert len(list(cold.rglob("*.html"))) > 10
    assert _differences(site_folder(), cold) == []


def _history(project: Project) -> dict[str, str]:
    """Variables by which git knows the copy by the project's own history, if any, and writes nothing into it."""
    if not last_changes():
        return {}
    shutil.copy2(ROOT / ".gitignore", project.folder)
    command = ["git", "rev-parse", "--absolute-git-dir"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    return {"GIT_DIR": found, "GIT_WORK_TREE": str(project.folder), "GIT_OPTIONAL_LOCKS": "0"}


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """A project of one exhibit and the smallest pages that pass."""
    project = copy_project(tmp_path / "project")
    project.only("sigmoid", pages={"index": f"# P {{#p}}\n\n{SIGMOID_CHECKS}\n"})
    return project


@pytest.mark.slow  # 18 s
def test_the_last_good_site_stays_until_a_new_one_is_whole(small: Project) -> None:
    site = _site(small)
    page = (site / "en/theory/index.html").read_text(encoding="utf-8")
    # Without a history and a repository's address, a page checks neither.
    assert "page-changed" not in page
    assert 'rel="edit"' not in page
    assert "md-source" not in page
    assert "2023-11-14" in (site / "sitemap.xml").read_text(encoding="utf-8")
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    small.edit("docs/en/index.md", "# P", '![Alt](figures/sigmiod.svg "C")\n\n# P')
    broken = small.run("-m", "figures_src", "docs")
    assert broken.returncode == 1
    assert "docs/en/index.md:" in broken.stderr
    assert "unknown figure 'sigmiod'; the nearest is 'sigmoid'" in broken.stderr
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == before
    assert not list(small.folder.glob(".site-*"))


@pytest.mark.slow
def test_a_notebook_cell_that_raises_fails_the_build_in_one_line(small: Project) -> None:
    small.edit("docs/notebook.py", "print(6 * 7)", "x = 1\nprint(x / 0)")
    broken = small.run("-m", "figures_src", "docs")
    assert broken.returncode == 1
    assert "docs/notebook.py:9: ZeroDivisionError: division by zero" in broken.stderr
    assert "Traceback" not in broken.stderr
    assert not (small.folder / "site").exists()


@pytest.mark.slow
def test_the_notebook_follows_the_laboratory_and_nothing_that_was_changed_in_the_store(
    small: Project, tmp_path: Path
) -> None:
    kinds = (*SURROUNDING, workers.KIND, results.KIND, PAGES)
    small = Project(small.folder, store_beside(tmp_path / "new store", kinds))
    small.edit("docs/notebook.py", "print(6 * 7)", "from gradlab import commands\nprint(commands.__doc__)")
    kept = small.store / hooks.NOTEBOOKS

    def build() -> set[str]:
        assert small.build_english() == ""
        return {path.parent.name for path in kept.glob("*/answer.json")}

    first = build()
    assert build() == first
    # An answer that was changed since is not taken for a result; tests/figures_src/cache damages entries in all ways.
    (answer,) = kept.glob("*/answer.json")
    whole = answer.read_bytes()
    damaged = whole.replace(b"The command", b"A command")
    assert damaged != whole
    answer.write_bytes(damaged)
    assert build() == first
    assert answer.read_bytes() == whole
    # An edit of a module that its cells do not import leaves it alone; one of a module that they import runs it again.
    small.edit("gradlab/batched.py", '"""Many', '"""So many')
    assert build() == first
    small.edit("gradlab/commands/__init__.py", '"""The command', '"""Changed. The command')
    assert len(build() - first) == 1
    page = (small.folder / BUILT / "en/notebook/index.html").read_text(encoding="utf-8")
    assert "Changed. " in page


@pytest.mark.slow
def test_what_the_generator_warns_of_fails_the_build(small: Project) -> None:
    for language in ("zh", "en"):
        small.write(f"docs/{language}/extra.md", "# P {#p}\n\n![x](nothing.png)\n")
    broken = small.run("-m", "figures_src", "docs")
    assert broken.returncode == 1
    assert broken.stdout == ""
    where = "  docs/zh/extra.md:3: contains a link 'nothing.png', but the target is not found"
    assert where in broken.stderr
    where = f"  {configuration.place('nav')}: The following pages exist in the docs directory, but are not included"
    assert where in broken.stderr
    assert not (small.folder / "site").exists()


@pytest.mark.slow
def test_what_a_killed_build_left_is_cleared_up_and_the_last_site_taken_back(small: Project) -> None:
    site = _site(small)
    pages = len(list(site.rglob("*.html")))
    # Killed between the two renames: the last site is put aside, the new one not in place yet.
    aside = small.folder / ".site-last-abc"
    aside.mkdir()
    site.rename(aside / "site")
    (small.folder / ".site-half").mkdir()
    small.edit("docs/en/index.md", "# P", "{{ no.such }}\n\n# P")
    assert small.run("-m", "figures_src", "docs").returncode == 1
    assert len(list(site.rglob("*.html"))) == pages
    assert not list(small.folder.glob(".site-*"))


@pytest.mark.slow
def test_two_builds_at_once_both_end_well(small: Project) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: small.run("-m", "figures_src", "docs"), range(2)))
    assert [build.returncode for build in done] == [0, 0], [build.stderr for build in done]
    assert (small.folder / "site/index.html").is_file()
    assert not list(small.folder.glob(".site-*"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SITE_URL", "example.org"),
        ("SITE_URL", "https://a.b/c?d"),
        ("REPOSITORY_URL", "https://a.b/c"),
        ("SOURCE_DATE_EPOCH", "today"),
        ("SOURCE_DATE_EPOCH", "1" * 20),
    ],
)
def test_a_setting_that_is_none_is_refused_in_one_line(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "prepare", lambda: pytest.fail("something was made"))
    monkeypatch.setenv(name, value)
    assert main(["docs"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"1 failure:\n  {name}: found '{value}', allowed: ")
    assert said.err.count("\n") == 2
    assert said.out == ""


@pytest.mark.slow
def test_what_a_cell_prints_slowly_is_one_output(small: Project) -> None:
    # In pieces, as they happen to arrive, it would differ from build to build.
    small.edit(
        "docs/notebook.py", "print(6 * 7)", "import time\n\nfor i in range(3):\n    print(i)\n    time.sleep(0.4)"
    )
    assert small.build_english() == ""
    page = (small.folder / BUILT / "en/notebook/index.html").read_text(encoding="utf-8")
    assert page.count('class="notebook-output"') == 1
