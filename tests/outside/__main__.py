"""`make record-models`: see every network with the probe, train it, and write the record.

`see` runs the probe on every network anew, which takes minutes, and keeps the outcomes that are known. `train` trains
the networks that have none, which takes an hour; with a number of seconds it stops after them, and goes on where it
was when it is called again. `show` prints how today's verdicts and the outcomes agree. Without a word: all three, and
all outcomes anew.
"""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version

import torch

from figures_src.cache import records
from figures_src.exhibits.what_a_verdict_foretells._outside import FILE, Config, Member, Outside, Recorded, read
from tests.outside import recording, show
from tests.outside.bank import ENTRIES

LIBRARIES = (
    "diffusers",
    "rtdl-revisiting-models",
    "segmentation-models-pytorch",
    "siren-pytorch",
    "stable-baselines3",
    "timm",
    "torch",
    "torch-geometric",
    "torchvision",
    "transformers",
)


def known() -> dict[str, Recorded]:
    """What the record has, by name."""
    return {one.member.name: one for one in read()[1].recorded} if FILE.exists() else {}


def write(recorded: list[Recorded]) -> None:
    """Write the record."""
    versions = {name: version(name).partition("+")[0] for name in LIBRARIES}
    records.write(FILE, records.this_machine(), Outside(Config(), versions, tuple(recorded)))


def is_same(old: Member, new: Member) -> bool:
    """Whether a training of the one is a training of the other."""
    same = ("built", "task", "seed", "fault", "places")
    return all(getattr(old, name) == getattr(new, name) for name in same)


def see(before: dict[str, Recorded]) -> Iterator[Recorded]:
    """Yield every network as the probe sees it today, with the outcome that was known of it."""
    for entry in ENTRIES:
        print(entry.name, file=sys.stderr, flush=True)
        old = before.get(entry.name)
        outcome = old.outcome if old is not None and is_same(old.member, entry.member) else None
        yield Recorded(entry.member, outcome, recording.packed_step(entry))


def train(before: dict[str, Recorded], seconds: float) -> Iterator[Recorded]:
    """Yield every network that was seen, with outcomes for as many more as there is time for."""
    end = time.monotonic() + seconds
    for entry in ENTRIES:
        one = before.get(entry.name)
        if one is not None and one.outcome is None and time.monotonic() < end:
            begun = time.monotonic()
            one = replace(one, outcome=recording.outcome(entry, one.step, Config()))
            print(f"{time.monotonic() - begun:6.1f} s  {entry.name}: {one.outcome}", file=sys.stderr, flush=True)
        if one is not None:
            yield one


def main(arguments: list[str]) -> None:
    """Do what the arguments say."""
    torch.set_num_threads(1)
    os.environ["HF_HUB_OFFLINE"] = "1"
    what = arguments[0] if arguments else "all"
    if what in ("see", "all"):
        write(list(see(known() if what == "see" else {})))
    if what in ("train", "all"):
        write(list(train(known(), float(arguments[1]) if arguments[1:] else float("inf"))))
    if what in ("show", "all"):
        print("\n".join(show.page(read()[1])))


if __name__ == "__main__":
    main(sys.argv[1:])
