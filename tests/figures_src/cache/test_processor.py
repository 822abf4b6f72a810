"""The kind of processor: what torch says of itself, found without it."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from figures_src.cache import processor, sources
from figures_src.cache.sources import SourceTree

ASK = "import torch; print(torch.backends.cpu.get_cpu_capability())"


def test_the_capability_is_what_torch_calls_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert processor.capability() == torch.backends.cpu.get_cpu_capability()
    monkeypatch.delenv(processor.VARIABLE, raising=False)
    found = processor.capability()
    for passed_over in ("no such kind", "DEFAULT", ""):
        monkeypatch.setenv(processor.VARIABLE, passed_over)
        assert processor.capability() == found


def test_the_kind_is_that_of_the_machine_and_of_its_processor() -> None:
    assert processor.kind() == {"machine": processor.machine(), "processor": processor.capability()}
    assert processor.machine() == " ".join((os.uname().sysname, os.uname().machine))


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        ({"baseline": ["X86_V2"], "found": ["X86_V3", "X86_V4"]}, "AVX512"),
        ({"baseline": ["X86_V2", "X86_V3"], "not found": ["X86_V4"]}, "AVX2"),
        ({"found": ["NEON"]}, processor.NO_SPECIAL),
    ],
)
def test_instructions_that_numpy_stands_on_or_finds_are_there(
    extensions: dict[str, list[str]], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(processor.VARIABLE, raising=False)
    monkeypatch.setattr(np, "show_config", lambda mode: {"SIMD Extensions": extensions})
    assert processor.capability() == expected


@pytest.mark.parametrize("asked", ["default", "DEFAULT"])
def test_the_capability_is_the_one_that_torch_is_asked_for(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(processor.VARIABLE, asked)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASK], env=os.environ, capture_output=True, text=True, check=True
    )
    assert processor.capability() == done.stdout.strip()


def test_another_kind_of_processor_or_machine_has_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    def key() -> str:
        return SourceTree().fingerprint([])

    # As in a process of its own: what `environment` said once is said to the end.
    monkeypatch.setattr(sources, "environment", sources.environment.__wrapped__)
    monkeypatch.setenv(processor.VARIABLE, "avx2")
    usual = key()
    monkeypatch.setenv(processor.VARIABLE, "default")
    other = key()
    monkeypatch.setattr(processor, "machine", lambda: "another")
    assert len({usual, other, key()}) == 3
