"""A laboratory for vanishing and exploding gradients: networks, initializations, closed forms, experiments.

Submodules are imported on first access, so ``import gradlab`` alone does not import PyTorch.
"""

from gradlab.lazy import submodules

# Only what `from gradlab import *` and `dir(gradlab)` promise; the modules are found in the folder.
__all__, __getattr__, __dir__ = submodules(__name__, __path__)
