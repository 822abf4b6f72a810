"""The cell of the notebook that runs, noted where the process that waits for the build can read it."""

import tempfile
from pathlib import Path

from figures_src.model.failures import DOCS
from figures_src.pages.notebook import cells
from figures_src.pages.page import NOTEBOOK

FILE = "running-cell"


def note(number: int) -> None:
    """Note the cell of code that begins, counted from 1, in the folder of this process's temporary files."""
    (Path(tempfile.gettempdir()) / FILE).write_text(place(number), encoding="utf-8")


def noted(folder: Path) -> str:
    """The place of the cell that began last, given the folder of a process's temporary files; nothing before."""
    try:
        return (folder / FILE).read_text(encoding="utf-8")
    except OSError:
        return ""


def place(number: int, line: int = 1) -> str:
    """A line of a cell of code as a place in the notebook's source."""
    written = [cell for cell in cells((DOCS / NOTEBOOK).read_text("utf-8")) if cell.language is None]
    within = f":{written[number - 1].line + line - 1}" if 0 < number <= len(written) else ""
    return f"docs/{NOTEBOOK}{within}"
