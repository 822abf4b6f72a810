"""Changes of the theme's scripts, each at the one place that it is known by.

What to do when another version of the theme has such a place no more stands in CONTRIBUTING.
"""

import re
from collections.abc import Iterable

from mkdocs.exceptions import PluginError

from figures_src.model.failures import BuildFailedError, Failure


def changed(script: str, name: str, changes: Iterable[tuple[str, re.Pattern[str], str]]) -> str:
    """A script with every change made: what its places are called, the place, and what then stands there instead.

    Raises `PluginError`, with a line for every place that is not found just once: the theme is then not the version
    known here.
    """
    failures = []
    for places, place, change in changes:
        script, found = place.subn(change, script)
        if found != 1:
            failures.append(Failure(name, f"found {found} {places}, allowed: 1"))
    if failures:
        raise PluginError(str(BuildFailedError(failures)))
    return script


def all_like(changes: Iterable[tuple[re.Pattern[str], str]]) -> Iterable[tuple[str, re.Pattern[str], str]]:
    """Changes whose places are called by their pattern."""
    return ((f"places like {place.pattern}", place, change) for place, change in changes)
