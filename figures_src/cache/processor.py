"""The kind of processor that results are computed on, as far as their last digits depend on it.

Rounding differs between kinds: torch has loops of its own for each, which sum in another order. Where a result hangs on
its last digits, as that of a training does whose steps are too long, it differs as a whole.
"""

import os
import platform
from functools import cache

import numpy as np

# Tells torch to take the loops of another kind.
VARIABLE = "ATEN_CPU_CAPABILITY"
# torch's names of its loops, and numpy's of the instructions that they need.
_NEEDED = {"AVX512": "X86_V4", "AVX2": "X86_V3"}
NO_SPECIAL = "DEFAULT"
CAPABILITIES = (*_NEEDED, NO_SPECIAL)


@cache
def machine() -> str:
    """The system and the kind of machine, such as `Linux x86_64` or `Darwin arm64`: libraries are built for both."""
    return f"{platform.system()} {platform.machine()}"


def capability() -> str:
    """The name in torch of the loops that it takes here, `torch.backends.cpu.get_cpu_capability()`.

    Found without torch, which a warm build never imports: numpy looks at the processor as well.
    """
    # Torch passes over any other word, capitals included.
    asked = {name.lower(): name for name in CAPABILITIES}.get(os.environ.get(VARIABLE, ""))
    if asked:
        return asked
    found = np.show_config(mode="dicts")["SIMD Extensions"]
    has = {*found.get("baseline", ()), *found.get("found", ())}
    return next((name for name, needed in _NEEDED.items() if needed in has), NO_SPECIAL)


def kind() -> dict[str, str]:
    """All that a result's last digits depend on besides the versions of libraries."""
    return {"machine": machine(), "processor": capability()}
