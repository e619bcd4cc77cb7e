"""Whether a difference between two retrievers on the same cases could be chance."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import comb


def mcnemar(ours: Sequence[float], theirs: Sequence[float]) -> tuple[int, int, float]:
    """Cases only we solved, cases only they solved, and the exact two-sided p."""
    won = sum(a > b for a, b in zip(ours, theirs, strict=True))
    lost = sum(a < b for a, b in zip(ours, theirs, strict=True))
    both = won + lost
    if not both:
        return 0, 0, 1.0
    tail = sum(comb(both, k) for k in range(min(won, lost) + 1)) / 2**both
    return won, lost, min(1.0, 2 * tail)


def clustered(
    differences: Sequence[tuple[str, float]], seed: int, times: int = 2000
) -> tuple[float, float, float]:
    """Mean difference and its 95 % interval when whole repositories are drawn anew."""
    groups: dict[str, list[float]] = {}
    for repository, difference in differences:
        groups.setdefault(repository, []).append(difference)
    sums = [(sum(group), len(group)) for _, group in sorted(groups.items())]
    chance = random.Random(seed)
    means = []
    for _ in range(times):
        drawn = chance.choices(sums, k=len(sums))
        means.append(sum(total for total, _ in drawn) / sum(many for _, many in drawn))
    means.sort()
    mean = sum(total for total, _ in sums) / sum(many for _, many in sums)
    return mean, means[int(times * 0.025)], means[int(times * 0.975)]
