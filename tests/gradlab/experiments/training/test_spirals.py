"""Training on the spirals: the order of the remedies, with margins that no seed of the default comes near."""

import math
import re
from statistics import median

import pytest

from figures_src.cache.results import measured
from gradlab import estimates
from gradlab.experiments.training import spirals
from gradlab.experiments.training.spirals import Config, Result, Row, RowResult


@pytest.fixture(scope="module")
def default() -> Result:
    # The pages need it too: what their store holds of these very sources is not trained again.
    return measured(spirals, Config())


def _row(result: Result, name: str) -> RowResult:
    return next(row for row in result.rows if row.row.name == name)


@pytest.mark.parametrize(
    "name",
    [
        "sigmoid_xavier",
        "sigmoid_layer_norm",
        "sigmoid_adam",
        "sigmoid_clip",
        "sigmoid_large_inputs",
        "relu_default",
        "tanh_default",
    ],
)
def test_a_vanished_gradient_learns_nothing(default: Result, name: str) -> None:
    # Only the read-out's bias moves: the loss ends at ln 2, the answer 1/2 for every point.
    assert _row(default, name).final_losses == pytest.approx([math.log(2)] * 5, abs=1e-3)
    assert default.chance_loss == math.log(2)


@pytest.mark.parametrize(
    "name",
    [
        "sigmoid_batch_norm",
        "relu_large_batch_norm",
        "relu_residual_scaled",
        "relu_default_batch_norm",
        "relu_default_residual",
        "relu_he_adam",
        "tanh_xavier",
        "tanh_orthogonal",
        "tanh_residual",
    ],
)
def test_a_remedy_learns(default: Result, name: str) -> None:
    row = _row(default, name)
    # What the pages call learning, a fifth of the loss of chance: the median over the last steps of every seed, and no
    # single step of a single seed.
    assert max(row.final_losses) < math.log(2) / 5
    assert row.median_accuracy == 1.0


def test_he_leaves_chance(default: Result) -> None:
    row = _row(default, "relu_he")
    # Plain gradient descent leaves the seeds far apart, and now and then one overflows.
    assert row.median_final_loss < math.log(2)
    assert min(row.final_losses) < math.log(2) / 10


def test_a_large_learning_rate_does_not_help_a_vanished_gradient(default: Result) -> None:
    assert min(_row(default, "sigmoid_xavier_large_rate").final_losses) > math.log(2)


def test_an_exploding_network_diverges_and_clipping_only_keeps_it_finite(default: Result) -> None:
    assert _row(default, "relu_large").final_losses == (math.inf,) * 5
    assert all(step is not None and step <= 3 for step in _row(default, "relu_large").diverged_at)
    for name in ("relu_large_clip", "relu_large_tiny_rate"):
        row = _row(default, name)
        assert all(math.isfinite(loss) for loss in row.final_losses)
        assert row.median_final_loss > 10
        assert row.median_accuracy < 0.9
        assert row.diverged_at == (None,) * 5


def test_a_residual_connection_of_scale_one_explodes_and_the_scaled_one_learns(default: Result) -> None:
    assert _row(default, "relu_residual").median_final_loss > _row(default, "relu_residual_scaled").final_losses[0]
    assert _row(default, "relu_residual").median_accuracy < 0.6


def test_at_forty_layers_batch_normalization_needs_the_residual_connection(default: Result) -> None:
    plain, residual = (_row(default, name) for name in ("relu_batch_norm_deep", "relu_batch_norm_residual_deep"))
    assert min(plain.final_losses) > 0.4
    assert max(residual.final_losses) < 0.1
    assert residual.accuracies == (1.0,) * 5


def test_the_factor_before_training_is_the_predicted_one(default: Result) -> None:
    compared = [row for row in default.rows if row.predicted_factor is not None]
    assert len(compared) > 20
    for row in compared:
        measured = estimates.geometric_mean(row.factors)
        assert row.predicted_factor is not None
        # 4 standard errors of 5 seeds, and 5/(4 n) for the width of 32.
        allowed = 4 * measured.standard_error + 5 / (4 * 32) * row.predicted_factor
        assert measured.value == pytest.approx(row.predicted_factor, abs=allowed), row.row.name


def test_the_prediction_where_it_has_a_closed_form(default: Result) -> None:
    he_blocks = {"relu_residual": math.sqrt(2), "relu_residual_scaled": math.sqrt(1.05)}
    plain = {"relu_he": 1.0, "relu_default": math.sqrt(1 / 6), "relu_large": 2.0, "relu_default_layer_norm": 1.0}
    for name, factor in (plain | he_blocks).items():
        assert _row(default, name).predicted_factor == pytest.approx(factor, rel=1e-9)
    for name in ("sigmoid_batch_norm", "relu_batch_norm_deep", "relu_batch_norm_residual_deep"):
        assert _row(default, name).predicted_factor is None


def test_what_changes_only_the_step_leaves_the_first_gradient(default: Result) -> None:
    untreated = _row(default, "sigmoid_xavier")
    for name in ("sigmoid_adam", "sigmoid_clip", "sigmoid_xavier_large_rate"):
        assert _row(default, name).factors == untreated.factors
        assert _row(default, name).first_losses == pytest.approx(untreated.first_losses, rel=1e-12)


def test_deep_networks_without_batch_normalization_see_one_direction(default: Result) -> None:
    for name in ("relu_he_deep", "relu_layer_norm_deep"):
        assert min(_row(default, name).similarities) > 0.95
    assert max(_row(default, "relu_batch_norm_deep").similarities) < 0.6


def test_the_losses_begin_and_end_where_they_are_said_to(default: Result) -> None:
    for row in default.rows:
        for seed, losses in enumerate(row.losses):
            assert losses[0] == row.first_losses[seed]
            if row.diverged_at[seed] is None:
                # The last quarter of the steps.
                assert row.final_losses[seed] == median(losses[-((len(losses) - 1) // 4) :])
                assert len(losses) == (row.row.steps or default.config.steps) + 1
            else:
                assert len(losses) == row.diverged_at[seed]


def test_no_factor_with_too_few_layers_or_no_gradient() -> None:
    rows = (Row("shallow", depth=2), Row("dead"))
    shallow, dead = spirals.run(Config(rows=rows, points=8, width=1, depth=30, steps=1, seeds=1)).rows
    assert shallow.predicted_factor is None
    assert dead.predicted_factor == pytest.approx(1.0, rel=1e-9)
    assert math.isnan(shallow.factors[0])
    assert math.isnan(dead.factors[0])


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
        ("normalization", "group"),
        ("optimizer", "sgd"),
        ("input_scale", 0.0),
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


def test_float32_overflows_sooner() -> None:
    rows = (Row("single", sigma_w=6.0, dtype="float32"), Row("double", sigma_w=6.0))
    single, double = spirals.run(Config(rows=rows, depth=10, width=16, points=12, steps=5, seeds=2)).rows
    assert single.first_losses == pytest.approx(double.first_losses, rel=1e-4)
    for sooner, later in zip(single.diverged_at, double.diverged_at, strict=True):
        assert sooner is not None
        assert later is None or sooner < later, "float64 overflows later, or not within these steps"
    with pytest.raises(ValueError, match=r"^dtype: found 'float16'"):
        Row("half", dtype="float16")
