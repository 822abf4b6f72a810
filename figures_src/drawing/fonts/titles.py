"""The font of the preview cards: a third subset, so that a page's new title draws no figure anew.

It holds what the pages' first headings say, and is made with the figure font by `figures_src.drawing.fonts.make_fonts`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from figures_src.drawing.fonts import ASCII, COMMAND, FULL_WIDTH, PUNCTUATION, ROOT, characters_of, fallback_font

TITLE_FONT = Path(__file__).with_name("NotoSansSC-titles.ttf")
TITLE_FAMILY = "Noto Sans SC Titles"
# With the site's names, which stand on every card.
ALWAYS = f"{ASCII}{PUNCTUATION}{FULL_WIDTH}梯度实验室"

_PAGE_TITLE = re.compile(r"^# (.+?)(?:[ \t]*\{[^{}]*\})?[ \t]*$", re.MULTILINE)
_CELL_TITLE = re.compile(r"^# # (.+?)(?:[ \t]*\{[^{}]*\})?[ \t]*$", re.MULTILINE)


def characters_needed(root: Path = ROOT) -> dict[str, tuple[str, int]]:
    """Every character of the pages' titles beyond ASCII, with its first file and line."""
    found: dict[str, tuple[str, int]] = {}
    for file, title, line in _titles(root):
        for character in title:
            if not character.isascii():
                found.setdefault(character, (file.relative_to(root).as_posix(), line))
    return found


def _titles(root: Path) -> Iterator[tuple[Path, str, int]]:
    docs = root / "docs"
    for file in sorted([*docs.glob("*/*.md"), *docs.glob("notebook.py")]):
        text = file.read_text(encoding="utf-8")
        pattern = _PAGE_TITLE if file.suffix == ".md" else _CELL_TITLE
        for match in pattern.finditer(text):
            yield file, match[1], text.count("\n", 0, match.start()) + 1


def missing(character: str) -> str:
    """The failures of the title font: characters that it lacks."""
    return f"{character!r} (U+{ord(character):04X}) is missing from {TITLE_FONT.name}; run: {COMMAND}"


def missing_characters(root: Path = ROOT) -> tuple[str, ...]:
    """The characters that titles show and no font has, one message each with its place."""
    present = characters_of(TITLE_FONT) | characters_of(fallback_font())
    needed = characters_needed(root)
    return tuple(f"{file}:{line}: {missing(sign)}" for sign, (file, line) in needed.items() if sign not in present)
