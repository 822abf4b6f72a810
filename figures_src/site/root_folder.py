"""The folder around the languages: the root page, what static hosts look for, and nothing that no page asks for."""

from pathlib import Path

from jinja2 import StrictUndefined, Template

from figures_src.model.language import ENGLISH, LANGUAGES, locale
from figures_src.site.names import DESCRIPTION, NAME
from figures_src.site.offline import write_worker
from figures_src.site.sitemap import write_sitemap

HERE = Path(__file__).parent
# Where no other language fits, the last one is taken.
FALLBACK_LAST = (*(language for language in LANGUAGES if language != ENGLISH), ENGLISH)
# Nothing on any page asks for these: source maps, and a Chinese word splitter for an index that is split at build.
UNUSED = ("**/*.map", "*/assets/javascripts/lunr/wordcut.js", "*/assets/javascripts/lunr/tinyseg.js")


def write_root_folder(site: Path, url: str) -> None:
    """Finish a folder that holds the built languages."""
    (site / "_redirects").write_text(rendered("_redirects", languages=FALLBACK_LAST), encoding="utf-8")
    (site / "index.html").write_text(_root_page(), encoding="utf-8")
    # Static hosts look for it at the root; its links are absolute, and it offers every language.
    (site / "404.html").write_bytes((site / ENGLISH / "404.html").read_bytes())
    write_sitemap(site, url)
    for pattern in UNUSED:
        for path in sorted(site.glob(pattern)):
            path.unlink()
    write_worker(site)


def _root_page() -> str:
    """The page at the site's root: it sends a browser on in its own language, and without a script offers all."""
    builds = [
        {
            "folder": language,
            "lang": locale(language).tag,
            "name": locale(language).name,
            "site_name": NAME(language),
            "description": DESCRIPTION(language),
        }
        for language in FALLBACK_LAST
    ]
    return rendered("root.html", builds=builds)


def rendered(name: str, /, **values: object) -> str:
    """A template of this folder, filled in; a value that it lacks is an error."""
    source = (HERE / name).read_text(encoding="utf-8")
    template = Template(source, autoescape=True, keep_trailing_newline=True, undefined=StrictUndefined)
    return str(template.render(values))
