"""Experiments on the article's own code and networks."""
