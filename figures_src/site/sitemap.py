"""The sitemap of the site: the pages of all languages, each with its counterparts."""

import gzip
import xml.etree.ElementTree as ET
from pathlib import Path

from figures_src.model.language import ENGLISH, LANGUAGES, locale

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
_LOCATION, _DATE = f"{{{SITEMAP}}}loc", f"{{{SITEMAP}}}lastmod"


def write_sitemap(site: Path, url: str) -> None:
    """One sitemap with the languages as each other's alternates; without a published address there can be none."""
    entries = [entry for language in LANGUAGES for entry in _entries(site, url, language)]
    for folder in LANGUAGES:
        for name in ("sitemap.xml", "sitemap.xml.gz"):
            (site / folder / name).unlink(missing_ok=True)
    if not url:
        return
    ET.register_namespace("", SITEMAP)
    ET.register_namespace("xhtml", XHTML)
    root = ET.Element(f"{{{SITEMAP}}}urlset")
    for page, language, date in entries:
        entry = ET.SubElement(root, f"{{{SITEMAP}}}url")
        ET.SubElement(entry, _LOCATION).text = f"{url}{language}/{page}"
        ET.SubElement(entry, _DATE).text = date
        alternates = [(locale(other).tag, f"{url}{other}/{page}") for other in LANGUAGES]
        for tag, address in [*alternates, ("x-default", f"{url}{page}" if not page else f"{url}{ENGLISH}/{page}")]:
            ET.SubElement(entry, f"{{{XHTML}}}link", {"rel": "alternate", "hreflang": tag, "href": address})
    content = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    (site / "sitemap.xml").write_bytes(content)
    (site / "sitemap.xml.gz").write_bytes(gzip.compress(content, mtime=0))


def _entries(site: Path, url: str, language: str) -> list[tuple[str, str, str]]:
    if not url:
        return []
    tree = ET.parse(site / language / "sitemap.xml")  # noqa: S314 - MkDocs wrote it in this build
    prefix = f"{url}{language}/"
    return [
        ((entry.findtext(_LOCATION) or "").removeprefix(prefix), language, entry.findtext(_DATE) or "")
        for entry in tree.getroot()
    ]
