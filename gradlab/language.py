"""The two languages of the laboratory and its site, and texts in both. Does not import PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["zh", "en"]
"""A language: Chinese or English."""
LANGUAGES: tuple[Language, ...] = get_args(Language)


def known_language(name: object) -> Language | None:
    """The language of that name, or None where there is none."""
    return next((language for language in LANGUAGES if language == name), None)


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
        for language in LANGUAGES:
            if not self(language).strip():
                raise ValueError(f"Text: the {language} text is empty, beside {self.zh or self.en!r}")

    def __call__(self, language: Language, **values: object) -> str:
        """The text in one language, with its places in braces filled in where values are given."""
        text = self.zh if language == "zh" else self.en
        return text.format(**values) if values else text
