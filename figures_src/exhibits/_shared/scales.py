"""The networks of the map of sigma_w, which `sigma_map` and `derivative_chain` share."""

import math

from figures_src.exhibits._shared.agreement import Comparison, errors_and_width, standard_errors
from gradlab.experiments.scale import sigma_map

PYTORCH_DEFAULT = math.sqrt(1 / 3)
XAVIER = 1.0
HE = math.sqrt(2)
ABOVE = 1.2
"""Above the boundary of tanh for unlimited depth, and below the scale at which the drawn curve crosses 1."""
NAMED = {"default": PYTORCH_DEFAULT, "xavier": XAVIER, "he": HE}
LARGEST = {"relu": 2.5, "tanh": 2.5, "sigmoid": 20.0}

RELU = sigma_map.Config(activation="relu", sigma_w=(PYTORCH_DEFAULT, XAVIER, HE, 1.7, 2.5))
TANH = sigma_map.Config(activation="tanh", sigma_w=(PYTORCH_DEFAULT, 0.8, XAVIER, ABOVE, HE, 5 / 3, 2.5))
SIGMOID = sigma_map.Config(activation="sigmoid", sigma_w=(PYTORCH_DEFAULT, XAVIER, HE, 2.0, 4.0, 8.0, 12.0, 14.0, 20.0))

FINITE = errors_and_width(SIGMOID.seeds, SIGMOID.width)
MEAN_FIELD_SOURCE = "√(σ_w² E φ′(z)²), Schoenholz et al. 2017, arXiv:1611.01232"


def at(result: sigma_map.Result, sigma_w: float) -> sigma_map.Point:
    """The point of one weight scale."""
    return next(point for point in result.points if point.sigma_w == sigma_w)


def comparison(result: sigma_map.Result, point: sigma_map.Point) -> Comparison:
    """A point's factor beside the prediction.

    The prediction is that of infinite width. At width n the mean of ln‖δ‖ over a ReLU layer is lower by
    5/(4n) (Hanin & Nica 2020, arXiv:1812.05994); for the other activations the bias is of the same order.
    """
    bias = 5 / (4 * result.config.width)
    return standard_errors(point.factor, point.predicted_factor, point.factor_standard_error, bias)
