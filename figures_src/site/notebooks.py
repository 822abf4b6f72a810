"""The notebook as files of the repository, which its host shows and Colab opens, and the links of the notebook's page.

docs/gradient-lab.<language>.ipynb is made from docs/notebook.py by `make figures`, without outputs, and a test holds it
to its source. It names the repository that its first cell installs from: the one that REPOSITORY_URL said when it was
made, and until then none. Colab opens notebooks from GitHub alone, and from there only what was committed.
"""

import json
import re
from pathlib import Path

from figures_src.cache.catalog import Catalog
from figures_src.cache.store import write_if_changed
from figures_src.model.failures import DOCS, ROOT, relative
from figures_src.model.language import WRITTEN, Language, Text
from figures_src.pages import notebook
from figures_src.pages.page import NOTEBOOK

DOWNLOAD = Text(zh="下载笔记本", en="Download the notebook")
COLAB = Text(zh="在 Colab 中打开", en="Open in Colab")
INSTALLS = Text(
    zh="缺少本项目的代码时，第一格会从代码仓库安装，所以在 Colab 或任何 Jupyter 里都能直接运行。",
    en="Where this project's code is missing, its first cell installs it from the repository, so that it runs in Colab "
    "and in any Jupyter.",
)
_GITHUB = re.compile(r"https://github\.com/([^/]+/[^/]+)")
_BRANCH = "main"


def path(language: Language) -> Path:
    """The notebook's file in the repository."""
    return ROOT / "docs" / f"gradient-lab.{language}.ipynb"


def made(catalog: Catalog, language: Language, repository: str) -> str:
    """The notebook in one language as readers get it, with its numbers filled in and without outputs.

    `repository` is where its first cell installs the laboratory from, or nothing where that is not known.
    """
    source = (DOCS / NOTEBOOK).read_text("utf-8")
    prose = notebook.plain(catalog.numbers)
    return notebook.localized(source, language, "", prose, repository=repository)


def recorded(language: Language) -> str:
    """The repository that the notebook's file names; nothing where it names none, or is not there."""
    if not path(language).is_file():
        return ""
    metadata = json.loads(path(language).read_text("utf-8"))["metadata"]
    return str(metadata[notebook.METADATA]["repository"])


def write_notebooks(catalog: Catalog, repository: str) -> None:
    """Remake the files that changed; without a repository they go on naming the one that they name."""
    for language in WRITTEN:
        write_if_changed(path(language), made(catalog, language, repository or recorded(language)).encode())


def links(language: Language, repository: str) -> str:
    """Links at the page's beginning: the download, and from a repository Colab and the way to run it as it is."""
    shown = [f'<a href="../{notebook.NOTEBOOK_DOWNLOAD}" download>{DOWNLOAD(language)}</a>']
    if (hosted := _GITHUB.fullmatch(repository)) and repository == recorded(language):
        file = relative(path(language))
        address = f"https://colab.research.google.com/github/{hosted[1]}/blob/{_BRANCH}/{file}"
        shown.append(f'<a href="{address}">{COLAB(language)}</a>')
    row = f'<p class="exhibit-links">{" ".join(shown)}</p>'
    return f"{row}\n\n{INSTALLS(language)}" if repository else row
