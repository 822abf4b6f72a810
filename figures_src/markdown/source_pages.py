"""The pages that show source code, one for each exhibit: what stands on them, and which of them shows an experiment."""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from figures_src.cache.catalog import Catalog
from figures_src.cache.sources import EXPERIMENTS, SourceTree, current
from figures_src.model import exhibit
from figures_src.model.failures import relative
from figures_src.model.language import Language, Text


def anchor(path: str) -> str:
    """The anchor of a file on such a page."""
    return path.replace("/", "-").replace(".", "-").replace("_", "-")


def shown(name: str, tree: SourceTree) -> list[Path]:
    """The exhibit's own module and the experiments that it runs."""
    own = exhibit.module_name(name, tree.exhibits)
    modules = tree.closure([own])
    return [modules[own], *(path for module, path in modules.items() if _is_experiment(module, path))]


def _is_experiment(module: str, path: Path) -> bool:
    return module.startswith(f"{EXPERIMENTS}.") and path.name != "__init__.py"


def links(experiments: tuple[Path, ...]) -> Mapping[Path, str]:
    """Links to the source of each experiment: on the page of the exhibit of its name, else of the first.

    An experiment that no exhibit runs has no such page.
    """
    return _links(experiments, current())


@lru_cache(maxsize=1)  # every page of a build asks; a preview asks anew once a module has changed
def _links(experiments: tuple[Path, ...], tree: SourceTree) -> Mapping[Path, str]:
    found: dict[Path, str] = {}
    for name in tree.exhibits:
        for path in shown(name, tree)[1:]:
            if path in experiments and (path not in found or path.stem == name):
                found[path] = f"source/{name}.md#{anchor(relative(path))}"
    return found


def page(name: str, catalog: Catalog, language: Language, files: Iterable[tuple[str, str]]) -> str:
    """A page that shows the code of an exhibit: its own module, and the experiment below it."""
    title = catalog.title(name, language)
    heading = Text(zh=f"源代码：{title}", en=f"Source: {title}")
    description = Text(
        zh=f"“{title}”背后的代码：展项本身，以及它运行的实验。",
        en=f"The code behind “{title}”: the exhibit itself and the experiments that it runs.",
    )
    front = f"description: {json.dumps(description(language), ensure_ascii=False)}\nsearch:\n  exclude: true"
    parts = [f"---\n{front}\n---\n\n# {heading(language)} {{#source}}\n"]
    for path, content in files:
        parts.append(f"## `{path}` {{#{anchor(path)}}}\n")
        parts.append(f"````python\n{content.rstrip()}\n````\n")
    return "\n".join(parts)
