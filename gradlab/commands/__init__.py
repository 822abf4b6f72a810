"""The command line: `gradlab demo`, `gradlab diagnose`, `gradlab experiment`.

Needs Typer and rich, which the extra `cli` installs; everything else of gradlab needs PyTorch alone.

    application   the program: its commands and options, and its errors in one line
    choice        which language, from the arguments and the environment
    loading       the user's object by its name, and the frame of the user's code in which something failed
    inputs        inputs of the shapes on the command line, and the loss
    diagnose      one or more training steps under the probe
    terminal      a report or a table with colour, as wide as the terminal
    page          a report as one HTML or Markdown file
    experiments   any experiment as a command, its settings as options
    tables        tables from any frozen result
    figure        a figure from such tables
    wording       every sentence, in both languages
"""

from __future__ import annotations

import sys

_NEEDED = ("typer", "rich")


def main() -> None:
    """Run the program with the arguments of the process, and exit: 0 healthy or done, 1 a finding, 2 bad use."""
    try:
        from gradlab.commands.application import run
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _NEEDED:
            raise
        sys.stderr.write(f"gradlab: {missing} is not installed; run: pip install {' '.join(_NEEDED)}\n")
        raise SystemExit(2) from None
    raise SystemExit(run(sys.argv[1:]))
