"""`python -m figures_src.playground`: measure what is missing of the playground's grid, and pack it."""

import sys

from figures_src.model.failures import BuildFailedError, from_exception
from figures_src.playground.files import make_here


def main() -> int:
    """Make the files; the exit code."""
    try:
        make_here()
    except KeyboardInterrupt:
        return 130  # what was measured is kept
    except Exception as error:
        print(BuildFailedError([from_exception("the playground (figures_src/playground)", error)]), file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
