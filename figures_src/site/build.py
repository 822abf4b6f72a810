"""Builds the site: all languages side by side, then what surrounds them, and only then in place of the last one."""

import os
import re
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

from figures_src.cache import catalog, history
from figures_src.cache.store import Store, remove
from figures_src.make import children
from figures_src.make.children import Child, Done, Program
from figures_src.make.prepare import prepare
from figures_src.make.turns import turn
from figures_src.model.failures import ROOT, BuildFailedError, Failure
from figures_src.model.language import LANGUAGES, Language, Text, locale
from figures_src.site import messages, policy, printing, provenance, running_cell, unused_styles, wheel
from figures_src.site.generate import PREPARED_VARIABLE
from figures_src.site.names import COPYRIGHT, DESCRIPTION, NAME
from figures_src.site.root_folder import write_root_folder
from gradlab._internal.ending import exit_code

FOOTNOTE_BACK = Text(zh="回到正文中的脚注 {}", en="Back to footnote {} in the text")
PERMALINK = Text(zh="本节的链接", en="Link to this section")
LEARN = Text(zh="学习", en="Learn")
DIAGNOSE = Text(zh="诊断", en="Diagnose")
EVIDENCE = Text(zh="证据", en="Evidence")
REFERENCE = Text(zh="参考", en="Reference")
EXPERIMENTS = Text(zh="实验", en="Experiments")
SITE = ROOT / "site"
WEB_FOLDER = re.compile(r"https?://[^\s/?#]+(?:/[^\s?#]*)?")
WEB_REPOSITORY = re.compile(r"https?://[^\s/?#]+(?:/[^\s/?#]+){2,}/?")
# Path at which hosts such as GitHub and GitLab edit a file of the main branch.
EDIT = "edit/main/docs"
# Without a date from the environment or from git, a fixed one: two builds of the same files must be the same.
FALLBACK_EPOCH = "315532800"
# The last second of the year 9999, beyond which there are no dates in Python.
LATEST_EPOCH = 253402300799


def source_date_epoch() -> str:
    """The date that stands for this build: from the environment, else the last commit's, else a fixed one.

    Raises `BuildFailedError` where the environment's is no number of seconds, or that of no date.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given and not (given.isascii() and given.isdecimal() and int(given) <= LATEST_EPOCH):
        raise BuildFailedError([Failure("SOURCE_DATE_EPOCH", f"found {given!r}, allowed: seconds since 1970")])
    if given:
        return given
    commit = history.last_commit()
    return commit.seconds if commit else FALLBACK_EPOCH


def site_url() -> str:
    """The address the site will be published at, with a final slash, or nothing where it is not known.

    Raises `BuildFailedError` where it is no address of a folder on the web.
    """
    url = _address("SITE_URL", WEB_FOLDER, "https://host/path/")
    return f"{url}/" if url else ""


def repository_url() -> str:
    """The address of the project's repository, without a final slash, or nothing where it is not known.

    Raises `BuildFailedError` where it is no address of a repository on the web.
    """
    return _address("REPOSITORY_URL", WEB_REPOSITORY, "https://host/owner/name").removesuffix(".git")


def _address(variable: str, allowed: re.Pattern[str], example: str) -> str:
    """An address from the environment, without a final slash."""
    url = os.environ.get(variable, "").strip()
    if url and not allowed.fullmatch(url):
        raise BuildFailedError([Failure(variable, f"found {url!r}, allowed: {example}")])
    return url.rstrip("/")


def environment(language: Language, site: Path = SITE) -> dict[str, str]:
    """The environment in which mkdocs.yml builds one language."""
    url, repository = site_url(), repository_url()
    return {
        **os.environ,
        "DISABLE_MKDOCS_2_WARNING": "true",
        "NO_MKDOCS_2_WARNING": "1",
        "GRADIENT_LAB_COPYRIGHT": COPYRIGHT(language),
        "GRADIENT_LAB_DIAGNOSE": DIAGNOSE(language),
        "GRADIENT_LAB_EVIDENCE": EVIDENCE(language),
        "GRADIENT_LAB_DESCRIPTION": DESCRIPTION(language),
        "GRADIENT_LAB_DOCS": f"docs/{language}",
        "GRADIENT_LAB_EDIT": f"{EDIT}/{language}/" if repository else "",
        "GRADIENT_LAB_EXPERIMENTS": EXPERIMENTS(language),
        "GRADIENT_LAB_FOOTNOTE_BACK": FOOTNOTE_BACK(language),
        "GRADIENT_LAB_LANGUAGE": language,
        "GRADIENT_LAB_LEARN": LEARN(language),
        "GRADIENT_LAB_MATERIAL": locale(language).material,
        "GRADIENT_LAB_NAME": NAME(language),
        "GRADIENT_LAB_PERMALINK": PERMALINK(language),
        "GRADIENT_LAB_REFERENCE": REFERENCE(language),
        "GRADIENT_LAB_REPOSITORY": repository,
        "GRADIENT_LAB_SITE": str(site / language),
        "GRADIENT_LAB_TABLES": str(ROOT / "build" / "exhibits" / language),
        "GRADIENT_LAB_URL": f"{url}{language}/" if url else "",
        wheel.VARIABLE: url,
        "JUPYTER_CONFIG_DIR": str(ROOT / "figures_src" / "site" / "jupyter"),
        "JUPYTER_PLATFORM_DIRS": "1",
        # The notebook's drawings: text stays text, and ids do not change from run to run.
        "MATPLOTLIBRC": str(ROOT / "figures_src" / "site" / "notebook.matplotlibrc"),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
        "SOURCE_DATE_EPOCH": source_date_epoch(),
    }


def _program(language: Language, site: Path) -> Program:
    """MkDocs, building one language. Never `--quiet`: it drops the warnings before `--strict` can count them."""

    def doing(folder: Path) -> str:
        return running_cell.noted(folder) or f"the pages of docs/{language}"

    settings = environment(language, site) | {PREPARED_VARIABLE: "1"}
    return Program("mkdocs", ["build", "--strict"], settings, is_quiet=True, doing=doing)


def _wrong(done: Done, language: Language) -> list[Failure]:
    """Failures of a language's build, once it has ended."""
    if done.code < 0:
        return [Failure(f"docs/{language}", f"MkDocs ended before it was done ({done.ending})")]
    if done.code:
        return messages.failures(done.said, language)
    if spoken := messages.spoken(done.said):
        print(spoken, file=sys.stderr)  # noqa: T201 - what the tools print is not ours to swallow
    return []


