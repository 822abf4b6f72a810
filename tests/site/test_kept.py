"""Pages that are kept: an unchanged one is not made again, an edited one is, and neither shows in the bytes."""

import shutil
from pathlib import Path

import pytest

from figures_src.cache.store import CONTENTS, PAGES
from tests.project import BUILD, BUILT, SIGMOID_CHECKS, Project, copy_project, store_beside

SIGMOID = "figures_src/exhibits/article/sigmoid.py"
# An exhibit's question, and a page that asks it.
QUESTION = """

def questions(result: activation_curve.Result) -> dict[str, Question]:
    guesses = (Number(0.25, "g"), Number(1, "g"))
    return {"top": Question((Answer(Number(result.maximum, "g"), guesses),))}
"""
GUESS = """# Guess {#guess}

??? guess "sigmoid.top"

    - The first
    - The second

    So it is.
"""
# The preview after each of some edits, and where its last pages lie.
PREVIEWED = """
import os, sys
from pathlib import Path
from figures_src.site.build import environment
os.environ.update(environment("en"))
from figures_src.site.preview import Preview
server = Preview("en", "127.0.0.1", 8000, Path(sys.argv[1]))
server.rebuild()
for edit in sys.argv[2:]:
    path, old, new = edit.split("|")
    text = Path(path).read_text(encoding="utf-8")
    assert old in text, edit
    Path(path).write_text(text.replace(old, new), encoding="utf-8")
    server.rebuild()
    assert not server.failures, server.failures
print(server.root)
"""
EDITS = (
    "docs/en/tools.md|There|Where",  # as long as before
    "docs/en/lessons.md|The maximum|At most it",
    f"{SIGMOID}|The sigmoid function|One sigmoid function",
    "docs/en/glossary.md|A count.|A count!",
    "docs/theme/partials/copyright.html|{{ config.copyright }}|{{ config.copyright }} Edited.",
    "docs/en/tools.md|Where|There",
)
GLOSSARY = """# Glossary {#glossary}

## Terms {#terms}

### Quokka {#quokka}

A small animal.

### Width {#width}

A count.
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project of one exhibit and small pages: `lessons.md` quotes a number, `remedies.md` asks to guess one."""
    folder = tmp_path_factory.mktemp("kept")
    made = copy_project(folder / "project", store=store_beside(folder / "store"))
    asking = (
        (made.folder / SIGMOID).read_text(encoding="utf-8").replace("import Check", "import Answer, Check, Question")
    )
    pages = {
        "index": f"# First {{#first}}\n\n{SIGMOID_CHECKS}\n",
        "lessons": "# Lessons {#lessons}\n\nThe maximum is {{ sigmoid.maximum }}.\n",
        "glossary": GLOSSARY,
        "remedies": GUESS,
        "tools": "# Tools {#tools}\n\n[There](theory.md#place)\n",
        "theory": "# Theory {#theory}\n\n## A heading {#place}\n\nA quokka.\n",
    }
    made.only("sigmoid", pages=pages)
    made.write(SIGMOID, asking + QUESTION)
    return made


def _page(project: Project, name: str) -> str:
    return (project.folder / BUILT / "en" / name / "index.html").read_text(encoding="utf-8")


def _bytes(project: Project) -> dict[str, bytes]:
    site = project.folder / BUILT / "en"
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def _entries(project: Project, step: str) -> set[str]:
    return {path.parent.name for path in (project.store / PAGES).glob(f"{step}-en-*/{CONTENTS}")}


class Made:
    """The pages that a build converted and rendered, by their names without an ending."""

    def __init__(self, project: Project) -> None:
        before = {step: _entries(project, step) for step in ("converted", "rendered")}
        self.failures = project.build_english()
        self.converted, self.rendered = (
            {name.removeprefix(f"{step}-en-").rpartition(".")[0] for name in _entries(project, step) - before[step]}
            for step in before
        )


@pytest.fixture(scope="module")
def first(project: Project) -> Made:
    """The build of everything."""
    return Made(project)


def _all_pages(project: Project) -> set[str]:
    return {path.stem for path in (project.folder / "docs" / "en").glob("*.md")} | {"source-sigmoid"}


@pytest.mark.slow
def test_nothing_is_made_twice_and_an_edited_page_alone_again(project: Project, first: Made) -> None:
    assert first.failures == ""
    assert first.converted == _all_pages(project)
    cold = _bytes(project)

    again = Made(project)
    assert (again.converted, again.rendered) == (set(), set())
    assert _bytes(project) == cold

    project.edit("docs/en/tools.md", "[There]", "Edited. [There]")
    page = Made(project)
    assert page.converted == page.rendered == {"tools"}
    assert "Edited." in _page(project, "tools")


