"""Everything that must be true before pages are built: exhibits made, laid out, and the pages held against them."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from figures_src.cache import catalog, serialization
from figures_src.cache.catalog import Catalog
from figures_src.cache.store import Store, write_if_changed
from figures_src.evidence import checks_table, claim_questions, claims_table, licenses_table, settings_table
from figures_src.make import workers
from figures_src.model import claim
from figures_src.model.exhibit import discover
from figures_src.model.failures import ROOT, BuildFailedError, Failure
from figures_src.model.language import LANGUAGES, Language
from figures_src.pages import checks, glossary, links, reference
from figures_src.pages.page import first_uses, read_pages
from figures_src.playground import files
from figures_src.playground.page import TABLE, form

INTERRUPTED = 130
CONFIGURATION = ROOT / "mkdocs.yml"


def make(names: Sequence[str]) -> list[Failure]:
    """Make exhibits in a process of its own; what went wrong."""
    command = [sys.executable, "-m", "figures_src.make.workers", *names]
    # Its own standard error stays visible, and a crash of the process itself must not look like success.
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False, text=True)  # noqa: S603
    answer = done.stdout.splitlines()[-1:]
    if done.returncode or not answer:
        return [Failure("figures_src/make/workers.py", f"ended without an answer (exit code {done.returncode})")]
    return list(serialization.parsed(answer[0], tuple[Failure, ...], "failures"))


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


def make_playground() -> list[Failure]:
    """Make the playground's files in a process of its own and lay them out beside the exhibits; what went wrong."""
    folder = files.find()
    if folder is None:
        # Its output stays visible: a bar while it measures, and what went wrong.
        done = subprocess.run([sys.executable, "-m", "figures_src.playground"], cwd=ROOT, check=False)
        if done.returncode == INTERRUPTED:
            raise KeyboardInterrupt
        folder = files.find()
    if folder is None:
        return [Failure("figures_src/playground", f"ended without its files (exit code {done.returncode})")]
    for path in sorted(folder.glob("*.bin")):
        write_if_changed(catalog.FOLDER / "playground" / path.name, path.read_bytes())
    return []


def prepare() -> tuple[Catalog, int]:
    """Make, lay out and check; the catalog, and how many exhibits had to be made.

    Raises `BuildFailedError` with every failure of the run together.
    """
    names = discover()
    entries = workers.find(names)
    stale = [name for name in names if name not in entries]
    failures = make(stale) if stale else []
    if stale:
        entries = workers.find(names)
    written = read_pages()
    offered = lay_out(entries, first_uses(written, CONFIGURATION.read_text(encoding="utf-8")))
    failed = [name for name in names if name not in entries]
    if any(reference.name == TABLE for page in written for reference in page.references):
        failures += make_playground()
    checked = (
        links.check_links(written, offered),
        glossary.check(written),
        reference.check(written),
    )
    # What several languages are shown, such as a cell of the notebook, is said once.
    wrong = sorted({*checks.check(written, offered), *(failure for found in checked for failure in found)})
    # What an exhibit that failed would have offered is missed on pages, and said once.
    wrong = [failure for failure in wrong if failure.about not in failed]
    if failures or wrong:
        raise BuildFailedError([*failures, *wrong])
    Store().prune()
    return offered, len(stale)
