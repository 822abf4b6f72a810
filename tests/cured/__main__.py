"""`make record-cures`: treat every ill network of the bank, and write the record.

With a number of seconds it stops after them, and goes on where it was when it is called again.
"""

import sys
import time

import torch

from figures_src.cache import records
from figures_src.exhibits.cures import _whole
from figures_src.exhibits.cures._treated import Config
from figures_src.exhibits.cures._whole import Kept, Whole
from gradlab.experiments.diagnosis import cures


def known() -> dict[str, Kept]:
    """The cases of the record, by name; none without a record."""
    return {case.name: case for case in _whole.read()[1].cases} if _whole.FILE.exists() else {}


def main(arguments: list[str]) -> None:
    """Treat what is not recorded yet, or without a number of seconds all."""
    torch.set_num_threads(1)
    config = Config()
    members = cures.ill(config.treated)
    end = time.monotonic() + float(arguments[0]) if arguments else float("inf")
    kept = known() if arguments else {}
    for member in members:
        if member.name not in kept and time.monotonic() < end:
            kept[member.name] = Kept.of(cures.treated(member, config.treated))
            cases = tuple(kept[one.name] for one in members if one.name in kept)
            records.write(_whole.FILE, records.this_machine(), Whole(config, cases))
    print(f"{len(kept)} of {len(members)} recorded; not cured: ", end="")
    print(*(case.name for case in kept.values() if case.remedies and not case.cured), sep=", ")


if __name__ == "__main__":
    main(sys.argv[1:])
