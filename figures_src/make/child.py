"""A process that `children.run` starts: it ends with the one that started it, and runs a module as a program."""

import runpy
import sys
from collections.abc import Sequence

from figures_src.make import children
from gradlab._internal.ending import EndedError, exit_code, heeded


def main(arguments: Sequence[str]) -> int:
    """Attach this process to the one that started it, and run the module that is named; the exit code."""
    lifeline, answer, module, *others = arguments
    children.attach(int(lifeline), int(answer))
    sys.argv = [module, *others]
    try:
        with heeded():
            runpy.run_module(module, run_name="__main__", alter_sys=True)
    except EndedError as ended:
        return exit_code(ended)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
