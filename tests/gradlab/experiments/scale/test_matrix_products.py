"""Products of random matrices: the logarithm of a column, and the product that a book prints."""

import math

import pytest
import torch

from gradlab.experiments.scale import matrix_products
from gradlab.experiments.scale.matrix_products import Config


def test_mean_and_deviation_are_predicted() -> None:
    result = matrix_products.run(Config(width=3, factors=20, sigma=0.5, products=500))
    assert result.mean == pytest.approx(result.predicted_mean, abs=4 * result.mean_standard_error)
    assert result.deviation == pytest.approx(result.predicted_deviation, abs=4 * result.deviation_standard_error)
    assert result.growth[-1] == pytest.approx(result.mean)
    assert len(result.growth) == 20


def test_a_product_is_that_of_its_factors() -> None:
    result = matrix_products.run(Config(factors=3, products=20))
    generator = torch.Generator().manual_seed(0)
    last, middle, first = (torch.empty(20, 4, 4, dtype=torch.float64).normal_(generator=generator) for _ in range(3))
    product = first @ middle @ last
    assert result.logarithms == pytest.approx(sorted(product[:, :, 0].norm(dim=1).log().tolist()))
    cosines = torch.cosine_similarity(product[:, :, 0], product[:, :, 1], dim=1).abs()
    assert result.alignment == pytest.approx(float((1 - cosines).median()))


def test_the_printed_column() -> None:
    result = matrix_products.run(Config(factors=1, products=20))
    assert math.exp(result.printed) == pytest.approx(9.456e26, rel=1e-3)


@pytest.mark.parametrize(("argument", "value"), [("width", 0), ("factors", 0), ("sigma", 0.0), ("products", 1)])
def test_a_bad_configuration_is_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument}: found .*, allowed: "):
        Config(**{argument: value})  # type: ignore[arg-type]
