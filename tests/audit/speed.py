"""Speed, accessibility, good practice and findability, as Lighthouse scores them on a slow phone.

What accessibility, good practice and findability score does not vary: one run tells it, and is the first of those that
tell the performance. That varies from run to run, so its median of three counts; two runs on the same side of the
limit decide it, and then there is no third; where three runs find a page slow, the median of nine tells whether it is.
Nothing makes a run too fast: one that is clearly above the limit decides alone.
Pages of one kind have the same parts in both languages: where one run finds the page of the second language fast, there
is no other.

Other work on the machine takes up to 20 points and never adds one. Lighthouse measures the machine before each run:
where that shows other work, or a processor too slow for the limit, one fast run is enough, and without one the page is
not judged, and that is said.
"""

import atexit
import functools
import json
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from figures_src.model.failures import ROOT, Failure
from figures_src.model.language import LANGUAGES
from figures_src.site.browser import executable, flags
from gradlab._internal.progress import track
from tests.audit.tools import NODE, NODE_MODULES, ToolError
from tests.serving import Site
from tests.table import aligned

LIGHTHOUSE = Path(__file__).with_name("lighthouse.mjs")
# One page of each kind.
KINDS = {
    "article": "",
    "lesson": "sigma-w-map/",
    "evidence": "evidence/",
    "playground": "playground/",
    "notebook": "notebook/",
}
LEAST_PERFORMANCE = 95
PERFECT = ("accessibility", "best-practices", "seo")
CLEARLY_FAST = LEAST_PERFORMANCE + 3
SHIFT_LIMIT = 0.01
# Number of runs that the median is taken of: at first, and where it falls short.
RUNS, MORE_RUNS = 3, 9
# Of the highest benchmark of the machine: seen 0.88 and more on an idle one, down to 0.37 beside other work.
UNDISTURBED = 0.8
# With a lower benchmark a processor is too slow for the limit: between 2,000 and 2,400 pages got 81 to 95 points that
# get 97 to 99 on others, with nothing else at work.
FAST_ENOUGH = 2600
RECORDS = ROOT / "build"
Verdict = Literal["fast", "slow", "not judged"]


@dataclass(frozen=True)
class Run:
    """One run of Lighthouse: scores out of 100, times in milliseconds, and failed audits, by category.

    The benchmark is that of the machine, in Lighthouse's own unit, right before the run.
    """

    scores: dict[str, int]
    layout_shift: float
    largest_paint: float
    blocking_time: float
    bytes: int
    benchmark: float
    faults: dict[str, tuple[str, ...]]

    @property
    def fast(self) -> bool:
        """Whether the performance of this run would do."""
        return self.scores["performance"] >= LEAST_PERFORMANCE


@dataclass(frozen=True)
class Scores:
    """All runs on one page."""

    page: str
    runs: tuple[Run, ...]
    verdict: Verdict

    @property
    def performance(self) -> float:
        """The median; where two runs on the same side of the limit made the third needless, the lower of them."""
        return statistics.median_low(run.scores["performance"] for run in self.runs)


def check(site: Site) -> list[Failure]:
    """Every page of the chosen kinds that falls short in accessibility, practice or findability, moves, or is slow."""
    wanted = [f"{language}/{page}" for language in LANGUAGES for page in KINDS.values()]
    missing = [page for page in wanted if not (site.folder / page / "index.html").is_file()]
    scored: list[Scores] = []
    for page in track([page for page in wanted if page not in missing], "Lighthouse"):
        scored.append(measured(site, page, [run.benchmark for scores in scored for run in scores.runs]))
    RECORDS.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(scores) for scores in scored], indent=1)
    (RECORDS / "lighthouse.json").write_text(text, encoding="utf-8")
    print("\n".join([*table(scored), *unjudged(scored)]))
    found = [failure for scores in scored for failure in (*shortcomings(scores), *slowness(scores))]
    return [*found, *(Failure(page, "is to be measured by Lighthouse, and is not there") for page in missing)]


def measured(site: Site, page: str, benchmarks: Sequence[float] = ()) -> Scores:
    """Run Lighthouse on a page until everything is known of it; the benchmarks are those of earlier runs."""
    runs = [run_once(site, page, ("performance", *PERFECT))]
    like_another = not page.startswith(f"{LANGUAGES[0]}/")
    while not (verdict := judged(runs, benchmarks, like_another=like_another)):
        runs.append(run_once(site, page, ("performance",)))
    return Scores(page, tuple(runs), verdict)


def judged(runs: Sequence[Run], benchmarks: Sequence[float] = (), *, like_another: bool) -> Verdict | None:
    """Verdict of the runs on a page's performance; None where another run is needed.

    The first run alone is enough where it is clearly fast, or fast on a page that is like another that is measured.
    """
    enough = LEAST_PERFORMANCE if like_another else CLEARLY_FAST
    first, fast = (sum(run.fast for run in some) for some in (runs[:RUNS], runs))
    if first > RUNS / 2 or fast > MORE_RUNS / 2 or runs[0].scores["performance"] >= enough:
        return "fast"
    if not disturbed(runs, benchmarks):
        return "slow" if len(runs) - fast > MORE_RUNS / 2 else None
    if fast and len(runs) >= RUNS:
        return "fast"
    return "not judged" if len(runs) >= MORE_RUNS else None


