"""Names in mkdocs.yml: files and settings that there are not are refused with their line."""

from pathlib import Path

import pytest
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig

from figures_src.model.failures import ROOT
from figures_src.site import build, configuration


def loaded(monkeypatch: pytest.MonkeyPatch, text: str, folder: Path) -> MkDocsConfig:
    """A configuration as the build of the English pages reads it."""
    for name, value in build.environment("en").items():
        monkeypatch.setenv(name, value)
    file = folder / "mkdocs.yml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(configuration, "FILE", file)
    # Relative to the file are the paths that it names.
    for name in ("docs", "figures_src"):
        (folder / name).symlink_to(ROOT / name)
    config: MkDocsConfig = load_config(str(file))
    return config


TEXT = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


def line(text: str, named: str) -> int:
    return text[: text.index(named)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "assets/css/mathematics.css",
            "assets/css/mathematic.css",
            "extra_css: there is no file 'assets/css/mathematic.css' in docs/theme",
        ),
        (
            "assets/js/gradient-lab.js",
            "assets/js/gradient-lab.mjs",
            "extra_javascript: there is no file 'assets/js/gradient-lab.mjs' in docs/theme",
        ),
        ("assets/images/favicon.svg", "assets/favicon.svg", "theme: there is no file 'assets/favicon.svg'"),
        ("  generator: false", "  generator: false\n  manifest: site.json", "extra: there is no file 'site.json'"),
        ("navigation.tracking", "navigation.traking", "unknown feature 'navigation.traking'; the nearest is"),
        ("  custom_dir:", "  favicn: x\n  custom_dir:", "unknown setting 'favicn'; the nearest is 'favicon'"),
    ],
)
def test_what_there_is_not_is_refused_with_its_line(
    old: str, new: str, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = TEXT.replace(old, new)
    (failure,) = configuration.check(loaded(monkeypatch, text, tmp_path))
    named = message.split("'")[1]
    assert failure.where == f"mkdocs.yml:{line(text, named)}"
    assert message in failure.what


def test_what_is_there_passes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert list(configuration.check(loaded(monkeypatch, TEXT, tmp_path))) == []
