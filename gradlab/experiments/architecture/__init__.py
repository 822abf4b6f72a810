"""Experiments on normalization and residual connections."""
