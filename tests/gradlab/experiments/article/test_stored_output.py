"""The source's stored output: whose it is."""

import pytest
import torch

from gradlab.experiments.article import stored_output
from gradlab.experiments.article.stored_output import Config


@pytest.fixture(scope="module")
def result() -> stored_output.Result:
    return stored_output.run()


def test_the_stored_output_is_that_of_the_default_initialization(result: stored_output.Result) -> None:
    assert f"{result.default.output:.4f}" == f"{result.stored_output:.4f}"
    assert len(result.stored_norms) == len(result.default.gradient_norms) == 19
    for norm, stored in zip(result.default.gradient_norms, result.stored_norms, strict=True):
        assert f"{norm:.4f}" == f"{stored:.4f}"
    # The source computed in float32: 38 matrix products rounded by 6e-8 each, of which most cancel.
    assert result.default.ratio == pytest.approx(result.stored_ratio, rel=1e-6)


def test_the_code_above_it_gives_something_else(result: stored_output.Result) -> None:
    assert f"{result.kaiming.output:.4f}" == "-1.5865"
    assert f"{result.kaiming.ratio:.3f}" == "4.685"
    printed = "0.461 0.458 0.507 1.14 0.988 0.824 0.905 1.45 1.81 1.95 1.62 2.15 1.58 1.28 1.37 1.07 1.16 1.39 1"
    assert " ".join(f"{norm:.3g}" for norm in result.kaiming.gradient_norms) == printed


def test_the_replay_is_the_sources_code() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(42)
        layers = [
            torch.nn.Linear(1, 16),
            *(torch.nn.Linear(16, 16) for _ in range(18)),
            torch.nn.Linear(16, 1),
        ]
        for layer in layers:
            torch.nn.init.kaiming_normal_(layer.weight, mode="fan_in", nonlinearity="relu")
            torch.nn.init.constant_(layer.bias, 0.01)
        a = torch.ones(1, 1)
        for layer in layers[:-1]:
            a = torch.nn.functional.leaky_relu(layer(a), 0.01)
    # The source's float32 against float64.
    assert layers[-1](a).item() == pytest.approx(stored_output.run().kaiming.output, rel=1e-5)


def test_the_global_random_state_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    stored_output.run()
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(("argument", "value"), [("width", 0), ("depth", 2), ("seed", -1)])
def test_a_bad_configuration_is_refused(argument: str, value: int) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found {value}, allowed: "):
        Config(**{argument: value})
