"""Languages: what their files have to say, and what one that the authors do not write takes from its catalogue."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from figures_src.pages import reference
from gradlab import language
from gradlab.commands import choice
from gradlab.language import LANGUAGES, WRITTEN, Text

WHOLE = (Path(language.__file__).parent / "locale" / "en.toml").read_text(encoding="utf-8")
LAYERS = Text(zh="{count} 层", en="{count} layers")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder in the place of the one that holds the languages."""
    monkeypatch.setattr(language, "_FOLDER", tmp_path)
    language.locale.cache_clear()
    language._catalogue.cache_clear()
    yield tmp_path
    language.locale.cache_clear()
    language._catalogue.cache_clear()


def test_the_authors_languages_come_first() -> None:
    assert LANGUAGES[: len(WRITTEN)] == WRITTEN == ("zh", "en")


def test_a_language_is_a_file(folder: Path) -> None:
    for name in ("zh", "fr", "en", "de"):
        (folder / f"{name}.toml").write_text(WHOLE, encoding="utf-8")
    (folder / "zh.po").touch()
    assert language._languages() == ("zh", "en", "de", "fr")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('comma = ", "\n', "", "gradlab/locale/xx.toml: found brackets, colon, date, enumeration, locale, "),
        ('comma = ", "', 'coma = ", "', ", semicolon, tag, allowed: tag, name, locale, material, date, comma, "),
        ('comma = ", "', "comma = 1", "gradlab/locale/xx.toml: comma: found 1, allowed: a text"),
        ('comma = ", "', 'comma = ""', "gradlab/locale/xx.toml: comma: found '', allowed: a text"),
        ('comma = ", "', 'comma = ", ', "gradlab/locale/xx.toml: "),
        ("({})", "()", "gradlab/locale/xx.toml: brackets: found '\\xa0()', allowed: a text around one {}"),
    ],
)
def test_a_file_that_does_not_say_just_what_it_has_to_is_refused_in_a_line(
    folder: Path, old: str, new: str, message: str
) -> None:
    assert old in WHOLE
    (folder / "xx.toml").write_text(WHOLE.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=r"\Agradlab/locale/xx\.toml: .+\Z") as caught:
        language.locale("xx")
    assert message in str(caught.value)


def test_a_further_language_says_what_its_catalogue_has_and_else_the_english(folder: Path) -> None:
    assert LAYERS("xx", count=3) == "3 layers"
    language._catalogue.cache_clear()
    (folder / "xx.mo").write_bytes(reference.compiled({LAYERS.en: "läyers: {count}"}))
    assert LAYERS("xx", count=3) == "läyers: 3"
    assert Text(zh="层", en="layer")("xx") == "layer"
    assert LAYERS("zh", count=3) == "3 层"
    assert LAYERS("en", count=3) == "3 layers"


def test_nothing_translates_to_nothing() -> None:
    assert language.translated("", "zh") == ""


def test_the_environment_chooses_a_further_language(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choice.from_environment({"LANG": "de_DE.UTF-8"}) == "en"
    monkeypatch.setattr(language, "LANGUAGES", ("zh", "en", "de"))
    assert choice.from_environment({"LANG": "de_DE.UTF-8"}) == "de"
    assert choice.from_environment({"LANG": "den"}) == "en"
    assert choice.from_arguments(["demo", "--lang", "de"]) == "de"


def test_the_languages_are_there_without_pytorch() -> None:
    code = (
        "import sys; from gradlab.language import LANGUAGES, locale; print(LANGUAGES, locale('zh').name); "
        "assert not {'torch', 'gettext', 'babel'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "中文" in done.stdout
