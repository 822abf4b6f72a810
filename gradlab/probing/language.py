"""The language of a report."""

from __future__ import annotations

from gradlab import checks
from gradlab.language import LANGUAGES, Language, Wording

__all__ = ["LANGUAGES", "Language", "Wording", "known"]


def known(language: object) -> Language:
    """Accept a language, or raise the error that names the nearest."""
    return "zh" if checks.one_of("language", language, LANGUAGES) == "zh" else "en"
