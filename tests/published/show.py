"""The record as plain text."""

from collections.abc import Iterator

from figures_src.exhibits.tools._published import JUDGEMENTS, Published, Recorded
from tests.table import aligned


def _scores(one: Recorded) -> tuple[str, str]:
    faulty = " ".join(f"{value:.2f}" for value in one.faulty.scores) if one.faulty else "-"
    return faulty, " ".join(f"{value:.2f}" for value in one.patched.scores)


def page(published: Published) -> Iterator[str]:
    """Yield every program with its scores and what the probe names, and the counts."""
    rows = [("program", "faults", "faulty", "patched", "hurts", "judged", "named", "noted", "named of patched")]
    for one in published.programs:
        faulty = one.faulty
        rows.append(
            (
                f"{one.name}{' (apart)' if one.apart else ''}",
                ", ".join(one.faults) or "none",
                *_scores(one),
                "" if faulty is None else "yes" if one.hurts else "no",
                one.judgement,
                ", ".join(faulty.hindering) if faulty else "",
                ", ".join(faulty.notes) if faulty else "",
                ", ".join((*one.patched.hindering, *(f"({name})" for name in one.patched.notes))),
            )
        )
    yield from aligned(rows)
    for title, apart in (("all", None), ("tried on", False), ("kept apart", True)):
        yield f"{title}: " + ", ".join(f"{name} {published.judged(name, apart=apart)}" for name in JUDGEMENTS)
    yield f"patched called ill: {', '.join(published.alarms) or 'none'}"
