"""`python -m tests.torture [KIND...]`: disturb builds of a small copy of the project, and count what held."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from figures_src.model.failures import ROOT
from tests.torture import kinds
from tests.torture.patient import Patient, prepared


def main() -> int:
    """Run the kinds that are named, else all; 0 where everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"some of: {', '.join(kinds.KINDS)}")
    parser.add_argument("--seed", type=int, default=kinds.SEED, help="of the moments (default: %(default)s)")
    parser.add_argument("--of", type=Path, default=ROOT, help="the project that is copied (default: this one)")
    chosen = parser.parse_args()
    if unknown := sorted(set(chosen.kinds) - set(kinds.KINDS)):
        parser.error(f"found {', '.join(unknown)}, allowed: {', '.join(kinds.KINDS)}")
    print(f"seed {chosen.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        patient = prepared(Path(folder), chosen.of)
        return sum(_run(name, patient, chosen.seed) for name in chosen.kinds or kinds.KINDS) and 1


def _run(name: str, patient: Patient, seed: int) -> int:
    """Run one kind and print its count, and a line for all that did not hold; how many that are."""
    began = time.monotonic()
    outcomes = list(kinds.KINDS[name](patient, seed))
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    held = len(outcomes) - len(wrong)
    print(f"{name}: {held} of {len(outcomes)} held ({time.monotonic() - began:.0f} s)", flush=True)
    for outcome in wrong:
        print(f"  {outcome.what}: {outcome.wrong}", flush=True)
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
