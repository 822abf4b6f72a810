"""Experiments on loss, learning rate, clipping and training."""
