"""Output of `gradlab demo`."""

import io
import math

from rich.console import Console

from figures_src.model.exhibit import Check, Number
from figures_src.model.language import LANGUAGES, Language, Text
from gradlab.commands.diagnose import Diagnosis, demo
from gradlab.commands.terminal import print_diagnosis

TITLE = Text(zh="gradlab demo 的输出", en="What gradlab demo prints")
# Output to no terminal has all columns, and lines as long as they need; the page wraps them.
COLUMNS = 10_000

Result = dict[Language, Diagnosis]


def compute() -> Result:
    """Diagnose the article's network, in both languages."""
    return {language: demo(language, site="") for language in LANGUAGES}


def listings(result: Result, language: Language) -> dict[str, str]:
    """The output of the command."""
    buffer = io.StringIO()
    print_diagnosis(
        result[language], Console(file=buffer, width=COLUMNS, highlight=False, emoji=False, color_system=None)
    )
    return {"demo": buffer.getvalue()}


def checks(result: Result) -> dict[str, Check]:
    report = result["en"].report
    weights = [row.weight for row in report.rows if row.weight is not None]
    # A chain of positive weights: no other layer, and no chance, comes between theory and measurement.
    return {
        "product": Check(
            sentence=Text(
                zh="原文的网络里，第一层与最后一层的 ‖δ‖ 之比等于后面各层权重之积",
                en="In the article's network the ratio of ‖δ‖ of the first and the last layer is the product of the "
                "later weights",
            ),
            measured=Number(report.findings[0].measured, ".1f"),
            relation="≈",
            predicted=Number(math.prod(weights[1:]), ".1f"),
            tolerance=1e-6,
            because=Text(zh="float64 的舍入", en="rounding in float64"),
            source="∂y/∂z₁ = w₂ w₃ … w₂₀",
        )
    }
