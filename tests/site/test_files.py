"""The built site as files: addresses, links, requests, sizes."""

import gzip
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
from PIL import Image

from figures_src.model.failures import ROOT
from figures_src.site.changes import last_changes
from figures_src.site.offline import write_worker
from tests.serving import PUBLISHED, Site
from tests.site.parsing import Page, asset, attribute, attributes, parsed, text, the
from tests.tested_site import REPOSITORY

# Links that a reader may follow out of the site; nothing else may point outside.
OUTSIDE = (
    REPOSITORY,
    "http://neuralnetworksanddeeplearning.com/chap5.html",
    "https://arxiv.org/abs/",
    "https://cs231n.github.io/neural-networks-1/",
    "https://d2l.ai/chapter_multilayer-perceptrons/numerical-stability-and-init.html",
    "https://d2l.smola.org/slides/pytorch/chapter_multilayer-perceptrons/numerical-stability-and-init.html",
    "https://docs.wandb.ai/",
    "https://doi.org/10.1145/3510003.3510099",
    "https://doi.org/10.1214/aoms/1177731118",
    "https://github.com/AddyM/torchdiag",
    "https://github.com/MihaiValentin/lunr-languages",
    "https://github.com/ReactiveX/rxjs",
    "https://github.com/mnielsen/neural-networks-and-deep-learning",
    "https://github.com/olivernn/lunr.js",
    "https://pypi.org/project/",
    "https://github.com/AparajeetS/Traintools",
    "https://github.com/Hao-yiwen/deeplearning",
    "https://github.com/Red-Eyed/torchinstruments",
    "https://github.com/johnmarktaylor91/torchlens",
    "https://github.com/namanchhaparia06/gradviz",
    "https://github.com/omidNomiri/Neural_Observatory",
    "https://lightning.ai/docs/pytorch/stable/",
    "https://creativecommons.org/licenses/by/4.0/",
    "https://openfontlicense.org/",
    "https://opensource.org/license/mit",
    "https://proceedings.mlr.press/v9/glorot10a.html",
    "https://pypi.org/project/torchmortem/",
    "https://www.tensorflow.org/tensorboard",
)
REQUESTED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src"}
FETCHED = {"stylesheet", "preload", "icon", "modulepreload", "prefetch", "preconnect"}


def pages(site: Site) -> list[Path]:
    return sorted(site.folder.rglob("*.html"))


def address(site: Site, path: Path) -> str:
    return PUBLISHED + path.relative_to(site.folder).as_posix().removesuffix("index.html")


def requested(page: Page) -> Iterator[str]:
    """The files that the browser fetches by itself."""
    for name, source in REQUESTED.items():
        yield from filter(None, attributes(page, name, source))
    for link in page.css("link[rel]"):
        if set(attribute(link, "rel").split()) & FETCHED:
            yield attribute(link, "href")


def test_both_languages_have_the_same_addresses(site: Site) -> None:
    found = {
        language: {path.relative_to(site.folder / language) for path in (site.folder / language).rglob("*.html")}
        for language in ("zh", "en")
    }
    assert found["zh"] == found["en"]
    assert {Path("index.html"), Path("notebook/index.html"), Path("how-this-site-is-made/index.html")} <= found["zh"]


def test_no_page_asks_another_host_for_anything(site: Site) -> None:
    for path in pages(site):
        for target in requested(parsed(path)):
            absolute = urljoin(address(site, path), target)
            assert absolute.startswith((PUBLISHED, "data:")), f"{path}: {target}"
    for sheet in site.folder.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "url(http" not in text.replace('"', "").replace("'", ""), sheet
        assert "@import" not in text, sheet


def test_links_lead_outside_only_to_these(site: Site) -> None:
    # Those that stay inside are followed by MkDocs, by the check of the pages' sources, and by the audit.
    outside = 0
    for path in pages(site):
        for href in attributes(parsed(path), "a", "href"):
            target = urldefrag(urljoin(address(site, path), href)).url
            if not target.startswith(PUBLISHED):
                outside += 1
                assert target.startswith(OUTSIDE), f"{path}: {target}"
    assert outside > 100


def test_ids_are_unique_on_every_page(site: Site) -> None:
    for path in pages(site):
        names = attributes(parsed(path), "[id]", "id")
        assert sorted(set(names)) == sorted(names), path


