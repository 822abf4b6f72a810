"""Texts of the site: those of the laboratory, and how a whole page is told its one language."""

from collections.abc import Callable

from gradlab.language import ENGLISH, LANGUAGES, WRITTEN, Language, Locale, Text, known_language, locale

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "WRITTEN",
    "Language",
    "Locale",
    "Localize",
    "Text",
    "known_language",
    "locale",
    "localizer",
]

Localize = Callable[[Text], str]


def localizer(language: Language) -> Localize:
    """A function that gives any `Text` in the one language."""

    def localize(text: Text) -> str:
        return text(language)

    return localize
