"""Addresses of the playground as pages write them: a link to a network that was not measured is refused."""

from functools import cache

from figures_src.playground.settings import ACTIVATIONS, points


@cache
def _addresses() -> frozenset[str]:
    return frozenset(point.address for activation in ACTIVATIONS for point in points(activation))


def is_address(query: str) -> bool:
    """Whether a query, without its question mark, is that of a point, in the form that the page itself writes."""
    return f"?{query}" in _addresses()
