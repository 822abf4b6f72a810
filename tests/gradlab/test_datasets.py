"""The two spirals: balanced, standardized, reproducible, not separable by a line."""

import pytest
import torch

from gradlab.datasets import two_spirals


def test_the_spirals_are_standardized_and_balanced() -> None:
    x, y = two_spirals(100, torch.Generator().manual_seed(1))
    assert x.shape == (100, 2)
    assert x.mean(dim=0).tolist() == pytest.approx([0, 0], abs=1e-12)
    assert x.std(dim=0, correction=0).tolist() == pytest.approx([1, 1], rel=1e-12)
    assert y.tolist() == [0.0] * 50 + [1.0] * 50


def test_without_noise_one_spiral_is_the_other_turned_by_half() -> None:
    x, _ = two_spirals(40, torch.Generator(), noise=0)
    assert torch.allclose(x[:20], -x[20:], atol=1e-12)


def test_the_seed_decides() -> None:
    first, again, other = (two_spirals(20, torch.Generator().manual_seed(seed)).x for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_no_line_separates_the_spirals() -> None:
    x, y = two_spirals(200, torch.Generator().manual_seed(0))
    design = torch.cat([x, torch.ones(200, 1, dtype=x.dtype)], dim=1)
    fit = design @ torch.linalg.lstsq(design, (2 * y - 1).unsqueeze(1)).solution
    accuracy = ((fit[:, 0] > 0) == (y > 0.5)).double().mean()
    # A separating line would give 1; one turn of a spiral crosses any line.
    assert accuracy < 0.8


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^points: found 7, allowed: an even number"):
        two_spirals(7, torch.Generator())
    with pytest.raises(ValueError, match=r"^noise: found -1, allowed: "):
        two_spirals(8, torch.Generator(), noise=-1)
    with pytest.raises(ValueError, match=r"^turns: found 0, allowed: "):
        two_spirals(8, torch.Generator(), turns=0)
