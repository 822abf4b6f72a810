"""Points as bytes for the page, and back.

The differences from layer to layer are small integers, written as bytes of seven bits (zigzag, then LEB128) and
compressed. The compression is ours and not the server's, so that the page weighs the same on every static host.
"""

import gzip
from collections.abc import Iterable, Iterator, Sequence

from figures_src.playground.rounding import SERIES, Packed

NO_REMEDY = 0
# A quantity near another is written as its distance from it.
_BESIDE = {
    "gradient_z": "predicted_gradient_z",
    "gradient_z_low": "gradient_z",
    "gradient_z_high": "gradient_z",
    "gradient_w": "gradient_z",
    "activation": "predicted_activation",
    "activation_low": "activation",
    "activation_high": "activation",
}
BESIDE = tuple(SERIES.index(_BESIDE[name]) if name in _BESIDE else -1 for name in SERIES)
"""For every quantity the index of the one it is written beside, or -1."""


def _zigzag(value: int) -> int:
    return 2 * value if value >= 0 else -2 * value - 1


def _bytes(values: Iterable[int]) -> bytes:
    content = bytearray()
    for value in values:
        left = _zigzag(value)
        while left > 127:
            content.append(left & 127 | 128)
            left >>= 7
        content.append(left)
    return bytes(content)


def _integers(content: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in content:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value >> 1 if value % 2 == 0 else -(value + 1) >> 1
            value = shift = 0


def _differences(points: Sequence[Packed], index: int) -> Iterator[int]:
    for point in points:
        values, beside = point.series[index], BESIDE[index]
        base = point.series[beside] if beside >= 0 else (0,) * len(values)
        last = 0
        for value, other in zip(values, base, strict=True):
            yield value - other - last
            last = value - other


def pack(points: Sequence[Packed], remedies: Sequence[Sequence[int]], verdicts: Sequence[str]) -> bytes:
    """All points of a file; for each the numbers of its remedies, from 1, at most two.

    Layout: verdict, agreeing seeds and two remedies of every point; then quantity by quantity the layers of all points.
    """
    heads = (
        number
        for point, numbers in zip(points, remedies, strict=True)
        for number in (verdicts.index(point.verdict), point.agreeing, *(*numbers, NO_REMEDY, NO_REMEDY)[:2])
    )
    series = (value for index in range(len(SERIES)) for value in _differences(points, index))
    # No name and no time in the header: the same points are the same bytes.
    return gzip.compress(_bytes(heads) + _bytes(series), compresslevel=9, mtime=0)


def unpack(
    content: bytes, depths: Sequence[int], verdicts: Sequence[str]
) -> tuple[list[Packed], list[tuple[int, ...]]]:
    """The points of a file, and their remedies, given the number of layers of each."""
    numbers = _integers(gzip.decompress(content))
    heads = [(next(numbers), next(numbers), (next(numbers), next(numbers))) for _ in depths]
    series: list[list[tuple[int, ...]]] = [[] for _ in depths]
    for beside in BESIDE:
        for point, depth in zip(series, depths, strict=True):
            base = point[beside] if beside >= 0 else (0,) * depth
            last, values = 0, []
            for other in base:
                last += next(numbers)
                values.append(last + other)
            point.append(tuple(values))
    if next(numbers, None) is not None:
        raise ValueError("content: found more numbers than the points have")
    found = [
        Packed(tuple(own), verdicts[verdict], agreeing)
        for own, (verdict, agreeing, _) in zip(series, heads, strict=True)
    ]
    return found, [tuple(number for number in remedies if number != NO_REMEDY) for _, _, remedies in heads]
