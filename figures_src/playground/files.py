"""All parts of the grid: measured in parallel, kept one by one, and packed into one file per activation function.

A part that is measured lies in the store at once, so an interrupted run resumes where it stopped, and a run that finds
everything does nothing. The parts go through joblib, so that a grid too large for one machine is spread over whatever
joblib's backends reach. With a Dask cluster whose workers can import this project:

    from dask.distributed import Client
    from joblib import parallel_config
    from figures_src.playground import files

    with Client("tcp://scheduler:8786"), parallel_config(backend="dask"):
        files.make()

after which `make docs` finds everything made. Only the parts' results travel, and the bytes do not depend on where a
part was measured.
"""

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

from figures_src.cache.sources import SourceTree, current
from figures_src.cache.store import Store
from figures_src.playground.packing import pack
from figures_src.playground.rounding import Packed
from figures_src.playground.settings import ACTIVATIONS, Part, Point, parts, points
from gradlab._internal import progress

PART, GRID = "playground-parts", "playground"
VERDICTS = ("healthy", "vanishing", "exploding", "dead", "saturated", "non-finite", "cut off", "inconclusive")
_MEASURING = "figures_src.playground.grid"
_MAKING = "figures_src.playground.files"


def _part_key(part: Part, tree: SourceTree) -> str:
    return tree.fingerprint(tree.closure([_MEASURING]).values(), part.name)


def _grid_key(tree: SourceTree) -> str:
    return tree.fingerprint(tree.closure([_MAKING]).values(), GRID)


def file_name(activation: str) -> str:
    """The name of an activation function's file."""
    return f"{activation}.bin"


def find() -> Path | None:
    """The folder of the packed files where they are made already; without importing PyTorch."""
    return Store().find(GRID, GRID, _grid_key(current()))


def modules() -> list[Path]:
    """The modules that make the files."""
    return list(current().closure([_MAKING]).values())


def find_parts(wanted: Sequence[Part]) -> dict[Part, Path]:
    """The folders of the parts that are measured already."""
    tree, store = SourceTree(), Store()
    found = {part: store.find(PART, part.name, _part_key(part, tree)) for part in wanted}
    return {part: folder for part, folder in found.items() if folder}


def _measured(part: Part) -> tuple[Part, tuple[Packed, ...]]:
    from figures_src.playground.grid import measure

    return part, measure(part)


def _keep(store: Store, key: str, part: Part, content: Sequence[Packed]) -> None:
    rows = [[point.series, point.verdict, point.agreeing] for point in content]

    def write(folder: Path) -> None:
        (folder / "points.json").write_text(json.dumps(rows, separators=(",", ":")), encoding="utf-8")

    store.keep(PART, part.name, key, write)


def _kept(folder: Path) -> list[Packed]:
    rows = json.loads((folder / "points.json").read_text(encoding="utf-8"))
    return [Packed(tuple(map(tuple, series)), verdict, agreeing) for series, verdict, agreeing in rows]


def _is_kept(store: Store, key: str, part: Part) -> bool:
    """Whether a part is in the store; what is no part there is removed."""
    folder = store.find(PART, part.name, key)
    if folder is None:
        return False
    try:
        return bool(_kept(folder))
    except (OSError, ValueError, TypeError):
        store.drop(folder)
        return False


def measure_all(wanted: Sequence[Part] | None = None) -> dict[Point, Packed]:
    """Measure the parts that are not in the store yet, as joblib's configuration says: else one after the other."""
    wanted = parts() if wanted is None else wanted
    tree, store = SourceTree(), Store()
    keys = {part: _part_key(part, tree) for part in wanted}
    missing = [part for part in wanted if not _is_kept(store, keys[part], part)]
    if missing:
        from joblib import Parallel, delayed

        jobs = Parallel(return_as="generator_unordered")(delayed(_measured)(part) for part in missing)
        done = cast(Iterable[tuple[Part, tuple[Packed, ...]]], jobs)
        for _, (part, content) in zip(progress.track(missing, "playground"), done, strict=True):
            _keep(store, keys[part], part, content)
    found: dict[Point, Packed] = {}
    for part in wanted:
        folder = store.find(PART, part.name, keys[part])
        assert folder is not None  # noqa: S101 - kept above
        found.update(zip(part.points(), _kept(folder), strict=True))
    return found


def write_files(folder: Path, measured: dict[Point, Packed]) -> None:
    """Write the packed file of every activation function."""
    from figures_src.playground.remedies import all_remedies

    for activation in ACTIVATIONS:
        own = list(points(activation))
        content = pack([measured[point] for point in own], all_remedies(own, measured), VERDICTS)
        (folder / file_name(activation)).write_bytes(content)


def make() -> Path:
    """Make what is missing; the folder of the packed files."""
    return Store().keep(GRID, GRID, _grid_key(SourceTree()), lambda folder: write_files(folder, measure_all()))


def make_here() -> Path:
    """The same with all processors of this machine."""
    if made := find():
        return made
    from joblib import parallel_config

    with parallel_config(n_jobs=os.cpu_count() or 1):
        return make()
