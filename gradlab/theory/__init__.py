"""Closed forms and mean-field maps: what a measurement is compared with.

Notation: n width, L depth, B batch, sigma_w² = fan_in Var W, δ_l the gradient of the loss with respect to the
pre-activation z_l. A factor is by how much ‖δ‖ (the norm, not its square) changes from a layer to the one
before it, unless the name says otherwise.
"""

from gradlab.theory.batch_normalization import (
    batch_norm_factor,
    batch_norm_finite_batch_factor,
    batch_norm_first_factor,
    batch_norm_frozen_factor,
    batch_norm_relu_factor,
)
from gradlab.theory.descent import clipping_coefficient, largest_stable_learning_rate
from gradlab.theory.finite_width import (
    LogLaw,
    chain_gradients,
    death_probability,
    finite_width_law,
    positive_chain_log_law,
    relu_factor,
    relu_summed_factor,
)
from gradlab.theory.layer_normalization import layer_norm_factor
from gradlab.theory.matrix_products import gaussian_product_law, lyapunov_exponents
from gradlab.theory.output_layer import (
    cross_entropy_gradient,
    cross_entropy_time,
    squared_error_bound,
    squared_error_gradient,
    squared_error_time,
)
from gradlab.theory.precision import FLOAT_FORMATS, FloatFormat, float_format
from gradlab.theory.propagation import (
    MeanField,
    chi,
    correlation_length,
    critical_sigma_w,
    fixed_point_correlation,
    fixed_point_q,
    gradient_length,
    mean_field,
    mean_field_correlations,
    next_correlation,
    next_q,
    tanh_critical_q,
)
from gradlab.theory.quadrature import Elementwise, gaussian_average, gaussian_pair_average
from gradlab.theory.rectified import DistributionShape, rectified_normal, shape_from_moments
from gradlab.theory.recurrent import (
    forget_gate_ratio,
    latch_factor,
    latch_margin,
    recurrent_bound,
    shear_power_norm,
)
from gradlab.theory.residual import residual_batch_norm_mean_field, residual_growth, residual_mean_field
from gradlab.theory.saturation import derivative_maximum, saturation_bound
from gradlab.theory.signs import majority_share, mean_to_spread, same_sign_share, silent_share
from gradlab.theory.transformers import TransformerField, relu_correlation, transformer_mean_field

__all__ = [
    "FLOAT_FORMATS",
    "DistributionShape",
    "Elementwise",
    "FloatFormat",
    "LogLaw",
    "MeanField",
    "TransformerField",
    "batch_norm_factor",
    "batch_norm_finite_batch_factor",
    "batch_norm_first_factor",
    "batch_norm_frozen_factor",
    "batch_norm_relu_factor",
    "chain_gradients",
    "chi",
    "clipping_coefficient",
    "correlation_length",
    "critical_sigma_w",
    "cross_entropy_gradient",
    "cross_entropy_time",
    "death_probability",
    "derivative_maximum",
    "finite_width_law",
    "fixed_point_correlation",
    "fixed_point_q",
    "float_format",
    "forget_gate_ratio",
    "gaussian_average",
    "gaussian_pair_average",
    "gaussian_product_law",
    "gradient_length",
    "largest_stable_learning_rate",
    "latch_factor",
    "latch_margin",
    "layer_norm_factor",
    "lyapunov_exponents",
    "majority_share",
    "mean_field",
    "mean_field_correlations",
    "mean_to_spread",
    "next_correlation",
    "next_q",
    "positive_chain_log_law",
    "rectified_normal",
    "recurrent_bound",
    "relu_correlation",
    "relu_factor",
    "relu_summed_factor",
    "residual_batch_norm_mean_field",
    "residual_growth",
    "residual_mean_field",
    "same_sign_share",
    "saturation_bound",
    "shape_from_moments",
    "shear_power_norm",
    "silent_share",
    "squared_error_bound",
    "squared_error_gradient",
    "squared_error_time",
    "tanh_critical_q",
    "transformer_mean_field",
]
