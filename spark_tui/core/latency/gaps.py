"""The gaps between reads of one answer: percentiles, the longest one, and their course.

A read is one handful of bytes from the socket; AIPerf calls the gaps inter-chunk latency (ICL).
"""

from __future__ import annotations

from bisect import insort

_KEPT = 4096
COURSE = 32
"""Most bars of the course; beyond it two neighbours become one."""


class Gaps:
    """Keeps a bounded, sorted sample of gaps (ns), the longest, and a course of up to `COURSE`."""

    def __init__(self) -> None:
        self.most = 0
        self.most_after = 0
        self._sorted: list[int] = []
        self._count = 0
        self._course: list[int] = []
        self._per_bar = 1
        self._in_bar = 0

    def add(self, gap: int, tokens: int) -> None:
        """A gap that came after `tokens` tokens of the answer."""
        if gap > self.most:
            self.most, self.most_after = gap, tokens
        self._count += 1
        kept = self._sorted
        if len(kept) >= _KEPT:
            del kept[self._count % 2 :: 2]
        insort(kept, gap)
        self._follow(gap)

    def figures(self) -> tuple[int, int, int] | None:
        """(p50, p95, longest) in ns, None without a gap."""
        kept = self._sorted
        if not kept:
            return None
        last = len(kept) - 1
        return kept[last // 2], kept[round(last * 0.95)], self.most

    def course(self) -> tuple[int, ...]:
        """The longest gap of each equal share of the reads so far, oldest first."""
        return tuple(self._course)

    def _follow(self, gap: int) -> None:
        bars = self._course
        if not bars or self._in_bar == self._per_bar:
            if len(bars) == COURSE:
                bars[:] = [max(bars[n], bars[n + 1]) for n in range(0, COURSE, 2)]
                self._per_bar *= 2
            bars.append(gap)
            self._in_bar = 1
            return
        bars[-1] = max(bars[-1], gap)
        self._in_bar += 1
