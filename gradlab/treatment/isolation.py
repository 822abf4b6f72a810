"""Work on a copy of a model, during which nothing outside of it changes."""

from __future__ import annotations

import copy
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from gradlab.probing import ProbeError


@dataclass(frozen=True, eq=False)
class RandomState:
    """The state of every generator that a training step may draw from.

    Attributes:
        cpu: of PyTorch's.
        cuda: of PyTorch's on every device, empty where CUDA is not in use.
        python: of the module ``random``.
        numpy: of NumPy's; None where it has not been imported, and so no step draws from it.

    """

    cpu: Tensor
    cuda: tuple[Tensor, ...]
    python: Any
    numpy: Any

    @classmethod
    def now(cls) -> RandomState:
        """The states as they are."""
        in_use = torch.cuda.is_available() and bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]
        on_devices = tuple(torch.cuda.get_rng_state_all()) if in_use else ()
        numpy = _numpy()
        drawn = None if numpy is None else numpy.random.get_state()
        return cls(torch.get_rng_state(), on_devices, random.getstate(), drawn)

    def restore(self) -> None:
        """Set every generator back."""
        torch.set_rng_state(self.cpu)
        if self.cuda:
            torch.cuda.set_rng_state_all(list(self.cuda))
        random.setstate(self.python)
        numpy = _numpy()
        if numpy is not None and self.numpy is not None:
            numpy.random.set_state(self.numpy)


def _numpy() -> Any:
    """NumPy, which PyTorch does without; None where nothing has imported it."""
    return sys.modules.get("numpy")


@contextmanager
def undisturbed() -> Iterator[RandomState]:
    """A block after which all random states are as before it."""
    state = RandomState.now()
    try:
        with torch.enable_grad():
            yield state
    finally:
        state.restore()


def copied(model: nn.Module) -> nn.Module:
    """A copy that shares nothing with the model, and has no gradients yet.

    Raises:
        ProbeError: the model cannot be copied.

    """
    try:
        twin = copy.deepcopy(model)
    except Exception as error:
        said = str(error).strip().partition("\n")[0]
        raise ProbeError(
            f"model: {type(model).__name__} cannot be copied ({said}); treat a model right after it was made"
        ) from error
    twin.zero_grad(set_to_none=True)
    return twin
