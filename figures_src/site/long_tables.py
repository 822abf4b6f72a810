"""Long tables, folded to the rows that tell the story.

A table of more rows than a glance takes in shows those of its edges, and between them the ones that carry a mark or
bold type; where its rows are numbered, as layers are, every fifth, as the axis of a figure does. What unfolds the rest
stands below and needs no script. The table stays one table, and is printed whole.
"""

import re

from figures_src.markdown.listings import unfolding
from figures_src.model.language import Language

LONGEST = 15
EDGE = 3
STEP = 5

# A table inside a fold is asked for already, and rows with an id are filtered or led to.
_FOLDS = re.compile(
    r'(?P<open><details\b)|(?P<close></details>)|<div class="md-typeset__scrollwrap">.*?</table></div></div>', re.DOTALL
)
_ROW = re.compile(r"<tr>(?=\s*<td)(?P<cells>.*?)</tr>", re.DOTALL)
_NUMBER = re.compile(r"\s*<td[^>]*>\s*(?:<data[^>]*>)?(\d+)(?:</data>)?\s*</td>")
_TELLING = re.compile(r'class="(?:check|claim)\b|<strong>')


def with_folds(html: str, language: Language) -> str:
    """A page's content whose long tables are folded."""
    depth = 0

    def fold(match: re.Match[str]) -> str:
        nonlocal depth
        if match["open"] or match["close"]:
            depth += 1 if match["open"] else -1
            return match[0]
        return match[0] if depth else _folded(match[0], language)

    return _FOLDS.sub(fold, html)


def _folded(table: str, language: Language) -> str:
    rows = [row["cells"] for row in _ROW.finditer(table)]
    if len(rows) <= LONGEST or "id=" in table:
        return table
    shown = iter(_shown(rows))
    marked = _ROW.sub(lambda row: row[0] if next(shown) else row[0].replace("<tr>", '<tr class="folded">', 1), table)
    return marked + unfolding(len(rows), language)


def _shown(rows: list[str]) -> list[bool]:
    numbers = [_NUMBER.match(row) for row in rows]
    if all(numbers):
        ticks = [int(number[1]) % STEP == 0 for number in numbers if number]
        return [tick or place in {0, len(rows) - 1} for place, tick in enumerate(ticks)]
    inner = range(EDGE, len(rows) - EDGE)
    return [place not in inner or bool(_TELLING.search(row)) for place, row in enumerate(rows)]
