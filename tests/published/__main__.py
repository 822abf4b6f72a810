"""`make record-published`: train every program, ask the probe about it, and write the record.

`ask` keeps the outcomes that are recorded and asks today's probe anew about the programs on which rules are tried, with
the word `apart` about those that are kept apart; `show` prints the record.
"""

import sys
from collections.abc import Iterator

from figures_src.cache import records
from figures_src.exhibits.tools._published import FILE, Config, Published, Recorded, read
from tests.published import running, show
from tests.published.bank import PROGRAMS


def asked(known: Published, *, apart: bool) -> Iterator[Recorded]:
    """Yield the recorded programs, those of one part with what today's probe says of them."""
    before = {one.name: one for one in known.programs}
    for program in PROGRAMS:
        old = before[program.name]
        yield running.asked(program, old, known.config) if old.apart is apart else old


def main(arguments: list[str]) -> None:
    """Do what the arguments say."""
    config = Config()
    if arguments[:1] == ["ask"]:
        known = read()[1]
        records.write(FILE, records.this_machine(), Published(config, tuple(asked(known, apart="apart" in arguments))))
    elif arguments != ["show"]:
        programs = tuple(running.recorded(program, config) for program in PROGRAMS)
        records.write(FILE, records.this_machine(), Published(config, programs))
    print("\n".join(show.page(read()[1])))


if __name__ == "__main__":
    main(sys.argv[1:])
