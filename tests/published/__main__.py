"""`make record-published`: train every program, ask the probe about it, and write the record; `show` prints it."""

import sys

from figures_src.cache import records
from figures_src.exhibits.tools._published import FILE, Config, Published, read
from tests.published import running, show
from tests.published.bank import PROGRAMS


def main(arguments: list[str]) -> None:
    """Do what the argument says."""
    if arguments != ["show"]:
        config = Config()
        programs = tuple(running.recorded(program, config) for program in PROGRAMS)
        records.write(FILE, records.this_machine(), Published(config, programs))
    print("\n".join(show.page(read()[1])))


if __name__ == "__main__":
    main(sys.argv[1:])
