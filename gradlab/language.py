"""The languages of the laboratory and its site, and texts in all of them. Does not import PyTorch.

A language is a file of `gradlab/locale`, such as `en.toml`: what there is to know of it besides its texts. Those stand
in the code in the two languages that its authors write, Chinese and English. Any other language takes them from its
catalogue, `gradlab/locale/<language>.mo`, by the English; a text that is not there stays English.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

# As resources, because the package may lie in an archive.
_FOLDER = files("gradlab") / "locale"
_ENDING = ".toml"

Language = str
"""A language: ``"zh"``, ``"en"``, or any other that has its file in ``gradlab/locale``."""
ENGLISH: Language = "en"
"""The language that stands in for a text that another one lacks."""
WRITTEN: tuple[Language, ...] = ("zh", ENGLISH)
"""The languages in which every text stands in the code."""


def _languages() -> tuple[Language, ...]:
    found = {file.name.removesuffix(_ENDING) for file in _FOLDER.iterdir() if file.name.endswith(_ENDING)}
    return (*WRITTEN, *sorted(found.difference(WRITTEN)))


LANGUAGES = _languages()
"""All languages, those of the authors first."""


def known_language(name: object) -> Language | None:
    """The language of that name, or None where there is none."""
    return next((language for language in LANGUAGES if language == name), None)


@dataclass(frozen=True)
class Locale:
    """Facts of a language besides its texts.

    Attributes:
        tag: its BCP 47 tag, as pages declare it, such as ``zh-Hans``.
        name: its own name for itself.
        locale: language and territory, as in ``en_US``, for dates and for where a page is shared.
        material: the language of the words that the site's theme brings, by their file in mkdocs-material's
            ``templates/partials/languages``.
        date: a date, as the library Babel writes it: ``long``, or a pattern such as ``d MMMM y``.
        comma: what stands between the parts of a sentence.
        enumeration: what stands between the members of a list.
        semicolon: what stands between sentences that belong together.
        colon: what stands before an explanation.
        brackets: round brackets around ``{}``, with what joins them to the word before.

    """

    tag: str
    name: str
    locale: str
    material: str
    date: str
    comma: str
    enumeration: str
    semicolon: str
    colon: str
    brackets: str


@cache
def locale(language: Language) -> Locale:
    """The facts of a language, from its file.

    Raises:
        ValueError: its file does not say just that; the message is one line.

    """
    import tomllib

    where = f"gradlab/locale/{language}{_ENDING}"
    try:
        said = tomllib.loads((_FOLDER / f"{language}{_ENDING}").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{where}: {' '.join(str(error).split())}") from None
    names = [field.name for field in fields(Locale)]
    if set(said) != set(names):
        raise ValueError(f"{where}: found {', '.join(sorted(said)) or 'nothing'}, allowed: {', '.join(names)}")
    for name, value in said.items():
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{where}: {name}: found {value!r}, allowed: a text")
    if said["brackets"].count("{}") != 1:
        raise ValueError(f"{where}: brackets: found {said['brackets']!r}, allowed: a text around one {{}}")
    return Locale(**said)


@cache
def _catalogue(language: Language) -> Callable[[str], str]:
    from gettext import GNUTranslations

    compiled = _FOLDER / f"{language}.mo"
    if not compiled.is_file():
        return str
    with compiled.open("rb") as file:
        return GNUTranslations(file).gettext


def translated(text: str, language: Language) -> str:
    """An English text in another language, as far as its catalogue has it."""
    return _catalogue(language)(text) if text and language != ENGLISH else text


@dataclass(frozen=True)
class Text:
    """A label or sentence in both languages.

    A missing language is a `TypeError` and an empty one a `ValueError`, both raised while the module that
    holds the text is imported.

    Attributes:
        zh: in Chinese.
        en: in English.

    """

    zh: str
    en: str

    def __post_init__(self) -> None:
        for language in WRITTEN:
            if not self(language).strip():
                raise ValueError(f"Text: the {language} text is empty, beside {self.zh or self.en!r}")

    def __call__(self, language: Language, **values: object) -> str:
        """The text in one language, with its places in braces filled in where values are given."""
        text = self.zh if language == "zh" else translated(self.en, language)
        return text.format(**values) if values else text
