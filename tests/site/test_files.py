"""The built site as files: addresses, links, requests, sizes."""

import gzip
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from bs4 import BeautifulSoup, Tag

from figures_src.failures import ROOT
from tests.site.conftest import PUBLISHED, REPOSITORY, Site

pytestmark = pytest.mark.xdist_group("site")
# Links that a reader may follow out of the site; nothing else may point outside.
OUTSIDE = (
    REPOSITORY,
    "https://arxiv.org/abs/",
    "https://cs231n.github.io/neural-networks-1/",
    "https://docs.wandb.ai/",
    "https://github.com/AddyM/torchdiag",
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


def pages(site: Site) -> list[Path]:
    return sorted(site.folder.rglob("*.html"))


def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def address(site: Site, path: Path) -> str:
    return PUBLISHED + path.relative_to(site.folder).as_posix().removesuffix("index.html")


def requested(page: BeautifulSoup) -> Iterator[str]:
    """What the browser fetches by itself."""
    for name, attribute in REQUESTED.items():
        yield from (str(tag[attribute]) for tag in page.find_all(name) if tag.get(attribute))
    for link in page.find_all("link"):
        if set(link.get("rel") or []) & {"stylesheet", "preload", "icon", "modulepreload", "prefetch", "preconnect"}:
            yield str(link["href"])


def test_both_languages_have_the_same_addresses(site: Site) -> None:
    found = {
        language: {path.relative_to(site.folder / language) for path in (site.folder / language).rglob("*.html")}
        for language in ("zh", "en")
    }
    assert found["zh"] == found["en"]
    assert {Path("index.html"), Path("notebook/index.html"), Path("how-this-site-is-made/index.html")} <= found["zh"]


def test_no_page_asks_another_host_for_anything(site: Site) -> None:
    for path in pages(site):
        for target in requested(soup(path)):
            absolute = urljoin(address(site, path), target)
            assert absolute.startswith((PUBLISHED, "data:")), f"{path}: {target}"
    for sheet in site.folder.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "url(http" not in text.replace('"', "").replace("'", ""), sheet
        assert "@import" not in text, sheet


def test_every_link_and_fragment_has_its_target(site: Site) -> None:
    anchors = {path: {tag.get("id") for tag in soup(path).find_all(id=True)} for path in pages(site)}
    for path in pages(site):
        for link in soup(path).find_all("a", href=True):
            target, fragment = urldefrag(urljoin(address(site, path), str(link["href"])))
            target = target.partition("?")[0]
            if not target.startswith(PUBLISHED):
                assert target.startswith(OUTSIDE), f"{path}: {target}"
                continue
            file = site.folder / unquote(target.removeprefix(PUBLISHED))
            file = file / "index.html" if file.is_dir() else file
            assert file.is_file(), f"{path}: {link['href']}"
            if fragment and file.suffix == ".html" and not fragment.startswith("__"):
                assert unquote(fragment) in anchors[file], f"{path}: {link['href']}"


def test_ids_are_unique_on_every_page(site: Site) -> None:
    for path in pages(site):
        names = [str(tag["id"]) for tag in soup(path).find_all(id=True)]
        assert sorted(set(names)) == sorted(names), path


def test_every_page_says_its_language_and_describes_itself(site: Site) -> None:
    for path in pages(site):
        page = soup(path)
        html = page.find("html")
        assert isinstance(html, Tag)
        parts = path.relative_to(site.folder).parts
        if len(parts) > 1:
            assert html["lang"] == {"zh": "zh-Hans", "en": "en"}[parts[0]]
        assert page.find("meta", attrs={"name": "description"}), path
        assert page.title and page.title.text.strip()


def test_figures_are_described(site: Site) -> None:
    figures = 0
    for path in (site.folder / "zh/index.html", site.folder / "en/index.html"):
        for drawing in soup(path).select("figure.exhibit svg"):
            figures += 1
            title, description = drawing.find("title"), drawing.find("desc")
            assert drawing["role"] == "img"
            assert title and title.text.strip()
            assert description
            assert any(character.isdigit() for character in description.text), f"no number: {description.text}"
    assert figures >= 12


def test_a_number_on_the_page_is_the_one_the_code_gives(site: Site) -> None:
    for language in ("zh", "en"):
        text = soup(site.folder / language / "index.html").get_text()
        for value in ("4255.4160", "2602.2952", "1658.9581", "1130.6781", "715.8470", "1.5991"):
            assert value in text, value


def test_the_notebook_is_executed_light_and_downloadable(site: Site) -> None:
    for language in ("zh", "en"):
        path = site.folder / language / "notebook" / "index.html"
        page = soup(path)
        article = page.find("article")
        assert isinstance(article, Tag)
        outputs = article.select(".notebook-output")
        assert len(outputs) >= 3
        assert not article.find_all(["script", "style"])
        assert len(gzip.compress(path.read_bytes())) < 40_000, "as heavy as the article's page, not 600 kB"
        download = article.find("a", href=lambda href: bool(href) and href.endswith(".ipynb"))
        assert isinstance(download, Tag)
        assert (path.parent / str(download["href"])).resolve().is_file()


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
        canonical = soup(path).find("link", rel="canonical")
        assert isinstance(canonical, Tag)
        assert canonical["href"] == address(site, path)


def test_an_unknown_address_is_answered_in_both_languages(site: Site) -> None:
    page = soup(site.folder / "404.html")
    targets = [str(link["href"]) for link in page.select(".languages a")]
    # It is served for any address, so nothing on it may be relative.
    assert [target.split("/")[-2] for target in targets] == ["zh", "en"]
    assert all(str(link["href"]).startswith("/") for link in page.find_all("link", rel="stylesheet"))


def test_nothing_of_this_machine_is_published(site: Site) -> None:
    for path in sorted(site.folder.rglob("*")):
        if path.suffix in {".html", ".json", ".svg", ".csv", ".ipynb", ".xml", ".css"}:
            text = path.read_text(encoding="utf-8")
            assert str(ROOT) not in text, path
            assert "/site-packages/" not in text, path


def test_only_the_evidence_loads_the_filter_and_it_is_small(site: Site) -> None:
    loading = {
        path.relative_to(site.folder).as_posix()
        for path in pages(site)
        if any("statements.js" in str(script.get("src")) for script in soup(path).find_all("script"))
    }
    assert loading == {"zh/evidence/index.html", "en/evidence/index.html"}
    assert (site.folder / "en/assets/js/statements.js").stat().st_size < 1500


def test_only_the_playground_loads_its_parts_and_they_are_small(site: Site) -> None:
    loading = {
        path.relative_to(site.folder).as_posix()
        for path in pages(site)
        if "assets/js/playground.js" in path.read_text(encoding="utf-8")
    }
    assert loading == {"zh/playground/index.html", "en/playground/index.html"}
    parts = [site.folder / "en/assets" / name for name in ("js/playground.js", "css/playground.css")]
    assert sum(len(gzip.compress(part.read_bytes())) for part in parts) < 8_000


def test_nothing_unused_is_published(site: Site) -> None:
    assert not list(site.folder.rglob("*.map"))
    assert not list(site.folder.rglob("wordcut.js"))


def test_the_chinese_reference_has_no_english_sentence(site: Site) -> None:
    shown = 0
    for path in sorted((site.folder / "zh").glob("reference-*/index.html")):
        for passage in soup(path).select(".doc-contents p, .doc-contents dd"):
            shown += 1
            text = passage.get_text().strip()
            chinese = any("\u4e00" <= character <= "\u9fff" for character in text)
            # What has no Chinese is a formula: no run of words.
            assert chinese or not re.search(r"[A-Za-z]{4,} [A-Za-z]{3,} [A-Za-z]{3,}", text), f"{path}: {text}"
            assert "\\" not in text, f"{path}: {text}"
    assert shown > 1000


def test_the_reference_names_no_private_module(site: Site) -> None:
    for path in sorted(site.folder.glob("*/reference-probe/index.html")):
        text = path.read_text(encoding="utf-8")
        for private in ("block", "record", "report", "diagnosis", "history", "log", "watch", "advice"):
            assert f"gradlab.probing.{private}." not in text, path
