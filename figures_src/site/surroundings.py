"""What surrounds the two languages: the root page, the sitemap, and less weight."""

import gzip
import xml.etree.ElementTree as ET
from pathlib import Path

from figures_src.language import LANGUAGES
from figures_src.markdown.exhibits import LANGUAGE_TAGS

HERE = Path(__file__).parent
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
# Nothing on any page asks for these: source maps, and a Chinese word splitter for an index that is split at build.
UNUSED = ("**/*.map", "*/assets/javascripts/lunr/wordcut.js", "*/assets/javascripts/lunr/tinyseg.js")
_LOCATION, _DATE = f"{{{SITEMAP}}}loc", f"{{{SITEMAP}}}lastmod"


def write_surroundings(site: Path, url: str) -> None:
    """Finish a folder that holds the built languages."""
    for name in ("_redirects",):
        (site / name).write_bytes((HERE / name).read_bytes())
    (site / "index.html").write_text((HERE / "root.html").read_text("utf-8"), encoding="utf-8")
    _write_sitemap(site, url)
    for pattern in UNUSED:
        for path in sorted(site.glob(pattern)):
            path.unlink()


def _write_sitemap(site: Path, url: str) -> None:
    """One sitemap with the languages as each other's alternates; without a published address there can be none."""
    entries = [entry for language in LANGUAGES for entry in _entries(site, url, language)]
    for language in LANGUAGES:
        for name in ("sitemap.xml", "sitemap.xml.gz"):
            (site / language / name).unlink(missing_ok=True)
    if not url:
        return
    ET.register_namespace("", SITEMAP)
    ET.register_namespace("xhtml", XHTML)
    root = ET.Element(f"{{{SITEMAP}}}urlset")
    for page, language, date in entries:
        entry = ET.SubElement(root, f"{{{SITEMAP}}}url")
        ET.SubElement(entry, _LOCATION).text = f"{url}{language}/{page}"
        ET.SubElement(entry, _DATE).text = date
        alternates = [(LANGUAGE_TAGS[other], f"{url}{other}/{page}") for other in LANGUAGES]
        for tag, address in [*alternates, ("x-default", f"{url}{page}" if not page else f"{url}en/{page}")]:
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
