"""The classics: what is published stands beside what is measured, each from its own source."""

import pytest

from figures_src.exhibits._shared.counts import fewer, half, majority, nearly_all, roughly
from figures_src.exhibits.classics import (
    correlation_depth,
    degradation,
    first_layers,
    matrix_products,
    rectifier_depth,
    standard_initialization,
)
from figures_src.model.language import Text, localizer
from gradlab.experiments.scale.first_layers import STORED_NORMS
from gradlab.experiments.scale.first_layers import Config as LayersConfig
from gradlab.experiments.scale.first_layers import run as run_layers
from gradlab.experiments.scale.matrix_products import Config as ProductsConfig
from gradlab.experiments.scale.matrix_products import run as run_products
from gradlab.experiments.scale.standard_initialization import Config as StandardConfig
from gradlab.experiments.scale.standard_initialization import run as run_standard
from gradlab.experiments.training import trainable_depth
from gradlab.experiments.training.trainable_depth import Kind, Point

SAID = Text(zh="计数", en="counted")


def test_the_ratios_of_the_book_stand_beside_those_of_the_same_layers() -> None:
    result = run_layers(LayersConfig(inputs=20, networks=20, samples=10))
    rows = first_layers.data(result).rows
    assert [row[:2] for row in rows] == [(2, 1), (3, 1), (3, 2), (4, 1), (4, 2), (4, 3)]
    assert rows[4][2] == STORED_NORMS[2][1] / STORED_NORMS[2][2]
    assert first_layers.table(result, localizer("en")).rows[4][:3] == (4, "2/3", "0.246")
    # A book's network that ours do not know makes the check false.
    narrow = run_layers(LayersConfig(width=1, inputs=20, networks=20, samples=10))
    assert not first_layers.checks(narrow)["norms"].holds


def test_a_printed_product_of_another_size_is_told_from_ours() -> None:
    result = run_products(ProductsConfig(factors=50, products=200))
    assert not matrix_products.checks(result)["printed"].holds
    shares = [share for _, share in matrix_products._histogram(run_products(ProductsConfig(products=200)))]
    assert sum(shares) == pytest.approx(1, abs=0.01)


def test_both_initializations_are_told_by_name() -> None:
    result = run_standard(StandardConfig(width=60, batch=5, seeds=2))
    table = standard_initialization.table(result, localizer("en"))
    assert [row[0] for row in table.rows] == [1, 2, 3, 4, 5]
    assert table.rows[-1][1:] == ("1.000", "1.000", "1.000")
    swapped = run_standard(StandardConfig(("xavier", "pytorch_default"), width=60, batch=5, seeds=2))
    assert not standard_initialization.checks(swapped)["gains"].holds


def _trained(kinds: tuple[Kind, ...], depths: tuple[int, ...], learned: bool) -> trainable_depth.Result:
    """A result in which every network has learned at once, or none."""
    config = trainable_depth.Config(kinds=kinds, depths=depths)
    n = config.seeds
    loss, steps = (0.01, 1) if learned else (0.7, None)
    points = tuple(
        Point(kind.name, depth, (loss,) * n, (steps,) * n, ((0.7, loss),) * n) for kind in kinds for depth in depths
    )
    return trainable_depth.Result(config, points)


@pytest.mark.parametrize("learned", [True, False])
def test_networks_that_all_learn_or_all_fail_replicate_nothing(learned: bool) -> None:
    result = _trained(rectifier_depth.CONFIG.kinds, rectifier_depth.CONFIG.depths, learned)
    held = {name: check.holds for name, check in rectifier_depth.checks(result).items()}
    assert (held["deep"], held["stalls"], held["sooner"]) == (learned, False, False)
    result = _trained(degradation.CONFIG.kinds, degradation.CONFIG.depths, learned)
    held = {name: check.holds for name, check in degradation.checks(result).items()}
    assert held == {"plain": False, "residual": learned}
    result = _trained(correlation_depth.CONFIG.kinds, correlation_depth.CONFIG.depths, learned)
    held = {name: check.holds for name, check in correlation_depth.checks(result).items()}
    assert held == {"limit": not learned, "peak": False, "chaotic": not learned}


def test_learned_networks_are_counted_by_scale_and_depth() -> None:
    result = _trained(correlation_depth.CONFIG.kinds, correlation_depth.CONFIG.depths, learned=True)
    assert correlation_depth._deepest(result, 0.7) == 30
    rows = correlation_depth.table(result, localizer("en")).rows
    assert [row[0] for row in rows] == ["0.7", "1", "1.4", "2.5", "4", "8"]
    assert rows[0][2:] == ("4–5", "4–5", "4–5")


def test_a_count_is_told_as_far_as_every_processor_agrees() -> None:
    assert [roughly(count, 5) for count in range(6)] == ["0–1", "0–1", "2–3", "2–3", "4–5", "4–5"]
    assert [nearly_all(count, 10) for count in (0, 7, 8, 10)] == ["0–7", "0–7", "8–10", "8–10"]
    assert {roughly(count, 10) for count in range(11)} == {"0–2", "3–7", "8–10"}
    assert [majority(count, 5).value for count in range(6)] == [0, 1, 2, 3, 3, 3]
    assert [majority(count, 10).value for count in (5, 6, 7, 10)] == [5, 6, 6, 6]
    assert [half(count, 10).replace("\N{NO-BREAK SPACE}", " ") for count in (5, 6)] == ["≤ 5", "> 5"]
    checks = [fewer(count, 34, SAID, SAID, "source") for count in (0, 3, 8, 9, 17)]
    assert [(check.measured.value, check.holds) for check in checks] == [*[(8, True)] * 3, (9, True), (17, False)]
    assert half(3, 5).replace("\N{NO-BREAK SPACE}", " ") == "> 2"