def build(site: Path = SITE) -> Path:
    """Build all languages and put the whole in place of the last site; the site's folder.

    One build of a project at a time: another one waits. Raises `BuildFailedError` with every failure; the last good
    site then stays as it was.
    """
    if lacking := history.missing():
        print(lacking, file=sys.stderr)  # noqa: T201 - a site like that is built, and differs from others
    for setting in (site_url, repository_url, source_date_epoch):
        setting()  # refused before minutes are spent on what it is for
    with turn():
        _clear_up(site)
        prepare()
        _build(site)
        Store().prune()
    return site


def _build(site: Path) -> None:
    site.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{site.name}-", dir=site.parent))
    try:
        with ExitStack() as all_languages:
            started = {
                language: all_languages.enter_context(Child(_program(language, unfinished))) for language in LANGUAGES
            }
            wheel.put(unfinished, source_date_epoch())
            results = [_wrong(child.wait(), language) for language, child in started.items()]
        # A failure of every language's build alike, such as of the notebook's code, is said once.
        failures = list(dict.fromkeys(failure for result in results for failure in result))
        if failures:
            raise BuildFailedError(failures)
        for language in LANGUAGES:
            unused_styles.lighten(unfinished / language)
            printing.write(unfinished, language, site_url(), source_date_epoch())
        provenance.write(unfinished, provenance.of(catalog.read(), site_url(), repository_url(), source_date_epoch()))
        write_root_folder(unfinished, site_url())
        if refused := policy.failures(unfinished):
            raise BuildFailedError(refused)
        _put_in_place(unfinished, site)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _put_in_place(whole: Path, site: Path) -> None:
    _open_to_readers(whole)
    last = Path(tempfile.mkdtemp(prefix=f".{site.name}-last-", dir=site.parent))
    try:
        if os.path.lexists(site):
            site.rename(last / site.name)
        whole.rename(site)
    finally:
        _clear_up(site)


def _open_to_readers(folder: Path) -> None:
    """Have everybody read a folder, whatever mask the files were written with: a web server is another user."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _clear_up(site: Path) -> None:
    """Remove the hidden folders that a build left beside the site, and take the last good site back from them."""
    for left in sorted(site.parent.glob(f".{site.name}-*")):
        if not os.path.lexists(site) and os.path.lexists(left / site.name):
            (left / site.name).rename(site)
        with suppress(OSError):
            remove(left)


def serve(language: Language, address: str) -> int:
    """Preview one language with live reload; the server's exit code, or 0 where it was interrupted to end it."""
    # Compiled modules would be new files beside those that are watched, and each a reason to build again.
    settings = {**environment(language), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return children.run(Program("figures_src.site.preview", [language, address], settings)).code
    except KeyboardInterrupt as interruption:
        if exit_code(interruption) == 128 + signal.SIGINT:
            return 0
        raise
