"""A check as a drawing of one line: the prediction as a line, what is allowed as a band, the measurement as a point.

It repeats what the numbers beside it say, for the eye; those who hear the page read lose nothing.
"""

import math
import sys

from figures_src.model.exhibit import Check

WIDTH, HEIGHT = 64, 12
MIDDLE = WIDTH / 2
# Distance from the line to the edge of the tolerance, and to the farthest place of a point.
EDGE, FARTHEST = 20.0, 29.0


def position(measured: float, relation: str, predicted: float, tolerance: float | None) -> float:
    """Place of the measurement, in units of the band's half width from the prediction.

    With "≈" the unit is the tolerance. Else it is a decade where both have one sign, and their sum where not; far away
    points are drawn closer, and none on the wrong side.
    """
    if relation == "≈":
        return (measured - predicted) / max((tolerance or 0) * abs(predicted), sys.float_info.min)
    if measured == predicted:
        return 0.0
    if measured * predicted > 0:
        distance = math.log10(measured / predicted) if predicted > 0 else math.log10(predicted / measured)
    else:
        distance = (measured - predicted) / (abs(measured) + abs(predicted))
    return math.copysign(0.3 + abs(distance) / (1 + abs(distance)), distance)


def bullet_graph(check: Check) -> str:
    """The drawing as inline SVG; its colours come from the page's style."""
    # With more digits than processors have in common, a narrow tolerance would draw the point elsewhere on each.
    measured, predicted = float(check.measured.significant), float(check.predicted.significant)
    place = position(measured, check.relation, predicted, check.tolerance) if math.isfinite(measured) else 0.0
    x = MIDDLE + max(-FARTHEST, min(FARTHEST, EDGE * place))
    start, end = {
        "≈": (MIDDLE - EDGE, MIDDLE + EDGE),
        "=": (MIDDLE, MIDDLE),
        "<": (0.0, MIDDLE),
        ">": (MIDDLE, float(WIDTH)),
    }[check.relation]
    band = f'<path class="bullet-graph-band" d="M{start:g} 3H{end:g}V9H{start:g}z"/>' if end > start else ""
    return (
        f'<svg class="bullet-graph" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" data-search-exclude="true">{band}'
        f'<path class="bullet-graph-line" d="M{MIDDLE:g} 0V{HEIGHT}"/>'
        f'<circle class="bullet-graph-point" cx="{x:.1f}" cy="6" r="3"/></svg>'
    )
