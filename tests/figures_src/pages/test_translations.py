"""The catalogues of languages that the authors do not write: what stands in them, what lacks, and what is wrong."""

from pathlib import Path

import pytest

from figures_src.cache import catalog
from figures_src.cache.catalog import Catalog
from figures_src.model.failures import BuildFailedError
from figures_src.model.language import locale
from figures_src.pages import reference, translations
from figures_src.pages.page import read_pages

PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "step {number}: {verdict}; no gradient"
msgstr "{verdict} {nummer}"

msgid "Not ``nan``."
msgstr "Ne `inf`."

msgid "layer"
msgstr "läyer"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of catalogues, with one of a language xx."""
    monkeypatch.setattr(translations, "FURTHER", ("xx",))
    monkeypatch.setattr(reference, "CATALOG", tmp_path / "zh.po")
    (tmp_path / "xx.po").write_text(PO, encoding="utf-8")
    return tmp_path


def test_there_is_nothing_to_tell_of_the_languages_in_the_code(made: Catalog) -> None:
    assert list(translations.check()) == []
    assert list(translations.untranslated(made, read_pages())) == []


def test_the_texts_are_those_of_code_docstrings_and_exhibits(made: Catalog) -> None:
    texts = translations.texts(made, read_pages())
    assert texts["Verdict: healthy."].startswith("gradlab/probing/wording.py:")
    assert texts["the right verdict."].startswith("gradlab.probing.bank.")
    assert texts["The article's network explodes"].startswith("figures_src/exhibits/article/explosion.py:")
    # Reasons that are composed of texts and numbers are among them.
    offered = {check.because.en for one in made.exhibits.values() for check in one.checks.values()}
    assert offered <= texts.keys()
    assert not offered <= translations.texts(None, read_pages()).keys() <= texts.keys()
    assert not {"Sigmoid", "σ_w"} & texts.keys(), "a name is no text to translate"


def test_what_lacks_a_translation_is_counted(folder: Path, made: Catalog) -> None:
    (line,) = translations.untranslated(made, read_pages())
    count = len(translations.texts(made, read_pages()))
    # Two of the three translations are of texts that there are.
    assert line == f"xx: {count - 2} of {count} texts are not translated and are shown in English"


def test_translations_that_do_not_fit_are_named(folder: Path) -> None:
    # The files lie outside the project, so they are named in full.
    assert [str(failure) for failure in translations.check()] == [
        f"{folder}/xx.mo: not compiled from xx.po; run `python -m figures_src.pages.translations`",
        f"{folder}/xx.po: the braces differ from those of 'step {{number}}: {{verdict}}; no gradient'",
        f"{folder}/xx.po: the code differs from that of 'Not ``nan``.'",
    ]


def test_a_catalogue_is_brought_up_to_date(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = {"layer": "gradlab/x.py:1", "unit": "gradlab/x.py:2"}
    asked: list[object] = []

    def texts(offered: object, _: object) -> dict[str, str]:
        asked.append(offered)
        return listed

    monkeypatch.setattr(translations, "texts", texts)
    monkeypatch.setattr(catalog, "is_published", lambda: len(asked) > 0)
    monkeypatch.setattr(catalog, "read", lambda: "offered")
    monkeypatch.setattr(reference, "locale", lambda _: locale("en"))
    translations.update()
    text = (folder / "xx.po").read_text(encoding="utf-8")
    assert '#. gradlab/x.py:2\nmsgid "unit"\nmsgstr ""\n' in text
    assert '#. gradlab/x.py:1\nmsgid "layer"\nmsgstr "läyer"\n' in text
    # A text that is found nowhere is kept.
    assert 'msgid "Not ``nan``."\nmsgstr "Ne `inf`."\n' in text
    assert "not compiled" not in str([str(failure) for failure in translations.check()])
    assert text.startswith("# Texts in the language xx; `python -m figures_src.pages.translations` updates it.\n")
    translations.update()
    assert (folder / "xx.po").read_text(encoding="utf-8") == text
    assert asked == [None, "offered"], "what exhibits compose is known once they are laid out"


def test_a_language_s_file_is_checked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translations, "LANGUAGES", ("zh", "pt-BR"))
    assert [str(failure) for failure in translations.check()] == [
        "gradlab/locale/pt-BR.toml: found the name 'pt-BR', allowed: small letters",
    ]
    with pytest.raises(BuildFailedError, match="small letters"):
        translations.update()


def test_a_language_s_file_that_cannot_be_read_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(language: str) -> None:
        raise ValueError(f"gradlab/locale/{language}.toml: name: found nothing")

    monkeypatch.setattr(translations, "LANGUAGES", ("en",))
    monkeypatch.setattr(translations, "locale", refuse)
    assert [str(failure) for failure in translations.check()] == ["gradlab/locale/en.toml: name: found nothing"]
