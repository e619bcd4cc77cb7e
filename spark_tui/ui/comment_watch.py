"""Comments in files that ask for an edit: told, then run by a key, never before they were seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from spark_tui.core.comments import CommentRequest

SEEN_NS = 1_000_000_000
"""Enter takes a comment only after it was on the screen for this long."""


@dataclass(slots=True)
class CommentWatch:
    """Which comment is offered, and since when. Times are ns of the monotonic clock."""

    clock: Callable[[], int] = field(default=time.monotonic_ns)
    offered: CommentRequest | None = None
    since: int = 0

    def offer(self, waiting: tuple[CommentRequest, ...]) -> bool:
        """Take what waits; True when another comment is offered from now on."""
        first = waiting[0] if waiting else None
        before, self.offered = self.offered, first
        if first is None:
            return False
        if before is not None and (before.path, before.raw) == (first.path, first.raw):
            return False
        self.since = self.clock()
        return True

    def ready(self, at: int) -> bool:
        """True when a comment has been on the screen long enough for Enter at `at`."""
        return self.offered is not None and at - self.since >= SEEN_NS
