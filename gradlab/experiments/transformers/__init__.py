"""Experiments on transformers before training and in its first steps."""
