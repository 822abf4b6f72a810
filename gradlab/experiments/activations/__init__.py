"""Experiments on activation functions and initializations."""