def test_every_page_says_its_language_and_describes_itself(site: Site) -> None:
    for path in pages(site):
        page = parsed(path)
        parts = path.relative_to(site.folder).parts
        if len(parts) > 1:
            assert attribute(the(page, "html"), "lang") == {"zh": "zh-Hans", "en": "en"}[parts[0]]
        assert the(page, "meta[name=description]"), path
        assert text(the(page, "head > title"))


def test_figures_are_described(site: Site) -> None:
    figures = 0
    for path in (site.folder / "zh/index.html", site.folder / "en/index.html"):
        for drawing in parsed(path).css("figure.exhibit svg"):
            figures += 1
            description = attribute(drawing, "aria-label")
            assert attribute(drawing, "role") == "img"
            assert any(character.isdigit() for character in description), f"no number: {description}"
    assert figures >= 12


def test_a_number_on_the_page_is_the_one_the_code_gives(site: Site) -> None:
    for language in ("zh", "en"):
        shown = text(the(parsed(site.folder / language / "index.html"), "body"))
        for value in ("4255.4160", "2602.2952", "1658.9581", "1130.6781", "715.8470", "1.5991"):
            assert value in shown, value


def test_the_notebook_is_executed_light_and_downloadable(site: Site) -> None:
    for language in ("zh", "en"):
        path = site.folder / language / "notebook" / "index.html"
        article = the(parsed(path), "article")
        assert len(article.css(".notebook-output")) >= 3
        assert not article.css("script, style")
        assert len(gzip.compress(path.read_bytes())) < 40_000, "as heavy as the article's page, not 600 kB"
        download = article.css("a[href$='.ipynb']")[0]
        assert (path.parent / attribute(download, "href")).resolve().is_file()


def test_the_sitemap_pairs_the_languages(site: Site) -> None:
    root = ET.parse(site.folder / "sitemap.xml").getroot()
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
    addresses = {entry.findtext("s:loc", namespaces=space) for entry in root.findall("s:url", space)}
    assert {f"{PUBLISHED}zh/", f"{PUBLISHED}en/", f"{PUBLISHED}en/notebook/"} <= addresses
    for entry in root.findall("s:url", space):
        alternates = {link.get("hreflang"): link.get("href") for link in entry.findall("x:link", space)}
        assert set(alternates) == {"zh-Hans", "en", "x-default"}
        assert {alternates["zh-Hans"], alternates["en"]} <= addresses
    for path in (site.folder / "zh/index.html", site.folder / "en/index.html"):
        assert attribute(the(parsed(path), "link[rel=canonical]"), "href") == address(site, path)


def content_pages(site: Site) -> list[Path]:
    """The pages of both languages, without the root page, the printable ones and the answers to unknown addresses."""
    found = [path for path in pages(site) if path.name == "index.html" and path.parent != site.folder]
    return [path for path in found if path.parent.name != "print"]


def written_pages(site: Site) -> list[Path]:
    """The pages that somebody wrote, and one of those that show code."""
    return [path for path in content_pages(site) if "source" not in path.parts or "explosion" in path.parts]


def said(page: Page, name: str) -> str:
    return attribute(the(page, f"meta:is([property='{name}'], [name='{name}'])"), "content")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_has_a_description_of_its_own(site: Site, language: str) -> None:
    found = [path for path in content_pages(site) if path.is_relative_to(site.folder / language)]
    descriptions = Counter(said(parsed(path), "description") for path in found)
    assert len(found) > 70
    assert [text for text, count in descriptions.items() if count > 1] == []
    assert min(map(len, descriptions)) > 15


