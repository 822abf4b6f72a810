"""A third language is a matter of new files: its words, its translations, its pages, and nothing else.

The language is English with accents, made mechanically from the English pages. At night they are all the project's
pages; before, one exhibit, the reference, and pages without a word in place of the rest.
"""

import re
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest

from figures_src.cache import history
from figures_src.cache.catalog import Catalog
from figures_src.model.failures import ROOT
from figures_src.model.language import LANGUAGES
from figures_src.site.sitemap import SITEMAP, XHTML
from tests.programs import module, run
from tests.project import COPIED, Project, copy_project
from tests.site.parsing import asset, attribute, parsed, the

PUBLISHED = "https://example.org/lab/"
CODE = "xx"
LOCALE = """tag = "xx"
name = "Ënglish"
locale = "eo"
material = "eo"
date = "long"
comma = ", "
enumeration = " / "
semicolon = "; "
colon = ": "
brackets = " ({})"
"""
# A title, a label of a figure, a word of every page, two lines of the command line, and a docstring.
TRANSLATED = {
    "The article's network explodes": "Thé àrticle's netwörk explödes",
    "product of the later weights": "pröduct",  # a longer one would be broken into lines
    "Skip to content": "Skíp tö cöntent",
    "Close": "Clöse",
    "Verdict: exploding gradients.": "Vérdict: explöding grädients.",
    "What helps: ": "Whät hélps: ",
    "the right verdict.": "thé ríght vérdict.",
}
CHECKS = " ".join(f"{{{{ check explosion.{name} }}}}" for name in ("product", "source", "relu_idle", "growth"))
EXPLOSION = f'# Page {{#page}}\n\n![Alt](figures/explosion.svg "Caption")\n\n{CHECKS}\n'
UNTRANSLATED = "gradient w.r.t. pre-activation"
ACCENTS = str.maketrans("aeiouAEIOU", "àéíöüÀÉÍÖÜ")
# Parts that are the same in every language, or no prose.
KEPT = re.compile(
    r"\A---\n.*?^---\n"  # front matter
    r"|^[ \t]*(?P<fence>`{3,}|~{3,}).*?^[ \t]*(?P=fence)"
    r"|`[^`\n]*`"
    r"|\$\$.*?\$\$|\$[^$\n]+\$"
    r"|\{\{.*?\}\}|\{[^{}\n]*\}"
    r"|\]\([^)]*\)|\]\[[^\]]*\]|\[\^[^\]]*\]"
    r"|<[^>]*>|&\w+;|https?://\S+"
    r"|^[ \t]*(?:;?-+8<-|:::|\?\?\?\+? guess ).*?$|^[ \t]*(?:!!!|\?\?\?\+?)[ \t]+\w+",
    re.MULTILINE | re.DOTALL,
)


def accented(text: str) -> str:
    """A page's Markdown with accents on its prose."""
    end, parts = 0, []
    for kept in KEPT.finditer(text):
        parts += [text[end : kept.start()].translate(ACCENTS), kept[0]]
        end = kept.end()
    return "".join([*parts, text[end:].translate(ACCENTS)])


def test_only_prose_gets_accents() -> None:
    page = (
        "---\ndescription: a\n---\n# A title {#a}\n\nSee [a page](a.md#a), `code`, $a$ and {{ a.b }}.\n\n```\na\n```\n"
    )
    assert accented(page) == (
        "---\ndescription: a\n---\n# À títlé {#a}\n\nSéé [à pàgé](a.md#a), `code`, $a$ ànd {{ a.b }}.\n\n```\na\n```\n"
    )


@dataclass(frozen=True)
class Third:
    """A copy of the project with a third language, whose site was built."""

    project: Project
    whole: bool
    before: dict[str, bytes]
    listed: str
    built: subprocess.CompletedProcess[str]

    @property
    def site(self) -> Path:
        """The folder of its site."""
        return self.project.folder / "site"

    def pages(self) -> list[Path]:
        """The pages of all languages, but for those of sources."""
        found = [path for language in (*LANGUAGES, CODE) for path in (self.site / language).rglob("index.html")]
        return [path for path in found if "source" not in path.parts]


