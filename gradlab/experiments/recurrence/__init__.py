"""Experiments on networks that read one input after another."""
