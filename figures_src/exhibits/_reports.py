"""Shared by the exhibits of the probe's reports."""

from collections.abc import Sequence

from figures_src.language import Language
from gradlab.probing.record import Step
from gradlab.probing.report import report


def printed(steps: Sequence[Step], language: Language) -> str:
    """The report of the last of some steps as it is printed, whatever address the environment names."""
    return str(report(steps, language, address=""))
