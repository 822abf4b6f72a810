"""Everything that must be true before pages are built: exhibits made, laid out, and the pages held against them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from figures_src.cache import catalog, serialization
from figures_src.cache.catalog import Catalog
from figures_src.cache.store import Store, make_folder, remove, write_if_changed
from figures_src.evidence import checks_table, claim_questions, claims_table, licenses_table, settings_table
from figures_src.make import children, limits, workers
from figures_src.make.children import Program
from figures_src.make.turns import turn
from figures_src.model import claim
from figures_src.model.exhibit import discover
from figures_src.model.failures import ROOT, BuildFailedError, Failure, relative
from figures_src.model.language import LANGUAGES, Language
from figures_src.pages import checks, glossary, reference
from figures_src.pages.page import first_uses, read_pages
from figures_src.playground import files
from figures_src.playground.page import TABLE, form

CONFIGURATION = ROOT / "mkdocs.yml"


def make(names: Sequence[str]) -> list[Failure]:
    """Make exhibits in a process of its own; what went wrong."""
    done = children.run(Program("figures_src.make.workers", names))
    Store().clear_up()  # after those of its processes that died
    # A crash of the process itself must not look like success.
    if done.code or not done.answer:
        return [Failure("figures_src/make/workers.py", f"ended without an answer ({done.ending})")]
    return list(serialization.parsed(done.answer, tuple[Failure, ...], "failures"))


def lay_out(entries: dict[str, Path], order: Sequence[str]) -> Catalog:
    """Publish the exhibits that are made, the claims, and the tables about the site itself.

    `order` is that of the exhibits on pages, which the table of all checks follows.

    Raises `BuildFailedError` where claims cannot be read.
    """
    gathered = catalog.gather(entries)
    offered = replace(gathered, claims=claim.assess(claim.load(), gathered.checks))
    offered = replace(offered, claim_questions=claim_questions.questions(offered))
    return catalog.publish(entries, offered, _generated(offered, order))


def _generated(offered: Catalog, order: Sequence[str]) -> dict[str, str]:
    """Every table about the site itself by its path beside the exhibits' own."""
    tables: dict[str, Callable[[Catalog, Language], str]] = {
        "checks": lambda catalog, language: checks_table.checks(catalog, language, order),
        "settings": settings_table.settings,
        "environment": lambda _, language: settings_table.environment_table(language),
        "carried": lambda _, language: licenses_table.carried(language),
        "packages": lambda _, language: licenses_table.packages(language),
        "verdicts": claims_table.counts,
        "claims": claims_table.claims,
        TABLE.removeprefix("site-"): lambda _, language: form(language),
    }
    return {
        f"{language}/site-{name}.md": make_table(offered, language)
        for language in LANGUAGES
        for name, make_table in tables.items()
    }


def _readable(entries: dict[str, Path]) -> dict[str, Path]:
    """The entries that hold an exhibit; the others are removed, and made again."""
    found = {name: folder for name, folder in entries.items() if catalog.is_readable(folder)}
    for name in entries.keys() - found:
        Store().drop(entries[name])
    return found


def make_playground() -> list[Failure]:
    """Make the playground's files in a process of its own and lay them out beside the exhibits; what went wrong."""
    folder = files.find()
    if folder is None:
        # Its output stays visible: a bar while it measures, and what went wrong.
        done = children.run(Program("figures_src.playground", doing=lambda _: "the playground's grid"))
        folder = files.find()
        if folder is None:
            return [Failure("figures_src/playground", f"ended without its files ({done.ending})")]
    laid_out = catalog.FOLDER / catalog.PLAYGROUND
    make_folder(laid_out, inside=catalog.FOLDER)
    made = {laid_out / path.name: path.read_bytes() for path in sorted(folder.glob("*.bin"))}
    for path in laid_out.iterdir():
        if path not in made or path.is_dir():
            remove(path)
    for path, content in made.items():
        write_if_changed(path, content)
    return []


def prepare() -> tuple[Catalog, int]:
    """Make, lay out and check; the catalog, and how many exhibits had to be made.

    Raises `BuildFailedError` with every failure of the run together.
    """
    limits.check()
    with turn():
        Store().clear_up()
        return _prepare()


def _prepare() -> tuple[Catalog, int]:
    names = discover()
    entries = _readable(workers.find(names))
    stale = [name for name in names if name not in entries]
    failures = make(stale) if stale else []
    if stale:
        entries = workers.find(names)
    written = read_pages()
    offered = lay_out(entries, first_uses(written, CONFIGURATION.read_text(encoding="utf-8")))
    failed = [name for name in names if name not in entries]
    broken = {failure.importing for failure in failures}
    if any(reference.name == TABLE for page in written for reference in page.references):
        failures += [] if broken.intersection(map(relative, files.modules())) else make_playground()
    checked = (
        glossary.check(written),
        reference.check(written),
    )
    # Failures of things that several languages show, such as a cell of the notebook, are said once.
    wrong = sorted({*checks.check(written, offered), *(failure for found in checked for failure in found)})
    # Parts of an exhibit that failed are missed on pages, and said once.
    wrong = [failure for failure in wrong if failure.about not in failed]
    if failures or wrong:
        raise BuildFailedError([*failures, *wrong])
    return offered, len(stale)