@pytest.mark.slow
def test_only_what_an_edit_touches_is_made_again(project: Project, first: Made) -> None:
    assert first.failures == ""
    everything = _all_pages(project)

    project.edit(
        "figures_src/exhibits/article/_activation.py",
        'Number(result.maximum, "g"),\n        "max',
        'Number(0.5, "g"),\n        "max',
    )
    number = Made(project)
    assert number.converted == number.rendered == {"lessons"}
    assert "0.5" in _page(project, "lessons")

    # A guess that was moved changes the drawing, and what is said of it.
    project.edit(SIGMOID, 'Number(1, "g")', 'Number(8, "g")')
    question = Made(project)
    assert question.converted == question.rendered == {"remedies", "source-sigmoid"}
    assert "You guessed 8" in _page(project, "remedies")

    project.edit("docs/theme/partials/copyright.html", "{{ config.copyright }}", "{{ config.copyright }} Planted.")
    template = Made(project)
    assert template.converted == set()
    assert template.rendered == everything | {"notebook"}
    assert "Planted." in _page(project, "tools")

    project.edit("docs/en/glossary.md", "A small animal", "A planted animal")
    term = Made(project)
    assert term.converted == term.rendered == {"glossary", "theory"}
    assert 'title="A planted animal' in _page(project, "theory")

    project.edit("figures_src/markdown/marks.py", 'en="measured {measured}', 'en="tested {measured}')
    extension = Made(project)
    assert extension.converted == everything
    assert "tested " in _page(project, "")

    # Titles stand in every page's navigation; a link is checked anew although its page is not converted.
    project.edit("docs/en/theory.md", "# Theory {#theory}", "# Planted theory {#theory}")
    title = Made(project)
    assert title.converted == {"theory"}
    assert "Planted theory" in _page(project, "tools")
    warm = _bytes(project)
    project.edit("docs/en/theory.md", "{#place}", "{#elsewhere}")
    project.edit("docs/zh/theory.md", "{#place}", "{#elsewhere}")
    for broken in (project.figures().stderr, _broken_anchor(project)):
        assert "docs/en/tools.md" in broken
        assert "place" in broken
    project.edit("docs/en/theory.md", "{#elsewhere}", "{#place}")
    project.edit("docs/zh/theory.md", "{#elsewhere}", "{#place}")

    # All of this was put together from pieces; made at once from nothing, it is the same.
    shutil.rmtree(project.store / PAGES)
    shutil.rmtree(project.folder / ".cache" / "templates")
    assert Made(project).converted == everything
    assert _bytes(project) == warm


def _broken_anchor(project: Project) -> str:
    """Message of MkDocs for a link to a place that is gone, on a page that is not converted anew."""
    code = BUILD.replace("prepare()\n", "")
    return project.run("-c", code, str(project.folder / "broken"), SOURCE_DATE_EPOCH="1700000000").stdout


@pytest.mark.slow
def test_a_warning_is_given_again(project: Project) -> None:
    text = (project.folder / "docs/en/tools.md").read_text(encoding="utf-8")
    for language in ("zh", "en"):
        page = Path("docs") / language / "tools.md"
        project.write(str(page), f"{(project.folder / page).read_text(encoding='utf-8')}\n![x](nothing.png)\n")
    said = [project.build_english() for _ in range(2)]
    assert said[0] == said[1]
    assert "docs/en/tools.md:5: contains a link 'nothing.png', but the target is not found" in said[0]
    project.write("docs/en/tools.md", text)


@pytest.mark.slow
def test_a_damaged_piece_is_made_again(project: Project) -> None:
    assert project.build_english() == ""
    before = _bytes(project)
    entry = next((project.store / PAGES).glob("converted-en-lessons.md-*/answer.json"))
    entry.write_text('{"content": "half', encoding="utf-8")
    assert project.build_english() == ""
    assert _bytes(project) == before


def _previewed(project: Project, place: Path, *edits: str) -> dict[str, bytes]:
    place.mkdir()
    done = project.run("-c", PREVIEWED, str(place), *edits, SOURCE_DATE_EPOCH="1700000000")
    assert done.returncode == 0, done.stderr
    site = Path(done.stdout.splitlines()[-1])
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_preview_shows_after_many_edits_what_a_new_one_shows(project: Project, tmp_path: Path) -> None:
    edited = _previewed(project, tmp_path / "edited", *EDITS)
    assert b"One sigmoid function" in edited["source/sigmoid/index.html"]
    assert edited == _previewed(project, tmp_path / "new")
