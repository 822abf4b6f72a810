"""The two languages of the site, and text that exists in both."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


def known_language(name: object) -> Language | None:
    """The language of that name, or None where the site has none."""
    return next((language for language in LANGUAGES if language == name), None)


@dataclass(frozen=True)
class Text:
    """A label or sentence in both languages.

    A missing language is a `TypeError` and an empty one a `ValueError`, both raised while the module that
    holds the text is imported.
    """

    zh: str
    en: str

    def __post_init__(self) -> None:
        for language in LANGUAGES:
            if not self.in_language(language).strip():
                raise ValueError(f"Text: the {language} text is empty, beside {self.zh or self.en!r}")

    def in_language(self, language: Language) -> str:
        """The text in one language."""
        return self.zh if language == "zh" else self.en


Localize = Callable[[Text], str]


def localizer(language: Language) -> Localize:
    """A function that gives any `Text` in the one language."""

    def localize(text: Text) -> str:
        return text.in_language(language)

    return localize
