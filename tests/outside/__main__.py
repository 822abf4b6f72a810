"""`make record-models`: see every network with the probe, train it, and write the record.

`see` runs the probe on every network anew, which takes minutes, and keeps the outcomes that are known. `train` trains
the networks that have none, which takes an hour; with a number of seconds it stops after them, and goes on where it
was when it is called again. `show` prints how today's verdicts and the outcomes agree. Without a word: all three, and
all outcomes anew. With `unseen` the same is done for the held-out set, whose first verdicts stay in its record.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version

import torch

from figures_src.cache import records
from figures_src.exhibits.what_a_verdict_foretells import _outside, _unseen
from figures_src.exhibits.what_a_verdict_foretells._outside import Config, Member, Outside, Recorded
from figures_src.exhibits.what_a_verdict_foretells._unseen import First, Unseen
from tests.outside import bank, recording, show, unseen
from tests.outside.entries import Entry

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


@dataclass(frozen=True)
class Networks:
    """Networks, and the record that they are kept in.

    Attributes:
        entries: how each is built.
        read: what the record has.
        write: puts it there.

    """

    entries: tuple[Entry, ...]
    read: Callable[[], Outside | Unseen]
    write: Callable[[dict[str, str], tuple[Recorded, ...]], object]


def write_bank(versions: dict[str, str], recorded: tuple[Recorded, ...]) -> None:
    """Write the record of the bank."""
    records.write(_outside.FILE, records.this_machine(), Outside(Config(), versions, recorded))


def write_unseen(versions: dict[str, str], recorded: tuple[Recorded, ...]) -> None:
    """Write the record of the held-out set; what the rules said at first sight of a network stays."""
    before: dict[Member, First] = {}
    if _unseen.FILE.exists():
        _, old = _unseen.read()
        before = {one.member: said for one, said in zip(old.recorded, old.first, strict=True)}
    first = tuple(before.get(one.member) or _unseen.first(one) for one in recorded)
    records.write(_unseen.FILE, records.this_machine(), Unseen(Config(), versions, recorded, first))


BANK = Networks(bank.ENTRIES, lambda: _outside.read()[1], write_bank)
UNSEEN = Networks(unseen.ENTRIES, lambda: _unseen.read()[1], write_unseen)


def known(networks: Networks) -> dict[str, Recorded]:
    """The networks of the record, by name; none where it cannot be read."""
    try:
        return {one.member.name: one for one in networks.read().recorded}
    except ValueError as error:
        print(error, file=sys.stderr)
        return {}


def write(networks: Networks, recorded: Iterator[Recorded]) -> None:
    """Write the record."""
    found = tuple(recorded)
    networks.write({name: version(name).partition("+")[0] for name in LIBRARIES}, found)


def is_same(old: Member, new: Member) -> bool:
    """Whether a training of the one is a training of the other."""
    same = ("built", "task", "seed", "fault", "places")
    return all(getattr(old, name) == getattr(new, name) for name in same)


def see(entries: Iterable[Entry], before: dict[str, Recorded]) -> Iterator[Recorded]:
    """Yield every network as the probe sees it today, with the outcome that was known of it."""
    for entry in entries:
        print(entry.name, file=sys.stderr, flush=True)
        old = before.get(entry.name)
        outcome = old.outcome if old is not None and is_same(old.member, entry.member) else None
        yield Recorded(entry.member, outcome, recording.packed_step(entry))


def train(entries: Iterable[Entry], before: dict[str, Recorded], seconds: float) -> Iterator[Recorded]:
    """Yield every network that was seen, with outcomes for as many more as there is time for."""
    end = time.monotonic() + seconds
    for entry in entries:
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
    networks = UNSEEN if "unseen" in arguments else BANK
    what, *more = [argument for argument in arguments if argument != "unseen"] or ["all"]
    if what in ("see", "all"):
        write(networks, see(networks.entries, known(networks) if what == "see" else {}))
    if what in ("train", "all"):
        write(networks, train(networks.entries, known(networks), float(more[0]) if more else float("inf")))
    if what in ("show", "all"):
        print("\n".join(show.page(networks.read())))


if __name__ == "__main__":
    main(sys.argv[1:])
