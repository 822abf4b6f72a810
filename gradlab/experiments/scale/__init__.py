"""Experiments on the scale of weights, inputs and gradients."""
