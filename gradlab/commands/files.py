"""The tables of an experiment as files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from gradlab.commands import wording
from gradlab.commands.errors import UseError
from gradlab.commands.tables import Table, to_json

TABLES = (".csv", ".json", ".md")
FIGURES = (".svg", ".png", ".pdf")


def checked(path: Path, endings: Sequence[str]) -> Path:
    """Accept a file that can be written in the form that its ending names.

    Raises:
        UseError: an ending that is none of these, or a folder that is not there.

    """
    if path.suffix.lower() not in endings:
        raise UseError(wording.BAD_ENDING, file=str(path), allowed=", ".join(endings))
    if not path.parent.is_dir():
        raise UseError(wording.NO_FOLDER, file=str(path.parent))
    return path


def write(texts: dict[Path, str]) -> tuple[Path, ...]:
    """Write texts, and return the files.

    Raises:
        UseError: one cannot be written.

    """
    for path, text in texts.items():
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UseError(wording.NOT_WRITTEN, file=str(path), error=error.strerror or str(error)) from error
    return tuple(texts)


def write_tables(path: Path, title: str, tables: Iterable[Table], result: Any) -> tuple[Path, ...]:
    """Write an experiment's result: as JSON all of it, as Markdown all tables, as CSV a file for each table.

    Raises:
        UseError: a file cannot be written.

    """
    ending = path.suffix.lower()
    if ending == ".json":
        return write({path: to_json(result)})
    if ending == ".md":
        parts = [f"# {title}", *(f"## {table.name}\n\n{table.to_markdown()}" for table in tables)]
        return write({path: "\n\n".join(part.rstrip("\n") for part in parts) + "\n"})
    texts: dict[Path, str] = {}
    for number, table in enumerate(tables):
        short = re.sub(r"\W+", "-", table.name).strip("-")
        texts[path if not number else path.with_stem(f"{path.stem}-{short}")] = table.to_csv()
    return write(texts)
