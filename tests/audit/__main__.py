"""`make audit`: run the checks on the built site, and tell everything that failed together at the end.

With names behind it, only these checks run: `python -m tests.audit links weight`; `every` stands for all, those of the
night too.
"""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from figures_src.model.failures import BuildFailedError, Failure, unknown
from figures_src.site.build import repository_url, site_url
from tests.audit import links, markup, scripts, speed, spelling, typography, weight
from tests.audit.tools import ToolError
from tests.serving import PUBLISHED, Site, served
from tests.tested_site import REPOSITORY, site_folder

CHECKS: dict[str, Callable[[Site], list[Failure]]] = {
    "scripts": lambda site: scripts.check(),
    "links": links.check,
    "spelling": spelling.check,
    "typography": typography.check,
    "markup": markup.check,
    "weight": weight.check,
    "listings": weight.check_listings,
    "speed": speed.check,
}
# They watch for the moment when nothing happens any more, and so have the machine for themselves.
ALONE = ("weight", "listings", "speed")
AT_NIGHT = ("listings",)
EVERY = "every"


def checked(name: str, site: Site) -> list[Failure]:
    """Run one check and say how it went; a tool that fails is a failure too."""
    started = time.monotonic()
    try:
        found = CHECKS[name](site)
    except ToolError as error:
        found = [Failure(name, str(error))]
    print(f"{name}: {len(found) or 'no'} failure{'' if len(found) == 1 else 's'}, {time.monotonic() - started:.0f} s")
    sys.stdout.flush()
    return found


def audited(names: Sequence[str]) -> list[Failure]:
    """Everything that checks find on the site, built for the address in the environment or for that of the tests.

    Raises `BuildFailedError` where the site cannot be built.
    """
    published = site_url() or PUBLISHED
    with (
        served(site_folder(published, repository_url() or REPOSITORY), published) as site,
        ThreadPoolExecutor(2) as pool,
    ):
        together = list(pool.map(lambda name: checked(name, site), [name for name in names if name not in ALONE]))
        alone = [checked(name, site) for name in names if name in ALONE]
        return [failure for found in (*together, *alone) for failure in found]


def main(names: Iterable[str]) -> int:
    """Run the checks of these names, or those of the day; the exit code."""
    asked = tuple(names)
    wanted = tuple(CHECKS) if asked == (EVERY,) else asked or tuple(name for name in CHECKS if name not in AT_NIGHT)
    wrong = [Failure("audit", unknown("check", name, CHECKS)) for name in wanted if name not in CHECKS]
    try:
        wrong = wrong or audited(wanted)
    except BuildFailedError as failed:
        wrong = list(failed.failures)
    if wrong:
        print(BuildFailedError(wrong).summary(), file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
