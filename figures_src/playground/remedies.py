"""For every point that is not healthy, which changes make it so: looked up among the measured points, not inferred.

A change counts where the probe calls the changed network healthy with every seed, or else with all but one. Changes are
tried in a fixed order, that of the lessons: the weights first, for they cost nothing; at most two are offered. What
keeps the gradient need not train well; the lessons to which they lead say what is known of that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from figures_src.model.language import Text
from figures_src.playground.rounding import Packed
from figures_src.playground.settings import Point

HEALTHY = "healthy"
MOST = 2


@dataclass(frozen=True)
class Remedy:
    """A change of settings.

    Attributes:
        label: what is changed to.
        changes: settings by name.
        lesson: the page that shows what it does.
        activations: for which activation functions it is offered; empty for all.

    """

    label: Text
    changes: Mapping[str, Any]
    lesson: str
    activations: tuple[str, ...] = ()


_RECTIFIERS = ("relu", "leaky_relu", "gelu")
_HE = Text(zh="He 初始化", en="He initialization")
_XAVIER = Text(zh="Xavier 初始化", en="Xavier initialization")
# Between slash and root stands a joiner: browsers would end a line there.
_SCALED = Text(zh="残差连接，残差分支乘以 1/\u2060√L", en="residual connections with the branch scaled by 1/\u2060√L")
_WIDE = Text(zh="宽度 128", en="width 128")
# One change, then two at once where no single one helps.
REMEDIES = (
    Remedy(_HE, {"weights": "he"}, "sigma-w-map", _RECTIFIERS),
    Remedy(_XAVIER, {"weights": "xavier"}, "sigma-w-map", ("tanh",)),
    Remedy(
        Text(zh="批量归一化", en="batch normalization"),
        {"normalization": "batch"},
        "batch-normalization",
        ("sigmoid", "tanh"),
    ),
    Remedy(_SCALED, {"residual": "inverse_sqrt_depth"}, "residual-connections"),
    Remedy(Text(zh="去掉归一化", en="no normalization"), {"normalization": "none"}, "batch-normalization"),
    Remedy(Text(zh="层归一化", en="layer normalization"), {"normalization": "layer"}, "remedies"),
    Remedy(_WIDE, {"width": 128}, "finite-width"),
    Remedy(Text(zh="去掉残差连接", en="no residual connections"), {"residual": "none"}, "residual-connections"),
    Remedy(
        Text(zh="He 初始化，宽度 128", en="He initialization at width 128"),
        {"weights": "he", "width": 128},
        "sigma-w-map",
        _RECTIFIERS,
    ),
    Remedy(
        Text(zh="Xavier 初始化，宽度 128", en="Xavier initialization at width 128"),
        {"weights": "xavier", "width": 128},
        "sigma-w-map",
        ("tanh",),
    ),
    Remedy(
        Text(zh="批量归一化，宽度 128", en="batch normalization at width 128"),
        {"normalization": "batch", "weights": "xavier", "width": 128},
        "batch-normalization",
        ("sigmoid",),
    ),
    Remedy(
        Text(
            zh="He 初始化，残差连接的残差分支乘以 1/\u2060√L",
            en="He initialization, and residual connections with the branch scaled by 1/\u2060√L",
        ),
        {"weights": "he", "residual": "inverse_sqrt_depth"},
        "residual-connections",
        _RECTIFIERS,
    ),
    Remedy(
        Text(
            zh="Xavier 初始化，残差连接的残差分支乘以 1/\u2060√L",
            en="Xavier initialization, and residual connections with the branch scaled by 1/\u2060√L",
        ),
        {"weights": "xavier", "residual": "inverse_sqrt_depth"},
        "residual-connections",
        ("sigmoid", "tanh"),
    ),
    Remedy(
        Text(zh="改用 ReLU 与 He 初始化，宽度 128", en="ReLU with He initialization at width 128"),
        {"activation": "relu", "weights": "he", "width": 128, "normalization": "none", "residual": "none"},
        "sigma-w-map",
    ),
)
SINGLE = 8
"""Number of them, from the first, that change one setting."""


def changed(point: Point, remedy: Remedy) -> Point:
    """The point after the change."""
    return replace(point, **remedy.changes)


def _healthy(point: Point, measured: Mapping[Point, Packed], seeds: int) -> bool:
    found = measured.get(point)
    return found is not None and found.verdict == HEALTHY and found.agreeing >= seeds


def _offered(point: Point, measured: Mapping[Point, Packed], some: range, spared: int) -> Iterator[int]:
    for index in some:
        remedy = REMEDIES[index]
        after = changed(point, remedy)
        fits = not remedy.activations or point.activation in remedy.activations
        if fits and after != point and _healthy(after, measured, after.seeds - spared):
            yield index + 1


def remedies(point: Point, measured: Mapping[Point, Packed]) -> tuple[int, ...]:
    """The numbers, from 1, of what helps a point that is not healthy; none where it is, or where nothing does."""
    if measured[point].verdict == HEALTHY:
        return ()
    for some in (range(SINGLE), range(SINGLE, len(REMEDIES))):
        for spared in (0, 1):
            if found := tuple(_offered(point, measured, some, spared)):
                return found[: MOST if some.start == 0 else 1]
    return ()


def all_remedies(points: Sequence[Point], measured: Mapping[Point, Packed]) -> list[tuple[int, ...]]:
    """The remedies of every point."""
    return [remedies(point, measured) for point in points]