def test_every_page_has_a_preview_with_its_own_title(site: Site) -> None:
    cards, titles = set(), set()
    for path in content_pages(site):
        page = parsed(path)
        language, *place = path.relative_to(site.folder).parts
        heading = re.search(r"<h1[^>]*>(.*?)<a class=.headerlink", path.read_text(encoding="utf-8"))
        assert heading
        title = unescape(re.sub(r"<[^>]+>", "", heading[1]))
        assert said(page, "og:title") == title, path
        assert said(page, "og:description") == said(page, "description")
        assert said(page, "og:url") == address(site, path)
        assert said(page, "og:locale") == {"zh": "zh_CN", "en": "en_US"}[language]
        assert said(page, "og:type") == ("website" if len(place) == 1 else "article")
        assert said(page, "twitter:card") == "summary_large_image"
        image = said(page, "og:image")
        assert image.startswith(f"{PUBLISHED}{language}/assets/cards/")
        file = site.folder / image.removeprefix(PUBLISHED)
        if place[0] != "source":
            assert said(page, "og:title") in said(page, "og:image:alt")
            assert file not in cards, f"{path}: another page's card"
            cards.add(file)
            titles.add((language, title))
        with Image.open(file) as card:
            assert card.size == (int(said(page, "og:image:width")), int(said(page, "og:image:height"))) == (1200, 630)
        assert file.stat().st_size < 40_000
    assert len({card.read_bytes() for card in cards}) == len(titles) > 50


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_manifest_names_what_there_is(site: Site, language: str) -> None:
    folder = site.folder / language
    manifest = json.loads((folder / "manifest.webmanifest").read_text(encoding="utf-8"))
    start = urljoin(f"{PUBLISHED}{language}/manifest.webmanifest", manifest["start_url"])
    assert start == f"{PUBLISHED}{language}/"
    # Both languages, and nothing above the site.
    assert urljoin(f"{PUBLISHED}{language}/manifest.webmanifest", manifest["scope"]) == PUBLISHED
    for icon in manifest["icons"]:
        with Image.open(folder / icon["src"]) as drawn:
            assert f"{drawn.width}x{drawn.height}" == icon["sizes"]
    for path in content_pages(site):
        link = the(parsed(path), "link[rel=manifest]")
        parts = path.relative_to(site.folder).parts
        named = urljoin(address(site, path), attribute(link, "href"))
        assert named == f"{PUBLISHED}{parts[0]}/manifest.webmanifest", path


def test_the_worker_is_small_and_its_version_follows_the_site(site: Site, tmp_path: Path) -> None:
    worker = (site.folder / "worker.js").read_text(encoding="utf-8")
    assert re.search(r'VERSION="[0-9a-f]{16}"', worker)
    assert len(gzip.compress(worker.encode())) < 2000
    assert "http" not in worker.replace("https://example", ""), "it asks no other host"
    versions = set()
    for content in ("one", "two", "one"):
        (tmp_path / "page.html").write_text(content)
        (tmp_path / "worker.js").unlink(missing_ok=True)
        write_worker(tmp_path)
        versions.add((tmp_path / "worker.js").read_bytes())
    assert len(versions) == 2


def test_every_page_leads_to_where_it_is_edited(site: Site) -> None:
    for path in written_pages(site):
        language, *place = path.relative_to(site.folder).parts
        page = parsed(path)
        link = the(page, "a[rel=edit]")
        assert attribute(link, "title") == {"zh": "编辑此页", "en": "Edit this page"}[language]
        file = attribute(link, "href").removeprefix(f"{REPOSITORY}/edit/main/")
        assert (ROOT / file).is_file(), f"{path}: {attribute(link, 'href')}"
        expected = {"notebook": "docs/notebook.py", "index.html": f"docs/{language}/index.md"}
        if place[0] != "source":
            assert file == expected.get(place[0], f"docs/{language}/{place[0]}.md")
        # Material's own link to the repository asks its host for numbers.
        repository = page.css("a.md-source")
        assert {attribute(entry, "href") for entry in repository} == {REPOSITORY}
        assert not any("data-md-component" in entry.attributes for entry in repository)


def test_the_day_of_the_last_change_is_the_histories_own(site: Site) -> None:
    known = last_changes()
    for path in written_pages(site):
        language, *place = path.relative_to(site.folder).parts
        name = "index" if place[0] == "index.html" else place[0]
        file = "docs/notebook.py" if name == "notebook" else f"docs/{language}/{name}.md"
        shown = attributes(parsed(path), ".page-changed time", "datetime")
        assert shown == ([known[file].isoformat()] if file in known and place[0] != "source" else []), path


def test_a_page_explains_a_term_once_and_the_glossary_none(site: Site) -> None:
    explained = 0
    for path in written_pages(site):
        page = parsed(path)
        terms = [href.rpartition("#")[2] for href in attributes(page, "a.term", "href")]
        assert len(terms) == len(set(terms)), path
        assert not terms or path.parent.name != "glossary"
        assert not page.css(":is(h1, h2, h3, h4, figure, table, summary, code, a) a.term"), path
        explained += bool(terms)
        loads = any("/explanations." in source for source in attributes(page, "script", "src"))
        assert loads == bool(terms or page.css("a.check")), path
    assert explained > 40


