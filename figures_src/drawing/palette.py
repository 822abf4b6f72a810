"""The colours of figures by role. Each is drawn in a marker colour that later becomes a class of the style sheet.

Both sets have a contrast of at least 3:1 on their ground and stay apart for colour-blind readers; lines differ in dash
or marker as well.
"""

from dataclasses import dataclass

# Properties that can have a role's colour.
PAINTS = ("fill", "stroke")


@dataclass(frozen=True)
class Role:
    """A colour by what it stands for: the marker it is drawn in, the CSS variable, and the colour in both palettes."""

    marker: str
    variable: str
    light: str
    dark: str

    def class_of(self, paint: str) -> str:
        """The class that paints in this colour: fill-ink, stroke-1."""
        return f"{paint}-{self.variable.removeprefix('--figure-')}"


INK = Role("#010101", "--figure-ink", "#1f2328", "#e6e8ee")
MUTED = Role("#020202", "--figure-muted", "#59636e", "#a3acba")
GRID = Role("#030303", "--figure-grid", "#d9dde3", "#3a3f4d")
BAND = Role("#040404", "--figure-band", "#c9d6e2", "#3b4a5e")
SERIES = (
    Role("#0a0a01", "--figure-1", "#0072b2", "#56b4e9"),
    Role("#0a0a02", "--figure-2", "#b35900", "#e69f00"),
    Role("#0a0a03", "--figure-3", "#007a5a", "#2fc79a"),
    Role("#0a0a04", "--figure-4", "#a3347f", "#e58fc0"),
)
ROLES = (INK, MUTED, GRID, BAND, *SERIES)
