"""The grid as it is made: resumed, the same wherever it is measured, and what the laboratory gives afresh."""

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from distributed import Client, LocalCluster
from joblib import parallel_config

from figures_src.cache.catalog import Catalog
from figures_src.cache.store import FOLDER_VARIABLE
from figures_src.playground import files, grid, packing
from figures_src.playground.grid import config
from figures_src.playground.remedies import HEALTHY, REMEDIES, changed
from figures_src.playground.rounding import MISSING, SERIES, Packed, rounded
from figures_src.playground.settings import ACTIVATIONS, ARTICLE, Part, Point, points
from gradlab import initialization
from gradlab.experiments._shared import gaussian
from gradlab.experiments.article import layer_profiles
from gradlab.networks import MLPConfig
from tests.project import SIGMOID_CHECKS, copy_project

SMALL = (Part("tanh", 4, 5), Part("relu", 4, 5), Part("relu", 1, 10), Part("sigmoid", 1, 5))
# The packed data of one activation function; the page with them and everything it needs is held to 350 kB elsewhere.
BUDGET = 90_000


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of its own."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "store"))
    return tmp_path / "store"


def kept(store: Path) -> dict[str, bytes]:
    """Every part in a store by name, without its key."""
    return {path.parent.name: path.read_bytes() for path in sorted(store.glob("*/*/points.json"))}


def test_an_interrupted_run_resumes_where_it_stopped(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Part] = []
    measure = grid.measure

    def interrupted(part: Part) -> Sequence[Packed]:
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(part)
        return measure(part)

    monkeypatch.setattr(grid, "measure", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.measure_all(SMALL)
    assert len(kept(store)) >= 1
    before = kept(store)
    seen.clear()

    def counted(part: Part) -> Sequence[Packed]:
        seen.append(part)
        return measure(part)

    monkeypatch.setattr(grid, "measure", counted)
    found = files.measure_all(SMALL)
    assert len(seen) == len(SMALL) - len(before)
    assert list(found) == [point for part in SMALL for point in part.points()]
    assert before.items() <= kept(store).items()
    seen.clear()
    assert files.measure_all(SMALL) == found
    assert seen == []


@pytest.mark.slow
def test_a_dask_cluster_and_this_machine_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    stores = []
    # Processes, as on other machines: nothing reaches them but what travels.
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=folder
        ) as cluster,
        Client(cluster),  # type: ignore[no-untyped-call]
    ):
        for name, settings in (("here", {"n_jobs": 1}), ("cluster", {"backend": "dask"})):
            monkeypatch.setenv(FOLDER_VARIABLE, str(Path(folder) / name))
            with parallel_config(**settings):
                files.measure_all(SMALL)
            stores.append(kept(Path(folder) / name))
    assert len(stores[0]) == len(SMALL)
    assert stores[0] == stores[1]


