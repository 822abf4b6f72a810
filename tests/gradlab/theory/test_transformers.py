"""Transformers at infinite width: against closed forms, and against blocks that are multiplied out."""

import math

import pytest
import torch

from gradlab import theory
from gradlab.theory.transformers import PLACEMENTS, XAVIER_FEEDFORWARD


def test_a_feed_forward_branch_alone_multiplies_by_its_gain() -> None:
    settings = {"blocks": 10, "positions": 1, "attention_gain": 0.0, "feedforward_gain": 0.5}
    none, pre, post = (theory.transformer_mean_field(placement, **settings) for placement in ("none", "pre", "post"))  # type: ignore[arg-type]
    assert none.q == pytest.approx([1.5**block for block in range(11)], rel=1e-12)
    assert none.gradient == pytest.approx([1.5 ** (10 - block) for block in range(11)], rel=1e-12)
    # Pre-norm: each block adds as much, and the way back is longer by 1 + g/q.
    assert pre.q == pytest.approx([1 + 0.5 * block for block in range(11)], rel=1e-12)
    assert pre.gradient[0] == pytest.approx(math.prod(1 + 0.5 / (1 + 0.5 * block) for block in range(10)), rel=1e-12)
    # Post-norm divides what it has multiplied.
    assert post.q == (1.0,) * 11
    assert post.gradient == pytest.approx([1.0] * 11, rel=1e-12)


def test_one_position_attends_to_itself() -> None:
    field = theory.transformer_mean_field("none", 4, 1, attention_gain=0.25, feedforward_gain=0.0)
    assert field.q == pytest.approx([1.25**block for block in range(5)], rel=1e-12)
    assert field.gradient == pytest.approx(field.q[::-1], rel=1e-12)


def test_attention_makes_positions_alike() -> None:
    n = 4
    field = theory.transformer_mean_field("none", 1, n, feedforward_gain=0.0)
    # Every position gains the mean of n independent ones, of mean square 1/n, which all of them share.
    assert field.q[-1] == pytest.approx(1 + 1 / n, rel=1e-12)
    assert field.correlation[-1] == pytest.approx((1 / n) / (1 + 1 / n), rel=1e-12)
    assert field.gradient[0] == pytest.approx(1 + 1 / n, rel=1e-12)
    deep = theory.transformer_mean_field("post", 200, n)
    assert list(deep.correlation) == sorted(deep.correlation)
    assert deep.correlation[-1] > 0.99


def test_the_stream_on_its_own_passes_unchanged() -> None:
    for placement in PLACEMENTS:
        field = theory.transformer_mean_field(placement, 5, 8, attention_gain=0.0, feedforward_gain=0.0)
        assert field.q == field.gradient == (1.0,) * 6
        assert field.correlation == (0.0,) * 6


def test_a_stream_that_counts_more_lets_the_branches_count_less() -> None:
    field = theory.transformer_mean_field("post", 1, 1, 0.0, 1.0, stream_scale=2.0)
    # (4 + 1)/(4 + 1) on the way back, and of the correlation nothing but the stream's part.
    assert field.gradient[0] == pytest.approx(1.0, rel=1e-12)
    alike = theory.transformer_mean_field("post", 1, 4, 1.0, 0.0, stream_scale=2.0)
    assert alike.correlation[-1] == pytest.approx((1 / 4) / (4 + 1 / 4), rel=1e-12)


def test_the_gradient_is_that_of_random_matrices() -> None:
    # Two blocks without normalization, multiplied out: the Jacobian's squared norm, over many draws.
    n, width, draws = 3, 64, 40
    generator = torch.Generator().manual_seed(0)
    gains = []
    for _ in range(draws):
        x = torch.randn(n, width, dtype=torch.float64, generator=generator).requires_grad_()
        z = x
        for _ in range(2):
            shared = torch.randn(width, width, dtype=torch.float64, generator=generator) / math.sqrt(width)
            z = z + (z.mean(0, keepdim=True) @ shared)
            weights = torch.randn(width, width, dtype=torch.float64, generator=generator) * math.sqrt(2 / width)
            z = z + math.sqrt(XAVIER_FEEDFORWARD) * (z.relu() @ weights)
        v = torch.randn(n, width, dtype=torch.float64, generator=generator)
        (delta,) = torch.autograd.grad((v * z).sum(), x)
        gains.append(float(delta.square().sum() / v.square().sum()))
    expected = theory.transformer_mean_field("none", 2, n).gradient[0]
    error = torch.tensor(gains).std().item() / math.sqrt(draws)
    assert sum(gains) / draws == pytest.approx(expected, abs=4 * error)
    assert error < 0.1 * expected


def test_the_cosine_behind_relu() -> None:
    assert theory.relu_correlation(1.0) == pytest.approx(1.0, rel=1e-15)
    assert theory.relu_correlation(-1.0) == pytest.approx(0.0, abs=1e-15)
    both = theory.gaussian_pair_average(torch.relu, 0.3, 1.0)
    assert theory.relu_correlation(0.3) == pytest.approx(2 * both, rel=1e-9)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("placement", "middle"), ("blocks", 0), ("positions", 0), ("attention_gain", -1.0), ("stream_scale", 0.0)],
)
def test_a_bad_argument_is_refused(argument: str, value: object) -> None:
    settings: dict[str, object] = {"placement": "pre", "blocks": 2, "positions": 4, argument: value}
    with pytest.raises(ValueError, match=rf"^{argument}: found "):
        theory.transformer_mean_field(**settings)  # type: ignore[arg-type]
