"""Training on the spirals: the order of the remedies, with margins that no seed of the default comes near."""

import math
import re

import pytest

from gradlab.experiments import spirals
from gradlab.experiments.spirals import Config, Result, Row, RowResult


@pytest.fixture(scope="module")
def default() -> Result:
    return spirals.run()


def _row(result: Result, name: str) -> RowResult:
    return next(row for row in result.rows if row.row.name == name)


@pytest.mark.parametrize("name", ["sigmoid_xavier", "relu_default"])
def test_a_vanished_gradient_learns_nothing(default: Result, name: str) -> None:
    # Only the read-out's bias moves: the loss ends at ln 2, the answer 1/2 for every point.
    assert _row(default, name).final_losses == pytest.approx([math.log(2)] * 3, abs=1e-3)
    assert default.chance_loss == math.log(2)


@pytest.mark.parametrize("name", ["sigmoid_batch_norm", "relu_large_batch_norm", "relu_residual_scaled"])
def test_a_remedy_learns(default: Result, name: str) -> None:
    row = _row(default, name)
    # A tenth of the loss of chance, seen 0.03 and below.
    assert max(row.final_losses) < math.log(2) / 10
    assert row.accuracies == (1.0,) * 3


def test_he_leaves_chance(default: Result) -> None:
    row = _row(default, "relu_he")
    assert max(row.final_losses) < 0.65
    assert row.median_accuracy > 0.7


def test_a_large_learning_rate_does_not_help_a_vanished_gradient(default: Result) -> None:
    assert min(_row(default, "sigmoid_xavier_large_rate").final_losses) > math.log(2)


def test_an_exploding_network_diverges_and_clipping_only_keeps_it_finite(default: Result) -> None:
    assert _row(default, "relu_large").final_losses == (math.inf,) * 3
    assert all(step is not None and step <= 3 for step in _row(default, "relu_large").diverged_at)
    for name in ("relu_large_clip", "relu_large_tiny_rate"):
        row = _row(default, name)
        assert all(math.isfinite(loss) for loss in row.final_losses)
        assert row.median_final_loss > 10
        assert row.median_accuracy < 0.9
        assert row.diverged_at == (None,) * 3


def test_a_residual_connection_of_scale_one_explodes_and_the_scaled_one_learns(default: Result) -> None:
    assert _row(default, "relu_residual").median_final_loss > _row(default, "relu_residual_scaled").final_losses[0]
    assert _row(default, "relu_residual").median_accuracy < 0.6


def test_at_a_hundred_layers_batch_normalization_needs_the_residual_connection(default: Result) -> None:
    plain, residual = (_row(default, name) for name in ("relu_batch_norm_deep", "relu_batch_norm_residual_deep"))
    assert min(plain.final_losses) > 0.4
    assert max(residual.final_losses) < 0.1
    assert residual.accuracies == (1.0,) * 3


def test_rows_come_in_the_order_of_the_configuration(default: Result) -> None:
    assert [row.row for row in default.rows] == list(default.config.rows)


def test_a_row_does_not_depend_on_the_others() -> None:
    rows = (Row("he"), Row("clip", maximum_norm=0.1), Row("sigmoid", activation="sigmoid"))
    small = {"points": 8, "width": 4, "depth": 3, "steps": 5, "seeds": 2}
    among = spirals.run(Config(rows=rows, **small)).rows[1]
    alone = spirals.run(Config(rows=rows[1:2], **small)).rows[0]
    # Batched products of another size may round in another order.
    assert among.final_losses == pytest.approx(alone.final_losses, rel=1e-12)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("points", 7),
        ("points", 2),
        ("width", 0),
        ("depth", 0),
        ("steps", 0),
        ("seeds", 0),
        ("data_seed", -1),
    ],
)
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]


def test_a_name_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^rows: found \['he', 'he'\], allowed: "):
        Config(rows=(Row("he"), Row("he")))


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("name", ""),
        ("activation", "rellu"),
        ("initialization", "hee"),
        ("normalization", "layer"),
        ("sigma_w", -1.0),
        ("learning_rate", 0.0),
        ("maximum_norm", math.nan),
        ("residual_scale", 0.0),
        ("depth", 0),
        ("steps", 0),
    ],
)
def test_a_bad_row_is_refused(argument: str, value: object) -> None:
    values: dict[str, object] = {"name": "row"} | {argument: value}
    with pytest.raises(ValueError, match=rf"^{argument}: found {re.escape(repr(value))}, allowed: "):
        Row(**values)  # type: ignore[arg-type]