@pytest.mark.slow  # 8 s
def test_what_goes_wrong_is_said_in_a_line_and_only_a_page_that_shows_it_pays(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project", store=tmp_path / "store")
    project.only("sigmoid")
    project.edit("figures_src/playground/grid.py", "    torch.set", '    raise ValueError("planted")\n    torch.set')
    for language in ("zh", "en"):
        project.edit(f"docs/{language}/index.md", "# Page", f"{SIGMOID_CHECKS}\n\n# Page")
    assert project.run("-c", "from figures_src.make.prepare import prepare; prepare()").returncode == 0
    for language in ("zh", "en"):
        project.edit(f"docs/{language}/index.md", "# Page", '--8<-- "site-playground.md"\n\n# Page')
    broken = project.figures()
    assert broken.returncode == 1
    assert "the playground (figures_src/playground): ValueError: planted" in broken.stderr
    assert "figures_src/playground: ended without its files (exit code 1)" in broken.stderr
    assert "Traceback" not in broken.stderr


@pytest.fixture(scope="module")
def shipped(made: Catalog) -> dict[Point, tuple[Packed, tuple[int, ...]]]:
    """The data that the page loads, unpacked."""
    found: dict[Point, tuple[Packed, tuple[int, ...]]] = {}
    for activation in ACTIVATIONS:
        order = list(points(activation))
        content = (made.folder / "playground" / files.file_name(activation)).read_bytes()
        unpacked = packing.unpack(content, [point.depth for point in order], files.VERDICTS)
        found.update(zip(order, zip(*unpacked, strict=True), strict=True))
    return found


def test_the_data_keep_their_budget(made: Catalog) -> None:
    sizes = {path.name: path.stat().st_size for path in (made.folder / "playground").glob("*")}
    assert set(sizes) == {files.file_name(activation) for activation in ACTIVATIONS}
    assert max(sizes.values()) < BUDGET, sizes


def afresh(point: Point) -> dict[str, list[float]]:
    """A point's gradients and activations over the layers, its seeds run one by one, and not side by side."""
    own = config(point)
    natural = initialization.get(own.initialization).sigma_w(own.width)
    shape = MLPConfig(
        own.width,
        own.depth,
        own.activation,
        own.initialization,
        own.sigma_w or natural,
        None if own.normalization == "none" else own.normalization,
        own.residual_scale,
        bias=own.bias,
    )
    seeds = [gaussian.record_pass(shape, own.batch, seed) for seed in range(own.seeds)]
    values: dict[str, list[float]] = {"gradient_z": [], "gradient_w": [], "activation": []}
    for index in range(own.depth):
        layers = [(records[index], records[-1]) for records in seeds]
        gradients = [layer.dz_norm / last.dz_norm if last.dz_norm else 0.0 for layer, last in layers]
        weights = [layer.dW_norm / last.dW_norm if last.dW_norm else 0.0 for layer, last in layers]
        sizes = [float(layer.a.square().mean().sqrt()) for layer, _ in layers]
        for name, found in zip(values, (gradients, weights, sizes), strict=True):
            values[name].append(sorted(found)[(own.seeds - 1) // 2])
    return values


def test_what_is_shipped_is_what_fresh_networks_give(shipped: dict[Point, tuple[Packed, tuple[int, ...]]]) -> None:
    some = random.Random(2026).sample([point for point in shipped if point.weights != ARTICLE], 24)  # noqa: S311
    for point in some:
        packed, _ = shipped[point]
        for name, values in afresh(point).items():
            for found, value in zip(packed.series[SERIES.index(name)], values, strict=True):
                # Another order of sums may move a value that lies between two steps by one.
                assert abs(found - rounded(value)) <= 1, (point, name)


def test_what_is_shipped_is_what_the_experiment_gives(shipped: dict[Point, tuple[Packed, tuple[int, ...]]]) -> None:
    narrow = [point for point in shipped if point.width < 128]
    wide = [point for point in shipped if point.width == 128]
    rng = random.Random(7)  # noqa: S311
    for point in [*rng.sample(narrow, 30), *rng.sample(wide, 10), Point(weights=ARTICLE, width=1)]:
        result = layer_profiles.run(config(point))
        assert shipped[point][0] == grid.packed(result), point


def test_every_remedy_was_measured_to_help(shipped: dict[Point, tuple[Packed, tuple[int, ...]]]) -> None:
    helped = 0
    for point, (packed, remedies) in shipped.items():
        assert not (packed.verdict == HEALTHY and remedies)
        for number in remedies:
            after = changed(point, REMEDIES[number - 1])
            assert shipped[after][0].verdict == HEALTHY, point
            assert shipped[after][0].agreeing >= after.seeds - 1, point
            helped += 1
    assert helped > 1000


def test_what_a_verdict_says_is_true_wherever_it_stands(shipped: dict[Point, tuple[Packed, tuple[int, ...]]]) -> None:
    for point, (packed, _) in shipped.items():
        if packed.verdict == "inconclusive":
            assert point.width < 128, f"not narrow: {point}"
        if packed.verdict == "dead":
            silent = layer_profiles._measure(config(point)).silent
            assert silent is not None
            assert int((silent.amax(dim=0) == 1).sum()) >= packed.agreeing, f"no layer that is wholly silent: {point}"


def test_every_kind_of_profile_is_there(shipped: dict[Point, tuple[Packed, tuple[int, ...]]]) -> None:
    verdicts = {packed.verdict for packed, _ in shipped.values()}
    everywhere = {"healthy", "vanishing", "exploding", "dead", "inconclusive"}
    # A gradient that is exactly 0 from most seeds is rare enough to hang on a processor's rounding.
    assert everywhere <= verdicts <= everywhere | {"cut off"}
    without = [point for point, (packed, _) in shipped.items() if packed.series[0][0] == MISSING]
    assert all(
        (point.normalization, point.residual != "none") == ("layer", True) or point.weights == ARTICLE
        for point in without
    )
