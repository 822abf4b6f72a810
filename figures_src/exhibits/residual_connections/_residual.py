"""Shared by the exhibits of residual networks: the profiles of the branch and their drawing."""

from figures_src.drawing.style import FIRST, FOURTH, SECOND
from figures_src.model.language import Text

UNSCALED = Text(zh="分支 × 1", en="branch × 1")
SCALED = Text(zh="分支 × 1/√L", en="branch × 1/√L")
NORMALIZED = Text(zh="分支有 BN", en="BN in the branch")
BRANCHES = {
    "one": (UNSCALED, FIRST, "o", "-"),
    "inverse_sqrt_depth": (SCALED, SECOND, "s", "--"),
    "batch_norm": (NORMALIZED, FOURTH, "D", "-."),
}
"""Label, colour, marker and line; the keys are those of ``gradlab.experiments.architecture.residual_depth.KINDS``."""
