"""Addresses of the playground as pages write them: a link to a network that was not measured is refused."""

from dataclasses import fields
from functools import cache

from figures_src.playground.settings import ACTIVATIONS, Point, points

OPENING = Point(weights="default")
"""The network that the bare address shows: one where something happens."""


def address(point: Point) -> str:
    """The query that leads to a point: what differs from `Point()`, and nothing for the network that opens the page."""
    if point == OPENING:
        return ""
    usual = Point()
    pairs = [(field.name, getattr(point, field.name), getattr(usual, field.name)) for field in fields(point)]
    differing = [f"{name}={value}" for name, value, default in pairs if value != default]
    return "?" + "&".join(differing or [f"weights={usual.weights}"])


@cache
def _addresses() -> frozenset[str]:
    return frozenset(address(point) for activation in ACTIVATIONS for point in points(activation))


def is_address(query: str) -> bool:
    """Whether a query, without its question mark, is that of a point, in the form that the page itself writes."""
    return f"?{query}" in _addresses()
