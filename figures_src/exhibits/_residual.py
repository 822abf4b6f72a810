"""Shared by the exhibits of residual networks: the profiles of the branch and their drawing."""

from figures_src.language import Text
from figures_src.style import FIRST, FOURTH, SECOND

UNSCALED = Text(zh="支路 × 1", en="branch × 1")
SCALED = Text(zh="支路 × 1/√L", en="branch × 1/√L")
NORMALIZED = Text(zh="支路有 BN", en="BN in the branch")
BRANCHES = {
    "one": (UNSCALED, FIRST, "o", "-"),
    "inverse_sqrt_depth": (SCALED, SECOND, "s", "--"),
    "batch_norm": (NORMALIZED, FOURTH, "D", "-."),
}
"""Label, colour, marker and line; the keys are those of ``gradlab.experiments.residual_depth.KINDS``."""
