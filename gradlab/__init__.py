"""A laboratory for vanishing and exploding gradients: networks, initializations, closed forms, experiments, a probe.

Submodules, :func:`probe` and :func:`treat` are imported on first access, so ``import gradlab`` alone does not import
PyTorch.
"""

from typing import TYPE_CHECKING

from gradlab._internal.lazy import submodules

if TYPE_CHECKING:
    from gradlab.probing import probe as probe
    from gradlab.treatment import treat as treat

# Only what `from gradlab import *` and `dir(gradlab)` promise; the modules are found in the folder.
__all__, __getattr__, __dir__ = submodules(
    __name__, __path__, {"probe": "gradlab.probing", "treat": "gradlab.treatment"}
)
