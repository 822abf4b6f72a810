"""The two languages in which the laboratory speaks to a person, and texts in both. Does not import PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

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
