"""From an exhibit and its result to the files that a page uses: SVG, table, blocks, CSV, numbers and checks."""

import io
import warnings
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from figures_src.cache.serialization import written
from figures_src.drawing.finite import check_drawn
from figures_src.drawing.fonts import drawing_problem
from figures_src.drawing.style import drawing_style, finish, new_figure
from figures_src.drawing.svg import for_page
from figures_src.model import tables
from figures_src.model.exhibit import DIGITS, Exhibit, Offered, Table
from figures_src.model.finite import check_numbers, check_text
from figures_src.model.language import LANGUAGES, Language, localizer
from gradlab._internal.exporting import as_csv


def _saved(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return buffer.getvalue()


def draw(exhibit: Exhibit, result: Any, language: Language) -> str:
    """The exhibit's figure in one language, ready to stand in a page.

    Raises `ValueError` where a character is not in the figure font, as on a bare machine it would be measured as a
    box, and where something is drawn that is not finite.
    """
    assert exhibit.draw is not None  # noqa: S101 - callers ask only for exhibits that draw
    with drawing_style(), warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = new_figure()
        try:
            exhibit.draw(figure, result, localizer(language))
            finish(figure)
            drawing = _saved(figure)
            check_drawn(figure)
        except UserWarning as warning:
            raise ValueError(f"the {language} figure: {drawing_problem(warning)}") from warning
    return for_page(drawing, f"{exhibit.name}-{language}")


def csv_table(table: Table) -> str:
    """A table as CSV, floats with six significant digits."""
    rows = ((f"{cell:.{DIGITS}g}" if isinstance(cell, float) else cell for cell in row) for row in table.rows)
    return as_csv(rows, table.header)


def settings_text(value: object) -> str:
    """Settings as a page shows them: a config without its class's name, and of configs inside it what is no default."""
    if isinstance(value, tuple) and value and all(is_dataclass(item) for item in value):
        return "; ".join(map(settings_text, value))
    if is_dataclass(value):
        return ", ".join(f"{field.name}={_setting(getattr(value, field.name))}" for field in fields(value))
    return ""


def _setting(value: object) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_setting, value))})"
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    if is_dataclass(value):
        named = [(field.name, getattr(value, field.name), field.default) for field in fields(value)]
        inner = ", ".join(f"{name}={_setting(setting)}" for name, setting, default in named if setting != default)
        return f"({inner})"
    return repr(value)


def write_exhibit(exhibit: Exhibit, folder: Path) -> None:
    """Compute an exhibit and write all its files into an empty folder."""
    result = exhibit.compute()
    for language in LANGUAGES:
        if exhibit.draw:
            (folder / f"figure.{language}.svg").write_text(draw(exhibit, result, language), encoding="utf-8")
        if exhibit.table:
            table = tables.aligned(exhibit.table(result, localizer(language)))
            (folder / f"table.{language}.md").write_text(table, encoding="utf-8")
        for name, block in (exhibit.blocks(result, language) if exhibit.blocks else {}).items():
            check_text(f"block {name}", block)
            (folder / f"block.{name}.{language}.md").write_text(block, encoding="utf-8")
    if exhibit.data:
        (folder / "data.csv").write_text(csv_table(exhibit.data(result)), encoding="utf-8")
    (folder / "exhibit.json").write_text(written(offered(exhibit, result)), encoding="utf-8")


def offered(exhibit: Exhibit, result: Any) -> Offered:
    """The parts of an exhibit for pages besides its files, from its result.

    Raises `ValueError` where a number is not finite; a check that is not does not hold.
    """
    numbers = dict(exhibit.numbers(result)) if exhibit.numbers else {}
    check_numbers("number", numbers)
    printed = {language: exhibit.listings(result, language) if exhibit.listings else {} for language in LANGUAGES}
    return Offered(
        title=exhibit.title,
        settings=settings_text(getattr(result, "config", ())),
        numbers=numbers,
        listings={
            name: {language: listed[name] for language, listed in printed.items()} for name in printed[LANGUAGES[0]]
        },
        checks=dict(exhibit.checks(result)) if exhibit.checks else {},
        questions=dict(exhibit.questions(result)) if exhibit.questions else {},
    )
