"""The files that the build adds to the pages: drawings and data to download, sources to read, the notebook."""

import json
import logging
import os

from mkdocs_gen_files.editor import FilesEditor

from figures_src.cache.catalog import Catalog, read
from figures_src.cache.sources import SourceTree, current
from figures_src.drawing.svg import standalone
from figures_src.evidence import licenses_table
from figures_src.make.prepare import prepare
from figures_src.markdown import source_pages, terms
from figures_src.model.failures import DOCS, ROOT, relative, unknown
from figures_src.model.language import LANGUAGES, Language, known_language, locale
from figures_src.pages import notebook
from figures_src.pages.notebook import NOTEBOOK_DOWNLOAD, NOTEBOOK_PAGE
from figures_src.pages.page import NOTEBOOK
from figures_src.site import notebooks
from figures_src.site.previews import previews

# Set by a build that made and checked everything for all languages at once, just before.
PREPARED_VARIABLE = "GRADIENT_LAB_PREPARED"
log = logging.getLogger("mkdocs.gradient_lab")


def generate(editor: FilesEditor) -> None:
    """Make what is missing and add every generated file to the site of one language.

    Raises `BuildFailedError` with everything that is wrong with exhibits and pages.
    """
    language = _language(str(editor.config.theme["language"]))
    catalog, tree = _catalog(), current()
    for name in sorted(catalog.exhibits):
        _add_exhibit(editor, catalog, name, language, tree)
    for path in sorted((catalog.folder / "playground").glob("*.bin")):
        _write_bytes(editor, f"data/playground/{path.name}", path.read_bytes())
    _add_notebook(editor, catalog, language, tree)
    for file, text in licenses_table.texts():
        _write(editor, file, text)
    for file, content in previews(catalog, language, tree).items():
        _write_bytes(editor, file, content)


def _catalog() -> Catalog:
    if os.environ.get(PREPARED_VARIABLE):
        return read()
    catalog, made = prepare()
    log.info("exhibits: %d made, %d from the store", made, len(catalog.exhibits) - made)
    return catalog


def _language(name: str) -> Language:
    if language := known_language(name):
        return language
    raise ValueError(f"theme.language: {unknown('language', name, LANGUAGES)}")


def _write(editor: FilesEditor, path: str, content: str) -> None:
    with editor.open(path, "w", newline="\n") as file:
        file.write(content)


def _write_bytes(editor: FilesEditor, path: str, content: bytes) -> None:
    with editor.open(path, "wb") as file:
        file.write(content)


def _add_exhibit(editor: FilesEditor, catalog: Catalog, name: str, language: Language, tree: SourceTree) -> None:
    title = catalog.title(name, language)
    if name in catalog.figures:
        drawing = standalone(catalog.figure(name, language), title, title, locale(language).tag)
        _write(editor, f"figures/{name}.svg", drawing)
    if (data := catalog.folder / "data" / f"{name}.csv").is_file():
        _write(editor, f"data/{name}.csv", data.read_text("utf-8"))
    files = [(relative(path), path.read_text("utf-8")) for path in source_pages.shown(name, tree)]
    _write(editor, f"source/{name}.md", source_pages.page(name, catalog, language, files))
    editor.set_edit_path(f"source/{name}.md", f"../../{files[0][0]}")


def _add_notebook(editor: FilesEditor, catalog: Catalog, language: Language, tree: SourceTree) -> None:
    source = (DOCS / NOTEBOOK).read_text("utf-8")
    repository = str(editor.config.repo_url or "")
    inputs, links = _notebook_inputs(catalog, tree, language), notebooks.links(language, repository)
    page = notebook.localized(source, language, inputs, prose=str, links=links)
    _write(editor, NOTEBOOK_PAGE, page)
    editor.set_edit_path(NOTEBOOK_PAGE, f"../{NOTEBOOK}")
    _write(editor, NOTEBOOK_DOWNLOAD, notebooks.made(catalog, language, repository))


def _notebook_inputs(catalog: Catalog, tree: SourceTree, language: Language) -> str:
    """Dependencies of the notebook's page besides its cells: imported modules, the renderer, numbers, terms."""
    laboratory = tree.script(DOCS / NOTEBOOK).values()
    rim = tree.closure(["figures_src.site.hooks"]).values()
    folder = ROOT / "figures_src" / "site"
    settings = [*folder.glob("templates/**/*.j2"), *folder.glob("jupyter/*.py"), folder / "notebook.matplotlibrc"]
    numbers = {name: (str(number), number.significant) for name, number in catalog.numbers.items()}
    said = (json.dumps(numbers, sort_keys=True), str(terms.read(language)))
    return tree.fingerprint([*laboratory, *rim, *settings], *said)
