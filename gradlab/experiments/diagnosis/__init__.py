"""Experiments on the probe and on symptoms of training."""
