"""A module of the laboratory that cannot be imported is told once, and what stands on it is not tried."""

from pathlib import Path

import pytest

from figures_src.make import workers
from figures_src.model.failures import Failure

BROKEN = "gradlab/networks.py"


def test_what_stands_on_a_broken_module_is_not_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PRELOADED", [])

    def making(name: str) -> Failure | None:
        (tmp_path / name).touch()
        return Failure(f"{BROKEN}:3", "NameError: x", importing=BROKEN) if name != "tool_words" else None

    # The first two stand on networks, the third does not.
    assert workers.make(["fan", "explosion", "tool_words"], 1, making) == [Failure(f"{BROKEN}:3", "NameError: x")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fan", "tool_words"]
