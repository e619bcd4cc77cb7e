"""What the interface measures of itself, as figures: bounded samples and their 95th percentile."""

from __future__ import annotations

from collections import deque

from spark_tui.core.dataclass import dataclass

_KEPT = 240


@dataclass(frozen=True, slots=True)
class Client:
    """Times in ns, None where nothing was measured.

    key_ns: a key to the next paint. frame_ns: folding and painting one frame. lag_ns: how late the
    loop serves a call that is due. The three are 95th percentiles of the last samples. behind:
    bytes read from the socket and not yet on the screen. esc_ns: Esc to the closed socket.
    """

    key_ns: int | None = None
    frame_ns: int | None = None
    lag_ns: int | None = None
    behind: int = 0
    esc_ns: int | None = None


class Samples:
    """The last few hundred samples of one figure, in ns."""

    def __init__(self) -> None:
        self._kept: deque[int] = deque(maxlen=_KEPT)

    def add(self, value: int) -> None:
        """One more; negative ones (clocks of two threads) count as zero."""
        self._kept.append(max(value, 0))

    def p95(self) -> int | None:
        """The nearest-rank 95th percentile, None without samples."""
        if not self._kept:
            return None
        ordered = sorted(self._kept)
        return ordered[-(-len(ordered) * 95 // 100) - 1]
