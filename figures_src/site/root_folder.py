"""Files around the two languages: the root page and the sitemap; and smaller copies of what both share."""

import gzip
import hashlib
import xml.etree.ElementTree as ET
from pathlib import Path

from jinja2 import StrictUndefined, Template

from figures_src.markdown.exhibits import LANGUAGE_TAGS
from figures_src.model.language import LANGUAGES, Language, Text

NAME = Text(zh="梯度实验室", en="Gradient Lab")
DESCRIPTION = Text(
    zh="梯度消失与梯度爆炸：每条曲线、每张表、每个数字都由 PyTorch 在构建时算出",
    en="Vanishing and exploding gradients: every curve, table and number is computed by PyTorch at build time",
)
COPYRIGHT = Text(
    zh="文字以 CC BY 4.0 授权，代码以 MIT 授权。",
    en="Text under CC BY 4.0, code under MIT.",
)
LANGUAGE_NAMES: dict[Language, str] = {"zh": "中文", "en": "English"}
HERE = Path(__file__).parent
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
# Nothing on any page asks for these: source maps, and a Chinese word splitter for an index that is split at build.
UNUSED = ("**/*.map", "*/assets/javascripts/lunr/wordcut.js", "*/assets/javascripts/lunr/tinyseg.js")
WORKER, UNKNOWN_VERSION = "worker.js", 'VERSION = "unknown"'
_LOCATION, _DATE = f"{{{SITEMAP}}}loc", f"{{{SITEMAP}}}lastmod"


def write_surroundings(site: Path, url: str) -> None:
    """Finish a folder that holds the built languages."""
    (site / "_redirects").write_bytes((HERE / "_redirects").read_bytes())
    (site / "index.html").write_text(_root_page(), encoding="utf-8")
    # Static hosts look for it at the root; its links are absolute, and it offers both languages.
    (site / "404.html").write_bytes((site / "en" / "404.html").read_bytes())
    _write_sitemap(site, url)
    for pattern in UNUSED:
        for path in sorted(site.glob(pattern)):
            path.unlink()
    write_worker(site)


def _root_page() -> str:
    """The page at the site's root: it sends a browser on in its own language, and without a script offers both."""
    builds = [
        {
            "folder": language,
            "lang": LANGUAGE_TAGS[language],
            "name": LANGUAGE_NAMES[language],
            "site_name": NAME(language),
            "description": DESCRIPTION(language),
        }
        for language in LANGUAGES
    ]
    return rendered("root.html", builds=builds)


def rendered(name: str, /, **values: object) -> str:
    """A template of this folder, filled in; a value that it lacks is an error."""
    source = (HERE / name).read_text(encoding="utf-8")
    template = Template(source, autoescape=True, keep_trailing_newline=True, undefined=StrictUndefined)
    return str(template.render(values))


def write_worker(site: Path) -> None:
    """The script that keeps pages for reading offline, with a version that changes with any file of the site."""
    digest = hashlib.sha256()
    for path in sorted(site.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(site).as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    script = (HERE / WORKER).read_text(encoding="utf-8")
    versioned = script.replace(UNKNOWN_VERSION, f'VERSION = "{digest.hexdigest()[:16]}"')
    (site / WORKER).write_text(versioned, encoding="utf-8")


def _write_sitemap(site: Path, url: str) -> None:
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
