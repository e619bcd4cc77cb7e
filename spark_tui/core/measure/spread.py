"""How values are spread: mean, deviation, percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence

from spark_tui.core.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Figures of `count` values in the unit of the values. `std` is that of a population."""

    count: int
    avg: float
    std: float
    min: float
    p50: float
    p90: float
    p99: float
    max: float


def spread(values: Sequence[float]) -> Spread | None:
    """The spread of `values`, None for none."""
    if not values:
        return None
    ordered = sorted(values)
    mean = math.fsum(ordered) / len(ordered)
    variance = math.fsum((v - mean) ** 2 for v in ordered) / len(ordered)
    p50, p90, p99 = (quantile(ordered, share) for share in (0.5, 0.9, 0.99))
    return Spread(len(ordered), mean, math.sqrt(variance), ordered[0], p50, p90, p99, ordered[-1])


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the sorted, non-empty `ordered` lie.

    Linear between neighbours, as numpy's default and AIPerf have it.
    """
    place = (len(ordered) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
