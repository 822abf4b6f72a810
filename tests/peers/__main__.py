"""`make bench-peers` and, with `--record`, `make record-peers`."""

import sys

from figures_src.cache import records
from figures_src.exhibits.tools._answers import FILE
from tests.peers import run, show


def main(arguments: list[str]) -> None:
    """Ask all tools, print the tables and, where it is wanted, write the record."""
    answers = run.run()
    print("\n".join(show.page(answers)))
    if arguments == ["--record"]:
        records.write(FILE, records.this_machine(), answers)


if __name__ == "__main__":
    main(sys.argv[1:])
