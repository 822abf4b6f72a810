"""The two languages in which a report speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from gradlab import checks

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True)
class Wording:
    """A text in both languages."""

    en: str
    zh: str

    def __call__(self, language: Language, **values: object) -> str:
        """Return the text in one language, with its places filled in."""
        text = self.zh if language == "zh" else self.en
        return text.format(**values) if values else text


def known(language: object) -> Language:
    """Accept a language, or raise the error that names the nearest."""
    return "zh" if checks.one_of("language", language, LANGUAGES) == "zh" else "en"
