"""The notebook's files in the repository, what their first cell installs, and the links of the notebook's page."""

import io
import json
import re
import runpy
import signal
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import matplotlib as mpl
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_core.utils import run_sync
from matplotlib.figure import Figure
from nbclient import NotebookClient
from nbformat import NotebookNode

from figures_src.cache.catalog import Catalog
from figures_src.model.failures import ROOT
from figures_src.model.language import WRITTEN, Language
from figures_src.pages.notebook import INSTALLATION
from figures_src.site import notebooks
from figures_src.site.hooks import site_drawing
from figures_src.site.signals import keep_signals
from gradlab._internal.ending import SIGNALS, EndedError, heeded
from tests.serving import Site
from tests.site.parsing import attributes, parsed, text, the
from tests.tested_site import REPOSITORY

GITHUB = "https://github.com/owner/name"


def code(notebook: str) -> list[str]:
    """The code cells of a notebook."""
    return ["".join(cell["source"]) for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("language", WRITTEN)
def test_the_file_in_the_repository_is_its_source_without_outputs(language: Language, made: Catalog) -> None:
    written = notebooks.path(language).read_text(encoding="utf-8")
    assert written == notebooks.made(made, language, notebooks.recorded(language)), "run `make figures`"
    cells = [cell for cell in json.loads(written)["cells"] if cell["cell_type"] == "code"]
    assert len(cells) > 4
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    assert "{{" not in written


def test_signals_are_the_builds_while_a_notebook_runs_and_afterwards() -> None:
    client = NotebookClient(NotebookNode(), km=Mock(has_kernel=True))
    client.kc = Mock()

    async def set_up() -> None:
        async with client.async_setup_kernel(cleanup_kc=False):
            assert [signal.getsignal(number) for number in SIGNALS] == heard

    with heeded():
        heard = [signal.getsignal(number) for number in SIGNALS]
        keep_signals()
        run_sync(set_up)()
        assert [signal.getsignal(number) for number in SIGNALS] == heard
        with pytest.raises(EndedError):
            signal.raise_signal(signal.SIGTERM)


def test_a_drawing_is_the_same_whenever_the_site_is_built() -> None:
    def drawn(day: str, width: float) -> str:
        buffer = io.StringIO()
        with mpl.rc_context(fname=ROOT / "figures_src" / "site" / "notebook.matplotlibrc"):
            figure = Figure()
            figure.subplots().plot([0, 1], [1, width])
            figure.savefig(buffer, format="svg", metadata={"Date": day})
        assert day in buffer.getvalue()
        return site_drawing(buffer.getvalue())

    assert drawn("2023-11-14", 1) == drawn("2024-02-29", 1)
    assert 'id="notebook-' in drawn("2023-11-14", 1)
    names = [re.findall("notebook-[0-9a-f]{8}", drawn("2023-11-14", width))[0] for width in (1, 2)]
    assert names[0] != names[1]


def test_it_installs_from_the_repository_and_never_by_name(made: Catalog) -> None:
    first, *others = code(notebooks.made(made, "en", GITHUB))
    assert f'"git+{GITHUB}"' in first
    installed = [line for line in first.splitlines() if "install" in line and "%pip" in line]
    assert len(installed) == 1
    assert not any(re.search(r"(?<!/)\bgradlab\b", line) for line in installed)
    assert others == code(notebooks.made(made, "en", "")), "without an address nothing is installed"


@pytest.mark.parametrize("is_there", [True, False])
def test_only_what_is_missing_is_installed(is_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    class Shell:
        """A shell for the magic commands of a cell."""

        def run_line_magic(self, name: str, line: str) -> None:
            asked.append((name, line))

    if not is_there:
        monkeypatch.setitem(sys.modules, "gradlab.passes", None)
    cell = tmp_path / "cell.py"
    manager = TransformerManager()  # type: ignore[no-untyped-call]
    cell.write_text(manager.transform_cell(INSTALLATION.format(repository=GITHUB)), encoding="utf-8")
    runpy.run_path(str(cell), {"get_ipython": Shell})
    assert [name for name, _ in asked] == ([] if is_there else ["pip"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Catalog) -> Path:
    """A project whose notebooks name a repository."""
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(notebooks, "relative", lambda path: path.relative_to(tmp_path).as_posix())
    (tmp_path / "docs").mkdir()
    assert notebooks.recorded("en") == ""
    notebooks.write_notebooks(made, GITHUB)
    return tmp_path


def test_a_repository_that_was_written_once_stays(folder: Path, made: Catalog) -> None:
    before = notebooks.path("zh").read_bytes()
    notebooks.write_notebooks(made, "")
    assert notebooks.path("zh").read_bytes() == before
    assert notebooks.recorded("zh") == GITHUB


@pytest.mark.parametrize(
    ("repository", "offered"),
    [
        ("", 1),
        (GITHUB, 2),
        ("https://github.com/owner/other", 1),  # its notebook would install this one's code
        ("https://gitlab.com/owner/name", 1),
    ],
)
def test_colab_is_offered_where_it_works(folder: Path, repository: str, offered: int) -> None:
    shown = notebooks.links("en", repository)
    assert shown.count("<a ") == offered
    colab = "https://colab.research.google.com/github/owner/name/blob/main/docs/gradient-lab.en.ipynb"
    assert (f'href="{colab}"' in shown) == (offered == 2)
    assert ("installs it" in shown) == bool(repository)


@pytest.mark.parametrize("language", WRITTEN)
def test_the_page_offers_a_notebook_that_runs_anywhere(site: Site, language: Language) -> None:
    folder = site.folder / language
    article = the(parsed(folder / "notebook" / "index.html"), "article")
    row = article.css(".exhibit-links")[0]
    assert attributes(row, "a", "href") == ["../downloads/gradient-lab.ipynb"]
    assert notebooks.INSTALLS(language) in text(article)
    downloaded = (folder / "downloads" / "gradient-lab.ipynb").read_text(encoding="utf-8")
    assert f'"git+{REPOSITORY}"' in code(downloaded)[0]


def test_the_page_is_called_notebook(site: Site) -> None:
    titles: dict[str, Any] = {"zh": "笔记本", "en": "The notebook"}
    for language, title in titles.items():
        page = parsed(site.folder / language / "notebook" / "index.html")
        assert text(the(page, "h1")).startswith(title)
