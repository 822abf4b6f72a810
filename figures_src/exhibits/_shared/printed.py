"""Shared by the exhibits of the probe's reports."""

from collections.abc import Sequence

from figures_src.model.language import Language
from gradlab.probing.report import report
from gradlab.probing.step import Step


def printed(steps: Sequence[Step], language: Language) -> str:
    """The report of the last of some steps as it is printed, whatever address the environment names."""
    return str(report(steps, language, address=""))
