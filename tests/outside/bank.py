"""The networks of the bank."""

from tests.outside.entries import Entry
from tests.outside.families import libraries, published, transformer_library, users, vision

ENTRIES: tuple[Entry, ...] = (
    *users.SOUND,
    *users.BROKEN,
    *published.PUBLISHED,
    *libraries.SOUND,
    *libraries.BROKEN,
    *vision.TORCHVISION,
    *vision.TIMM,
    *transformer_library.SOUND,
    *transformer_library.BROKEN,
)
"""All networks, each with a name of its own."""
