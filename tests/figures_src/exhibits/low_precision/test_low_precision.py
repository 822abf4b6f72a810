"""The lesson on low precision: what its exhibits say follows from their results."""

from dataclasses import replace

from figures_src.exhibits.low_precision import half_gradients, half_limits, half_sums
from figures_src.model.finite import Overflow
from figures_src.model.language import localizer
from gradlab.experiments.training.half_gradients import Layers, Result, Scale
from gradlab.experiments.training.half_limits import Adam
from gradlab.experiments.training.half_limits import Result as Limits
from gradlab.experiments.training.half_sums import Config as SumsConfig
from gradlab.experiments.training.half_sums import run as run_sums


def _gradients(zeros: tuple[float, ...], scales: tuple[Scale, ...]) -> Result:
    layers = tuple(Layers(name, 1.0, zeros, zeros, 0) for name in ("float16", "float16", "bfloat16"))
    return Result(half_gradients.CONFIG, layers, (), scales, (1e-8, 1.0))


def test_scales_are_good_where_nothing_is_lost_and_nothing_overflows() -> None:
    scales = (
        Scale(1.0, 0.9, 0.9, 0, 0),
        Scale(16.0, 0.001, 0.0, 0, 0),
        Scale(64.0, 0.0, 0.0, 0, 0),
        Scale(256.0, 0.0, 0.0, 2, 1),
    )
    result = _gradients((1.0, 0.6, 0.2), scales)
    shown = {name: str(number) for name, number in half_gradients.numbers(result).items()}
    assert (shown["good_low"], shown["good_high"], shown["overflow"], shown["dead"]) == ("16", "64", "256", "2")
    held = {name: check.holds for name, check in half_gradients.checks(result).items()}
    assert held == {
        "zeros": True,
        "gone": True,
        "scaled": False,
        "window": True,
        "overflow": False,
        "bfloat16": False,
    }
    assert half_gradients.table(result, localizer("en")).rows[2][0] == "2⁶"
    assert half_gradients.questions(result)["dead"].right == 2


def test_a_step_that_is_not_finite_is_told_as_such() -> None:
    epsilons = half_limits.CONFIG.epsilons
    adam = tuple(
        Adam(gradient, epsilon, step, 1.0)
        for epsilon, steps in zip(epsilons, ((1.0, float("inf"), float("nan")), (0.9, 0.8, 0.7)), strict=True)
        for gradient, step in zip((1e-1, 1e-3, 1e-5), steps, strict=True)
    )
    result = Limits(half_limits.CONFIG, adam, 5e-3, (14,) * 5, (15, 16, 15, 16, 15), (13, 14, 15, 14, 14), 0)
    rows = half_limits.table(result, localizer("en")).rows
    assert [row[2] for row in rows] == ["1.00", Overflow("∞"), Overflow("NaN")]
    assert all(check.holds for check in half_limits.checks(result).values())
    late = replace(result, nan=(17,) * 5, infinite=(14, 14, 14, 14, 18), bfloat_infinite=1)
    held = {name: check.holds for name, check in half_limits.checks(late).items()}
    assert held == {"adam": True, "finite": True, "infinite": False, "nan": False, "bfloat16": False}


def test_sums_that_do_not_stand_still_are_refused() -> None:
    result = run_sums(SumsConfig(terms=100, updates=1, step=0.5, harmonic=10))
    held = {name: check.holds for name, check in half_sums.checks(result).items()}
    assert not (held["half"] or held["brain"] or held["weight"])
