"""Texts of the site: those of the laboratory, and how a whole page is told its one language."""

from collections.abc import Callable

from gradlab.language import LANGUAGES, Language, Text, known_language

__all__ = ["LANGUAGES", "LANGUAGE_TAGS", "Language", "Localize", "Text", "known_language", "localizer"]

# As pages declare them.
LANGUAGE_TAGS: dict[Language, str] = {"zh": "zh-Hans", "en": "en"}
Localize = Callable[[Text], str]


def localizer(language: Language) -> Localize:
    """A function that gives any `Text` in the one language."""

    def localize(text: Text) -> str:
        return text(language)

    return localize
