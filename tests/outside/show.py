"""How verdicts and outcomes agree, as plain text."""

from collections.abc import Iterable, Iterator

from figures_src.exhibits.foretelling._judged import HEALTHY, INCONCLUSIVE, Judged, judged
from figures_src.exhibits.foretelling._outside import OPTIMIZERS, Outside
from tests.table import aligned


def _counted(networks: list[Judged]) -> tuple[str, ...]:
    by_optimizer = [str(sum(one.outcome.trains(name) for one in networks)) for name in OPTIMIZERS]
    learned = sum(one.outcome.trains() for one in networks)
    whole = sum(one.trains() for one in networks)
    return str(len(networks)), str(whole), str(learned - whole), str(len(networks) - learned), *by_optimizer


def table(networks: Iterable[Judged]) -> Iterator[str]:
    """Yield a row for every verdict."""
    found = list(networks)
    rows = [("verdict", "networks", "train", "in part", "fail", *(f"learned by {name}" for name in OPTIMIZERS))]
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


def page(outside: Outside) -> Iterator[str]:
    """Yield the table, and every network of which verdict and outcome disagree."""
    networks = judged(outside)
    sound = [one for one in networks if not one.member.fault]
    faulty = [one for one in networks if one.member.fault]
    yield f"{len(outside.recorded)} networks seen, {len(networks)} trained; sound:"
    yield from table(sound)
    yield "\nbroken on purpose:"
    yield from table(faulty)
    yield from _listed("False alarms: called ill, and trains", (o for o in networks if o.is_called_ill and o.trains()))
    yield from _listed("Missed: called healthy, and does not train", (o for o in networks if _missed(o)))
    yield from _listed("In doubt", (one for one in networks if one.verdict == INCONCLUSIVE))
    unnamed = [one for one in faulty if not one.is_named]
    yield from _listed("Planted, and not named at its place, does not train", (o for o in unnamed if not o.trains()))
    yield from _listed("Planted, and not named at its place, trains all the same", (o for o in unnamed if o.trains()))


def _missed(one: Judged) -> bool:
    return one.verdict == HEALTHY and not one.trains()