def contents(project: Project) -> dict[str, bytes]:
    """Every file of a copied project that no build makes, by its path."""
    listed = (path for name in COPIED for path in (project.folder / name, *(project.folder / name).rglob("*")))
    files = [path for path in listed if path.is_file() and path.suffix not in {".pyc", ".ipynb"}]
    return {path.relative_to(project.folder).as_posix(): path.read_bytes() for path in files}


def reduce(project: Project) -> None:
    """Leave one exhibit, and the reference with what it quotes: its Chinese is held against what it shows."""
    reference = [page for language in LANGUAGES for page in (ROOT / "docs" / language).glob("reference-*.md")]
    project.only("explosion", "activation_functions", pages={"index": EXPLOSION})
    for page in reference:
        project.write(page.relative_to(ROOT).as_posix(), page.read_text(encoding="utf-8"))


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(False, id="one exhibit", marks=pytest.mark.slow),
        pytest.param(True, id="all", marks=pytest.mark.every_combination),
    ],
)
def third(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, made: Catalog) -> Third:
    """The steps of CONTRIBUTING in a copy of the project, which finds in the store what the project has made."""
    project = copy_project(tmp_path_factory.mktemp("third"))
    if not request.param:
        reduce(project)
    before = contents(project)
    project.write(f"gradlab/locale/{CODE}.toml", LOCALE)
    entries = (f'msgid "{text}"\nmsgstr "{said}"\n' for text, said in TRANSLATED.items())
    project.write(f"gradlab/locale/{CODE}.po", "\n".join(entries))
    assert project.run("-m", "figures_src.pages.translations").stderr == ""
    (project.folder / "docs" / CODE).mkdir()
    for page in (project.folder / "docs" / "en").glob("*.md"):
        project.write(f"docs/{CODE}/{page.name}", accented(page.read_text(encoding="utf-8")))
    listed = project.figures()
    assert listed.returncode == 0, listed.stderr
    return Third(
        project, request.param, before, listed.stdout, project.run("-m", "figures_src", "docs", SITE_URL=PUBLISHED)
    )


def test_the_build_ends_well_and_says_what_is_not_translated(third: Third, made: Catalog) -> None:
    assert (third.built.returncode, third.built.stderr) == (0, f"{history.missing(third.project.folder)}\n")
    found = re.search(rf"^{CODE}: (\d+) of (\d+) texts are not translated", third.listed, re.MULTILINE)
    assert found
    assert int(found[2]) - int(found[1]) == len(TRANSLATED)


def test_no_file_of_the_project_was_changed(third: Third) -> None:
    after = contents(third.project)
    assert len(third.before) > 500
    assert [name for name, content in third.before.items() if after.get(name) != content] == []


def test_no_result_was_computed_again(third: Third, made: Catalog) -> None:
    code = (
        "from figures_src.cache.results import key; from figures_src.markdown.experiments import experiments; "
        "print(*(key(f'gradlab.experiments.{path.parent.name}.{path.stem}', '') for path in sorted(experiments())))"
    )
    own, its = (
        project.run("-c", code).stdout.split() for project in (Project(ROOT, third.project.store), third.project)
    )
    assert len(its) > 30
    assert its == own
    numbers = [(folder / "build/exhibits/data/explosion.csv").read_bytes() for folder in (ROOT, third.project.folder)]
    assert numbers[0] == numbers[1]


def test_every_page_offers_all_three_languages(third: Third) -> None:
    pages = third.pages()
    assert len({path.relative_to(third.site).parts[0] for path in pages}) == 3
    assert len(pages) % 3 == 0
    for path in pages:
        page = parsed(path)
        language, *place = path.relative_to(third.site).parts
        assert attribute(the(page, "html"), "lang") == {"zh": "zh-Hans", "en": "en", CODE: CODE}[language]
        if "print" in place:
            continue
        offered = [(attribute(link, "hreflang"), link.text(strip=True)) for link in page.css(".languages a")]
        assert offered == [("zh-Hans", "中文"), ("en", "English"), (CODE, "Ënglish")], path
        for link in page.css(".languages a"):
            assert (path.parent / attribute(link, "href") / "index.html").resolve().is_file(), path


