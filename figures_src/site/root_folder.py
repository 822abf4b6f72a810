"""The folder around the languages: the root page, what static hosts look for, and nothing that no page asks for."""

import re
from functools import partial
from html import unescape
from pathlib import Path

from jinja2 import StrictUndefined, Template

from figures_src.model.language import ENGLISH, LANGUAGES, Language, locale
from figures_src.site import hashed, policy, scripts, styles
from figures_src.site.names import DESCRIPTION, NAME
from figures_src.site.offline import write_worker
from figures_src.site.readme_picture import EXHIBIT
from figures_src.site.sitemap import write_sitemap

HERE = Path(__file__).parent
# Where no other language fits, the last one is taken.
FALLBACK_LAST = (*(language for language in LANGUAGES if language != ENGLISH), ENGLISH)
# The root page's own script and style.
ROOT_SCRIPT, ROOT_STYLE = "root.js", "root.css"
# The page for an unknown address, and what it says in its language.
MISSING = "404.html"
_SAID = re.compile(r"<div lang=.*?</div>", re.DOTALL)
_TITLE = re.compile(r"<title>(.*?)</title>")
# Places of a language whose files keep their names: pages, what readers download, and what the search asks for by name.
PLAIN = (
    "",
    ":file",
    ":page/",
    "source/:page/",
    "assets/cards/:file",
    "assets/javascripts/lunr/min/:file",
    "data/:file",
    "downloads/:file",
    "figures/:file",
    "licenses/:file",
    "search/:file",
)
# Nothing on any page asks for these: source maps, and a Chinese word splitter for an index that is split at build.
UNUSED = ("**/*.map", "*/assets/javascripts/lunr/wordcut.js", "*/assets/javascripts/lunr/tinyseg.js")


def write_root_folder(site: Path, url: str) -> None:
    """Finish a folder that holds the built languages."""
    (site / "_redirects").write_text(rendered("_redirects", languages=FALLBACK_LAST), encoding="utf-8")
    (site / "index.html").write_text(_root_page(site), encoding="utf-8")
    _write_root_assets(site)
    # Static hosts look for it at the root; its links are absolute.
    (site / MISSING).write_text(_missing_page(site), encoding="utf-8")
    write_sitemap(site, url)
    _write_headers(site)
    for pattern in UNUSED:
        for path in sorted(site.glob(pattern)):
            path.unlink()
    hashed.rename(site, LANGUAGES, url)
    write_worker(site)


def _missing_page(site: Path) -> str:
    """The page for an unknown address in any folder: each language says on it what its own page says."""
    page = (site / ENGLISH / MISSING).read_text(encoding="utf-8")
    for language in FALLBACK_LAST[:-1]:
        said = _SAID.findall((site / language / MISSING).read_text(encoding="utf-8"))[0]
        way_out = re.findall(rf'<p lang="{locale(language).tag}">.*?</p>', page)[0]
        page = page.replace(way_out, said.replace(" autofocus", ""))
    return page


def _root_page(site: Path) -> str:
    """The page at the site's root: it sends a browser on in its own language, and without a script offers all."""
    builds = [
        {
            "folder": language,
            "lang": locale(language).tag,
            "name": locale(language).name,
            "site_name": NAME(language),
            "description": DESCRIPTION(language),
            "picture": _picture(site, language),
        }
        for language in FALLBACK_LAST
    ]
    return rendered("root.html", builds=builds, policy=policy.meta())


def _picture(site: Path, language: Language) -> dict[str, str] | None:
    """The picture that the readmes show too: its file in the site and its title; None in a project without it."""
    file = f"{language}/figures/{EXHIBIT}.svg"
    if not (site / file).is_file():
        return None
    return {"file": file, "shows": unescape(_TITLE.findall((site / file).read_text(encoding="utf-8"))[0])}


def _write_root_assets(site: Path) -> None:
    """The root page's script and style."""
    folder = site / hashed.ROOT_FOLDER
    folder.mkdir()
    for name, smaller in ((ROOT_SCRIPT, scripts.smaller), (ROOT_STYLE, partial(styles.smaller, folder=HERE))):
        (folder / name).write_text(smaller((HERE / name).read_text(encoding="utf-8")), encoding="utf-8")


def _write_headers(site: Path) -> None:
    """Write the headers that a host which reads them sends with every file."""
    headers = rendered(
        "_headers",
        policy=policy.header(),
        languages=LANGUAGES,
        hashed=hashed.FOLDERS,
        plain=PLAIN,
        workers=hashed.WORKERS,
    )
    (site / "_headers").write_text(headers, encoding="utf-8")


def rendered(name: str, /, **values: object) -> str:
    """A template of this folder, filled in; a value that it lacks is an error."""
    source = (HERE / name).read_text(encoding="utf-8")
    template = Template(source, autoescape=True, keep_trailing_newline=True, undefined=StrictUndefined)
    return str(template.render(values))
