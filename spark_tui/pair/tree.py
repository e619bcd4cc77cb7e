"""The worktree as shown: read again when something changed it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from spark_tui.core.errors import SparkError
from spark_tui.core.events import Notice, Severity, TreeChanged
from spark_tui.core.session import Session
from spark_tui.pair.emit import Emit
from spark_tui.pair.ports import Clock, Worktree
from spark_tui.pair.review import Review

QUIET_S = 0.15
"""Our own changes are shown this long after the last of a burst, s."""


class TreeShown:
    """Reads the tree in a thread, one reading at a time, and tells of it."""

    def __init__(
        self,
        worktree: Worktree,
        clock: Clock,
        emit: Emit,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        session: Callable[[], Session],
        review: Review,
    ) -> None:
        self._worktree = worktree
        self._clock = clock
        self._emit = emit
        self._spawn = spawn
        self._session = session
        self._review = review
        self._lock = asyncio.Lock()
        self._waiting: asyncio.Task[None] | None = None

    async def show(self, outside: tuple[str, ...] = ()) -> None:
        """Tell what the worktree is now; `outside` are paths somebody else wrote.

        Where another branch is checked out, open hunks are located on it first.
        """
        async with self._lock:
            try:
                tree = await asyncio.to_thread(self._worktree.tree)
            except SparkError as error:
                told = Notice(self._clock(), error.what, error.remedies, Severity.ERROR)
                self._emit(told)
                return
            before = self._session().tree.branch
            switched = before not in ("", tree.branch)
            moved = await self._review.branch_switched() if switched else None
            self._emit(TreeChanged(self._clock(), tree, outside, moved))

    def soon(self) -> None:
        """We wrote: show it once the burst is over."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = self._spawn(self._after_the_burst())

    async def _after_the_burst(self) -> None:
        await asyncio.sleep(QUIET_S)
        await self.show()
