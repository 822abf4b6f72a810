"""Python-Markdown extension: the experiments of a subject, which are those in its folder.

::: gradlab.experiments.scale       the reference of each, with a link to its source
[][gradlab.experiments.scale]       their names, each a link to its reference

A new experiment needs no line on any page.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from figures_src.cache.sources import EXPERIMENTS
from figures_src.markdown import source_pages
from figures_src.model.failures import ROOT, unknown
from figures_src.model.language import LANGUAGES, Localize, Text, known_language, localizer

SOURCE = Text(zh="`{name}` 的源代码", en="Source of `{name}`")
SEPARATOR = Text(zh="、", en=", ")
_LINE = re.compile(rf"::: {re.escape(EXPERIMENTS)}\.(\w+)[ \t]*")
_NAMES = re.compile(rf"\[\]\[{re.escape(EXPERIMENTS)}\.(\w+)\]")


def subjects() -> dict[str, tuple[Path, ...]]:
    """The modules of all experiments by subject, in the order of their names."""
    folders = sorted(ROOT.joinpath(*EXPERIMENTS.split(".")).glob("[!_]*/__init__.py"))
    return {file.parent.name: tuple(sorted(file.parent.glob("[!_]*.py"))) for file in folders}


def experiments() -> tuple[Path, ...]:
    """The modules of all experiments."""
    return tuple(module for modules in subjects().values() for module in modules)


def public_name(module: Path) -> str:
    """The name by which an experiment is imported, without its subject."""
    return f"{EXPERIMENTS}.{module.stem}"


def expanded(name: str) -> list[str]:
    """The experiments of a subject, if that is what a name on a page stands for; else the name alone."""
    package, _, subject = name.rpartition(".")
    modules = subjects().get(subject, ()) if package == EXPERIMENTS else ()
    return [public_name(module) for module in modules] or [name]


class ExperimentsProcessor(Preprocessor):
    """Writes out what stands for the experiments of a subject, before the line is taken for one object."""

    def __init__(self, md: Markdown, text: Localize) -> None:
        super().__init__(md)
        self.text = text

    def run(self, lines: list[str]) -> list[str]:
        """The lines of the page with the experiments written out."""
        return [written for line in lines for written in self._written(line)]

    def _written(self, line: str) -> Iterator[str]:
        found = _LINE.fullmatch(line)
        modules = subjects().get(found[1]) if found else None
        if modules is None:
            yield _NAMES.sub(self._names, line)
            return
        links = source_pages.links(experiments())
        for module in modules:
            yield from ("", f"::: {public_name(module)}", "    options:", "      heading_level: 2", "")
            if module in links:
                yield from (f"[{self.text(SOURCE).format(name=module.stem)}]({links[module]})", "")

    def _names(self, match: re.Match[str]) -> str:
        # A subject that there is not stays as it stands: the generator names a reference that leads nowhere.
        modules = subjects().get(match[1], ())
        return self.text(SEPARATOR).join(f"[`{module.stem}`][{public_name(module)}]" for module in modules) or match[0]


class ExperimentsExtension(Extension):
    """Experiments by subject, in `language`."""

    def __init__(self, **options: Any) -> None:
        self.config = {"language": [LANGUAGES[0], f"one of {', '.join(LANGUAGES)}"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown's name
        """Register the processor: after blocks of code were put aside, before docstrings are looked for."""
        name = self.getConfig("language")
        language = known_language(name)
        if language is None:
            raise ValueError(unknown("language", name, LANGUAGES))
        md.preprocessors.register(ExperimentsProcessor(md, localizer(language)), "experiments", 22)


def makeExtension(**options: Any) -> ExperimentsExtension:  # noqa: N802 - Python-Markdown's name
    """The entry that Python-Markdown looks for."""
    return ExperimentsExtension(**options)
