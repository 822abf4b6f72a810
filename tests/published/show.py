"""The record as plain text."""

from collections.abc import Iterator

from figures_src.exhibits.tools._published import Published, Recorded
from tests.table import aligned


def _scores(one: Recorded) -> tuple[str, str]:
    faulty = " ".join(f"{value:.2f}" for value in one.faulty.scores) if one.faulty else "-"
    return faulty, " ".join(f"{value:.2f}" for value in one.patched.scores)


def page(published: Published) -> Iterator[str]:
    """Yield every program with its faults and its scores."""
    rows = [("program", "apart", "faults", "faulty", "patched", "hurts")]
    for one in published.programs:
        hurts = "" if one.faulty is None else "yes" if one.hurts else "no"
        rows.append((one.name, "apart" if one.apart else "", ", ".join(one.faults) or "none", *_scores(one), hurts))
    yield from aligned(rows)
    faulty = [one for one in published.programs if one.faulty]
    yield f"{len(published.programs)} programs, {len(faulty)} with a fault, which hurts in {sum(x.hurts for x in faulty)}"
