"""Agreement of verdicts and outcomes, as plain text."""

from collections.abc import Iterable, Iterator

from figures_src.exhibits.what_a_verdict_foretells._judged import (
    HEALTHY,
    INCONCLUSIVE,
    NONE,
    ONE,
    PART,
    WHOLE,
    Judged,
    judged,
)
from figures_src.exhibits.what_a_verdict_foretells._outside import OPTIMIZERS, Outside
from figures_src.exhibits.what_a_verdict_foretells._unseen import Unseen
from tests.table import aligned


def _counted(networks: list[Judged]) -> tuple[str, ...]:
    results = [str(sum(one.result == result for one in networks)) for result in (WHOLE, ONE, PART, NONE)]
    by_optimizer = [str(sum(one.outcome.trains(name) for one in networks)) for name in OPTIMIZERS]
    return str(len(networks)), *results, *by_optimizer


def table(networks: Iterable[Judged]) -> Iterator[str]:
    """Yield a row for every verdict."""
    found = list(networks)
    by_optimizer = (f"learned by {name}" for name in OPTIMIZERS)
    rows = [("verdict", "networks", "learn", "with one", "in part", "do not", *by_optimizer)]
    for verdict in sorted({one.verdict for one in found}):
        rows.append((verdict, *_counted([one for one in found if one.verdict == verdict])))
    rows.append(("all", *_counted(found)))
    yield from aligned(rows)


def _listed(title: str, networks: Iterable[Judged]) -> Iterator[str]:
    found = list(networks)
    yield f"\n{title}: {len(found)}"
    for one in found:
        best = "  ".join(f"{name} {one.outcome.best(name):.3g}" for name in OPTIMIZERS)
        part = f"  still: {', '.join(one.outcome.still[:3])}" if one.outcome.still else ""
        named = [
            f"{finding.verdict} at {finding.starts_at} ({finding.measured:.3g})" for finding in one.report.findings
        ]
        yield f"  {one.member.name}: {one.verdict}  [{best}{part}]  {'; '.join(named)}"


def page(outside: Outside | Unseen) -> Iterator[str]:
    """Yield the table, and every network of which verdict and outcome disagree."""
    networks = judged(outside.recorded)
    sound = [one for one in networks if not one.member.fault]
    faulty = [one for one in networks if one.member.fault]
    yield f"{len(outside.recorded)} networks seen, {len(networks)} trained; sound:"
    yield from table(sound)
    yield "\nbroken on purpose:"
    yield from table(faulty)
    yield from _listed("False alarms: called ill, and both optimizers have all of it learn", filter(_alarm, networks))
    yield from _listed("Called ill, and one optimizer has all of it learn", filter(_hindered, networks))
    yield from _listed("Missed: called healthy, and does not learn as a whole", filter(_missed, networks))
    yield from _listed("In doubt", (one for one in networks if one.verdict == INCONCLUSIVE))
    unnamed = [one for one in faulty if not one.is_named]
    yield from _listed("Planted, does not learn, and is not named at its place", filter(_fails, unnamed))
    yield from _listed("Planted, learns all the same, and is not named", (one for one in unnamed if not _fails(one)))


def _fails(one: Judged) -> bool:
    return one.result in (PART, NONE)


def _alarm(one: Judged) -> bool:
    return one.is_called_ill and one.result == WHOLE


def _hindered(one: Judged) -> bool:
    return one.is_called_ill and one.result == ONE


def _missed(one: Judged) -> bool:
    return one.verdict == HEALTHY and _fails(one)
