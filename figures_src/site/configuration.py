"""Names in mkdocs.yml that nothing else checks: files that every page links, settings and features of the theme."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import material
import yaml
from mkdocs.config.defaults import MkDocsConfig

from figures_src.model.failures import ROOT, Failure, unknown

FILE = ROOT / "mkdocs.yml"
_SETTING = re.compile(r"Unrecognised configuration name: (?P<name>[\w-]+)")
_QUOTED = re.compile(r"['\"](?P<name>[^'\"\s]+)['\"]")
_FEATURE = re.compile(r"[\"'`](?P<name>(?:announce|content|header|navigation|search|toc)\.[a-z.]+)[\"'`]")
# Settings that MkDocs and the theme take, and the theme's own file does not list.
_OWN_SETTINGS = ("custom_dir", "locale", "logo", "name", "palette")
# Settings of the pages' theme and of extras that name a file of the site.
_FILES_OF_THEME, _FILES_OF_EXTRA = ("favicon", "logo"), ("manifest",)


def check(config: MkDocsConfig) -> Iterator[Failure]:
    """Files that are linked by every page and are not there, and features that the theme does not know."""
    folders = [Path(config.docs_dir), *map(Path, config.theme.dirs)]
    linked = (
        *(("extra_css", str(path)) for path in config.extra_css),
        *(("extra_javascript", str(getattr(script, "path", script))) for script in config.extra_javascript),
        *(("theme", config.theme[name]) for name in _FILES_OF_THEME if name in config.theme),
        *(("extra", config.extra[name]) for name in _FILES_OF_EXTRA if name in config.extra),
    )
    for setting, path in linked:
        if not any((folder / path).is_file() for folder in folders):
            yield Failure(place(path), f"{setting}: there is no file {path!r} in docs/theme")
    yield from _theme_settings()
    for feature in config.theme["features"]:
        if feature not in _features():
            yield Failure(place(feature), f"theme: {unknown('feature', feature, _features())}")


def _theme_settings() -> Iterator[Failure]:
    """Settings of the theme that it does not have, which it would take for words of its templates."""
    known = {*_settings(Path(material.__file__).parent / "templates" / "mkdocs_theme.yml"), *_OWN_SETTINGS}
    theme = _settings(FILE).get("theme")
    for key in (key for key, _ in theme.value) if isinstance(theme, yaml.MappingNode) else ():
        if key.value not in known:
            yield Failure(f"mkdocs.yml:{key.start_mark.line + 1}", f"theme: {unknown('setting', key.value, known)}")


def _settings(file: Path) -> dict[str, yaml.Node]:
    """The settings of a file by name, unread."""
    content = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    return {key.value: value for key, value in content.value} if isinstance(content, yaml.MappingNode) else {}


@cache
def _features() -> frozenset[str]:
    """The features that the theme's templates and scripts ask for."""
    folder = Path(material.__file__).parent / "templates"
    files = [*folder.rglob("*.html"), *folder.glob("assets/javascripts/bundle.*.js")]
    return frozenset(match["name"] for file in files for match in _FEATURE.finditer(file.read_text(encoding="utf-8")))


def place(*names: str) -> str:
    """The line of mkdocs.yml that names the last of some names that stands there, as a place."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    for name in reversed(names):
        pattern = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])")
        if found := next((number for number, line in enumerate(lines, 1) if pattern.search(line)), None):
            return f"mkdocs.yml:{found}"
    return "mkdocs.yml"


def located(message: str) -> Failure:
    """A message of the generator about mkdocs.yml, with the line that it means and the nearest name of a setting."""
    misspelt = _SETTING.search(message)
    if misspelt is None:
        return Failure(place(*(match["name"] for match in _QUOTED.finditer(message))), message)
    name = misspelt["name"]
    known: list[Any] = [key for key, _ in MkDocsConfig()._schema]
    if f"Config value {name!r}" in message:
        return Failure(place(name), unknown("setting", name, known))
    return Failure(place(name), message)
