"""Previews of the site in one language: cards of the pages, icons, the web app's manifest."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

from figures_src.cache.catalog import Catalog
from figures_src.cache.sources import SourceTree
from figures_src.cache.store import Store
from figures_src.drawing.fonts import FIGURE_FONT
from figures_src.model.failures import BuildFailedError, Failure, relative
from figures_src.model.language import Language, locale
from figures_src.pages.page import Page, read_pages
from figures_src.site.names import DESCRIPTION, NAME

KIND = "cards"
# The curves on every card: of the playground's tour, where the gradient explodes, where it stays, where it vanishes.
CURVES, NETWORKS = "playground", ("article", "he", "default")
CARDS, PICTURE = "assets/cards", "picture.png"
# Sizes that devices ask for: a home screen, a splash screen, and Apple's home screen.
ICON_SIZES = (192, 512, 180)
MANIFEST = "manifest.webmanifest"
# The site's folder holds every language, and the app shows them all.
SCOPE = "../"
GROUND, PAGE = "#10344c", "#ffffff"


def previews(catalog: Catalog, language: Language, tree: SourceTree) -> dict[str, bytes]:
    """The cards, icons and manifest of one language by their paths; what is in the store is not drawn again.

    Raises `BuildFailedError` with every title that no card can show.
    """
    made: dict[str, bytes] = {}
    failures: list[Failure] = []
    gradients = measured_gradients(catalog)
    for page in read_pages():
        if page.language == language and page.title:
            try:
                made[f"{CARDS}/{page.stem}.png"] = _card(page, gradients, tree)
            except ValueError as error:
                failures.append(Failure(relative(page.path), str(error)))
    if failures:
        raise BuildFailedError(failures)
    icons = {icon_file(size): _icon(size, tree) for size in ICON_SIZES}
    return made | icons | {MANIFEST: manifest(language).encode()}


def measured_gradients(catalog: Catalog) -> tuple[tuple[float, ...], ...]:
    """‖δ‖ of every layer of the networks on the cards, as the exhibit measured it; a site without it shows none."""
    if CURVES not in catalog.figures:
        return ()
    with (catalog.folder / "data" / f"{CURVES}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(tuple(float(row["gradient_z"]) for row in rows if row["network"] == name) for name in NETWORKS)


def icon_file(size: int) -> str:
    """The path of an icon in a language's folder."""
    return f"assets/images/icon-{size}.png"


def manifest(language: Language) -> str:
    """The manifest with which a browser installs the site as an app."""
    icons = [
        {"src": icon_file(size), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any maskable"}
        for size in ICON_SIZES[:2]
    ]
    described = {
        "name": NAME(language),
        "short_name": NAME(language),
        "description": DESCRIPTION(language),
        "lang": locale(language).tag,
        "start_url": "./",
        "scope": SCOPE,
        "display": "minimal-ui",
        "theme_color": GROUND,
        "background_color": PAGE,
        "icons": icons,
    }
    return json.dumps(described, ensure_ascii=False, indent=1)


def _card(page: Page, gradients: tuple[tuple[float, ...], ...], tree: SourceTree) -> bytes:
    name = NAME(page.language)

    def draw() -> bytes:
        from figures_src.drawing.cards import card

        return card(page.title, name, gradients)

    return _kept(f"{page.stem}-{page.language}", _key(tree, page.title, name, str(gradients)), draw)


def _icon(size: int, tree: SourceTree) -> bytes:
    def draw() -> bytes:
        from figures_src.drawing.cards import icon

        return icon(size)

    return _kept(f"icon-{size}", _key(tree, str(size)), draw)


def _key(tree: SourceTree, *said: str) -> str:
    return tree.fingerprint(tree.closure(["figures_src.drawing.cards"]).values(), tree.digest(FIGURE_FONT), *said)


def _kept(name: str, key: str, draw: Callable[[], bytes]) -> bytes:
    def write(folder: Path) -> None:
        (folder / PICTURE).write_bytes(draw())

    return (Store().keep(KIND, name, key, write) / PICTURE).read_bytes()
