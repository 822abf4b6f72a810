"""One module for each tool: how its documentation says it is used, and nothing else.

A module is called like the tool in `figures_src.exhibits.tools._vocabulary` and offers

    DISTRIBUTION = "name in the package index"
    def watch(train): ...     # a context manager that yields one training step under the tool's eyes
    def diagnose(question): ...     # all that the tool says of a network; only where the tool diagnoses

They run in the peers' environment, which has gradlab, torch and the tools, and nothing of the site.
"""

import importlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Protocol, cast

from tests.bench_probe import Step, Training
from tests.peers.asked import Question


class Tool(Protocol):
    """The functions of a tool's module."""

    DISTRIBUTION: str

    def watch(self, train: Training, /) -> AbstractContextManager[Step]:
        """Begin to watch a training, and yield one step of it."""

    def diagnose(self, question: Question, /) -> Iterable[str]:
        """All that the tool says of a network, in its own words."""


def load(name: str) -> Tool:
    """Import a tool's module."""
    return cast(Tool, importlib.import_module(f"{__name__}.{name}"))
