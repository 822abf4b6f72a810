"""A laboratory for vanishing and exploding gradients: networks, initializations, closed forms, experiments, a probe.

Submodules, and :func:`probe`, are imported on first access, so ``import gradlab`` alone does not import PyTorch.
"""

from typing import TYPE_CHECKING, Any

from gradlab.lazy import submodules

if TYPE_CHECKING:
    from gradlab.probing import probe as probe

# Only what `from gradlab import *` and `dir(gradlab)` promise; the modules are found in the folder.
_names, _load, _list = submodules(__name__, __path__)
__all__ = (*_names, "probe")


def __getattr__(name: str) -> Any:
    if name == "probe":
        from gradlab.probing import probe

        return probe
    return _load(name)


def __dir__() -> list[str]:
    return [*_list(), "probe"]