def test_an_unknown_address_is_answered_in_both_languages(site: Site) -> None:
    page = parsed(site.folder / "404.html")
    targets = attributes(page, ".languages a", "href")
    # It is served for any address, so nothing on it may be relative.
    assert [target.split("/")[-2] for target in targets] == ["zh", "en"]
    assert all(href.startswith("/") for href in attributes(page, "link[rel=stylesheet]", "href"))
    sections = page.css("article .missing > [lang]")
    assert [attribute(section, "lang") for section in sections] == ["en", "zh-Hans"]
    for language, section in zip(("en", "zh"), sections, strict=True):
        ways = attributes(section, "ul a", "href")
        assert len(ways) == 4
        assert all((site.folder / way.removeprefix(site.path) / "index.html").is_file() for way in ways), ways
        assert all(way.startswith(f"{site.path}{language}/") for way in ways)
        assert attribute(the(section, "form"), "action") == f"{site.path}{language}/"
    assert len(page.css("[autofocus]")) == 1


@pytest.mark.parametrize(("language", "other"), [("zh", "en"), ("en", "zh-Hans")])
def test_an_unknown_address_in_a_folder_has_a_way_to_the_other_language(site: Site, language: str, other: str) -> None:
    page = parsed(site.folder / language / "404.html")
    way_out = the(page, "article p[lang]")
    assert attribute(way_out, "lang") == other
    assert attribute(the(way_out, "a"), "href") == f"{site.path}{language}/../{other[:2]}/"


def test_nothing_of_this_machine_is_published(site: Site) -> None:
    for path in sorted(site.folder.rglob("*")):
        if path.suffix in {".html", ".json", ".svg", ".csv", ".ipynb", ".xml", ".css"}:
            content = path.read_text(encoding="utf-8")
            assert str(ROOT) not in content, path
            assert "/site-packages/" not in content, path


def test_only_the_evidence_loads_the_filter_and_it_is_small(site: Site) -> None:
    loading = {
        path.relative_to(site.folder).as_posix()
        for path in pages(site)
        if any("/statements." in source for source in attributes(parsed(path), "script", "src"))
    }
    assert loading == {"zh/evidence/index.html", "en/evidence/index.html"}
    assert len(gzip.compress(asset(site.folder / "en", "assets/js/statements.js").read_bytes())) < 1500


def test_only_the_playground_loads_its_parts_and_they_are_small(site: Site) -> None:
    loading = {
        path.relative_to(site.folder).as_posix()
        for path in pages(site)
        if "assets/js/playground." in path.read_text(encoding="utf-8")
    }
    assert loading == {"zh/playground/index.html", "en/playground/index.html"}
    names = ("js/playground.js", "js/playground-data.js", "css/playground.css")
    parts = [asset(site.folder / "en/assets", name) for name in names]
    assert sum(len(gzip.compress(part.read_bytes())) for part in parts) < 11_000


def test_nothing_unused_is_published(site: Site) -> None:
    assert not list(site.folder.rglob("*.map"))
    assert not list(site.folder.rglob("wordcut.js"))


def test_the_chinese_reference_has_no_english_sentence(site: Site) -> None:
    shown = 0
    for path in sorted((site.folder / "zh").glob("reference-*/index.html")):
        for node in parsed(path).css(".doc-contents p, .doc-contents dd"):
            shown += 1
            passage = text(node)
            chinese = any("\u4e00" <= character <= "\u9fff" for character in passage)
            # A passage without Chinese is a formula: no run of words.
            assert chinese or not re.search(r"[A-Za-z]{4,} [A-Za-z]{3,} [A-Za-z]{3,}", passage), f"{path}: {passage}"
            assert "\\" not in passage, f"{path}: {passage}"
    assert shown > 1000


def test_the_reference_tells_arguments_types_and_defaults(site: Site) -> None:
    for language in ("zh", "en"):
        networks = parsed(site.folder / language / "reference-networks" / "index.html")
        for name, parameter in (("MLP", "generator: Generator"), ("ArticleNetwork", "num_layers: int")):
            assert parameter in text(the(networks, f'[id="gradlab.networks.{name}"] + .doc-signature'))
        entries = {text(entry) for entry in networks.css(".doc-entries dt")}
        assert "trained MLP | None = None" in entries
        probe = parsed(site.folder / language / "reference-probe" / "index.html")
        step = probe.css('[id="gradlab.probing.Entry"] + .doc-contents > .doc-entries dt')
        assert [text(entry) for entry in step] == ["step Step"]
        assert not probe.css('[id="gradlab.probing.Log"] + .doc-signature')


def test_the_reference_names_no_private_module(site: Site) -> None:
    for path in sorted(site.folder.glob("*/reference-probe/index.html")):
        content = path.read_text(encoding="utf-8")
        for private in ("block", "record", "report", "diagnosis", "history", "log", "watch", "advice"):
            assert f"gradlab.probing.{private}." not in content, path
