"""The notebook's one source for all languages: shared code cells, and Markdown cells marked with their language.

The source is jupytext's percent format: a Python file that linters and type checkers read. A Markdown cell says
`# %% [markdown] lang="zh"`; every such cell has its counterparts in other languages beside it.
A language without a cell of its own is shown the English ones.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import jupytext
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from figures_src.model.exhibit import Number
from figures_src.model.language import ENGLISH, LANGUAGES, WRITTEN, Language, known_language

FORMAT = "py:percent"
# Its places on the site: as a page, and as a file for readers.
NOTEBOOK_PAGE = "notebook.ipynb"
NOTEBOOK_DOWNLOAD = "downloads/gradient-lab.ipynb"
# Of its metadata, what is the site's.
METADATA = "gradient_lab"
# By the repository's address, never by a name: in the index of packages `gradlab` is another project. What it needs and
# is there already stays as it is, as on Colab.
INSTALLATION = """\
# Installs the code of this project where it is missing.
try:
    import gradlab.passes
except ModuleNotFoundError:
    %pip install --quiet "git+{repository}" matplotlib"""
_MARKER = re.compile(r"^# %%.*$", re.MULTILINE)
_SITE_ONLY = re.compile(r"[ \t]*(?:\{#[\w-]+\}|\{\{[ \t]*(?:check|verdict)[ \t][^{}\n]*\}\})")
_NUMBER = re.compile(r"\{\{[ \t]*(\w+\.\w+)[ \t]*\}\}")


@dataclass(frozen=True)
class Cell:
    """One cell: a code cell has no language. `line` is where its text begins in the source."""

    source: str
    language: Language | None
    line: int


@lru_cache(maxsize=4)
def cells(text: str) -> tuple[Cell, ...]:
    """The cells of a notebook source.

    Raises `ValueError` where a Markdown cell names no language, or one that the site does not have.
    """
    markers = [text.count("\n", 0, match.start()) + 1 for match in _MARKER.finditer(text)]
    # Text before the first marker (a header) is not one of the marked cells.
    marked = jupytext.reads(text, fmt=FORMAT).cells[-len(markers) :] if markers else []
    return tuple(
        Cell(cell.source, _language(cell, line) if cell.cell_type == "markdown" else None, line + 1)
        for cell, line in zip(marked, markers, strict=True)
    )


def _language(cell: nbformat.NotebookNode, line: int) -> Language:
    named = cell.metadata.get("lang")
    if language := known_language(named):
        return language
    allowed = " or ".join(f'lang="{language}"' for language in LANGUAGES)
    raise ValueError(f"line {line}: a Markdown cell needs {allowed}, found lang={named!r}")


def shown(cells: Sequence[Cell], language: Language) -> list[Cell]:
    """The cells that a reader of a language sees."""
    is_spoken = language in WRITTEN or any(cell.language == language for cell in cells)
    own = language if is_spoken else ENGLISH
    return [cell for cell in cells if cell.language in (None, own)]


def localized(
    text: str, language: Language, inputs: str, prose: Callable[[str], str], *, links: str = "", repository: str = ""
) -> str:
    """The notebook as .ipynb in one language, its Markdown cells passed through `prose`.

    `inputs` stands in its metadata and names what its outputs depend on besides its own cells: a cache that compares
    notebooks by their bytes then follows the laboratory too. `links` are Markdown that stands below the first cell.
    From `repository` the first cell of code installs the laboratory where it is missing.
    """
    notebook = new_notebook(
        metadata={
            METADATA: {"inputs": inputs, "repository": repository},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        }
    )
    first, *others = shown(cells(text), language)
    added = [Cell(links, language, 0)] if links else []
    if repository:
        added.append(Cell(INSTALLATION.format(repository=repository), None, 0))
    for index, cell in enumerate((first, *added, *others)):
        # The library's own ids are random; a build's bytes must not be.
        identifier = f"cell-{index}"
        if cell.language is None:
            notebook.cells.append(new_code_cell(cell.source, id=identifier))
        else:
            notebook.cells.append(new_markdown_cell(prose(cell.source), id=identifier))
    return str(nbformat.writes(notebook)) + "\n"


def plain(numbers: Mapping[str, Number]) -> Callable[[str], str]:
    """Makes a Markdown cell readable outside the site: numbers filled in, anchors and marks of checks left out."""

    def convert(source: str) -> str:
        source = _NUMBER.sub(lambda match: str(numbers[match[1]]), source)
        return _SITE_ONLY.sub("", source)

    return convert