def test_what_surrounds_the_languages_knows_the_third(third: Third) -> None:
    root = parsed(third.site / "index.html")
    # Where a browser asks for none of them, the last is taken.
    assert [attribute(link, "hreflang") for link in root.css("main a")] == ["zh-Hans", CODE, "en"]
    sitemap = ET.parse(third.site / "sitemap.xml").getroot()
    for entry in sitemap:
        tags = [link.get("hreflang") for link in entry.iter(f"{{{XHTML}}}link")]
        assert tags == ["zh-Hans", "en", CODE, "x-default"]
    places = [entry.findtext(f"{{{SITEMAP}}}loc") or "" for entry in sitemap]
    assert f"{PUBLISHED}{CODE}/theory/" in places
    assert f"/{CODE}/*  /{CODE}/404.html  404" in (third.site / "_redirects").read_text(encoding="utf-8")
    assert f'"{CODE}":["{CODE}","No network"' in (third.site / "worker.js").read_text(encoding="utf-8")
    assert (third.site / CODE / "404.html").is_file()
    printed = parsed(third.site / "zh/print/index.html")
    assert [attribute(link, "hreflang") for link in printed.css("header a[hreflang]")] == ["en", CODE]


def test_texts_are_translated_where_a_translation_is_and_else_english(third: Third) -> None:
    figure = (third.site / CODE / "figures/explosion.svg").read_text(encoding="utf-8")
    assert TRANSLATED["The article's network explodes"] in figure
    assert TRANSLATED["product of the later weights"] in figure
    assert UNTRANSLATED in figure
    page = (third.site / CODE / "index.html").read_text(encoding="utf-8")
    assert TRANSLATED["Skip to content"] in page
    assert TRANSLATED["product of the later weights"] in page
    assert "Redakti" not in page  # without a repository there is nothing to edit
    assert "Antaŭa" in page or "Sekva" in page  # the theme's own words
    script = asset(third.site / CODE, "assets/js/gradient-lab.js").read_text(encoding="utf-8")
    assert f'close="{TRANSLATED["Close"]}"' in script
    reference = (third.site / CODE / "reference-probe/index.html").read_text(encoding="utf-8")
    assert TRANSLATED["the right verdict."] in reference
    # The notebook has no cells in it, and shows the English ones; its listings are what the program prints.
    assert "<h1" in (third.site / CODE / "notebook/index.html").read_text(encoding="utf-8")
    if third.whole:
        diagnose = (third.site / CODE / "diagnose/index.html").read_text(encoding="utf-8")
        assert TRANSLATED["Verdict: exploding gradients."] in diagnose


def test_the_command_line_speaks_it(third: Third) -> None:
    done = run(module("gradlab", "demo", "--lang", CODE), third.project.folder)
    assert TRANSLATED["Verdict: exploding gradients."] in done.stdout
    assert TRANSLATED["What helps: "] in done.stdout
    assert "Seen from the loss" in done.stdout  # not translated
    refused = run(module("gradlab", "demo", "--lang", "yy"), third.project.folder)
    assert refused.stderr == "gradlab: --lang: found 'yy', allowed: zh, en, xx\n"


def test_a_page_that_it_lacks_is_told_in_a_line(third: Third) -> None:
    page = third.project.folder / "docs" / CODE / "theory.md"
    text = page.read_bytes()
    page.unlink()
    try:
        lines = third.project.figures().stderr.splitlines()
    finally:
        page.write_bytes(text)
    assert f"  docs/zh/theory.md: has no counterpart docs/{CODE}/theory.md" in lines
    assert all(line.startswith(f"  docs/{CODE}/") for line in lines[2:] if "has no counterpart" not in line), lines
