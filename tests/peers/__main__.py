"""`make bench-peers` and, with `--record`, `make record-peers`; with `--outside` about the outside bank."""

import sys

from figures_src.cache import records
from figures_src.exhibits.tools import _answers, _outside
from tests.peers import run, show


def main(arguments: list[str]) -> None:
    """Ask all tools, print the tables and, where it is wanted, write the record."""
    outside = "--outside" in arguments
    answers = run.run_outside() if outside else run.run()
    print("\n".join(show.outside(answers) if outside else show.page(answers)))
    if "--record" in arguments:
        records.write((_outside if outside else _answers).FILE, records.this_machine(), answers)


if __name__ == "__main__":
    main(sys.argv[1:])
