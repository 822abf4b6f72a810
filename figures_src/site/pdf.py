"""The site as PDF, one file a language: its printable page, printed by Chromium."""

from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Browser

from figures_src.cache.store import write_if_changed
from figures_src.drawing.fonts import FIGURE_FONT
from figures_src.model.language import LANGUAGES, Language
from figures_src.site.browser import launched
from figures_src.site.printing import FOLDER
from figures_src.site.to_unicode import with_ideographs

# A page of two hundred sheets takes its time on a busy machine.
PATIENCE_MS = 10 * 60 * 1000
# A file that was printed from has links to its neighbours, which nobody who gets the PDF has.
PREPARE = """() => {
  for (const link of document.querySelectorAll("a[href]"))
    if (link.protocol === "file:" && link.pathname !== location.pathname) link.removeAttribute("href");
  document.title = document.querySelector("h1").textContent;
}"""


def make(site: Path, folder: Path, languages: Iterable[Language] = LANGUAGES) -> list[Path]:
    """Print languages of a built site into a folder; the files.

    Needs a browser (`python -m figures_src.site.browser` installs one). On a machine without a Chinese font the font of
    the figures stands in: boxes cannot be read. A file is whole or is not there.
    """
    with launched(FIGURE_FONT.parent) as browser:
        return [_print(browser, site, folder, language) for language in languages]


def _print(browser: Browser, site: Path, folder: Path, language: Language) -> Path:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto((site / language / FOLDER / "index.html").resolve().as_uri())
    page.evaluate(PREPARE)
    whole = folder / f"gradient-lab-{language}.pdf"
    content = page.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
    write_if_changed(whole, with_ideographs(content))
    page.close()
    return whole
