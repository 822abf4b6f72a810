"""Files that every build writes alike: what a step makes of them is kept under all that it reads."""

from collections.abc import Callable

from figures_src.cache.sources import digest, loaded
from figures_src.cache.store import Store

KIND = "files"


def kept_text(name: str, text: str, change: Callable[[str], str]) -> str:
    """A file's text as a function changes it; a name tells files apart only in the store's folder."""
    key = digest(loaded(change.__module__), change.__qualname__, text)
    return str(Store().answer(KIND, name, key, lambda: change(text)))
