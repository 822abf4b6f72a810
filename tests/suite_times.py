"""Share of every room in the time of the tests, as the last `make test` recorded it."""

import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

from figures_src.model.failures import ROOT

# The file that pytest's --junitxml writes in `make test`.
RECORD = ROOT / "build" / "test-times.xml"
ALONE = "tests"


def seconds(record: Path) -> dict[str, float]:
    """The seconds of each room, the longest first: the folder of the tests, or theirs that lie in no folder."""
    found: defaultdict[str, float] = defaultdict(float)
    for case in ET.parse(record).iter("testcase"):
        _, *folders, _ = case.attrib["classname"].split(".")
        found["/".join(folders) or ALONE] += float(case.attrib["time"])
    return dict(sorted(found.items(), key=lambda room: -room[1]))


def shares(record: Path = RECORD) -> str:
    """One line: every room's share of the time of all tests.

    Raises `FileNotFoundError` where no run was recorded.
    """
    rooms = seconds(record)
    total = sum(rooms.values())
    return ", ".join(f"{room} {time / total:.0%}" for room, time in rooms.items())