def disturbed(runs: Sequence[Run], benchmarks: Sequence[float] = ()) -> bool:
    """Whether other work slowed the machine down before any of the runs, or it is too slow by itself."""
    own = [run.benchmark for run in runs]
    return min(own) < max(FAST_ENOUGH, UNDISTURBED * max([*own, *benchmarks]))


def run_once(site: Site, page: str, categories: Iterable[str]) -> Run:
    """Run Lighthouse on a page in a fresh browser.

    Raises `ToolError` where it could not load the page.
    """
    asked = {
        "url": f"{site.address}{page}",
        "categories": tuple(categories),
        "chrome": executable(),
        "flags": ("--headless", *flags()),
    }
    lighthouse = _lighthouse()
    assert lighthouse.stdin
    assert lighthouse.stdout
    print(json.dumps(asked), file=lighthouse.stdin, flush=True)
    answer = lighthouse.stdout.readline()
    report = json.loads(answer) if answer else {"error": "ended without an answer"}
    if "error" in report:
        raise ToolError(f"lighthouse on {page}: {report['error']}")
    return read(report)


@functools.cache
def _lighthouse() -> subprocess.Popen[str]:
    """The process of Node that Lighthouse runs in; it ends with this one."""
    command = [str(part) for part in (NODE, LIGHTHOUSE, NODE_MODULES)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    atexit.register(process.communicate)
    return process


def read(report: dict[str, Any]) -> Run:
    """The few things in a report that are judged or shown."""
    categories, audits = report["categories"], report["audits"]
    return Run(
        scores={name: round(100 * category["score"]) for name, category in categories.items()},
        layout_shift=audits["cumulative-layout-shift"]["numericValue"],
        largest_paint=audits["largest-contentful-paint"]["numericValue"],
        blocking_time=audits["total-blocking-time"]["numericValue"],
        bytes=audits["total-byte-weight"]["numericValue"],
        benchmark=report["environment"]["benchmarkIndex"],
        faults={name: _faults(category, audits) for name, category in categories.items() if name in PERFECT},
    )


def _faults(category: dict[str, Any], audits: dict[str, Any]) -> tuple[str, ...]:
    asked = [audits[part["id"]] for part in category["auditRefs"] if part["weight"]]
    return tuple(audit["id"] for audit in asked if audit["score"] is not None and audit["score"] < 1)


def shortcomings(scores: Scores) -> list[Failure]:
    """The scores of a page that are too low, whatever the machine."""
    first = scores.runs[0]
    found = [
        f"{name} {first.scores[name]}, allowed: 100; at fault: {', '.join(first.faults[name])}"
        for name in PERFECT
        if first.scores[name] < 100
    ]
    if first.layout_shift >= SHIFT_LIMIT:
        found.append(f"cumulative layout shift {first.layout_shift:.3f}, allowed: below {SHIFT_LIMIT}")
    return [Failure(scores.page, what) for what in found]


def slowness(scores: Scores) -> list[Failure]:
    """The performance of a page that is too low, or nothing."""
    if scores.verdict != "slow":
        return []
    return [Failure(scores.page, f"performance {scores.performance:.0f}, allowed: at least {LEAST_PERFORMANCE}")]


def unjudged(scored: Iterable[Scores]) -> Iterable[str]:
    """A line for each page that other work on the machine kept from being judged."""
    for scores in scored:
        if scores.verdict == "not judged":
            low, high = (choose(run.benchmark for run in scores.runs) for choose in (min, max))
            seen = (
                f"beside other work or on a slow processor (the machine's benchmark went from {low:.0f} to {high:.0f})"
            )
            yield f"{scores.page}: performance {scores.performance:.0f}, not judged {seen}"


def table(scored: Iterable[Scores]) -> Iterable[str]:
    """One row for each page, with the performance of every run."""
    names = ("performance", "accessibility", "best practices", "SEO", "shift", "paint s", "blocked ms", "kB", "machine")
    rows: list[tuple[str, ...]] = [("page", *names)]
    for scores in scored:
        first = scores.runs[0]
        fast = " ".join(str(run.scores["performance"]) for run in scores.runs)
        times = f"{first.largest_paint / 1000:.2f}", f"{first.blocking_time:.0f}", f"{first.bytes / 1000:.1f}"
        machine = f"{first.benchmark:.0f}"
        perfect = (str(first.scores.get(name, "")) for name in PERFECT)
        rows.append((scores.page, fast, *perfect, f"{first.layout_shift:.4f}", *times, machine))
    return aligned(rows)
