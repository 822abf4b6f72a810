"""The readmes' picture: one exhibit as a file of its own, remade by `make figures` and checked by a test."""

from pathlib import Path

from figures_src.cache.catalog import Catalog
from figures_src.cache.store import write_if_changed
from figures_src.drawing.svg import standalone
from figures_src.model.failures import ROOT
from figures_src.model.language import WRITTEN, Language, locale

EXHIBIT = "explosion"


def path(language: Language) -> Path:
    """The file of a readme's picture."""
    return ROOT / "docs" / f"picture.{language}.svg"


def picture(catalog: Catalog, language: Language) -> str:
    """The exhibit in one language, with both palettes."""
    title = catalog.title(EXHIBIT, language)
    return standalone(catalog.figure(EXHIBIT, language), title, title, locale(language).tag)


def write_pictures(catalog: Catalog) -> None:
    """Remake the pictures that changed."""
    for language in WRITTEN:
        write_if_changed(path(language), picture(catalog, language).encode())
