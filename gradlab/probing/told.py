"""Sentences with what they tell of a certain network, in every language."""

from __future__ import annotations

from dataclasses import dataclass

from gradlab.language import Language, Text
from gradlab.probing import wording


@dataclass(frozen=True)
class Told(Text):
    """A text whose places in braces are filled with values.

    Attributes:
        values: by the name of the place: a number or a word, another text, or a tuple of layers' names.

    """

    values: tuple[tuple[str, object], ...] = ()

    def __call__(self, language: Language, **values: object) -> str:
        """The text in one language, with its values."""
        own = {name: _shown(value, language) for name, value in self.values}
        return super().__call__(language, **own | values)


def _shown(value: object, language: Language) -> object:
    if isinstance(value, Text):
        return value(language)
    if isinstance(value, tuple):
        return wording.names(value, language)
    return f"{value:.3g}" if isinstance(value, float) else value


def told(text: Text, **values: object) -> Told:
    """A text with its values."""
    return Told(text.zh, text.en, tuple(values.items()))
