"""Comments in files that ask for an edit: each is told once, and waits for a key."""

from __future__ import annotations

from spark_tui.core.comments import CommentRequest
from spark_tui.core.dataclass import dataclass


@dataclass(slots=True)
class OfferedComment:
    """Which comment is offered."""

    offered: CommentRequest | None = None

    def offer(self, waiting: tuple[CommentRequest, ...]) -> bool:
        """Take what waits; True when another comment is offered from now on."""
        first = waiting[0] if waiting else None
        before, self.offered = self.offered, first
        if first is None:
            return False
        return before is None or (before.path, before.raw) != (first.path, first.raw)
